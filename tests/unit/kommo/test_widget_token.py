import time
from typing import Any

import jwt
import pytest

from bookdeal.kommo import widget_token
from bookdeal.kommo.widget_token import LEEWAY, Claims
from bookdeal.runtime.errors import Unauthorised

CLIENT, OTHER_CLIENT = "6f1c0000-0000-4000-8000-000000000001", "6f1c0000-0000-4000-8000-000000000002"
SECRET, OTHER_SECRET = "s" * 64, "o" * 64
REDIRECT = "https://hub.example.test/oauth/kommo"
ABSENT = object()
TOMORROW = int(time.time()) + 24 * 3600


def token(key: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": "https://acme.kommo.com",
        "aud": "https://hub.example.test",
        "jti": "5d0e",
        "iat": now,
        "nbf": now,
        "exp": now + 1800,
        "account_id": 777001,
        "user_id": 880002,
        "subdomain": "acme",
        "client_uuid": CLIENT,
        "is_admin": True,
    }
    given = {name: value for name, value in (claims | changes).items() if value is not ABSENT}
    return jwt.encode(given, key, algorithm=algorithm)


def verified(text: str) -> Claims:
    return widget_token.verify(text, client_id=CLIENT, secret=SECRET, redirect_uri=REDIRECT)


def test_a_good_token_says_who_asks() -> None:
    claims = verified(token())
    assert (claims.id, claims.client_id, claims.account, claims.user) == ("5d0e", CLIENT, 777001, 880002)
    assert (claims.host, claims.is_admin) == ("acme.kommo.com", True)
    assert claims.expires_at == pytest.approx(time.time() + 1800, abs=5)


@pytest.mark.parametrize(("told", "known"), [(True, True), (False, False), (ABSENT, None), (None, None)])
def test_whether_the_user_is_an_administrator_may_stay_unsaid(told: Any, known: bool | None) -> None:
    assert verified(token(is_admin=told)).is_admin is known


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://hub.example.test.evil.test"},
        {"aud": "http://hub.example.test"},
        {"aud": ABSENT},
        {"iss": "https://acme.kommo.com.evil.test"},
        {"iss": "https://www.kommo.com"},
        {"iss": "https://acme.example.test"},
        {"iss": "https://acme.kommo.com:8443"},
        {"iss": ABSENT},
        {"client_uuid": OTHER_CLIENT},
        {"client_uuid": ABSENT},
        {"account_id": ABSENT},
        {"account_id": "777001"},
        {"account_id": True},
        {"account_id": 0},
        {"user_id": ABSENT},
        {"user_id": -1},
        {"is_admin": "yes"},
        {"is_admin": 1},
        {"jti": ABSENT},
        {"jti": ""},
        {"jti": 7},
        {"exp": ABSENT},
        {"exp": "soon"},
        {"exp": 10**400},
        {"iat": ABSENT},
        {"nbf": ABSENT},
        {"nbf": TOMORROW},
        {"iat": TOMORROW},
    ],
    ids="-".join,
)
def test_what_does_not_fit_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthorised) as caught:
        verified(token(**changes))
    assert caught.value.reason == "token"


def test_an_expired_token_is_told_from_a_wrong_one() -> None:
    with pytest.raises(Unauthorised) as caught:
        verified(token(exp=int(time.time()) - LEEWAY - 5))
    assert caught.value.reason == "token_expired"


def test_clocks_may_differ_a_little() -> None:
    now = int(time.time())
    verified(token(exp=now - LEEWAY + 20))
    verified(token(nbf=now + LEEWAY - 20, iat=now + LEEWAY - 20))


@pytest.mark.parametrize("text", [token(OTHER_SECRET), token(algorithm="HS512"), token("", algorithm="none")])
def test_only_the_integrations_own_signature_counts(text: str) -> None:
    with pytest.raises(Unauthorised):
        verified(text)


def test_a_token_of_another_integration_does_not_pass_even_with_its_own_secret() -> None:
    text = token(OTHER_SECRET, client_uuid=OTHER_CLIENT)
    assert widget_token.integration_of(text) == OTHER_CLIENT
    with pytest.raises(Unauthorised):
        verified(text)


def test_the_signature_covers_every_claim() -> None:
    head, _, signature = token(is_admin=False).split(".")
    forged = token(is_admin=True).split(".")[1]
    with pytest.raises(Unauthorised):
        verified(f"{head}.{forged}.{signature}")


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "é.é.é", "." * 5000, "[" * 3000, token() * 20])
def test_what_is_no_token_names_no_integration(text: str) -> None:
    with pytest.raises(Unauthorised):
        widget_token.integration_of(text)


@pytest.mark.parametrize("client", [ABSENT, "", 7, None, ["a"]])
def test_a_token_must_name_its_integration(client: Any) -> None:
    with pytest.raises(Unauthorised):
        widget_token.integration_of(token(client_uuid=client))
