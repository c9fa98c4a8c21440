"""Deals that hold several bookings: a visit's, one booked again, one that a person put there."""

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from bookdeal.bookings.origins import Origin, Origins, new_mark
from bookdeal.model.command import CommandKind, CommandState
from bookdeal.model.hint import HintKind, SeenBooking
from bookdeal.model.settings import Adoption, Grouping, Responsible, ResponsibleBy
from sandbox.stack import demo

from .bed import ARRIVED, BLOW_DRY, COLOURING, CONFIRMED, DANI, ELENA, HAIRCUT, NO_SHOW, TABLES, Bed, person
from .conftest import MakeBed
from .oracle import Raw, field

SHAMPOO = 26_001
numbers = count(100)


@pytest.fixture(scope="module")
def bed(make_bed: MakeBed) -> Bed:
    return make_bed()


@pytest.fixture(autouse=True)
def _settings(bed: Bed) -> Iterator[None]:
    before = bed.installation.settings
    yield
    bed.choose(grouping=before.grouping, adoption=before.adoption, responsible=before.responsible)
    bed.drain()
    assert bed.installation.paused is None
    assert bed.parked() == {}


def someone() -> dict[str, Any]:
    return person(next(numbers))


def visit(bed: Bed, who: dict[str, Any] | None = None, day: int = 2) -> list[Raw]:
    """Book three services of one visit, with two employees."""
    who = who or someone()
    return [
        bed.book(who, day, "10:00"),
        bed.book(who, day, "11:00", staff_id=ELENA, services=[{"id": COLOURING}]),
        bed.book(who, day, "13:00", services=[{"id": BLOW_DRY}]),
    ]


# -- visits -------------------------------------------------------------------------------------------------------


def test_a_booking_has_a_deal_of_its_own_unless_the_settings_group(bed: Bed) -> None:
    first, second, third = visit(bed)
    bed.work(first, second, third)
    assert len({bed.assert_together(one)["id"] for one in (first, second, third)}) == 3


def test_a_visit_is_one_deal_with_its_whole_price(bed: Bed) -> None:
    bed.choose(grouping=Grouping.VISIT)
    records = visit(bed)
    with bed.counted() as counted:
        bed.work(*records)
    assert counted.kommo["POST /api/v4/leads"] == 1
    deal = bed.assert_together(*records)
    assert deal["price"] == sum(line["cost_to_pay"] for one in records for line in one["services"])
    assert field(deal, "SERVICES") == "Haircut, Colouring, Blow-dry"
    assert len(bed.tasks(deal)) == 1


def test_a_later_booking_of_the_visit_joins_its_deal(bed: Bed) -> None:
    bed.choose(grouping=Grouping.VISIT)
    who = someone()
    later = bed.book(who, 3, "12:00")
    bed.work(later)
    earlier = bed.book(who, 3, "09:30", staff_id=ELENA, services=[{"id": COLOURING}])
    bed.work(earlier)
    deal = bed.assert_together(earlier, later)
    assert field(deal, "BOOKING_TIME") == "09:30"
    another_day = bed.book(who, 4)
    bed.work(another_day)
    bed.assert_together(another_day)
    assert len(bed.tasks(deal)) == 1


def test_the_deal_follows_its_bookings_one_after_the_other(bed: Bed) -> None:
    bed.choose(grouping=Grouping.VISIT)
    first, second, third = records = visit(bed, day=4)
    bed.work(*records)
    bed.set_status(first, CONFIRMED)
    bed.work(first)
    bed.assert_together(*records)
    bed.set_status(first, ARRIVED)
    bed.work(first)
    assert field(bed.assert_together(*records), "EMPLOYEE") == "Elena"
    bed.cancel(second)
    bed.work(second)
    bed.assert_together(*records)
    bed.change(third, services=[{"id": BLOW_DRY, "first_cost": 25, "discount": 20, "cost": 20, "amount": 1}])
    bed.work(third)
    bed.assert_together(*records)
    bed.set_status(third, ARRIVED)
    bed.work(third)
    deal = bed.assert_together(*records)
    assert bed.stage(deal) == "Arrived"
    bed.cancel(first)
    bed.cancel(third)
    bed.work(first, third)
    assert bed.stage(bed.assert_together(*records)) == "Closed - lost"


