"""Which contacts are one person. Pure.

Two contacts are compared where they share a phone, an e-mail or the client id that they show. A name alone makes those
two `possible` who alone in the account bear it, when one of them has nothing else to tell him by. What they share is
weighed with their names:

| names                | phone or client id | e-mail                         | two of the three        |
|----------------------|--------------------|--------------------------------|-------------------------|
| the same             | certain            | certain; one word alone likely | certain                 |
| fit                  | likely             | likely                         | certain                 |
| one has none         | likely             | possible                       | likely                  |
| alike (`SIMILARITY`) | possible           | possible                       | likely                  |
| two people's         | –                  | –                              | phone and id: possible  |

Families: two names on one phone are two people. A name that fits two people of one phone is `possible` with each, and
who has no name is then nobody's. A phone that stands on contacts of more than `MOST_NAMES` names is a reception's and
says nothing. Who are different clients of one location are two people to Altegio: only with the same name are they
`possible`. A client of two locations is one person like any other. Where certain pairs together would make one person
of two, they are only likely.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from bookdeal.duplicates.likeness import Fit, Words, fit
from bookdeal.duplicates.pairs import MOST_COMPARED, Level, Pair, Reason, Unions, combined
from bookdeal.model.client import ClientKey

MOST_NAMES = 4
"""A phone, e-mail or client id that stands with more names than these tells nobody from another."""

_PROOFS = (Reason.SAME_PHONE, Reason.SAME_EMAIL, Reason.SAME_CLIENT)
_BY_FIT = {
    Fit.DIFFER: Reason.NAMES_DIFFER,
    Fit.ALIKE: Reason.NAMES_ALIKE,
    Fit.NAMELESS: Reason.NO_NAME,
    Fit.FIT: Reason.NAMES_FIT,
    Fit.SAME: Reason.SAME_NAME,
}

type Mark = tuple[Reason, str]
"""Something that contacts may share: which kind of thing, and itself."""


@dataclass(frozen=True, slots=True)
class ContactTraits:
    """What tells a contact from others. Phones, e-mails and the client id that it shows may be keyed marks of them.

    `phones` and `emails` in the form that compares; `client` "" when it shows none; `clients` are those whose contact
    it is known to be.
    """

    id: int
    words: Words
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    client: str = ""
    clients: frozenset[ClientKey] = frozenset()

    @property
    def marks(self) -> list[Mark]:
        """All that others may share with it."""
        marks = [(Reason.SAME_PHONE, phone) for phone in self.phones]
        marks += [(Reason.SAME_EMAIL, email) for email in self.emails]
        return marks + ([(Reason.SAME_CLIENT, self.client)] if self.client else [])


def alike_contacts(contacts: Iterable[ContactTraits]) -> list[Pair[int]]:
    """Return the pairs of contacts that may be one person, for something that they share beside the name."""
    known = {contact.id: contact for contact in contacts}
    reasons: dict[tuple[int, int], set[Reason]] = defaultdict(set)
    for (proof, _), ids in shared_marks(known.values()).items():
        among = [known[id] for id in ids]
        several = _fitting_several(among)
        for one, other in _compared(among):
            names = known[one].words, known[other].words
            if not _is_anybodys(names, several):
                reasons[one, other] |= {proof, *({Reason.FITS_SEVERAL} if not several.isdisjoint(names) else ())}
    pairs = [
        Pair.of(one, other, *weighed)
        for (one, other), proofs in reasons.items()
        if (weighed := _weighed(known[one], known[other], proofs)) is not None
    ]
    return _none_of_two_people(pairs, known)


def alike_by_name(contacts: Iterable[ContactTraits]) -> list[Pair[int]]:
    """Return the pairs that alone among all contacts bear a whole name, one of the two without phone and e-mail."""
    bearers: dict[Words, list[ContactTraits]] = defaultdict(list)
    for contact in contacts:
        if len(contact.words) > 1:
            bearers[contact.words].append(contact)
    return [
        Pair.of(one.id, other.id, Level.POSSIBLE, {Reason.SAME_NAME})
        for one, other in (pair for pair in bearers.values() if len(pair) == 2)
        if not (one.phones or one.emails) or not (other.phones or other.emails)
        if not _are_two_clients(one, other)
    ]


def shared_marks(contacts: Iterable[ContactTraits]) -> dict[Mark, list[int]]:
    """Return who shares what, without what nobody shares and what too many do."""
    ids: dict[Mark, list[int]] = defaultdict(list)
    names: dict[Mark, set[Words]] = defaultdict(set)
    for contact in contacts:
        for mark in contact.marks:
            ids[mark].append(contact.id)
            if contact.words:
                names[mark].add(contact.words)
    return {mark: of for mark, of in ids.items() if len(of) > 1 and len(names[mark]) <= MOST_NAMES}


def _compared(contacts: Sequence[ContactTraits]) -> Iterator[tuple[int, int]]:
    """Yield who is compared with whom: all with all of a few; of many those of one name, and one of each name."""
    if len(contacts) <= MOST_COMPARED:
        yield from combined(contact.id for contact in contacts)
        return
    by_name: dict[Words, list[int]] = defaultdict(list)
    for contact in contacts:
        by_name[contact.words].append(contact.id)
    for ids in by_name.values():
        yield from combined(ids)
    yield from combined(min(ids) for ids in by_name.values())


def _fitting_several(contacts: Sequence[ContactTraits]) -> frozenset[Words]:
    """Return the names among these that fit two others who are two people; no name fits everybody."""
    names = sorted({contact.words for contact in contacts} | {()})
    found = set()
    for name in names:
        fitting = [other for other in names if other and other != name and fit(name, other) >= Fit.NAMELESS]
        if any(fit(one, other) < Fit.NAMELESS for one, other in combinations(fitting, 2)):
            found.add(name)
    return frozenset(found)


def _is_anybodys(names: tuple[Words, Words], several: frozenset[Words]) -> bool:
    """Tell whether one of two names is none, where several people share what the two share."""
    return () in several and () in names and names != ((), ())


def _weighed(one: ContactTraits, other: ContactTraits, shared: set[Reason]) -> tuple[Level, set[Reason]] | None:
    """Return the level of a pair with all its reasons, None where it is two people."""
    if one.clients and other.clients and one.clients.isdisjoint(other.clients):
        # They show the ids of clients of two locations, where ids may be the same.
        shared = shared - {Reason.SAME_CLIENT}
        if shared.isdisjoint(_PROOFS):
            return None
    names = fit(one.words, other.words)
    reasons = {*shared, _BY_FIT[names]}
    if _are_two_clients(one, other):
        return (Level.POSSIBLE, {*reasons, Reason.TWO_CLIENTS}) if names is Fit.SAME else None
    if names is Fit.DIFFER:
        is_renamed = {Reason.SAME_PHONE, Reason.SAME_CLIENT} <= shared
        return (Level.POSSIBLE, reasons) if is_renamed else None
    if Reason.FITS_SEVERAL in shared and names is not Fit.SAME:
        return Level.POSSIBLE, reasons
    proofs = [proof for proof in _PROOFS if proof in shared]
    by_email_alone = proofs == [Reason.SAME_EMAIL]
    match names:
        case Fit.SAME:
            is_first_name = len(one.words) < 2
            level = Level.LIKELY if by_email_alone and is_first_name else Level.CERTAIN
        case Fit.FIT:
            level = Level.CERTAIN if len(proofs) > 1 else Level.LIKELY
        case Fit.NAMELESS:
            level = Level.POSSIBLE if by_email_alone else Level.LIKELY
        case _:
            level = Level.LIKELY if len(proofs) > 1 else Level.POSSIBLE
    return level, reasons - {Reason.FITS_SEVERAL}


def _none_of_two_people(pairs: Sequence[Pair[int]], contacts: Mapping[int, ContactTraits]) -> list[Pair[int]]:
    """Return the pairs, those no longer certain that would together make one person of two."""
    unions = Unions[int]()
    for pair in pairs:
        if pair.level is Level.CERTAIN:
            unions.join(pair.first, pair.second)
    people: dict[int, list[ContactTraits]] = defaultdict(list)
    for id in sorted({id for pair in pairs if pair.level is Level.CERTAIN for id in (pair.first, pair.second)}):
        people[unions.root(id)].append(contacts[id])
    several = {root for root, theirs in people.items() if _are_several(theirs)}
    return [
        replace(pair, level=Level.LIKELY, reasons=pair.reasons | {Reason.FITS_SEVERAL})
        if pair.level is Level.CERTAIN and unions.root(pair.first) in several
        else pair
        for pair in pairs
    ]


def _are_several(contacts: Sequence[ContactTraits]) -> bool:
    names = {contact.words for contact in contacts}
    if any(fit(one, other) is Fit.DIFFER for one, other in combinations(names, 2)):
        return True
    clients = [contact for contact in contacts if contact.clients]
    return any(_are_two_clients(one, other) for one, other in combinations(clients, 2))


def _are_two_clients(one: ContactTraits, other: ContactTraits) -> bool:
    if not one.clients.isdisjoint(other.clients):
        return False
    return not {location for location, _ in one.clients}.isdisjoint(location for location, _ in other.clients)
