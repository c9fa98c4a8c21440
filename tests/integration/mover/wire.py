"""The wire between the product and all else: what is written is listed, and the process can be killed at any of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from bookdeal.runtime import aws, http

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")


class Killed(BaseException):
    """The process ends here; nothing in the product may catch it."""


@dataclass
class Wire:
    """Lists the tables of the items written, and kills at the `kill_at`-th of these moments.

    A moment is one before a write goes out. What a kill after its answer leaves behind is what a kill before the next
    write leaves; reads, and the limiter's table, leave nothing that matters.
    """

    written: list[str] = field(default_factory=list)
    moments: int = 0
    kill_at: int = 0
    killed: bool = False
    _tables: list[str] = field(default_factory=list)

    def moment(self) -> None:
        self.moments += 1
        if self.moments == self.kill_at:
            self.killed = True
            raise Killed

    @contextmanager
    def killing(self, at: int) -> Iterator[None]:
        """Kill at that moment, counted from here; the caller looks at `killed` and `moments`."""
        self.moments, self.kill_at, self.killed = 0, at, False
        try:
            yield
        except Killed:
            assert self.killed
        finally:
            self.kill_at = 0

    # The tables

    def before_call(self, params: dict[str, Any], event_name: str, **_: Any) -> None:
        if not event_name.endswith(WRITES):
            self._tables = []
            return
        writes = params.get("TransactItems")
        inside = [next(iter(one.values())) for one in writes] if writes else [params]
        self._tables = [one["TableName"].rsplit("-", 1)[-1] for one in inside]

    def before_send(self, event_name: str, **_: Any) -> None:
        if self._is_write(event_name):
            self.moment()

    def after_call(self, event_name: str, **_: Any) -> None:
        if self._is_write(event_name):
            self.written += self._tables

    def _is_write(self, event_name: str) -> bool:
        return event_name.endswith(WRITES) and self._tables != ["Scratch"]

    # The providers

    def session(self) -> "TappedSession":
        return TappedSession(self)


@dataclass
class TappedSession:
    """Stands in for the product's HTTP session."""

    wire: Wire

    def request(self, method: str, url: str, **given: Any) -> Any:
        if method != "GET":
            self.wire.moment()
        return _session().request(method, url, **given)


_session = http._session


@contextmanager
def tapped() -> Iterator[Wire]:
    """Tap the product's clients in this process."""
    wire = Wire()
    events = aws.dynamodb().meta.events
    events.register("provide-client-params.dynamodb", wire.before_call)
    events.register("before-send.dynamodb", wire.before_send)
    events.register("after-call.dynamodb", wire.after_call)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "_session", wire.session)
        yield wire
