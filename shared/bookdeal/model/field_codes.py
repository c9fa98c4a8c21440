"""The fields that Bookdeal shows in Kommo, by their code, and which of them an installation uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from bookdeal.model.deal import FieldType
from bookdeal.model.settings import FieldsMap, Settings

type Entity = Literal["deals", "contacts"]
type OptionalCode = Literal["PAID", "PAYMENT_STATUS", "BOOKED_ONLINE", "VISITOR"]

DEAL_FIELDS: Mapping[str, FieldType] = {
    "BOOKING_DATE": FieldType.DATE,
    "BOOKING_TIME": FieldType.TEXT,
    "BOOKING_DATETIME": FieldType.DATE_TIME,
    "BOOKING_ID": FieldType.NUMBER,
    "COMPANY_ID": FieldType.NUMBER,
    "EMPLOYEE": FieldType.TEXT,
    "LOCATION": FieldType.TEXT,
    "SERVICES": FieldType.TEXT,
    "PAID": FieldType.NUMBER,
    "PAYMENT_STATUS": FieldType.TEXT,
    "BOOKED_ONLINE": FieldType.CHECKBOX,
    "VISITOR": FieldType.TEXT,
}
"""The deal's fields. BOOKING_ID and COMPANY_ID together are the mark by which a deal is found again."""

CONTACT_FIELDS: Mapping[str, FieldType] = {
    "CLIENT_ID": FieldType.NUMBER,
    "PURCHASES": FieldType.NUMBER,
    "VISITS": FieldType.NUMBER,
    "MEMBERSHIP_START": FieldType.DATE,
    "MEMBERSHIP_END": FieldType.DATE,
    "MEMBERSHIP_BALANCE": FieldType.TEXT,
}
"""The contact's fields. Membership dates may also stand in a field of date and time."""

STATISTICS = frozenset({"PURCHASES", "VISITS"})
MEMBERSHIPS = frozenset({"MEMBERSHIP_START", "MEMBERSHIP_END", "MEMBERSHIP_BALANCE"})

PAYMENTS = frozenset({"PAID", "PAYMENT_STATUS"})
"""Fields for which a booking's payments have to be known."""

OPTIONAL: frozenset[str] = frozenset(get_args(OptionalCode.__value__))
"""Fields of deals that are shown only where the settings map them; they are made only when a person asks for them."""

REQUIRED = frozenset({"BOOKING_ID", "COMPANY_ID", "CLIENT_ID"})
"""Fields that cannot be switched off: they are how deals and contacts are found again."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """The fields that settings use, by code: the id of the field that a person chose, or None for one of our own."""

    deals: Mapping[str, int | None] = field(default_factory=dict)
    contacts: Mapping[str, int | None] = field(default_factory=dict)

    def of(self, entity: Entity) -> Mapping[str, int | None]:
        """Return the fields of deals or of contacts."""
        return self.deals if entity == "deals" else self.contacts


def field_plan(settings: Settings) -> FieldPlan:
    """Return the fields that these settings use; what is switched off is not in it."""
    chosen: FieldsMap = settings.fields
    wanted = set(CONTACT_FIELDS)
    if not settings.statistics:
        wanted -= STATISTICS
    if not settings.memberships:
        wanted -= MEMBERSHIPS
    return FieldPlan(
        deals=_used(DEAL_FIELDS, chosen.deal),
        contacts={code: id for code, id in _used(CONTACT_FIELDS, chosen.contact).items() if code in wanted},
    )


def accepts(code: str, type: FieldType) -> bool:
    """Tell whether a field of this type can show what belongs to the code."""
    wanted = DEAL_FIELDS.get(code) or CONTACT_FIELDS.get(code)
    if code in ("MEMBERSHIP_START", "MEMBERSHIP_END"):
        return type in (FieldType.DATE, FieldType.DATE_TIME)
    return type is wanted


def _used(codes: Mapping[str, FieldType], chosen: Mapping[str, int | None]) -> dict[str, int | None]:
    used = {code: None for code in codes if code in REQUIRED or (code not in OPTIONAL and code not in chosen)}
    return {code: chosen.get(code) for code in codes if code in used or chosen.get(code) is not None}
