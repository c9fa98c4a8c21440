"""The one way to a provider: deadlines, an allow-list of hosts, bounded answers, and what each failure means.

    what happened                              read, or write safe to repeat        other write
    no connection                              again, then Transient                again, then Transient
    429, 503                                   short wait: again; RateLimited, Transient    the same: it was not done
    other 5xx, lost or unreadable answer       again, then Transient                UnknownOutcome
    redirect, answer larger than 10 MB         Rejected                             Rejected, UnknownOutcome
    anything else, 4xx included                returned to the client, which knows what it means

"Again" is at most twice, after a short jittered wait, inside the deadline, and each time the request budget is asked
anew. A longer wait is raised, not slept. No text of the provider gets into an error.
"""

import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import BookdealError, Invalid, RateLimited, Rejected, Transient, UnknownOutcome
from bookdeal.runtime.observe import Counters

type Query = Mapping[str, str | int | list[str] | list[int]] | Iterable[tuple[str, str | int]]

MOST_RETRIES = 2
LONGEST_SLEEP = 2.0
LARGEST_ANSWER = 10 * 1024 * 1024
CONNECTIONS = 16
_SHORTEST_WAIT, _LONGEST_WAIT = 1.0, 900.0
_LEAST_TIME = 0.2
_LOCAL_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer. `headers` are looked up without regard to case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self, *, parse_float: Callable[[str], Any] = float) -> Any:
        """Return the decoded body; `parse_float` may be Decimal for money. Raises Transient when it is no JSON."""
        try:
            return json.loads(self.content, parse_float=parse_float)
        except (ValueError, RecursionError):
            raise Transient("unreadable_answer") from None

    @property
    def date(self) -> float | None:
        """When the provider answered by its own clock, in unix seconds; None when it does not say."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).timestamp()
        except (KeyError, ValueError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Http:
    """The door to one provider, for one unit of work.

    `allowed_hosts` is asked with the host name, lower case and without port. Plain http is allowed for 127.0.0.1 only,
    and there too only if the host is allowed. `provider` names the provider in the counters.
    """

    clock: Clock
    allowed_hosts: Callable[[str], bool]
    counters: Counters
    provider: str

    def request(
        self,
        method: str,
        url: str,
        *,
        route: str,
        headers: Mapping[str, str],
        deadline: Deadline,
        repeatable: bool,
        params: Query | None = None,
        json: Any = None,
        data: bytes | None = None,
        before_attempt: Callable[[], None] | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
    ) -> HttpResponse:
        """Send a request and return the answer, or raise as the table above says.

        `route` is the path template that is counted, never holding ids. `json` is sent as JSON, `data` as it is.
        `repeatable`: doing it twice is the same as doing it once. `before_attempt` is called before each attempt and
        stops the request by raising (the request budget). Raises Invalid for an address that is not allowed.
        """
        self._check_address(url)
        body = _encoded(json) if json is not None else data
        sent_headers = {**headers, "Content-Type": "application/json"} if json is not None else dict(headers)
        key = f"{self.provider} {method} {route}"
        attempt = 0
        while True:
            if before_attempt is not None:
                before_attempt()
            deadline.check(_LEAST_TIME)
            self.counters.requests[key] += 1
            timeout = (min(connect_timeout, deadline.remaining()), min(read_timeout, deadline.remaining()))
            try:
                with self.counters.answering(key, self.clock):
                    answer = self._attempt(method, url, params, body, sent_headers, timeout, deadline, repeatable)
            except (RateLimited, Transient) as error:
                self._count("Limited" if isinstance(error, RateLimited) else "Failed")
                pause = max(_backoff(attempt), error.wait if isinstance(error, RateLimited) else 0.0)
                too_long = max(pause, error.wait) > LONGEST_SLEEP or pause > deadline.remaining() - _LEAST_TIME
                if attempt == MOST_RETRIES or too_long:
                    raise
            except BookdealError as error:
                self._count("Refused" if isinstance(error, Rejected) else "Failed")
                raise
            else:
                self._count("Refused" if answer.status >= 400 else "Answered")
                return answer
            attempt += 1
            self.counters.retries += 1
            self.counters.waited_ms += round(pause * 1000)
            self.clock.sleep(pause)

    def _count(self, kind: str) -> None:
        self.counters.answers[f"{self.provider.capitalize()}{kind}"] += 1

    def _check_address(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise Invalid("address") from None
        local = parts.scheme == "http" and host == _LOCAL_HOST
        remote = parts.scheme == "https" and port in (None, 443)
        if not (local or remote) or parts.username is not None or not self.allowed_hosts(host):
            raise Invalid("address")

    def _attempt(
        self,
        method: str,
        url: str,
        params: Query | None,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: tuple[float, float],
        deadline: Deadline,
        repeatable: bool,
    ) -> HttpResponse:
        def lost(reason: str, status: int = 0) -> BookdealError:
            return Transient(reason) if repeatable else UnknownOutcome(reason, status=status)

        try:
            answer = _session().request(
                method,
                url,
                params=params,
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            )
        except requests.ConnectTimeout:
            raise Transient("no_connection") from None
        except requests.ConnectionError as error:
            raise (Transient("no_connection") if _never_sent(error) else lost("connection_lost")) from None
        except requests.Timeout:
            raise lost("no_answer") from None
        except (requests.RequestException, HTTPError):
            raise lost("connection_lost") from None
        with answer:
            content = _read(answer, deadline, lost, repeatable)
            status = answer.status_code
            response = HttpResponse(status, answer.headers, content)
        if status == 429:
            raise RateLimited("provider", wait=_told_wait(response))
        if status == 503:
            raise Transient("unavailable", wait=_told_wait(response))
        if status >= 500:
            raise lost("server_error", status)
        if 300 <= status < 400:
            raise Rejected("redirect", params={"status": status})
        return response


@cache
def _session() -> requests.Session:
    """Return the process's one session: its connections outlive a unit of work."""
    session = requests.Session()
    # Neither a .netrc nor a proxy of the environment may see or replace an Authorization header.
    session.trust_env = False
    # A cookie of one account must not go out with the requests of another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "Bookdeal"
    adapter = HTTPAdapter(pool_connections=CONNECTIONS, pool_maxsize=CONNECTIONS, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _read(
    answer: requests.Response, deadline: Deadline, lost: Callable[[str, int], BookdealError], repeatable: bool
) -> bytes:
    """Read the body as it comes, so that neither its size nor a trickle can hold the run."""
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := answer.raw.read1(64 * 1024, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise Rejected("answer_too_large") if repeatable else lost("answer_too_large", answer.status_code)
            if deadline.remaining() == 0:
                raise lost("no_answer", answer.status_code)
    except (requests.RequestException, HTTPError):
        raise lost("connection_lost", answer.status_code) from None
    return b"".join(pieces)


def _never_sent(error: requests.ConnectionError) -> bool:
    """Tell whether the connection could not even be made, so that nothing can have been done."""
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _told_wait(response: HttpResponse) -> float:
    """Return the seconds that the provider asks for, by header or by body, within bounds; 1 when it does not say."""
    wait: float | None = None
    header = response.headers.get("Retry-After", "")
    try:
        wait = float(header)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            wait = _wait_in_body(response.content)
    if wait is None or wait != wait:
        return _SHORTEST_WAIT
    return min(max(wait, _SHORTEST_WAIT), _LONGEST_WAIT)


def _wait_in_body(content: bytes) -> float | None:
    try:
        return float(json.loads(content)["retry_after"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _backoff(attempt: int) -> float:
    """Return a jittered pause in seconds: 0.1–0.2, then 0.3–0.6."""
    return random.uniform(0.5, 1.0) * 0.2 * 3.0**attempt  # noqa: S311 - spreading retries needs no secrecy
