"""Settings to test with: one set that uses everything, and any settings at all."""

from datetime import date

from hypothesis import strategies as st

from bookdeal.installs.settings_check import Facts
from bookdeal.model.booking import BookingStatus
from bookdeal.model.deal import Field, FieldType
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS
from bookdeal.model.settings import (
    Adoption,
    Conditions,
    FieldsMap,
    Grouping,
    Mapping,
    Responsible,
    ResponsibleBy,
    Rule,
    Settings,
    StatusSync,
    SyncMode,
    TaskTemplate,
)
from tests.unit.bookings.examples import BOOKED, GRACIA, MAPPING, PIPELINES, SALES, SALON

ANN, BEN, GONE = 501, 502, 999
BERTA, HAIR = 51001, 7100
CALL, MEETING = 1, 2
DAY, TIME, NUMBER, TEXT, MOMENT, TICK = 31, 32, 33, 34, 35, 36
OWN_EMPLOYEE, OWN_CLIENT = 40, 41

FACTS = Facts(
    pipelines=PIPELINES,
    locations=(GRACIA,),
    deal_fields=(
        Field(DAY, "Day", "", FieldType.DATE),
        Field(TIME, "Time", "", FieldType.TEXT),
        Field(NUMBER, "Number", "", FieldType.NUMBER),
        Field(TEXT, "Text", "", FieldType.TEXT),
        Field(MOMENT, "Moment", "", FieldType.DATE_TIME),
        Field(TICK, "Tick", "", FieldType.CHECKBOX),
        Field(OWN_EMPLOYEE, "Employee", "EMPLOYEE", FieldType.TEXT),
    ),
    contact_fields=(
        Field(DAY, "Day", "", FieldType.DATE),
        Field(MOMENT, "Moment", "", FieldType.DATE_TIME),
        Field(NUMBER, "Number", "", FieldType.NUMBER),
        Field(OWN_CLIENT, "Client ID", "CLIENT_ID", FieldType.NUMBER),
    ),
    users={ANN: "Ann", BEN: "Ben"},
    task_types={CALL: "Call", MEETING: "Meeting"},
    employees={GRACIA.id: {BERTA: "Berta"}},
    service_categories={GRACIA.id: {HAIR: "Hair"}},
)
RULE = Rule("hair", Conditions(frozenset({HAIR}), frozenset({SALON.id}), frozenset({GRACIA.id})), MAPPING)
BERTAS = Rule("berta", Conditions(employees=frozenset({BERTA})), Mapping(SALES.id))
FULL = Settings(
    status_sync=StatusSync(SyncMode.CONDITIONAL, MAPPING, (RULE, BERTAS), Mapping(SALON.id, BOOKED), SALON.id, True),
    start_from=date(2026, 5, 1),
    deal_name="{client} {date}",
    deals_without_client=True,
    reopen_closed=True,
    task=TaskTemplate("Call {client}", MEETING, -30, ANN),
    grouping=Grouping.VISIT,
    adoption=Adoption(True, frozenset({SALES.id, SALON.id})),
    responsible=Responsible(ResponsibleBy.EMPLOYEE, {BERTA: ANN}, (ANN, BEN), BEN),
    fields=FieldsMap({"BOOKING_DATE": DAY, "EMPLOYEE": None, "PAID": NUMBER}, {"MEMBERSHIP_START": MOMENT}),
    statistics=False,
    memberships=True,
    calendar_pipelines=frozenset({SALON.id}),
    version=7,
)
"""Settings in which every single value differs from its default."""

_id = st.integers(0, 2**40)
_ids = st.frozensets(_id, max_size=3)
_mapping = st.builds(
    Mapping,
    pipeline=_id,
    landing=st.none() | _id,
    stages=st.dictionaries(st.sampled_from(list(BookingStatus)), st.none() | _id),
)
_rule = st.builds(
    Rule,
    id=st.text("abcXYZ019_-", min_size=1, max_size=10),
    conditions=st.builds(Conditions, service_categories=_ids, pipelines=_ids, locations=_ids, employees=_ids),
    mapping=_mapping,
)
_text = st.text(max_size=20)
any_settings = st.builds(
    Settings,
    status_sync=st.builds(
        StatusSync,
        mode=st.sampled_from(list(SyncMode)),
        mapping=st.none() | _mapping,
        rules=st.lists(_rule, max_size=3).map(tuple),
        otherwise=st.none() | _mapping,
        only_pipeline=st.none() | _id,
        reverse=st.booleans(),
    ),
    start_from=st.none() | st.dates(),
    deal_name=_text,
    deals_without_client=st.booleans(),
    reopen_closed=st.booleans(),
    task=st.none()
    | st.builds(
        TaskTemplate,
        text=_text,
        type=_id,
        minutes_before=st.integers(-(10**6), 10**6),
        responsible=st.none() | _id,
    ),
    grouping=st.sampled_from(list(Grouping)),
    adoption=st.builds(Adoption, on=st.booleans(), pipelines=_ids),
    responsible=st.builds(
        Responsible,
        by=st.sampled_from(list(ResponsibleBy)),
        users=st.dictionaries(_id, _id, max_size=3),
        turns=st.lists(_id, max_size=3).map(tuple),
        fallback=st.none() | _id,
    ),
    fields=st.builds(
        FieldsMap,
        deal=st.dictionaries(st.sampled_from(list(DEAL_FIELDS)), st.none() | _id, max_size=4),
        contact=st.dictionaries(st.sampled_from(list(CONTACT_FIELDS)), st.none() | _id, max_size=4),
    ),
    statistics=st.booleans(),
    memberships=st.booleans(),
    calendar_pipelines=_ids,
    version=st.integers(0, 10**6),
)
