"""What settings that are not saved yet would do with the bookings of some days: the mover's own plans, kept as a list.

Bookings are read page by page and planned as if their stages were decided anew. What would happen to them is counted by
groups in the command's result; the rows of a group are stored (`previews`), without anybody's name.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from bookdeal.bookings import rules
from bookdeal.bookings.deals.holding import Held, held_by_deal
from bookdeal.bookings.deals.plans import plan_held, surroundings
from bookdeal.bookings.deals.run import READ_AT_ONCE, Change, LayoutChanged, Run
from bookdeal.bookings.intents import mark_of
from bookdeal.bookings.links import BookingLink
from bookdeal.bookings.planning import Update, plan_new
from bookdeal.bookings.previews import Fate, Group, Row
from bookdeal.installs.settings import settings_from
from bookdeal.model.booking import Booking, Location
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.model.deal import Place
from bookdeal.runtime.errors import Conflict, NotFound, Rejected, Revoked, closes_location
from bookdeal.runtime.limiter import Lane
from bookdeal.runtime.store import Write

SLICE_SECONDS = 4.0
"""A slice begins no further page after so long."""

EVENT = "preview"

MOST_GROUPS = 500
"""So many groups are told; what belongs to further ones is only counted."""

STAY, FIELDS, SHOWN_ELSEWHERE, UNREADABLE, FURTHER = "stay", "fields", "beside", "unreadable", "further"
"""Counts beside the groups: deals that stay where they are, deals whose fields or price would be written, bookings that
their deal does not show, such as could not be read or planned, and what belongs to further groups."""


@dataclass(slots=True)
class _Found:
    """What was found so far.

    `place` is the number of the location, `page` the page of its list that comes next, `taken` counts its rows so far;
    `read` counts the bookings of all locations.
    """

    place: int = 0
    page: int = 1
    taken: int = 0
    read: int = 0
    groups: Counter[Group] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    @staticmethod
    def of(progress: Mapping[str, Any] | None) -> "_Found":
        """Read a command's progress."""
        if progress is None:
            return _Found()
        groups = Counter({_group(told): int(told["count"]) for told in progress["groups"]})
        place, page, taken = (int(progress[name]) for name in ("place", "page", "taken"))
        return _Found(place, page, taken, int(progress["bookings"]), groups, Counter(progress["counts"]))

    def next_location(self) -> None:
        """Go on with the next location."""
        self.place, self.page, self.taken = self.place + 1, 1, 0

    def progress(self) -> dict[str, Any]:
        """Return how far it has come."""
        return {"place": self.place, "page": self.page, "taken": self.taken, **self.result()}

    def result(self) -> dict[str, Any]:
        """Return what was found: the groups, the largest first."""
        groups = [_told(group, count) for group, count in self.groups.most_common()]
        return {"bookings": self.read, "groups": groups, "counts": dict(self.counts)}


def preview(command: Command, run: Run) -> Done | GoesOn:
    """Show what the `settings` would do with the visits from `days` days ago to `ahead` days from now.

    The result has the number of `bookings`, the `groups` of deals that would move, be made or stay against the rules,
    and `counts`: deals that stay, and bookings out of scope by their reason. Raises LayoutChanged for settings with a
    stage that was not known so far, Conflict("stage_gone") for one that the account does not have.
    """
    settings = settings_from(command.params["settings"])
    found = _Found.of(command.progress)
    preview = _Preview(run.within(lane=Lane.BULK).choosing(settings), command, found)
    until = run.clock.monotonic() + SLICE_SECONDS
    locations = run.installation.locations
    try:
        while found.place < len(locations):
            preview.page(locations[found.place])
            if run.clock.monotonic() >= until:
                return GoesOn(found.progress())
    except rules.UnknownStage as gone:
        if not run.layout_is_fresh:
            # It may have been made a moment ago.
            raise LayoutChanged from None
        raise Conflict("stage_gone", params={"pipeline": gone.pipeline, "stage": gone.stage or 0}) from None
    return Done(found.result())


