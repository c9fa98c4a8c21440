"""Where Altegio's marketplace sends people and news.

`GET /marketplace/altegio/{client_id}` is our application's registration address, with the Kommo integration by which
its locations are connected; `POST /marketplace/altegio` is its callback address.
"""

import base64
import binascii
from functools import partial
from typing import Any

from bookdeal.installs.arrivals import Arrivals
from bookdeal.installs.pages import accept_language, page, redirect
from bookdeal.runtime import aws, parameters, webhook_key
from bookdeal.runtime.clock import SystemClock
from bookdeal.runtime.environment import AltegioConnectEnvironment, load
from bookdeal.runtime.errors import BookdealError, Invalid, NotFound, Unauthorised
from bookdeal.runtime.observe import Unit, unit
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store

environment = load(AltegioConnectEnvironment)
clock = SystemClock()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request: a way on for people, an empty body for Altegio."""
    is_news = event.get("httpMethod") == "POST"
    try:
        with unit("connect", "altegio", correlation_id=context.aws_request_id) as current:
            arrivals = _arrivals(current)
            if is_news:
                current.note(count=arrivals.hear(_body(event), context.aws_request_id))
                return {"statusCode": 204, "body": ""}
            query = event.get("queryStringParameters") or {}
            return redirect(arrivals.lead_on(event["pathParameters"]["client_id"], query))
    except BookdealError as error:
        if is_news:
            return {"statusCode": 404 if isinstance(error, Unauthorised) else error.http_status, "body": ""}
        is_wrong = isinstance(error, Invalid | NotFound | Unauthorised)
        return page("invalid" if is_wrong else "later", accept_language(event), environment.brand_name)


def _body(event: dict[str, Any]) -> str:
    text = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return text
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _arrivals(current: Unit) -> Arrivals:
    store = Store(aws.dynamodb(), clock, current.counters)
    table = store.table(environment.installations_table, "installation", "part")
    return Arrivals(
        table,
        Hints(environment.hints_queue_url, aws.sqs()),
        clock,
        partial(parameters.secret, environment.altegio_partner_token_parameter),
        lambda: webhook_key.server_keys(parameters.secret(environment.webhook_keys_parameter))[0],
        environment.kommo_consent_url,
        environment.altegio_application,
    )
