"""What the widget shows of a contact's clients: the card of purchases, visits and memberships."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Self
from zoneinfo import ZoneInfo

from bookdeal.clients.contacts import ContactBook, ContactIndex
from bookdeal.clients.memberships import in_force
from bookdeal.clients.statistics import plain, summed
from bookdeal.clients.statistics_book import ContactStatistics, StatisticsBook
from bookdeal.installs.installation import Installation
from bookdeal.model.booking import Location
from bookdeal.model.client import ClientKey, ClientTotals, Membership
from bookdeal.runtime.api import Body
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import NotFound
from bookdeal.runtime.store import Table


class LocationTotals(Body):
    """A client's totals at one location. `last_visit` is the location's wall clock."""

    location: int
    title: str
    client: int
    purchases: str
    currency: str
    visits: int
    last_visit: str | None

    @classmethod
    def of(cls, location: Location, client: int, totals: ClientTotals | None) -> Self:
        """Show one client; one who was not read yet has no totals."""
        return cls(
            location=location.id,
            title=location.title,
            client=client,
            purchases=plain(totals.purchases) if totals else "0",
            currency=location.currency,
            visits=totals.visits if totals else 0,
            last_visit=totals.last_visit.isoformat() if totals and totals.last_visit else None,
        )


class MembershipLeft(Body):
    """What is left of a membership. Times with the location's offset; `remaining` null is without a count."""

    id: int
    title: str
    starts: str | None
    ends: str | None
    remaining: int | None
    by_category: dict[str, int]
    is_frozen: bool

    @classmethod
    def of(cls, membership: Membership, zone: str) -> Self:
        """Show one membership."""
        return cls(
            id=membership.id,
            title=membership.title,
            starts=_moment(membership.starts, zone),
            ends=_moment(membership.ends, zone),
            remaining=membership.remaining,
            by_category=dict(membership.parts),
            is_frozen=membership.is_frozen,
        )


class ClientCard(Body):
    """A contact's totals and memberships at the locations that the user sees; what ends first stands before others.

    `currency` is "" where the locations' differ. `last_visit` and `read_at` are UTC; `read_at` null means never.
    """

    contact: int
    purchases: str
    currency: str
    visits: int
    last_visit: str | None
    locations: list[LocationTotals]
    memberships: list[MembershipLeft]
    read_at: str | None

    @classmethod
    def of(
        cls,
        locations: Collection[Location],
        clients: Iterable[ClientKey],
        known: ContactStatistics,
        read_at: int,
        now: float,
    ) -> Self:
        """Show what of a contact's clients belongs to these locations; `read_at` in unix seconds, 0 never."""
        by_id = {location.id: location for location in locations}
        ours = [(by_id[at], client) for at, client in sorted(clients) if at in by_id]
        totals = {key: known.totals[key] for location, client in ours if (key := (location.id, client)) in known.totals}
        sums = summed(totals, locations)
        return cls(
            contact=known.contact,
            purchases=plain(sums.purchases),
            currency=sums.currency,
            visits=sums.visits,
            last_visit=_moment(sums.last_visit),
            locations=[
                LocationTotals.of(location, client, totals.get((location.id, client))) for location, client in ours
            ],
            memberships=[
                MembershipLeft.of(one, by_id[one.location].timezone)
                for one in in_force(known.memberships, now)
                if one.location in by_id
            ],
            read_at=_moment(read_at or None),
        )


def card_of(
    installation: Installation, seen: Collection[Location], links: Table, contact: int, clock: Clock
) -> ClientCard:
    """Return what is known of a contact's clients at the locations that are seen.

    Raises NotFound for a contact who is nobody's client there.
    """
    book = ContactBook(links, installation.id, installation.phone_salt, ContactIndex(), clock)
    clients = book.owners([contact]).get(contact, set())
    if not any(location.id == at for location in seen for at, _ in clients):
        raise NotFound("contact")
    statistics = StatisticsBook(links, installation.id)
    known = statistics.read([contact]).get(contact, ContactStatistics(contact))
    read_at = max(known.read_at, statistics.all_read_at()) if known.read_at else 0
    return ClientCard.of(seen, clients, known, read_at, clock.now())


def _moment(instant: int | None, zone: str = "") -> str | None:
    if instant is None:
        return None
    return datetime.fromtimestamp(instant, ZoneInfo(zone) if zone else UTC).isoformat()
