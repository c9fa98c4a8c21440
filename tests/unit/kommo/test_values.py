"""Custom field values: what is written compares equal to what is read back."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.kommo.models import Lead
from bookdeal.kommo.values import NEW_FIELD_TYPES, canonical, values_to_write
from bookdeal.model.deal import FieldType, FieldValue

MADRID = ZoneInfo("Europe/Madrid")
ZONES = [UTC, MADRID, *map(ZoneInfo, ["Asia/Almaty", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Auckland"])]
MIDNIGHT = 1772319600  # 2026-03-01 00:00 in Madrid


@pytest.mark.parametrize(
    ("type", "one", "other"),
    [
        (FieldType.NUMBER, "5", "5.0"),
        (FieldType.NUMBER, "5", 5),
        (FieldType.NUMBER, "5.50", "5,5"),
        (FieldType.NUMBER, "007", "7"),
        (FieldType.NUMBER, "-0.0", "0"),
        (FieldType.NUMBER, "1e3", "1000"),
        (FieldType.NUMBER, "", None),
        (FieldType.TEXT, "Haircut ", "Haircut"),
        (FieldType.TEXT, "  ", None),
        (FieldType.TEXT, "12", 12),
        (FieldType.CHECKBOX, True, "1"),
        (FieldType.CHECKBOX, "true", 1),
        (FieldType.CHECKBOX, False, None),
        (FieldType.CHECKBOX, "0", ""),
        (FieldType.DATE, MIDNIGHT, str(MIDNIGHT)),
        (FieldType.DATE, MIDNIGHT, MIDNIGHT + 3600),
        (FieldType.DATE, MIDNIGHT, "2026-03-01T00:00:00+01:00"),
        (FieldType.DATE, MIDNIGHT, "2026-02-28T23:00:00Z"),
        (FieldType.DATE_TIME, MIDNIGHT, "2026-03-01T00:00:00+01:00"),
        (FieldType.DATE_TIME, None, ""),
        (FieldType.OTHER, " Instagram", "Instagram"),
    ],
)
def test_equal_values_have_one_form(type: FieldType, one: FieldValue, other: FieldValue) -> None:
    assert canonical(type, one, MADRID) == canonical(type, other, MADRID)


@pytest.mark.parametrize(
    ("type", "one", "other"),
    [
        (FieldType.NUMBER, "5", "50"),
        (FieldType.NUMBER, "five", "5"),
        (FieldType.NUMBER, "NaN", None),
        (FieldType.NUMBER, "1" * 40, "1" * 41),
        (FieldType.TEXT, "a b", "ab"),
        (FieldType.CHECKBOX, True, None),
        (FieldType.DATE, MIDNIGHT, MIDNIGHT - 1),
        (FieldType.DATE, "yesterday", None),
        (FieldType.DATE, "2026-03-01T00:00:00", MIDNIGHT),
        (FieldType.DATE_TIME, MIDNIGHT, MIDNIGHT + 1),
        (FieldType.DATE_TIME, 10**30, None),
        (FieldType.DATE, 10**30, None),
    ],
)
def test_different_values_stay_different(type: FieldType, one: FieldValue, other: FieldValue) -> None:
    assert canonical(type, one, MADRID) != canonical(type, other, MADRID)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param("Haircut ", [{"value": "Haircut"}], id="text"),
        pytest.param("", None, id="an empty text clears"),
        pytest.param(None, None, id="nothing clears"),
        pytest.param(True, [{"value": True}], id="ticked"),
        pytest.param(False, [{"value": False}], id="not ticked"),
        pytest.param(MIDNIGHT, [{"value": "2026-03-01T00:00:00+01:00"}], id="time with the account's offset"),
    ],
)
def test_what_is_written(value: FieldValue, written: list[dict[str, object]] | None) -> None:
    assert values_to_write(value, MADRID) == written


moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: int(moment.timestamp())
)
fields = st.one_of(
    st.tuples(st.just(FieldType.TEXT), st.none() | st.text(max_size=20)),
    st.tuples(
        st.just(FieldType.NUMBER),
        st.none() | st.integers().map(str) | st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    ),
    st.tuples(st.just(FieldType.CHECKBOX), st.booleans()),
    st.tuples(st.just(FieldType.DATE), st.none() | moments),
    st.tuples(st.just(FieldType.DATE_TIME), st.none() | moments),
)


@given(fields, st.sampled_from(ZONES))
def test_a_written_value_is_read_back_as_equal(field: tuple[FieldType, FieldValue], zone: ZoneInfo) -> None:
    type, value = field
    written = values_to_write(value, zone)
    lead = {
        "id": 1,
        "pipeline_id": 2,
        "status_id": 3,
        "custom_fields_values": [{"field_id": 7, "field_type": NEW_FIELD_TYPES[type], "values": written}],
    }
    read = Lead.model_validate(lead).deal(zone).fields[7]
    assert read == canonical(type, value, zone)
    assert canonical(type, read, zone) == read


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(ZONES))
def test_a_day_written_as_its_midnight_is_read_as_that_day(day: date, zone: ZoneInfo) -> None:
    midnight = int(datetime.combine(day, time(), zone).timestamp())
    [written] = values_to_write(midnight, zone) or []
    assert written["value"].startswith(day.isoformat())
    assert canonical(FieldType.DATE, written["value"], zone) == midnight


@given(st.sampled_from(FieldType), st.none() | st.text() | st.integers() | st.booleans())
def test_any_value_has_a_form_and_only_one(type: FieldType, value: FieldValue) -> None:
    once = canonical(type, value, MADRID)
    assert canonical(type, once, MADRID) == once
