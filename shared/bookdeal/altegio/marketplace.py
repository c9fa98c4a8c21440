"""Altegio's marketplace: who has connected our application to a location, and whether it still is (contract §10).

The state machine is Altegio's: pending after the owner has pressed Connect, active once we have answered, frozen while
it is not paid for, uninstalled. What an address or a webhook says of it is a doorbell; `Marketplace.status` is the
truth.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bookdeal.altegio.client import ACCEPT
from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.errors import Rejected, Revoked, Transient, Unauthorised
from bookdeal.runtime.http import Http, HttpResponse
from bookdeal.runtime.limiter import Lane, Limiter, Rate

_API, _MARKETPLACE = "https://api.alteg.io", "https://app.alteg.io"


class Status(StrEnum):
    """What an application is to a location; the value is Altegio's word."""

    PENDING = "pending"
    ACTIVE = "active"
    FROZEN = "freezed"
    UNINSTALLED = "uninstalled"


def signed_user(partner_token: str, user_data: str, signature: str) -> int:
    """Return the id of the Altegio user who was sent to us. Raises Unauthorised unless Altegio signed it.

    The signature covers the decoded text, and with it the user, but not the location that stands beside it in the
    address. Nothing else of the user (name, phone, e-mail) is looked at.
    """
    try:
        text = base64.b64decode(user_data, validate=True)
    except (binascii.Error, ValueError):
        raise Unauthorised("user_data") from None
    expected = hmac.new(partner_token.encode(), text, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass")):
        raise Unauthorised("user_data")
    try:
        return int(json.loads(text)["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unauthorised("user_data") from None


def is_from_altegio(partner_token: str, told: Any) -> bool:
    """Tell whether a lifecycle webhook comes from Altegio: it shows our own partner token."""
    return isinstance(told, str) and hmac.compare_digest(told.encode("utf-8", "surrogatepass"), partner_token.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketplace:
    """Our application in the marketplace. `base_url` is that of the API; other parameters as in `AltegioClient`."""

    base_url: str
    application: int
    http: Http
    partner_token: str
    limiter: Limiter
    rates: Sequence[Rate]
    lane: Lane
    deadline: Deadline

    def status(self, location: int) -> Status:
        """Return what our application is to a location."""
        route = "/marketplace/salon/{location}/application/{application}"
        response = self._send("GET", route, location, None, is_repeatable=True)
        if response.status == 404:
            return Status.UNINSTALLED
        answer = _checked(response, location).json()
        try:
            return Status(answer.get("data", answer)["connection_status"]["status"])
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Transient("unreadable_answer") from None

    def connect(self, location: int, hooks: Sequence[str]) -> None:
        """Answer a pending connection: our application gets its rights, and `hooks` ring beside those of others.

        Raises Rejected where it is not pending (any more).
        """
        body = {"salon_id": location, "application_id": self.application, "webhook_urls": list(hooks)}
        _checked(self._send("POST", "/marketplace/partner/callback", location, body, is_repeatable=False), location)

    def uninstall(self, location: int) -> None:
        """Take our application out of a location. One that is not in it stays so."""
        route = "/marketplace/salon/{location}/application/{application}/uninstall"
        response = self._send("POST", route, location, None, is_repeatable=True)
        if response.status != 404:
            _checked(response, location)

    def _send(self, method: str, route: str, location: int, body: Any, *, is_repeatable: bool) -> HttpResponse:
        path = route.replace("{location}", str(location)).replace("{application}", str(self.application))
        return self.http.request(
            method,
            (_MARKETPLACE if self.base_url == _API else self.base_url) + path,
            route=route,
            headers={"Authorization": f"Bearer {self.partner_token}", "Accept": ACCEPT},
            deadline=self.deadline,
            repeatable=is_repeatable,
            json=body,
            before_attempt=lambda: self.limiter.acquire(self.rates, self.lane, self.deadline),
        )


def _checked(response: HttpResponse, location: int) -> HttpResponse:
    if 200 <= response.status < 300:
        return response
    reason = {401: Revoked.TOKEN, 403: Revoked.RIGHTS}.get(response.status, "not_pending")
    raise Rejected(reason, params={"location": location, "status": response.status})
