"""Moving a booking to another deal, because a person says so: both deals are made right again."""

from dataclasses import replace

from bookdeal.bookings import rules
from bookdeal.bookings.deals.holding import read_bookings
from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.deals.recording import record
from bookdeal.bookings.deals.run import Change, Run
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.undo import ON_DEAL, Entity, Undo, properties_after, properties_of
from bookdeal.model.booking import Booking
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.model.deal import Deal, DealChange
from bookdeal.runtime.errors import Conflict, NotFound, Transient
from bookdeal.runtime.store import Write

_EVENT = "booking_moved"


def move_booking(command: Command, run: Run) -> Done | GoesOn:
    """Move the booking `location`, `booking` to the deal `deal`.

    Raises NotFound for a booking without a deal ("no_such_booking") and for a deal that is not there ("deal_gone");
    Conflict for a deal that a person has closed ("deal_closed") or that shows a booking of somebody else
    ("deal_foreign").
    """
    key = int(command.params["location"]), int(command.params["booking"])
    target = int(command.params["deal"])
    link = run.records.links.of_bookings([key]).get(key)
    if link is None or run.installation.location(key[0]) is None:
        raise NotFound("no_such_booking", params={"location": key[0], "booking": key[1]})
    if command.progress is None:
        if link.deal == target:
            return Done({"deal": target})
        _checked(run, target)
        # Once the booking has left it, nothing else would tell which deal that was.
        return GoesOn({"from": link.deal})
    source = int(command.progress["from"])
    if link.deal != target:
        link = _relinked(run, link, _checked(run, target))
    _write_both(run, link, source)
    return Done({"deal": target, "from": source})


def move_back(run: Run, booking: BookingKey, source: int, target: int) -> None:
    """Move a booking from one deal back to another, and make both right; one that is there already is made right.

    Raises Conflict("changed_since") for a booking that is on neither; the rest as `move_booking`.
    """
    link = run.records.links.of_bookings([booking]).get(booking)
    if link is None or run.installation.location(booking[0]) is None:
        raise NotFound("no_such_booking", params={"location": booking[0], "booking": booking[1]})
    if link.deal not in (source, target):
        raise Conflict("changed_since", params={"booking": booking[1], "deal": link.deal})
    if link.deal == source:
        link = _relinked(run, link, _checked(run, target))
    _write_both(run, link, source)


def _checked(run: Run, target: int) -> Deal:
    """Return the deal, if a booking may be put on it."""
    deal = run.kommo.deals([target]).get(target)
    if deal is None:
        raise NotFound("deal_gone", params={"deal": target})
    link = run.records.links.of_deals([target]).get(target)
    if rules.is_closed(deal.place, run.layout.pipelines) and (link is None or link.put != deal.place):
        raise Conflict("deal_closed", params={"deal": target})
    location = deal.fields.get(run.layout.deal_fields["COMPANY_ID"])
    if location and str(location) not in {str(known.id) for known in run.installation.locations}:
        raise Conflict("deal_foreign", params={"deal": target})
    return deal


def _relinked(run: Run, link: BookingLink, deal: Deal) -> BookingLink:
    """Link the booking to the deal, and all bookings of both deals to their new companions, in one write."""
    links = run.records.links
    held = links.held([deal.id]).get(deal.id, ())
    there = links.of_bookings(held)
    left = [one for one in links.with_others([link]).values() if one.key != link.key]
    fresh = found_link(link.key, deal.id, None, None)
    said = next(iter(there.values()), replace(fresh, known=deal.place))
    moved = replace(
        link.saying(said),
        others=tuple(sorted(there)),
        digest="",
        changed="",
        read_at=0,  # nothing of it was applied to this deal yet
        version=link.version + 1,
    )
    writes: list[Write] = [links.change(moved, link), links.claim(moved, held)]
    for one in there.values():
        writes.append(links.change(replace(one, others=_with(one.others, link.key)), one))
    for one in left:
        writes.append(links.change(_without(one, link.key), one))
    writes.append(links.claim(_without(left[0], link.key), link.held) if left else links.unclaim(link.deal, link.held))
    writes += _decided(run, link, "booking_moved_away", link.deal, deal.id)
    writes += _decided(run, link, "booking_moved_here", deal.id, link.deal)
    (conflict,) = run.transact([writes])
    if conflict is not None:
        raise Transient("links")
    return moved


def _write_both(run: Run, link: BookingLink, source: int) -> None:
    """Make both deals show what they hold now."""
    held = run.records.links.held([source]).get(source, ())
    left = list(run.records.links.of_bookings(held).values())
    changes = []
    for one in (link, *left[:1]):
        rows = read_bookings(run.altegio, one.location, {one.booking: one.day})
        booking = next((row for row in rows if isinstance(row, Booking) and row.id == one.booking), None)
        if booking is not None:
            changes.append(Change(booking, one, _EVENT, 0))
    Writer(run).write(changes)
    if not held:
        _clear(run, source, link.key)


def _clear(run: Run, deal_id: int, moved: BookingKey) -> None:
    """Let a deal that holds no booking any more show none."""
    run.deadline.check(run.margin)
    deal = run.kommo.deals([deal_id]).get(deal_id)
    shown = str(deal.fields.get(run.layout.deal_fields["BOOKING_ID"])) if deal else ""
    if deal is None or shown != str(moved[1]):
        return
    change = DealChange(
        deal.id, price=0, fields={id: None for id in run.layout.deal_fields.values() if deal.fields.get(id) is not None}
    )
    after = properties_after(change)
    undo = run.keeper.undo(Entity.DEAL, deal.id, properties_of(deal, after), after)
    decision = _decision(run, moved, "booking_cleared", deal.id)
    record(run, [replace(decision, fields=("PRICE", *run.layout.deal_fields), undo=undo)] if undo.after else [])
    _, uncertain = run.change([change], run.kommo.update_deals)
    if uncertain:
        raise Transient("kommo", wait=5.0)


def _decided(run: Run, link: BookingLink, rule: str, deal: int, other: int) -> list[Write]:
    """Return the writes of the decision that a booking comes to a deal, or leaves it for another one."""
    decision = replace(_decision(run, link.key, rule, deal), other_deal=other)
    if rule == "booking_moved_here":
        decision = replace(decision, undo=Undo(Entity.BOOKING, link.booking, {ON_DEAL: other}, {ON_DEAL: deal}))
    return run.records.decisions.record(decision)


def _decision(run: Run, booking: BookingKey, rule: str, deal: int) -> Decision:
    return Decision(
        deal=deal,
        location=booking[0],
        booking=booking[1],
        event=_EVENT,
        rule=rule,
        before=None,
        after=None,
        fields=(),
        skipped=None,
        at=run.clock.now(),
        correlation_id=run.correlation_id,
        batch=run.command,
    )


def _with(keys: tuple[BookingKey, ...], key: BookingKey) -> tuple[BookingKey, ...]:
    return tuple(sorted((*keys, key)))


def _without(link: BookingLink, key: BookingKey) -> BookingLink:
    """Return the link of a booking whose deal holds one booking less: its deal has to be worked through anew."""
    return replace(link, others=tuple(other for other in link.others if other != key), digest="", changed="")
