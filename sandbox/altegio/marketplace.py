"""Marketplace: granting, connecting, freezing and removing an application (contract §10)."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from . import hooks, times
from .account_model import Application, Installation, User, Wire
from .model import Location
from .state import World
from .wire import Refused, as_id, not_found

PENDING, ACTIVE, FROZEN, UNINSTALLED = "pending", "active", "freezed", "uninstalled"


def application_of(world: World, application_id: int) -> Application:
    """An application; 404 when there is none."""
    found = world.applications.get(application_id)
    if found is None:
        raise not_found()
    return found


def installation_of(world: World, application_id: int, location_id: int) -> Installation:
    """An application in a location; 404 when it is not installed there."""
    found = world.installations.get((application_id, location_id))
    if found is None or found.status == UNINSTALLED:
        raise not_found()
    return found


def move_to(world: World, application_id: int, location_id: int, status: str, source: str) -> Installation:
    """Change the status of an application in a location and keep a log of it."""
    now = world.clock.stamp()
    known = world.installations.get((application_id, location_id))
    if known is None:
        known = Installation(application_id, location_id, UNINSTALLED, now)
        world.installations[application_id, location_id] = known
    known.logs.append(
        {"changed_at": times.iso_utc(now), "status_from": known.status, "status_to": status, "source": source}
    )
    known.status, known.since = status, now
    return known


def grant(world: World, location: Location, application: Application) -> Installation:
    """The owner presses Connect: the application waits for its own callback."""
    known = world.installations.get((application.id, location.id))
    if known is not None and known.status in (ACTIVE, FROZEN):
        raise Refused(422, "The application is already connected")
    return move_to(world, application.id, location.id, PENDING, "user")


def registration(application: Application, location: Location, user: User | None) -> str:
    """The query with which a browser comes to the application's registration address (contract §10).

    The user's data are signed with the partner token; the location beside them is not.
    """
    query = {"salon_id": str(location.id)}
    if user is not None:
        text = json.dumps({"id": user.id, "name": user.name, "email": user.email, "phone": user.phone}).encode()
        query["user_data"] = base64.b64encode(text).decode()
        query["user_data_sign"] = hmac.new(application.partner_token.encode(), text, hashlib.sha256).hexdigest()
    return urlencode(query)


def connect(world: World, given: Wire, partner: str) -> Installation:
    """The application's callback: its system user gets in and its webhooks are added beside the others.

    401 for another partner's application, 403 without a grant, 422 when connected already or too late.
    """
    application = application_of(world, as_id(given.get("application_id")))
    if application.partner_token != partner:
        raise Refused(401, "Authentication needed.")
    location = world.location(as_id(given.get("salon_id")))
    known = world.installations.get((application.id, location.id))
    if known is None or known.status == UNINSTALLED:
        raise Refused(403, "Access denied.")
    if known.status != PENDING:
        raise Refused(422, "The application is already connected")
    if world.clock.present() - known.since > application.pending_seconds:
        raise Refused(422, "The time to connect has run out")
    hooks.add_urls(location.hooks, _urls(given.get("webhook_urls")), partner)
    return move_to(world, application.id, location.id, ACTIVE, "partner")


def _urls(given: Any) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > hooks.URL_LIMIT:
        raise Refused(422, "Validation error", {"webhook_urls": [f"not more than {hooks.URL_LIMIT}"]})
    return [str(one) for one in given if one]


def uninstall(world: World, application: Application, location: Location, source: str) -> None:
    """Take the application out of the location, its webhooks with it."""
    installation_of(world, application.id, location.id)
    hooks.remove_partner(location.hooks, application.partner_token)
    move_to(world, application.id, location.id, UNINSTALLED, source)


def lifecycle_event(application: Application, location_id: int, event: str) -> Wire:
    """What is posted to the application's own callback address."""
    return {
        "salon_id": location_id,
        "application_id": application.id,
        "event": event,
        "partner_token": application.partner_token,
    }


def status_view(known: Installation) -> Wire:
    """An application's state in a location."""
    return {
        "logs": known.logs,
        "payments": known.payments,
        "connection_status": {"status": known.status, "created_at": times.iso_utc(known.since)},
    }


def pay(world: World, given: Wire, partner: str) -> int:
    """Note a payment for the application; it takes a frozen one back into use. Gives the payment's id."""
    application = application_of(world, as_id(given.get("application_id")))
    if application.partner_token != partner:
        raise Refused(401, "Authentication needed.")
    known = installation_of(world, application.id, as_id(given.get("salon_id")))
    required = ("payment_sum", "currency_iso", "payment_date", "period_from", "period_to")
    if missing := [name for name in required if not given.get(name)]:
        raise Refused(422, "Validation error", {name: ["This field is required"] for name in missing})
    payment = {"id": world.sequences.next("payment"), **{name: given[name] for name in required}, "is_refunded": False}
    known.payments.append(payment)
    if known.status == FROZEN:
        move_to(world, application.id, known.location_id, ACTIVE, "payment")
    return int(payment["id"])


def refund(world: World, payment_id: int, partner: str) -> None:
    """Take a payment back; 404 for an unknown one."""
    for known in world.installations.values():
        for payment in known.payments:
            mine = world.applications[known.application_id].partner_token == partner
            if mine and payment["id"] == payment_id:
                payment["is_refunded"] = True
                return
    raise not_found()
