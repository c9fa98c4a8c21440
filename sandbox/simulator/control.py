"""The control calls that every simulator has, under `/_control`."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .answers import BrokenJson, ControlError, json_answer, read_json

if TYPE_CHECKING:
    from .simulator import Simulator


async def answer(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
    """Run a control call; what it refuses is answered 400 with `{"error": text}`."""
    try:
        done: web.StreamResponse = await handler(request)
    except (ControlError, BrokenJson) as error:
        return json_answer({"error": str(error)}, 400)
    except (TypeError, ValueError, KeyError) as error:
        return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)
    return done


@contextmanager
def _growing() -> Iterator[None]:
    """While many long-lived objects come into being, the garbage collector would look through all of them in vain."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def since(request: web.Request) -> float:
    """The query parameter `since`, unix seconds; 0 when absent."""
    return float(request.query.get("since") or 0)


def routes(simulator: "Simulator") -> list[web.RouteDef]:
    """The shared control routes of one simulator."""

    async def get_requests(request: web.Request) -> web.Response:
        return json_answer({"requests": simulator.journal.since(since(request))})

    async def get_faults(_: web.Request) -> web.Response:
        return json_answer({"faults": simulator.faults.report()})

    async def post_faults(request: web.Request) -> web.Response:
        simulator.faults.replace(await read_json(request))
        return await get_faults(request)

    async def get_limits(_: web.Request) -> web.Response:
        return json_answer(simulator.limits.settings)

    async def post_limits(request: web.Request) -> web.Response:
        simulator.limits.update(await read_json(request))
        return json_answer(simulator.limits.settings)

    async def get_webhooks(_: web.Request) -> web.Response:
        return json_answer(simulator.deliveries.report())

    async def post_webhooks(request: web.Request) -> web.Response:
        simulator.deliveries.update(await read_json(request))
        return json_answer(simulator.deliveries.report())

    async def get_deliveries(request: web.Request) -> web.Response:
        return json_answer({"deliveries": simulator.deliveries.since(since(request))})

    async def get_clock(_: web.Request) -> web.Response:
        return json_answer({"shift_seconds": simulator.clock.shift_seconds, "now": simulator.clock.present()})

    async def post_clock(request: web.Request) -> web.Response:
        simulator.clock.shift(float((await read_json(request))["shift_seconds"]))
        return await get_clock(request)

    async def post_reset(request: web.Request) -> web.Response:
        given = await read_json(request) or {}
        simulator.timetable.clear()
        simulator.late.clear()
        simulator.deliveries.reset()
        simulator.faults.replace([])
        simulator.limits.reset()
        simulator.clock.shift(0.0)
        simulator.reset(given.get("scenario"), everything=bool(given.get("everything")))
        return json_answer(simulator.summary())

    async def post_load(request: web.Request) -> web.Response:
        given = await read_json(request) or {}
        with _growing():
            return json_answer(simulator.load(given))

    async def get_state(_: web.Request) -> web.Response:
        return json_answer(
            {**simulator.summary(), "requests": len(simulator.journal), "now": simulator.clock.present()}
        )

    async def get_idle(_: web.Request) -> web.Response:
        queued = simulator.deliveries.queued
        late = len(simulator.late)
        return json_answer({"idle": not queued and not late, "queued": queued, "late_commits": late})

    return [
        web.get("/requests", get_requests),
        web.get("/faults", get_faults),
        web.post("/faults", post_faults),
        web.get("/limits", get_limits),
        web.post("/limits", post_limits),
        web.get("/webhooks", get_webhooks),
        web.post("/webhooks", post_webhooks),
        web.get("/deliveries", get_deliveries),
        web.get("/clock", get_clock),
        web.post("/clock", post_clock),
        web.post("/reset", post_reset),
        web.post("/load", post_load),
        web.get("/state", get_state),
        web.get("/idle", get_idle),
    ]
