"""The token that Kommo gives a widget for one call of ours (contract §2.8).

It is signed with the secret of the integration that it names, so the secret has to be found before anything in it may
be believed. Kommo does not say whether it gives a fresh token to every call, nor does it enforce one use: reading with
a token twice, or from several requests at once, is normal. What must not happen twice takes `Claims.id`.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt

from bookdeal.kommo.hosts import account_host
from bookdeal.runtime.errors import Unauthorised

LEEWAY = 60
"""Seconds that Kommo's clock may differ from ours."""
_LONGEST = 4096
_LONGEST_LIFE = 24 * 3600
_REQUIRED = ["iss", "aud", "jti", "iat", "nbf", "exp"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, once it is believed. `is_admin` None: it does not say. `expires_at` in unix seconds.

    `id` is the token's own; `host` the account's.
    """

    id: str
    client_id: str
    account: int
    host: str
    user: int
    is_admin: bool | None
    expires_at: int


def integration_of(token: str) -> str:
    """Return the integration that a token says it is of, to find the secret. Nothing in it is checked yet.

    Raises Unauthorised when this is no token.
    """
    client_id = _decoded(token, "", {"verify_signature": False}).get("client_uuid")
    if not isinstance(client_id, str) or not client_id:
        raise Unauthorised("token")
    return client_id


def verify(token: str, *, client_id: str, secret: str, redirect_uri: str) -> Claims:
    """Return what a token says if it is one of this integration's, valid now, for us and from an account of Kommo's.

    Raises Unauthorised with the reason token_expired, else token: whoever holds a forged one need not learn why.
    """
    claims = _decoded(token, secret, {"require": _REQUIRED}, audience=_origin(redirect_uri), leeway=LEEWAY)
    host = account_host(claims["iss"]) if isinstance(claims["iss"], str) else None
    account, user, is_admin = _id(claims.get("account_id")), _id(claims.get("user_id")), claims.get("is_admin")
    if (
        host is None
        or claims.get("client_uuid") != client_id
        or not claims["jti"]
        or not account
        or not user
        or not isinstance(is_admin, bool | None)
        or int(claims["exp"]) - int(claims["iat"]) > _LONGEST_LIFE
    ):
        raise Unauthorised("token")
    return Claims(claims["jti"], client_id, account, host, user, is_admin, int(claims["exp"]))


def _decoded(token: str, secret: str, options: dict[str, Any], **checks: Any) -> dict[str, Any]:
    if len(token) > _LONGEST:
        raise Unauthorised("token")
    try:
        return jwt.decode(token, secret, algorithms=["HS256"], options=options, **checks)  # type: ignore[arg-type]
    except jwt.ExpiredSignatureError:
        raise Unauthorised("token_expired") from None
    except (jwt.InvalidTokenError, ValueError, OverflowError):
        raise Unauthorised("token") from None


def _origin(address: str) -> str:
    """Return scheme and host of an address, with the port where one is given."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _id(value: Any) -> int:
    """Return an id, 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
