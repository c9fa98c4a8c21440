"""Altegio's REST API v1: a location's bookings as Bookdeal's own, its hooks, its users' tokens (contract §1–§4, §9).

Errors beside those of `bookdeal.runtime.http`: Revoked when access is lost, with the reason and, where only one
location is closed to us, its id; NotFound for a location; Rejected for what Altegio refuses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from typing import Any, Protocol

import pydantic
import pydantic_core

from bookdeal.altegio.models import (
    MAX_HOOK_URLS,
    Category,
    ClientCard,
    Company,
    Group,
    HistoryRecord,
    HookSettings,
    Login,
    Service,
    StaffMember,
    Unreadable,
    booking_of,
    found_client_of,
    hook_settings_body,
    hook_settings_of,
    membership_of,
    validated,
)
from bookdeal.altegio.rights import Right, missing_rights
from bookdeal.model.booking import Booking, Employee, Location
from bookdeal.model.client import ClientTotals, Membership
from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.errors import (
    Invalid,
    NotFound,
    RateLimited,
    Rejected,
    Revoked,
    Transient,
    Unauthorised,
)
from bookdeal.runtime.http import Http, HttpResponse
from bookdeal.runtime.limiter import Lane, Limiter, Rate

ACCEPT = "application/vnd.api.v2+json"
YCLIENTS_ACCEPT = "application/vnd.yclients.v2+json"

PAGE = 300
LOCATIONS_A_PAGE = 200
CLIENTS_A_PAGE = 200
MOST_BALANCE = 1_000_000
MINUTE_BURST = 20
"""How many requests above the even flow of a minute may go at once when nothing was asked for a while."""

_COMPANY = "/company/{location}"

type Query = list[tuple[str, str | int]]


class Tokens(Protocol):
    """Where the user token comes from."""

    def access(self) -> str:
        """Return a token that should work now."""
        ...

    def rejected(self) -> None:
        """Take note that the token did not work: the next `access` gives another one, or this raises Revoked."""
        ...


type Row = Booking | Unreadable
"""A booking of a list, or the place where one stands that could not be understood."""


@dataclass(frozen=True, slots=True)
class BookingPage:
    """One page of bookings. `total` counts the rows of all pages; `server_time` is the provider's, in unix seconds."""

    rows: tuple[Row, ...]
    total: int
    server_time: float


