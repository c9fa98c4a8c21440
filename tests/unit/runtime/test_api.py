import base64
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from bookdeal.runtime import observe
from bookdeal.runtime.api import LARGEST_BODY, Api, Body, Id, Policy, Text
from bookdeal.runtime.errors import (
    BookdealError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Rejected,
    Revoked,
    Transient,
    Unauthorised,
    UnknownOutcome,
)
from bookdeal.runtime.observe import Unit

ORIGIN, STRANGER = "https://acme.kommo.com", "https://evil.example.test"


class Door:
    """Lets in whoever says "user" or "admin"; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Policy]] = []

    @contextmanager
    def __call__(self, token: str, policy: Policy, seconds: float, current: Unit) -> Iterator[str]:
        self.asked.append((token, policy))
        assert seconds == pytest.approx(8.5)
        if token not in ("user", "admin"):
            raise Unauthorised("token")
        if policy.admin and token != "admin":
            raise Forbidden("administrators_only")
        current.note(installation="acme")
        yield token


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 10_000


class Given(Body):
    number: Id
    names: tuple[Text, ...] = ()


class Fixture:
    def __init__(self) -> None:
        self.door = Door()
        self.api: Api[str] = Api("example", self.door, lambda origin: origin == ORIGIN)
        self.error: Exception | None = None

        @self.api.get("/things/{thing}")
        def read_thing(thing: Id, wide: bool = False) -> dict[str, Any]:
            """Read a thing."""
            if self.error:
                raise self.error
            return {"thing": thing, "wide": wide, "who": self.api.call}

        @self.api.put("/things/{thing}", admin=True)
        def save_thing(thing: Id, body: Given) -> Given:
            """Save a thing."""
            return body

        @self.api.post("/things")
        def make_thing(body: Given) -> dict[str, Any]:
            """Make a thing."""
            return {"made": body.number}

        @self.api.post("/searches", repeatable=True)
        def search() -> dict[str, Any]:
            """Search."""
            return {}

    def ask(self, method: str, resource: str, path: str = "", token: str = "user", **more: Any) -> dict[str, Any]:
        body = more.pop("body", None)
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        headers = {"X-Auth-Token": token, "Origin": ORIGIN, "Content-Type": "application/json; charset=utf-8"}
        headers |= more.pop("headers", {})
        event = {
            "httpMethod": method,
            "resource": resource,
            "path": path or resource,
            "headers": {name: value for name, value in headers.items() if value},
            "requestContext": {"requestId": "request-1", "stage": "v1", "path": f"/v1{path or resource}"},
            "body": body,
            "isBase64Encoded": False,
            **more,
        }
        return self.api(event, Context())


def error(answer: Mapping[str, Any]) -> dict[str, Any]:
    told = json.loads(answer["body"])
    assert told.keys() == {"error"}
    found: dict[str, Any] = told["error"]
    return found


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    log = observe.logger("example")
    handler = Lines()
    handler.setFormatter(log.registered_formatter)
    log.addHandler(handler)
    yield handler.texts
    logging.getLogger("example").removeHandler(handler)


@pytest.fixture
def example() -> Fixture:
    return Fixture()


def test_a_route_answers_with_what_it_returns(example: Fixture) -> None:
    answer = example.ask("GET", "/things/{thing}", "/things/7", queryStringParameters={"wide": "true"})
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"thing": 7, "wide": True, "who": "user"}
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_no_call_is_open_outside_a_request(example: Fixture) -> None:
    example.ask("GET", "/things/{thing}", "/things/7")
    with pytest.raises(RuntimeError):
        _ = example.api.call


def test_a_body_comes_checked(example: Fixture) -> None:
    given = {"number": 7, "names": ["a"]}
    answer = example.ask("PUT", "/things/{thing}", "/things/7", "admin", body=given)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, given)


def test_a_body_may_come_encoded(example: Fixture) -> None:
    body = base64.b64encode(b'{"number": 7}').decode()
    answer = example.ask("POST", "/things", body=body, isBase64Encoded=True)
    assert json.loads(answer["body"]) == {"made": 7}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "number"),
        ({"number": 0}, "number"),
        ({"number": 2**53}, "number"),
        ({"number": "seven"}, "number"),
        ({"number": 7, "names": ["x" * 1001]}, "names.0"),
        ({"number": 7, "nmaes": []}, "nmaes"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(example: Fixture, body: Any, field: str) -> None:
    answer = example.ask("POST", "/things", body=body)
    assert answer["statusCode"] == 422
    told = error(answer)
    assert (told["code"], told["field"]) == ("does_not_fit", field)
    assert "seven" not in answer["body"]


@pytest.mark.parametrize("path", ["/things/x", "/things/0", "/things/1.5", "/things/-1"])
def test_a_path_that_does_not_fit_is_refused(example: Fixture, path: str) -> None:
    assert example.ask("GET", "/things/{thing}", path)["statusCode"] == 422


@pytest.mark.parametrize(
    "body", ["{", "[" * 100_000, '{"number": NaN}', '{"number": 7, "names": ["\\ud800"]}', "\ud800", "nonsense"]
)
def test_a_body_that_is_no_json_is_refused(example: Fixture, body: str) -> None:
    answer = example.ask("POST", "/things", body=body)
    assert (answer["statusCode"], error(answer)["code"]) == (400, "unreadable_body")


@pytest.mark.parametrize("body", ["null", "[]", "7", '"text"', "[[]]", ""])
def test_a_body_of_another_form_is_refused(example: Fixture, body: str) -> None:
    assert example.ask("POST", "/things", body=body)["statusCode"] in (400, 422)


@pytest.mark.parametrize("encoded", [False, True])
def test_a_large_body_is_refused_unread(example: Fixture, encoded: bool) -> None:
    body = "x" * (LARGEST_BODY + 1)
    if encoded:
        body = base64.b64encode(body.encode()).decode()
    answer = example.ask("POST", "/things", body=body, isBase64Encoded=encoded)
    assert (answer["statusCode"], error(answer)["params"]) == (413, {"most": LARGEST_BODY})
    assert example.door.asked == []


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""])
def test_only_json_is_taken(example: Fixture, kind: str) -> None:
    answer = example.ask("POST", "/things", body={"number": 7}, headers={"Content-Type": kind})
    assert (answer["statusCode"], error(answer)["code"]) == (415, "content_type")


def test_without_a_token_nothing_is_looked_at(example: Fixture) -> None:
    answer = example.ask("POST", "/things", token="", body={})
    assert (answer["statusCode"], error(answer)["code"]) == (401, "no_token")
    assert example.ask("POST", "/things", token="stranger", body={})["statusCode"] == 401


def test_who_asks_is_checked_before_what_he_says(example: Fixture) -> None:
    answer = example.ask("PUT", "/things/{thing}", "/things/7", body={"number": 0})
    assert (answer["statusCode"], error(answer)["code"]) == (403, "administrators_only")


def test_only_what_must_not_happen_twice_takes_a_token(example: Fixture) -> None:
    example.ask("GET", "/things/{thing}", "/things/7")
    example.ask("PUT", "/things/{thing}", "/things/7", "admin", body={"number": 7})
    example.ask("POST", "/things", body={"number": 7})
    example.ask("POST", "/searches")
    assert [policy for _, policy in example.door.asked] == [
        Policy(admin=False, once=False),
        Policy(admin=True, once=False),
        Policy(admin=False, once=True),
        Policy(admin=False, once=False),
    ]


@pytest.mark.parametrize(("method", "resource"), [("GET", "/nothing"), ("DELETE", "/things"), ("PATCH", "/things")])
def test_other_routes_are_not_found(example: Fixture, method: str, resource: str) -> None:
    answer = example.ask(method, resource)
    assert (answer["statusCode"], error(answer)["code"]) == (404, "route")


@pytest.mark.parametrize(
    ("raised", "status", "told"),
    [
        (
            Invalid("stage_gone", field="rules.0", params={"stage": 7}),
            400,
            {"code": "stage_gone", "params": {"stage": 7}, "field": "rules.0"},
        ),
        (Unauthorised("token"), 401, {"code": "token", "params": {}}),
        (Forbidden("administrators_only"), 403, {"code": "administrators_only", "params": {}}),
        (NotFound("user"), 404, {"code": "user", "params": {}}),
        (NotFound(), 404, {"code": "not_found", "params": {}}),
        (Conflict("changed", item={"name": "Ada"}), 409, {"code": "changed", "params": {}}),
        (Rejected("validation"), 422, {"code": "validation", "params": {}}),
        (RateLimited("budget", wait=2.5), 429, {"code": "rate_limited", "params": {"wait": 2.5, "reason": "budget"}}),
        (Transient("store"), 503, {"code": "transient", "params": {"wait": 1.0, "reason": "store"}}),
        (Revoked(Revoked.PAYMENT), 403, {"code": "revoked", "params": {"reason": "payment"}}),
        (UnknownOutcome("lost"), 504, {"code": "unknown_outcome", "params": {"reason": "lost"}}),
    ],
)
def test_errors_have_one_answer_each(
    example: Fixture, raised: BookdealError, status: int, told: dict[str, Any]
) -> None:
    example.error = raised
    answer = example.ask("GET", "/things/{thing}", "/things/7")
    assert (answer["statusCode"], error(answer)) == (status, told)
    wait = getattr(raised, "wait", None)
    assert answer["headers"].get("Retry-After") == (None if wait is None else {2.5: "3", 1.0: "1"}[wait])


def test_what_nobody_foresaw_is_answered_without_its_text(
    example: Fixture, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    example.error = ValueError("Ada Lovelace, +34600000101")
    answer = example.ask("GET", "/things/{thing}", "/things/7")
    assert (answer["statusCode"], error(answer)) == (500, {"code": "internal", "params": {}})
    (line,) = lines
    assert json.loads(line)["outcome"] == "crashed"
    assert "Ada" not in line
    assert [record.name for record in caplog.records] == ["example"]


def test_each_request_leaves_one_line(example: Fixture, lines: list[str]) -> None:
    example.ask("GET", "/things/{thing}", "/things/7")
    example.ask("POST", "/things", body={"number": "Ada"})
    fine, refused = (json.loads(line) for line in lines)
    assert (fine["message"], fine["method"], fine["route"]) == ("request", "GET", "/things/{thing}")
    assert (fine["installation"], fine["status"], fine["correlation_id"]) == ("acme", 200, "request-1")
    assert (refused["status"], refused["outcome"], refused["reason"]) == (422, "invalid", "does_not_fit")
    assert "Ada" not in json.dumps(refused)


def test_a_page_of_kommos_may_ask(example: Fixture) -> None:
    answer = example.ask("OPTIONS", "/things/{thing}", "/things/7", token="")
    assert (answer["statusCode"], answer["body"]) == (204, "")
    assert answer["headers"] == {
        "Access-Control-Allow-Origin": ORIGIN,
        "Access-Control-Allow-Methods": "GET, PUT",
        "Access-Control-Allow-Headers": "content-type, x-auth-token",
        "Access-Control-Max-Age": "7200",
        "Vary": "Origin",
    }
    refused = example.ask("GET", "/things/{thing}", "/things/7", token="stranger")
    assert refused["headers"]["Access-Control-Allow-Origin"] == ORIGIN
    assert refused["headers"]["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
@pytest.mark.parametrize("origin", [STRANGER, "null", ""])
def test_a_strangers_page_is_told_nothing(example: Fixture, method: str, origin: str) -> None:
    answer = example.ask(method, "/things/{thing}", "/things/7", headers={"Origin": origin})
    assert not [name for name in answer["headers"] if name.startswith("Access-Control")]
    assert answer["headers"]["Vary"] == "Origin"


def test_the_code_describes_itself(example: Fixture) -> None:
    told = json.loads(example.api.resolver.get_openapi_json_schema())
    assert told["paths"]["/things/{thing}"]["put"]["summary"] == "Save a thing."
    assert told["paths"]["/things"]["post"]["requestBody"]["required"] is True
