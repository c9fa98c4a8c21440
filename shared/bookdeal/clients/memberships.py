"""What a contact's memberships show: the dates of the one that ends first, and what is left of each. Pure.

Used up, a membership shows 0 and lends its dates no longer; run out, it is not shown at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from bookdeal.model.booking import Location
from bookdeal.model.client import Membership
from bookdeal.model.deal import FieldType, FieldValue

UNLIMITED, FROZEN = "∞", "❄"
"""Signs of a membership without a count, and of one that is not in use for a while: they need no translation."""


def in_force(memberships: Iterable[Membership], now: float) -> list[Membership]:
    """Return those that have not run out, each once: what ends first comes first, what has not begun comes last."""
    valid = {
        membership.id: membership
        for membership in memberships
        if not membership.is_over and (membership.ends is None or membership.ends > now)
    }
    return sorted(valid.values(), key=lambda one: (one.ends is None, one.ends or 0, one.starts is None, one.id))


def current(memberships: Iterable[Membership], now: float) -> Membership | None:
    """Return the one that ends first of those with something left, None when there is none."""
    return next((one for one in in_force(memberships, now) if one.remaining is None or one.remaining > 0), None)


def membership_values(
    memberships: Sequence[Membership],
    now: float,
    locations: Iterable[Location],
    types: Mapping[str, FieldType],
    account_zone: str,
) -> dict[str, FieldValue]:
    """Return the values of the contact's fields by code; None clears a field.

    `types` tells by code which of the two dates stands in a field of date and time: there it is the true instant. In a
    field of dates it is the location's day, written as midnight of the account's zone, which is how Kommo stores days.
    """
    zones = {location.id: location.timezone for location in locations}
    first = current(memberships, now)
    zone = zones.get(first.location, "") if first else ""
    values: dict[str, FieldValue] = {}
    dates = {"MEMBERSHIP_START": first.starts if first else None, "MEMBERSHIP_END": first.ends if first else None}
    for code, moment in dates.items():
        is_day = types.get(code) is not FieldType.DATE_TIME
        values[code] = _midnight(moment, zone, account_zone) if moment is not None and is_day else moment
    values["MEMBERSHIP_BALANCE"] = "; ".join(map(balance_text, in_force(memberships, now))) or None
    return values


def balance_text(membership: Membership) -> str:
    """Return a membership's name and what is left of it, by category where there are several."""
    if membership.remaining is None:
        left = UNLIMITED
    elif len(membership.parts) > 1 and membership.remaining:
        left = ", ".join(f"{title} {count}" for title, count in membership.parts)
    else:
        left = str(membership.remaining)
    return f"{membership.title}: {left}" + (f" {FROZEN}" if membership.is_frozen else "")


def _midnight(moment: int, zone: str, account_zone: str) -> int:
    day = datetime.fromtimestamp(moment, ZoneInfo(zone) if zone else UTC).date()
    return int(datetime.combine(day, time(), ZoneInfo(account_zone)).timestamp())
