"""The board's web application: the page, the stream of what happens, and what people do on the page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from aiohttp import web

from . import feed, kommo_pages
from .cloud import Cloud
from .connections import Connections
from .kommo_pages import PAGES_KEY, KommoPages
from .salon import Salon
from .watch import STOPPED, Watch
from .widget_archive import WidgetArchive
from .wire import Refused, Simulator, Wire

PAGE = Path(__file__).parent / "page"
PATIENCE = aiohttp.ClientTimeout(total=20)
LOCAL_HOSTS = {"127.0.0.1", "localhost"}
SPEEDS = (1, 10, 100)
HOOK_PROFILES: dict[str, Wire] = {
    "all": {"drop": 0.0, "paused": False},
    "dropped": {"drop": 0.5, "paused": False},
    "paused": {"drop": 0.0, "paused": True},
}
SAFE = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(connections: Connections) -> web.Application:
    """The application; it looks at the simulators while a page is open."""
    app = web.Application(middlewares=[_guard])
    app.cleanup_ctx.append(lambda app: _life(app, connections))
    booking = "/locations/{location:\\d+}/bookings/{booking:\\d+}"
    app.add_routes(
        [
            web.get("/", _index),
            web.static("/page", PAGE),
            web.get("/changes", _of_board(Board.changes)),
            web.get(r"/deals/{deal:\d+}", _of_board(Board.deal)),
            web.post(r"/deals/{deal:\d+}/move", _of_board(Board.move_deal)),
            web.post(f"{booking}/status", _of_board(Board.set_status)),
            web.post(f"{booking}/restore", _of_board(Board.restore)),
            web.post(f"{booking}/move", _of_board(Board.move_booking)),
            web.post(f"{booking}/pay", _of_board(Board.pay)),
            web.post(r"/locations/{location:\d+}/bookings", _of_board(Board.book)),
            web.get(r"/locations/{location:\d+}/free-times", _of_board(Board.free_times)),
            web.post("/controls/play", _of_board(Board.play)),
            web.post("/controls/hooks", _of_board(Board.hooks)),
            web.post("/controls/kommo", _of_board(Board.kommo)),
            web.post("/controls/kill-mover", _of_board(Board.kill_mover)),
            *kommo_pages.routes(),
        ]
    )
    return app


def _of_board(act: Callable[["Board", web.Request], Awaitable[web.StreamResponse]]) -> Handler:
    """A handler that is the board's, which exists only while the application runs."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await act(request.app[BOARD], request)

    return handle


