"""Reading request bodies and writing JSON answers."""

from typing import Any

import orjson
from aiohttp import web

CUT = web.RequestKey("cut_to_first_half", bool)


class ControlError(Exception):
    """A control call asks for something that cannot be; answered 400 with the text."""


class BrokenJson(ValueError):
    """A request body is not JSON."""


def json_answer(data: Any, status: int = 200, content_type: str = "application/json") -> web.Response:
    """`data` as JSON, compact and in UTF-8."""
    return web.Response(body=orjson.dumps(data), status=status, content_type=content_type)


async def read_json(request: web.Request) -> Any:
    """The body as JSON, None when it is empty; raises BrokenJson.

    Handlers read batches only through this: for a partial commit it gives them the first half of a list (rounded up).
    """
    body = await request.read()
    if not body.strip():
        return None
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BrokenJson(str(error)) from error
    if request.get(CUT, False) and isinstance(data, list):
        return data[: (len(data) + 1) // 2]
    return data
