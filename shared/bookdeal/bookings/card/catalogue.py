"""A location's catalogue: what can be booked there, with whom, and which categories and colours bookings have."""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from pydantic import TypeAdapter

from bookdeal.installs.choices import ServiceCategory
from bookdeal.model.journal import BookableEmployee, BookingCategory, Line, Offer, OfferedService
from bookdeal.runtime.errors import Invalid
from bookdeal.runtime.store import Table

KEPT = 600
"""Seconds for which a catalogue is not read again."""

COLOURS = ("f44336", "e91e63", "9c27b0", "3f51b5", "2196f3", "009688", "4caf50", "ffc107", "ff9800", "9e9e9e")
"""The colours that are offered; a booking may have any other."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be booked at a location."""

    categories: tuple[ServiceCategory, ...]
    services: tuple[OfferedService, ...]
    employees: tuple[BookableEmployee, ...]
    booking_categories: tuple[BookingCategory, ...]

    def chosen(self, services: Collection[int]) -> tuple[OfferedService, ...]:
        """Return these services in the order in which they were named. Raises Invalid("unknown_service")."""
        known = {service.id: service for service in self.services}
        for id in services:
            if id not in known:
                raise Invalid("unknown_service", field="services", params={"service": id})
        return tuple(known[id] for id in services)


class CatalogueReader(Protocol):
    """What is asked of the journal here."""

    def service_categories(self, location: int) -> tuple[tuple[int, str], ...]:
        """Return id and title of the service categories."""

    def offered_services(self, location: int) -> tuple[OfferedService, ...]:
        """Return the services that can be booked."""

    def bookable_employees(self, location: int) -> tuple[BookableEmployee, ...]:
        """Return who works at the location."""

    def booking_categories(self, location: int) -> tuple[BookingCategory, ...]:
        """Return the categories that bookings can be given."""


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The catalogues of an installation's locations, kept in `scratch` for ten minutes: 4 requests to read one."""

    scratch: Table
    installation: str

    def of(self, location: int, read_by: Callable[[], CatalogueReader]) -> Catalogue:
        """Return the catalogue of a location."""
        key, now = f"offer#{self.installation}#{location}", self.scratch.store.clock.now()
        item = self.scratch.get(key)
        if item is not None and item["expires_at"] > now:
            return _CATALOGUE.validate_json(zlib.decompress(b64decode(item["offer"])))
        catalogue = _read(read_by(), location)
        # Prices of many employees for many services would not fit into an item as they are.
        offer = b64encode(zlib.compress(_CATALOGUE.dump_json(catalogue))).decode()
        self.scratch.put({"key": key, "offer": offer, "expires_at": int(now) + KEPT})
        return catalogue


def _read(journal: CatalogueReader, location: int) -> Catalogue:
    employees = journal.bookable_employees(location)
    here = {employee.id for employee in employees}
    services = []
    for service in journal.offered_services(location):
        offers = tuple(offer for offer in service.offers if offer.employee in here)
        if offers:
            services.append(
                OfferedService(service.id, service.title, service.category, service.step, service.is_group, offers)
            )
    return Catalogue(
        categories=tuple(ServiceCategory(id, title) for id, title in journal.service_categories(location)),
        services=tuple(services),
        employees=employees,
        booking_categories=journal.booking_categories(location),
    )


def offers_with(services: Collection[OfferedService], employee: int) -> tuple[Offer, ...] | None:
    """Return what each of these services is with an employee, None when there is one that he does not do."""
    offers = tuple(offer for service in services if (offer := service.with_employee(employee)) is not None)
    return offers if len(offers) == len(services) else None


def lines(services: Collection[OfferedService], employee: int) -> tuple[tuple[Line, ...], int]:
    """Return the lines of a booking of these services with an employee, and its length in seconds.

    Raises Invalid("not_with_employee").
    """
    offers = offers_with(services, employee)
    if offers is None:
        raise Invalid("not_with_employee", field="employee", params={"employee": employee})
    written = tuple(
        Line(
            service.id, service.title, amount=Decimal(1), first_cost=offer.price, discount=Decimal(0), cost=offer.price
        )
        for service, offer in zip(services, offers, strict=True)
    )
    return written, sum(offer.length for offer in offers)


_CATALOGUE = TypeAdapter(Catalogue)
