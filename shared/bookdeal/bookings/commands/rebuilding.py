"""Links rebuilt from the deals, when their table was lost or an account comes back after it was forgotten.

A deal shows whose it is: location and booking id stand in its fields. All deals are read, oldest first, and each mark
that no link knows is linked to its deal; of two deals with one mark the linked one counts, else the older. Then the
decisions tell which bookings share a deal with the one it shows, and which had a deal that a person has deleted.
Nothing is written to Kommo, and nothing else is done meanwhile (`model.command.FIRST`): a booking without a link would
get a second deal.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.holding import read_linked
from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.visits import visit_mark
from bookdeal.installs.installation import Installations
from bookdeal.model.command import Command, CommandKind, Done, GoesOn
from bookdeal.model.deal import Deal
from bookdeal.model.settings import Grouping
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Item, Store

SLICE_SECONDS = 5.0
"""A slice begins no further page after so long."""

MOST_PASSES = 5
"""How often the deals are read at most: again whenever the last reading has found something new."""

MOST_NAMED = 50
"""So many deals whose mark another deal has too are named in the result."""

_AT_ONCE = 150
_DEALS, _DECISIONS = "deals", "decisions"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuilding has come.

    `page` is the next page of deals, `found` what this pass has linked so far. `after` is the last decision looked at.
    `linked` counts links to deals, `deleted` those to deals that a person has deleted; `twins` are deals whose mark
    another deal has too.
    """

    phase: str = _DEALS
    page: int = 1
    passes: int = 1
    found: int = 0
    after: str = ""
    linked: int = 0
    deleted: int = 0
    twins: tuple[int, ...] = ()

    @staticmethod
    def of(stored: Mapping[str, Any] | None) -> "Progress":
        """Read what a command keeps of it."""
        return Progress(**{**stored, "twins": tuple(stored["twins"])}) if stored else Progress()

    def stored(self) -> dict[str, Any]:
        """Return what a command keeps of it."""
        return asdict(self) | {"twins": list(self.twins)}


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks for the rebuilding of one installation's links. `commands` are the installation's."""

    store: Store
    installations: Installations
    commands: Commands
    hints: Hints
    correlation_id: str = ""

    def ask(self, installation: str, paused: str | None, *, after: str | None, by: int | None = None) -> Command:
        """Hold an installation and ask, in one: from here on no booking is worked off before the links are rebuilt.

        `paused` is why it is paused now; `after` why it shall be paused once they are there, None when it shall work.
        Raises Conflict when it is paused for another reason meanwhile, and Transient when the bell cannot be rung: then
        it is asked for nevertheless, and the sweep rings.
        """
        command, write = self.commands.asking(CommandKind.REBUILD_LINKS, {"paused": after} if after else {}, by)
        (conflict,) = self.store.transact([[write, self.installations.holding(installation, paused)]])
        if conflict is not None:
            raise conflict
        self.commands.ring(command, self.hints, self.correlation_id)
        return command


def rebuild_links(command: Command, run: Run) -> Done | GoesOn:
    """Rebuild the installation's links; the result counts them and names deals that have another's mark."""
    until = run.clock.monotonic() + SLICE_SECONDS
    progress = Progress.of(command.progress)
    while progress.phase == _DEALS:
        for deals in run.kommo.all_deals(progress.page):
            run.deadline.check(run.margin)
            progress = replace(_linked(run, deals, progress), page=progress.page + 1)
            if run.clock.monotonic() >= until:
                return GoesOn(progress.stored())
        if progress.found and progress.passes < MOST_PASSES:
            # A deal that is deleted meanwhile moves the others up, and the pass may have passed one over.
            progress = replace(progress, page=1, passes=progress.passes + 1, found=0)
        else:
            progress = replace(progress, phase=_DECISIONS)
    decisions = run.records.decisions.all(progress.after)
    for chunk in batched(decisions, _AT_ONCE, strict=False):
        run.deadline.check(run.margin)
        progress = replace(_decided(run, chunk, progress), after=str(chunk[-1]["key"]))
        if run.clock.monotonic() >= until:
            return GoesOn(progress.stored())
    return Done({"links": progress.linked, "deleted": progress.deleted, "twins": list(progress.twins)})


def _linked(run: Run, deals: Sequence[Deal], progress: Progress) -> Progress:
    """Link the deals of one page whose booking has no deal yet."""
    marks = link_marks(run, deals)
    twins = dict.fromkeys((*progress.twins, *marks.twins))
    return replace(
        progress,
        found=progress.found + marks.linked,
        linked=progress.linked + marks.linked,
        twins=tuple(twins)[:MOST_NAMED],
    )


@dataclass(frozen=True, slots=True)
class Marks:
    """What came of the marks of some deals: how many were linked; which bear the mark of another, and of which."""

    linked: int
    twins: Mapping[int, tuple[BookingKey, int]]


def link_marks(run: Run, deals: Sequence[Deal]) -> Marks:
    """Link those of these deals whose booking has no deal yet; of two with one mark the older."""
    bearers: dict[BookingKey, list[Deal]] = {}
    for deal in deals:
        key = key_of(deal, run.layout.deal_fields)
        if key is not None:
            bearers.setdefault(key, []).append(deal)
    known = run.records.links.of_bookings(bearers)
    twins: dict[int, tuple[BookingKey, int]] = {}
    fresh: list[BookingLink] = []
    for key, alike in bearers.items():
        link = known.get(key)
        if link is None or (link.gone and not link.others):
            first = min(alike, key=lambda deal: (deal.created_at, deal.id))
            fresh.append(_rebuilt(run, key, first))
            held = first.id
        else:
            held = link.deal
        twins |= {deal.id: (key, held) for deal in alike if deal.id != held}
    done = _claimed(run, fresh, known)
    if run.installation.settings.grouping is Grouping.VISIT:
        _hold_visits(run, fresh)
    return Marks(done, twins)


def key_of(deal: Deal, fields: Mapping[str, int]) -> BookingKey | None:
    """Return the booking that a deal shows, None for a deal that shows none."""
    try:
        location, booking = int(str(deal.fields[fields["COMPANY_ID"]])), int(str(deal.fields[fields["BOOKING_ID"]]))
    except (KeyError, ValueError):
        return None
    return location, booking


def _decided(run: Run, decisions: Iterable[Item], progress: Progress) -> Progress:
    """Link bookings that no deal shows: to the deal that holds them with others, or to one that a person has deleted.

    That must not be made again. A deal which is there and shows no booking is left alone.
    """
    links = run.records.links
    had: dict[BookingKey, dict[int, int]] = defaultdict(dict)
    for one in decisions:
        had[int(one["location"]), int(one["booking"])][_deal_of(one)] = int(one["at"])
    known = links.of_bookings(had)
    unsure = {key: deals for key, deals in had.items() if key not in known or known[key].gone}
    if not unsure:
        return progress
    there = run.kommo.deals(sorted({deal for deals in unsure.values() for deal in deals}))
    shown = links.held(there)
    beside, deleted = [], []
    for key, deals in unsure.items():
        latest = sorted(deals, key=lambda deal: deals[deal], reverse=True)
        holding = next((deal for deal in latest if deal in shown and deal in there), None)
        if holding is not None:
            beside.append(_rebuilt(run, key, there[holding]))
        elif key not in known and latest[0] not in there:
            deleted.append(replace(found_link(key, latest[0], None, None), gone=True))
    return replace(
        progress,
        linked=progress.linked + _claimed(run, beside, known),
        deleted=progress.deleted + _claimed(run, deleted, {}),
    )


def _claimed(run: Run, fresh: Sequence[BookingLink], before: Mapping[BookingKey, BookingLink]) -> int:
    """Link bookings to their deals, beside those that these hold, all of a deal's at once; returns how many."""
    links = run.records.links
    by_deal: dict[int, list[BookingLink]] = defaultdict(list)
    for link in fresh:
        by_deal[link.deal].append(link)
    held = links.held(by_deal)
    others = links.of_bookings(key for keys in held.values() for key in keys)
    groups = []
    for deal, mine in by_deal.items():
        had = held.get(deal, ())
        beside = [others[key] for key in had if key in others]
        said = beside[0] if beside else mine[0]
        keys = sorted({*had, *(link.key for link in mine)})
        joined = [_among(link.saying(said), keys) for link in mine]
        group = [links.change(link, before.get(link.key)) for link in joined]
        group += [links.change(_among(link, keys), link) for link in beside]
        groups.append([*group, links.claim(joined[0], had)])
    conflicts = run.transact(groups)
    return sum(len(mine) for mine, conflict in zip(by_deal.values(), conflicts, strict=True) if conflict is None)


