"""The widget's API: one `Api` per function, a route per resource, errors as codes, nothing about persons in the log.

How a route is added:

    api = widget_api("settings")  # bookdeal.installs.calls; one per function
    handler = api  # app.handler in the template

    @api.put("/users/{user}", admin=True)
    def save_user(user: Id, body: UserBody) -> UserBody:
        \"\"\"Save which locations a user works with.\"\"\"
        return UserBody.of(users.save(api.call, user, body.locations))

1. The path is written as in template.yaml, where the route needs an event of its own; each path also needs one for
   OPTIONS. `admin` lets administrators only through. A POST takes the token's one use, unless `repeatable` says that
   doing the same twice is harmless; other methods are harmless by their nature.
2. Parameters and body are pydantic types: closed models (`Body`), bounded values (`Id`, `Text`). What does not fit is
   answered 422 with the field's path. The docstring's first line becomes the summary in docs/openapi.json, which
   `make openapi` writes.
3. `api.call` is the request under way: who asks, and what it takes to serve him (`bookdeal.installs.calls.Call`).
4. What goes wrong is raised, as an error of `bookdeal.runtime.errors`; the answer is its HTTP status with
   `{"error": {"code", "params", "field"?}}`. The code is the error's reason; of trouble that passes or that lies with a
   provider (RateLimited, Transient, UnknownOutcome, Revoked) it is the kind, the reason a parameter. `Faulty` names
   several faults at once: `faults` lists them all. Texts are the widget's.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any, Protocol

import pydantic_core
from aws_lambda_powertools.event_handler.api_gateway import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from bookdeal.runtime.errors import (
    BookdealError,
    Faulty,
    Invalid,
    NotFound,
    RateLimited,
    Revoked,
    Transient,
    Unauthorised,
    UnknownOutcome,
)
from bookdeal.runtime.observe import UnexpectedError, Unit, unit

LARGEST_BODY = 256 * 1024
"""Bytes of a request's body."""
TOKEN_HEADER = "x-auth-token"  # noqa: S105 - the name of a header
MARGIN = 1.5
"""Seconds kept for answering before Lambda ends the process."""
_PREFLIGHT_KEPT = 7200
_LARGEST_ID = 2**53 - 1

type Id = Annotated[int, Field(ge=1, le=_LARGEST_ID)]
"""An id of a provider's. It fits every language that reads JSON."""
type Ids = Annotated[str, Field(pattern=r"^(\d{1,15}(,\d{1,15}){0,99})?$")]
"""Ids in a query, with commas between them."""
type Text = Annotated[str, Field(max_length=1000)]
type Answer = dict[str, Any]
"""What a function behind the REST API returns."""


def ids(text: str) -> tuple[int, ...]:
    """Return the ids of a query, each once."""
    return tuple(dict.fromkeys(int(part) for part in text.split(",") if part))


class Body(BaseModel):
    """A body of the API: what is not named is refused, so that a misspelt field does not pass for one left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Asked(Body):
    """The command that was asked for; `GET /commands/{command}` tells what came of it."""

    command: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user of the Kommo account that an installation is. `is_admin` None: the token does not say."""

    installation: str
    user: int
    is_admin: bool | None


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may use a route: `admin`, administrators only; `once`, a token opens it one time."""

    admin: bool
    once: bool


class Door[C](Protocol):
    """Lets a request in, or raises Unauthorised or Forbidden."""

    def __call__(self, token: str, policy: Policy, seconds: float, current: Unit) -> AbstractContextManager[C]:
        """Open the call of the token's owner, which must end within so many seconds."""
        ...


class _TooLarge(Invalid):
    http_status = 413


class _Unsupported(Invalid):
    http_status = 415


class _DoesNotFit(Invalid):
    http_status = 422


