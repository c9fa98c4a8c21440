"""What is asked of the two providers' clients: the mover needs no more of them than this."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bookdeal.altegio.client import BookingPage, Row
from bookdeal.clients.contacts import ContactReader
from bookdeal.installs.installation import Installation, Layout
from bookdeal.installs.layout import AccountReader
from bookdeal.model.booking import Location
from bookdeal.model.client import ClientTotals, Membership
from bookdeal.model.deal import Contact, ContactChange, Deal, DealChange, NewContact, NewDeal, NewTask, Task
from bookdeal.model.happening import Happening, HappeningKind
from bookdeal.runtime.limiter import Lane


class Kommo(ContactReader, Protocol):
    """Kommo, as the making and changing of deals needs it."""

    def deals(self, ids: Sequence[int]) -> dict[int, Deal]:
        """Return these deals, without those that are gone."""

    def all_deals(self, from_page: int = 1) -> Iterable[Sequence[Deal]]:
        """Return every deal, oldest first, page by page."""

    def newest_deals(self, since: int) -> Iterable[Sequence[Deal]]:
        """Return the deals made since, newest first, page by page."""

    def newest_contacts(self, since: int) -> Iterable[Sequence[Contact]]:
        """Return the contacts made since, newest first, page by page."""

    def happenings(self, since: int, kinds: Collection[HappeningKind]) -> Iterable[Sequence[Happening]]:
        """Return what happened since, page by page. Raises Rejected where that is not shown to us."""

    def deals_of_contacts(self, ids: Sequence[int]) -> Mapping[int, Sequence[int]]:
        """Return the deals of these contacts, without the contacts that are gone."""

    def create_deals(self, deals: Sequence[NewDeal]) -> Mapping[str, int]:
        """Make deals; return their ids by mark."""

    def create_contacts(self, contacts: Sequence[NewContact]) -> Mapping[str, int]:
        """Make contacts; return their ids by mark."""

    def create_tasks(self, tasks: Sequence[NewTask]) -> Mapping[str, int]:
        """Make tasks; return their ids by mark."""

    def update_deals(self, changes: Sequence[DealChange]) -> set[int]:
        """Change deals; return the ids that were changed."""

    def update_contacts(self, changes: Sequence[ContactChange]) -> set[int]:
        """Change contacts; return the ids that were changed."""

    def tag(self, name: str) -> int:
        """Return the id of the deals' tag of that name, which is made when there is none."""

    def tasks(self, deals: Sequence[int]) -> Sequence[Task]:
        """Return the tasks of these deals."""

    def link_contacts(self, pairs: Sequence[tuple[int, int, bool]]) -> None:
        """Link contacts to deals: deal, contact, whether it is the main one."""

    def unlink_contacts(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Unlink contacts from deals: deal, contact."""

    def within(self, *, lane: Lane) -> "Kommo":
        """Return the same client for work of another lane."""


class BookingLists(Protocol):
    """A location's lists of bookings by their change."""

    def changed_bookings(
        self,
        location: int,
        *,
        changed_after: datetime | None,
        changed_before: datetime | None = None,
        from_day: date | None = None,
        until_day: date | None = None,
        page: int = 1,
    ) -> BookingPage:
        """Return one page of bookings, deleted ones too, latest visit first."""


class Altegio(BookingLists, Protocol):
    """Altegio."""

    def booking(self, location: int, id: int) -> Row | None:
        """Return one booking, None when there is none of that id."""

    def cancel(self, location: int, booking: int) -> None:
        """Cancel a booking; one that is gone already is left so."""

    def location(self, location: int) -> Location:
        """Return a location. Raises NotFound."""

    def count_bookings(self, location: int, first: date, last: date, *, with_cancelled: bool) -> int:
        """Return how many bookings have their visit on these days, both included."""

    def visit_bookings(self, location: int, day: date) -> Iterable[BookingPage]:
        """Return the bookings of one visit day, deleted ones too, page by page."""

    def services(self, location: int) -> Mapping[int, int]:
        """Return the category of each service of a location, 0 for none."""

    def clients(self, location: int, ids: Sequence[int]) -> Mapping[int, ClientTotals]:
        """Return these clients' totals by id, without those that a search does not show."""

    def client(self, location: int, id: int) -> ClientTotals | None:
        """Return one client's totals, None when he is gone."""

    def clients_with_membership(
        self, location: int, page: int = 1, *, among: Sequence[int] = ()
    ) -> tuple[Sequence[int], bool]:
        """Return a page of the clients with something left on a membership, and whether there is another page."""

    def memberships(self, location: Location, phone: str) -> Sequence[Membership]:
        """Return the memberships of a phone's owner that a location honours."""

    def within(self, *, lane: Lane) -> "Altegio":
        """Return the same client for work of another lane."""


class KommoAccount(Kommo, AccountReader, Protocol):
    """Kommo, with the account's make-up and its changes."""

    def changed_deals(self, since: int) -> Iterable[Sequence[Deal]]:
        """Return the deals changed since, page by page."""

    def within(self, *, lane: Lane) -> "KommoAccount":
        """Return the same client for work of another lane."""


class Providers(Protocol):
    """Gives the clients of an installation's two providers, bound to its access and to this run's deadline."""

    def kommo(self, installation: Installation, layout: Layout | None) -> KommoAccount:
        """Return the Kommo client; without a layout it can only read one."""

    def altegio(self, installation: Installation) -> Altegio:
        """Return the Altegio client."""
