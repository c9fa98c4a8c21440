"""What a contact spent and how often he came: the sums over his clients at the synchronised locations. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bookdeal.model.booking import Location
from bookdeal.model.client import ClientKey, ClientTotals
from bookdeal.model.deal import FieldValue


@dataclass(frozen=True, slots=True)
class Sums:
    """A contact's totals. `last_visit` in unix seconds, None when he never came.

    `currency` is that of all the locations he bought at, "" when they differ: then `purchases` adds up what cannot be
    added up, and only the amounts by location mean something.
    """

    purchases: Decimal
    visits: int
    last_visit: int | None
    currency: str


def summed(totals: Mapping[ClientKey, ClientTotals], locations: Iterable[Location]) -> Sums:
    """Return the sums over a contact's clients, those at other than these locations left out."""
    by_id = {location.id: location for location in locations}
    ours = [(by_id[key[0]], client) for key, client in totals.items() if key[0] in by_id]
    visits = [_instant(client.last_visit, location.timezone) for location, client in ours if client.last_visit]
    currencies = {location.currency for location, client in ours if client.purchases}
    return Sums(
        purchases=sum((client.purchases for _, client in ours), Decimal(0)),
        visits=sum(client.visits for _, client in ours),
        last_visit=max(visits, default=None),
        currency=currencies.pop() if len(currencies) == 1 else "",
    )


def statistics_values(sums: Sums) -> dict[str, FieldValue]:
    """Return the values of the contact's fields by code."""
    return {"PURCHASES": plain(sums.purchases), "VISITS": str(sums.visits)}


def plain(amount: Decimal) -> str:
    """Return an amount as a plain number, without needless digits."""
    return f"{amount.normalize() + Decimal(0):f}"


def _instant(wall_clock: datetime, zone: str) -> int:
    return int(wall_clock.replace(tzinfo=ZoneInfo(zone or "UTC"), fold=0).timestamp())
