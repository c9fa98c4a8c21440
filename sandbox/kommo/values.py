"""Values of custom fields: as they are written, read, searched and sent in hooks (contract §6.2, §9.2)."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .problems import Errors, choice, wrong_type
from .state import Account, Entity, Enum, Field, Values

TEXTS = {"text", "textarea", "url", "streetaddress", "tracking_data", "org_legal_name"}
NUMBERS = {"numeric", "price", "monetary"}
CHOICES = {"select", "radiobutton", "category", "multiselect"}
DAYS = {"date", "birthday"}
DATES = DAYS | {"date_time"}
MANY = {"multiselect", "multitext", "smart_address", "items", "chained_list", "linked_entity", "file"}
ADDRESS_LINES = ("address_line_1", "address_line_2", "city", "state", "zip", "country")
NOT_DIGITS = re.compile(r"\D+")


def parse_values(account: Account, entity_type: str, given: Any, errors: Errors) -> Values:
    """`custom_fields_values` of a write, as field id to values (empty: the field is cleared).

    What is wrong is added to `errors` with its path.
    """
    found: Values = {}
    if given is None:
        return found
    if not isinstance(given, list):
        errors.append(wrong_type("custom_fields_values", "array"))
        return found
    for place, one in enumerate(given):
        path = f"custom_fields_values.{place}"
        if not isinstance(one, dict):
            errors.append(wrong_type(path, "array"))
            continue
        field = _field(account, entity_type, one)
        if field is None or field.is_computed:
            errors.append(choice(f"{path}.{'field_id' if 'field_id' in one else 'field_code'}"))
            continue
        found[field.id] = _parse_field(account, field, one.get("values"), f"{path}.values", errors)
    return found


def _field(account: Account, entity_type: str, given: dict[str, Any]) -> Field | None:
    fields = account.fields[entity_type]
    number = given.get("field_id")
    if number is not None:
        return fields.get(number) if isinstance(number, int) else None
    return account.field_with_code(entity_type, str(given.get("field_code")))


def _parse_field(account: Account, field: Field, given: Any, path: str, errors: Errors) -> list[dict[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        errors.append(wrong_type(path, "array"))
        return []
    if len(given) > 1 and field.type not in MANY:
        errors.append(wrong_type(path, "one value"))
        return []
    parsed = [_parse_value(account, field, one, f"{path}.{place}", errors) for place, one in enumerate(given)]
    return [one for one in parsed if one is not None]


def _parse_value(
    account: Account, field: Field, given: dict[str, Any], path: str, errors: Errors
) -> dict[str, Any] | None:
    """One value as it will be read; None when it is empty or wrong."""
    value = given.get("value")
    if field.type in CHOICES or field.type == "multitext":
        return _parse_choice(field, given, path, errors)
    if field.type in DATES:
        moment = _moment(account, value)
        if moment is None:
            errors.append(wrong_type(f"{path}.value", "int or RFC 3339 date"))
            return None
        return {"value": _midnight(account, moment) if field.type in DAYS else moment}
    if field.type in TEXTS:
        if not isinstance(value, str):
            errors.append(wrong_type(f"{path}.value", "string"))
            return None
        return {"value": value} if value else None
    if field.type in NUMBERS:
        if value == "":
            return None
        number = _number_text(value)
        if number is None:
            errors.append(wrong_type(f"{path}.value", "numeric"))
            return None
        return {"value": number}
    if field.type == "checkbox":
        if not isinstance(value, bool) and value not in (0, 1):
            errors.append(wrong_type(f"{path}.value", "bool"))
            return None
        return {"value": bool(value)}
    if field.type == "smart_address":
        return _parse_address_line(given, path, errors)
    # Types whose value is an object of their own (files, legal entities, list elements) are kept as they come.
    return dict(given)


def _parse_choice(field: Field, given: dict[str, Any], path: str, errors: Errors) -> dict[str, Any] | None:
    value = given.get("value")
    if field.type == "multitext":
        if not isinstance(value, str):
            errors.append(wrong_type(f"{path}.value", "string"))
            return None
        if not value:
            return None
        wanted = "WORK" if given.get("enum_id") is None and given.get("enum_code") is None else None
    else:
        wanted = None
    enum = _enum(field, given, wanted)
    if enum is None:
        key = next((key for key in ("enum_id", "enum_code") if given.get(key) is not None), "value")
        errors.append(choice(f"{path}.{key}"))
        return None
    shown = value if field.type == "multitext" else enum.value
    return {"value": shown, "enum_id": enum.id, "enum_code": enum.code}


def _enum(field: Field, given: dict[str, Any], code: str | None) -> Enum | None:
    if given.get("enum_id") is not None:
        number = given["enum_id"]
        return field.enums.get(number) if isinstance(number, int) else None
    code = given.get("enum_code") or code
    if code is not None:
        return next((enum for enum in field.enums.values() if enum.code == code), None)
    return next((enum for enum in field.enums.values() if enum.value == given.get("value")), None)


def _parse_address_line(given: dict[str, Any], path: str, errors: Errors) -> dict[str, Any] | None:
    code, number = given.get("enum_code"), given.get("enum_id")
    if code is None and isinstance(number, int) and 1 <= number <= len(ADDRESS_LINES):
        code = ADDRESS_LINES[number - 1]
    if code not in ADDRESS_LINES:
        errors.append(choice(f"{path}.enum_code"))
        return None
    return {"value": given.get("value"), "enum_id": ADDRESS_LINES.index(code) + 1, "enum_code": code}


def _moment(account: Account, value: Any) -> int | None:
    """A date as unix seconds: from seconds (a number or its text) or RFC 3339; without an offset it is account time."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    if value.lstrip("-").isdigit():
        return int(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=account.timezone)).timestamp())


