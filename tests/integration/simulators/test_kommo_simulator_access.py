"""OAuth, widget tokens and limits of the Kommo simulator (contract §2, §3)."""

import base64
import hashlib
import hmac
import json
import statistics
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.integration.simulators.kommo_account import SALES, TALKING, KommoAccount, kommo_account, wait_for
from tests.integration.simulators.receiver import Receiver


@pytest.fixture
def kommo() -> Iterator[KommoAccount]:
    with kommo_account() as account:
        yield account


@pytest.fixture
def limited() -> Iterator[KommoAccount]:
    with kommo_account(unlimited=False) as account:
        yield account


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def token(kommo: KommoAccount, grant_type: str, **given: str) -> requests.Response:
    keys = {key: kommo.grant[key] for key in ("client_id", "client_secret", "redirect_uri")}
    body = {**keys, "grant_type": grant_type, **given}
    return kommo.session.post(f"{kommo.base_url}/oauth2/access_token", json=body, timeout=5)


def refresh(kommo: KommoAccount, value: str) -> requests.Response:
    return token(kommo, "refresh_token", refresh_token=value)


def consent(kommo: KommoAccount, **more: str) -> dict[str, list[str]]:
    """Ask for access; the query with which the browser is sent back."""
    query = {"client_id": kommo.grant["client_id"], "state": "s1", "consent": "allow", **more}
    answer = kommo.session.get(f"{kommo.base_url}/oauth", params=query, allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    address = answer.headers["Location"]
    assert address.startswith(kommo.grant["redirect_uri"] + "?")
    return parse_qs(urlsplit(address).query)


# --- consent and the token endpoint -----------------------------------------------------------------------------------


def test_consent_leads_back_with_a_code_that_buys_tokens_once(kommo: KommoAccount) -> None:
    back = consent(kommo)
    assert set(back) == {"code", "state", "referer", "client_id", "platform"}
    assert (back["referer"], back["state"]) == (["lindasalon.kommo.com"], ["s1"])
    answer = token(kommo, "authorization_code", code=back["code"][0])
    assert answer.status_code == 200
    pair = answer.json()
    assert set(pair) == {"token_type", "expires_in", "server_time", "access_token", "refresh_token"}
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 86400)
    assert kommo.get("/account", token=pair["access_token"]).status_code == 200
    again = token(kommo, "authorization_code", code=back["code"][0])
    assert (again.status_code, again.json()["hint"]) == (400, "Authorization code has been revoked")


def test_the_access_token_is_a_jwt_with_its_api_domain(kommo: KommoAccount) -> None:
    payload = kommo.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["account_id"], claims["api_domain"]) == (31_000_101, "api-a.kommo.com")
    assert len(kommo.token) > 800


def test_a_refusal_and_the_page_itself(kommo: KommoAccount) -> None:
    assert set(consent(kommo, consent="deny")) == {"error", "client_id", "state"}
    page = kommo.session.get(f"{kommo.base_url}/oauth?client_id={kommo.grant['client_id']}&state=<x>", timeout=5)
    assert "Allow" in page.text
    assert "<x>" not in page.text
    pressed = kommo.session.post(
        f"{kommo.base_url}/oauth/consent",
        data={"client_id": kommo.grant["client_id"], "answer": "allow"},
        allow_redirects=False,
        timeout=5,
    )
    assert "state" not in parse_qs(urlsplit(pressed.headers["Location"]).query)
    assert kommo.session.get(f"{kommo.base_url}/oauth?client_id=x", timeout=5).status_code == 404


@pytest.mark.parametrize(
    ("given", "status", "hint"),
    [
        ({"code": "nonsense"}, 400, "Cannot decrypt the authorization code"),
        ({"client_secret": "wrong"}, 401, None),
        ({"client_id": "wrong"}, 401, None),
        ({"redirect_uri": "https://elsewhere.example.test/"}, 400, "Check the request parameters"),
        ({"grant_type": "password"}, 400, "Check the request parameters"),
    ],
)
def test_the_token_endpoint_refuses_in_russian(
    kommo: KommoAccount, given: dict[str, str], status: int, hint: str | None
) -> None:
    code = consent(kommo)["code"][0]
    answer = token(kommo, given.pop("grant_type", "authorization_code"), **{"code": code, **given})
    assert (answer.status_code, answer.json().get("hint")) == (status, hint)
    assert answer.json()["type"].endswith("OAuthProblemJson")
    assert answer.json()["title"].startswith("Некорректный")


