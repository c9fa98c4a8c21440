"""Requests and answers as Altegio's REST has them: envelope, refusals, parameters (contract §0.4, §1.3)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from . import times
from .account_model import User
from .model import Location

if TYPE_CHECKING:
    from .state import World

ACCEPTED = ("application/vnd.api.v2+json", "application/vnd.yclients.v2+json")
LIST_MAXIMUM = 300


class Refused(Exception):
    """The request is answered with an error: `message` and `errors` go into `meta`."""

    def __init__(self, status: int, message: str = "", errors: Any = None, meta: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.meta: Any = meta
        if meta is None and (message or errors):
            self.meta = {"message": message, **({} if errors is None else {"errors": errors})}

    @property
    def body(self) -> dict[str, Any]:
        """The error envelope."""
        return {"success": False, "data": None, "meta": [] if self.meta is None else self.meta}


def not_found() -> Refused:
    """An unknown entity, or one of another location: 404 without a word (contract §1.3)."""
    return Refused(404)


def invalid(field_name: str, text: str) -> Refused:
    """422 for one field."""
    return Refused(422, "Validation error", {field_name: [text]})


@dataclass(slots=True)
class Answer:
    """What a handler gives back. `bare` answers come without the envelope, `empty` ones without a body."""

    data: Any = None
    meta: Any = field(default_factory=list)
    status: int = 200
    bare: bool = False
    empty: bool = False
    headers: dict[str, str] = field(default_factory=dict)


NO_CONTENT = Answer(status=204, empty=True)


def accepted(status: int) -> dict[str, Any]:
    """The body of writes that are only acknowledged: `data` is missing (contract §0.4)."""
    return {"success": True, "meta": {"message": "Accepted"}} if status != 204 else {}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something: a user (0: a client online), through a partner's token ("": the salon's own screens)."""

    user_id: int = 0
    partner: str = ""


@dataclass(slots=True)
class Call:
    """One request after authorisation. `location` is set on routes of a location; `user` None without a user token."""

    request: web.Request
    world: "World"
    partner: str
    user: User | None
    body: Any
    here: Location | None = None

    @property
    def location(self) -> Location:
        """The location of the path."""
        if self.here is None:
            raise not_found()
        return self.here

    @property
    def actor(self) -> Actor:
        """Who is asking."""
        return Actor(self.user.id if self.user else 0, self.partner)

    @property
    def zone(self) -> ZoneInfo:
        """The location's zone."""
        return self.location.zone

    def number(self, name: str) -> int:
        """A numeric part of the path; 404 when it is none."""
        text = self.request.match_info[name]
        if not text.lstrip("-").isdigit():
            raise not_found()
        return int(text)

    def text(self, *names: str) -> str:
        """The first given query parameter of these names, "" when there is none."""
        for name in names:
            if (value := self.request.query.get(name)) is not None:
                return value.strip()
        return ""

    def integer(self, *names: str) -> int | None:
        """A query parameter as an integer; 400 when it is something else; None when absent or empty."""
        text = self.text(*names)
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise Refused(400, "Malformed parameters", {names[0]: ["must be an integer"]}) from None

    def flag(self, name: str) -> bool:
        """A 0/1 query parameter."""
        return self.text(name).lower() in ("1", "true")

    def many(self, *names: str) -> list[str]:
        """An array parameter `name[]=1&name[]=2`, also plain or comma-separated."""
        found: list[str] = []
        for name in names:
            for key in (f"{name}[]", name):
                for value in self.request.query.getall(key, []):
                    found.extend(part for part in value.split(",") if part)
        return found

    def integers(self, *names: str) -> list[int]:
        """An array parameter of integers; 400 for anything else."""
        try:
            return [int(value) for value in self.many(*names)]
        except ValueError:
            raise Refused(400, "Malformed parameters", {names[0]: ["must be integers"]}) from None

    def wall(self, name: str) -> int | None:
        """A date and time parameter as the location's wall; 400 when unreadable."""
        text = self.text(name)
        if not text:
            return None
        # A raw "+" of an offset arrives as a space.
        found = times.parse_wall(text, self.zone) or times.parse_wall("+".join(text.rsplit(" ", 1)), self.zone)
        if found is None:
            raise Refused(400, "Malformed parameters", {name: ["must be a date"]})
        return found

    def page(self, default: int, maximum: int = LIST_MAXIMUM, *, size_name: str = "count") -> tuple[int, int]:
        """(page from 1, page size), the size cut to what the route allows."""
        page = self.integer("page") or 1
        size = self.integer(size_name, "count", "limit") or default
        return max(1, page), max(1, min(size, maximum))

    def fields(self) -> dict[str, Any]:
        """The body as an object; 400 otherwise."""
        if not isinstance(self.body, dict):
            raise Refused(400, "Invalid request format")
        return self.body


Handle = Callable[[Call], Answer]
PARTNER, USER = "partner", "user"


@dataclass(frozen=True, slots=True)
class Route:
    """One route: `access` PARTNER or USER; `right` is the slug that the user must have in the location.

    A path with `{company}` (or v2's) makes the handler run inside that location.
    """

    method: str
    path: str
    handle: Handle
    access: str = USER
    right: str = ""


def whole(value: float) -> float | int:
    """Money and amounts as live Altegio writes them: integers where there are no cents."""
    return int(value) if value == int(value) else round(value, 2)


def digits(phone: Any) -> str:
    """A phone's digits."""
    return "".join(sign for sign in str(phone or "") if sign.isdigit())


def as_number(value: Any, default: float = 0) -> float:
    """A number given as a number or as a string; 422 otherwise."""
    if value in (None, "", [], {}):
        return default
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Refused(422, "Validation error", [f"{value!r} is not a number"]) from None


def as_id(value: Any) -> int:
    """An id given as an integer or a string of digits, 0 for nothing; 422 otherwise."""
    if value in (None, "", [], {}, False):
        return 0
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused(422, "Validation error", [f"{value!r} is not an id"]) from None


def as_objects(value: Any, name: str) -> list[dict[str, Any]]:
    """A list of objects, empty when nothing is given; 422 for anything else."""
    found = [] if value is None else value
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise invalid(name, "must be a list of objects")
    return found


def as_ids(value: Any) -> list[int]:
    """A list of ids in any of their shapes."""
    return [as_id(one) for one in value] if isinstance(value, list) else []
