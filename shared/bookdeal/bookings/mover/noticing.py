"""Noticing what people did in Kommo: deals that they moved, merged, deleted or brought back, contacts that are gone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched

from bookdeal.bookings.deals.merged_deals import follow
from bookdeal.bookings.deals.merging import let_go
from bookdeal.bookings.deals.questions import about_contacts, ask_again
from bookdeal.bookings.deals.run import READ_AT_ONCE, Run
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.mover.demand import moved_by_people
from bookdeal.bookings.mover.desk import Pace
from bookdeal.bookings.mover.reversing import STATUS, Reversal, Reversing
from bookdeal.bookings.rules import Meaning
from bookdeal.model.booking import BookingStatus
from bookdeal.model.deal import Deal, Place
from bookdeal.runtime.errors import RateLimited, Transient, UnknownOutcome
from bookdeal.runtime.store import Write


@dataclass(slots=True)
class Noticed:
    """What is left after having looked: deals to be looked at again, and why not now.

    `gone` are deals that seem to be deleted: that they were merged may show a little later.
    """

    gone: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    deferral: RateLimited | Transient | None = None


def notice_deals(
    run: Run,
    deals: Iterable[int],
    since: int,
    reversing: Reversing,
    pace: Pace,
    owing: Callable[[Sequence[BookingKey]], None],
) -> Noticed:
    """Remember how these deals stand, and those that changed `since` (unix seconds, 0: none).

    Where a stage stands for a status, that is set before the move counts as noticed, as far as there is time for it.
    `owing` is told of the bookings that have to be read again, before that is remembered for which they have to.
    """
    wanted = list(deals)
    if since:
        for page in run.kommo.changed_deals(since):
            seen = {deal.id: (deal.place,) for deal in page}
            wanted += moved_by_people(seen, run.records.links, run.counts)
    noticed = Noticed()
    for ids in batched(dict.fromkeys(wanted), READ_AT_ONCE, strict=False):
        run.deadline.check(run.margin)
        links = run.records.links.of_deals(ids)
        stands = run.kommo.deals(list(links))
        merged = follow(run, [link for id, link in links.items() if id not in stands], owing)
        if merged:
            # The winners may be among them: they hold more bookings now.
            links = run.records.links.of_deals(id for id in links if id not in merged)
        everything = run.records.links.with_others(links.values())
        groups = []
        again = [key for id, link in links.items() if link.gone and id in stands for key in link.held]
        for id, link in links.items():
            held = [everything[key] for key in link.held if key in everything]
            deal = stands.get(id)
            reversal = None
            if deal is not None and not link.gone and deal.place == link.tried:
                continue  # our own move, which its booking's next reading remembers
            if deal is not None and not link.gone and (meant := reversing.meant(link, deal.place)):
                reversal = _reversal(reversing, held, meant, noticed, pace)
                if reversal is None:
                    noticed.left.append(id)
                    continue
                again += reversal.reached
            if deal is None and not link.gone:
                noticed.gone.append(id)
            groups.append(_noted(run, link, held, deal, reversal))
        if again:
            owing(again)
        run.transact([group for group in groups if group])
    return noticed


def notice_contacts(run: Run, contacts: Sequence[int]) -> None:
    """Let go of those of these contacts that are gone; ask again where one of them was a candidate."""
    if contacts:
        still_there = run.kommo.contacts(contacts)
        gone = [contact for contact in contacts if contact not in still_there]
        let_go(run, gone)
        ask_again(run, about_contacts(run.records.parked, gone))


def _reversal(
    reversing: Reversing, held: Sequence[BookingLink], meant: Meaning, noticed: Noticed, pace: Pace
) -> Reversal | None:
    """Return what came of a person's move, None where it has to be looked at again."""
    if noticed.deferral is not None or not pace.has_time_for_a_slice:
        return None
    try:
        return reversing.reverse(held, meant)
    except (RateLimited, Transient) as error:
        noticed.deferral = error
    except UnknownOutcome as error:
        noticed.deferral = Transient(error.reason, wait=5.0)
    return None


def _noted(
    run: Run, link: BookingLink, held: Sequence[BookingLink], deal: Deal | None, reversal: Reversal | None
) -> list[Write]:
    """Return the writes that remember how a deal stands in the links of its bookings, none when that is known."""
    after = deal.place if deal else None
    if deal is None:
        rule, seen = "deal_deleted", [replace(one, gone=True) for one in held]
    elif link.gone:
        rule = "deal_restored"
        seen = [replace(one, gone=False, known=deal.place, digest="", changed="") for one in held]
    else:
        # With the status that the stage stands for, the two agree: nothing is left to be applied of it.
        status = reversal.meant.status if reversal is not None and reversal.skipped is None else None
        rule, seen = "moved_by_person", [_with_status(replace(one, known=deal.place), status) for one in held]
    if seen == list(held):
        return []
    run.counts["deals_noted"] += 1
    writes = [run.records.links.change(now, before) for now, before in zip(seen, held, strict=True)]
    decisions = [_decision(run, link, rule, after)]
    if reversal is not None:
        location, booking = reversal.booking
        decisions.append(
            replace(
                _decision(run, link, f"reverse.{reversal.meant.rule}", after),
                location=location,
                booking=booking,
                before=after,
                fields=(STATUS,) if reversal.written else (),
                skipped=reversal.skipped,
                why=reversal.meant.why.to_json() if reversal.meant.why.trials else None,
            )
        )
    for decision in decisions:
        writes += run.records.decisions.record(decision)
    return writes


def _with_status(link: BookingLink, status: BookingStatus | None) -> BookingLink:
    """Return the link with that status applied, as it is with None."""
    if status is None or link.inputs is None:
        return link
    return replace(link, inputs=replace(link.inputs, status=status))


def _decision(run: Run, link: BookingLink, rule: str, after: Place | None) -> Decision:
    return Decision(
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
