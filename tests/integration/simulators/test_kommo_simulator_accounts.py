"""Several accounts, and one that gets another subdomain (contract §2.6)."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.integration.simulators.kommo_account import KommoAccount, kommo_account


@pytest.fixture
def kommo() -> Iterator[KommoAccount]:
    with kommo_account() as account:
        yield account


def renewed(kommo: KommoAccount, grant: dict[str, Any], host: str) -> requests.Response:
    keys = {key: grant[key] for key in ("client_id", "client_secret", "redirect_uri", "refresh_token")}
    body = {**keys, "grant_type": "refresh_token"}
    return kommo.session.post(f"{kommo.base_url}/oauth2/access_token", json=body, headers={"Host": host}, timeout=5)


def account_at(kommo: KommoAccount, token: str, host: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Host": host}
    return kommo.session.get(f"{kommo.base_url}/api/v4/account", headers=headers, timeout=5)


def test_accounts_have_their_own_tokens_and_hosts(kommo: KommoAccount) -> None:
    made = kommo.control("accounts", {"subdomain": "sesamo", "scenario": "demo"})
    grant = kommo.control("grant", {"account_id": made["account_id"]})
    assert account_at(kommo, grant["access_token"], "sesamo.kommo.com").json()["id"] == made["account_id"]
    assert account_at(kommo, grant["access_token"], "lindasalon.kommo.com").status_code == 404
    assert account_at(kommo, kommo.grant["access_token"], "sesamo.kommo.com").status_code == 404
    assert renewed(kommo, grant, "lindasalon.kommo.com").status_code == 401


def test_an_account_with_another_subdomain_says_where_it_is(kommo: KommoAccount) -> None:
    grant = kommo.grant
    kommo.control("rename", {"subdomain": "linda-y-socias"})
    assert account_at(kommo, grant["access_token"], "lindasalon.kommo.com").status_code == 404
    assert renewed(kommo, grant, "lindasalon.kommo.com").status_code == 401
    told = kommo.session.get(
        f"{kommo.base_url}/oauth2/account/current/subdomain",
        headers={"Host": "api-a.kommo.com", "X-Refresh-Token": grant["refresh_token"]},
        timeout=5,
    ).json()
    assert told["domain"] == "linda-y-socias.kommo.com"
    assert renewed(kommo, grant, told["domain"]).status_code == 200
