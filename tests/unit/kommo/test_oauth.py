"""Tokens: got, renewed, refused, lost."""

import base64
import json
from typing import Any

import pytest
import requests

from bookdeal.kommo.oauth import current_host, exchange, renew
from bookdeal.runtime.credentials import Secret
from bookdeal.runtime.errors import BookdealError, RateLimited, Transient, Unauthorised, UnknownOutcome
from tests.unit.kommo.wire import BASE, Wire

TOKEN_URL = f"{BASE}/oauth2/access_token"
REDIRECT = "https://hub.example.test/oauth/kommo"
ANSWER = {
    "token_type": "Bearer",
    "expires_in": 86400,
    "server_time": 1751621727,
    "access_token": "new-access",
    "refresh_token": "new-refresh",
}


def old(access: str = "old-access") -> Secret:
    return Secret(access, "old-refresh", 1.0, 2.0, "client", "integration-secret", REDIRECT)


def asked(wire: Wire, secret: Secret | None = None) -> Secret:
    return renew(wire.client.http, BASE, secret or old(), wire.client.deadline)


def test_a_code_is_exchanged(wire: Wire) -> None:
    wire.answers.post(TOKEN_URL, json=ANSWER)
    secret = exchange(
        wire.client.http,
        BASE,
        "code",
        client_id="client",
        client_secret="integration-secret",
        redirect_uri=REDIRECT,
        deadline=wire.client.deadline,
    )
    now = wire.clock.now()
    assert secret == Secret("new-access", "new-refresh", now, now + 86400, "client", "integration-secret", REDIRECT)
    assert wire.body() == {
        "client_id": "client",
        "client_secret": "integration-secret",
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": REDIRECT,
    }
    assert wire.header("Authorization") is None


def test_a_pair_is_renewed(wire: Wire) -> None:
    wire.answers.post(TOKEN_URL, json=ANSWER | {"expires_in": "3600"})
    secret = asked(wire)
    assert (secret.access, secret.refresh) == ("new-access", "new-refresh")
    assert secret.expires_at == wire.clock.now() + 3600
    assert (secret.client_id, secret.client_secret, secret.redirect_uri) == ("client", "integration-secret", REDIRECT)
    assert wire.body()["grant_type"] == "refresh_token"
    assert wire.body()["refresh_token"] == "old-refresh"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param({"status": 401, "json": {"hint": "Token has been revoked"}}, Unauthorised, id="reused"),
        pytest.param({"status": 400, "json": {"hint": "Invalid refresh token"}}, Unauthorised, id="400"),
        pytest.param({"status": 404, "body": "<html>"}, Unauthorised, id="another host"),
        pytest.param({"status": 403, "body": "403 Forbidden"}, RateLimited, id="address blocked"),
        pytest.param({"status": 402, "json": {}}, Transient, id="unpaid"),
        pytest.param({"status": 500, "json": {}}, UnknownOutcome, id="500"),
        pytest.param({"status": 503, "body": ""}, Transient, id="503"),
        pytest.param({"body": requests.ReadTimeout("late")}, UnknownOutcome, id="no answer"),
        pytest.param({"json": {"access_token": "x"}}, UnknownOutcome, id="half an answer"),
        pytest.param({"body": "<html>"}, UnknownOutcome, id="HTML"),
    ],
)
def test_a_renewal_that_fails(wire: Wire, answer: dict[str, Any], error: type[BookdealError]) -> None:
    for _ in range(3 if answer.get("status") == 503 else 1):
        wire.answers.post(TOKEN_URL, **answer)
    with pytest.raises(error) as caught:
        asked(wire)
    assert "old-refresh" not in repr(caught.value)


def token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def test_an_account_that_has_moved_is_found(wire: Wire) -> None:
    url = "https://api-c.kommo.com/oauth2/account/current/subdomain"
    wire.answers.get(url, json={"id": 1, "subdomain": "studio", "domain": "Studio.kommo.com"})
    secret = old(token(api_domain="api-c.kommo.com"))
    assert current_host(wire.client.http, secret, wire.client.deadline) == "studio.kommo.com"
    assert wire.header("X-Refresh-Token") == "old-refresh"


@pytest.mark.parametrize(
    "answer",
    [{"status": 401}, {"json": {"domain": "evil.example.test"}}, {"json": [1]}, {"body": "<html>"}, {"status": 204}],
)
def test_an_account_that_cannot_be_found(wire: Wire, answer: dict[str, Any]) -> None:
    wire.answers.get("https://api-c.kommo.com/oauth2/account/current/subdomain", **answer)
    secret = old(token(api_domain="api-c.kommo.com"))
    assert current_host(wire.client.http, secret, wire.client.deadline) is None


@pytest.mark.parametrize(
    "access",
    ["", "opaque", "a.b.c", "a.!!!.c", "a.bnVsbA.c", token(), token(api_domain=5), token(api_domain="example.test")],
)
def test_a_refresh_token_is_sent_to_no_other_host(wire: Wire, access: str) -> None:
    assert current_host(wire.client.http, old(access), wire.client.deadline) is None
    assert not wire.answers.calls
