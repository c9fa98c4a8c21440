"""The set-up check: every gap of a set-up by name, with the way to close it (A26, N15). Pure.

Facts are gathered by `bookdeal.installs.inspection`; what is wrong with the settings themselves is what
`settings_check` says of them, as it would when they are saved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bookdeal.altegio.rights import Right, section_of
from bookdeal.installs import settings_check
from bookdeal.installs.choices import AccountLists, LocationLists
from bookdeal.installs.connections import ALTEGIO, KOMMO
from bookdeal.installs.installation import SETTING_UP
from bookdeal.installs.layout import NAMES
from bookdeal.installs.saving import FOR_SETTINGS
from bookdeal.installs.uninstalling import UNINSTALLED
from bookdeal.installs.users import Connection
from bookdeal.kommo.plans import fields_left
from bookdeal.model.booking import BookingStatus, Location
from bookdeal.model.deal import Field
from bookdeal.model.field_codes import REQUIRED, accepts, field_plan
from bookdeal.model.settings import Settings
from bookdeal.runtime.errors import Revoked


class Severity(StrEnum):
    """Whether a gap stops the work or leaves part of it undone."""

    BLOCKING = "blocking"
    WARNING = "warning"


class Fix(StrEnum):
    """How a gap is closed."""

    SETTINGS = "settings"
    """Choose something else in the settings, at the gap's field."""
    SET_UP = "set_up"
    """`POST /setup` makes what is missing."""
    WEBHOOKS = "webhooks"
    """The next repair of the subscriptions switches it on; connecting again does at once."""
    CONNECT_KOMMO = "connect_kommo"
    """An administrator connects the Kommo account again."""
    CONNECT_ALTEGIO = "connect_altegio"
    """The main administrator connects Altegio again."""
    ALTEGIO_RIGHTS = "altegio_rights"
    """The right is switched on in Altegio, in the section that the parameters name."""
    ALTEGIO_LICENCE = "altegio_licence"
    """The location's licence is paid in Altegio."""
    ALTEGIO_LOCATION = "altegio_location"
    """The location's own data is completed in Altegio."""
    KOMMO_PLAN = "kommo_plan"
    """The plan is paid or raised in Kommo."""
    KOMMO_ACCOUNT = "kommo_account"
    """The account's own data is changed in Kommo."""
    GO_LIVE = "go_live"
    """`POST /live` begins the work."""
    OPERATOR = "operator"
    """Whoever operates Bookdeal has paused it."""
    NONE = "none"
    """It is closed; whoever opened it should know."""
    LOG_IN = "log_in"
    """The user gives an Altegio login and password."""


class Hook(StrEnum):
    """What is known of a webhook: it rings, was switched off, was never made, or may not be made or seen."""

    ON = "on"
    OFF = "off"
    MISSING = "missing"
    PLAN = "plan"
    RIGHTS = "rights"


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap. `params` are ids, numbers and codes; `field` is the path in the settings' JSON form, "" for none."""

    code: str
    severity: Severity
    fix: Fix
    params: Mapping[str, str | int] = field(default_factory=dict)
    field: str = ""


@dataclass(frozen=True, slots=True)
class AccountState:
    """What was seen of the Kommo account. `lost` is why there is no access; then nothing else is known.

    `nearly_full` is the number of deals that the plan holds, where the account is about to reach it.
    """

    lost: str | None = None
    lists: AccountLists | None = None
    zone: str = ""
    hook: Hook = Hook.ON
    nearly_full: int | None = None


