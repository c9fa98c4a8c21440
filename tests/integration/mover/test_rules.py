"""Rules with conditions, and fields that people chose, against both simulators."""

from dataclasses import replace
from typing import Any

import pytest

from bookdeal.model.booking import BookingStatus
from bookdeal.model.deal import Pipeline
from bookdeal.model.hint import HintKind
from bookdeal.model.settings import Conditions, FieldsMap, Mapping, Rule, StatusSync, SyncMode

from .bed import ARRIVED, BERTA, BLOW_DRY, CONFIRMED, DANI, HAIRCUT, Bed, person
from .oracle import field

HAIR, NAILS = 7_100, 7_102
MANICURE, PILATES = 7_009, 7_051


def pipeline(bed: Bed, name: str) -> Pipeline:
    layout = bed.installation.layout
    assert layout is not None
    return next(one for one in layout.pipelines if one.name == name)


def mapping(bed: Bed, name: str = "Salon", **stages: str) -> Mapping:
    there = pipeline(bed, name)
    ids = {stage.name: stage.id for stage in there.stages}
    return Mapping(there.id, None, {BookingStatus[status.upper()]: ids[stage] for status, stage in stages.items()})


def conditional(*rules: tuple[Conditions, Mapping], otherwise: Mapping | None = None) -> StatusSync:
    several = tuple(Rule(f"r{number}", asked, to) for number, (asked, to) in enumerate(rules, 1))
    return StatusSync(SyncMode.CONDITIONAL, None, several, otherwise)


def ids(*some: int) -> frozenset[int]:
    return frozenset(some)


def test_each_booking_follows_the_first_rule_that_fits(bed: Bed) -> None:
    bed.choose(
        status_sync=conditional(
            (Conditions(ids(NAILS)), mapping(bed, waiting="Call back")),
            (Conditions(employees=ids(DANI)), mapping(bed, waiting="Arrived", confirmed="Confirmed")),
            otherwise=mapping(bed, waiting="Confirmed"),
        )
    )
    nails = bed.book(person(1), services=[{"id": HAIRCUT}, {"id": MANICURE}])
    danis = bed.book(person(2), staff_id=DANI, services=[{"id": PILATES}])
    other = bed.book(person(3))
    with bed.counted() as counted:
        bed.work(nails, danis, other)
    assert [bed.stage(bed.deal(one)) for one in (nails, danis, other)] == ["Call back", "Arrived", "Confirmed"]
    assert sum(count for route, count in counted.altegio.items() if route.endswith("/services")) == 1
    # Nothing more is asked for what is known, and the decision names the rule.
    bed.set_status(danis, CONFIRMED)
    bed.set_status(nails, CONFIRMED)
    with bed.counted() as counted:
        bed.work(danis, nails)
    assert [bed.stage(bed.deal(one)) for one in (nails, danis)] == ["Call back", "Confirmed"]
    assert not any(route.endswith("/services") for route in counted.altegio)
    decisions = bed.items("Decisions", f"deal#{bed.deal(danis)['id']}#")
    assert [item["rule"] for item in decisions] == ["rule.r2.waiting", "rule.r2.confirmed"]
    assert [(trial["rule"], trial["matches"], trial["conditions"]) for trial in decisions[0]["why"]["trials"]] == [
        ("r1", False, [{"entity": "service_category", "fits": False, "wanted": [NAILS], "met": [7_101]}]),
        ("r2", True, [{"entity": "employee", "fits": True, "wanted": [DANI], "met": [DANI]}]),
    ]


def test_services_are_not_asked_for_where_no_rule_depends_on_them(bed: Bed) -> None:
    bed.choose(status_sync=conditional((Conditions(employees=ids(BERTA)), mapping(bed, waiting="Call back"))))
    record = bed.book(person(1))
    with bed.counted() as counted:
        bed.work(record)
    assert bed.stage(bed.deal(record)) == "Call back"
    assert not any(route.endswith("/services") for route in counted.altegio)


def test_new_rules_move_no_deal_by_themselves(bed: Bed) -> None:
    record = bed.book(person(1))
    bed.work(record)
    before = bed.deal(record)
    bed.choose(status_sync=conditional((Conditions(ids(HAIR)), mapping(bed, waiting="Call back"))))
    bed.change(record, datetime=f"{bed.day(5)} 12:00:00")
    bed.work(record)
    assert bed.stage(bed.deal(record)) == bed.stage(before) == "New booking"
    assert field(bed.deal(record), "BOOKING_TIME") == "12:00"


def test_a_rule_on_the_deals_pipeline_keeps_it_until_a_person_moves_it_elsewhere(bed: Bed) -> None:
    sales = pipeline(bed, "Sales")
    bed.choose(
        status_sync=conditional(
            (Conditions(pipelines=ids(sales.id)), mapping(bed, confirmed="Confirmed", arrived="Arrived")),
            otherwise=Mapping(sales.id),
        )
    )
    record, other = bed.book(person(1)), bed.book(person(2))
    bed.work(record, other)
    assert bed.deal(record)["pipeline_id"] == sales.id
    for one in (record, other):
        bed.set_status(one, CONFIRMED)
    bed.work(record, other)
    assert [bed.stage(bed.deal(one)) for one in (record, other)] == ["Confirmed", "Confirmed"]
    bed.move(bed.deal(other), "Call back")
    bed.hint_of_deals(bed.deal(other))
    bed.drain()
    for one in (record, other):
        bed.set_status(one, ARRIVED)
    bed.work(record, other)
    assert [bed.stage(bed.deal(one)) for one in (record, other)] == ["Arrived", "Call back"]