def test_a_booking_of_another_day_stays_on_its_deal_and_is_shown_when_its_time_comes(bed: Bed) -> None:
    bed.choose(grouping=Grouping.VISIT)
    who = someone()
    stays, leaves = bed.book(who, 3, "09:00"), bed.book(who, 3, "10:00", services=[{"id": COLOURING}])
    bed.work(stays, leaves)
    bed.change(leaves, datetime=f"{bed.day(8)} 10:00:00")
    bed.work(leaves)
    deal = bed.assert_together(stays, leaves)
    assert deal["price"] == 30
    bed.set_status(stays, ARRIVED)
    bed.work(stays)
    assert field(bed.assert_together(stays, leaves), "SERVICES") == "Colouring"


def test_another_setting_neither_splits_nor_merges_deals(bed: Bed) -> None:
    who = someone()
    alone = [bed.book(who, 5, "09:00"), bed.book(who, 5, "10:00")]
    bed.work(*alone)
    bed.choose(grouping=Grouping.VISIT)
    together = visit(bed, day=6)
    bed.work(*together)
    for record in alone:
        bed.set_status(record, CONFIRMED)
    bed.work(*alone)
    bed.choose(grouping=Grouping.BOOKING)
    for record in together:
        bed.set_status(record, CONFIRMED)
    bed.work(*together)
    assert len({bed.assert_together(one)["id"] for one in alone}) == 2
    bed.assert_together(*together)


def test_an_unchanged_visit_costs_nothing(bed: Bed) -> None:
    bed.choose(grouping=Grouping.VISIT)
    records = visit(bed, day=7)
    bed.work(*records)
    bed.pass_time(60)
    with bed.counted() as counted:
        bed.ring(HintKind.PAYMENT, source="altegio", location=bed.location, generation=1, bookings=seen(records))
        bed.drain()
    assert counted.kommo == {}
    assert counted.written == {"Installations": 2}


def seen(records: list[Raw]) -> tuple[SeenBooking, ...]:
    return tuple(SeenBooking(record["id"]) for record in records)


def test_a_move_and_its_deletion_in_kommo_are_noted_for_all_bookings(bed: Bed) -> None:
    bed.choose(grouping=Grouping.VISIT)
    first, *others = records = visit(bed, day=8)
    bed.work(*records)
    deal = bed.assert_together(*records)
    bed.move(deal, "Call back")
    bed.hint_of_deals(bed.deal_of(first))
    bed.drain()
    bed.change(first, staff_id=DANI)
    bed.work(first)
    assert bed.stage(bed.assert_together(*records, stage_is_ours=False)) == "Call back"
    bed.person("delete", entity="leads", ids=[deal["id"]])
    bed.hint_of_deals({"id": deal["id"]}, kind=HintKind.DEALS_GONE)
    bed.drain()
    bed.set_status(others[0], CONFIRMED)
    bed.work(*others)
    new = bed.book({"id": first["client"]["id"]}, 8, "15:00")
    bed.work(new)
    bed.assert_together(new)
    bed.person("restore", entity="leads", ids=[deal["id"]])
    bed.hint_of_deals({"id": deal["id"]}, kind=HintKind.DEALS_BACK)
    bed.drain()
    bed.assert_together(*records, stage_is_ours=False)


# -- booked from a deal, and adopted ------------------------------------------------------------------------------


def made_by_hand(bed: Bed, who: dict[str, Any], **parts: Any) -> int:
    """Make a deal of that person as somebody in Kommo does."""
    contacts = [one for one in bed.look("contacts") if field(one, "PHONE") == f"+{who['phone']}"]
    contact = contacts[0]["id"] if contacts else bed.make_contact(who["name"], f"+{who['phone']}")
    body = {"name": "By hand", "_embedded": {"contacts": [{"id": contact, "is_main": True}]}, **parts}
    return int(bed.in_kommo("POST", "leads", [body])["_embedded"]["leads"][0]["id"])


