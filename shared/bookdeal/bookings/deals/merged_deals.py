"""Deals that are gone: where a person merged one into another, its bookings follow to the deal that is left."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from bookdeal.bookings.deals.merging import merges
from bookdeal.bookings.deals.run import READ_AT_ONCE, Run
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.model.deal import Deal
from bookdeal.model.happening import HappeningKind
from bookdeal.runtime.errors import Transient
from bookdeal.runtime.store import Write

AT_ONCE = 60
"""Seconds that may lie between a merge and the deletion of the deal that went into another by it."""

_EVENT = "deals_merged"


def follow(run: Run, gone: Iterable[BookingLink], owing: Callable[[Sequence[BookingKey]], None]) -> set[int]:
    """Put the bookings of deals that are gone on the deals into which a person merged these; return the merged ones.

    `gone` holds a link of each. `owing` is told of the bookings that have to be applied again, before it is done: after
    a kill nobody would ask for them. Raises Transient when links changed meanwhile.

    The events tell the winners of merges, not the losers (contract §8.4, §8.9). The winner is known by our mark, which
    it takes over where it has none of its own; else by the contact, if the deal went when the winner won.
    """
    lost = {link.deal: link for link in gone}
    if not lost:
        return set()
    won, deleted = _merges(run)
    there = run.kommo.deals(sorted(won, key=lambda deal: won[deal], reverse=True)[:READ_AT_ONCE]) if won else {}
    followed = set()
    for deal, link in lost.items():
        winner = _winner(run, link, there, {id for id in there if abs(deleted.get(deal, won[id]) - won[id]) <= AT_ONCE})
        if winner is not None:
            run.deadline.check(run.margin)
            owing(link.held)
            _follow(run, link, winner)
            followed.add(deal)
            run.counts["deals_merged"] += 1
    return followed


def _merges(run: Run) -> tuple[dict[int, int], dict[int, int]]:
    """Return when deals last won a merge, and when others were deleted, in unix seconds."""
    won: dict[int, int] = {}
    deleted: dict[int, int] = {}
    for page in merges(run, {HappeningKind.DEALS_MERGED, HappeningKind.DEAL_GONE}):
        for one in page:
            times = won if one.kind is HappeningKind.DEALS_MERGED else deleted
            times[one.id] = max(one.at, times.get(one.id, 0))
    return won, deleted


def _winner(run: Run, link: BookingLink, there: Mapping[int, Deal], at_once: Collection[int]) -> Deal | None:
    """Return the deal into which a link's deal was merged, None for none; `at_once` won when it went."""
    location, booking = run.layout.deal_fields["COMPANY_ID"], run.layout.deal_fields["BOOKING_ID"]
    marks = {(str(at), str(id)) for at, id in link.held}
    marked = [
        deal for deal in there.values() if (str(deal.fields.get(location)), str(deal.fields.get(booking))) in marks
    ]
    if marked:
        linked = run.records.links.held(deal.id for deal in marked) if len(marked) > 1 else {}
        return min(marked, key=lambda deal: (deal.id not in linked, deal.created_at, deal.id))
    alike = [there[id] for id in at_once if link.contact is not None and link.contact in there[id].contacts]
    return alike[0] if len(alike) == 1 else None


def _follow(run: Run, link: BookingLink, winner: Deal) -> None:
    """Link all bookings of a deal to the winner, beside those that it holds, in one write."""
    links = run.records.links
    moving = [one for one in links.with_others([link]).values() if one.deal == link.deal]
    held = links.held([winner.id]).get(winner.id, ())
    beside = list(links.of_bookings(held).values())
    keys = sorted({*held, *(one.key for one in moving)})
    # The stage in which the winner stands is the person's choice: it stays until the bookings change.
    said = beside[0] if beside else replace(link, deal=winner.id, known=winner.place)
    writes: list[Write] = []
    moved = []
    for one in moving:
        now = replace(one.saying(said), others=_but(keys, one.key), gone=False, digest="", changed="", read_at=0)
        moved.append(now)
        writes.append(links.change(now, one))
    writes += [links.change(replace(one, others=_but(keys, one.key), gone=False), one) for one in beside]
    writes += [links.unclaim(link.deal, link.held), links.claim(moved[0], held)]
    for one in moving:
        writes += _decided(run, one, "merged_into_another", winner, deal=one.deal, other_deal=winner.id)
        writes += _decided(run, one, "merged_here", winner, deal=winner.id, other_deal=one.deal)
    (conflict,) = run.transact([writes])
    if conflict is not None:
        raise Transient("links")


def _but(keys: Iterable[BookingKey], key: BookingKey) -> tuple[BookingKey, ...]:
    return tuple(other for other in keys if other != key)


def _decided(run: Run, link: BookingLink, rule: str, winner: Deal, *, deal: int, other_deal: int) -> Sequence[Write]:
    return run.records.decisions.record(
        Decision(
            deal=deal,
            location=link.location,
            booking=link.booking,
            event=_EVENT,
            rule=rule,
            before=link.known,
            after=winner.place,
            fields=(),
            skipped=None,
            at=run.clock.now(),
            correlation_id=run.correlation_id,
            other_deal=other_deal,
        )
    )
