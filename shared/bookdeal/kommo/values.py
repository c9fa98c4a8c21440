"""Custom field values: read, written, and brought into the one form that compares (contract §6.2).

What is written comes back changed: "5" as 5 or "5.0", a text without the blanks at its ends, a day as the midnight of
the account's zone. `canonical` gives both sides one form, so that equal values are seen to be equal.
"""

from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from bookdeal.model.deal import FieldType, FieldValue

FIELD_TYPES = {
    "text": FieldType.TEXT,
    "textarea": FieldType.TEXT,
    "streetaddress": FieldType.TEXT,
    "numeric": FieldType.NUMBER,
    "monetary": FieldType.NUMBER,
    "checkbox": FieldType.CHECKBOX,
    "date": FieldType.DATE,
    "birthday": FieldType.DATE,
    "date_time": FieldType.DATE_TIME,
}
"""Kommo's field types that can be written; all others are `OTHER`."""

NEW_FIELD_TYPES = {
    FieldType.TEXT: "text",
    FieldType.NUMBER: "numeric",
    FieldType.CHECKBOX: "checkbox",
    FieldType.DATE: "date",
    FieldType.DATE_TIME: "date_time",
}


def canonical(type: FieldType, value: FieldValue, zone: tzinfo) -> FieldValue:
    """Return the form in which values of a field are compared. `zone` is the account's.

    An empty text is no value, an unset checkbox is not ticked, a day is the midnight it begins with. A value that does
    not fit its type is kept as text, so that it differs from every good one.
    """
    match type:
        case FieldType.CHECKBOX:
            return _as_bool(value)
        case FieldType.DATE | FieldType.DATE_TIME:
            moment = _as_moment(value)
            if isinstance(moment, int) and type is FieldType.DATE:
                return _midnight(moment, zone)
            return moment
        case FieldType.NUMBER:
            return _as_number(value)
        case _:
            return _as_text(value)


def values_to_write(value: FieldValue, zone: tzinfo) -> list[dict[str, Any]] | None:
    """Return what stands under `values` of a written field; None clears it.

    Times go with the account's offset: a day sent as another zone's midnight might be taken for the day beside it.
    """
    if isinstance(value, str):
        value = _as_text(value)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return [{"value": datetime.fromtimestamp(value, zone).isoformat(timespec="seconds")}]
    return [{"value": value}]


def _as_text(value: Any) -> str | None:
    return (str(value).strip() or None) if value is not None else None


def _as_number(value: Any) -> str | None:
    """Return the shortest plain notation of a number."""
    text = _as_text(value)
    if text is None or (text.isdecimal() and text.isascii() and text[0] != "0"):
        return text
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return text
    plain = f"{number:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


_MOST_DIGITS = 30


def _as_bool(value: Any) -> bool:
    return value.strip().lower() in ("1", "true") if isinstance(value, str) else bool(value)


def _as_moment(value: Any) -> int | str | None:
    """Return unix seconds from a number, a number as text or an RFC 3339 text."""
    if type(value) is int:
        return value
    text = _as_text(value)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return int(moment.timestamp()) if moment.tzinfo is not None else text


def _midnight(moment: int, zone: tzinfo) -> int:
    try:
        day = datetime.fromtimestamp(moment, zone)
        return int(day.replace(hour=0, minute=0, second=0, fold=0).timestamp())
    except (ValueError, OverflowError, OSError):
        return moment