def booked_from(bed: Bed, deal: int, who: dict[str, Any], day: int = 3, **changes: Any) -> Raw:
    """Book from a deal's card."""
    mark = new_mark()
    table = bed.store.table(bed.deployment.table("Links"), *TABLES["Links"])
    bed.store.transact([[Origins(table, demo.INSTALLATION).note(mark, Origin(deal))]])
    return bed.book(who, day, api_id=mark, **changes)


def test_a_booking_made_from_a_deal_goes_to_that_deal(bed: Bed) -> None:
    who = someone()
    deal = made_by_hand(bed, who)
    record = booked_from(bed, deal, who)
    bed.work(record)
    found = bed.assert_together(record)
    assert (found["id"], found["name"]) == (deal, "By hand")
    assert len(bed.tasks(found)) == 1
    second = booked_from(bed, deal, who, 5)
    bed.work(second)
    assert bed.assert_together(record, second)["id"] == deal


@pytest.mark.parametrize("how", ["no-show", "cancelled"])
def test_booked_again_the_deal_goes_on(bed: Bed, how: str) -> None:
    who = someone()
    record = bed.book(who)
    bed.work(record)
    bed.cancel(record) if how == "cancelled" else bed.set_status(record, NO_SHOW)
    bed.work(record)
    deal = bed.deal_of(record)
    again = booked_from(bed, deal["id"], who, 6, services=[{"id": COLOURING}])
    bed.work(again)
    found = bed.assert_together(record, again)
    assert (found["id"], bed.stage(found)) == (deal["id"], "New booking")
    assert len(bed.tasks(found)) == 2
    bed.set_status(again, ARRIVED)
    bed.work(again)
    assert bed.stage(bed.assert_together(record, again)) == "Arrived"


def test_booked_again_after_a_visit_it_is_a_new_deal(bed: Bed) -> None:
    who = someone()
    record = bed.book(who)
    bed.work(record)
    bed.set_status(record, ARRIVED)
    bed.work(record)
    bed.choose(adoption=Adoption(on=True))
    again = booked_from(bed, bed.deal_of(record)["id"], who, 6)
    bed.work(again)
    assert bed.assert_together(record)["id"] != bed.assert_together(again)["id"]


def test_a_deal_that_is_gone_takes_no_booking(bed: Bed) -> None:
    who = someone()
    deal = made_by_hand(bed, who)
    bed.person("delete", entity="leads", ids=[deal])
    record = booked_from(bed, deal, who)
    bed.work(record)
    assert bed.assert_together(record)["id"] != deal


def test_the_latest_open_deal_of_the_contact_is_adopted(bed: Bed) -> None:
    who = someone()
    pipeline = bed.deal_place()
    older, newer = made_by_hand(bed, who, **pipeline), made_by_hand(bed, who, **pipeline)
    elsewhere = made_by_hand(bed, who)
    lost = made_by_hand(bed, who, pipeline_id=pipeline["pipeline_id"], status_id=143)
    bed.choose(adoption=Adoption(on=True, pipelines=frozenset({pipeline["pipeline_id"]})))
    first, second, third = (bed.book(who, day) for day in (2, 3, 4))
    with bed.counted() as counted:
        bed.work(first, second, third)
    assert counted.kommo["GET /api/v4/contacts"] <= 2
    assert [bed.assert_together(record)["id"] for record in (first, second)] == [newer, older]
    assert bed.assert_together(third)["id"] not in {older, newer, elsewhere, lost}
    assert [len(bed.tasks(bed.deal_of(record))) for record in (first, second, third)] == [1, 1, 1]


def test_nothing_is_adopted_unless_the_settings_say_so(bed: Bed) -> None:
    who = someone()
    deal = made_by_hand(bed, who, **bed.deal_place())
    record = bed.book(who)
    bed.work(record)
    assert bed.assert_together(record)["id"] != deal


# -- moving to another deal ---------------------------------------------------------------------------------------


