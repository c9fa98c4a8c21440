"""Webhooks: what is subscribed to, what is due, and what refused deliveries lead to (contract §9)."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.simulator import Clock, Deliveries, Hook, is_valid

from .call import Call, call_of, hal, nothing, query_of, read_object, whole
from .filters import texts
from .hook_bodies import Pairs, encode
from .problems import Problem, choice, invalid, missing
from .state import Account, Subscription

HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "amoCRM-WebHook-client/1.0"}
TIMEOUT = 2.0
SETTINGS = {
    *(f"{action}_{kind}" for action in ("add", "update", "delete", "restore", "responsible", "note")
      for kind in ("lead", "contact", "company")),
    *(f"{action}_customer" for action in ("add", "update", "delete", "responsible", "note")),
    *(f"{action}_task" for action in ("add", "update", "delete", "responsible")),
    *(f"{action}_unsorted" for action in ("add", "update", "delete")),
    "status_lead", "add_talk", "update_talk", "add_chat_template_review", "add_message", "add_outgoing_message",
}  # fmt: skip
MOST_SUBSCRIPTIONS = 100
INVALID_WINDOW = 2 * 3600.0
MOST_INVALID = 100

type Due = tuple[int | str, Pairs]


def retry_after(attempt: int, status: int) -> float | None:
    """Seconds from a refused attempt to the next: after 5, 15, 15 and 60 minutes, the last two for 499 and 5xx only.

    No answer at all (0) counts among the latter.
    """
    if attempt <= 2:
        return (300.0, 900.0)[attempt - 1]
    if attempt <= 4 and (status in (0, 499) or 500 <= status <= 599):
        return (900.0, 3600.0)[attempt - 3]
    return None


class Outbox:
    """The hooks of one request, sent together when it is done."""

    def __init__(self, account: Account, deliveries: Deliveries, clock: Clock) -> None:
        self._account = account
        self._deliveries = deliveries
        self._clock = clock
        self._due: dict[tuple[str, str], list[Due]] = {}

    def add(self, setting: str, path: str, number: int | str, pairs: Callable[[], Pairs]) -> None:
        """Note one item below `path` such as `leads[update]` for those who subscribed to `setting`."""
        if self._deliveries.paused or not any(
            setting in one.settings and not one.disabled for one in self._account.subscriptions.values()
        ):
            return
        self._due.setdefault((setting, path), []).append((number, pairs()))

    def flush(self) -> None:
        """Send what is due: items of one kind in bodies of up to `items_per_body`."""
        due, self._due = self._due, {}
        size = max(1, int(self._deliveries.profile["items_per_body"]))
        for (setting, path), items in due.items():
            for start in range(0, len(items), size):
                self._send(setting, path, items[start : start + size])

    def _send(self, setting: str, path: str, items: list[Due]) -> None:
        body = encode(self._account, path, (pairs for _, pairs in items))
        action, _, kind = setting.partition("_")
        for subscription in self._account.subscriptions.values():
            if setting in subscription.settings and not subscription.disabled:
                self._deliveries.send(
                    Hook(
                        url=subscription.destination,
                        body=body,
                        headers=HEADERS,
                        resource=kind,
                        action=action,
                        ids=[number for number, _ in items],
                        on_attempt=lambda status, to=subscription: self._count(to, status),  # type: ignore[misc]
                    )
                )

    def _count(self, subscription: Subscription, status: int) -> bool:
        """Count a refused attempt; more than 100 in two hours disable the subscription. False: try no more."""
        if is_valid(status):
            return True
        now = self._clock.present()
        subscription.invalid.append(now)
        while subscription.invalid[0] <= now - INVALID_WINDOW:
            subscription.invalid.popleft()
        if len(subscription.invalid) > MOST_INVALID:
            subscription.disabled = True
        return not subscription.disabled


def render_subscription(call: Call, subscription: Subscription) -> dict[str, Any]:
    """A subscription as the API reads it."""
    return {
        "id": subscription.id,
        "destination": subscription.destination,
        "created_at": subscription.created_at,
        "updated_at": subscription.updated_at,
        "account_id": call.account.id,
        "created_by": subscription.created_by,
        "sort": subscription.sort,
        "disabled": subscription.disabled,
        "settings": subscription.settings,
    }


async def list_subscriptions(request: web.Request) -> web.Response:
    """`GET /webhooks`, by exact destination when asked; the filter works in every plan."""
    call = call_of(request)
    call.require_admin()
    given = query_of(request).get("filter")
    wanted = texts(given.get("destination")) if isinstance(given, dict) else []
    found = [one for one in call.account.subscriptions.values() if not wanted or one.destination in wanted]
    return whole(request, "webhooks", [render_subscription(call, one) for one in found])


async def subscribe(request: web.Request) -> web.Response:
    """`POST /webhooks`: a new destination, or new settings for a known one, which it enables again."""
    call = call_of(request)
    call.require_admin()
    given = await read_object(request)
    account, now = call.account, call.stamp()
    if not account.behaviour.webhooks_in_plan:
        raise Problem(402, "Payment required")
    destination, settings = given.get("destination"), given.get("settings")
    errors = []
    if not isinstance(destination, str) or not destination.startswith(("http://", "https://")):
        errors.append(missing("destination") if not destination else choice("destination"))
    if not isinstance(settings, list) or not settings:
        errors.append(missing("settings"))
    else:
        errors += [choice(f"settings.{place}") for place, one in enumerate(settings) if one not in SETTINGS]
    if errors:
        raise invalid([("0", errors)])
    known = account.subscriptions.get(str(destination))
    if known is None:
        if len(account.subscriptions) >= MOST_SUBSCRIPTIONS:
            raise Problem(422, f"Limit {MOST_SUBSCRIPTIONS} webhooks per account")
        known = Subscription(call.next_id("webhook"), str(destination), [], 1, call.user.id, now, now)
        account.subscriptions[known.destination] = known
    known.settings = list(dict.fromkeys(settings or []))
    known.sort = int(given.get("sort") or known.sort)
    known.updated_at = now
    known.disabled = False
    known.invalid.clear()
    return hal(render_subscription(call, known), 201)


async def unsubscribe(request: web.Request) -> web.Response:
    """`DELETE /webhooks` with the destination in the body."""
    call = call_of(request)
    call.require_admin()
    given = await read_object(request)
    if call.account.subscriptions.pop(str(given.get("destination")), None) is None:
        raise Problem(404, f"Cannot DELETE {call.base}{request.path}")
    return nothing()


ROUTES = [
    web.get("/api/v4/webhooks", list_subscriptions),
    web.post("/api/v4/webhooks", subscribe),
    web.delete("/api/v4/webhooks", unsubscribe),
]
