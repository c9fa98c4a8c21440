"""Who may call: integrations, codes and tokens (contract §2)."""

import base64
import hashlib
import hmac
import random
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.simulator import Clock

from .problems import OAuthProblem
from .state import Account, User

CODE_SECONDS = 20 * 60
ACCESS_SECONDS = 24 * 3600
REFRESH_SECONDS = 90 * 24 * 3600
WIDGET_SECONDS = 1800
SCOPES = ["crm", "notifications"]
API_DOMAIN = "api-a.kommo.com"


@dataclass(slots=True)
class Integration:
    """An integration: its keys, where codes are sent to, and where its removal is told (None: nowhere)."""

    client_id: str
    client_secret: str
    name: str
    code: str
    number: int
    redirect_uri: str
    revoke_uri: str | None = None


@dataclass(slots=True)
class Code:
    """An authorization code, good once and for 20 minutes."""

    account_id: int
    user_id: int
    client_id: str
    expires_at: float
    is_used: bool = False


@dataclass(slots=True)
class Token:
    """An access or refresh token; the first use of it ends the refresh token that it came from, `former`."""

    account_id: int
    user_id: int
    client_id: str | None
    expires_at: float
    former: str | None = None
    is_administrators: bool = False


def sign(claims: dict[str, Any], key: str) -> str:
    """A JWT, HS256."""
    head = {"typ": "JWT", "alg": "HS256"}
    text = f"{_encoded(orjson.dumps(head))}.{_encoded(orjson.dumps(claims))}"
    return f"{text}.{_encoded(hmac.digest(key.encode(), text.encode(), hashlib.sha256))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def origin(address: str) -> str:
    """Scheme and host of an address, with the port where one is given."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class Access:
    """All integrations, and every code and token that is out."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock = clock
        self._chance = chance
        self.integrations: dict[str, Integration] = {}
        self.widgets: dict[tuple[int, str], dict[str, Any]] = {}
        self._codes: dict[str, Code] = {}
        self._access: dict[str, Token] = {}
        self._refresh: dict[str, Token] = {}

    def uuid(self) -> str:
        """A fresh UUID from the seed."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def issue_code(self, account: Account, user: User, client_id: str) -> str:
        """A fresh authorization code."""
        code = f"def50200{self._chance.randbytes(300).hex()}"
        self._codes[code] = Code(account.id, user.id, client_id, self._clock.now() + CODE_SECONDS)
        return code

    def issue(self, account: Account, user_id: int, client_id: str, former: str | None = None) -> dict[str, Any]:
        """A fresh pair of tokens as the token endpoint answers it; `former` is the refresh token it was had for."""
        now = self._clock.now()
        access = self._access_jwt(account, user_id, client_id, now + ACCESS_SECONDS)
        refresh = f"def50200{self._chance.randbytes(440).hex()}"
        self._access[access] = Token(account.id, user_id, client_id, now + ACCESS_SECONDS, former)
        self._refresh[refresh] = Token(account.id, user_id, client_id, now + REFRESH_SECONDS, former)
        return {
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
            "server_time": int(now),
            "access_token": access,
            "refresh_token": refresh,
        }

    def issue_long_lived(
        self, account: Account, user: User, client_id: str | None, seconds: float, *, is_administrators: bool = False
    ) -> str:
        """An access token without a refresh token; the administrator's meets no limits and no faults."""
        until = self._clock.now() + seconds
        token = self._access_jwt(account, user.id, client_id, until)
        self._access[token] = Token(account.id, user.id, client_id, until, is_administrators=is_administrators)
        return token

    def _access_jwt(self, account: Account, user_id: int, client_id: str | None, until: float) -> str:
        claims = {
            "aud": client_id,
            "jti": self._chance.randbytes(40).hex(),
            "iat": int(self._clock.now()),
            "nbf": int(self._clock.now()),
            "exp": int(until),
            "sub": str(user_id),
            "grant_type": "",
            "account_id": account.id,
            "base_domain": "kommo.com",
            "version": 2,
            "scopes": SCOPES,
            "hash_uuid": self.uuid(),
            "api_domain": API_DOMAIN,
        }
        head = {"typ": "JWT", "alg": "RS256", "jti": claims["jti"]}
        # Nobody outside can check Kommo's signature, so chance of the right length stands for it.
        return ".".join(
            (_encoded(orjson.dumps(head)), _encoded(orjson.dumps(claims)), _encoded(self._chance.randbytes(256)))
        )

    def peek(self, token: str) -> Token | None:
        """Whose an access token is, without using it."""
        return self._access.get(token)

    def use(self, token: str) -> Token | None:
        """Whose an access token is, None when it is no good (any more); its first use ends the former refresh token."""
        found = self._access.get(token)
        if found is None or found.expires_at <= self._clock.present():
            return None
        self._end_former(found)
        return found

    def _end_former(self, token: Token) -> None:
        if token.former is not None:
            self._refresh.pop(token.former, None)
            token.former = None

    def client(self, client_id: str, secret: str) -> Integration:
        """The integration with these keys; refuses with 401."""
        found = self.integrations.get(client_id)
        if found is None or not hmac.compare_digest(found.client_secret.encode(), secret.encode()):
            raise OAuthProblem(401, None)
        return found

    def exchange_code(self, integration: Integration, code: str) -> Code:
        """Use a code up; refuses with 400 and the reason."""
        found = self._codes.get(code)
        if found is None or found.client_id != integration.client_id:
            raise OAuthProblem(400, "Cannot decrypt the authorization code")
        if found.is_used:
            raise OAuthProblem(400, "Authorization code has been revoked")
        if found.expires_at <= self._clock.present():
            raise OAuthProblem(400, "Authorization code has expired")
        found.is_used = True
        return found

    def exchange_refresh(self, integration: Integration, refresh: str, *, single_use: bool) -> Token:
        """Use a refresh token; refuses with 401. With `single_use` it dies at once, else when its successor is used."""
        found = self._refresh.get(refresh)
        if found is None or found.client_id != integration.client_id or found.expires_at <= self._clock.present():
            raise OAuthProblem(401, "Token has been revoked")
        self._end_former(found)
        if single_use:
            del self._refresh[refresh]
        return found

    def refresh_owner(self, refresh: str) -> Token | None:
        """Whose a refresh token is, without using it."""
        found = self._refresh.get(refresh)
        return found if found is not None and found.expires_at > self._clock.present() else None

    def revoke(self, account: Account, client_id: str) -> None:
        """End every token of an integration in an account."""
        for tokens in (self._access, self._refresh):
            for value in [
                value for value, one in tokens.items() if (one.account_id, one.client_id) == (account.id, client_id)
            ]:
                del tokens[value]

    def widget_token(self, account: Account, user: User, integration: Integration, *, with_admin: bool) -> str:
        """What a widget's `$authorizedAjax` sends in `X-Auth-Token` (contract §2.8)."""
        now = self._clock.stamp()
        claims = {
            "iss": f"https://{account.host}",
            "aud": origin(integration.redirect_uri),
            "jti": self.uuid(),
            "iat": now,
            "nbf": now,
            "exp": now + WIDGET_SECONDS,
            "account_id": account.id,
            "user_id": user.id,
            "subdomain": account.subdomain,
            "client_uuid": integration.client_id,
        }
        if with_admin:
            claims["is_admin"] = user.is_admin
        return sign(claims, integration.client_secret)


def revoke_signature(integration: Integration, account: Account) -> str:
    """The signature of the removal hook (contract §2.7)."""
    message = f"{integration.client_id}|{account.id}"
    return hmac.new(integration.client_secret.encode(), message.encode(), hashlib.sha256).hexdigest()
