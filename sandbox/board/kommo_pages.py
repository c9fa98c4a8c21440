"""Kommo's own pages as a widget finds them: the server's part.

The pages themselves (`host/`) run the widget as Kommo does. Here is what they ask for: who is signed in, the widget's
files, the one-time token, installing and disabling, and Kommo's API with the session of the user who is signed in.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from .widget_archive import WidgetArchive
from .wire import Refused, Simulator, Wire, as_object, embedded

API = "/api/v4"
PAGES = Path(__file__).parent / "host"
PACKAGES = Path(__file__).parents[2] / "widget" / "node_modules"
VENDOR = {"require.js": PACKAGES / "requirejs" / "require.js", "jquery.js": PACKAGES / "jquery" / "dist" / "jquery.js"}
USER_COOKIE = "kommo_user"
PATHS = (
    r"/leads/detail/{deal:\d+}",
    "/leads/add/",
    "/leads/list/",
    "/leads/pipeline/",
    r"/leads/pipeline/{pipeline:\d+}/",
    "/settings/widgets/",
    r"/settings/widgets/{code:\w+}/",
    r"/widget_page/{code:\w+}/{item:.*}",
)


class KommoPages:
    """What Kommo's pages ask for."""

    def __init__(self, kommo: Simulator, api: str, archive: WidgetArchive) -> None:
        """`api` is the URL of the widget's API, empty when none runs here."""
        self._kommo, self._api, self._archive = kommo, api, archive

    @property
    def has_widget(self) -> bool:
        """Whether there is a widget to show."""
        return self._archive.describe() is not None

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Any of `PATHS`; `?user=` signs that user in."""
        response = web.FileResponse(PAGES / "index.html")
        response.headers["Content-Security-Policy"] = self._policy()
        if user := request.query.get("user"):
            response.set_cookie(USER_COOKIE, str(int(user)), path="/", httponly=True, samesite="Strict")
        return response

    def _policy(self) -> str:
        api = "/".join(self._api.split("/")[:3])
        return (
            # Kommo's UI kit gives its components their looks by style elements and attributes.
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
            f"frame-ancestors 'self'; connect-src 'self' {api}".rstrip()
        )

    async def session(self, request: web.Request) -> web.Response:
        """`GET /host/session`: what Kommo writes into its pages, and the widget."""
        account = await self._kommo.read(f"{API}/account", "with=task_types,users_groups,datetime_settings")
        users = await self._users()
        user = _signed_in(request, users)
        inside = as_object(account.get("_embedded"))
        return _json(
            {
                "account": {
                    key: account[key] for key in ("id", "name", "subdomain", "country", "currency", "currency_symbol")
                },
                "timezone": inside["datetime_settings"]["timezone"],
                "user": _user(user),
                "rights": user["rights"],
                "users": [_user(one) for one in users],
                "groups": inside["users_groups"],
                "taskTypes": inside["task_types"],
                "widget": await self._widget(),
                "api": self._api,
            }
        )

    async def _users(self) -> list[Wire]:
        return embedded(await self._kommo.read(f"{API}/users", "limit=250"), "users")

    async def _widget(self) -> Wire | None:
        """The widget of the account's integration; None when there is no archive."""
        described = self._archive.describe()
        if described is None:
            return None
        installed = await self._integration()
        return {
            **described,
            "code": installed["code"],
            "isActive": installed["is_active_in_account"],
            "settings": as_object(installed["settings"]),
        }

    async def _integration(self) -> Wire:
        client = (await self._kommo.control("/access"))["client_id"]
        widgets = embedded(await self._kommo.read(f"{API}/widgets"), "widgets")
        found: Wire = next(one for one in widgets if one["client_uuid"] == client)
        return found

    async def token(self, request: web.Request) -> web.Response:
        """`POST /host/widget-token` `{"user"}`: a fresh one-time token for the widget's API."""
        if not self._api:
            raise Refused("There is no API here: the simulators run alone")
        user = int((await request.json())["user"])
        return _json(await self._kommo.control("/widget-token", {"user_id": user}))

    async def save(self, request: web.Request) -> web.Response:
        """`POST /host/widgets/{code}/save` `{"settings"}`."""
        await self._store(request)
        return _json({})

    async def install(self, request: web.Request) -> web.Response:
        """`POST /host/widgets/{code}/install` `{"user", "settings"}`: Kommo tells the integration's redirect URI."""
        user = int((await request.json())["user"])
        await self._store(request)
        return _json(await self._kommo.control("/install-widget", {"user_id": user}))

    async def disable(self, request: web.Request) -> web.Response:
        """`POST /host/widgets/{code}/disable`: the integration's tokens end, and it is told."""
        await self._kommo.act("DELETE", f"{API}/widgets/{request.match_info['code']}", None)
        return _json(await self._kommo.control("/uninstall", {}))

    async def _store(self, request: web.Request) -> None:
        settings = as_object((await request.json()).get("settings"))
        await self._kommo.act("POST", f"{API}/widgets/{request.match_info['code']}", settings)

    async def file(self, request: web.Request) -> web.Response:
        """`GET /upl/{code}/widget/{file}`: a file of the archive."""
        found = self._archive.read(request.match_info["file"])
        if found is None:
            raise web.HTTPNotFound
        content, kind = found
        return web.Response(body=content, content_type=kind, charset="utf-8" if kind.startswith("text/") else None)

    async def vendor(self, request: web.Request) -> web.StreamResponse:
        """`GET /vendor/{file}`: one of the libraries that Kommo's pages bring."""
        path = VENDOR.get(request.match_info["file"])
        if path is None or not path.exists():
            raise web.HTTPNotFound(text="Kommo's libraries are not installed: make widget/node_modules")
        return web.FileResponse(path)

    async def api(self, request: web.Request) -> web.Response:
        """`GET /api/v4/…`: Kommo's API with the session of the user who is signed in; pages of a widget only read."""
        user = int(_signed_in(request, await self._users())["id"])
        status, kind, content = await self._kommo.read_as(user, request.path_qs, request.host)
        if status == HTTPStatus.NO_CONTENT:
            return web.Response(status=status)
        return web.Response(body=content, status=status, content_type=kind)