def _among(link: BookingLink, keys: Iterable[BookingKey]) -> BookingLink:
    return replace(link, others=tuple(key for key in keys if key != link.key))


def _hold_visits(run: Run, links: Sequence[BookingLink]) -> None:
    """Let these bookings stand for their visits, so that the others of a visit join its deal."""
    bookings = read_linked(run, links)
    marks = {key: visit_mark(booking) for key, booking in bookings.items()}
    run.transact([[run.records.links.hold_visit(mark, key)] for key, mark in marks.items() if mark])


def _rebuilt(run: Run, key: BookingKey, deal: Deal) -> BookingLink:
    """Return the link of a deal that was applied at some time before it was last changed."""
    return replace(
        found_link(key, deal.id, deal.contacts[0] if deal.contacts else None, None),
        known=deal.place,
        read_at=max(1, deal.updated_at),
        day=_day_of(deal, run.layout.deal_fields, run.layout.account.timezone),
    )


def _day_of(deal: Deal, fields: Mapping[str, int], zone: str) -> str:
    """Return the visit day that a deal shows, "" for none: a day is midnight of the account's zone."""
    shown = deal.fields.get(fields.get("BOOKING_DATE", 0))
    return datetime.fromtimestamp(shown, ZoneInfo(zone)).date().isoformat() if isinstance(shown, int) else ""


def _deal_of(decision: Item) -> int:
    return int(str(decision["key"]).split("#")[1])