def move(bed: Bed, record: Raw, deal: int) -> dict[str, Any]:
    """Move a booking as a person does; returns what came of it."""
    command = bed.ask(CommandKind.MOVE_BOOKING, 501, location=record["company_id"], booking=record["id"], deal=deal)
    bed.drain()
    outcome = bed.outcome(command)
    assert outcome.state is not CommandState.WAITING
    return {"state": outcome.state.value, **outcome.result}


def test_a_booking_is_moved_to_another_deal(bed: Bed) -> None:
    stays, goes, there = bed.book(someone(), 4), bed.book(someone(), 3), bed.book(someone(), 5)
    bed.work(stays, goes, there)
    source, target = bed.deal_of(goes)["id"], bed.deal_of(there)["id"]
    assert move(bed, goes, target) == {"state": "done", "deal": target, "from": source}
    assert bed.assert_together(goes, there)["id"] == target
    left = next(one for one in bed.deals() if one["id"] == source)
    assert (left["price"], left["custom_fields_values"]) == (0, None)
    assert move(bed, goes, target)["state"] == "done"
    assert move(bed, there, bed.deal_of(stays)["id"])["state"] == "done"
    bed.assert_together(goes)
    bed.assert_together(stays, there)
    hand = made_by_hand(bed, {"name": "Same", "phone": field(bed.contact(bed.deal_of(stays)), "PHONE")[1:]})
    assert move(bed, stays, hand)["state"] == "done"
    assert bed.assert_together(stays)["id"] == hand
    bed.assert_together(there)
    for record in (stays, goes, there):
        bed.set_status(record, CONFIRMED)
    bed.work(stays, goes, there)
    for record in (stays, goes, there):
        bed.assert_together(record)


def test_a_move_that_cannot_be_is_refused_and_says_why(bed: Bed) -> None:
    record = bed.book(someone())
    bed.work(record)
    before = bed.deal_of(record)
    gone, closed = made_by_hand(bed, someone()), made_by_hand(bed, someone(), status_id=143)
    bed.person("delete", entity="leads", ids=[gone])
    refused = {"state": "refused", "code": "deal_gone", "params": {"deal": gone}}
    assert move(bed, record, gone) == refused
    assert move(bed, record, closed) == {**refused, "code": "deal_closed", "params": {"deal": closed}}
    company = [{"field_code": "COMPANY_ID", "values": [{"value": "5"}]}]
    foreign = made_by_hand(bed, someone(), custom_fields_values=company)
    assert move(bed, record, foreign) == {**refused, "code": "deal_foreign", "params": {"deal": foreign}}
    unknown = {"company_id": bed.location, "id": 999}
    assert move(bed, unknown, closed)["code"] == "no_such_booking"
    assert bed.assert_together(record) == before


# -- who is responsible -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_fallback", [True, False])
@pytest.mark.parametrize("by", [ResponsibleBy.LOCATION, ResponsibleBy.ROUND_ROBIN], ids=str)
def test_a_user_who_has_left_the_account_keeps_no_deal_from_being_made(
    bed: Bed, by: ResponsibleBy, has_fallback: bool
) -> None:
    user = bed.look("users")[1]["id"]
    fallback = user if has_fallback else None
    gone = {bed.location: 12_999_999}
    bed.choose(responsible=Responsible(by=by, users=gone, turns=(12_999_999, user), fallback=fallback))
    first, second = records = bed.book(someone()), bed.book(someone(), 3)
    bed.work(*records)
    assert bed.parked() == {}
    found = {bed.deal_of(one)["responsible_user_id"] for one in (first, second)}
    assert 12_999_999 not in found
    assert found == {user} or not has_fallback