PAGES_KEY = web.AppKey("kommo pages", KommoPages)


def routes() -> list[web.AbstractRouteDef]:
    """The routes, for an application that holds `KommoPages` under `PAGES_KEY` while it runs."""
    return [
        *(web.get(path, _of_pages(KommoPages.page)) for path in PATHS),
        web.static("/host/page", PAGES),
        web.get("/host/session", _of_pages(KommoPages.session)),
        web.post("/host/widget-token", _of_pages(KommoPages.token)),
        web.post(r"/host/widgets/{code:\w+}/save", _of_pages(KommoPages.save)),
        web.post(r"/host/widgets/{code:\w+}/install", _of_pages(KommoPages.install)),
        web.post(r"/host/widgets/{code:\w+}/disable", _of_pages(KommoPages.disable)),
        web.get(r"/upl/{code:\w+}/widget/{file:.+}", _of_pages(KommoPages.file)),
        web.get("/vendor/{file}", _of_pages(KommoPages.vendor)),
        web.get(r"/api/v4/{path:.+}", _of_pages(KommoPages.api)),
    ]


def _of_pages(
    act: Callable[[KommoPages, web.Request], Awaitable[web.StreamResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await act(request.app[PAGES_KEY], request)

    return handle


def _signed_in(request: web.Request, users: list[Wire]) -> Wire:
    """The user that was chosen; the first administrator when none was, or one of another account."""
    chosen = request.cookies.get(USER_COOKIE, "")
    found = next((one for one in users if str(one["id"]) == chosen), None)
    return found or next(one for one in users if one["rights"]["is_admin"])


def _user(user: Wire) -> Wire:
    return {key: user[key] for key in ("id", "name", "email", "lang")} | {"isAdmin": user["rights"]["is_admin"]}


def _json(data: Any) -> web.Response:
    return web.Response(body=orjson.dumps(data), content_type="application/json")