def rates(egress: str, requests_per_second: float, requests_per_minute: float) -> tuple[Rate, Rate]:
    """Return the budgets that a request to Altegio takes from: our address's for a minute and for a second.

    A sliding minute then holds at most `requests_per_minute` and `MINUTE_BURST` more.
    """
    return (
        Rate.per(60, requests_per_minute, f"rate#altegio#egress#{egress}#minute", burst=MINUTE_BURST),
        Rate.per(1, requests_per_second, f"rate#altegio#egress#{egress}#second"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AltegioClient:
    """Altegio as one user sees it. `base_url` is the origin, `rates` as `rates` above returns them.

    `lane` and `deadline` are those of the work under way; `within` gives the same client for other work.
    `with_payments`: bookings come with what has been paid for them.
    """

    base_url: str
    http: Http
    partner_token: str
    tokens: Tokens
    limiter: Limiter
    rates: Sequence[Rate]
    lane: Lane
    deadline: Deadline
    accept: str = ACCEPT
    with_payments: bool = False

    def within(self, *, lane: Lane | None = None, deadline: Deadline | None = None) -> "AltegioClient":
        """Return this client with another lane or deadline."""
        return replace(self, lane=lane or self.lane, deadline=deadline or self.deadline)

    # Locations

    def location(self, location: int) -> Location:
        """Return a location; `timezone` and `country` are "" where Altegio does not say. Raises NotFound."""
        data, _ = self._read("/company/{location}", location, [("my", 1)])
        return _company(data).location()

    def locations(self) -> tuple[Location, ...]:
        """Return the locations that the user manages: for the user of a marketplace application perhaps none (§2.1)."""
        found: dict[int, Location] = {}
        for page in count(1):
            query: Query = [("my", 1), ("page", page), ("count", LOCATIONS_A_PAGE)]
            data, _ = self._read("/companies", None, query)
            known, rows = len(found), _rows(data)
            found |= {location.id: location for location in (_company(row).location() for row in rows)}
            if len(rows) < LOCATIONS_A_PAGE or len(found) == known:
                break
        return tuple(found.values())

    def chains(self) -> tuple[tuple[int, str, frozenset[int]], ...]:
        """Return id, title and locations of the chains that the user sees."""
        data, _ = self._read("/groups", None, [], is_essential=False)
        found = (_understood(Group, row) for row in _rows(data))
        return tuple((group.id, group.title, frozenset(one.id for one in group.companies)) for group in found)

    def employees(self, location: int) -> tuple[Employee, ...]:
        """Return who works at a location, without those who have left."""
        data, _ = self._read("/company/{location}/staff", location, [])
        found = (_understood(StaffMember, row) for row in _rows(data))
        return tuple(Employee(one.id, one.name) for one in found if not one.fired)

    def service_categories(self, location: int) -> tuple[tuple[int, str], ...]:
        """Return id and title of the categories that a location sorts its services into."""
        data, _ = self._read("/company/{location}/service_categories", location, [])
        found = (_understood(Category, row) for row in _rows(data))
        return tuple((category.id, category.title) for category in found)

    def services(self, location: int) -> dict[int, int]:
        """Return the category of each service that a location has, 0 for none, by the service's id (contract §3.2).

        Raises NotFound, Rejected("rights").
        """
        data, _ = self._read("/company/{location}/services", location, [], is_essential=False)
        found = (_understood(Service, row) for row in _rows(data))
        return {service.id: service.category_id for service in found}

    # Bookings

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
        """Return a page of the bookings made, changed or cancelled in a window, the latest visits first.

        Both ends are the location's wall clock (contract §0.5), None is open. `from_day` and `until_day` leave out
        visits before and after these days.
        """
        query: Query = []
        if changed_after is not None:
            query.append(("changed_after", _wall_clock(changed_after)))
        if changed_before is not None:
            query.append(("changed_before", _wall_clock(changed_before)))
        if from_day is not None:
            query.append(("start_date", from_day.isoformat()))
        if until_day is not None:
            query.append(("end_date", until_day.isoformat()))
        return self._bookings(location, query, page)

    def count_bookings(self, location: int, first: date, last: date, *, with_cancelled: bool) -> int:
        """Return how many bookings have their visit on these days, both included: one request."""
        query: Query = [("start_date", first.isoformat()), ("end_date", last.isoformat())]
        query += [("with_deleted", int(with_cancelled)), ("page", 1), ("count", 1)]
        data, meta = self._read("/records/{location}", location, query)
        total = meta.get("total_count")
        return total if isinstance(total, int) else len(_rows(data))

    def visit_bookings(self, location: int, day: date) -> Iterator[BookingPage]:
        """Return the pages of all bookings whose visit is on that day, cancelled ones too."""
        query: Query = [("start_date", day.isoformat()), ("end_date", day.isoformat())]
        page, rows = 1, 0
        while True:
            found = self._bookings(location, query, page)
            yield found
            rows += len(found.rows)
            if not found.rows or rows >= found.total:
                return
            page += 1

    def booking(self, location: int, id: int) -> Row | None:
        """Return one booking as it is now, None if Altegio does not know it: a cancelled one is known or is not (§4.2).

        Raises Rejected("rights") when just this booking is not for us to see.
        """
        route = "/record/{location}/{booking}"
        path = f"/record/{location}/{id}"
        response = self._request("GET", route, location, self._payments(), path=path, is_repeatable=True)
        if response.status == 404:
            return None
        if response.status == 403:
            raise Rejected(Revoked.RIGHTS, params={"location": location, "booking": id})
        data, _ = _envelope(_checked(response, location))
        found = booking_of(data, location, with_payments=self.with_payments)
        return Unreadable(id, found.reason) if isinstance(found, Unreadable) else found

    def cancel(self, location: int, booking: int) -> None:
        """Cancel a booking; one that is gone already is left so. Raises Rejected("rights"), Rejected("payment")."""
        route, path = "/record/{location}/{booking}", f"/record/{location}/{booking}"
        response = self._request("DELETE", route, location, path=path, is_repeatable=True)
        if response.status != 404:
            _checked(response, location, is_essential=False)

    def _payments(self) -> Query:
        return [("include_finance_transactions", 1)] if self.with_payments else []

    def _bookings(self, location: int, query: Query, page: int) -> BookingPage:
        query = [*query, *self._payments(), ("with_deleted", 1), ("page", page), ("count", PAGE)]
        response = _checked(self._request("GET", "/records/{location}", location, query, is_repeatable=True), location)
        data, meta = _envelope(response)
        rows = tuple(booking_of(row, location, with_payments=self.with_payments) for row in _rows(data))
        read = (page - 1) * PAGE + len(rows)
        try:
            total = int(meta["total_count"])
        except (KeyError, TypeError, ValueError):
            # Without a total a full page means that there is another.
            total = read + (len(rows) >= PAGE)
        server_time = response.date
        return BookingPage(rows, total, self.http.clock.now() if server_time is None else server_time)

    # Clients

    def clients(self, location: int, ids: Sequence[int]) -> dict[int, ClientTotals]:
        """Return the totals of these clients by id, 200 a request; one that the search does not show is missing.

        A request that the user may not make (contract §7.1: the right to clients, the licence) is Rejected.
        """
        found: dict[int, ClientTotals] = {}
        for start in range(0, len(ids), CLIENTS_A_PAGE):
            chunk = ids[start : start + CLIENTS_A_PAGE]
            rows, _ = self._search(location, [{"type": "id", "state": {"value": list(chunk)}}], 1)
            wanted = set(chunk)
            for row in rows:
                totals = found_client_of(row)
                if totals is not None and totals.client in wanted:
                    found[totals.client] = totals
        return found

    def clients_with_membership(
        self, location: int, page: int = 1, *, among: Sequence[int] = ()
    ) -> tuple[list[int], bool]:
        """Return a page of the ids of clients who have visits left on a membership, and whether there is another page.

        `among` asks only about these clients, at most a page of them. Raises Rejected where Altegio does not know the
        filter: it is named by one source only (contract §7.1).
        """
        filters: list[dict[str, Any]] = [
            {"type": "sale", "state": {"abonement_balance": {"from": 1, "to": MOST_BALANCE}}},
            *([{"type": "id", "state": {"value": list(among)}}] if among else []),
        ]
        rows, total = self._search(location, filters, page)
        ids = [totals.client for row in rows if (totals := found_client_of(row)) is not None]
        return ids, page * CLIENTS_A_PAGE < total

    def count_clients(self, location: int) -> int:
        """Return how many clients a location has. Raises Rejected when the user may not look at them."""
        body = {"page": 1, "page_size": 1, "fields": ["id"], "operation": "AND", "filters": []}
        _, meta = self._ask(f"{_COMPANY}/clients/search", location, body)
        total = meta.get("total_count")
        return total if isinstance(total, int) else 0

    def client(self, location: int, id: int) -> ClientTotals | None:
        """Return one client's totals from his card, with his last visit from his history; None when he is gone."""
        route = "/client/{location}/{client}"
        response = self._request("GET", route, location, path=f"/client/{location}/{id}", is_repeatable=True)
        if response.status == 404:
            return None
        data, _ = _envelope(_checked(response, location, is_essential=False))
        try:
            card = validated(ClientCard, data)
        except pydantic.ValidationError:
            raise Transient("unreadable_answer") from None
        return card.totals(next(self.visits(location, id), None))

    def visits(self, location: int, client: int) -> Iterator[datetime]:
        """Yield when a client came, the last visit first, by the location's wall clock (contract §7.4)."""
        since, until = None, None
        asked = set()
        while (since, until) not in asked:
            asked.add((since, until))
            # All six keys have to be there, also those that ask for nothing.
            body: dict[str, Any] = {"client_id": client, "client_phone": None, "from": since, "to": until}
            body |= {"payment_statuses": [], "attendance": 1}
            data, meta = self._ask(f"{_COMPANY}/clients/visits/search", location, body)
            rows = data.get("records") if isinstance(data, dict) else None
            for row in _rows(rows):
                try:
                    starts_at = validated(HistoryRecord, row).starts_at
                except pydantic.ValidationError:
                    continue
                if starts_at is not None:
                    yield starts_at
            cursor = meta.get("dateCursor")
            after = cursor.get("next") if isinstance(cursor, dict) else None
            if isinstance(after, dict):
                since, until = after.get("from"), after.get("to")

    def memberships(self, location: Location, phone: str) -> tuple[Membership, ...]:
        """Return the memberships that a location honours for the owner of a phone (contract §8.1).

        Those that have run out or were given away are not among them. Raises Rejected when the user may not see them,
        or when one of them is not understood: the others alone would tell less than the truth.
        """
        digits = "".join(character for character in phone if character.isdigit())
        if not digits:
            return ()
        query: Query = [("company_id", location.id), ("phone", digits)]
        response = self._request("GET", "/loyalty/abonements/", location.id, query, is_repeatable=True)
        data, _ = _envelope(_checked(response, location.id, is_essential=False))
        memberships = []
        for row in _rows(data):
            membership = membership_of(row, location)
            if membership is None:
                raise Rejected("unreadable_membership", params={"location": location.id})
            memberships.append(membership)
        return tuple(memberships)

    def _search(self, location: int, filters: list[dict[str, Any]], page: int) -> tuple[list[Any], int]:
        body = {
            "page": page,
            "page_size": CLIENTS_A_PAGE,
            "fields": ["id", "phone", "email", "sold_amount", "visits_count", "last_visit_date"],
            "order_by": "id",
            "order_by_direction": "ASC",
            "operation": "AND",
            "filters": filters,
        }
        data, meta = self._ask(f"{_COMPANY}/clients/search", location, body)
        rows = _rows(data)
        total = meta.get("total_count")
        return rows, total if isinstance(total, int) else (page - 1) * CLIENTS_A_PAGE + len(rows)

    def _ask(self, route: str, location: int, body: Any) -> tuple[Any, dict[str, Any]]:
        """Send a question that is asked by POST; it changes nothing, so it may be repeated."""
        response = self._request("POST", route, location, body=body, is_repeatable=True)
        return _envelope(_checked(response, location, is_essential=False))

    # Hooks

    def hook_settings(self, location: int) -> HookSettings:
        """Return where the location's hooks ring (contract §9.1)."""
        data, _ = self._read("/hooks_settings/{location}", location, [], is_essential=False)
        return hook_settings_of(data)

    def save_hook_settings(self, location: int, settings: HookSettings) -> None:
        """Replace the location's hook settings, those of other integrations included: change what was just read.

        Raises Invalid for more urls than Altegio takes, Rejected("rights") when the user may not.
        """
        if not 0 < len(settings.urls) <= MAX_HOOK_URLS:
            raise Invalid("hook_urls", params={"location": location, "most": MAX_HOOK_URLS})
        route = "/hooks_settings/{location}"
        body = hook_settings_body(settings)
        response = self._request("POST", route, location, body=body, is_repeatable=True)
        _checked(response, location, is_essential=False)

    # Access

    def missing_rights(self, location: int) -> frozenset[Right]:
        """Return what the user may not do in a location although Bookdeal needs it (contract §1.5)."""
        data, _ = self._read("/user/permissions/{location}", location, [])
        return missing_rights(data)

    def users(self, location: int) -> frozenset[int]:
        """Return the ids of a location's users. Rejected("rights") without the right to see them: no loss of access."""
        data, _ = self._read("/company/{location}/users", location, [], is_essential=False)
        return frozenset(row["id"] for row in _rows(data) if isinstance(row, dict) and isinstance(row.get("id"), int))

    def log_in(self, login: str, password: str) -> tuple[int, str]:
        """Return id (0: not told) and user token of a person (contract §1.2).

        Raises Unauthorised when Altegio refuses the pair.
        """
        credentials = {"login": login, "password": password}
        response = self._send("POST", "/auth", "/auth", None, credentials, user_token="", is_repeatable=True)
        if 400 <= response.status < 500:
            raise Unauthorised("login")
        data, _ = _envelope(response)
        try:
            found = validated(Login, data)
        except pydantic.ValidationError:
            raise Transient("unreadable_answer") from None
        return found.id, found.user_token

    def authenticate(self, login: str, password: str) -> str:
        """Return the user token of a person (contract §1.2). Raises Unauthorised when Altegio refuses the pair."""
        return self.log_in(login, password)[1]

    # Asking

    def _read(
        self, route: str, location: int | None, query: Query, *, is_essential: bool = True
    ) -> tuple[Any, dict[str, Any]]:
        response = self._request("GET", route, location, query, is_repeatable=True)
        return _envelope(_checked(response, location, is_essential=is_essential))

    def _request(
        self,
        method: str,
        route: str,
        location: int | None,
        query: Query | None = None,
        *,
        is_repeatable: bool,
        path: str = "",
        body: Any = None,
    ) -> HttpResponse:
        """Send a request; give a token that did not work one more chance; return whatever is answered."""

        def send() -> HttpResponse:
            return self._send(
                method, route, path, query, body, user_token=self.tokens.access(), is_repeatable=is_repeatable
            )

        path = path or route.replace("{location}", str(location))
        response = send()
        if response.status == 401:
            self.tokens.rejected()
            response = send()
        return response

    def _send(
        self,
        method: str,
        route: str,
        path: str,
        query: Query | None,
        body: Any,
        *,
        user_token: str,
        is_repeatable: bool,
    ) -> HttpResponse:
        user = f", User {user_token}" if user_token else ""
        try:
            return self.http.request(
                method,
                f"{self.base_url}/api/v1{path}",
                route=route,
                headers={"Authorization": f"Bearer {self.partner_token}{user}", "Accept": self.accept},
                deadline=self.deadline,
                repeatable=is_repeatable,
                params=query,
                json=body,
                before_attempt=lambda: self.limiter.acquire(self.rates, self.lane, self.deadline),
            )
        except RateLimited as error:
            if error.reason == "provider":
                self.limiter.penalise(self.rates[-1], error.wait)
            raise


def _checked(response: HttpResponse, location: int | None, *, is_essential: bool = True) -> HttpResponse:
    """Return a success or raise. A refusal of what is not essential is no loss of access."""
    if 200 <= response.status < 300:
        return response
    params = {} if location is None else {"location": location}
    lost = {401: Revoked.TOKEN, 402: Revoked.PAYMENT, 403: Revoked.RIGHTS}.get(response.status)
    if lost is not None and (is_essential or lost == Revoked.TOKEN):
        raise Revoked(lost, provider="altegio", params=params)
    if response.status == 404:
        raise NotFound("location", params=params)
    raise Rejected(lost or "validation", params=params | {"status": response.status})


def _envelope(response: HttpResponse) -> tuple[Any, dict[str, Any]]:
    """Return `data` and `meta` of an answer; some old routes answer with the bare data (contract §0.4)."""
    if response.status == 204 or not response.content:
        return None, {}
    try:
        answer = pydantic_core.from_json(response.content)
    except ValueError:
        raise Transient("unreadable_answer") from None
    if not isinstance(answer, dict) or ("success" not in answer and "data" not in answer):
        return answer, {}
    if answer.get("success") is False:
        raise Transient("unreadable_answer")
    meta = answer.get("meta")
    return answer.get("data"), meta if isinstance(meta, dict) else {}


def _rows(data: Any) -> list[Any]:
    if not data:
        return []
    if not isinstance(data, list):
        raise Transient("unreadable_answer")
    return data


def _company(row: Any) -> Company:
    return _understood(Company, row)


def _understood[M: pydantic.BaseModel](model: type[M], row: Any) -> M:
    try:
        return validated(model, row)
    except pydantic.ValidationError:
        raise Transient("unreadable_answer") from None


def _wall_clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"
