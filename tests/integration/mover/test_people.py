"""What people do in Kommo stays: the mover takes note of it, and goes on from there when the booking itself changes."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from bookdeal.model.hint import HintKind, SeenDeal

from .bed import ARRIVED, COLOURING, CONFIRMED, ELENA, NO_SHOW, WAITING, Bed, person
from .conftest import MakeBed
from .oracle import Raw, field

numbers = count(100)


@pytest.fixture(scope="module")
def bed(make_bed: MakeBed) -> Bed:
    return make_bed()


@pytest.fixture(autouse=True)
def _settings(bed: Bed) -> Iterator[None]:
    settings = bed.installation.settings
    yield
    bed.choose(reopen_closed=settings.reopen_closed)
    assert bed.installation.paused is None


def someone() -> dict[str, Any]:
    return person(next(numbers))


def booked(bed: Bed, **changes: Any) -> tuple[Raw, Raw]:
    """Return a new booking and its deal."""
    record = bed.book(someone(), **changes)
    bed.work(record)
    return record, bed.deal(record)


def moved(bed: Bed, deal: Raw, stage: str) -> None:
    """Let a person move the deal, and Kommo ring for it."""
    bed.move(deal, stage)
    bed.hint_of_deals(next(one for one in bed.deals() if one["id"] == deal["id"]))
    bed.drain()


def stage(bed: Bed, record: Raw) -> str:
    return bed.stage(bed.deal(record))


def test_a_deal_stays_where_a_person_put_it_until_the_status_changes(bed: Bed) -> None:
    record, deal = booked(bed)
    moved(bed, deal, "Call back")
    bed.change(record, datetime=f"{bed.day(3)} 12:00:00")
    bed.work(record)
    bed.change(record, staff_id=ELENA)
    bed.work(record)
    bed.sweep()
    assert (stage(bed, record), field(bed.deal(record), "EMPLOYEE")) == ("Call back", "Elena")
    bed.assert_right(moved=[record["id"]], only=[record])
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert stage(bed, record) == "Confirmed"
    rules = [(item["rule"], item["skipped"]) for item in bed.items("Decisions", f"deal#{deal['id']}#")]
    assert rules == [
        ("simple.waiting", None),
        ("moved_by_person", None),
        ("unchanged_inputs", None),
        ("simple.waiting", "moved_by_person"),
        ("simple.confirmed", None),
    ]


def nothing(bed: Bed, record: Raw) -> None:
    """Only time passes."""


def rescheduled(bed: Bed, record: Raw) -> None:
    bed.change(record, datetime=f"{bed.day(5)} 17:00:00")


def by_another_employee(bed: Bed, record: Raw) -> None:
    bed.change(record, staff_id=ELENA)


def of_another_service(bed: Bed, record: Raw) -> None:
    line = {"id": COLOURING, "first_cost": 70, "discount": 0, "cost": 70, "amount": 1}
    bed.change(record, services=[line])


def of_another_client(bed: Bed, record: Raw) -> None:
    bed.change(record, client=someone())


def paid(bed: Bed, record: Raw) -> None:
    bed.admin("pay", location=bed.location, ids=[record["id"]], cost_to_pay=7)


def confirmed(bed: Bed, record: Raw) -> None:
    bed.set_status(record, CONFIRMED)


def confirmed_and_back(bed: Bed, record: Raw) -> None:
    bed.set_status(record, CONFIRMED)
    bed.set_status(record, WAITING)


def arrived(bed: Bed, record: Raw) -> None:
    bed.set_status(record, ARRIVED)


def cancelled(bed: Bed, record: Raw) -> None:
    bed.cancel(record)


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize(
    ("chosen", "change", "expected"),
    [
        ("Call back", nothing, "Call back"),
        ("Call back", rescheduled, "Call back"),
        ("Call back", by_another_employee, "Call back"),
        ("Call back", of_another_service, "Call back"),
        ("Call back", of_another_client, "Call back"),
        ("Call back", paid, "Call back"),
        ("Call back", confirmed_and_back, "Call back"),
        ("Call back", confirmed, "Confirmed"),
        ("Call back", cancelled, "Closed - lost"),
        ("Arrived", rescheduled, "Arrived"),
        ("Arrived", arrived, "Arrived"),
        ("Arrived", confirmed, "Confirmed"),
        ("Closed - won", confirmed, "Closed - won"),
        ("Closed - won", cancelled, "Closed - won"),
        ("Closed - lost", cancelled, "Closed - lost"),
    ],
)
def test_a_persons_stage_stays_until_the_status_changes(
    bed: Bed, heard: bool, chosen: str, change: Callable[[Bed, Raw], None], expected: str
) -> None:
    """Whether the move was heard of, or is first seen when the booking changes."""
    record, deal = booked(bed)
    bed.move(deal, chosen)
    if heard:
        bed.hint_of_deals(bed.deal(record))
        bed.drain()
    change(bed, record)
    bed.hint(record)
    bed.hint(record, kind=HintKind.PAYMENT)
    bed.drain()
    bed.sweep()
    assert stage(bed, record) == expected


@pytest.mark.parametrize("heard", [True, False])
def test_an_old_event_undoes_nobodys_later_hand(bed: Bed, heard: bool) -> None:
    """Hints of an old change that come after a person's move change nothing, whether the move was heard of or not."""
    record, _ = booked(bed)
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    bed.move(bed.deal(record), "Call back")
    if heard:
        bed.hint_of_deals(bed.deal(record))
    bed.hint(record)
    bed.hint(record, kind=HintKind.PAYMENT)
    bed.drain()
    bed.sweep()
    assert stage(bed, record) == "Call back"