def test_codes_live_twenty_minutes_access_a_day_refresh_three_months(kommo: KommoAccount) -> None:
    code = consent(kommo)["code"][0]
    kommo.control("clock", {"shift_seconds": 21 * 60})
    assert token(kommo, "authorization_code", code=code).json()["hint"] == "Authorization code has expired"
    kommo.control("clock", {"shift_seconds": 86400 - 60})
    assert kommo.get("/account").status_code == 200
    kommo.control("clock", {"shift_seconds": 86400 + 60})
    expired = kommo.get("/account")
    assert (expired.status_code, expired.json()["title"]) == (401, "Unauthorized")
    assert refresh(kommo, kommo.grant["refresh_token"]).status_code == 200
    kommo.control("clock", {"shift_seconds": 91 * 86400})
    assert refresh(kommo, kommo.grant["refresh_token"]).status_code == 401


def test_an_old_refresh_token_works_until_the_new_one_is_used(kommo: KommoAccount) -> None:
    old = kommo.grant["refresh_token"]
    assert refresh(kommo, old).status_code == 200
    retried = refresh(kommo, old).json()
    assert kommo.get("/account", token=retried["access_token"]).status_code == 200
    refused = refresh(kommo, old)
    assert (refused.status_code, refused.json()["hint"]) == (401, "Token has been revoked")
    assert refresh(kommo, retried["refresh_token"]).status_code == 200
    assert kommo.get("/account").status_code == 200


def test_using_the_new_refresh_token_ends_the_old_one_too(kommo: KommoAccount) -> None:
    old = kommo.grant["refresh_token"]
    new = refresh(kommo, old).json()["refresh_token"]
    assert refresh(kommo, new).status_code == 200
    assert refresh(kommo, old).status_code == 401


def test_a_refresh_token_can_be_good_once_only(kommo: KommoAccount) -> None:
    kommo.control("behaviour", {"old_refresh_token": "single_use"})
    assert refresh(kommo, kommo.grant["refresh_token"]).status_code == 200
    assert refresh(kommo, kommo.grant["refresh_token"]).status_code == 401


def test_several_users_hold_tokens_of_one_installation(kommo: KommoAccount) -> None:
    code = consent(kommo, user_id="12100003")["code"][0]
    managers = token(kommo, "authorization_code", code=code).json()["access_token"]
    assert kommo.get("/account", token=managers).json()["current_user_id"] == 12_100_003
    assert kommo.get("/account").json()["current_user_id"] == 12_100_001
    lasting = kommo.control("long-lived-token", {"days": 30})["access_token"]
    kommo.control("clock", {"shift_seconds": 29 * 86400})
    assert kommo.get("/account", token=lasting).status_code == 200
    assert kommo.get("/account").status_code == 401
    kommo.control("clock", {"shift_seconds": 31 * 86400})
    assert kommo.get("/account", token=lasting).status_code == 401


def test_the_subdomain_can_be_looked_up(kommo: KommoAccount) -> None:
    url = f"{kommo.base_url}/oauth2/account"
    by_refresh = {"X-Refresh-Token": kommo.grant["refresh_token"]}
    found = kommo.session.get(f"{url}/current/subdomain", headers=by_refresh, timeout=5).json()
    assert found == {
        "id": 31_000_101,
        "subdomain": "lindasalon",
        "domain": "lindasalon.kommo.com",
        "top_level_domain": "com",
    }
    by_access = {"Authorization": f"Bearer {kommo.token}"}
    assert kommo.session.get(f"{url}/subdomain", headers=by_access, timeout=5).json() == found
    assert kommo.session.get(f"{url}/subdomain", timeout=5).status_code == 401


def test_tokens_are_had_from_the_accounts_own_host_only(kommo: KommoAccount) -> None:
    def at(host: str) -> int:
        body = {key: kommo.grant[key] for key in ("client_id", "client_secret", "redirect_uri", "refresh_token")}
        url = f"{kommo.base_url}/oauth2/access_token"
        given = {**body, "grant_type": "refresh_token"}
        return kommo.session.post(url, json=given, headers={"Host": host}, timeout=5).status_code

    assert [at("other.kommo.com"), at("lindasalon.kommo.com")] == [401, 200]


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer nonsense", "Basic x"])
def test_calls_without_a_good_token_are_401(kommo: KommoAccount, value: str) -> None:
    answer = kommo.session.get(f"{kommo.base_url}/api/v4/leads", headers={"Authorization": value}, timeout=5)
    assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid user name or password")


