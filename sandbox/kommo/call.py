"""One API request: whose it is, and the shapes that answers share (contract §1)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from sandbox.simulator import BrokenJson, json_answer, read_json

from .filters import Nested, parse_brackets
from .problems import Errors, Problem, invalid, missing
from .state import Account, User

if TYPE_CHECKING:
    from .app import KommoSimulator

PAGE_LIMIT = 250
DEFAULT_LIMIT = 50


@dataclass(slots=True)
class Call:
    """A request of an account's user; `client_id` is the integration's, None for a person or a control call."""

    simulator: "KommoSimulator"
    account: Account
    user: User
    client_id: str | None
    base: str

    def stamp(self) -> int:
        """The moment to stamp with, in unix seconds."""
        return self.simulator.clock.stamp()

    def next_id(self, name: str) -> int:
        """The next id of that kind of thing."""
        return self.simulator.sequences.next(name)

    def href(self, path: str) -> dict[str, Any]:
        """The `_links` of something at a path below `/api/v4`."""
        return {"self": {"href": f"{self.base}/api/v4{path}"}}

    def require_admin(self) -> None:
        """Refuse with 403 who is no administrator."""
        if not self.user.is_admin:
            raise Problem(403, "Forbidden")


CALL = web.RequestKey("call", Call)


def call_of(request: web.Request) -> Call:
    """The call behind a request."""
    return request[CALL]


def query_of(request: web.Request) -> Nested:
    """The query string, brackets resolved."""
    return parse_brackets(request.rel_url.raw_query_string)


def with_of(request: web.Request) -> set[str]:
    """The words of `with=`."""
    return {word.strip() for word in request.query.get("with", "").split(",")}


def filter_of(request: web.Request) -> Nested:
    """The `filter`; empty when the account's filters are off (contract §4.2), 403 when they are refused."""
    given = query_of(request).get("filter")
    if not isinstance(given, dict) or not given:
        return {}
    mode = call_of(request).account.behaviour.api_filter
    if mode == "refused":
        raise Problem(403, "Forbidden")
    return {} if mode == "ignored" else given


def hal(data: Any, status: int = 200) -> web.Response:
    """A successful answer."""
    return json_answer(data, status, "application/hal+json")


def nothing() -> web.Response:
    """204: an empty list, an unknown id, or done."""
    return web.Response(status=204)


async def read_elements(request: web.Request, *, most: int = PAGE_LIMIT) -> list[dict[str, Any]]:
    """The body of a batch write: a list of objects. Refuses empty bodies (400) and more than `most` (422)."""
    data = await read_body(request)
    if isinstance(data, dict):
        data = [data]
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise Problem(400, "Request validation failed", **{"validation-errors": []})
    if not data:
        raise Problem(400, "Request data can not be empty")
    if len(data) > most:
        raise Problem(422, f"Limit {most} per page")
    return data


async def read_object(request: web.Request) -> dict[str, Any]:
    """The body of a single write: an object."""
    data = await read_body(request)
    if not isinstance(data, dict):
        raise Problem(400, "Request validation failed", **{"validation-errors": []})
    return data


async def read_body(request: web.Request) -> Any:
    """The body as JSON; refuses nothing at all and what is not JSON with 400."""
    try:
        data = await read_json(request)
    except BrokenJson as error:
        raise Problem(400, "Request validation failed", **{"validation-errors": []}) from error
    if data is None:
        raise Problem(400, "Request data can not be empty")
    return data


def write_each[P, W](
    call: Call,
    elements: list[dict[str, Any]],
    check: Callable[[dict[str, Any], Errors], P],
    commit: Callable[[P], W],
) -> list[tuple[str, W]]:
    """Check all elements of a batch, then commit them; each outcome with its `request_id`.

    `check` adds to the errors it is given what is wrong with an element. When there is any, all of the batch is refused
    and nothing written, or, if the account behaves so, only the elements that are wrong.
    """
    checked: list[tuple[str, P]] = []
    refused: list[tuple[str, Errors]] = []
    for place, element in enumerate(elements):
        errors: Errors = []
        plan = check(element, errors)
        if errors:
            refused.append((request_id(element, place), errors))
        else:
            checked.append((request_id(element, place), plan))
    if refused and call.account.behaviour.batch_refusal == "all":
        raise invalid(refused)
    outcomes = [(number, commit(plan)) for number, plan in checked]
    if refused:
        raise invalid(refused)
    return outcomes


def request_id(element: dict[str, Any], place: int) -> str:
    """The client's own id of an element, else its ordinal."""
    given = element.get("request_id")
    return str(place) if given is None else str(given)


def required(element: dict[str, Any], *keys: str) -> Errors:
    """Validation errors for the absent ones of the mandatory keys."""
    return [missing(key) for key in keys if element.get(key) in (None, "")]


def page_of(request: web.Request, *, most: int = PAGE_LIMIT) -> tuple[int, int]:
    """`page` (from 1) and `limit`; refuses limits above 250 with 422, cuts down to `most`."""
    page, limit = _positive(request.query.get("page"), 1), _positive(request.query.get("limit"), DEFAULT_LIMIT)
    if limit > PAGE_LIMIT:
        raise Problem(422, f"Limit {PAGE_LIMIT} per page")
    return page, min(limit, most)


def _positive(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and int(text) > 0 else otherwise


def cut[T](found: Sequence[T], page: int, limit: int) -> tuple[Sequence[T], bool]:
    """The page of a list, and whether another follows."""
    return found[(page - 1) * limit : page * limit], len(found) > page * limit


def paged(
    request: web.Request, key: str, items: list[dict[str, Any]], *, page: int, limit: int, more: bool
) -> web.Response:
    """A paged list in its envelope, without a total; 204 when it is empty."""
    if not items:
        return nothing()
    links = {"self": _page_link(request, page, limit)}
    if more:
        links["next"] = _page_link(request, page + 1, limit)
    if page > 1:
        links["first"] = _page_link(request, 1, limit)
        links["prev"] = _page_link(request, page - 1, limit)
    return hal({"_page": page, "_links": links, "_embedded": {key: items}})


def _page_link(request: web.Request, page: int, limit: int) -> dict[str, str]:
    given = parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)
    kept = [(name, value) for name, value in given if name not in ("page", "limit")]
    query = urlencode([*kept, ("page", page), ("limit", limit)], safe="")
    return {"href": f"{call_of(request).base}{request.path}?{query}"}


def whole(request: web.Request, key: str, items: list[dict[str, Any]], **more: Any) -> web.Response:
    """A small list in its envelope, with its total."""
    links = {"self": {"href": f"{call_of(request).base}{request.path_qs}"}}
    return hal({"_total_items": len(items), **more, "_links": links, "_embedded": {key: items}})


def written(request: web.Request, key: str, items: list[dict[str, Any]], status: int = 200) -> web.Response:
    """The answer to a batch write."""
    links = {"self": {"href": f"{call_of(request).base}{request.path}"}}
    return hal({"_links": links, "_embedded": {key: items}}, status)


def brief(items: Iterable[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Ids with their links, for what is embedded."""
    return [{"id": number, "_links": links} for number, links in items]