# -- fields ------------------------------------------------------------------------------------------------------------


def new_field(bed: Bed, name: str, kind: str, entity: str = "leads") -> int:
    made = bed.in_kommo("POST", f"{entity}/custom_fields", [{"name": name, "type": kind}])
    return int(made["_embedded"]["custom_fields"][0]["id"])


def value(deal: Any, id: int) -> Any:
    return next(
        (one["values"][0]["value"] for one in deal["custom_fields_values"] or () if one["field_id"] == id), None
    )


def test_fields_that_people_chose_are_written_and_those_switched_off_are_not(bed: Bed) -> None:
    first = bed.book(person(1))
    bed.work(first)
    master, paid, online = (
        new_field(bed, "Master", "text"),
        new_field(bed, "Money", "numeric"),
        new_field(bed, "Web", "checkbox"),
    )
    chosen = {"EMPLOYEE": master, "PAID": paid, "BOOKED_ONLINE": online, "BOOKING_TIME": None}
    bed.choose(fields=FieldsMap(deal=chosen))
    record = bed.book(person(2))
    with bed.counted() as counted:
        bed.work(record)
    deal = bed.deal(record)
    assert (value(deal, master), value(deal, paid), value(deal, online)) == ("Berta", "0", None)
    assert (field(deal, "EMPLOYEE"), field(deal, "BOOKING_TIME")) == (None, None)
    assert field(deal, "SERVICES") == "Haircut"
    assert counted.kommo["GET /api/v4/account"] == 1
    # What is known is not read again, and an equal deal is not written again.
    bed.change(record, comment="Please call")
    with bed.counted() as counted:
        bed.work(record)
    assert counted.kommo["GET /api/v4/account"] == counted.kommo["PATCH /api/v4/leads"] == 0


def test_a_chosen_field_that_is_gone_is_left_out(bed: Bed) -> None:
    master = new_field(bed, "Master", "text")
    bed.choose(fields=FieldsMap(deal={"EMPLOYEE": master}))
    bed.work(bed.book(person(1)))
    bed.in_kommo("DELETE", f"leads/custom_fields/{master}")
    record = bed.book(person(2))
    bed.work(record)
    assert field(bed.deal(record), "SERVICES") == "Haircut"
    assert bed.parked() == {}


@pytest.mark.parametrize(
    ("part", "entity", "code"), [("deal", "leads", "BOOKING_ID"), ("contact", "contacts", "CLIENT_ID")]
)
def test_without_the_field_that_deals_are_found_by_work_waits(bed: Bed, part: str, entity: str, code: str) -> None:
    number = new_field(bed, "Number", "numeric", entity)
    bed.choose(fields=FieldsMap(**{part: {code: number}}))
    before = bed.book(person(1))
    bed.work(before)
    assert bed.parked() == {}
    bed.in_kommo("DELETE", f"{entity}/custom_fields/{number}")
    record = bed.book(person(2))
    bed.work(record)
    assert bed.installation.paused == "field_gone"
    bed.choose(fields=replace(bed.installation.settings.fields, **{part: {}}))
    bed.let_go_on()
    bed.come_to_rest()
    # The first deal has lost what stood in the field; the second was made when the work went on, and once.
    assert [field(deal, "BOOKING_ID") for deal in bed.deals()].count(str(record["id"])) == 1
    assert len(bed.deals()) == 2


def test_what_is_paid_is_shown_where_people_want_to_see_it(bed: Bed) -> None:
    money, state = new_field(bed, "Money", "numeric"), new_field(bed, "State", "text")
    bed.choose(fields=FieldsMap(deal={"PAID": money, "PAYMENT_STATUS": state}))
    record = bed.book(person(1), services=[{"id": HAIRCUT}, {"id": BLOW_DRY}])
    bed.work(record)

    def shown() -> tuple[Any, Any, Any]:
        deal = bed.deal(record)
        return value(deal, money), value(deal, state), deal["price"]

    assert shown() == ("0", "Not paid", 50)
    bed.admin("pay", location=bed.location, ids=[record["id"]])
    bed.work(record, kind=HintKind.PAYMENT)
    assert shown() == ("50", "Paid", 50)
    path = f"/record/{bed.location}/{record['id']}?include_finance_transactions=1"
    returned = next(one for one in bed.salon("GET", path)["finance_transactions"] if one["amount"] == 20)
    bed.salon("DELETE", f"/finance_transactions/{bed.location}/{returned['id']}")
    bed.work(record, kind=HintKind.PAYMENT)
    assert shown() == ("30", "Partly paid", 50)