# --- installing, removing, widgets ------------------------------------------------------------------------------------


def test_installing_a_widget_sends_a_code_to_the_redirect_uri(kommo: KommoAccount, receiver: Receiver) -> None:
    kommo.control("integrations", {"redirect_uri": receiver.url})
    kommo.grant["redirect_uri"] = receiver.url
    assert kommo.control("install-widget", {}) == {"status": 204}
    (got,) = receiver.received
    query = parse_qs(urlsplit(got.path).query)
    assert set(query) == {"code", "referer", "from_widget", "platform", "client_id"}
    assert got.headers["User-Agent"] == "amoService-oAuth-Code-Sender/1.0"
    assert token(kommo, "authorization_code", code=query["code"][0]).status_code == 200
    kommo.control("integrations", {"redirect_uri": "http://127.0.0.1:1/"})
    assert kommo.control("install-widget", {}) == {"status": 0}


def test_removing_an_integration_ends_its_tokens_and_tells_it_signed(kommo: KommoAccount, receiver: Receiver) -> None:
    kommo.control("integrations", {"revoke_uri": receiver.url})
    assert kommo.control("uninstall", {}) == {"status": 204}
    query = parse_qs(urlsplit(receiver.received[0].path).query)
    client_id, secret = kommo.grant["client_id"], kommo.grant["client_secret"]
    assert set(query) == {"client_uuid", "account_id", "signature"}
    expected = hmac.new(secret.encode(), f"{client_id}|31000101".encode(), hashlib.sha256).hexdigest()
    assert query["signature"] == [expected]
    assert kommo.get("/account").status_code == 401
    assert refresh(kommo, kommo.grant["refresh_token"]).status_code == 401


def test_access_may_be_lost_without_a_word(kommo: KommoAccount, receiver: Receiver) -> None:
    kommo.control("integrations", {"revoke_uri": receiver.url})
    kommo.control("revoke", {})
    assert receiver.received == []
    assert kommo.get("/account").status_code == 401
    assert refresh(kommo, kommo.grant["refresh_token"]).status_code == 401


def test_a_widget_token_is_signed_with_the_secret_and_says_who_asks(kommo: KommoAccount) -> None:
    def claims(**given: Any) -> dict[str, Any]:
        head, payload, signature = kommo.control("widget-token", given)["token"].split(".")
        secret = kommo.grant["client_secret"].encode()
        expected = hmac.digest(secret, f"{head}.{payload}".encode(), hashlib.sha256)
        assert base64.urlsafe_b64encode(expected).rstrip(b"=").decode() == signature
        assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"typ": "JWT", "alg": "HS256"}
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return found

    managers = claims(user_id=12_100_003)
    assert managers["exp"] - managers["iat"] == 1800
    assert {key: managers[key] for key in managers.keys() - {"jti", "iat", "nbf", "exp"}} == {
        "iss": "https://lindasalon.kommo.com",
        "aud": "https://bookdeal.example.test",
        "account_id": 31_000_101,
        "user_id": 12_100_003,
        "subdomain": "lindasalon",
        "client_uuid": kommo.grant["client_id"],
        "is_admin": False,
    }
    assert claims()["is_admin"] is True
    assert "is_admin" not in claims(with_is_admin=False)
    assert claims()["jti"] != claims()["jti"]


# --- limits -----------------------------------------------------------------------------------------------------------


def test_seven_requests_a_second_then_429_with_and_without_json_then_403(limited: KommoAccount) -> None:
    answers = [limited.get("/account") for _ in range(40)]
    assert [one.status_code for one in answers[:7]] == [200] * 7
    refused = [one for one in answers if one.status_code == 429]
    shapes = {one.headers["Content-Type"].partition(";")[0] for one in refused}
    assert shapes == {"application/problem+json", "text/plain"}
    problem = next(one.json() for one in refused if "json" in one.headers["Content-Type"])
    assert (problem["status"], problem["retry_after"]) == (429, 300)
    assert "Retry-After" not in refused[0].headers
    blocked = answers[-1]
    assert (blocked.status_code, blocked.text) == (403, "403 Forbidden")
    limited.control("clock", {"shift_seconds": 61})
    assert limited.get("/account").status_code == 200


