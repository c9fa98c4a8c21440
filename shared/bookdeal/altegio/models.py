"""Altegio's objects as they come over the wire, and their translation into Bookdeal's own (contract §0.4, §0.5, §4.3).

The wire is written by PHP and by several generations of code: an absent relation is null or `[]`, an id or a flag may
be a text, a key may be missing. All that is read alike. What is read wrongly would move a deal wrongly, so a row whose
id, time, status, price or client cannot be understood is `Unreadable`, never guessed.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from bookdeal.model.booking import Booking, BookingStatus, Client, Employee, Location, ProductLine, ServiceLine
from bookdeal.model.client import ClientTotals, Membership


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A booking that could not be understood. `id` is 0 if even that could not; `reason` names the part, no data."""

    id: int
    reason: str


class _Wire(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, str_strip_whitespace=True, extra="ignore")


class _Line(_Wire):
    """A service or a product of a record. The older the source, the fewer of the prices are there."""

    id: int = 0
    title: str = ""
    amount: Decimal | None = None
    cost_to_pay: Decimal | None = None
    cost: Decimal | None = None
    manual_cost: Decimal | None = None

    @property
    def final_cost(self) -> Decimal:
        """What is paid for the line: the most final of the prices that are given."""
        for cost in (self.cost_to_pay, self.cost, self.manual_cost):
            if cost is not None:
                return cost
        return Decimal(0)


class _Person(_Wire):
    id: int = 0
    name: str = ""
    surname: str = ""
    display_name: str = ""
    phone: str = ""
    email: str = ""

    @property
    def full_name(self) -> str:
        """The name as the location shows it."""
        return (self.display_name or f"{self.name} {self.surname}").strip()


class _Staff(_Wire):
    id: int = 0
    name: str = ""


class _Payment(_Wire):
    """Money that came in for a record."""

    amount: Decimal = Decimal(0)


class Record(_Wire):
    """A booking as Altegio gives it (contract §4.3)."""

    id: int
    staff_id: int = 0
    services: list[_Line] = []
    goods_transactions: list[_Line] = []
    staff: _Staff | None = None
    client: _Person | None = None
    comer: _Person | None = None
    clients_count: int = 1
    date: str = ""
    moment: str = Field("", alias="datetime")
    last_change_date: str
    create_date: str = ""
    online: bool = False
    visit_attendance: int | None = None
    attendance: int | None = None
    seance_length: int = 0
    length: int = 0
    api_id: str = ""
    visit_id: int = 0
    deleted: bool = False
    paid_full: int = 0
    activity_id: int = 0
    created_user_id: int = 0
    finance_transactions: list[_Payment] = []

    def booking(self, location: int, *, with_payments: bool) -> Booking:
        """Return the booking. Raises `_NotUnderstood` for a time or a status that is none."""
        return Booking(
            location=location,
            id=self.id,
            status=self._status(),
            starts_at=self._starts_at(),
            length=self.seance_length or self.length,
            employee=self._employee(),
            services=tuple(ServiceLine(s.id, s.title, _amount(s), s.final_cost) for s in self.services),
            products=tuple(ProductLine(product.title, product.final_cost) for product in self.goods_transactions),
            client=_client(self.client) if self.client is not None and self.client.id else None,
            visitor=self.comer.full_name if self.comer is not None else "",
            seats=self.clients_count,
            visit=self.visit_id or None,
            event=self.activity_id or None,
            online=self.online,
            paid_in_full=self.paid_full > 0,
            external_id="" if self.api_id == "0" else self.api_id,
            changed=self.last_change_date,
            creator=self.created_user_id or None,
            paid=sum((one.amount for one in self.finance_transactions), Decimal(0)) if with_payments else None,
            made=self.create_date,
        )

    def _status(self) -> BookingStatus:
        # There is no code for "cancelled": a cancelled booking is a deleted one.
        if self.deleted:
            return BookingStatus.CANCELLED
        code = self.visit_attendance if self.attendance is None else self.attendance
        status = None if code is None else _STATUSES.get(code)
        if status is None:
            raise _NotUnderstood("attendance")
        return status

    def _starts_at(self) -> datetime:
        # The offset beside `datetime` may be that of the wrong half of the year (contract §0.5): only the wall clock
        # counts.
        try:
            return datetime.fromisoformat(self.date or self.moment).replace(tzinfo=None)
        except ValueError:
            raise _NotUnderstood("date") from None

    def _employee(self) -> Employee | None:
        if self.staff is not None and self.staff.id:
            return Employee(self.staff.id, self.staff.name)
        return Employee(self.staff_id, "") if self.staff_id else None


