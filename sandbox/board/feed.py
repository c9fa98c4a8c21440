"""Sending a page what differs from what it has, as server-sent events."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from aiohttp import web

LONGEST_SILENCE = 1.0

type Part = Mapping[str, Any]
"""Values by key; a value that stays the same object is not compared."""
type State = Mapping[str, Part]
"""Parts by topic."""


def difference(before: State, after: State) -> dict[str, Any]:
    """What turns one state into the other: `{topic: {"set": {key: value}, "gone": [keys]}}`.

    Only topics that differ are named; one that is new is, even when it is empty.
    """
    found = {}
    for topic in {*before, *after}:
        old, new = before.get(topic, {}), after.get(topic, {})
        if old is new:
            continue
        changed = {key: value for key, value in new.items() if key not in old or old[key] != value}
        gone = [key for key in old if key not in new]
        if changed or gone or topic not in before:
            found[topic] = {"set": changed, "gone": gone}
    return found


class Bell:
    """Wakes every page when there may be something new."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def ring(self) -> None:
        """Wake all."""
        for event in self._waiting:
            event.set()

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Give an event that `ring` sets."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            yield event
        finally:
            self._waiting.discard(event)


async def send(request: web.Request, bell: Bell, state: Callable[[], State]) -> web.StreamResponse:
    """Send a page the state of the moment and then its differences, until the page is closed.

    A slow page gets fewer and greater differences.
    """
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    sent: State = {}
    with bell.listening() as rung, contextlib.suppress(ConnectionResetError):
        while request.transport is not None and not request.transport.is_closing():
            rung.clear()
            now = state()
            if changes := difference(sent, now):
                await response.write(b"data: " + orjson.dumps(changes) + b"\n\n")
                sent = now
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), LONGEST_SILENCE)
    return response
