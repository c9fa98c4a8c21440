"""A street of salons, each an installation of its own, served by as many movers at once as AWS would start.

The movers are the product's `Server`, each in a thread that stands for one invocation after the other; the queue and
the time are simulated. Time passes only while somebody sleeps, and only one thread runs at a time, so that a run is the
same on any machine: what is measured is who waits for whom, for the providers' answers, and for their limits.
"""

import copy
import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bookdeal.bookings.mover.serving import Server
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.queue import Hints
from sandbox.altegio import Altegio

ANSWER_SECONDS = 0.2
"""What a provider takes to answer."""
BATCH = 10
RUN_SECONDS = 60.0
VISIBILITY = 90.0
IDLE_SECONDS = 0.05
"""How long a mover that found nothing waits before it looks again."""


class SalonsInARow(Altegio):
    """Altegio with so many salons more, all alike."""

    more = 0

    def reset(self, scenario: str, *, everything: bool = False) -> None:
        super().reset(scenario, everything=everything)
        first = self.world.first_location
        for number in range(1, self.more + 1):
            salon = copy.deepcopy(first)
            salon.id = first.id + 1000 + number
            salon.title = f"Salon {number}"
            self.world.locations[salon.id] = salon
            for user in self.world.users.values():
                if first.id in user.locations:
                    user.locations.append(salon.id)


class Timetable:
    """Simulated time. Each thread runs until it sleeps; then the one runs whose time comes first."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._passed = 0.0
        self._waiting: list[tuple[float, int, threading.Semaphore]] = []
        self._number = itertools.count()
        self._over = threading.Semaphore(0)
        self.failures: list[BaseException] = []

    def now(self) -> float:
        return self._start + self._passed

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        turn = self._turn(seconds)
        self._next()
        turn.acquire()

    def begin(self, work: Callable[[], None]) -> None:
        """Let a thread do this, once the time goes on."""
        turn = self._turn(0.0)

        def run() -> None:
            turn.acquire()
            try:
                work()
            except BaseException as error:
                self.failures.append(error)
            finally:
                self._next()

        threading.Thread(target=run, daemon=True).start()

    def go_on(self) -> None:
        """Let time pass until no thread is left."""
        self._next()
        self._over.acquire()
        if self.failures:
            raise self.failures[0]

    def _turn(self, seconds: float) -> threading.Semaphore:
        turn = threading.Semaphore(0)
        heapq.heappush(self._waiting, (self._passed + max(seconds, 0.0), next(self._number), turn))
        return turn

    def _next(self) -> None:
        if not self._waiting:
            self._over.release()
            return
        self._passed, _, turn = heapq.heappop(self._waiting)
        turn.release()


@dataclass(eq=False)
class Message:
    """One message: its hint, when it was sent, when it may be received, how often it was."""

    id: str
    hint: Hint
    sent_at: float
    visible_at: float
    received: int = 0
    in_work: bool = False


class GroupedQueue(Hints):
    """A FIFO queue as AWS has it: a group is served in order and by one at a time; a batch may hold several groups."""

    def __init__(self, clock: Timetable) -> None:
        super().__init__("memory", None)  # type: ignore[arg-type]
        for name, value in {"clock": clock, "groups": {}, "done": {}, "number": itertools.count()}.items():
            object.__setattr__(self, name, value)

    clock: Timetable
    groups: dict[str, deque[Message]]
    done: dict[str, float]
    """How many seconds each booking's bell took until it was done with, by correlation id."""
    number: "itertools.count[int]"

    def send(self, hints: Iterable[Hint]) -> int:
        sent = list(hints)
        for hint in sent:
            now = self.clock.monotonic()
            message = Message(f"m{next(self.number)}", hint, now, now)
            self.groups.setdefault(hint.installation, deque()).append(message)
        return len(sent)

    def defer(self, receipt_handle: str, seconds: float) -> None:
        for group in self.groups.values():
            for message in itertools.islice(group, BATCH):
                if message.id == receipt_handle:
                    message.visible_at = self.clock.monotonic() + seconds

    @property
    def is_empty(self) -> bool:
        return not any(self.groups.values())

    def receive(self) -> list[Message]:
        """Take a batch: as many as there are of the group that has waited longest, then of the next."""
        now = self.clock.monotonic()
        free = [group for group in self.groups.values() if group and not any(one.in_work for one in group)]
        batch: list[Message] = []
        for group in sorted(free, key=lambda group: group[0].sent_at):
            for message in group:
                if len(batch) == BATCH or message.visible_at > now:
                    break
                batch.append(message)
        for message in batch:
            message.in_work, message.visible_at = True, now + VISIBILITY
            message.received += 1
        return batch

    def finish(self, batch: Iterable[Message], again: Iterable[str]) -> None:
        for message in batch:
            message.in_work = False
            if message.id not in again:
                self.groups[message.hint.installation].remove(message)
                if message.hint.kind is HintKind.BOOKING:
                    self.done[message.hint.correlation_id] = self.clock.monotonic() - message.sent_at


@dataclass
class Street:
    """The movers of a street. `make_server` returns what one process of the function serves with."""

    clock: Timetable
    queue: GroupedQueue
    make_server: Callable[[], Server]
    movers: int
    is_over: bool = field(default=False)

    def live(self, events: Iterable[tuple[float, Callable[[], None]]]) -> None:
        """Let these things happen, each at its second, and the movers work until nothing is left to do."""
        self.is_over = False
        for _ in range(self.movers):
            self.clock.begin(self._serve)
        self.clock.begin(lambda: self._happen(sorted(events, key=lambda event: event[0])))
        self.clock.go_on()

    def _happen(self, events: Iterable[tuple[float, Callable[[], None]]]) -> None:
        begun = self.clock.monotonic()
        for at, happen in events:
            self.clock.sleep(begun + at - self.clock.monotonic())
            happen()
        self.is_over = True

    def _serve(self) -> None:
        server = self.make_server()
        while not self.clock.failures and not (self.is_over and self.queue.is_empty):
            batch = self.queue.receive()
            if not batch:
                self.clock.sleep(IDLE_SECONDS)
                continue
            records = [
                {
                    "messageId": message.id,
                    "receiptHandle": message.id,
                    "body": message.hint.to_json(),
                    "attributes": {"ApproximateReceiveCount": str(message.received)},
                }
                for message in batch
            ]
            self.queue.finish(batch, set(server.serve(records, RUN_SECONDS)))


class SlowWire:
    """Lets time pass while a provider answers; stands in for the product's HTTP session."""

    def __init__(self, clock: Timetable, session: Any) -> None:
        self._clock, self._session = clock, session

    def request(self, method: str, url: str, **given: Any) -> Any:
        self._clock.sleep(ANSWER_SECONDS)
        return self._session.request(method, url, **given)
