"""What a user sees: his locations, with his own rights; the calendar; and few requests for all of it."""

from collections import Counter
from dataclasses import replace

import pytest

from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.links import Links
from bookdeal.clients.contacts import ContactBook, ContactIndex, Owners
from bookdeal.runtime.clock import SystemClock
from sandbox.stack import demo
from tests.integration.mover.bed import BERTA, BLOW_DRY, COLOURING, DANI, ELENA, HAIRCUT, TABLES, person

from .conftest import CANCEL, Card, Told

SCHEDULE = "/locations/{location}/schedule"


def test_only_the_locations_chosen_for_the_user_are_seen(card: Card) -> None:
    ours, other = card.bed.altegio.locations
    booking = card.book(card.order(30, "09:00"))["parts"][0]["booking"]
    card.see_only(other)
    assert [one["id"] for one in card.told("GET", "/locations")["locations"]] == [other]
    query = {"first": card.day, "last": card.day}
    for method, resource, body, place in (
        ("GET", "/locations/{location}/catalogue", None, {"location": ours}),
        ("GET", SCHEDULE, None, {"location": ours}),
        ("POST", "/bookings", card.order(31, "10:00"), {}),
        ("GET", "/bookings/{location}/{booking}", None, {"location": ours, "booking": booking}),
        ("PUT", "/bookings/{location}/{booking}", {"comment": "x"}, {"location": ours, "booking": booking}),
        ("PUT", "/bookings/{location}/{booking}/status", {"status": "arrived"}, {"location": ours, "booking": booking}),
        ("POST", CANCEL, {"reason": "x"}, {"location": ours, "booking": booking}),
    ):
        asked = card.ask(method, resource, body, query if resource == SCHEDULE else None, **place)
        assert asked == (404, {"error": {"code": "location", "params": {"location": ours}}}), resource
    assert card.told("GET", "/calendar", query=query)["bookings"] == []
    assert card.ask("GET", "/calendar", query={**query, "locations": str(ours)})[0] == 404
    card.see_only()
    assert not card.record(booking)["deleted"]


def test_who_is_no_administrator_learns_where_the_calendar_appears(card: Card) -> None:
    assert card.told("GET", "/locations")["calendar_pipelines"] == []
    before = card.bed.choose(calendar_pipelines=frozenset({7, 5}))
    assert card.told("GET", "/locations")["calendar_pipelines"] == [5, 7]
    card.bed.choose(calendar_pipelines=before.calendar_pipelines)


def test_no_times_come_with_the_hours_of_a_length_that_fits_nowhere(card: Card) -> None:
    days = [day for one in card.schedule(1, 7, length="86400")["employees"] for day in one["days"]]
    assert any(day["hours"] for day in days)
    assert not any(day["times"] for day in days)


def test_who_has_no_login_is_asked_for_one(card: Card) -> None:
    order = card.order(32)
    card.log_out()
    status, told = card.another().ask("POST", "/bookings", order)
    assert (status, told["error"]["code"]) == (403, "no_login")
    card.log_in()


def test_who_has_changed_his_password_is_asked_again(card: Card) -> None:
    fault = {"method": "GET", "route": "/api/v1/records/{company}", "kind": "status", "status": 401, "times": 2}
    card.bed.fault("altegio", fault)
    query = {"first": card.day, "last": card.day}
    assert card.ask("GET", "/calendar", query=query)[1]["error"]["code"] == "login_refused"
    card.bed.fault("altegio")
    assert card.ask("GET", "/calendar", query=query)[1]["error"]["code"] == "login_refused"
    assert card.bed.installation.paused is None
    card.log_in()
    assert card.another().ask("GET", "/calendar", query=query)[0] == 200


