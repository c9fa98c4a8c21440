"""Which hosts may be sent a secret: the host of an account is input from outside (contract §2.2)."""

import re

_ACCOUNT_HOST = re.compile(r"(?!www\.)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.(?:kommo\.com|amocrm\.com|amocrm\.ru)")


def is_kommo_host(host: str) -> bool:
    """Tell whether `host` (lower case, without port) is that of a Kommo account: one label under Kommo's domains."""
    return _ACCOUNT_HOST.fullmatch(host) is not None


def account_host(told: str) -> str | None:
    """Return the account's host from what a redirect or a person says, None if it is none of Kommo's.

    A scheme, capitals, blanks around it and a slash after it are forgiven; a port, a path or a user name are not.
    """
    host = told.strip().lower().removeprefix("https://").removesuffix("/")
    return host if is_kommo_host(host) else None