_STATUSES = {
    -1: BookingStatus.NO_SHOW,
    0: BookingStatus.WAITING,
    1: BookingStatus.ARRIVED,
    2: BookingStatus.CONFIRMED,
}


class _NotUnderstood(Exception):
    """A part of a record has no meaning that is known; its text names the part."""


_MASKS = frozenset("*•xX")


def _amount(line: _Line) -> Decimal:
    return Decimal(1) if line.amount is None else line.amount


def _client(person: _Person) -> Client:
    return Client(person.id, person.full_name, _seen(person.phone), person.email)


def booking_of(row: Any, location: int, *, with_payments: bool = False) -> Booking | Unreadable:
    """Translate a record of `location` (parsed JSON). Never raises: a row that is not understood is `Unreadable`.

    `with_payments`: its payments were asked for too.
    """
    try:
        return validated(Record, row).booking(location, with_payments=with_payments)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        reason = ".".join(str(part) for part in (*first["loc"], first["type"]))
    except _NotUnderstood as error:
        reason = str(error)
    return Unreadable(_readable_id(row), reason)


def validated[T: BaseModel](model: type[T], value: Any) -> T:
    """Validate; a value that fails is tried once more with all that is empty taken as missing.

    So the common row pays nothing for the rare one. Raises `pydantic.ValidationError`.
    """
    try:
        return model.model_validate(value)
    except pydantic.ValidationError:
        return model.model_validate(_without_empty_parts(value))


def _without_empty_parts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_empty_parts(part) for key, part in value.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        return [_without_empty_parts(part) for part in value]
    return value


def _readable_id(row: Any) -> int:
    id = row.get("id") if isinstance(row, dict) else None
    try:
        return _IDS.validate_python(id)
    except pydantic.ValidationError:
        return 0


_IDS = pydantic.TypeAdapter(int)


class Service(_Wire):
    """A service of a location (contract §3.2)."""

    id: int
    category_id: int = 0


class Company(_Wire):
    """A location as Altegio gives it (contract §2.2)."""

    id: int
    title: str = ""
    city: str = ""
    country_id: str = ""
    phone: str = ""
    phones: list[str] = []
    # A number of hours, without summer time; in the oldest sources the zone's name.
    timezone: str = ""
    timezone_name: str = ""
    currency_short_title: str = ""
    active: bool = True

    def location(self) -> Location:
        """Return the location; `timezone` and `country` are "" when the company does not say."""
        return Location(
            id=self.id,
            title=self.title,
            city=self.city,
            country=self._country(),
            timezone=self.timezone_name or (self.timezone if "/" in self.timezone else ""),
            currency=self.currency_short_title,
            active=self.active,
        )

    def _country(self) -> str:
        """Return the country of the location's phone, else the one whose calling code its country id is."""
        import phonenumbers  # a large import that only this rare call needs

        for phone in (self.phone, *self.phones):
            try:
                number = phonenumbers.parse("+" + phone.removeprefix("+"))
            except phonenumbers.NumberParseException:
                continue
            if country := phonenumbers.region_code_for_number(number):
                return country
        calling_code = int(self.country_id) if self.country_id.isascii() and self.country_id.isdigit() else 0
        countries = phonenumbers.region_codes_for_country_code(calling_code)
        return countries[0] if len(countries) == 1 and countries[0] != "001" else ""


class Login(_Wire):
    """What a person's login and password are exchanged for (contract §1.2)."""

    id: int = 0
    user_token: str = Field(min_length=1)


