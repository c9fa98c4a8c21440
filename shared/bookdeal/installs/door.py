"""Consent in Kommo, first half: what arrives at the redirect URI is checked and stored (contract §2.2).

Pressing Install on a widget makes Kommo itself send the code, once, waiting three seconds at most and looking at no
answer. So the door reaches no provider: the code goes into the vault, a bell is rung, and should the bell be lost the
sweep rings it again. What answers the bell is `bookdeal.installs.consent`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bookdeal.installs.installation import CONSENT, Installations
from bookdeal.installs.integrations import Integrations, known
from bookdeal.kommo.hosts import account_host
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime import ticket
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.credentials import Secret, Vault
from bookdeal.runtime.errors import Invalid, Rejected, Transient, Unauthorised
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Item, Table

STATE_PURPOSE = "kommo-consent"
"""What a ticket is for that a person takes along to Kommo's consent page."""

STATE_SECONDS = 1800.0
RING_AGAIN = 60
_KOMMO = "kommo"
_LONGEST_CODE = 4096


def consent_link(
    table: Table,
    clock: Clock,
    server_key: str,
    consent_url: str,
    client_id: str,
    *,
    account: int = 0,
    location: int = 0,
    user: int = 0,
) -> str:
    """Return the address of Kommo's consent page for an integration; it is good for half an hour.

    `account`: only this Kommo account may be connected. `location`, `user`: the Altegio location that is to be
    connected to the account, and the Altegio user who asked for it. Raises NotFound for a foreign integration.
    """
    until = clock.now() + STATE_SECONDS
    client = known(table, client_id).client_id
    content: dict[str, str | int] = {"client": client, "account": account, "location": location, "user": user}
    state = ticket.issue(server_key, STATE_PURPOSE, content, until=until)
    return f"{consent_url}?{urlencode({'client_id': client_id, 'state': state, 'mode': 'popup'})}"


@dataclass(frozen=True, slots=True)
class Door:
    """The way in for people and codes that come from Kommo. It reads no token.

    `table` is that of the installations; `server_keys` gives the keys of this deployment, newest first.
    """

    table: Table
    vault: Vault
    hints: Hints
    clock: Clock
    server_keys: Callable[[], Sequence[str]]
    consent_url: str

    def link(self, client_id: str) -> str:
        """Return the address of Kommo's consent page for an integration; errors as in `consent_link`."""
        return consent_link(self.table, self.clock, self.server_keys()[0], self.consent_url, client_id)

    def take(self, query: Mapping[str, str], correlation_id: str) -> None:
        """Take what Kommo sends to the redirect URI: store it, then ring.

        Raises Rejected("denied") when the person refused; Invalid for a foreign host, a broken code or a state that is
        not ours or too old; NotFound for a foreign integration. The install call of a widget has no state.
        """
        integration = known(self.table, query.get("client_id", ""))
        asked = self._asked(query.get("state", ""), integration.client_id)
        if query.get("error"):
            raise Rejected("denied")
        code, host = query.get("code", ""), account_host(query.get("referer", ""))
        if host is None:
            raise Invalid("referer")
        if not code or len(code) > _LONGEST_CODE:
            raise Invalid("code")
        place = f"consent#{secrets.token_hex(16)}"
        self.vault.store(place, _KOMMO, Secret(code, client_id=integration.client_id))
        now = self.clock.now()
        self.table.put(
            {
                "installation": place,
                "part": CONSENT,
                "host": host,
                "client_id": integration.client_id,
                **asked,
                "asked_at": now,
                "due_at": int(now) + RING_AGAIN,
            }
        )
        try:
            self.hints.send([Hint(HintKind.CONSENT, "kommo", place, seen_at=now, correlation_id=correlation_id)])
        except Transient:
            return  # The sweep rings.

    def gone(self, query: Mapping[str, str], correlation_id: str) -> str:
        """Take the news that an account has removed the integration (contract §2.7); returns the installation, "" none.

        The news is only a bell, for it can be sent again by anybody who has seen it: access is looked at, and lost if
        Kommo refuses it. Raises Unauthorised unless the integration's own secret signed it, NotFound for a foreign
        integration, Transient when nobody can be told.
        """
        client_id, account = query.get("client_uuid") or query.get("client_id", ""), query.get("account_id", "")
        integration = Integrations(self.table, self.vault).read(client_id)
        message = f"{client_id}|{account}".encode("utf-8", "surrogatepass")
        expected = hmac.new(integration.secret.encode(), message, hashlib.sha256).hexdigest()
        told = query.get("signature", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(expected.encode(), told) or not account.isascii() or not account.isdigit():
            raise Unauthorised("signature")
        id = Installations(self.table).of_account(int(account))
        installation = Installations(self.table).read(id) if id else None
        if installation is None or installation.client_id != client_id:
            return ""
        now = self.clock.now()
        self.hints.send([Hint(HintKind.ACCESS, "kommo", installation.id, seen_at=now, correlation_id=correlation_id)])
        return installation.id

    def _asked(self, state: str, client_id: str) -> Item:
        if not state:
            return {"account": 0, "location": 0, "user": 0}
        content = ticket.accept(self.server_keys(), STATE_PURPOSE, state, now=self.clock.now())
        if content is None or content["client"] != client_id:
            raise Invalid("state")
        return {name: content[name] for name in ("account", "location", "user")}
