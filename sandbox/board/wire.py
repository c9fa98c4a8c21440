"""Talking to a simulator: its API with an administrator's token, and its control calls."""

from typing import Any

import aiohttp
import orjson
from yarl import URL

NO_CONTENT = 204
FIRST_ERROR = 400

type Wire = dict[str, Any]


class Refused(Exception):
    """A simulator did not do what it was asked to; the text is what it said."""


class Simulator:
    """One simulator. All methods raise Refused, with its reason, when it refuses or does not answer."""

    def __init__(self, name: str, session: aiohttp.ClientSession, base_url: str, control_url: str, token: str) -> None:
        """`token` is the whole value of the Authorization header."""
        self.name = name
        self._session = session
        self._base_url = base_url
        self._control_url = control_url
        self._headers = {"Authorization": token, "Content-Type": "application/json"}

    async def read(self, path: str, query: str = "") -> Any:
        """GET below the base URL; None for 204."""
        return await self._ask("GET", f"{self._base_url}{path}{'?' if query else ''}{query}", None)

    async def act(self, method: str, path: str, body: Any) -> Any:
        """A write below the base URL; None for 204."""
        return await self._ask(method, f"{self._base_url}{path}", body)

    async def control(self, path: str, body: Any = None) -> Any:
        """A control call: GET without a body, POST with one."""
        return await self._ask("GET" if body is None else "POST", f"{self._control_url}{path}", body)

    async def read_as(self, user: int, path: str, host: str) -> tuple[int, str, bytes]:
        """GET a path with its query as a user's own browser would at that host: status, media type and body."""
        headers = self._headers | {"X-Context-User-ID": str(user), "Host": host}
        try:
            async with self._session.get(URL(f"{self._base_url}{path}", encoded=True), headers=headers) as answer:
                return answer.status, answer.content_type, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Refused(f"{self.name} does not answer") from error

    async def _ask(self, method: str, url: str, body: Any) -> Any:
        data = None if body is None else orjson.dumps(body)
        try:
            async with self._session.request(method, url, data=data, headers=self._headers) as answer:
                content = await answer.read()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Refused(f"{self.name} does not answer") from error
        found = _parsed(content)
        if status >= FIRST_ERROR:
            raise Refused(f"{self.name}: {_reason(found) or status}")
        return None if status == NO_CONTENT else found


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _reason(found: Any) -> str:
    """The reason inside an error: Altegio's `meta`, Kommo's `detail`, a control call's `error`."""
    told = as_object(found)
    meta = as_object(told.get("meta"))
    details = "; ".join(f"{name}: {texts}" for name, texts in as_object(meta.get("errors")).items())
    message = str(meta.get("message") or told.get("detail") or told.get("error") or "")
    return f"{message} ({details})" if details and details not in message else message


def as_object(value: Any) -> Wire:
    """A nested object; PHP writes an empty one as a list, and an absent one as null."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """A list; an absent one may be null."""
    return value if isinstance(value, list) else []


def embedded(answer: Any, name: str) -> list[Any]:
    """The items of one of Kommo's lists; an empty list is answered 204."""
    return as_list(as_object(as_object(answer).get("_embedded")).get(name))
