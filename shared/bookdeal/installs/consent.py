"""Consent in Kommo, second half: a stored code is exchanged, and its account gets an installation (contract §2.3).

An account is believed only what its own token says: not the address that the code came with.
"""

import secrets
from dataclasses import dataclass

from bookdeal.installs.access import first_check
from bookdeal.installs.connections import KOMMO, Connections
from bookdeal.installs.installation import CONSENT, SETTING_UP, STATE, Installation, Installations
from bookdeal.installs.integrations import Integrations
from bookdeal.installs.locations import Locations
from bookdeal.installs.uninstalling import Uninstalls
from bookdeal.kommo.client import KommoClient
from bookdeal.kommo.hosts import account_host
from bookdeal.model.deal import Account
from bookdeal.model.hint import Hint, HintKind
from bookdeal.model.settings import Settings
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.credentials import Secret, Vault
from bookdeal.runtime.errors import Invalid, NotFound, Rejected, Revoked, Unauthorised
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Item, Table

CODE_SECONDS = 20 * 60.0
"""How long an authorization code lives (contract §2.2)."""


@dataclass(frozen=True, slots=True)
class Reception:
    """Brings consents to their end."""

    table: Table
    vault: Vault
    connections: Connections
    hints: Hints
    clock: Clock
    accounts: "Accounts"
    locations: Locations
    correlation_id: str

    def complete(self, place: str) -> str:
        """Exchange the code of a consent and connect its account; returns what came of it, as a code for the log.

        May be repeated: each step is stored before the next is taken. Raises what is worth another try: Transient,
        RateLimited, UnknownOutcome.
        """
        consent = self.table.get(place, CONSENT, consistent=True)
        if consent is None:
            return "nothing_new"
        try:
            outcome = self._completed(place, consent)
        except (Invalid, NotFound, Rejected, Revoked, Unauthorised) as error:
            outcome = error.reason or error.code
        self.vault.forget(place, KOMMO)
        self.table.delete(place, CONSENT)
        return outcome

    def _completed(self, place: str, consent: Item) -> str:
        host, client_id = str(consent["host"]), str(consent["client_id"])
        secret = self.vault.read(place, KOMMO)
        if not secret.refresh:
            if self.clock.now() >= consent["asked_at"] + CODE_SECONDS:
                raise Unauthorised("code_expired")
            integration = Integrations(self.table, self.vault).read(client_id)
            secret = self.connections.exchanged(host, secret.access, integration)
            self.vault.store(place, KOMMO, secret)
        account = _administered(self.connections.kommo_stranger(host, place))
        if consent["account"] not in (0, account.id):
            raise Rejected("other_account")
        installation = self.accounts.connect(account, host=host, secret=self.vault.read(place, KOMMO))
        now = self.clock.now()
        hint = Hint(HintKind.ACCESS, "person", installation, seen_at=now, correlation_id=self.correlation_id)
        self.hints.send([hint])
        if consent["location"]:
            self._connect_location(installation, int(consent["location"]), int(consent["user"]))
        return "connected"

    def _connect_location(self, id: str, location: int, user: int) -> None:
        installation = Installations(self.table).read(id)
        if installation is not None:
            self.locations.connect_marketplace(installation, location, user)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Gives Kommo accounts their installations. `table` is that of the installations."""

    table: Table
    vault: Vault
    uninstalls: Uninstalls
    clock: Clock

    def connect(self, account: Account, *, host: str, secret: Secret) -> str:
        """Make the account's installation, or give the one it has its access back; returns its id.

        Links stay as they are, also those of one that was uninstalled not long ago. A new installation waits until it
        goes live. Raises Transient while a former installation is being forgotten.
        """
        installations = Installations(self.table)
        id = installations.of_account(account.id) or str(account.id)
        returned = self.uninstalls.take_back(id)
        known = installations.read(id)
        if known is None:
            id = installations.make(_new(account, host, secret.client_id))
        elif returned and not known.is_live:
            installations.pause(id, SETTING_UP)
        self.vault.store(id, KOMMO, secret)
        installations.connect(id, kommo_host=host, client_id=secret.client_id)
        self.table.update(id, STATE, change="SET #due_at = :now", values={"now": int(self.clock.now())})
        first_check(self.table, id, self.clock)
        return id

    def connect_long_lived(self, connections: Connections, *, host: str, token: str, client_id: str) -> str:
        """Connect an account by a long-lived token of a private integration (contract §2.5); returns the installation.

        `host` is what a person says. Raises Invalid for a foreign host, an integration that is public, or a token that
        is none; Revoked or Rejected when the account does not take it.
        """
        found = account_host(host)
        if found is None:
            raise Invalid("host")
        if Integrations(self.table, self.vault).known(client_id).is_public:
            raise Invalid("client_id")
        if not token.isascii() or not token.strip():
            raise Invalid("token")
        place = f"consent#{secrets.token_hex(16)}"
        secret = Secret(token.strip(), client_id=client_id)
        self.vault.store(place, KOMMO, secret)
        try:
            return self.connect(_administered(connections.kommo_stranger(found, place)), host=found, secret=secret)
        finally:
            self.vault.forget(place, KOMMO)


def _administered(kommo: KommoClient) -> Account:
    """Return the account of an administrator's token. Raises Rejected("not_administrator") for anybody else's.

    Others may authorise what is installed already, but their tokens see only what they see (contract §2.2).
    """
    account = kommo.account()
    try:
        kommo.administrators()
    except Rejected:
        raise Rejected("not_administrator") from None
    return account


def _new(account: Account, host: str, client_id: str) -> Installation:
    return Installation(
        id=str(account.id),
        kommo_host=host,
        kommo_account=account.id,
        locations=(),
        generation=1,
        paused=SETTING_UP,
        phone_salt=secrets.token_hex(16),
        settings=Settings(),
        layout=None,
        state=None,
        client_id=client_id,
        is_live=False,
    )
