"""A bad set-up is refused with a code, its parameters and the field that it stands at."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.bookings import rules
from bookdeal.bookings.rules import Inputs
from bookdeal.installs.settings_check import Facts, Fault, shadows, validate
from bookdeal.model.booking import BookingStatus, Location
from bookdeal.model.deal import FieldType, Pipeline, Stage
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS, REQUIRED, accepts
from bookdeal.model.settings import (
    Adoption,
    Conditions,
    FieldsMap,
    Mapping,
    Responsible,
    ResponsibleBy,
    Rule,
    Settings,
    StatusSync,
    SyncMode,
    TaskTemplate,
)
from tests.unit.bookings.examples import BOOKED, GRACIA, LOST, MAPPING, PIPELINES, SALES, SALON, SIMPLE

from .chosen import ANN, BERTA, DAY, FACTS, FULL, GONE, HAIR, MOMENT, NUMBER, OWN_EMPLOYEE, TEXT, any_settings

SANTS = Location(900200, "Sants", "Barcelona", "ES", "Europe/Madrid", "EUR", True)
TWO_LOCATIONS = replace(
    FACTS,
    locations=(GRACIA, SANTS),
    employees={GRACIA.id: {BERTA: "Berta"}, SANTS.id: {52001: "Clara"}},
    service_categories={GRACIA.id: {HAIR: "Hair"}, SANTS.id: {7200: "Nails"}},
)
INCOMING = 9
TWOFOLD = Mapping(SALON.id, None, {BookingStatus.CONFIRMED: BOOKED, BookingStatus.NO_SHOW: BOOKED})
LOST_TWICE = Mapping(SALON.id, None, {BookingStatus.NO_SHOW: LOST, BookingStatus.CANCELLED: LOST})


def ids(*some: int) -> frozenset[int]:
    return frozenset(some)


def simple(mapping: Mapping, **more: Any) -> Settings:
    return Settings(StatusSync(SyncMode.SIMPLE, mapping, **more))


def conditional(*conditions: Conditions, otherwise: Mapping | None = None, **more: Any) -> Settings:
    several = tuple(Rule(f"r{number}", asked, MAPPING) for number, asked in enumerate(conditions, 1))
    return Settings(StatusSync(SyncMode.CONDITIONAL, None, several, otherwise, **more))


def deal_fields(**chosen: int | None) -> Settings:
    return Settings(fields=FieldsMap(deal=chosen))


def contact_fields(**chosen: int | None) -> Settings:
    return Settings(fields=FieldsMap(contact=chosen))


def with_task(text: str = "Call", **more: Any) -> Settings:
    return Settings(task=TaskTemplate(text, **more))


def by(kind: ResponsibleBy, **more: Any) -> Settings:
    return Settings(responsible=Responsible(kind, **more))


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        FULL,
        Settings(SIMPLE),
        simple(Mapping(SALON.id, None, {BookingStatus.CONFIRMED: BOOKED})),
        simple(Mapping(SALON.id, None, {BookingStatus.CONFIRMED: None})),
        Settings(StatusSync(SyncMode.OFF, Mapping(SALON.id, BOOKED))),
        conditional(otherwise=MAPPING),
        conditional(Conditions(employees=ids(BERTA))),
        conditional(Conditions(employees=ids(BERTA)), Conditions(locations=ids(GRACIA.id))),
        # What another mode left behind is not looked at.
        Settings(StatusSync(SyncMode.OFF, None, (Rule("x", Conditions(), Mapping(77)),), Mapping(77), 77)),
        Settings(StatusSync(SyncMode.CONDITIONAL, Mapping(77), (), MAPPING)),
        by(ResponsibleBy.CREATOR),
        by(ResponsibleBy.CREATOR, users={1: ANN}),
        by(ResponsibleBy.ROUND_ROBIN, turns=(ANN,)),
        by(ResponsibleBy.LOCATION, fallback=ANN),
        deal_fields(BOOKING_ID=NUMBER, BOOKING_DATETIME=None, EMPLOYEE=TEXT),
        deal_fields(BOOKING_DATE=None, BOOKING_TIME=None),
        contact_fields(MEMBERSHIP_START=DAY, MEMBERSHIP_END=MOMENT, MEMBERSHIP_BALANCE=None, PURCHASES=None),
        with_task("{{not a placeholder}} {client} {person} {services}"),
    ],
)
def test_good_set_ups(settings: Settings) -> None:
    assert validate(settings, FACTS) == []


SYNC, R1 = "status_sync", "status_sync.rules.0"


@pytest.mark.parametrize(
    ("settings", "code", "field", "params"),
    [
        (Settings(StatusSync(SyncMode.SIMPLE)), "mapping_missing", f"{SYNC}.mapping", {}),
        (simple(Mapping(77)), "unknown_pipeline", f"{SYNC}.mapping.pipeline", {"pipeline": 77}),
        (
            simple(Mapping(SALON.id, 999)),
            "unknown_stage",
            f"{SYNC}.mapping.landing",
            {"pipeline": SALON.id, "stage": 999},
        ),
        (
            simple(Mapping(SALON.id, None, {BookingStatus.NO_SHOW: 11})),
            "unknown_stage",
            f"{SYNC}.mapping.stages.no_show",
            {"pipeline": SALON.id, "stage": 11},
        ),
        (
            simple(Mapping(SALON.id, None, {BookingStatus.WAITING: INCOMING})),
            "incoming_stage",
            f"{SYNC}.mapping.stages.waiting",
            {"pipeline": SALON.id, "stage": INCOMING},
        ),
        (
            simple(MAPPING, only_pipeline=SALES.id),
            "outside_only_pipeline",
            f"{SYNC}.mapping.pipeline",
            {"pipeline": SALON.id},
        ),
        (
            simple(TWOFOLD, reverse=True),
            "ambiguous_stage",
            f"{SYNC}.mapping.stages.no_show",
            {"stage": BOOKED, "also": "confirmed"},
        ),
        (
            conditional(Conditions(locations=ids(GRACIA.id)), otherwise=TWOFOLD, reverse=True),
            "ambiguous_stage",
            f"{SYNC}.otherwise.stages.no_show",
            {"stage": BOOKED, "also": "confirmed"},
        ),
        (
            Settings(
                StatusSync(
                    SyncMode.CONDITIONAL,
                    None,
                    (Rule("r1", Conditions(locations=ids(GRACIA.id)), LOST_TWICE),),
                    reverse=True,
                )
            ),
            "ambiguous_stage",
            f"{R1}.mapping.stages.cancelled",
            {"stage": LOST, "also": "no_show"},
        ),
        (simple(MAPPING, only_pipeline=77), "unknown_pipeline", f"{SYNC}.only_pipeline", {"pipeline": 77}),
        (
            Settings(StatusSync(SyncMode.OFF, Mapping(SALON.id, 999))),
            "unknown_stage",
            f"{SYNC}.mapping.landing",
            {"pipeline": SALON.id, "stage": 999},
        ),
        (conditional(), "no_rules", f"{SYNC}.rules", {}),
        (conditional(otherwise=Mapping(77)), "unknown_pipeline", f"{SYNC}.otherwise.pipeline", {"pipeline": 77}),
        (conditional(Conditions()), "rule_without_conditions", f"{R1}.conditions", {"rule": "r1"}),
        (
            conditional(Conditions(locations=ids(900999))),
            "unknown_location",
            f"{R1}.conditions.locations",
            {"location": 900999},
        ),
        (
            conditional(Conditions(pipelines=ids(77))),
            "unknown_pipeline",
            f"{R1}.conditions.pipelines",
            {"pipeline": 77},
        ),
        (
            conditional(Conditions(employees=ids(GONE))),
            "unknown_employee",
            f"{R1}.conditions.employees",
            {"employee": GONE},
        ),
        (
            conditional(Conditions(service_categories=ids(GONE))),
            "unknown_service_category",
            f"{R1}.conditions.service_categories",
            {"service_category": GONE},
        ),
        (
            conditional(Conditions(locations=ids(GRACIA.id), employees=ids(52001))),
            "never_matches",
            f"{R1}.conditions.employees",
            {"entity": "employee"},
        ),
        (
            conditional(Conditions(locations=ids(SANTS.id), service_categories=ids(HAIR))),
            "never_matches",
            f"{R1}.conditions.service_categories",
            {"entity": "service_category"},
        ),
        (
            conditional(Conditions(pipelines=ids(SALES.id)), only_pipeline=SALON.id),
            "outside_only_pipeline",
            f"{R1}.conditions.pipelines",
            {"pipeline": SALON.id},
        ),
        (
            conditional(Conditions(locations=ids(GRACIA.id)), Conditions(ids(HAIR), locations=ids(GRACIA.id))),
            "rule_shadowed",
            f"{SYNC}.rules.1.conditions",
            {"rule": "r2", "by": 1},
        ),
        (
            Settings(
                StatusSync(
                    SyncMode.CONDITIONAL,
                    None,
                    (
                        Rule("same", Conditions(ids(HAIR)), MAPPING),
                        Rule("same", Conditions(employees=ids(BERTA)), MAPPING),
                    ),
                )
            ),
            "duplicate_rule_id",
            f"{SYNC}.rules.1.id",
            {"rule": "same", "first": 1},
        ),
        (Settings(deal_name="{clinet}"), "unknown_placeholder", "deal_name", {"name": "clinet"}),
        (Settings(deal_name="{client.name}"), "unknown_placeholder", "deal_name", {"name": "client.name"}),
        (Settings(deal_name="{}"), "unknown_placeholder", "deal_name", {"name": ""}),
        (Settings(deal_name="{client"), "broken_template", "deal_name", {}),
        (Settings(deal_name=" "), "empty_text", "deal_name", {}),
        (with_task(""), "empty_text", "task.text", {}),
        (with_task("{phone}"), "unknown_placeholder", "task.text", {"name": "phone"}),
        (with_task(type=GONE), "unknown_task_type", "task.type", {"task_type": GONE}),
        (with_task(minutes_before=10**6), "out_of_range", "task.minutes_before", {"most": 527040}),
        (with_task(responsible=GONE), "unknown_user", "task.responsible", {"user": GONE}),
        (Settings(adoption=Adoption(True)), "no_pipelines", "adoption.pipelines", {}),
        (Settings(adoption=Adoption(True, ids(77))), "unknown_pipeline", "adoption.pipelines", {"pipeline": 77}),
        (Settings(calendar_pipelines=ids(77)), "unknown_pipeline", "calendar_pipelines", {"pipeline": 77}),
        (by(ResponsibleBy.ROUND_ROBIN), "no_users", "responsible.turns", {}),
        (by(ResponsibleBy.EMPLOYEE), "no_users", "responsible.users", {}),
        (by(ResponsibleBy.LOCATION), "no_users", "responsible.users", {}),
        (by(ResponsibleBy.ROUND_ROBIN, turns=(ANN, GONE)), "unknown_user", "responsible.turns.1", {"user": GONE}),
        (by(ResponsibleBy.NOBODY, fallback=GONE), "unknown_user", "responsible.fallback", {"user": GONE}),
        (by(ResponsibleBy.CREATOR, users={5: GONE}), "unknown_user", "responsible.users.5", {"user": GONE}),
        (by(ResponsibleBy.EMPLOYEE, users={5: ANN}), "unknown_employee", "responsible.users.5", {"employee": 5}),
        (by(ResponsibleBy.LOCATION, users={5: ANN}), "unknown_location", "responsible.users.5", {"location": 5}),
        (deal_fields(BOOKING_ID=None), "field_required", "fields.deal.BOOKING_ID", {"code": "BOOKING_ID"}),
        (deal_fields(COMPANY_ID=None), "field_required", "fields.deal.COMPANY_ID", {"code": "COMPANY_ID"}),
        (contact_fields(CLIENT_ID=None), "field_required", "fields.contact.CLIENT_ID", {"code": "CLIENT_ID"}),
        (deal_fields(SHOE_SIZE=TEXT), "unknown_field_code", "fields.deal.SHOE_SIZE", {"code": "SHOE_SIZE"}),
        (deal_fields(EMPLOYEE=GONE), "unknown_field", "fields.deal.EMPLOYEE", {"code": "EMPLOYEE", "id": GONE}),
        (
            deal_fields(PAID=TEXT),
            "field_type",
            "fields.deal.PAID",
            {"code": "PAID", "id": TEXT, "type": FieldType.TEXT.value},
        ),
        (
            deal_fields(BOOKING_DATE=MOMENT),
            "field_type",
            "fields.deal.BOOKING_DATE",
            {"code": "BOOKING_DATE", "id": MOMENT, "type": FieldType.DATE_TIME.value},
        ),
        (
            deal_fields(EMPLOYEE=TEXT, LOCATION=TEXT),
            "field_used_twice",
            "fields.deal.LOCATION",
            {"code": "LOCATION", "id": TEXT, "by": "EMPLOYEE"},
        ),
        (
            deal_fields(LOCATION=OWN_EMPLOYEE),
            "field_used_twice",
            "fields.deal.LOCATION",
            {"code": "LOCATION", "id": OWN_EMPLOYEE, "by": "EMPLOYEE"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "." not in value else "",
)
def test_each_fault_at_its_field(settings: Settings, code: str, field: str, params: dict[str, Any]) -> None:
    assert validate(settings, TWO_LOCATIONS) == [Fault(code, field, params)]


def test_all_faults_are_told_at_once() -> None:
    settings = replace(simple(Mapping(77)), deal_name="{x}", task=TaskTemplate("", GONE), calendar_pipelines=ids(77))
    assert [fault.code for fault in validate(settings, FACTS)] == [
        "unknown_pipeline",
        "unknown_placeholder",
        "empty_text",
        "unknown_task_type",
        "unknown_pipeline",
    ]


def test_a_pipeline_without_an_open_stage_needs_a_landing_stage() -> None:
    closed = Pipeline(30, "Closed", False, (Stage(142, "Won", "won"),))
    facts = replace(FACTS, pipelines=(*PIPELINES, closed))
    assert [fault.code for fault in validate(simple(Mapping(30)), facts)] == ["no_open_stage"]


def test_what_could_not_be_read_is_not_checked_but_0_is_nobody() -> None:
    facts = Facts(PIPELINES, (GRACIA,))
    asking = Conditions(ids(GONE), employees=ids(GONE))
    assert validate(conditional(asking), facts) == []
    assert validate(with_task(type=GONE, responsible=GONE), facts) == []
    assert validate(deal_fields(EMPLOYEE=GONE), facts) == []
    nobody = conditional(Conditions(ids(0), employees=ids(0)))
    assert {fault.code for fault in validate(nobody, facts)} == {"unknown_employee", "unknown_service_category"}
    assert [fault.code for fault in validate(deal_fields(EMPLOYEE=0), facts)] == ["unknown_field"]
    assert [fault.code for fault in validate(with_task(type=0), facts)] == ["unknown_task_type"]


@given(any_settings)
def test_every_settings_can_be_checked(settings: Settings) -> None:
    assert all(fault.code and fault.field for fault in validate(settings, FACTS))


@pytest.mark.parametrize("type", list(FieldType))
@pytest.mark.parametrize("code", [*DEAL_FIELDS, *CONTACT_FIELDS])
def test_a_field_takes_its_own_type_alone_but_membership_dates_two(code: str, type: FieldType) -> None:
    own = DEAL_FIELDS.get(code) or CONTACT_FIELDS[code]
    both = code in ("MEMBERSHIP_START", "MEMBERSHIP_END") and type in (FieldType.DATE, FieldType.DATE_TIME)
    assert accepts(code, type) == (type is own or both)


def test_what_deals_are_found_by_is_required() -> None:
    assert {"BOOKING_ID", "COMPANY_ID", "CLIENT_ID"} == REQUIRED


_few = st.frozensets(st.integers(1, 3), max_size=2)
_conditions = st.builds(Conditions, service_categories=_few, pipelines=_few, locations=_few, employees=_few)
_rule = st.builds(Rule, id=st.just("r"), conditions=_conditions, mapping=st.integers(1, 3).map(Mapping))
_inputs = st.builds(
    Inputs,
    status=st.just(BookingStatus.WAITING),
    location=st.integers(1, 3),
    employee=st.none() | st.integers(1, 3),
    categories=st.none() | _few,
)


@given(_rule, _rule, _inputs, st.none() | st.integers(1, 3))
def test_a_shadowed_rule_never_speaks(earlier: Rule, later: Rule, inputs: Inputs, home: int | None) -> None:
    later = replace(later, id="later")
    sync = StatusSync(SyncMode.CONDITIONAL, None, (earlier, later))
    if shadows(earlier, later):
        assert rules.verdict(inputs, sync, (), home).why.rule != "later"


def test_a_rule_that_only_known_deals_pass_by_shadows_none_that_takes_new_ones() -> None:
    earlier = Rule("a", Conditions(pipelines=ids(1)), Mapping(2))
    assert not shadows(earlier, Rule("b", Conditions(pipelines=ids(1)), Mapping(1)))
    assert shadows(earlier, Rule("b", Conditions(pipelines=ids(1)), Mapping(2)))


@pytest.mark.parametrize(
    "settings",
    [
        simple(TWOFOLD),
        Settings(StatusSync(SyncMode.OFF, TWOFOLD, reverse=True)),
        # Of the rules that the mode does not use, nothing is looked at; one stage in two mappings is no doubt.
        Settings(StatusSync(SyncMode.SIMPLE, MAPPING, (Rule("r1", Conditions(ids(HAIR)), TWOFOLD),), reverse=True)),
        conditional(Conditions(locations=ids(GRACIA.id)), otherwise=MAPPING, reverse=True),
    ],
)
def test_one_stage_for_two_statuses_is_a_fault_only_where_it_would_set_one(settings: Settings) -> None:
    assert [fault.code for fault in validate(settings, FACTS)] == []
