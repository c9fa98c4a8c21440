"""The deployed stack as a test uses it: both sides, the queue between them, and ways to disturb and to wait."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from sandbox.stack.stack import Stack
from tests.sides import Sides, control

CALM = {"duplicate": 0, "reorder": False, "drop": 0, "paused": False}


@dataclass
class Town(Sides):
    """A running stack with an installed account."""

    stack: Stack

    @staticmethod
    def of(stack: Stack) -> "Town":
        return Town(stack.description.kommo, stack.description.altegio, stack)

    def mend(self) -> None:
        """Take away every disturbance."""
        for side in ("kommo", "altegio"):
            self.fault(side)
            self.tell(side, "webhooks", CALM)
            self.tell(side, "limits", {"enforce": True})
            self.tell(side, "clock", {"shift_seconds": 0})

    def tell(self, side: str, call: str, given: Any) -> Any:
        """Make a control call of a side."""
        return control(self._url(side), call, given)

    def load(self, bookings: int, clients: int) -> None:
        """Let that many new bookings appear, without hooks, and bring them over by a sweep."""
        for side in ("kommo", "altegio"):
            self.tell(side, "webhooks", {"paused": True})
        self.tell("altegio", "load", {"bookings": bookings, "clients": clients})
        self.sweep()
        self.mend()

    def sweep(self) -> None:
        """Sweep everything now and wait until it is worked off."""
        self.stack.invoke("sweep", {"all": True})
        self.come_to_rest()

    def come_to_rest(self, seconds: float = 120) -> None:
        """Wait until no hook is under way and no hint waits, on both sides.

        A hook becomes a hint, and a hint a hook, between two glances of one look: one look tells nothing, three do.
        """
        quiet = 0

        def is_quiet() -> bool:
            nonlocal quiet
            busy = self.stack.queue_depth() or self.queued("altegio") or self.queued("kommo")
            quiet = 0 if busy else quiet + 1
            return quiet == 3

        self.wait_until(is_quiet, seconds, pause=0.02)

    @staticmethod
    def wait_until(happened: Callable[[], bool], seconds: float, pause: float = 0.1) -> None:
        """Wait until something has happened."""
        deadline = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < deadline, f"not so after {seconds} s"
            time.sleep(pause)

    @contextmanager
    def hints_come_back_after(self, seconds: int) -> Iterator[None]:
        """Let hints that a killed mover held come back sooner (or later) than the template says."""
        queue, sqs = self.stack.deployment.outputs["HintsQueueUrl"], self.stack.deployment.client("sqs")
        usual = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(seconds)})
        try:
            yield
        finally:
            sqs.set_queue_attributes(QueueUrl=queue, Attributes=usual)

    def queued(self, side: str) -> int:
        """Return how many hooks of a side are on their way."""
        return int(requests.get(f"{self._url(side)}/_control/webhooks", timeout=10).json()["queued"])

    def statuses(self, side: str, since: float) -> list[int]:
        """Return the status of every answer that the product got from a side."""
        answer = requests.get(f"{self._url(side)}/_control/requests", params={"since": since}, timeout=30).json()
        return [one["status"] for one in answer["requests"] if not one["administrator"]]

    def lines(self, function: str) -> list[Mapping[str, Any]]:
        """Return a function's log lines."""
        return [json.loads(line) for line in self.stack.logs(function) if line.startswith("{")]

    def upcoming(self, count: int) -> list[dict[str, Any]]:
        """Return bookings of the first salon that wait and have a client; more are made where they have run out."""
        rows = [row for row in self.records(self.location) if row["client"] and not row["deleted"]]
        waiting = [row for row in rows if row["attendance"] == 0 and not row["activity_id"]]
        if len(waiting) < count:
            self.load(100, 30)
            return self.upcoming(count)
        return waiting[:count]