def test_looking_from_outside_costs_nothing(limited: KommoAccount) -> None:
    administrators = limited.control("access")["access_token"]
    assert {limited.get("/account", token=administrators).status_code for _ in range(20)} == {200}
    assert [limited.get("/account").status_code for _ in range(8)] == [200] * 7 + [429]


@pytest.mark.parametrize(("commits", "made"), [(False, 0), (True, 21)])
def test_heavy_batches_can_time_out_before_or_after_the_commit(kommo: KommoAccount, commits: bool, made: int) -> None:
    kommo.control("limits", {"timeout_above": 20, "timeout_commits": commits})
    assert kommo.post("/leads", [{}] * 21).status_code == 504
    assert len(kommo.ids("/leads")) == made
    assert kommo.post("/leads", [{}] * 20).status_code == 200


def test_batches_can_take_time(kommo: KommoAccount) -> None:
    kommo.control("limits", {"latency_seconds": 0.05, "seconds_per_element": 0.01})
    started = time.monotonic()
    kommo.post("/leads", [{}] * 20)
    assert time.monotonic() - started >= 0.25


def test_faults_name_the_templates_of_the_routes(kommo: KommoAccount) -> None:
    (number,) = kommo.make("leads", {})
    fault = {"method": "PATCH", "route": "/api/v4/leads/{id}", "kind": "status", "status": 500, "times": 1}
    kommo.control("faults", [fault])
    assert kommo.get(f"/leads/{number}").status_code == 200
    failed = kommo.patch(f"/leads/{number}", {"price": 1})
    assert (failed.status_code, failed.json()["title"]) == (500, "ErrInternalServer")
    assert kommo.patch(f"/leads/{number}", {"price": 1}).status_code == 200
    seen = kommo.control("requests?since=0")["requests"]
    assert [one["route"] for one in seen[-3:]] == ["/api/v4/leads/{id}"] * 3


def test_part_of_a_batch_can_be_all_that_is_written(kommo: KommoAccount) -> None:
    kommo.control("faults", [{"method": "POST", "route": "/api/v4/leads", "kind": "partial_commit"}])
    assert kommo.post("/leads", [{"name": str(number)} for number in range(5)]).status_code == 504
    names = [one["name"] for one in kommo.get("/leads").json()["_embedded"]["leads"]]
    assert names == ["0", "1", "2"]


def test_a_late_commit_appears_among_the_older_ones(kommo: KommoAccount) -> None:
    kommo.control("faults", [{"method": "POST", "route": "/api/v4/leads", "kind": "late_commit", "seconds": 90}])
    assert kommo.post("/leads", [{"name": "late"}]).status_code == 504
    (meanwhile,) = kommo.make("leads", {"name": "meanwhile"})
    assert kommo.ids("/leads") == [meanwhile]
    kommo.control("clock", {"shift_seconds": 91})
    wait_for(lambda: kommo.control("idle")["idle"])
    late, other = kommo.get("/leads").json()["_embedded"]["leads"]
    assert (late["name"], late["id"]) == ("late", meanwhile - 1)
    assert late["created_at"] == late["updated_at"] <= other["created_at"]


# --- speed ------------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_deals_load_in_seconds_and_are_read_in_milliseconds(kommo: KommoAccount) -> None:
    # Time of this process alone, client and simulator together: a busy machine makes no difference.
    started = time.process_time()
    kommo.control("load", {"deals": 100_000})
    assert time.process_time() - started < 6
    times = []
    for page in range(1, 22):
        started = time.process_time()
        answer = kommo.get(f"/leads?limit=250&page={page}&filter[updated_at][from]=1")
        times.append(time.process_time() - started)
        assert len(answer.json()["_embedded"]["leads"]) == 250
    assert statistics.median(times) < 0.03
    chosen = [one["id"] for one in answer.json()["_embedded"]["leads"]]
    change = {"status_id": TALKING, "pipeline_id": SALES}
    started = time.process_time()
    assert kommo.patch("/leads", [{"id": number, **change} for number in chosen]).status_code == 200
    assert time.process_time() - started < 1
