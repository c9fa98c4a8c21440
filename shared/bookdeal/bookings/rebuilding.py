"""Links rebuilt from the deals, when their table was lost or an account comes back after it was forgotten.

A deal shows whose it is: location and booking id stand in its fields. All deals are read, oldest first, and each mark
that no link knows is linked to its deal; of two deals with one mark the linked one counts, else the older. Then the
decisions tell which bookings had a deal that a person has deleted. Nothing is written to Kommo, and nothing else is
done meanwhile (`model.command.FIRST`): a booking without a link would get a second deal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import batched
from typing import Any

from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.protocols import Altegio
from bookdeal.bookings.run import Run
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.model.deal import Deal
from bookdeal.runtime.store import Item, Write

REBUILDING = "rebuilding"
"""Why an installation is paused for which a rebuilding is asked: until the mover has taken note of it."""

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


def rebuild_links(command: Command, run: Run, altegio: Altegio) -> Done | GoesOn:  # noqa: ARG001 - an executor
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
        progress = replace(_deleted(run, chunk, progress), after=str(chunk[-1]["key"]))
        if run.clock.monotonic() >= until:
            return GoesOn(progress.stored())
    return Done({"links": progress.linked, "deleted": progress.deleted, "twins": list(progress.twins)})


def is_rebuilt(link: BookingLink) -> bool:
    """Tell whether a link was rebuilt and its booking not applied since: what was applied before is not known."""
    return link.inputs is None and link.read_at > 0


def _linked(run: Run, deals: Sequence[Deal], progress: Progress) -> Progress:
    """Link the deals of one page whose booking has no deal yet."""
    bearers: dict[BookingKey, list[Deal]] = {}
    for deal in deals:
        key = _key_of(deal, run.layout.deal_fields)
        if key is not None:
            bearers.setdefault(key, []).append(deal)
    known = run.records.links.of_bookings(bearers)
    twins = dict.fromkeys(progress.twins)
    groups = []
    for key, alike in bearers.items():
        link = known.get(key)
        if link is None or link.gone:
            first = min(alike, key=lambda deal: (deal.created_at, deal.id))
            rebuilt = _rebuilt(key, first)
            groups.append(_writes(run, replace(rebuilt, version=link.version) if link else rebuilt, link))
            held = first.id
        else:
            held = link.deal
        twins |= dict.fromkeys(deal.id for deal in alike if deal.id != held)
    done = sum(conflict is None for conflict in run.transact(groups))
    return replace(
        progress,
        found=progress.found + done,
        linked=progress.linked + done,
        twins=tuple(twins)[:MOST_NAMED],
    )


def _deleted(run: Run, decisions: Iterable[Item], progress: Progress) -> Progress:
    """Link the bookings that had a deal which is gone: a person deleted it, and it must not be made again."""
    had = {(int(one["location"]), int(one["booking"])): _deal_of(one) for one in decisions}
    known = run.records.links.of_bookings(had)
    without = {key: deal for key, deal in had.items() if key not in known}
    if not without:
        return progress
    there = run.kommo.deals(sorted(set(without.values())))
    groups = [
        _writes(run, replace(_link(key, deal), gone=True), None) for key, deal in without.items() if deal not in there
    ]
    done = sum(conflict is None for conflict in run.transact(groups))
    return replace(progress, deleted=progress.deleted + done)


def _rebuilt(key: BookingKey, deal: Deal) -> BookingLink:
    """Return the link of a deal that was applied at some time before it was last changed."""
    contact = deal.contacts[0] if deal.contacts else None
    return replace(_link(key, deal.id), contact=contact, known=deal.place, read_at=max(1, deal.updated_at))


def _link(key: BookingKey, deal: int) -> BookingLink:
    return BookingLink(
        location=key[0],
        booking=key[1],
        deal=deal,
        contact=None,
        client=None,
        digest="",
        changed="",
        read_at=0,
        day="",
        inputs=None,
        put=None,
        known=None,
    )


def _writes(run: Run, link: BookingLink, before: BookingLink | None) -> list[Write]:
    return [run.records.links.change(link, before), run.records.links.claim(link)]


def _key_of(deal: Deal, fields: Mapping[str, int]) -> BookingKey | None:
    """Return the booking that a deal shows, None for a deal that shows none."""
    try:
        location, booking = int(str(deal.fields[fields["COMPANY_ID"]])), int(str(deal.fields[fields["BOOKING_ID"]]))
    except (KeyError, ValueError):
        return None
    return location, booking


def _deal_of(decision: Item) -> int:
    return int(str(decision["key"]).split("#")[1])
