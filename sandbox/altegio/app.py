"""The simulator put together: the way of a request through authorisation and rights to its handler and back."""

from collections.abc import Callable, Iterable, Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any, override

from aiohttp import hdrs, web

from sandbox.simulator import (
    BrokenJson,
    ControlError,
    Deliveries,
    Limits,
    Options,
    Refusal,
    Sequences,
    Simulator,
    json_answer,
    read_json,
)

from . import access, bulk, control, hooks, world_demo, world_recorded
from .play import Player
from .quirks import Quirks
from .routes import all_routes
from .state import FIRST_IDS, World
from .wire import ACCEPTED, PARTNER, Answer, Call, Refused, Route

RECORDED = "recorded:"
HTML_ERROR = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr></body></html>"
REASONS = {429: "Too Many Requests"}


class Altegio(Simulator):
    """Altegio as an integration sees it (contract §14). `hook_delay` defaults to the documented five seconds."""

    def __init__(self, options: Options, recorded: Path | None = None) -> None:
        super().__init__(options)
        self.recorded = recorded
        self.limits = Limits(self.clock, per_second=5, per_minute=200, extras={"retry_after": False})
        self.deliveries = Deliveries(
            self.clock,
            self.timetable,
            self.chance("hooks"),
            delay_seconds=5.0 if options.hook_delay is None else options.hook_delay,
            timeout=hooks.TIMEOUT_SECONDS,
            retry_after=lambda attempt, status: hooks.retry_after(
                str(self.deliveries.profile["profile"]), attempt, status
            ),
            extras=hooks.EXTRAS,
        )
        self.bell = hooks.Bell(self.deliveries)
        self.quirks = Quirks(self.chance("quirks"))
        self.sequences = Sequences(FIRST_IDS)
        self.world = World(self.clock, self.sequences, options.seed, self.bell.ring)
        self.player = Player(self)
        scenario = f"{RECORDED}{recorded}" if recorded is not None else options.scenario
        self.reset(scenario, everything=True)

    # What the kernel asks for

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        for route in all_routes():
            handler = self._handler(route)
            yield web.route(route.method, route.path, handler)
            # Half of the documented paths end in a slash, and both forms are used.
            yield web.route(route.method, f"{route.path}/", handler)

    def control_routes(self) -> Iterable[web.AbstractRouteDef]:
        return control.routes(self)

    def reset(self, scenario: str | None, *, everything: bool) -> None:
        self.player.stop()
        fill: Callable[[World], None]
        if scenario is None or scenario == "empty":
            # The locations of the start stay, so that those who know their ids find them.
            recorded = self.recorded
            fill = (
                world_demo.fill_empty if recorded is None else lambda world: world_recorded.fill_empty(world, recorded)
            )
        elif scenario == "demo":
            fill = world_demo.fill
        elif scenario.startswith(RECORDED):
            folder = Path(scenario.removeprefix(RECORDED))
            fill = lambda world: world_recorded.fill(world, folder)  # noqa: E731
        else:
            raise ControlError(f"unknown scenario {scenario!r}: empty, demo or {RECORDED}<folder>")
        self.quirks.level = 0.0
        # Ids are never given out twice, so that what an integration remembers cannot meet a stranger.
        sequences = Sequences(FIRST_IDS) if everything else self.sequences
        world = World(self.clock, sequences, self.options.seed, self.bell.ring)
        fill(world)
        if not everything:
            world.keep_from(self.world)
        self.world, self.sequences = world, sequences

    def load(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return bulk.load(self.world, given)

    def summary(self) -> dict[str, Any]:
        return {
            "locations": {
                str(one.id): {
                    "bookings": len(one.records),
                    "clients": len(one.clients),
                    "events": len(one.events),
                    "employees": len(one.staff),
                    "services": len(one.services),
                    "hook_urls": len(one.hooks.urls),
                }
                for one in self.world.locations.values()
            }
        }

    def is_administrator(self, request: web.Request) -> bool:
        return access.tokens(request.headers.get(hdrs.AUTHORIZATION, ""))[1] == self.world.look_token

    def refused(self, request: web.Request, refusal: Refusal) -> web.Response:
        answer = self.failure(request, 429)
        if self.limits.settings["retry_after"]:
            answer.headers[hdrs.RETRY_AFTER] = str(int(refusal.wait) + 1)
        return answer

    @override
    def failure(self, request: web.Request, status: int) -> web.Response:
        if status >= 500:
            return web.Response(text=HTML_ERROR.format(status), status=status, content_type="text/html")
        return self._sent(json_answer(Refused(status, REASONS.get(status, "")).body, status))

    # The way of a request

    def _handler(self, route: Route) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            try:
                body = await read_json(request)
            except BrokenJson:
                body = BrokenJson
            try:
                answer = self._answer(route, request, body)
            except Refused as error:
                return self._sent(json_answer(error.body, error.status))
            return self._sent(self._response(answer, route))

        return handle

    def _answer(self, route: Route, request: web.Request, body: Any) -> Answer:
        partner, token = access.tokens(request.headers.get(hdrs.AUTHORIZATION, ""))
        looks_only = token == self.world.look_token
        if not looks_only and not any(one in request.headers.get(hdrs.ACCEPT, "") for one in ACCEPTED):
            raise Refused(400, "Invalid request format")
        if not looks_only and partner not in self.world.partners:
            raise Refused(401, "Authentication needed.")
        user = self.world.user_of(token) if token else None
        if user is None and (token or route.access != PARTNER):
            raise Refused(401, "Authentication needed.")
        if body is BrokenJson:
            raise Refused(400, "Invalid request format")
        call = Call(request, self.world, "" if looks_only else partner, user, body)
        if "company" in request.match_info:
            self._enter(call, route)
        return route.handle(call)

    def _enter(self, call: Call, route: Route) -> None:
        """Go into the location of the path: it must exist, be paid for, and let the user do this."""
        location = call.here = self.world.location(call.number("company"))
        if route.access == PARTNER:
            return
        if call.user is None or not access.may_enter(self.world, call.user, location.id):
            raise Refused(403, "Access denied.")
        if not location.paid_licence:
            raise Refused(402, "The location's licence is not paid")
        if route.right and not access.rights(call.user, location.id)[route.right]:
            raise Refused(403, "Access denied.")

    def _response(self, answer: Answer, route: Route) -> web.Response:
        if answer.empty:
            return web.Response(status=answer.status, headers=answer.headers)
        if answer.bare:
            return json_answer(answer.data, answer.status)
        data = self.quirks.data(answer.data)
        if route.method == "POST" and route.path.endswith("/records/{company}"):
            data = self.quirks.created(data)
        return json_answer({"success": True, "data": data, "meta": self.quirks.meta(answer.meta)}, answer.status)

    def _sent(self, response: web.Response) -> web.Response:
        """The answer with the simulated time in its Date."""
        if self.clock.shift_seconds:
            response.headers[hdrs.DATE] = formatdate(self.clock.present(), usegmt=True)
        return response
