"""What belongs to the account above its locations: users, chains with their loyalty, applications, hook settings."""

from dataclasses import dataclass, field
from typing import Any

Wire = dict[str, Any]


@dataclass(slots=True)
class MembershipType:
    """What is sold as a membership; `links` are (category id, visits)."""

    id: int
    title: str
    cost: float
    period: int
    period_unit_id: int
    is_united: bool
    count: int
    links: list[tuple[int, int]]
    allow_freeze: bool = True


@dataclass(slots=True)
class Membership:
    """A client's membership; moments, 0 when not yet. `status_id` 1 issued, 2 activated, 3 expired."""

    id: int
    type_id: int
    number: str
    phone: str
    created: int
    activated: int
    expires: int
    period: int
    period_unit_id: int
    status_id: int
    united_count: int
    links: list[list[int]]
    sale_id: int
    frozen_till: int = 0
    deleted: bool = False


@dataclass(slots=True)
class Deposit:
    """A client's personal account in the chain."""

    id: int
    client_id: int
    company_id: int
    type_id: int
    initial_balance: float
    balance: float
    created: int
    history: list[Wire] = field(default_factory=list)


@dataclass(slots=True)
class LoyaltyCard:
    """A client's loyalty card."""

    id: int
    client_id: int
    company_id: int
    number: str
    title: str
    balance: float


@dataclass(slots=True)
class Certificate:
    """A gift card."""

    id: int
    number: str
    phone: str
    company_id: int
    balance: float
    created: int


@dataclass(slots=True)
class User:
    """Someone who logs in. `rights` holds what differs from all rights, per location."""

    id: int
    login: str
    password: str
    name: str
    phone: str
    email: str
    role: str
    locations: list[int]
    token: str
    staff_id: int = 0
    rights: dict[int, dict[str, bool | int]] = field(default_factory=dict)
    system_of: int = 0


@dataclass(slots=True)
class Chain:
    """Locations under one roof, with what they share."""

    id: int
    title: str
    locations: list[int]
    membership_types: dict[int, MembershipType] = field(default_factory=dict)
    memberships: dict[int, Membership] = field(default_factory=dict)
    deposits: dict[int, Deposit] = field(default_factory=dict)
    cards: dict[int, LoyaltyCard] = field(default_factory=dict)
    certificates: dict[int, Certificate] = field(default_factory=dict)


@dataclass(slots=True)
class Installation:
    """An application in a location: its status now and the changes that led there."""

    application_id: int
    location_id: int
    status: str
    since: int
    logs: list[Wire] = field(default_factory=list)
    payments: list[Wire] = field(default_factory=list)


@dataclass(slots=True)
class Application:
    """A marketplace application of a partner."""

    id: int
    title: str
    partner_token: str
    system_user_id: int
    callback_url: str = ""
    pending_seconds: int = 12 * 3600


@dataclass(slots=True)
class HookSettings:
    """A location's webhook settings: one URL list, one set of flags for all of them (contract §9.1)."""

    urls: list[str] = field(default_factory=list)
    flags: dict[str, int] = field(default_factory=dict)
    partner_of: dict[str, str] = field(default_factory=dict)
