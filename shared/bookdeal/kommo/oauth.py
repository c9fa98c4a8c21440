"""Getting and renewing Kommo's tokens (contract §2).

The token endpoint is that of the account's own host; the caller answers for the host by `hosts.is_kommo_host`, for
the integration's secret is sent there. Refusals are told by their HTTP status, never by their words.
"""

import base64
import binascii
from typing import Any

import pydantic_core
from pydantic import BaseModel, ValidationError

from bookdeal.kommo.hosts import account_host, is_kommo_host
from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.credentials import Secret
from bookdeal.runtime.errors import BookdealError, RateLimited, Transient, Unauthorised, UnknownOutcome
from bookdeal.runtime.http import Http

_ROUTE = "/oauth2/access_token"
_REFUSALS = (400, 401, 404)
_ANSWER_SECONDS = 15.0
_TRY_LATER = 60.0


class _Tokens(BaseModel):
    access_token: str
    refresh_token: str
    expires_in: float


def exchange(
    http: Http,
    base_url: str,
    code: str,
    *,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    deadline: Deadline,
) -> Secret:
    """Return the first token pair for an authorization code, which lives 20 minutes and works once.

    Raises Unauthorised when Kommo refuses it, UnknownOutcome when the answer is lost: then the code is spent, perhaps.
    """
    integration = Secret("", client_id=client_id, client_secret=client_secret, redirect_uri=redirect_uri)
    return _granted(http, base_url, integration, {"grant_type": "authorization_code", "code": code}, deadline)


def renew(http: Http, base_url: str, secret: Secret, deadline: Deadline) -> Secret:
    """Return the next token pair.

    Raises Unauthorised when Kommo refuses; the account may have moved to another host, see `current_host`. After
    UnknownOutcome the old refresh token is the one to try again with: it lives until the new pair is used (§2.4).
    """
    grant = {"grant_type": "refresh_token", "refresh_token": secret.refresh}
    return _granted(http, base_url, secret, grant, deadline)


def current_host(http: Http, secret: Secret, deadline: Deadline) -> str | None:
    """Return the host that the account has now, None if that cannot be found out (contract §2.6).

    For an account whose subdomain was changed: its old host refuses or does not know it.
    """
    domain = _api_domain(secret.access)
    if domain is None or not secret.refresh:
        return None
    route = "/oauth2/account/current/subdomain"
    try:
        response = http.request(
            "GET",
            f"https://{domain}{route}",
            route=route,
            headers={"X-Refresh-Token": secret.refresh},
            deadline=deadline,
            repeatable=True,
        )
        answer = response.json() if response.status == 200 else None
    except BookdealError:
        return None
    told = answer.get("domain") if isinstance(answer, dict) else None
    return account_host(told) if isinstance(told, str) else None


def _granted(http: Http, base_url: str, integration: Secret, grant: dict[str, str], deadline: Deadline) -> Secret:
    asked_at = http.clock.now()
    response = http.request(
        "POST",
        base_url + _ROUTE,
        route=_ROUTE,
        headers={},
        deadline=deadline,
        repeatable=False,
        json={
            "client_id": integration.client_id,
            "client_secret": integration.client_secret,
            "redirect_uri": integration.redirect_uri,
            **grant,
        },
        read_timeout=_ANSWER_SECONDS,
    )
    if response.status in _REFUSALS:
        raise Unauthorised("grant")
    if response.status == 403:
        raise RateLimited("blocked", wait=_TRY_LATER)
    if not 200 <= response.status < 300:
        raise Transient("token_endpoint", wait=_TRY_LATER)
    try:
        tokens = _Tokens.model_validate_json(response.content)
    except ValidationError:
        raise UnknownOutcome("unreadable_answer", status=response.status) from None
    return Secret(
        access=tokens.access_token,
        refresh=tokens.refresh_token,
        issued_at=asked_at,
        expires_at=asked_at + tokens.expires_in,
        client_id=integration.client_id,
        client_secret=integration.client_secret,
        redirect_uri=integration.redirect_uri,
    )


def _api_domain(token: str) -> str | None:
    """Return the host that a token names for itself, None if it names none that is Kommo's. The token is not checked:
    it is our own."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = pydantic_core.from_json(base64.urlsafe_b64decode(parts[1] + "=="))
    except (ValueError, binascii.Error):
        return None
    domain = claims.get("api_domain") if isinstance(claims, dict) else None
    return domain if isinstance(domain, str) and is_kommo_host(domain) else None
