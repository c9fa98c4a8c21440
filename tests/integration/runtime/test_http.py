"""Each row of the error table in `bookdeal.runtime.http`, on canned answers."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.errors import BookdealError, Invalid, RateLimited, Rejected, Transient, UnknownOutcome
from bookdeal.runtime.http import LARGEST_ANSWER, Http, HttpResponse
from bookdeal.runtime.observe import Counters
from tests.manual_clock import ManualClock

URL = "https://acme.example.test/api/things"
NOT_CONNECTED = requests.ConnectionError(
    MaxRetryError(None, URL, NewConnectionError(None, "refused"))  # type: ignore[arg-type]
)
CUT = requests.ConnectionError("Connection aborted.")


@pytest.fixture
def canned() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def http(clock: ManualClock) -> Http:
    return Http(clock, lambda host: host == "acme.example.test", Counters(), "acme")


@pytest.fixture
def send(http: Http, clock: ManualClock) -> Callable[..., HttpResponse]:
    def send(method: str = "GET", *, repeatable: bool = True, seconds: float = 30, **more: Any) -> HttpResponse:
        return http.request(
            method,
            URL,
            route="/things",
            headers={"Authorization": "Bearer t"},
            deadline=Deadline.within(clock, seconds),
            repeatable=repeatable,
            **more,
        )

    return send


type Send = Callable[..., HttpResponse]


def test_a_request_is_sent_as_asked_and_counted(canned: responses.RequestsMock, send: Send, http: Http) -> None:
    canned.post(URL, json={"id": 7, "cost": 21.55}, status=201, headers={"Date": "Thu, 09 Oct 2025 08:53:20 GMT"})
    answer = send("POST", repeatable=False, json={"name": "Café"}, params={"filter[id][]": [1, 2], "limit": 250})
    assert answer.status == 201
    assert answer.json(parse_float=Decimal) == {"id": 7, "cost": Decimal("21.55")}
    assert answer.headers["content-type"] == "application/json"
    assert answer.date == 1_760_000_000
    request = canned.calls[0].request
    assert request.body == '{"name":"Café"}'.encode()
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == "Bearer t"
    assert request.url == URL + "?filter%5Bid%5D%5B%5D=1&filter%5Bid%5D%5B%5D=2&limit=250"
    assert http.counters.requests == {"acme POST /things": 1}


@pytest.mark.parametrize("status", [200, 204, 400, 401, 402, 403, 404, 409, 422])
@pytest.mark.parametrize("repeatable", [True, False])
def test_answers_that_a_client_understands_are_returned(
    canned: responses.RequestsMock, send: Send, status: int, repeatable: bool
) -> None:
    canned.get(URL, body=b"", status=status)
    assert send(repeatable=repeatable).status == status


FAILURES = [
    ({"body": NOT_CONNECTED}, Transient, "no_connection"),
    ({"body": requests.ConnectTimeout()}, Transient, "no_connection"),
    ({"status": 503}, Transient, "unavailable"),
    ({"status": 429}, RateLimited, "provider"),
]
LOST = [
    ({"body": CUT}, "connection_lost"),
    ({"body": requests.exceptions.ChunkedEncodingError()}, "connection_lost"),
    ({"body": requests.exceptions.SSLError()}, "connection_lost"),
    ({"body": requests.ReadTimeout()}, "no_answer"),
    ({"status": 500}, "server_error"),
    ({"status": 502}, "server_error"),
    ({"status": 504}, "server_error"),
]


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize(("answer", "kind", "reason"), FAILURES)
def test_what_was_certainly_not_done_is_tried_three_times(
    canned: responses.RequestsMock,
    send: Send,
    http: Http,
    clock: ManualClock,
    answer: dict[str, Any],
    kind: type[BookdealError],
    reason: str,
    repeatable: bool,
) -> None:
    for _ in range(3):
        canned.patch(URL, **answer)
    asked: list[float] = []
    with pytest.raises(kind) as caught:
        send("PATCH", repeatable=repeatable, before_attempt=lambda: asked.append(clock.now()))
    assert caught.value.reason == reason
    assert len(canned.calls) == len(asked) == 3
    assert http.counters.retries == 2
    assert http.counters.requests == {"acme PATCH /things": 3}
    assert http.counters.answered_ms.keys() == http.counters.requests.keys()
    assert http.counters.waited_ms == pytest.approx(sum(clock.slept) * 1000, abs=2)


@pytest.mark.parametrize(("answer", "reason"), LOST)
def test_a_lost_answer_is_asked_for_again_where_that_is_safe(
    canned: responses.RequestsMock, send: Send, clock: ManualClock, answer: dict[str, Any], reason: str
) -> None:
    for _ in range(3):
        canned.get(URL, **answer)
    with pytest.raises(Transient) as caught:
        send()
    assert caught.value.reason == reason
    first, second = clock.slept
    assert 0.1 <= first <= 0.2
    assert 0.3 <= second <= 0.6


@pytest.mark.parametrize(("answer", "reason"), LOST)
def test_a_lost_answer_to_another_write_leaves_its_outcome_unknown(
    canned: responses.RequestsMock, send: Send, answer: dict[str, Any], reason: str
) -> None:
    canned.post(URL, **answer)
    with pytest.raises(UnknownOutcome) as caught:
        send("POST", repeatable=False)
    assert caught.value.reason == reason
    assert caught.value.status == answer.get("status", 0)
    assert len(canned.calls) == 1


def test_a_second_attempt_may_succeed(canned: responses.RequestsMock, send: Send) -> None:
    canned.post(URL, status=503)
    canned.post(URL, body=NOT_CONNECTED)
    canned.post(URL, json={})
    assert send("POST", repeatable=False).status == 200


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        ({}, 1.0),
        ({"headers": {"Retry-After": "7"}}, 7.0),
        ({"headers": {"Retry-After": "0"}}, 1.0),
        ({"headers": {"Retry-After": "nan"}}, 1.0),
        ({"headers": {"Retry-After": "-5"}}, 1.0),
        ({"headers": {"Retry-After": "99999"}}, 900.0),
        ({"headers": {"Retry-After": "Thu, 09 Oct 2025 08:53:20 GMT"}}, 1.0),
        ({"headers": {"Retry-After": "soon"}, "json": {"retry_after": 9}}, 9.0),
        ({"json": {"retry_after": 300}}, 300.0),
        ({"json": {"retry_after": None}}, 1.0),
        ({"json": [300]}, 1.0),
        ({"body": "Too many requests"}, 1.0),
        ({"body": b"\xff\xfe"}, 1.0),
    ],
)
def test_the_wait_after_429_is_the_providers_within_bounds(
    canned: responses.RequestsMock, send: Send, clock: ManualClock, answer: dict[str, Any], wait: float
) -> None:
    attempts = 3 if wait <= 2 else 1
    for _ in range(attempts):
        canned.get(URL, status=429, **answer)
    with pytest.raises(RateLimited) as caught:
        send()
    assert caught.value.wait == wait
    assert clock.slept == [wait] * (attempts - 1)


def test_a_503_that_asks_for_a_long_wait_is_raised_with_it(
    canned: responses.RequestsMock, send: Send, clock: ManualClock
) -> None:
    canned.get(URL, status=503, headers={"Retry-After": "120"})
    with pytest.raises(Transient) as caught:
        send()
    assert (caught.value.wait, clock.slept) == (120, [])


def test_no_attempt_is_made_that_the_deadline_does_not_leave_time_for(
    canned: responses.RequestsMock, send: Send, clock: ManualClock
) -> None:
    with pytest.raises(Transient, match="deadline"):
        send(seconds=0.1)
    canned.get(URL, status=429)
    with pytest.raises(RateLimited):
        send(seconds=1.1)
    assert (len(canned.calls), clock.slept) == (1, [])


def test_timeouts_end_with_the_deadline(canned: responses.RequestsMock, send: Send) -> None:
    canned.get(URL)
    send(seconds=4, connect_timeout=5, read_timeout=20)
    assert canned.calls[0].request.req_kwargs["timeout"] == pytest.approx((4, 4))  # type: ignore[attr-defined]


def test_a_refusal_of_the_budget_is_passed_on_unsent(canned: responses.RequestsMock, send: Send) -> None:
    def refuse() -> None:
        raise RateLimited("budget", wait=0.5)

    with pytest.raises(RateLimited, match="budget"):
        send(before_attempt=refuse)
    assert len(canned.calls) == 0


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_redirect_is_not_followed(canned: responses.RequestsMock, send: Send, repeatable: bool) -> None:
    canned.get(URL, status=302, headers={"Location": "https://elsewhere.example.test/"})
    with pytest.raises(Rejected, match="redirect"):
        send(repeatable=repeatable)


@pytest.mark.parametrize(("repeatable", "kind"), [(True, Rejected), (False, UnknownOutcome)])
def test_an_answer_has_a_largest_size(
    canned: responses.RequestsMock, send: Send, repeatable: bool, kind: type[BookdealError]
) -> None:
    canned.get(URL, body=b"x" * (LARGEST_ANSWER + 1))
    with pytest.raises(kind, match="answer_too_large"):
        send(repeatable=repeatable)


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff", b"[" * 100_000])
def test_garbage_where_json_belongs_may_be_better_next_time(
    canned: responses.RequestsMock, send: Send, body: bytes
) -> None:
    canned.get(URL, body=body)
    answer = send()
    with pytest.raises(Transient, match="unreadable_answer"):
        answer.json()


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example.test/",
        "https://acme.example.test.evil.test/",
        "https://evil.test/",
        "https://user@acme.example.test/",
        "https://acme.example.test@evil.test/",
        "https://acme.example.test:8443/",
        "https://acme.example.test:nan/",
        "https://[broken/",
        "ftp://acme.example.test/",
        "file:///etc/passwd",
        "http://127.0.0.1:8101/",
        "//acme.example.test/",
        "",
    ],
)
def test_only_allowed_hosts_are_called(http: Http, clock: ManualClock, url: str) -> None:
    with pytest.raises(Invalid, match="address"):
        http.request("GET", url, route="/", headers={}, deadline=Deadline.within(clock, 9), repeatable=True)
    assert not http.counters.requests


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_an_answer_without_a_readable_date_has_none(
    canned: responses.RequestsMock, send: Send, date: str | None
) -> None:
    canned.get(URL, headers={"Date": date} if date else {})
    assert send().date is None