async def _life(app: web.Application, connections: Connections) -> AsyncIterator[None]:
    """Everything that lives as long as the application."""
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        kommo = Simulator(
            "Kommo",
            session,
            connections.kommo_url,
            connections.kommo_control,
            f"Bearer {connections.kommo_token}",
        )
        altegio = Simulator(
            "Altegio",
            session,
            connections.altegio_url,
            connections.altegio_control,
            f"User {connections.altegio_token}",
        )
        aws = connections.aws
        cloud = await asyncio.to_thread(Cloud, aws, connections.installation) if aws else None
        watch = Watch(kommo, altegio, cloud, connections.locations)
        pages = KommoPages(kommo, connections.api, WidgetArchive(connections.widget))
        app[PAGES_KEY] = pages
        app[BOARD] = Board(watch, kommo, altegio, cloud, pages)
        task = asyncio.create_task(watch.run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only the board's own page may ask: pages of other sites cannot send JSON, other names are no address of ours."""
    if urlsplit(f"//{request.host}").hostname not in LOCAL_HOSTS:
        raise web.HTTPMisdirectedRequest
    if request.method == "POST" and request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        answer = await handler(request)
    except Refused as error:
        answer = _json({"error": str(error)}, 409)
    except (KeyError, TypeError, ValueError) as error:
        answer = _json({"error": f"Not understood: {error}"}, 400)
    if not answer.prepared:
        for name, value in SAFE.items():
            answer.headers.setdefault(name, value)
    return answer


def _json(data: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(data), status=status, content_type="application/json")


class Board:
    """What the page asks for."""

    def __init__(
        self, watch: Watch, kommo: Simulator, altegio: Simulator, cloud: Cloud | None, pages: KommoPages
    ) -> None:
        self._watch, self._kommo, self._altegio, self._cloud, self._pages = watch, kommo, altegio, cloud, pages
        self._salon = Salon(altegio, watch.altegio)

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """`GET /changes?location=&day=`: the stream; without a day, today."""
        locations = self._watch.altegio.locations
        view = int(request.query.get("location") or locations[0]), request.query.get("day", "")
        if view[0] not in locations:
            raise Refused("There is no such location")
        with self._watch.looking(view):
            return await feed.send(request, self._watch.bell, lambda: self._watch.state(view))

    async def deal(self, request: web.Request) -> web.Response:
        """`GET /deals/{deal}`: all that its card shows."""
        number = int(request.match_info["deal"])
        card = await self._watch.kommo.card(number)
        decisions = await asyncio.to_thread(self._cloud.decisions, number) if self._cloud else []
        return _json({**card, "decisions": decisions, "widget": self._pages.has_widget})

    async def move_deal(self, request: web.Request) -> web.Response:
        """`POST /deals/{deal}/move` `{"pipeline", "stage"}`."""
        number, given = int(request.match_info["deal"]), await request.json()
        self._watch.trails.hand(number)
        await self._watch.kommo.move(number, int(given["pipeline"]), int(given["stage"]))
        return _json({})

    async def set_status(self, request: web.Request) -> web.Response:
        """`POST /locations/{location}/bookings/{booking}/status` `{"status"}`."""
        given = await request.json()
        await self._salon.set_status(*_booking(request), str(given["status"]))
        return _json({})

    async def restore(self, request: web.Request) -> web.Response:
        """`POST /locations/{location}/bookings/{booking}/restore`."""
        await self._salon.restore(*_booking(request))
        return _json({})

    async def move_booking(self, request: web.Request) -> web.Response:
        """`POST /locations/{location}/bookings/{booking}/move` `{"day", "time", "employee"}`."""
        given = await request.json()
        await self._salon.move(*_booking(request), str(given["day"]), str(given["time"]), int(given["employee"]))
        return _json({})

    async def pay(self, request: web.Request) -> web.Response:
        """`POST /locations/{location}/bookings/{booking}/pay`."""
        await self._salon.pay(*_booking(request))
        return _json({})

    async def book(self, request: web.Request) -> web.Response:
        """`POST /locations/{location}/bookings`, see `Salon.book`; answers `{"booking": id}`."""
        made = await self._salon.book(int(request.match_info["location"]), await request.json())
        return _json({"booking": made})

    async def free_times(self, request: web.Request) -> web.Response:
        """`GET /locations/{location}/free-times?employee=&day=&services=1,2`: `{"times": ["HH:MM"]}`."""
        query = request.query
        services = [int(one) for one in query["services"].split(",") if one]
        location, employee = int(request.match_info["location"]), int(query["employee"])
        return _json({"times": await self._salon.free_times(location, employee, query["day"], services)})

    async def play(self, request: web.Request) -> web.Response:
        """`POST /controls/play` `{"speed": 1, 10 or 100}`; 0 stops."""
        speed = (await request.json())["speed"]
        if speed == 0:
            return _json(await self._altegio.control("/stop", {}))
        if speed not in SPEEDS:
            raise ValueError(speed)
        return _json(await self._altegio.control("/play", {"speed": speed}))

    async def hooks(self, request: web.Request) -> web.Response:
        """`POST /controls/hooks` `{"hooks": "all", "dropped" or "paused"}`: what becomes of Altegio's hooks."""
        profile = HOOK_PROFILES[(await request.json())["hooks"]]
        await self._altegio.control("/webhooks", profile)
        return _json({})

    async def kommo(self, request: web.Request) -> web.Response:
        """`POST /controls/kommo` `{"stopped": bool}`: Kommo answers 503 to everybody but this board."""
        stopped = bool((await request.json())["stopped"])
        await self._kommo.control("/faults", [STOPPED] if stopped else [])
        return _json({})

    async def kill_mover(self, _: web.Request) -> web.Response:
        """`POST /controls/kill-mover`: `{"killed": processes}`."""
        if self._cloud is None:
            raise Refused("No mover runs here: the simulators run alone")
        return _json({"killed": await asyncio.to_thread(self._cloud.kill_mover)})


BOARD = web.AppKey("board", Board)


def _booking(request: web.Request) -> tuple[int, int]:
    return int(request.match_info["location"]), int(request.match_info["booking"])


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "index.html")
