"""What a simulator is made of, and the way of every provider request through it."""

import asyncio
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from . import control
from .answers import CUT, json_answer
from .clock import Clock, Timetable
from .delivery import CONNECTIONS, Deliveries
from .faults import Fault, Faults
from .journal import RequestJournal
from .limits import Limits, Refusal
from .sequences import Sequences

Handler = Callable[[web.Request], Any]

CONTROL = "/_control"
UNKNOWN_ROUTE = "(unknown)"
BODY_LIMIT = 32 * 1024 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """How a simulator starts: `hook_delay` in seconds, None for the simulator's own default.

    `hook_connections` is how many hooks it delivers side by side.
    """

    seed: int = 1
    hook_delay: float | None = None
    hook_connections: int = CONNECTIONS
    scenario: str | None = "demo"


class Simulator(ABC):
    """One provider: its routes, its world, and the parts every simulator shares.

    A subclass makes `limits`, `deliveries` and `sequences` in its constructor (after calling this one) and fills in
    the methods below.
    """

    limits: Limits
    deliveries: Deliveries
    sequences: Sequences

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = Clock()
        self.timetable = Timetable(self.clock)
        self.journal = RequestJournal()
        self.faults = Faults(self.chance("faults"))
        # Late commits to come (a marker each) and under way (their tasks).
        self.late: set[object] = set()

    def chance(self, purpose: str) -> random.Random:
        """A random source of its own per purpose, from the seed: drawing for one purpose does not disturb another."""
        return random.Random(f"{self.options.seed}:{purpose}")

    @abstractmethod
    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The provider's routes."""

    def control_routes(self) -> Iterable[web.AbstractRouteDef]:
        """Further control calls of this simulator, with paths below the control prefix such as `/move`."""
        return ()

    @abstractmethod
    def reset(self, scenario: str | None, *, everything: bool) -> None:
        """Empty the world, or fill it with a scenario; raises ControlError for an unknown name.

        What integrations have set up (tokens, subscriptions) stays unless `everything` is to go.
        """

    @abstractmethod
    def load(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Make many things at once (`POST /load`); answers what was made. Raises ControlError."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """Counts of what the world holds."""

    @abstractmethod
    def is_administrator(self, request: web.Request) -> bool:
        """Whether the request carries the token for looking from outside: no limits, no faults."""

    @abstractmethod
    def refused(self, request: web.Request, refusal: Refusal) -> web.Response:
        """The provider's answer over a limit."""

    @abstractmethod
    def failure(self, request: web.Request, status: int) -> web.Response:
        """The provider's answer with an error status that no handler gave: 404, 405, 413, 5xx, or a fault's."""

    def middlewares(self) -> list[Any]:
        """The simulator's own aiohttp middlewares, inside limits and faults: authorisation, error answers."""
        return []


def create_app(simulator: Simulator) -> web.Application:
    """The aiohttp application of a simulator, control calls included."""

    @web.middleware
    async def passage(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(CONTROL):
            return await control.answer(request, handler)
        return await _pass(simulator, request, handler)

    app = web.Application(middlewares=[passage, *simulator.middlewares()], client_max_size=BODY_LIMIT)
    app.add_routes(simulator.routes())
    control_app = web.Application(client_max_size=BODY_LIMIT)
    control_app.add_routes([*control.routes(simulator), *simulator.control_routes()])
    app.add_subapp(CONTROL, control_app)
    app.cleanup_ctx.append(lambda _: _background(simulator))
    return app


async def _background(simulator: Simulator) -> AsyncIterator[None]:
    simulator.deliveries.connections = simulator.options.hook_connections
    tasks = [asyncio.create_task(simulator.timetable.run()), asyncio.create_task(simulator.deliveries.run())]
    yield
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def _pass(simulator: Simulator, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Journal, limits, faults, then the provider's handler."""
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else UNKNOWN_ROUTE
    administrator = simulator.is_administrator(request)
    entry = simulator.journal.add(
        request.method, route, request.path, request.query_string, administrator=administrator
    )
    if administrator:
        answer = await _handle(simulator, request, handler)
    elif refusal := simulator.limits.admit(request.remote or ""):
        answer = simulator.refused(request, refusal)
    elif fault := simulator.faults.due(request.method, route, request.path):
        answer = await _go_wrong(simulator, request, handler, fault)
    else:
        answer = await _handle(simulator, request, handler)
    if answer is None:
        return _drop(request)
    entry.status = answer.status
    return answer


async def _handle(simulator: Simulator, request: web.Request, handler: Handler) -> web.StreamResponse | None:
    try:
        answer: web.StreamResponse = await handler(request)
    except web.HTTPException as error:
        return simulator.failure(request, error.status)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return simulator.failure(request, 500)
    return answer


async def _go_wrong(
    simulator: Simulator, request: web.Request, handler: Handler, fault: Fault
) -> web.StreamResponse | None:
    """The answer that a fault leaves, None for a dropped connection."""
    await request.read()
    match fault.kind:
        case "status":
            return _fault_answer(simulator, request, fault)
        case "delay":
            await asyncio.sleep(fault.seconds)
            return await _handle(simulator, request, handler)
        case "close":
            return None
        case "commit_then_close":
            await _handle(simulator, request, handler)
            return None
        case "late_commit":
            await _commit_late(simulator, request, handler, fault.seconds)
        case "partial_commit":
            request[CUT] = True
            await _handle(simulator, request, handler)
        case _:
            await _handle(simulator, request, handler)
    return None if fault.closes else _fault_answer(simulator, request, fault)


async def _commit_late(simulator: Simulator, request: web.Request, handler: Handler, seconds: float) -> None:
    """Run the handler `seconds` of the clock later, stamping and numbering as if it had run now."""
    moment = simulator.clock.present()
    held = simulator.sequences.hold(await _batch_size(request))

    async def commit() -> None:
        with simulator.clock.as_of(moment), simulator.sequences.drawing(held):
            await _handle(simulator, request, handler)

    marker = object()

    def start() -> None:
        task = asyncio.create_task(commit())
        simulator.late.discard(marker)
        simulator.late.add(task)
        task.add_done_callback(simulator.late.discard)

    simulator.late.add(marker)
    simulator.timetable.after(seconds, start)


async def _batch_size(request: web.Request) -> int:
    with suppress(ValueError):
        body = await request.json()
        return len(body) if isinstance(body, list) else 1
    return 1


def _fault_answer(simulator: Simulator, request: web.Request, fault: Fault) -> web.Response:
    if fault.body is None:
        return simulator.failure(request, fault.status)
    if isinstance(fault.body, str):
        return web.Response(text=fault.body, status=fault.status)
    return json_answer(fault.body, fault.status)


def _drop(request: web.Request) -> web.StreamResponse:
    """End the connection without an answer; what is returned is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=444)
