"""What an import would take: counted before anything is done, with few requests (N8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bookdeal.bookings import rules
from bookdeal.bookings.imports import Wanted
from bookdeal.bookings.links import Links
from bookdeal.clients.contacts import ContactBook
from bookdeal.installs.installation import Installation
from bookdeal.kommo.plans import CONTACTS_A_SEAT, DEALS_A_SEAT, holding
from bookdeal.model.field_codes import field_plan
from bookdeal.model.settings import Mapping as StageMapping
from bookdeal.runtime.errors import Invalid, Rejected
from bookdeal.runtime.limiter import Rate

CONTACT_FIELDS = 3
"""Fields of a new contact: phone, e-mail, client id."""

AUTOMATIONS, SHARED_PIPELINE, PLAN_FULL = "automations", "shared_pipeline", "plan_full"
"""Warnings: what Kommo's own automations do at these stages they do for each imported deal too; live bookings' deals go
to the same pipeline, and their rules move the imported ones from then on; no plan of Kommo holds that many.
"""


class KommoSide(Protocol):
    """What is asked of the Kommo client here."""

    def has_deals(self, count: int) -> bool:
        """Tell whether the account holds at least so many deals."""

    def has_contacts(self, count: int) -> bool:
        """Tell whether the account holds at least so many contacts."""


class AltegioSide(Protocol):
    """What is asked of the Altegio client here."""

    def count_bookings(self, location: int, first: date, last: date, *, with_cancelled: bool) -> int:
        """Return how many bookings have their visit on these days, both included."""

    def count_clients(self, location: int) -> int:
        """Return how many clients a location has; Rejected where that may not be seen."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an import would take.

    `bookings` are the visits of these days that were not cancelled, `linked` those that have a deal already, `deals`
    the most deals that will be made. `contacts` are the most contacts that will be made, None where a location does not
    tell how many clients it has. `deals_limit` and `contacts_limit` are what the smallest of Kommo's plans holds in
    which they have room beside what is there, None when they pass the largest; which plan it is Kommo does not tell,
    and companies, which share the contacts' room, are not counted. `hours` is how long it takes at most under the cap
    of `field_changes`. `warnings` are the codes above.
    """

    bookings: int
    linked: int
    deals: int
    contacts: int | None
    deals_limit: int | None
    contacts_limit: int | None
    field_changes: int
    hours: float
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Estimating:
    """Estimates imports of one installation. `seats` are the account's users, `fields` is the budget of fields."""

    installation: Installation
    links: Links
    book: ContactBook
    kommo: KommoSide
    altegio: AltegioSide
    seats: int
    fields: Rate

    def estimate(self, wanted: Wanted) -> Estimate:
        """Return what this import would take: two requests a location, and two to six to Kommo."""
        bookings = linked = 0
        for location in wanted.locations:
            bookings += self.altegio.count_bookings(location, wanted.first, wanted.last, with_cancelled=False)
            linked += self.links.count_visits(location, wanted.first, wanted.last)
        deals = max(0, bookings - linked)
        contacts = self._contacts(wanted.locations, deals)
        new_contacts = deals if contacts is None else contacts
        deals_limit = holding(self.kommo.has_deals, self._limits(DEALS_A_SEAT), deals)
        contacts_limit = holding(self.kommo.has_contacts, self._limits(CONTACTS_A_SEAT), new_contacts)
        changes = deals * len(field_plan(self.installation.settings).deals) + new_contacts * CONTACT_FIELDS
        return Estimate(
            bookings=bookings,
            linked=linked,
            deals=deals,
            contacts=contacts,
            deals_limit=deals_limit,
            contacts_limit=contacts_limit,
            field_changes=changes,
            hours=round(self.fields.seconds(changes) / 3600, 2),
            warnings=(
                *((AUTOMATIONS,) if wanted.mapping is not None else ()),
                *((SHARED_PIPELINE,) if self._is_shared(wanted.mapping) else ()),
                *((PLAN_FULL,) if None in (deals_limit, contacts_limit) else ()),
            ),
        )

    def _limits(self, a_seat: Sequence[int]) -> list[int]:
        return [most * max(1, self.seats) for most in a_seat]

    def _contacts(self, locations: Sequence[int], deals: int) -> int | None:
        if deals == 0:
            return 0
        try:
            strangers = [max(0, self.altegio.count_clients(id) - self.book.count_clients(id)) for id in locations]
        except Rejected:
            return None
        return min(deals, sum(strangers))

    def _is_shared(self, mapping: StageMapping | None) -> bool:
        """Tell whether live bookings' deals go to the same pipeline."""
        named = rules.named_pipelines(self.installation.settings.status_sync)
        return mapping is not None and mapping.pipeline in named


def window(installation: Installation, first: date, last: date) -> None:
    """Raise Invalid, with the field, unless an import may take in these days.

    What is dated from the day of going live on gets its deals anyway.
    """
    start = installation.settings.start_from
    if start is None:
        raise Invalid("everything_is_live", field="last")
    if last >= start:
        raise Invalid("not_before_start", field="last", params={"start_from": start.isoformat()})
    if first > last:
        raise Invalid("days_in_wrong_order", field="first")