def test_new_deals_have_the_responsible_user_that_the_settings_name(bed: Bed) -> None:
    users = [user["id"] for user in bed.look("users")][:2]
    chosen = Responsible(by=ResponsibleBy.EMPLOYEE, users={ELENA: users[1]}, fallback=users[0])
    bed.choose(responsible=chosen)
    theirs, others = bed.book(someone(), staff_id=ELENA), bed.book(someone(), 3)
    bed.work(theirs, others)
    assert [bed.deal_of(one)["responsible_user_id"] for one in (theirs, others)] == [users[1], users[0]]
    bed.change(theirs, staff_id=DANI)
    bed.work(theirs)
    assert bed.deal_of(theirs)["responsible_user_id"] == users[1], "only new deals are given to somebody"
    bed.choose(responsible=Responsible(by=ResponsibleBy.LOCATION, users={bed.location: users[1]}))
    record = bed.book(someone())
    bed.work(record)
    assert bed.deal_of(record)["responsible_user_id"] == users[1]
    bed.choose(responsible=Responsible(by=ResponsibleBy.CREATOR, users={record["created_user_id"]: users[1]}))
    record = bed.book(someone())
    bed.work(record)
    assert bed.deal_of(record)["responsible_user_id"] == users[1]


def test_a_round_robin_passes_nobody_over_whatever_is_killed(bed: Bed) -> None:
    users = tuple(user["id"] for user in bed.look("users"))[:2]
    bed.choose(responsible=Responsible(by=ResponsibleBy.ROUND_ROBIN, turns=users))
    chance, records = random.Random(7), []
    for _ in range(8):
        batch = [bed.book(someone()) for _ in range(2)]
        records += batch
        bed.hint(*batch)
        with bed.wire.killing(chance.randint(3, 14)):
            bed.drain()
        bed.drain()
        bed.come_to_rest()
    given = [bed.deal_of(record)["responsible_user_id"] for record in records]
    assert sorted(given) == sorted(users * 8)
    assert bed.items("Links", "turn#") == []


# -- money --------------------------------------------------------------------------------------------------------


def test_the_price_follows_every_payment_and_sale(bed: Bed) -> None:
    record = bed.book(someone(), 2, services=[{"id": HAIRCUT}, {"id": COLOURING}])
    bed.work(record)
    bed.pass_time(60)
    for paid in ({"cost_to_pay": 41.5}, {"goods": [{"good_id": SHAMPOO, "amount": 2}]}):
        bed.admin("pay", location=bed.location, ids=[record["id"]], **paid)
        bed.pass_time(60)
        bed.work(record, kind=HintKind.PAYMENT)
        bed.assert_together(record)


def test_many_payments_at_once_are_read_by_their_day(bed: Bed) -> None:
    records = [bed.book(someone(), 12, f"{9 + number:02d}:00") for number in range(9)]
    bed.work(*records)
    bed.pass_time(120)
    bed.admin("pay", location=bed.location, ids=[record["id"] for record in records], cost_to_pay=7)
    bed.pass_time(120)
    with bed.counted() as counted:
        for record in records:
            bed.hint(record, kind=HintKind.PAYMENT)
        bed.drain()
    assert counted.altegio["GET /api/v1/record/{company}/{record}"] == 0
    assert sum(counted.altegio.values()) <= 3
    assert {bed.assert_together(record)["price"] for record in records} == {7}


# -- what vanishes ------------------------------------------------------------------------------------------------


def test_a_deleted_booking_that_is_in_no_list_is_cancelled(bed: Bed) -> None:
    record, other = bed.book(someone()), bed.book(someone())
    bed.work(record, other)
    shows = bed.deal_of(record)
    bed.pass_time(60)
    bed.admin("erase", location=bed.location, ids=[record["id"]])
    for _ in range(2):
        bell = (SeenBooking(record["id"], "", deleted=True),)
        bed.ring(HintKind.BOOKING, source="altegio", location=bed.location, bookings=bell, generation=1)
        bed.drain()
    deal = bed.deal_of(record)
    assert bed.stage(deal) == "Closed - lost"
    assert (deal["price"], deal["custom_fields_values"]) == (shows["price"], shows["custom_fields_values"])
    bed.assert_together(other)


