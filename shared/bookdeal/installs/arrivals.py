"""What Altegio's marketplace sends: people who have pressed Connect, and the news of a location (contract §10)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bookdeal.altegio.marketplace import is_from_altegio, signed_user
from bookdeal.installs.door import consent_link
from bookdeal.installs.installation import Installations
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import Invalid, Unauthorised
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Table


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Takes what the marketplace sends. It reaches no provider and no token. `table` is that of the installations."""

    table: Table
    hints: Hints
    clock: Clock
    partner_token: Callable[[], str]
    server_key: Callable[[], str]
    consent_url: str
    application: str

    def lead_on(self, client_id: str, query: Mapping[str, str]) -> str:
        """Return where to send an owner who has pressed Connect: to Kommo's consent page.

        Only who gives access to a Kommo account says for which one the location is. Raises Unauthorised unless Altegio
        signed the user, Invalid without a location, NotFound for a foreign integration.
        """
        user = signed_user(self.partner_token(), query.get("user_data", ""), query.get("user_data_sign", ""))
        salon = query.get("salon_id", "")
        if not salon.isascii() or not salon.isdigit():
            raise Invalid("location")
        return consent_link(
            self.table,
            self.clock,
            self.server_key(),
            self.consent_url,
            client_id,
            location=int(salon),
            user=user,
        )

    def hear(self, body: str, correlation_id: str) -> int:
        """Take the news that a location was frozen, paid for or left; returns how many installations are looked at.

        It is only a bell: what became of the location is asked. Raises Unauthorised unless it shows our own partner
        token and our application, Invalid when it cannot be read, Transient when nobody can be told.
        """
        try:
            news = json.loads(body)
            location, application, told = int(news["salon_id"]), str(news["application_id"]), news["partner_token"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Invalid("body") from None
        if not is_from_altegio(self.partner_token(), told) or application != self.application:
            raise Unauthorised("partner_token")
        now = self.clock.now()
        concerned = Installations(self.table).of_location(location)
        return self.hints.send(
            Hint(HintKind.ACCESS, "altegio", id, location, seen_at=now, correlation_id=correlation_id)
            for id in concerned
        )
