"""The Kommo integrations that this stack serves: each with its own id, secret and redirect URI (contract §2.1).

What is public about an integration stands in the installations table, so that they can be listed; its secret lies in
the vault, under a place of its own, and opens nothing else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bookdeal.runtime.credentials import Secret, Vault
from bookdeal.runtime.errors import Invalid, NotFound
from bookdeal.runtime.store import Item, Table

REDIRECT_PATH = "/oauth/kommo"
"""Where Kommo sends people and codes back to, behind the address of the API."""

_PARTITION = "integrations"
_PROVIDER = "kommo"
_CLIENT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Known:
    """What is public about an integration. `is_public`: anybody may install it; a private one serves one account."""

    client_id: str
    redirect_uri: str
    is_public: bool

    @property
    def public_url(self) -> str:
        """The address of the API as the integration's users reach it: webhooks go there too."""
        return self.redirect_uri.removesuffix(REDIRECT_PATH)


@dataclass(frozen=True, slots=True, repr=False)
class Integration:
    """An integration with its secret."""

    client_id: str
    secret: str
    redirect_uri: str
    is_public: bool = False

    def __repr__(self) -> str:
        return f"Integration({self.client_id!r})"


@dataclass(frozen=True, slots=True)
class Integrations:
    """The integrations of this stack. `table` is that of the installations."""

    table: Table
    vault: Vault

    def register(self, integration: Integration) -> None:
        """Store an integration, or its new secret. Raises Invalid for what cannot be one, naming the field.

        The redirect URI must end in `REDIRECT_PATH` and be https, on this machine alone http.
        """
        address = urlsplit(integration.redirect_uri)
        if not _CLIENT_ID.fullmatch(integration.client_id):
            raise Invalid("client_id")
        if not integration.secret.strip():
            raise Invalid("secret")
        is_safe = address.scheme == "https" or (address.scheme == "http" and address.hostname == "127.0.0.1")
        if not (is_safe and address.hostname and address.path.endswith(REDIRECT_PATH)) or address.query:
            raise Invalid("redirect_uri", params={"ends_in": REDIRECT_PATH})
        self.vault.store(
            _place(integration.client_id),
            _PROVIDER,
            Secret(
                "",
                client_id=integration.client_id,
                client_secret=integration.secret,
                redirect_uri=integration.redirect_uri,
            ),
        )
        self.table.put(
            {
                "installation": _PARTITION,
                "part": integration.client_id,
                "redirect_uri": integration.redirect_uri,
                "is_public": integration.is_public,
            }
        )

    def forget(self, client_id: str) -> None:
        """Take an integration out: its installations keep their tokens until these have to be renewed."""
        self.table.delete(_PARTITION, client_id)
        self.vault.forget(_place(client_id), _PROVIDER)

    def all(self) -> Iterator[Known]:
        """Yield what is public about every integration."""
        return (_known(item) for item in self.table.query(_PARTITION))

    def known(self, client_id: str) -> Known:
        """Return what is public about an integration, without reaching for its secret. Raises NotFound."""
        return known(self.table, client_id)

    def read(self, client_id: str) -> Integration:
        """Return an integration with its secret. Raises NotFound for one that is not ours."""
        public = self.known(client_id)
        secret = self.vault.read(_place(client_id), _PROVIDER)
        if secret.client_id != client_id:
            raise NotFound("integration")
        return Integration(client_id, secret.client_secret, secret.redirect_uri, public.is_public)


def known(table: Table, client_id: str) -> Known:
    """Return what is public about an integration; `table` is that of the installations. Raises NotFound."""
    item = table.get(_PARTITION, client_id) if client_id else None
    if item is None:
        raise NotFound("integration")
    return _known(item)


def _known(item: Item) -> Known:
    return Known(str(item["part"]), str(item["redirect_uri"]), bool(item["is_public"]))


def _place(client_id: str) -> str:
    return f"integration#{client_id}"
