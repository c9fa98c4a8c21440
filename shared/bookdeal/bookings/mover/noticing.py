"""Noticing what people did in Kommo: deals that they moved, deleted or brought back, contacts that are gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import batched

from bookdeal.bookings.deals.merging import let_go
from bookdeal.bookings.deals.questions import about_contacts, ask_again
from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.deals.writing import READ_AT_ONCE
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.mover.demand import moved_by_people
from bookdeal.model.deal import Deal
from bookdeal.runtime.store import Write


def notice_deals(run: Run, deals: Iterable[int], since: int) -> list[BookingKey]:
    """Remember how these deals stand, and those that changed `since` (unix seconds, 0: none).

    Returns the bookings whose deal a person has brought back: they have to be applied again.
    """
    wanted = list(deals)
    if since:
        for page in run.kommo.changed_deals(since):
            seen = {deal.id: (deal.place,) for deal in page}
            wanted += moved_by_people(seen, run.records.links, run.counts)
    restored = []
    for ids in batched(dict.fromkeys(wanted), READ_AT_ONCE, strict=False):
        run.deadline.check(run.margin)
        links = run.records.links.of_deals(ids)
        stands = run.kommo.deals(list(links))
        everything = run.records.links.with_others(links.values())
        restored += [key for link in links.values() if link.gone and link.deal in stands for key in link.held]
        run.transact([group for id, link in links.items() if (group := _noted(run, link, everything, stands.get(id)))])
    return restored


def notice_contacts(run: Run, contacts: Sequence[int]) -> None:
    """Let go of those of these contacts that are gone; ask again where one of them was a candidate."""
    if contacts:
        still_there = run.kommo.contacts(contacts)
        gone = [contact for contact in contacts if contact not in still_there]
        let_go(run, gone)
        ask_again(run, about_contacts(run.records.parked, gone))


def _noted(run: Run, link: BookingLink, everything: Mapping[BookingKey, BookingLink], deal: Deal | None) -> list[Write]:
    """Return the writes that remember how a deal stands in the links of its bookings, none when that is known."""
    links = [everything[key] for key in link.held if key in everything]
    if deal is None:
        rule, after, seen = "deal_deleted", None, [replace(one, gone=True) for one in links]
    elif link.gone:
        back = [replace(one, gone=False, known=deal.place, digest="", changed="") for one in links]
        rule, after, seen = "deal_restored", deal.place, back
    else:
        rule, after, seen = "moved_by_person", deal.place, [replace(one, known=deal.place) for one in links]
    if seen == links:
        return []
    run.counts["deals_noted"] += 1
    decision = Decision(
        deal=link.deal,
        location=link.location,
        booking=link.booking,
        event="deal_changed",
        rule=rule,
        before=link.known,
        after=after,
        fields=(),
        skipped=None,
        at=run.clock.now(),
        correlation_id=run.correlation_id,
    )
    writes = [run.records.links.change(now, before) for now, before in zip(seen, links, strict=True)]
    return [*writes, *run.records.decisions.record(decision)]