def test_hints_of_one_deal_come_in_any_order(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.move(deal, "Call back")
    bed.hint_of_deals(bed.deal(record), deal)
    bed.drain()
    (link,) = bed.items("Links", f"booking#{bed.location}#{record['id']}")
    assert link["known"] == [bed.deal(record)["pipeline_id"], bed.deal(record)["status_id"]]
    bed.set_status(record, CONFIRMED)
    bed.work(record)


def test_deals_that_rang_without_a_name_are_found_by_their_change(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.move(deal, "Call back")
    bed.ring(HintKind.DEALS, source="kommo", generation=1)
    bed.drain()
    (link,) = bed.items("Links", f"booking#{bed.location}#{record['id']}")
    assert link["known"] == [bed.deal(record)["pipeline_id"], bed.deal(record)["status_id"]]
    bed.set_status(record, CONFIRMED)
    bed.work(record)


def test_what_a_person_closed_stays_closed(bed: Bed) -> None:
    record, deal = booked(bed)
    moved(bed, deal, "Closed - won")
    for status in (CONFIRMED, ARRIVED):
        bed.set_status(record, status)
        bed.work(record)
    bed.change(record, datetime=f"{bed.day(3)} 12:30:00")
    bed.work(record)
    assert (stage(bed, record), field(bed.deal(record), "BOOKING_TIME")) == ("Closed - won", "12:30")
    skipped = [item["skipped"] for item in bed.items("Decisions", f"deal#{deal['id']}#")]
    assert skipped.count("closed_by_person") == 2
    bed.choose(reopen_closed=True)
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert stage(bed, record) == "Confirmed"


def test_only_what_we_closed_is_reopened_by_us(bed: Bed) -> None:
    ours, deal = booked(bed)
    theirs, closed = booked(bed)
    moved(bed, closed, "Closed - lost")
    for record in (ours, theirs):
        bed.cancel(record)
    bed.work(ours, theirs)
    assert stage(bed, ours) == stage(bed, theirs) == "Closed - lost"
    bed.admin("restore", location=bed.location, ids=[ours["id"], theirs["id"]])
    bed.work(ours, theirs)
    assert (stage(bed, ours), stage(bed, theirs)) == ("New booking", "Closed - lost")
    assert deal["id"] == bed.deal(ours)["id"]
    bed.move(bed.deal(theirs), "New booking")


def test_what_we_closed_and_a_person_reopened_is_the_persons(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.cancel(record)
    bed.work(record)
    moved(bed, deal, "Call back")
    bed.sweep()
    assert stage(bed, record) == "Call back"
    bed.admin("restore", location=bed.location, ids=[record["id"]])
    bed.work(record)
    assert stage(bed, record) == "New booking"


@pytest.mark.parametrize("heard", [True, False])
def test_a_deleted_deal_is_not_made_again(bed: Bed, heard: bool) -> None:
    record, deal = booked(bed)
    bed.person("delete", entity="leads", ids=[deal["id"]])
    if heard:
        bed.hint_of_deals({"id": deal["id"]}, kind=HintKind.DEALS_GONE)
        bed.drain()
    for status in (CONFIRMED, NO_SHOW):
        bed.set_status(record, status)
        bed.work(record)
    bed.come_to_rest()
    bed.assert_right(except_for=[record["id"]], only=[record])
    skipped = [item["skipped"] for item in bed.items("Decisions", f"deal#{deal['id']}#") if item["skipped"]]
    assert skipped == ([] if heard else ["deal_deleted_by_hand"])
    assert bed.parked() == {}
    # Brought back, it is brought up to date.
    bed.admin("pay", location=bed.location, ids=[record["id"]], cost_to_pay=3)
    bed.person("restore", entity="leads", ids=[deal["id"]])
    bed.hint_of_deals({"id": deal["id"]}, kind=HintKind.DEALS_BACK)
    bed.drain()
    found = bed.assert_right(only=[record])[record["id"]]
    assert (found["id"], bed.stage(found), found["price"]) == (deal["id"], "No-show", 3)


def test_a_restored_deal_whose_booking_is_the_same_is_brought_up_to_date_too(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.pass_time(60)
    bed.person("delete", entity="leads", ids=[deal["id"]])
    bed.hint_of_deals({"id": deal["id"]}, kind=HintKind.DEALS_GONE)
    bed.drain()
    bed.admin("pay", location=bed.location, ids=[record["id"]], cost_to_pay=4)
    bed.work(record, kind=HintKind.PAYMENT)
    bed.person("restore", entity="leads", ids=[deal["id"]])
    bed.hint_of_deals({"id": deal["id"]}, kind=HintKind.DEALS_BACK)
    bed.drain()
    assert bed.assert_right(only=[record])[record["id"]]["price"] == 4


def test_a_deal_that_is_back_is_brought_up_to_date_although_the_run_is_killed(bed: Bed) -> None:
    kill_at = 0
    while True:
        kill_at += 1
        record, deal = booked(bed)
        bed.person("delete", entity="leads", ids=[deal["id"]])
        bed.hint_of_deals({"id": deal["id"]}, kind=HintKind.DEALS_GONE)
        bed.set_status(record, CONFIRMED)
        bed.work(record)
        bed.pass_time(3600)
        booked(bed)  # from here on no sweep reads the booking again of its own accord
        bed.person("restore", entity="leads", ids=[deal["id"]])
        bed.hint_of_deals({"id": deal["id"]}, kind=HintKind.DEALS_BACK)
        with bed.wire.killing(kill_at):
            bed.drain()
        if not bed.wire.killed:
            break
        bed.drain()
        bed.sweep()
        assert stage(bed, record) == "Confirmed", kill_at
    assert kill_at > 3


def test_a_deletion_that_is_not_true_is_no_deletion(bed: Bed) -> None:
    record, deal = booked(bed)
    bed.hint_of_deals({"id": deal["id"]}, kind=HintKind.DEALS_GONE)
    bed.drain()
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    bed.assert_right(only=[record])


def test_a_deleted_contact_is_met_anew_at_the_next_booking(bed: Bed) -> None:
    known = someone()
    first = bed.book(known)
    bed.work(first)
    old = bed.contact(bed.deal(first))["id"]
    bed.person("delete", entity="contacts", ids=[old])
    bed.ring(HintKind.CONTACTS_GONE, source="kommo", contacts=(old,), generation=1)
    bed.drain()
    second = bed.book(known, 5)
    bed.work(second)
    new = bed.contact(bed.deal(second))
    assert new["id"] != old
    # The old deal gets him too, as soon as something changes about it.
    bed.set_status(first, CONFIRMED)
    bed.work(first)
    assert bed.contact(bed.assert_right(only=[first, second])[first["id"]])["id"] == new["id"]


def test_a_contact_that_vanished_without_a_bell_is_met_anew(bed: Bed) -> None:
    known, other = someone(), someone()
    first, changed = bed.book(known), bed.book(other, 4)
    bed.work(first, changed)
    bed.person("delete", entity="contacts", ids=[bed.contact(bed.deal(first))["id"]])
    second, third = bed.book(known, 5), bed.book(someone(), 5)
    bed.work(second, third)
    contact = bed.contact(bed.deal(second))["id"]
    assert bed.parked() == {}
    # The same for a deal that is given a client whose contact is gone.
    bed.person("delete", entity="contacts", ids=[contact])
    bed.change(changed, client=known)
    bed.set_status(first, CONFIRMED)
    bed.work(first, changed)
    bed.come_to_rest()
    assert bed.parked() == {}
    bed.set_status(second, CONFIRMED)
    bed.work(second)
    deals = bed.assert_right(only=[first, second, changed])
    assert len({bed.contact(deals[record["id"]])["id"] for record in (first, second, changed)}) == 1


def test_a_contact_that_a_person_unlinked_stays_unlinked(bed: Bed) -> None:
    record, deal = booked(bed)
    contact = bed.contact(deal)["id"]
    bed.in_kommo("POST", f"leads/{deal['id']}/unlink", [{"to_entity_id": contact, "to_entity_type": "contacts"}])
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert bed.deal(record)["_embedded"]["contacts"] == []
    bed.in_kommo("POST", f"leads/{deal['id']}/link", [{"to_entity_id": contact, "to_entity_type": "contacts"}])
    bed.assert_right(only=[record])


def test_a_contact_that_a_person_added_stays(bed: Bed) -> None:
    record, deal = booked(bed)
    added = bed.make_contact("Partner", "+34600999001")
    bed.in_kommo("POST", f"leads/{deal['id']}/link", [{"to_entity_id": added, "to_entity_type": "contacts"}])
    second = someone()
    bed.change(record, client=second)
    bed.work(record)
    linked = [one["id"] for one in bed.deal(record)["_embedded"]["contacts"]]
    assert added in linked
    assert len(linked) == 2
    bed.in_kommo("POST", f"leads/{deal['id']}/unlink", [{"to_entity_id": added, "to_entity_type": "contacts"}])
    assert bed.contact(bed.assert_right(only=[record])[record["id"]])["name"] == second["name"]


def test_a_persons_price_and_fields_stay_until_the_booking_changes(bed: Bed) -> None:
    """What we write is the booking's: it is written again when the booking changes, and only then."""
    record, deal = booked(bed)
    bed.person("edit", entity="leads", id=deal["id"], changes={"price": 999, "name": "A name of their own"})
    bed.hint_of_deals(bed.deal(record))
    bed.drain()
    bed.sweep()
    assert bed.deal(record)["price"] == 999
    bed.set_status(record, WAITING)
    bed.change(record, datetime=f"{bed.day(6)} 10:00:00")
    bed.work(record)
    found = bed.assert_right(only=[record])[record["id"]]
    assert found["name"] == "A name of their own"


def test_a_hint_of_a_strangers_deal_is_dropped_unread(bed: Bed) -> None:
    made = bed.in_kommo("POST", "leads", [{"name": "Somebody else's"}])["_embedded"]["leads"][0]["id"]
    with bed.counted() as counted:
        bed.ring(HintKind.DEALS, source="kommo", deals=(SeenDeal(made, 1, 2),), generation=1)
        bed.drain()
    assert (counted.kommo, counted.written) == ({}, {})
    bed.person("delete", entity="leads", ids=[made])