def test_the_catalogue_says_what_each_employee_takes(card: Card) -> None:
    told = card.told("GET", "/locations/{location}/catalogue", location=card.location)
    haircut = next(one for one in told["services"] if one["id"] == HAIRCUT)
    assert {one["employee"]: (one["length"], one["price"]) for one in haircut["offers"]} == {
        BERTA: (3600, "30"),
        ELENA: (4500, "35"),
    }
    assert haircut["category"] in {one["id"] for one in told["categories"]}
    assert "Kai" not in {one["name"] for one in told["employees"]}
    assert 1324 in {one["id"] for one in told["booking_categories"]}
    with card.bed.counted() as counted:
        card.told("GET", "/locations/{location}/catalogue", location=card.location)
    assert counted.altegio == Counter()


def test_the_common_schedule_shows_who_does_all_of_it(card: Card) -> None:
    with card.bed.counted() as counted:
        told = card.schedule(1, 7, services=f"{HAIRCUT},{COLOURING}")
    assert counted.altegio["GET /api/v1/company/{company}/staff/schedule"] == 1
    assert sum(counted.altegio.values()) <= 3
    by_employee = {one["employee"]: one for one in told["employees"]}
    assert {id: (one["length"], one["price"]) for id, one in by_employee.items()} == {
        BERTA: (9000, "95"),
        ELENA: (10800, "105"),
    }
    assert all(len(one["days"]) == 7 for one in by_employee.values())
    assert DANI in {one["employee"] for one in card.schedule()["employees"]}


def test_a_booking_that_is_to_be_moved_is_not_in_its_own_way(card: Card) -> None:
    booking = card.book(card.order(33, "17:00"))["parts"][0]["booking"]
    assert "17:30" not in card.times(services=str(HAIRCUT))
    assert "17:30" in card.times(services=str(HAIRCUT), besides=str(booking))


def test_where_the_schedule_does_not_say_what_is_taken_bookings_do(card: Card) -> None:
    card.book(card.order(34, "13:00"))
    told = card.times(services=str(HAIRCUT))
    rows = [{"staff_id": BERTA, "date": card.day, "slots": [{"from": "09:00", "to": "21:00"}]}]
    silent = {"success": True, "data": rows, "meta": {"count": 1}}
    route = {"method": "GET", "route": "/api/v1/company/{company}/staff/schedule"}
    card.bed.fault("altegio", {**route, "kind": "status", "status": 200, "body": silent})
    assert card.times(services=str(HAIRCUT)) == told


@pytest.mark.parametrize(
    ("first", "last"), [("2026-05-02", "2026-05-01"), ("2026-05-01", "2026-06-01"), ("2026-05-01", "2027-05-01")]
)
def test_a_range_has_its_limits(card: Card, first: str, last: str) -> None:
    query = {"first": first, "last": last}
    for resource, place in ((SCHEDULE, {"location": card.location}), ("/calendar", {})):
        status, told = card.ask("GET", resource, query=query, **place)
        assert (status, told["error"]["code"]) == (400, "range")


@pytest.mark.parametrize("query", [{}, {"first": "x", "last": "y"}, {"services": "1;2"}, {"length": "7"}])
def test_what_does_not_fit_is_refused(card: Card, query: dict[str, str]) -> None:
    given = {**({"first": card.day, "last": card.day} if query else {}), **query}
    assert card.ask("GET", SCHEDULE, query=given, location=card.location)[0] == 422


def test_the_calendar_shows_bookings_with_their_deals(card: Card) -> None:
    ours, other = card.bed.altegio.locations
    made = [
        salons(card, ours, "10:00", BERTA),
        salons(card, ours, "11:00", ELENA),
        salons(card, other, "10:30", 51_101),
    ]
    links = Links(card.bed.store.table(card.bed.deployment.table("Links"), *TABLES["Links"]), demo.INSTALLATION)
    link = found_link((ours, made[0]), 4711, None, None)
    assert card.bed.store.transact([[links.change(link, None), links.claim(link)]]) == [None]
    with card.bed.counted() as counted:
        shown = calendar(card)
    assert counted.altegio == {"GET /api/v1/records/{company}": 2}
    found = {one["id"]: one for one in shown if one["id"] in made}
    assert list(found) == [made[0], made[2], made[1]]
    assert [one["deal"] for one in found.values()] == [4711, None, None]
    assert found[made[1]]["colour"] == "2196f3"
    assert {one["id"] for one in calendar(card, employees=str(ELENA))} & set(made) == {made[1]}
    assert {one["id"] for one in calendar(card, locations=str(other))} & set(made) == {made[2]}
    card.bed.salon("DELETE", f"/record/{ours}/{made[1]}")
    assert made[1] not in {one["id"] for one in calendar(card)}
    gone = next(one for one in calendar(card, cancelled="true") if one["id"] == made[1])
    assert gone["status"] == "cancelled"
    of_deal = card.told("GET", "/deals/{deal}/bookings", deal=4711)
    assert [one["id"] for one in of_deal["bookings"]] == [made[0]]
    assert card.told("GET", "/deals/{deal}/bookings", deal=4712)["bookings"] == []
    card.see_only(other)
    assert card.told("GET", "/deals/{deal}/bookings", deal=4711) == {"bookings": [], "closed": [ours], "is_cut": False}
    card.see_only()


