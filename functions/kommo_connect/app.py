"""Where Kommo sends people, codes and the news of a removal: `GET /oauth/kommo`, `.../start/{client_id}`, `.../gone`.

Kommo itself calls the first one when a widget is installed: it waits three seconds and never calls again.
"""

from functools import partial
from typing import Any

from bookdeal.installs.door import Door
from bookdeal.installs.pages import accept_language, page, redirect
from bookdeal.runtime import aws, parameters, webhook_key
from bookdeal.runtime.clock import SystemClock
from bookdeal.runtime.credentials import Vault
from bookdeal.runtime.environment import KommoConnectEnvironment, load
from bookdeal.runtime.errors import BookdealError, Invalid, NotFound, Rejected, Unauthorised
from bookdeal.runtime.observe import Unit, unit
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store

environment = load(KommoConnectEnvironment)
clock = SystemClock()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request with a page, a way on, or an empty body for Kommo's own calls."""
    resource = event.get("resource", "")
    shown = partial(page, accept_language=accept_language(event), brand=environment.brand_name)
    query = event.get("queryStringParameters") or {}
    correlation_id = context.aws_request_id
    try:
        with unit("connect", "kommo", correlation_id=correlation_id) as current:
            door = _door(current)
            if resource.endswith("/gone"):
                current.note(installation=door.gone(query, correlation_id))
                return {"statusCode": 204, "body": ""}
            if resource.endswith("/start/{client_id}"):
                return redirect(door.link(event["pathParameters"]["client_id"]))
            door.take(query, correlation_id)
            return shown("connecting")
    except Unauthorised:
        return {"statusCode": 403, "body": ""}
    except Rejected:
        return shown("denied")
    except (Invalid, NotFound):
        return shown("invalid")
    except BookdealError:
        return shown("later")


def _door(current: Unit) -> Door:
    store = Store(aws.dynamodb(), clock, current.counters)
    return Door(
        store.table(environment.installations_table, "installation", "part"),
        Vault(
            store.table(environment.credentials_table, "installation", "provider"),
            aws.kms(),
            environment.tokens_key_id,
            clock,
        ),
        Hints(environment.hints_queue_url, aws.sqs()),
        clock,
        partial(_server_keys, environment.webhook_keys_parameter),
        environment.kommo_consent_url,
    )


def _server_keys(parameter: str) -> tuple[str, ...]:
    return webhook_key.server_keys(parameters.secret(parameter))