class Api[C]:
    """The routes of one function. `service` names it in logs; `is_origin` tells where the widget may call from."""

    def __init__(self, service: str, door: Door[C], is_origin: Callable[[str], bool]) -> None:
        self.resolver = APIGatewayRestResolver(enable_validation=True, json_body_deserializer=_json)
        self.policies: dict[tuple[str, str], Policy] = {}
        self._service = service
        self._door = door
        self._is_origin = is_origin
        self._call: C | None = None
        # Powertools would log what it does not know, with its text: everything is answered by `__call__` instead.
        self.resolver.exception_handler(Exception)(_raise)
        self.resolver.exception_handler(NotFoundError)(_no_such_route)

    @property
    def call(self) -> C:
        """The request under way. RuntimeError outside one."""
        if self._call is None:
            raise RuntimeError("no request is under way")
        return self._call

    def get[F: Callable[..., Any]](self, path: str, *, admin: bool = False) -> Callable[[F], F]:
        """Add a route that reads."""
        return self._route("GET", path, Policy(admin, once=False))

    def put[F: Callable[..., Any]](self, path: str, *, admin: bool = False) -> Callable[[F], F]:
        """Add a route that sets what is named: the same again changes nothing."""
        return self._route("PUT", path, Policy(admin, once=False))

    def delete[F: Callable[..., Any]](self, path: str, *, admin: bool = False) -> Callable[[F], F]:
        """Add a route that removes what is named."""
        return self._route("DELETE", path, Policy(admin, once=False))

    def post[F: Callable[..., Any]](
        self, path: str, *, admin: bool = False, repeatable: bool = False
    ) -> Callable[[F], F]:
        """Add a route that does something, by default once for each token."""
        return self._route("POST", path, Policy(admin, once=not repeatable))

    def _route[F: Callable[..., Any]](self, method: str, path: str, policy: Policy) -> Callable[[F], F]:
        self.policies[method, path] = policy

        def add(function: F) -> F:
            summary, _, rest = (function.__doc__ or "").partition("\n")
            add_route = self.resolver.route(
                path.replace("{", "<").replace("}", ">"),
                method,
                summary=summary.strip(),
                description=" ".join(rest.split()) or None,
                operation_id=function.__name__,
                tags=[self._service],
            )
            return add_route(function)

        return add

    def __call__(self, event: Mapping[str, Any], context: Any) -> Answer:
        """Answer a request of the REST API, whatever happens; each leaves one line in the log."""
        request = event.get("requestContext") or {}
        headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
        method, path = str(event.get("httpMethod")), str(event.get("resource"))
        known = {"method": method, "route": path, "correlation_id": str(request.get("requestId") or "")}
        try:
            with unit(self._service, "request", **known) as current:
                try:
                    status, body = self._served(event, headers, method, path, context, current)
                except BookdealError as error:
                    current.note(status=error.http_status)
                    raise
                current.note(status=status)
            more: dict[str, str] = {}
        except BookdealError as error:
            status, body, more = _refused(error)
        except UnexpectedError:
            status, body, more = 500, _error("internal", {}), {}
        cors = self._cors(headers.get("origin", ""), path if method == "OPTIONS" else None)
        kind = {"Content-Type": "application/json", "Cache-Control": "no-store"} if body else {}
        return {"statusCode": status, "headers": kind | cors | more, "body": body, "isBase64Encoded": False}

    def _served(
        self, event: Mapping[str, Any], headers: Mapping[str, str], method: str, path: str, context: Any, current: Unit
    ) -> tuple[int, str]:
        if method == "OPTIONS":
            return 204, ""
        policy = self.policies.get((method, path))
        if policy is None:
            raise NotFound("route")
        body = _body(event)
        current.note(bytes=len(body))
        if body and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _Unsupported("content_type")
        token = headers.get(TOKEN_HEADER, "")
        if not token:
            raise Unauthorised("no_token")
        seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN
        with self._door(token, policy, seconds, current) as call:
            self._call = call
            try:
                given = {**event, "body": body, "isBase64Encoded": False}
                answer = self.resolver.resolve(given, context)
            except RequestValidationError as error:
                raise _fault(error) from None
            except RequestUnsupportedContentType:
                # An empty body of a kind that is not ours.
                raise _Unsupported("content_type") from None
            finally:
                self._call = None
        return answer["statusCode"], answer.get("body") or ""

    def _cors(self, origin: str, preflight: str | None) -> dict[str, str]:
        """Return the headers that let a page of this origin see the answer, none for an origin that is not ours."""
        if not origin or not self._is_origin(origin):
            return {"Vary": "Origin"}
        allowed = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        if preflight is None:
            return allowed | {"Access-Control-Expose-Headers": "Retry-After"}
        methods = sorted(method for method, path in self.policies if path == preflight)
        return allowed | {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": f"content-type, {TOKEN_HEADER}",
            "Access-Control-Max-Age": str(_PREFLIGHT_KEPT),
        }


def _raise(error: Exception) -> None:
    raise error


def _no_such_route(_: NotFoundError) -> None:
    raise NotFound("route")


def _body(event: Mapping[str, Any]) -> str:
    text = str(event.get("body") or "")
    if len(text) > 2 * LARGEST_BODY:
        raise _TooLarge("too_large", params={"most": LARGEST_BODY})
    try:
        data = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
        if len(data) > LARGEST_BODY:
            raise _TooLarge("too_large", params={"most": LARGEST_BODY})
        return data.decode()
    except (binascii.Error, UnicodeError):
        raise Invalid("unreadable_body") from None


def _json(text: str) -> Any:
    # Unlike json, this refuses what is nested too deeply or holds half a character.
    try:
        return pydantic_core.from_json(text, allow_inf_nan=False)
    except ValueError:
        raise Invalid("unreadable_body") from None


def _fault(error: RequestValidationError) -> Invalid:
    """Return the first of a request's faults, at its field. It names neither a value nor a sentence."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    return _DoesNotFit("does_not_fit", field=field[:200], params={"rule": str(first["type"])[:60]})


def _refused(error: BookdealError) -> tuple[int, str, dict[str, str]]:
    wait = getattr(error, "wait", None)
    more = {} if wait is None else {"Retry-After": str(max(1, ceil(wait)))}
    if isinstance(error, RateLimited | Transient | UnknownOutcome | Revoked):
        # What a person is told is the kind of trouble; where it arose is a detail.
        told = _error(error.code, {**error.params, "reason": error.reason})
    else:
        told = _error(
            error.reason or error.code,
            error.params,
            error.field if isinstance(error, Invalid) else "",
            error.faults if isinstance(error, Faulty) else (),
        )
    return error.http_status, told, more


def _error(
    code: str, params: Mapping[str, Any], field: str = "", faults: Sequence[tuple[str, str, Mapping[str, Any]]] = ()
) -> str:
    told: dict[str, Any] = {"code": code, "params": dict(params)}
    if field:
        told["field"] = field
    if faults:
        told["faults"] = [{"code": code, "field": field, "params": params} for code, field, params in faults]
    return pydantic_core.to_json({"error": told}).decode()
