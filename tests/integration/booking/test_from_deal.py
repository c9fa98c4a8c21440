"""Booked from a deal's card: the booking continues that deal, also where nobody confirmed that it was made."""

from typing import Any

import pytest

from tests.integration.mover.bed import BERTA

from .conftest import Card, Told


def a_deal(card: Card, number: int) -> Told:
    """Return a deal that a person has made in Kommo for a guest, without a booking."""
    contact = card.bed.make_contact(f"Guest {number}", f"+34600{number:06d}")
    body = [
        {
            "name": f"Wants a haircut {number}",
            **card.bed.deal_place(),
            "_embedded": {"contacts": [{"id": contact}]},
        }
    ]
    made = card.bed.in_kommo("POST", "leads", body)
    found: Told = made["_embedded"]["leads"][0]
    return found


def carry(card: Card) -> None:
    """Bring to the mover what the function has rung for."""
    card.bed.queue.send(card.rung())
    card.bed.drain()


def linked_deal(card: Card, booking: int) -> Any:
    (link,) = card.bed.items("Links", f"booking#{card.location}#{booking}")
    return link["deal"]


def test_a_booking_from_a_deal_continues_that_deal(card: Card) -> None:
    deal = a_deal(card, 501)
    told = card.book(card.order(501, "10:00", deal=deal["id"]))
    assert (told["outcome"], told["deal"]) == ("done", deal["id"])
    booking = told["parts"][0]["booking"]
    carry(card)
    assert linked_deal(card, booking) == deal["id"]
    (shown,) = card.told("GET", "/deals/{deal}/bookings", deal=deal["id"])["bookings"]
    assert (shown["id"], shown["deal"]) == (booking, deal["id"])
    card.bed.assert_together(card.record(booking))
    edited = card.told(
        "PUT",
        "/bookings/{location}/{booking}",
        {"starts_at": card.at("12:00")},
        location=card.location,
        booking=booking,
    )
    assert (edited["outcome"], edited["booking"]["deal"]) == ("done", deal["id"])
    carry(card)
    card.bed.assert_together(card.record(booking))


def test_all_bookings_of_an_order_go_to_its_deal(card: Card) -> None:
    deal = a_deal(card, 502)
    order = card.order(502, "14:00", deal=deal["id"])
    order["parts"].append({**order["parts"][0], "starts_at": card.at("15:00")})
    told = card.book(order)
    assert told["outcome"] == "done"
    carry(card)
    assert {linked_deal(card, part["booking"]) for part in told["parts"]} == {deal["id"]}


@pytest.mark.parametrize(("kind", "time"), [("late_commit", "16:00"), ("commit_then_close", "17:00")])
def test_a_booking_that_nobody_confirmed_finds_its_deal_by_the_sweep(card: Card, kind: str, time: str) -> None:
    deal = a_deal(card, 503 if kind == "late_commit" else 504)
    before = {one["id"] for one in card.marked()}
    faults = [{"method": "POST", "route": "/api/v1/records/{company}", "kind": kind, "status": 504, "seconds": 1}]
    faults.append({"method": "GET", "route": "/api/v1/records/{company}", "kind": "status", "status": 503, "times": 3})
    card.bed.fault("altegio", *faults)
    order = card.order(503, time, deal=deal["id"])
    order["parts"][0]["employee"] = BERTA
    assert card.book(order)["outcome"] == "unknown"
    card.bed.fault("altegio")
    assert card.rung() == []
    card.wait_for(lambda: bool({one["id"] for one in card.marked()} - before))
    (booking,) = {one["id"] for one in card.marked()} - before
    card.bed.sweep()
    assert linked_deal(card, booking) == deal["id"]


def test_the_sweep_settles_what_nobody_has_asked_for_again(card: Card) -> None:
    deal = a_deal(card, 505)
    post = {"method": "POST", "route": "/api/v1/records/{company}", "status": 504, "seconds": 1}
    card.bed.fault("altegio", {**post, "kind": "late_commit"})
    made = card.order(505, "18:00", deal=deal["id"])
    assert card.book(made)["outcome"] == "unknown"
    card.bed.fault("altegio", {**post, "kind": "status"})
    lost = card.order(506, "19:00")
    assert card.book(lost)["outcome"] == "unknown"
    card.bed.fault("altegio")
    card.wait_for(lambda: bool([one for one in card.marked() if one["client"]["name"] == "Guest 505"]))

    def stored(order: Told) -> Any:
        (item,) = card.bed.items("Decisions", f"attempt#{order['request']}")
        return item["parts"][0][1]

    card.bed.sweep()
    assert {stored(made), stored(lost)} == {"sent"}  # whoever asked may still look himself
    card.bed.pass_time(130)
    card.bed.sweep()
    assert (stored(made), stored(lost)) == ("made", "sent")
    (booking,) = [one["id"] for one in card.marked() if one["client"]["name"] == "Guest 505"]
    assert linked_deal(card, booking) == deal["id"]
    card.bed.pass_time(70)
    card.bed.sweep()
    assert stored(lost) == "absent"
    assert [item for item in card.bed.items("Decisions") if item["installation"].endswith("#attempts")] == []
