"""Differences are repaired because a person says so: the bookings are worked off again, whatever was applied before."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from bookdeal.altegio.client import Row
from bookdeal.bookings import rules
from bookdeal.bookings.deals.holding import WORTH_A_DAY, read_linked
from bookdeal.bookings.deals.run import NOT_TIMED, Change, Run, vanished_change
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.differences import Difference, DifferenceKind
from bookdeal.bookings.digest import is_unchanged
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.model.booking import Booking
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.runtime.errors import Conflict, NotFound, Rejected, Revoked, closes_location
from bookdeal.runtime.limiter import Lane

SLICE_SECONDS = 5.0
"""A slice begins no further bookings after so long, so that live hints pass between."""

AT_ONCE = 20
"""Bookings that are read and worked off in one go."""

EVENT = "repaired"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come: the id of the last difference that was looked at, how many were repaired and how many not.

    `again` are bookings whose deals are about to be forgotten, so that they are made again: all that shared them.
    """

    after: str = ""
    repaired: int = 0
    left: int = 0
    again: tuple[BookingKey, ...] = ()

    @staticmethod
    def of(stored: Mapping[str, Any] | None) -> "Progress":
        """Read what a command keeps of it."""
        if stored is None:
            return Progress()
        again = tuple((int(location), int(booking)) for location, booking in stored["again"])
        return Progress(stored["after"], stored["repaired"], stored["left"], again)

    def stored(self) -> dict[str, Any]:
        """Return what a command keeps of it."""
        again = [list(key) for key in self.again]
        return {"after": self.after, "repaired": self.repaired, "left": self.left, "again": again}


@dataclass(slots=True)
class _Looked:
    """Some bookings as they are now: what is to be worked off, and those that Altegio does not know."""

    changes: list[Change] = field(default_factory=list)
    absent: set[BookingKey] = field(default_factory=set)


def repair(command: Command, run: Run) -> Done | GoesOn:
    """Carry out `{"difference": id}`, or `{"all_of": kind, "locations"}`; counts what was repaired and left.

    One that is none any more, because it was repaired before a kill or by a comparison, counts as neither. Raises
    Conflict("not_repairable") for one that a person has to see to.
    """
    progress, asked = Progress.of(command.progress), command.params
    if "difference" in asked:
        one = run.records.differences.one(str(asked["difference"]))
        if one is not None and not one.is_repairable:
            raise Conflict("not_repairable", params={"kind": one.kind.value})
        return _repaired(run, [one] if one else [], progress, is_last=True)
    run = run.within(lane=Lane.BULK)
    until = run.clock.monotonic() + SLICE_SECONDS
    kind, locations = DifferenceKind(asked["all_of"]), [int(location) for location in asked["locations"]]
    while True:
        found = list(islice(run.records.differences.of(locations, kind, after=progress.after), AT_ONCE))
        answer = _repaired(run, found, progress, is_last=len(found) < AT_ONCE)
        if isinstance(answer, Done):
            return answer
        progress = Progress.of(answer.progress)
        if progress.again or run.clock.monotonic() >= until:
            return answer