class _Preview:
    """Plans bookings page by page."""

    def __init__(self, run: Run, command: Command, found: _Found) -> None:
        """Bind to a run whose settings are those to be tried."""
        self._run = run
        self._command = command
        self._found = found

    def page(self, location: Location) -> None:
        """Plan the next page of a location's bookings, and say which comes after it."""
        self._run.deadline.check(self._run.margin)
        first, last = self._days(location)
        try:
            page = self._run.altegio.changed_bookings(
                location.id, changed_after=None, from_day=first, until_day=last, page=self._found.page
            )
        except (NotFound, Rejected, Revoked) as error:
            if not closes_location(error):
                raise
            self._found.counts["location_closed"] += 1
            self._found.next_location()
            return
        bookings = [row for row in page.rows if isinstance(row, Booking)]
        writes = self._planned(bookings)
        self._run.transact([[write] for write in writes])
        self._found.read += len(page.rows)
        self._found.counts[UNREADABLE] += len(page.rows) - len(bookings)
        self._found.page += 1
        self._found.taken += len(page.rows)
        if not page.rows or self._found.taken >= page.total:
            self._found.next_location()

    def _days(self, location: Location) -> tuple[date, date]:
        today = datetime.fromtimestamp(self._command.at, ZoneInfo(location.timezone or "UTC")).date()
        before, ahead = int(self._command.params["days"]), int(self._command.params["ahead"])
        return today - timedelta(days=before), today + timedelta(days=ahead)

    def _planned(self, bookings: Sequence[Booking]) -> list[Write]:
        bookings = [self._run.with_categories(booking) for booking in bookings]
        links = self._run.records.links.of_bookings((booking.location, booking.id) for booking in bookings)
        known: list[tuple[Change, BookingLink]] = []
        writes = []
        for booking in bookings:
            link = links.get((booking.location, booking.id))
            if link is None:
                writes += self._without_deal(booking)
            elif link.gone:
                self._found.counts["deal_deleted_by_hand"] += 1
            else:
                known.append((Change(booking, link, EVENT, link.read_at, anew=True), link))
        here = {change.key for change, _ in known}
        everything = held_by_deal(self._run, known)
        # A deal is counted once: with the page that has the booking it shows.
        shown = [held for held in everything if held.lead.key in here]
        self._found.counts[SHOWN_ELSEWHERE] += len(known) - len(shown)
        for chunk in batched(shown, READ_AT_ONCE, strict=False):
            writes += self._with_deals(chunk)
        return writes

    def _with_deals(self, chunk: Sequence[Held]) -> Iterable[Write]:
        self._run.deadline.check(self._run.margin)
        deals = self._run.kommo.deals([held.deal for held in chunk])
        for held in chunk:
            deal = deals.get(held.deal)
            if deal is None:
                self._found.counts["deal_deleted_by_hand"] += 1
                continue
            try:
                update = plan_held(self._run, held, deal)
            except rules.UnknownStage:
                raise
            except Exception:
                # The mover would park it.
                self._found.counts[UNREADABLE] += 1
                continue
            self._found.counts[FIELDS] += bool(update.fields)
            group = _group_of(update, deal.place)
            if group is None:
                self._found.counts[STAY] += 1
            else:
                why = update.choice.why.to_json() if update.choice.why else None
                yield from self._kept(group, Row(held.lead.key, held.deal, why))

    def _without_deal(self, booking: Booking) -> list[Write]:
        reason = rules.out_of_scope(booking, self._run.installation.settings)
        if reason is not None:
            self._found.counts[reason] += 1
            return []
        key = booking.location, booking.id
        new, verdict = plan_new(booking, mark_of(*key), None, surroundings(self._run, booking))
        return self._kept(Group(Fate.MADE, None, new.place, verdict.rule), Row(key, 0, verdict.why.to_json()))

    def _kept(self, group: Group, row: Row) -> list[Write]:
        if group not in self._found.groups and len(self._found.groups) >= MOST_GROUPS:
            self._found.counts[FURTHER] += 1
            return []
        self._found.groups[group] += 1
        return [self._run.records.previews.keep(self._command.id, group, row)]


def _group_of(update: Update, present: Place) -> Group | None:
    choice = update.choice
    if choice.place is not None:
        return Group(Fate.MOVES, present, choice.place, choice.rule)
    if choice.skipped is not None:
        return Group(Fate.HELD, present, None, choice.rule, choice.skipped)
    return None


def _told(group: Group, count: int) -> dict[str, Any]:
    return {
        "id": group.id,
        "fate": group.fate.value,
        "before": [group.before.pipeline, group.before.stage] if group.before else None,
        "after": [group.after.pipeline, group.after.stage] if group.after else None,
        "rule": group.rule,
        "skipped": group.skipped,
        "count": count,
    }


def _group(told: Mapping[str, Any]) -> Group:
    before, after = (Place(*place) if place else None for place in (told["before"], told["after"]))
    return Group(Fate(told["fate"]), before, after, told["rule"], told["skipped"])
