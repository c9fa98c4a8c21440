"""Kommo's events say what people did while nothing rang: at each sweep where the account has no webhooks.

One request a sweep while nothing happens, and one more for each hundred events. Who was merged is not told: where a
deal or a contact has won, those of ours that may have gone into it are looked at (contract §8.4, §8.9).
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import islice

from bookdeal.bookings.deals.run import READ_AT_ONCE, Run
from bookdeal.bookings.links import BookingKey
from bookdeal.bookings.mover.demand import moved_by_people
from bookdeal.bookings.mover.state import MOST_CONTACTS, MoverState
from bookdeal.model.deal import Deal, Place
from bookdeal.model.happening import Happening, HappeningKind
from bookdeal.runtime.errors import Rejected

OVERLAP = 120
"""Seconds read again, for events that show later than they happened."""

SKEW = 600
"""Seconds by which Kommo's clock may differ from ours: where nothing happens, no event tells how late it is there."""

NOT_KNOWN = 6 * 3600
"""Seconds for which webhooks may have been off before that was found out."""

MOST_PAGES = 20
"""Pages of events read at once. What moved is found in another way when there are more."""

_DEALS = frozenset({HappeningKind.DEAL_MOVED, HappeningKind.DEAL_GONE, HappeningKind.DEAL_BACK})
_UNNAMED = frozenset(HappeningKind) - {HappeningKind.DEAL_MOVED}


def polled(run: Run, state: MoverState, unheard_since: float) -> MoverState:
    """Return the state owing a look at what people did since the last poll, in an account that has no webhooks.

    `unheard_since` is when that was found out, in unix seconds.
    """
    since = max(state.events_at, int(unheard_since) - NOT_KNOWN) - OVERLAP
    read_to = max(state.events_at, int(run.clock.now()) - SKEW)
    try:
        pages = list(islice(run.kommo.happenings(since, frozenset(HappeningKind)), MOST_PAGES + 1))
    except Rejected:
        # Its events are not for us to see: what moved is found by its change, the rest when its booking changes.
        return replace(_owing_since(state, since), events_at=read_to)
    run.counts["events"] += sum(len(page) for page in pages)
    if len(pages) > MOST_PAGES:
        state = _owing_since(state, since)
    happened = [one for page in pages for one in page]
    return replace(_owing(run, state, happened), events_at=max((read_to, *(one.at for one in happened))))


def caught_up(run: Run, state: MoverState) -> MoverState:
    """Return a state that owes a look at all deals changed since some time, owing too what no such change shows."""
    try:
        pages = list(islice(run.kommo.happenings(state.deals_since, _UNNAMED), MOST_PAGES))
    except Rejected:
        return state
    return _owing(run, state, [one for page in pages for one in page])


def _owing_since(state: MoverState, since: int) -> MoverState:
    return replace(state, deals_since=min(since, state.deals_since or since))


def _owing(run: Run, state: MoverState, happened: Collection[Happening]) -> MoverState:
    """Return the state owing a look at our deals and contacts among what happened."""
    seen: dict[int, set[Place | None]] = {}
    for one in happened:
        if one.kind in _DEALS:
            seen.setdefault(one.id, set()).add(one.place)
    for deal in _under_another_mark(run, _ids(happened, HappeningKind.DEALS_MERGED)):
        seen.setdefault(deal, set()).add(None)
    contacts = [*_ids(happened, HappeningKind.CONTACT_GONE)]
    contacts += _contacts_before(run, _ids(happened, HappeningKind.CONTACTS_MERGED))
    contacts = [contact for contact in dict.fromkeys(contacts) if contact not in state.contacts]
    ours = run.records.book.cards(contacts) if contacts else {}
    moved = moved_by_people(seen, run.records.links, run.counts) if seen else ()
    state = state.with_deals(moved, run.clock.now())
    owed = (*state.contacts, *(contact for contact in contacts if contact in ours))
    return replace(state, contacts=owed[-MOST_CONTACTS:])


def _ids(happened: Iterable[Happening], kind: HappeningKind) -> list[int]:
    return list(dict.fromkeys(one.id for one in happened if one.kind is kind))


def _under_another_mark(run: Run, winners: list[int]) -> list[int]:
    """Return the deals of bookings whose mark stands on another deal, which has won a merge."""
    if not winners:
        return []
    location, booking = run.layout.deal_fields["COMPANY_ID"], run.layout.deal_fields["BOOKING_ID"]
    there = run.kommo.deals(winners[:READ_AT_ONCE]).values()
    marks = [(deal, key) for deal in there if (key := _key(deal, location, booking)) is not None]
    links = run.records.links.of_bookings(key for _, key in marks)
    return [links[key].deal for deal, key in marks if key in links and links[key].deal != deal.id]


def _key(deal: Deal, location: int, booking: int) -> BookingKey | None:
    try:
        return int(str(deal.fields.get(location))), int(str(deal.fields.get(booking)))
    except ValueError:
        return None


def _contacts_before(run: Run, winners: list[int]) -> list[int]:
    """Return the contacts on which our deals hung that hang on these now, which have won merges."""
    if not winners:
        return []
    deals = [deal for theirs in run.kommo.deals_of_contacts(winners[:READ_AT_ONCE]).values() for deal in theirs]
    links = run.records.links.of_deals(deals)
    return [link.contact for link in links.values() if link.contact is not None and link.contact not in winners]