def test_one_that_is_only_absent_is_left_alone(bed: Bed) -> None:
    record = bed.book(someone())
    bed.work(record)
    bed.pass_time(60)
    bed.admin("erase", location=bed.location, ids=[record["id"]])
    bed.ring(HintKind.BOOKING, source="altegio", location=bed.location, bookings=seen([record]), generation=1)
    bed.drain()
    assert bed.stage(bed.deal_of(record)) == "New booking"


def test_a_visit_goes_on_without_the_one_that_vanished(bed: Bed) -> None:
    bed.choose(grouping=Grouping.VISIT)
    first, *others = records = visit(bed, day=10)
    bed.work(*records)
    bed.pass_time(60)
    bed.admin("erase", location=bed.location, ids=[first["id"]])
    bell = (SeenBooking(first["id"], "", deleted=True),)
    bed.ring(HintKind.BOOKING, source="altegio", location=bed.location, bookings=bell, generation=1)
    bed.drain()
    bed.assert_shows(bed.deal_of(first), *others)
    bed.set_status(others[0], CONFIRMED)
    bed.work(others[0])
    bed.assert_shows(bed.deal_of(first), *others)


# -- kills --------------------------------------------------------------------------------------------------------


class Scene:
    """A visit that changes and grows, a booking from a deal, one that adopts, one that is moved: all in one run."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        bed.choose(grouping=Grouping.VISIT, adoption=Adoption(on=True))
        self.who = someone()
        self.visit = [bed.book(self.who, 3, "10:00"), bed.book(self.who, 3, "11:00", services=[{"id": COLOURING}])]
        self.hand_person, self.again_person, waiting = someone(), someone(), someone()
        self.lost = bed.book(self.again_person)
        self.here, self.there = bed.book(someone()), bed.book(someone(), 4)
        bed.work(*self.visit, self.lost, self.here, self.there)
        bed.cancel(self.lost)
        bed.work(self.lost)
        self.hand = made_by_hand(bed, self.hand_person)
        self.adoptable = made_by_hand(bed, waiting, **bed.deal_place())
        self.adopting = bed.book(waiting, 5)
        self.new_visit = visit(bed, day=6)

    def act(self) -> None:
        bed = self.bed
        bed.set_status(self.visit[0], CONFIRMED)
        self.visit.append(bed.book(self.who, 3, "12:00", services=[{"id": BLOW_DRY}]))
        self.from_hand = booked_from(bed, self.hand, self.hand_person)
        self.again = booked_from(bed, bed.deal_of(self.lost)["id"], self.again_person, 7)
        target = bed.deal_of(self.there)["id"]
        self.command = bed.ask(CommandKind.MOVE_BOOKING, location=bed.location, booking=self.here["id"], deal=target)
        bed.hint(*self.visit, self.from_hand, self.again, self.adopting, *self.new_visit)

    def assert_right(self) -> None:
        bed = self.bed
        assert bed.outcome(self.command).state is CommandState.DONE
        together = [
            self.visit,
            [self.from_hand],
            [self.lost, self.again],
            [self.adopting],
            self.new_visit,
            [self.here, self.there],
        ]
        deals = bed.assert_held(*together)
        assert (deals[1]["id"], deals[3]["id"]) == (self.hand, self.adoptable)
        tasks = [task["entity_id"] for task in bed.look("tasks")]
        assert [tasks.count(deal["id"]) for deal in deals[:5]] == [1, 1, 2, 1, 1]
        shown = [field(deal, "BOOKING_ID") for deal in bed.deals() if field(deal, "BOOKING_ID")]
        assert len(shown) == len(set(shown)), "two deals show one booking"
        assert bed.items("Links", "intent#") == []


THIRDS = 3
"""Tests that share the moments among them: each looks at every third one, on a bed that does not grow too large."""


@pytest.mark.parametrize("first", range(1, THIRDS + 1))
@pytest.mark.timeout(300)
def test_killed_at_any_moment(make_bed: MakeBed, first: int) -> None:
    bed = make_bed()
    for moment in count(first, THIRDS):
        scene = Scene(bed)
        scene.act()
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        bed.come_to_rest()
        scene.assert_right()
        if not was_killed:
            break
    assert moment > 20, "a run has more moments than that"
