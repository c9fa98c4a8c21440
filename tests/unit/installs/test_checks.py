"""The set-up check as a table: one thing amiss in a good set-up, and the gap that names it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bookdeal.altegio.rights import Right
from bookdeal.installs.checks import AccountState, Fix, Hook, LocationState, Seen, Severity, check
from bookdeal.installs.choices import AccountLists, LocationLists, ServiceCategory
from bookdeal.installs.layout import NAMES
from bookdeal.installs.users import Connection
from bookdeal.model.booking import BookingStatus, Employee, Location
from bookdeal.model.deal import Field, FieldType, Pipeline, Stage, TaskType, User
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS, OPTIONAL
from bookdeal.model.settings import (
    Adoption,
    Conditions,
    FieldsMap,
    Responsible,
    ResponsibleBy,
    Rule,
    Settings,
    StatusSync,
    SyncMode,
    TaskTemplate,
)
from bookdeal.model.settings import Mapping as StageMapping

SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
PLACE, FAR = 900100, 900200
MAPPING = StageMapping(100, 11, dict.fromkeys(BookingStatus, 12))
RULES = StatusSync(SyncMode.CONDITIONAL, rules=(Rule("r", Conditions(locations=frozenset({PLACE})), MAPPING),))
ADMIN, WORKER = User(1, "Ada", True, True), User(2, "Berta", False, True)


def own_fields(codes: dict[str, FieldType], start: int) -> tuple[Field, ...]:
    wanted = [code for code in codes if code not in OPTIONAL]
    return tuple(Field(start + at, NAMES[code]["en"], code, codes[code]) for at, code in enumerate(wanted))


LISTS = AccountLists(
    pipelines=(Pipeline(100, "Salon", True, (Stage(11, "New", "open"), Stage(12, "Confirmed", "open"))),),
    deal_fields=own_fields(dict(DEAL_FIELDS), 1000),
    contact_fields=own_fields(dict(CONTACT_FIELDS), 2000),
    users=(ADMIN, WORKER),
    task_types=(TaskType(1, "Call"),),
)
GOOD = Seen(
    settings=Settings(StatusSync(SyncMode.SIMPLE, MAPPING)),
    paused=None,
    account=AccountState(lists=LISTS, zone="Europe/Madrid"),
    locations={
        PLACE: LocationState(
            location=Location(PLACE, "Gràcia", "Barcelona", "ES", "Europe/Madrid", "EUR", True),
            lists=LocationLists((Employee(51, "Dani"),), (ServiceCategory(71, "Hair"),)),
        )
    },
    connections={1: Connection.CONNECTED, 2: Connection.CONNECTED},
)


def account(**changes: Any) -> Seen:
    return replace(GOOD, account=replace(GOOD.account, **changes))


def lists(**changes: Any) -> Seen:
    return account(lists=replace(LISTS, **changes))


def place(**changes: Any) -> Seen:
    return replace(GOOD, locations={PLACE: replace(GOOD.locations[PLACE], **changes)})


def salon(**changes: Any) -> Seen:
    location = GOOD.locations[PLACE].location
    assert location is not None
    return place(location=replace(location, **changes))


def settings(**changes: Any) -> Seen:
    return replace(GOOD, settings=replace(GOOD.settings, **changes))


def mapping(**changes: Any) -> Seen:
    return settings(status_sync=StatusSync(SyncMode.SIMPLE, replace(MAPPING, **changes)))


def conditions(**asked: Any) -> Seen:
    named = {name: frozenset(ids) for name, ids in asked.items()}
    return settings(status_sync=replace(RULES, rules=(Rule("r", Conditions(**named), MAPPING),)))


def without(fields: tuple[Field, ...], code: str) -> tuple[Field, ...]:
    return tuple(field for field in fields if field.code != code)


def changed(fields: tuple[Field, ...], code: str, **changes: Any) -> tuple[Field, ...]:
    return tuple(replace(field, **changes) if field.code == code else field for field in fields)


def test_a_good_set_up_has_no_gap() -> None:
    assert check(GOOD, SUMMER) == []


B, W = Severity.BLOCKING, Severity.WARNING
TABLE = [
    # access
    (account(lost="token", lists=None), "kommo_access", B, Fix.CONNECT_KOMMO, ""),
    (account(lost="rights", lists=None), "kommo_access", B, Fix.CONNECT_KOMMO, ""),
    (account(lost="payment", lists=None), "kommo_access", B, Fix.KOMMO_PLAN, ""),
    (place(lost="token", location=None, lists=None), "altegio_access", B, Fix.CONNECT_ALTEGIO, ""),
    (place(lost="rights", location=None, lists=None), "altegio_access", B, Fix.ALTEGIO_RIGHTS, ""),
    (place(lost="payment", location=None, lists=None), "altegio_access", B, Fix.ALTEGIO_LICENCE, ""),
    (place(lost="gone", location=None, lists=None), "altegio_access", B, Fix.CONNECT_ALTEGIO, ""),
    (replace(GOOD, locations={}), "no_locations", B, Fix.CONNECT_ALTEGIO, ""),
    (replace(GOOD, paused="stage_gone"), "paused", B, Fix.SETTINGS, ""),
    (replace(GOOD, paused="field_gone"), "paused", B, Fix.SETTINGS, ""),
    (replace(GOOD, paused="kommo_token"), "paused", B, Fix.CONNECT_KOMMO, ""),
    (replace(GOOD, paused="altegio_token"), "paused", B, Fix.CONNECT_ALTEGIO, ""),
    (replace(GOOD, paused="kommo_payment"), "paused", B, Fix.KOMMO_PLAN, ""),
    (replace(GOOD, paused="altegio_rights"), "paused", B, Fix.ALTEGIO_RIGHTS, ""),
    (replace(GOOD, paused="uninstalled"), "paused", B, Fix.CONNECT_KOMMO, ""),
    (replace(GOOD, paused="by_operator"), "paused", B, Fix.OPERATOR, ""),
    (replace(GOOD, paused="setting_up"), "not_live", W, Fix.GO_LIVE, ""),
    # webhooks and plans
    (account(hook=Hook.MISSING), "kommo_webhook", W, Fix.WEBHOOKS, ""),
    (account(hook=Hook.OFF), "kommo_webhook", W, Fix.WEBHOOKS, ""),
    (account(hook=Hook.PLAN), "kommo_webhooks_plan", W, Fix.KOMMO_PLAN, ""),
    (account(hook=Hook.RIGHTS), "kommo_rights", W, Fix.CONNECT_KOMMO, ""),
    (place(hook=Hook.MISSING), "altegio_webhook", W, Fix.WEBHOOKS, ""),
    (place(hook=Hook.OFF), "altegio_webhook", W, Fix.WEBHOOKS, ""),
    (replace(GOOD, repaired={"kommo_webhooks": 5.0}), "webhook_repaired", W, Fix.NONE, ""),
    (replace(GOOD, repaired={f"altegio_webhooks#{PLACE}": 5.0}), "webhook_repaired", W, Fix.NONE, ""),
    (account(nearly_full=5000), "deals_room", W, Fix.KOMMO_PLAN, ""),
    # locations
    (salon(active=False), "location_unpaid", B, Fix.ALTEGIO_LICENCE, ""),
    (salon(timezone=""), "location_zone", B, Fix.ALTEGIO_LOCATION, ""),
    (salon(timezone="Nowhere/Atlantis"), "location_zone", B, Fix.ALTEGIO_LOCATION, ""),
    (salon(timezone="Europe/Lisbon"), "zones_differ", W, Fix.KOMMO_ACCOUNT, ""),
    # rights
    *(
        (
            place(missing=frozenset({right})),
            "altegio_right",
            B if right is Right.CHANGE_WEBHOOKS else W,
            Fix.ALTEGIO_RIGHTS,
            "",
        )
        for right in Right
    ),
    # stages
    (mapping(pipeline=101), "unknown_pipeline", B, Fix.SETTINGS, "status_sync.mapping.pipeline"),
    (mapping(landing=99), "unknown_stage", B, Fix.SETTINGS, "status_sync.mapping.landing"),
    (
        mapping(stages={**MAPPING.stages, BookingStatus.ARRIVED: 99}),
        "unknown_stage",
        B,
        Fix.SETTINGS,
        "status_sync.mapping.stages.arrived",
    ),
    *(
        (
            mapping(stages={**MAPPING.stages, status: None}),
            "status_unmapped",
            W,
            Fix.SETTINGS,
            f"status_sync.mapping.stages.{status}",
        )
        for status in BookingStatus
    ),
    (
        settings(status_sync=replace(RULES, otherwise=replace(MAPPING, pipeline=101))),
        "unknown_pipeline",
        B,
        Fix.SETTINGS,
        "status_sync.otherwise.pipeline",
    ),
    (conditions(employees=[52]), "unknown_employee", W, Fix.SETTINGS, "status_sync.rules.0.conditions.employees"),
    (
        conditions(service_categories=[72]),
        "unknown_service_category",
        W,
        Fix.SETTINGS,
        "status_sync.rules.0.conditions.service_categories",
    ),
    (conditions(locations=[FAR]), "unknown_location", W, Fix.SETTINGS, "status_sync.rules.0.conditions.locations"),
    (conditions(pipelines=[101]), "unknown_pipeline", W, Fix.SETTINGS, "status_sync.rules.0.conditions.pipelines"),
    (
        settings(status_sync=StatusSync(SyncMode.SIMPLE, MAPPING, only_pipeline=101)),
        "unknown_pipeline",
        B,
        Fix.SETTINGS,
        "status_sync.only_pipeline",
    ),
    # what else the settings name
    (settings(calendar_pipelines=frozenset({101})), "unknown_pipeline", W, Fix.SETTINGS, "calendar_pipelines"),
    (settings(adoption=Adoption(True, frozenset({101}))), "unknown_pipeline", W, Fix.SETTINGS, "adoption.pipelines"),
    (settings(task=TaskTemplate("Call", type=9)), "unknown_task_type", W, Fix.SETTINGS, "task.type"),
    (settings(task=TaskTemplate("Call", responsible=9)), "unknown_user", W, Fix.SETTINGS, "task.responsible"),
    (
        settings(responsible=Responsible(ResponsibleBy.EMPLOYEE, {52: 1})),
        "unknown_employee",
        W,
        Fix.SETTINGS,
        "responsible.users.52",
    ),
    # fields
    (
        lists(deal_fields=without(LISTS.deal_fields, "BOOKING_ID")),
        "field_missing",
        B,
        Fix.SET_UP,
        "fields.deal.BOOKING_ID",
    ),
    (lists(deal_fields=without(LISTS.deal_fields, "EMPLOYEE")), "field_missing", W, Fix.SET_UP, "fields.deal.EMPLOYEE"),
    (
        lists(contact_fields=without(LISTS.contact_fields, "VISITS")),
        "field_missing",
        W,
        Fix.SET_UP,
        "fields.contact.VISITS",
    ),
    (
        lists(deal_fields=changed(LISTS.deal_fields, "SERVICES", type=FieldType.NUMBER)),
        "own_field_type",
        W,
        Fix.SET_UP,
        "fields.deal.SERVICES",
    ),
    (
        lists(deal_fields=changed(LISTS.deal_fields, "SERVICES", name="Notes")),
        "field_renamed",
        W,
        Fix.SETTINGS,
        "fields.deal.SERVICES",
    ),
    (settings(fields=FieldsMap({"SERVICES": 77})), "unknown_field", W, Fix.SETTINGS, "fields.deal.SERVICES"),
    (settings(fields=FieldsMap({"BOOKING_ID": 77})), "unknown_field", B, Fix.SETTINGS, "fields.deal.BOOKING_ID"),
    (settings(fields=FieldsMap({"SERVICES": 1003})), "field_type", W, Fix.SETTINGS, "fields.deal.SERVICES"),
    # users
    (replace(GOOD, connections={1: Connection.CONNECTED, 2: Connection.REFUSED}), "user_refused", W, Fix.LOG_IN, ""),
    (replace(GOOD, connections={1: Connection.CONNECTED}), "users_untied", W, Fix.LOG_IN, ""),
]


@pytest.mark.parametrize(
    ("seen", "code", "severity", "fix", "field"), TABLE, ids=[f"{row[1]}-{at}" for at, row in enumerate(TABLE)]
)
def test_each_gap_is_named_with_its_fix(seen: Seen, code: str, severity: Severity, fix: Fix, field: str) -> None:
    found = [gap for gap in check(seen, SUMMER) if gap.code == code]
    assert [(gap.severity, gap.fix, gap.field) for gap in found] == [(severity, fix, field)]


@pytest.mark.parametrize(("seen", "code"), [row[:2] for row in TABLE], ids=lambda value: str(value)[:20])
def test_nothing_else_is_wrong_then(seen: Seen, code: str) -> None:
    # One cause may show twice, in what was chosen and in what it leaves undone, but not as something unrelated.
    allowed = {code} | {"no_locations": {"unknown_location"}}.get(code, set())
    assert {gap.code for gap in check(seen, SUMMER)} <= allowed


def test_a_missing_right_says_where_it_is_switched_on() -> None:
    (gap,) = check(place(missing=frozenset({Right.DELETE_BOOKINGS})), SUMMER)
    assert gap.params == {"location": PLACE, "right": "delete_bookings", "section": "booking"}


@pytest.mark.parametrize(
    ("used", "expected"), [(60, []), (99, [1]), (100, [0]), (199, [1]), (399, [1]), (400, [0]), (500, [])]
)
def test_room_for_missing_fields_is_that_of_the_smallest_plan(used: int, expected: list[int]) -> None:
    fields = without(without(LISTS.deal_fields, "EMPLOYEE"), "SERVICES")
    others = used - len(fields) - len(LISTS.contact_fields)
    gaps = check(lists(deal_fields=fields, company_fields=others), SUMMER)
    assert [gap.params["left"] for gap in gaps if gap.code == "fields_room"] == expected


def test_zones_are_compared_as_they_are_now() -> None:
    assert check(salon(timezone="Africa/Ceuta"), SUMMER) == []
    winter = datetime(2026, 1, 1, 12, tzinfo=UTC)
    algiers = salon(timezone="Africa/Algiers")
    assert check(algiers, winter) == []
    assert [gap.code for gap in check(algiers, SUMMER)] == ["zones_differ"]


def test_off_needs_nothing_chosen() -> None:
    assert check(settings(status_sync=StatusSync()), SUMMER) == []


def test_what_blocks_comes_first() -> None:
    seen = replace(place(missing=frozenset(Right)), connections={})
    severities = [gap.severity for gap in check(seen, SUMMER)]
    assert severities == sorted(severities, key=[B, W].index)
    assert B in severities
    assert W in severities


def test_lists_that_could_not_be_read_are_not_held_against_the_settings() -> None:
    seen = replace(conditions(employees=[52]), locations={PLACE: replace(GOOD.locations[PLACE], lists=None)})
    assert check(seen, SUMMER) == []
