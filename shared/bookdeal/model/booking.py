"""A booking as the rules see it: one client's appointment, with the wall clock of its location."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class BookingStatus(StrEnum):
    """The five states of a booking. Cancelled is not a status of the provider: it is a deleted booking."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Employee:
    """Who serves."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One service of a booking; `cost` is what the client pays for the whole line, in the location's currency.

    `category` is the service category's id, 0 for a service that the location's catalogue does not list; None while
    the catalogue was not asked.
    """

    service: int
    title: str
    amount: Decimal
    cost: Decimal
    category: int | None = None


@dataclass(frozen=True, slots=True)
class ProductLine:
    """One product sold with a booking; `cost` as in `ServiceLine`."""

    title: str
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Client:
    """A person known to one location. `phone` is as the location writes it, "" when unknown."""

    id: int
    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking as one version: `changed` is the location's change stamp, compared for equality, never for order.

    `starts_at` is the location's wall clock without a zone. `length` is in seconds. `total` of the lines is the price.
    `visitor` names who comes in the client's place. `event` is the group event the client takes part in.
    `external_id` is the mark that an integration wrote when it made the booking, `creator` the user of the location
    who made it, None when the client did himself. `paid` is what has been paid so far, None where that was not asked.
    `made` is the stamp of its making, "" unknown.
    """

    location: int
    id: int
    status: BookingStatus
    starts_at: datetime
    length: int
    employee: Employee | None
    services: tuple[ServiceLine, ...]
    products: tuple[ProductLine, ...]
    client: Client | None
    visitor: str
    seats: int
    visit: int | None
    event: int | None
    online: bool
    paid_in_full: bool
    external_id: str
    changed: str
    creator: int | None = None
    paid: Decimal | None = None
    made: str = ""

    @property
    def total(self) -> Decimal:
        """What the client pays for services and products together."""
        costs = [line.cost for line in self.services] + [line.cost for line in self.products]
        return sum(costs, Decimal(0))


@dataclass(frozen=True, slots=True)
class ServiceCatalogue:
    """The category of each service of a location, by the service's id (0: none). `read_at` in unix seconds."""

    services: Mapping[int, int]
    read_at: int


@dataclass(frozen=True, slots=True)
class Location:
    """A branch. `timezone` is an IANA name; `country` an ISO 3166 code in capitals or "" when it cannot be told."""

    id: int
    title: str
    city: str
    country: str
    timezone: str
    currency: str
    active: bool