class _Member(_Wire):
    id: int


class Group(_Wire):
    """A chain of locations (contract §2.1)."""

    id: int
    title: str = ""
    companies: list[_Member] = []


class StaffMember(_Wire):
    """Somebody who works, or has worked, at a location (contract §3.1)."""

    id: int
    name: str = ""
    fired: bool = False


class Category(_Wire):
    """A category of services (contract §3.2)."""

    id: int
    title: str = ""


class FoundClient(_Wire):
    """A client as a search shows him (contract §7.1): the totals are the only ones that are to be had in bulk.

    `sold_amount` is taken for the `spent` of his card and `visits_count` for its `visits`; no source says so in words,
    but live data agree. One source says `visit_count`.
    """

    id: int
    phone: str = ""
    email: str = ""
    sold_amount: Decimal = Decimal(0)
    visits_count: int = Field(0, validation_alias=pydantic.AliasChoices("visits_count", "visit_count"))
    last_visit_date: str = ""

    def totals(self) -> ClientTotals:
        """Return the client's totals."""
        return ClientTotals(
            client=self.id,
            phone=_seen(self.phone),
            purchases=self.sold_amount,
            visits=self.visits_count,
            last_visit=_wall_clock(self.last_visit_date),
            email=self.email,
        )


_TOTALS = (("sold_amount",), ("visits_count", "visit_count"))


def found_client_of(row: Any) -> ClientTotals | None:
    """Translate a row of a search, None when it is not understood. An empty total is 0, one that is absent is not."""
    if not isinstance(row, dict) or not all(any(name in row for name in names) for names in _TOTALS):
        return None
    try:
        return validated(FoundClient, row).totals()
    except pydantic.ValidationError:
        return None


class ClientCard(_Wire):
    """A client's card (contract §7.2). It does not tell when he was there last."""

    id: int
    phone: str = ""
    email: str = ""
    spent: Decimal = Decimal(0)
    visits: int = 0

    def totals(self, last_visit: datetime | None) -> ClientTotals:
        """Return the client's totals."""
        return ClientTotals(self.id, _seen(self.phone), self.spent, self.visits, last_visit, self.email)


class HistoryRecord(_Wire):
    """A booking in a client's history of visits (contract §7.4)."""

    date: str = ""

    @property
    def starts_at(self) -> datetime | None:
        """When it was, by the location's wall clock."""
        return _wall_clock(self.date)


class _Category(_Wire):
    title: str = ""


class _BalanceLink(_Wire):
    count: int = 0
    category: _Category = _Category()


class _Balance(_Wire):
    links: list[_BalanceLink] = []


class _Status(_Wire):
    id: int = 0


class _MembershipType(_Wire):
    title: str = ""


ISSUED, ACTIVATED, EXPIRED = 1, 2, 3
"""The states of a membership whose codes are known; "used up" is another whose code is not (contract §8.1)."""

_COUNT_IN_TEXT = re.compile(r"\([x×х]\s*(\d+)\)")


class Abonement(_Wire):
    """A membership as Altegio gives it (contract §8.1)."""

    id: int
    number: str = ""
    balance_string: str = ""
    activated_date: str = ""
    expiration_date: str = ""
    is_frozen: bool = False
    status: _Status = _Status()
    is_united_balance: bool = False
    united_balance_services_count: int = 0
    balance_container: _Balance = _Balance()
    type: _MembershipType = _MembershipType()

    def membership(self, location: Location) -> Membership:
        """Return the membership. Raises ValueError for a date that is none."""
        remaining, parts = self._remaining()
        return Membership(
            id=self.id,
            location=location.id,
            title=self.type.title or self.number or str(self.id),
            starts=_instant(self.activated_date, location.timezone),
            ends=_instant(self.expiration_date, location.timezone),
            remaining=remaining,
            parts=parts,
            is_frozen=self.is_frozen,
            is_over=self.status.id == EXPIRED,
        )

    def _remaining(self) -> tuple[int | None, tuple[tuple[str, int], ...]]:
        """Return the visits left, and those by category.

        The container has been seen at 0 while the text still showed a rest, so the larger of the two counts. Where
        neither counts, a membership in force is without limit.
        """
        links = self.balance_container.links
        told = [int(count) for count in _COUNT_IN_TEXT.findall(self.balance_string)]
        counts = [sum(told)] if told else []
        if self.is_united_balance:
            counts.append(self.united_balance_services_count)
        elif links:
            counts.append(sum(link.count for link in links))
        if not counts:
            return (None if self.status.id in (0, ISSUED, ACTIVATED) else 0), ()
        remaining = max(counts)
        if len(links) < 2 or self.is_united_balance or remaining != sum(link.count for link in links):
            return remaining, ()
        return remaining, tuple((link.category.title, link.count) for link in links)