def _repaired(run: Run, found: Sequence[Difference], progress: Progress, *, is_last: bool) -> Done | GoesOn:
    """Repair some differences; what is deleted is first noted, then let go of, so that a kill loses nothing."""
    run.deadline.check(run.margin)
    links = run.records.links.of_bookings(one.key for one in found)
    deleted = [links[one.key] for one in found if one.kind is DifferenceKind.DEAL_DELETED and one.key in links]
    gone = [link for link in deleted if link.gone]
    if gone and not progress.again:
        return GoesOn(replace(progress, again=tuple(sorted({key for link in gone for key in link.held}))).stored())
    if progress.again:
        _let_go(run, progress.again)
    wanted: dict[BookingKey, Difference | None] = dict.fromkeys(progress.again)
    worked = work_off(run, wanted | {one.key: one for one in found}, EVENT, again=progress.again)
    right = [one for one in found if one.key in worked.right or one.key in worked.needless]
    run.records.differences.remove(right)
    repaired, left = progress.repaired + len(right), progress.left + len(found) - len(right)
    if is_last:
        return Done({"repaired": repaired, "left": left})
    return GoesOn(Progress(found[-1].id, repaired, left).stored())


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of some bookings: those that are right now, and those that nothing has to be done for any more."""

    right: Collection[BookingKey]
    needless: Collection[BookingKey]


def work_off(
    run: Run, bookings: Mapping[BookingKey, Difference | None], event: str, again: Collection[BookingKey] = ()
) -> Worked:
    """Work these bookings off as they are now, also unchanged ones; those of `again` get a deal whatever their day.

    What was found to differ says how: a booking that is absent counts as cancelled, a stage is decided anew, a contact
    is met again.
    """
    links = run.records.links.of_bookings(bookings)
    looked = _look(run, bookings, links, event)
    needless = {key for key in looked.absent if key not in links or bookings[key] is None}
    for change in [change for change in looked.changes if change.link is None]:
        why_not = rules.out_of_scope(change.booking, run.installation.settings)
        if why_not is not None and (change.key not in again or why_not != rules.BEFORE_START):
            needless.add(change.key)
            looked.changes.remove(change)
    vanished = [
        links[key]
        for key in sorted(looked.absent)
        if key in links and (one := bookings[key]) is not None and one.kind is DifferenceKind.BOOKING_ABSENT
    ]
    for location in {link.location for link in vanished}:
        run.altegio.location(location)  # has to answer: else nothing is known of its bookings
    looked.changes += [vanished_change(link) for link in vanished]
    Writer(run).write(looked.changes)
    after, parked = run.records.links.of_bookings(bookings), run.records.parked.all()
    right = set()
    for change in looked.changes:
        link, why = after.get(change.key), parked.get(change.key)
        waits = change.key in run.owed or (why is not None and not why.is_question)
        if link is not None and not link.gone and not waits:
            is_applied = change.is_vanished or is_unchanged(link.digest, link.changed, change.booking)
            right |= {change.key} if is_applied else set()
    return Worked(right, needless)


def _look(
    run: Run, bookings: Mapping[BookingKey, Difference | None], links: Mapping[BookingKey, BookingLink], event: str
) -> _Looked:
    """Read these bookings, without those that cannot be read."""
    looked, rows = _Looked(), _by_day(run, [links[key] for key in bookings if key in links])
    for key, one in bookings.items():
        row: Row | None = rows.get(key)
        if row is None:
            try:
                run.deadline.check(run.margin)
                row = run.altegio.booking(*key)
            except (NotFound, Rejected, Revoked) as error:
                if not (closes_location(error) or "booking" in error.params):
                    raise
                continue
        if row is None:
            looked.absent.add(key)
        elif isinstance(row, Booking):
            looked.changes.append(_change(row, links.get(key), one, event))
    # Asked for alone a cancelled booking may be denied; among those of its day it is there.
    denied = [links[key] for key in looked.absent if key in links and links[key].day]
    for key, booking in read_linked(run, denied, worth_a_day=1).items() if denied else ():
        looked.absent.discard(key)
        looked.changes.append(_change(booking, links[key], bookings[key], event))
    return looked


def _by_day(run: Run, links: Collection[BookingLink]) -> dict[BookingKey, Booking]:
    """Read those of these bookings that share a visit day with enough others of them."""
    shared = Counter((link.location, link.day) for link in links if link.day)
    worth = [link for link in links if shared[link.location, link.day] >= WORTH_A_DAY]
    return read_linked(run, worth, worth_a_day=1) if worth else {}


def _change(booking: Booking, link: BookingLink | None, one: Difference | None, event: str) -> Change:
    """Return the change that repairs what was found to differ."""
    kind = one.kind if one is not None else None
    if link is not None and kind is DifferenceKind.CONTACT_MISSING:
        link = replace(link, contact=None)  # so that the client is met again
    if link is not None and kind is DifferenceKind.STAGE_MOVED:
        link = replace(link, inputs=None, read_at=0)  # so that it counts as nobody's choice
    return Change(booking, link, event, NOT_TIMED, anew=kind is DifferenceKind.STAGE_OUTDATED)


def _let_go(run: Run, bookings: Iterable[BookingKey]) -> None:
    """Forget the deals of these bookings that are gone; those that were brought back are theirs again."""
    links = run.records.links
    gone = [link for link in links.of_bookings(bookings).values() if link.gone]
    there = run.kommo.deals(sorted({link.deal for link in gone}))
    groups = []
    for deal in {link.deal for link in gone}:
        theirs = [link for link in gone if link.deal == deal]
        if deal in there:
            back = [replace(link, gone=False, known=there[deal].place, digest="", changed="") for link in theirs]
            groups.append([links.change(now, before) for now, before in zip(back, theirs, strict=True)])
        else:
            groups.append([*(links.drop(link.sort_key) for link in theirs), links.unclaim(deal, _held(theirs))])
    if any(run.transact(groups)):
        raise Conflict("links_changed")


def _held(links: Collection[BookingLink]) -> tuple[BookingKey, ...]:
    return next(iter(links)).held