@dataclass(frozen=True, slots=True)
class LocationState:
    """What was seen of a location. `lost` is why there is no access; then nothing else is known."""

    lost: str | None = None
    location: Location | None = None
    lists: LocationLists | None = None
    missing: frozenset[Right] = frozenset()
    hook: Hook = Hook.ON


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that a check looks at. `connections` are the users' tokens, by Kommo user.

    `repaired` are the webhooks that were put back lately, and when (unix seconds): `kommo_webhooks`, or
    `altegio_webhooks#` and the location.
    """

    settings: Settings
    paused: str | None
    account: AccountState
    locations: Mapping[int, LocationState]
    connections: Mapping[int, Connection] = field(default_factory=dict)
    repaired: Mapping[str, float] = field(default_factory=dict)


def check(seen: Seen, now: datetime) -> list[Gap]:
    """Return all gaps, blocking ones first, else in the order in which they are best closed."""
    gaps = [
        *_access(seen),
        *_repaired(seen),
        *_locations(seen, now),
        *_account(seen),
        *_settings(seen),
        *_fields(seen),
        *_users(seen),
    ]
    return sorted(gaps, key=lambda gap: gap.severity is not Severity.BLOCKING)


# -- access ------------------------------------------------------------------------------------------------------------

_LOST_KOMMO = {Revoked.PAYMENT: Fix.KOMMO_PLAN}
_LOST_ALTEGIO = {Revoked.PAYMENT: Fix.ALTEGIO_LICENCE, Revoked.RIGHTS: Fix.ALTEGIO_RIGHTS}


def _access(seen: Seen) -> Iterator[Gap]:
    lost = seen.account.lost
    if lost is not None:
        yield _blocking("kommo_access", _LOST_KOMMO.get(lost, Fix.CONNECT_KOMMO), reason=lost)
    elif seen.account.hook is Hook.PLAN:
        yield _warning("kommo_webhooks_plan", Fix.KOMMO_PLAN)
    elif seen.account.hook is Hook.RIGHTS:
        yield _warning("kommo_rights", Fix.CONNECT_KOMMO)
    elif seen.account.hook is not Hook.ON:
        yield _warning("kommo_webhook", Fix.WEBHOOKS, state=seen.account.hook.value)
    if not seen.locations:
        yield _blocking("no_locations", Fix.CONNECT_ALTEGIO)
    if seen.paused == SETTING_UP:
        yield _warning("not_live", Fix.GO_LIVE)
    elif seen.paused is not None and lost is None and not any(one.lost for one in seen.locations.values()):
        # Access is back, or it stands still for another reason.
        yield _blocking("paused", _unpausing(seen.paused), reason=seen.paused)


def _repaired(seen: Seen) -> Iterator[Gap]:
    """Tell of webhooks that somebody or something has taken away, although they are back: it may happen again."""
    for key, at in seen.repaired.items():
        side, _, location = key.partition("#")
        where = {"location": int(location)} if location else {}
        yield _warning("webhook_repaired", Fix.NONE, side=side.removesuffix("_webhooks"), at=int(at), **where)


def _unpausing(reason: str) -> Fix:
    """Return what lets a paused installation go on."""
    if reason in FOR_SETTINGS:
        return Fix.SETTINGS
    side, _, lost = reason.partition("_")
    if side == ALTEGIO:
        return _LOST_ALTEGIO.get(lost, Fix.CONNECT_ALTEGIO)
    return _LOST_KOMMO.get(lost, Fix.CONNECT_KOMMO) if side == KOMMO or reason == UNINSTALLED else Fix.OPERATOR


def _locations(seen: Seen, now: datetime) -> Iterator[Gap]:
    for id, state in seen.locations.items():
        if state.lost is not None:
            fix = _LOST_ALTEGIO.get(state.lost, Fix.CONNECT_ALTEGIO)
            yield _blocking("altegio_access", fix, location=id, reason=state.lost)
            continue
        if state.location is not None:
            yield from _location(state.location, seen.account.zone, now)
        for right in Right:
            if right in state.missing:
                yield Gap(
                    "altegio_right",
                    Severity.BLOCKING if right is Right.CHANGE_WEBHOOKS else Severity.WARNING,
                    Fix.ALTEGIO_RIGHTS,
                    {"location": id, "right": right.value, "section": section_of(right).value},
                )
        if state.hook not in (Hook.ON, Hook.RIGHTS):
            yield _warning("altegio_webhook", Fix.WEBHOOKS, location=id, state=state.hook.value)


def _location(location: Location, account_zone: str, now: datetime) -> Iterator[Gap]:
    if not location.active:
        yield _blocking("location_unpaid", Fix.ALTEGIO_LICENCE, location=location.id)
    here, there = _offset(location.timezone, now), _offset(account_zone, now)
    if here is None:
        yield _blocking("location_zone", Fix.ALTEGIO_LOCATION, location=location.id, zone=location.timezone)
    elif there is not None and here != there:
        # Kommo shows dates and times in the account's zone: a manager reads another hour than the salon's.
        yield _warning(
            "zones_differ", Fix.KOMMO_ACCOUNT, location=location.id, zone=location.timezone, account_zone=account_zone
        )


def _offset(zone: str, now: datetime) -> float | None:
    try:
        offset = now.astimezone(ZoneInfo(zone)).utcoffset() if zone else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return None if offset is None else offset.total_seconds()


def _account(seen: Seen) -> Iterator[Gap]:
    if seen.account.nearly_full is not None:
        yield _warning("deals_room", Fix.KOMMO_PLAN, most=seen.account.nearly_full)


# -- settings ----------------------------------------------------------------------------------------------------------

_STOPPING = ("status_sync.mapping", "status_sync.otherwise", "status_sync.rules", "status_sync.only_pipeline")


def _settings(seen: Seen) -> Iterator[Gap]:
    account = seen.account.lists
    if account is None:
        return
    known = [(state.location, state.lists) for state in seen.locations.values() if state.location is not None]
    for fault in settings_check.validate(seen.settings, _facts(account, known)):
        yield Gap(fault.code, _severity(fault), Fix.SETTINGS, fault.params, fault.field)
    for at, mapping in settings_check.mappings(seen.settings.status_sync):
        for status in BookingStatus:
            if mapping.stages.get(status) is None:
                yield Gap(
                    "status_unmapped",
                    Severity.WARNING,
                    Fix.SETTINGS,
                    {"status": status.value},
                    f"status_sync.{at}.stages.{status.value}",
                )


def _facts(account: AccountLists, known: list[tuple[Location, LocationLists | None]]) -> settings_check.Facts:
    """Return that against which settings are checked. What could not be read is None there, and is not checked."""
    lists = {location.id: found for location, found in known if found is not None}
    is_whole = len(lists) == len(known)
    employees = {id: {one.id: one.name for one in found.employees} for id, found in lists.items()}
    categories = {id: {one.id: one.title for one in found.categories} for id, found in lists.items()}
    return settings_check.Facts(
        pipelines=account.pipelines,
        locations=tuple(location for location, _ in known),
        deal_fields=account.deal_fields,
        contact_fields=account.contact_fields,
        users={user.id: user.name for user in account.users} or None,
        task_types={type.id: type.name for type in account.task_types} or None,
        employees=employees if is_whole else None,
        service_categories=categories if is_whole else None,
    )


def _severity(fault: settings_check.Fault) -> Severity:
    """Return how bad a fault of saved settings is: without a place for deals, or their marks, nothing can be done."""
    code = fault.params.get("code")
    stops = (fault.field.startswith(_STOPPING) and ".conditions." not in fault.field) or code in REQUIRED
    return Severity.BLOCKING if stops else Severity.WARNING


# -- fields ------------------------------------------------------------------------------------------------------------


def _fields(seen: Seen) -> Iterator[Gap]:
    account = seen.account.lists
    if account is None:
        return
    plan = field_plan(seen.settings)
    gaps = [
        *_own_fields(plan.deals, account.deal_fields, "fields.deal"),
        *_own_fields(plan.contacts, account.contact_fields, "fields.contact"),
    ]
    yield from gaps
    missing = sum(gap.code != "field_renamed" for gap in gaps)
    left = fields_left(account.fields)
    if missing and left is not None and left < missing:
        yield _warning("fields_room", Fix.KOMMO_PLAN, left=left, missing=missing)


def _own_fields(plan: Mapping[str, int | None], there: tuple[Field, ...], at: str) -> Iterator[Gap]:
    """Check the fields of our own making; the chosen ones are the settings' matter."""
    for code in (code for code, id in plan.items() if id is None):
        of_code = [known for known in there if known.code == code]
        own = next((known for known in of_code if accepts(code, known.type)), None)
        if own is None:
            name = "own_field_type" if of_code else "field_missing"
            severity = Severity.BLOCKING if code in REQUIRED else Severity.WARNING
            yield Gap(name, severity, Fix.SET_UP, {"code": code}, f"{at}.{code}")
        elif own.name not in NAMES[code].values():
            yield Gap("field_renamed", Severity.WARNING, Fix.SETTINGS, {"code": code, "id": own.id}, f"{at}.{code}")


# -- users -------------------------------------------------------------------------------------------------------------


def _users(seen: Seen) -> Iterator[Gap]:
    users = seen.account.lists.users if seen.account.lists else ()
    untied = 0
    for user in users:
        match seen.connections.get(user.id, Connection.NONE):
            case Connection.REFUSED:
                yield _warning("user_refused", Fix.LOG_IN, user=user.id)
            case Connection.NONE:
                untied += 1
    if untied:
        yield _warning("users_untied", Fix.LOG_IN, count=untied)


def _blocking(code: str, fix: Fix, **params: str | int) -> Gap:
    return Gap(code, Severity.BLOCKING, fix, params)


def _warning(code: str, fix: Fix, **params: str | int) -> Gap:
    return Gap(code, Severity.WARNING, fix, params)