def membership_of(row: Any, location: Location) -> Membership | None:
    """Translate a membership, None when it is not understood."""
    try:
        return validated(Abonement, row).membership(location)
    except (pydantic.ValidationError, ValueError):
        return None


def _seen(phone: str) -> str:
    # Without the right to see phones they come masked (contract §15.20): such a phone is worth nothing.
    return phone if _MASKS.isdisjoint(phone) else ""


def _wall_clock(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _instant(told: str, zone: str) -> int | None:
    """Return a moment as unix seconds, None for none: told as a text with an offset, without one, or as seconds.

    Raises ValueError for anything else.
    """
    if not told or told == "0":
        return None
    if told.isascii() and told.isdigit():
        return int(told)
    moment = datetime.fromisoformat(told)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone or "UTC"))).timestamp())


HOOKS = ("record", "finances_operation", "goods_operations_sale", "client")
"""The hooks that ring for us (contract §9.1): a booking, what may change its price or whether it is paid, a client."""

MAX_HOOK_URLS = 10


@dataclass(frozen=True, slots=True)
class HookSettings:
    """Where a location's hooks ring and which of them do. They are shared with all other integrations of the location.

    `flags` holds every switch that Altegio named, ours and others', so that saving loses none.
    """

    urls: tuple[str, ...]
    active: bool
    flags: tuple[tuple[str, bool], ...]

    def rings(self, url: str) -> bool:
        """Whether what we need rings at `url`."""
        flags = dict(self.flags)
        return self.active and url in self.urls and all(flags.get(hook, False) for hook in HOOKS)

    def ringing(self, url: str, instead_of: Collection[str] = ()) -> "HookSettings":
        """Return these settings so changed that what we need rings at `url`; all else stays, `instead_of` goes."""
        others = tuple(known for known in self.urls if known != url and known not in instead_of)
        flags = dict(self.flags) | dict.fromkeys(HOOKS, True)
        return HookSettings((*others, url), True, tuple(sorted(flags.items())))

    def without(self, urls: Collection[str]) -> "HookSettings":
        """Return these settings so changed that nothing rings at `urls`; what rings elsewhere stays.

        The last url of a location cannot be taken off (contract §9.1): then the hooks are switched off instead.
        """
        others = tuple(known for known in self.urls if known not in urls)
        return replace(self, urls=others) if others else replace(self, active=False)


def hook_settings_of(data: Any) -> HookSettings:
    """Read hook settings (contract §9.1): a location without hooks has one empty url."""
    body = data if isinstance(data, dict) else {}
    urls = tuple(url for url in body.get("urls") or () if isinstance(url, str) and url)
    flags = {
        name: value in (True, 1, "1")
        for name, value in body.items()
        if name != "active" and isinstance(value, bool | int | str) and value in (True, False, 0, 1, "0", "1")
    }
    return HookSettings(urls, body.get("active") in (True, 1, "1"), tuple(sorted(flags.items())))


def hook_settings_body(settings: HookSettings) -> dict[str, Any]:
    """Write hook settings: the whole of them, for a POST replaces all."""
    return {
        "urls": list(settings.urls),
        "active": int(settings.active),
        **{name: int(on) for name, on in settings.flags},
    }
