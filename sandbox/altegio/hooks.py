"""Webhooks out: who is told of a change, in which envelope, and a location's settings (contract §9)."""

from collections.abc import Callable
from typing import Any

import orjson

from sandbox.simulator import Deliveries, Hook

from .account_model import HookSettings, Wire
from .model import Location
from .wire import Actor, Refused

FLAGS = (
    "active",
    "salon",
    "service_category",
    "service",
    "good",
    "master",
    "client",
    "record",
    "goods_operations_sale",
    "goods_operations_receipt",
    "goods_operations_consumable",
    "goods_operations_stolen",
    "goods_operations_move",
    "finances_operation",
    "self_sending",
    "loyalty_card",
    "schedule",
)
# Resources whose flag has another name.
FLAG_OF = {"staff": "master", "company": "salon"}
URL_LIMIT = 10
RETRIES = 2
RETRY_SECONDS = 1.5
TIMEOUT_SECONDS = 10.0
EXTRAS: Wire = {"profile": "backend", "array": False, "location_resource": "company"}
HEADERS = {"Content-Type": "application/json"}


def retry_after(profile: str, attempt: int, status: int) -> float | None:
    """Seconds until the next attempt: the docs promise none, the backend makes two on no answer, 429 and 5xx."""
    again = status in (0, 429) or status >= 499
    return RETRY_SECONDS if profile == "backend" and again and attempt <= RETRIES else None


class Bell:
    """Rings the hooks of locations; what a change looks like is asked for only when somebody listens."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def ring(
        self, location: Location, resource: str, resource_id: int, status: str, data: Callable[[], Any], actor: Actor
    ) -> None:
        """Announce a change to every URL of the location whose flag is on.

        With `self_sending` off, URLs that a partner set are not told what was done with that partner's token.
        """
        deliveries, settings = self._deliveries, location.hooks
        if deliveries.paused or not settings.urls:
            return
        flags = settings.flags
        if not flags.get("active") or not flags.get(FLAG_OF.get(resource, resource)):
            return
        urls = settings.urls
        if not flags.get("self_sending") and actor.partner:
            urls = [one for one in urls if settings.partner_of.get(one) != actor.partner]
        if not urls:
            return
        body = self._body(location, resource, resource_id, status, data())
        for url in urls:
            deliveries.send(Hook(url, body, HEADERS, resource, status, [resource_id]))

    def _body(self, location: Location, resource: str, resource_id: int, status: str, data: Any) -> bytes:
        profile = self._deliveries.profile
        name = str(profile["location_resource"]) if resource == "company" else resource
        envelope: Any = {
            "company_id": location.id,
            "resource": name,
            "resource_id": resource_id,
            "status": status,
            "data": data,
        }
        return orjson.dumps([envelope] if profile["array"] else envelope)


def settings_view(settings: HookSettings) -> Wire:
    """The settings as GET shows them: a location without hooks has one empty URL (contract §9.1)."""
    return {
        "urls": settings.urls or [""],
        **{name: settings.flags.get(name, 0) for name in FLAGS},
        "url_settings": [
            {"url": url, **{name: settings.flags.get(name, 0) for name in FLAGS}} for url in settings.urls
        ],
    }


def replace_settings(settings: HookSettings, given: Wire, partner: str) -> None:
    """Take a body of POST in place of everything the location had, also for other vendors' URLs (contract §9.1).

    422 without a URL, with more than ten, or with one that is no address.
    """
    urls = given.get("urls")
    if not isinstance(urls, list):
        raise Refused(422, "Validation error", {"urls": ["must be a list"]})
    unique = list(dict.fromkeys(str(url).strip() for url in urls if str(url).strip()))
    if not unique or len(unique) > URL_LIMIT:
        raise Refused(422, "Validation error", {"urls": [f"must have 1 to {URL_LIMIT} addresses"]})
    if wrong := [url for url in unique if not url.startswith(("https://", "http://"))]:
        raise Refused(422, "Validation error", {"urls": [f"{url} is not an address" for url in wrong]})
    settings.partner_of = {url: settings.partner_of.get(url, partner) for url in unique}
    settings.urls = unique
    settings.flags = {name: int(str(given.get(name) or 0).lower() in ("1", "true")) for name in FLAGS}


def add_urls(settings: HookSettings, urls: list[str], partner: str) -> None:
    """Add URLs beside those that are there, with the flags that an installation switches on (contract §9.1)."""
    if len(dict.fromkeys([*settings.urls, *urls])) > URL_LIMIT:
        raise Refused(422, "Validation error", {"webhook_urls": [f"not more than {URL_LIMIT}"]})
    for url in urls:
        if url not in settings.urls:
            settings.urls.append(url)
        settings.partner_of[url] = partner
    if urls:
        left_off = ("loyalty_card", "self_sending")
        settings.flags.update({name: 1 for name in FLAGS if name not in left_off})


def remove_partner(settings: HookSettings, partner: str) -> None:
    """Take a partner's URLs out: its application was uninstalled."""
    settings.urls = [url for url in settings.urls if settings.partner_of.get(url) != partner]
    settings.partner_of = {url: settings.partner_of[url] for url in settings.urls if url in settings.partner_of}
