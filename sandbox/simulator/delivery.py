"""Sending webhooks: when, how often, in which order, and what came back."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from .answers import ControlError
from .clock import Clock, Timetable

CONNECTIONS = 20
KEPT = 50_000
NO_ANSWER = 0
TIMED_OUT = 499


@dataclass(slots=True)
class Hook:
    """One webhook request to make.

    `resource`, `action` and `ids` say what it is about without personal data. `on_attempt` is called with the status
    after every attempt (0: no connection, 499: timed out); when it returns False no further attempt is made.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]
    resource: str
    action: str
    ids: list[int | str]
    on_attempt: Callable[[int], bool] | None = None
    attempt: int = field(default=1)


def is_valid(status: int) -> bool:
    """Whether a webhook answer counts as accepted."""
    return 100 <= status <= 299


class Deliveries:
    """Delivers hooks side by side over kept connections, by a profile that can be changed while it runs.

    `retry_after(attempt, status)` gives the seconds until the next attempt, or None to give up; `timeout` in seconds of
    real time. Retries wait by the simulator's clock. The profile: `duplicate` further copies of every hook, `reorder`
    (each hook waits up to `reorder_seconds` more), `drop` (probability), `delay_seconds`, `paused` (no hooks come into
    being), plus a simulator's own `extras`.
    """

    def __init__(
        self,
        clock: Clock,
        timetable: Timetable,
        chance: random.Random,
        *,
        delay_seconds: float,
        timeout: float,
        retry_after: Callable[[int, int], float | None],
        extras: Mapping[str, Any] | None = None,
    ) -> None:
        self._clock = clock
        self._timetable = timetable
        self._chance = chance
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._retry_after = retry_after
        self._defaults: dict[str, Any] = {
            "duplicate": 0,
            "reorder": False,
            "reorder_seconds": 1.0,
            "drop": 0.0,
            "delay_seconds": delay_seconds,
            "paused": False,
            **(extras or {}),
        }
        self.profile: dict[str, Any] = dict(self._defaults)
        self._due: asyncio.Queue[Hook] = asyncio.Queue()
        self._waiting = 0
        self._retrying = 0
        self._in_flight = 0
        self.connections = CONNECTIONS
        self._counts = {"sent": 0, "delivered": 0, "failed": 0, "dropped": 0}
        self._journal: deque[dict[str, Any]] = deque(maxlen=KEPT)

    @property
    def paused(self) -> bool:
        """Whether changes are silent: simulators may skip building hooks."""
        return bool(self.profile["paused"])

    def update(self, given: Any) -> None:
        """Change the parts of the profile named in `POST /webhooks`."""
        if not isinstance(given, dict):
            raise ControlError("an object is expected")
        if unknown := set(given) - set(self.profile):
            raise ControlError(f"unknown profile keys {sorted(unknown)}; known: {sorted(self.profile)}")
        self.profile.update(given)

    def reset(self) -> None:
        """Back to the profile of the start; hooks on their way are forgotten. The caller clears the timetable."""
        self.profile = dict(self._defaults)
        while not self._due.empty():
            self._due.get_nowait()
        self._waiting = self._retrying = 0

    def send(self, hook: Hook, delay: float | None = None) -> None:
        """Queue a hook as the profile says; `delay` in seconds replaces the profile's."""
        if self.paused:
            return
        for _ in range(1 + int(self.profile["duplicate"])):
            if self._chance.random() < self.profile["drop"]:
                self._counts["dropped"] += 1
                self._note(hook, NO_ANSWER, "dropped")
                continue
            wait = self.profile["delay_seconds"] if delay is None else delay
            if self.profile["reorder"]:
                wait += self._chance.uniform(0, self.profile["reorder_seconds"])
            copy = Hook(hook.url, hook.body, hook.headers, hook.resource, hook.action, hook.ids, hook.on_attempt)
            self._waiting += 1
            self._timetable.after(wait, lambda due=copy: self._make_due(due))  # type: ignore[misc]

    def report(self) -> dict[str, Any]:
        """The profile and the counters of `GET /webhooks`.

        `sent` counts attempts, `delivered` and `failed` hooks by their end, `dropped` hooks lost by the profile,
        `queued` hooks before or in their first attempt, `retrying` hooks that wait for a later one.
        """
        return {**self.profile, **self._counts, "queued": self.queued, "retrying": self._retrying}

    @property
    def queued(self) -> int:
        """Hooks that wait for their first attempt, and attempts under way."""
        return self._waiting + self._due.qsize() + self._in_flight

    def since(self, moment: float) -> list[dict[str, Any]]:
        """Attempts and drops noted at or after `moment` (real unix seconds), oldest first."""
        found = []
        for entry in reversed(self._journal):
            if entry["at"] < moment:
                break
            found.append(entry)
        found.reverse()
        return found

    async def run(self) -> None:
        """Deliver until cancelled."""
        connector = aiohttp.TCPConnector(limit=self.connections, keepalive_timeout=30)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=self._timeout) as session,
            asyncio.TaskGroup() as workers,
        ):
            for _ in range(self.connections):
                workers.create_task(self._work(session))

    def _make_due(self, hook: Hook) -> None:
        if hook.attempt == 1:
            self._waiting -= 1
        else:
            self._retrying -= 1
        self._due.put_nowait(hook)

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while True:
            hook = await self._due.get()
            self._in_flight += 1
            try:
                self._settle(hook, await self._attempt(session, hook))
            finally:
                self._in_flight -= 1

    async def _attempt(self, session: aiohttp.ClientSession, hook: Hook) -> int:
        try:
            async with session.post(
                hook.url, data=hook.body, headers=hook.headers, allow_redirects=False, ssl=False
            ) as answer:
                with suppress(aiohttp.ClientError):
                    await answer.read()
                return answer.status
        except TimeoutError:
            return TIMED_OUT
        except (aiohttp.ClientError, OSError, ValueError):
            return NO_ANSWER

    def _settle(self, hook: Hook, status: int) -> None:
        self._counts["sent"] += 1
        goes_on = hook.on_attempt is None or hook.on_attempt(status)
        if is_valid(status):
            self._counts["delivered"] += 1
            self._note(hook, status, "delivered")
            return
        self._note(hook, status, {NO_ANSWER: "no_answer", TIMED_OUT: "timed_out"}.get(status, "refused"))
        wait = self._retry_after(hook.attempt, status) if goes_on else None
        if wait is None:
            self._counts["failed"] += 1
            return
        hook.attempt += 1
        self._retrying += 1
        self._timetable.after(wait, lambda: self._make_due(hook))

    def _note(self, hook: Hook, status: int, outcome: str) -> None:
        self._journal.append(
            {
                "at": time.time(),
                "resource": hook.resource,
                "action": hook.action,
                "ids": hook.ids,
                "status": status,
                "attempt": hook.attempt,
                "outcome": outcome,
            }
        )