def _midnight(account: Account, moment: int) -> int:
    """The start of the account's day in which a moment lies."""
    day = datetime.fromtimestamp(moment, account.timezone)
    return int(day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def _number_text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if isinstance(value, int) or number.is_integer():
        return str(int(value) if isinstance(value, int) else int(number))
    return str(value).strip()


def render_values(account: Account, entity_type: str, values: Values) -> list[dict[str, Any]] | None:
    """`custom_fields_values` as the API reads them: null when there are none."""
    fields = account.fields[entity_type]
    shown = [
        {
            "field_id": field.id,
            "field_name": field.name,
            "field_code": field.code,
            "field_type": field.type,
            "is_computed": field.is_computed,
            "values": values[number],
        }
        for number in values
        if (field := fields.get(number)) is not None
    ]
    return shown or None


def hook_values(account: Account, entity_type: str, values: Values) -> Iterator[tuple[str, str]]:
    """`custom_fields` of a hook: one of four shapes by the field's type, pairs of bracketed key and text."""
    fields = account.fields[entity_type]
    place = 0
    for number, stored in values.items():
        field = fields.get(number)
        if field is None:
            continue
        path = f"[custom_fields][{place}]"
        yield f"{path}[id]", str(field.id)
        yield f"{path}[name]", field.name
        if field.is_predefined and field.code:
            yield f"{path}[code]", field.code
        yield from _hook_shape(account, field, stored, f"{path}[values]")
        place += 1


def _hook_shape(account: Account, field: Field, stored: list[dict[str, Any]], path: str) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(stored):
        value = one.get("value")
        if field.type in ("date", "date_time"):
            yield f"{path}[{place}]", str(value)
        elif field.type == "birthday" and isinstance(value, int):
            day = datetime.fromtimestamp(value, account.timezone)
            yield f"{path}[{place}][value]", day.strftime("%d.%m.%Y")
        elif field.type == "radiobutton":
            yield f"{path}[value]", str(value)
            yield f"{path}[enum]", str(one["enum_id"])
        elif field.type == "checkbox":
            yield f"{path}[{place}][value]", "1" if value else "0"
        else:
            yield f"{path}[{place}][value]", "" if value is None else str(value)
            if "enum_id" in one:
                yield f"{path}[{place}][enum]", str(one["enum_id"])


def search_text(account: Account, entity_type: str, entity: Entity) -> str:
    """What full-text search looks through: the name and every filled field, phones as bare digits too."""
    parts = [entity.name.casefold()]
    fields = account.fields[entity_type]
    for number, stored in entity.values.items():
        field = fields.get(number)
        for one in stored:
            text = str(one.get("value", "")).casefold()
            parts.append(text)
            if field is not None and field.code == "PHONE":
                parts.append(NOT_DIGITS.sub("", text))
    return "\n".join(parts)
