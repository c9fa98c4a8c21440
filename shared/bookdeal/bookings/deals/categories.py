"""The service categories of bookings, which Altegio does not tell with a booking: from the location's services."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from bookdeal.bookings.rules import asks_for_categories
from bookdeal.installs.installation import Installation, Installations
from bookdeal.model.booking import Booking, ServiceCatalogue
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import NotFound, Rejected

KEPT = 24 * 3600
"""Seconds for which a location's services are not read again, unless a booking has an unknown one."""


class Services(Protocol):
    """What is asked of the Altegio client here."""

    def services(self, location: int) -> Mapping[int, int]:
        """Return the category of each service of a location, 0 for none."""


@dataclass(slots=True)
class Categories:
    """Tells the bookings of one run their categories; each location's services are read once in a run at the most."""

    installation: Installation
    installations: Installations
    altegio: Services
    clock: Clock
    _read: dict[int, ServiceCatalogue | None] = field(default_factory=dict)

    def of(self, installation: Installation) -> "Categories":
        """Return the same for an installation with other settings; what was read is read for both."""
        return replace(self, installation=installation)

    def told(self, booking: Booking) -> Booking:
        """Return the booking with the categories of its services, as it is where no rule depends on them.

        Where the services are not for us to see it stays without them, and no rule that asks for them fits.
        """
        if not booking.services or not asks_for_categories(self.installation.settings.status_sync):
            return booking
        wanted = {line.service for line in booking.services}
        catalogue = self._catalogue(booking.location, wanted)
        if catalogue is None:
            return booking
        lines = (replace(line, category=catalogue.services.get(line.service, 0)) for line in booking.services)
        return replace(booking, services=tuple(lines))

    def _catalogue(self, location: int, wanted: set[int]) -> ServiceCatalogue | None:
        if location in self._read:
            return self._read[location]
        kept = self.installation.catalogues.get(location)
        is_young = kept is not None and self.clock.now() - kept.read_at < KEPT
        if kept is not None and is_young and wanted <= kept.services.keys():
            return kept
        try:
            services = self.altegio.services(location)
        except (NotFound, Rejected):
            self._read[location] = kept
            return kept
        # A service that is gone from the list is not looked for again with every booking that had it.
        gone = {service: 0 for service in wanted if service not in services}
        found = ServiceCatalogue({**gone, **(kept.services if kept else {}), **services}, int(self.clock.now()))
        self.installations.write_catalogue(self.installation.id, location, found)
        self._read[location] = found
        return found