def test_a_deal_shows_its_cancelled_booking(card: Card) -> None:
    made = salons(card, card.location, "12:00", BERTA)
    links = Links(card.bed.store.table(card.bed.deployment.table("Links"), *TABLES["Links"]), demo.INSTALLATION)
    link = replace(found_link((card.location, made), 4713, None, None), day=card.day)
    assert card.bed.store.transact([[links.change(link, None), links.claim(link)]]) == [None]
    card.bed.salon("DELETE", f"/record/{card.location}/{made}")
    (shown,) = card.told("GET", "/deals/{deal}/bookings", deal=4713)["bookings"]
    assert (shown["id"], shown["status"], shown["deal"]) == (made, "cancelled", 4713)


def calendar(card: Card, **query: str) -> list[Told]:
    told = card.told("GET", "/calendar", query={"first": card.day, "last": card.day, **query})
    found: list[Told] = told["bookings"]
    return found


def salons(card: Card, location: int, time: str, employee: int) -> int:
    body = {
        "staff_id": employee,
        "services": [{"id": BLOW_DRY}] if location == card.location else [],
        "client": person(employee),
        "save_if_busy": True,
        "datetime": f"{card.day} {time}:00",
        "seance_length": 1800,
        "custom_color": "2196f3",
    }
    return int(card.bed.salon("POST", f"/records/{location}", body)["id"])


def test_a_contact_brings_what_he_had_last(card: Card) -> None:
    ours, other = card.bed.altegio.locations
    person = {"name": "Guest 70", "phone": "+34 600 000 070"}
    cut, dry = (
        {"employee": ELENA, "services": [HAIRCUT], "starts_at": card.at(card.times(ELENA, services=str(HAIRCUT))[0])},
        {"employee": BERTA, "services": [BLOW_DRY], "starts_at": card.at(card.times(services=str(BLOW_DRY))[-1])},
    )
    booked = [card.book(card.order(person=person, parts=[part]))["parts"][0]["booking"] for part in (cut, dry)]
    client = card.record(booked[0])["client"]["id"]
    table = card.bed.store.table(card.bed.deployment.table("Links"), *TABLES["Links"])
    book = ContactBook(table, demo.INSTALLATION, "salt", ContactIndex(), SystemClock())
    (writes,) = book.remember([Owners(4711, {(ours, client): "seen"})])
    assert card.bed.store.transact([writes]) == [None]

    def last(contact: int = 4711) -> Told | None:
        found: Told | None = card.told("GET", "/locations", query={"contact": str(contact)})["last"]
        return found

    with card.bed.counted() as counted:
        assert last() == {"location": ours, "services": [BLOW_DRY], "employee": BERTA}
    assert counted.altegio == {"GET /api/v1/records/{company}": 1}
    assert card.told("GET", "/locations")["last"] is None
    assert last(4712) is None
    card.cancel(booked[1])
    assert last() == {"location": ours, "services": [HAIRCUT], "employee": ELENA}
    card.see_only(other)
    assert last() is None
    card.see_only()
    # Who has no login sees the locations all the same.
    card.log_out()
    assert card.another().told("GET", "/locations", query={"contact": "4711"})["last"] is None
    card.log_in()
