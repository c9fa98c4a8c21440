"""Consent in Altegio: a login exchanged for a token, or our application connected in the marketplace; then locations.

A password is handed to Altegio and to nobody else: it is neither stored nor logged nor part of any error.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain

from bookdeal.altegio.marketplace import Marketplace, Status
from bookdeal.installs.connections import ALTEGIO, Connections
from bookdeal.installs.installation import Installation, Installations
from bookdeal.installs.webhooks import address, leave_location
from bookdeal.model.booking import Location
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.credentials import Secret, Vault
from bookdeal.runtime.errors import BookdealError, Invalid, NotFound, Rejected, Revoked, Unauthorised
from bookdeal.runtime.queue import Hints

MARKETPLACE = "marketplace"
"""Stands as the client id beside the user token of our marketplace application."""


@dataclass(frozen=True, slots=True)
class Locations:
    """Connects an installation's locations.

    `public_url` gives the API's address for an installation, "" where that is not known; `server_key` and
    `application_token` give the deployment's newest webhook key and the user token of its marketplace application.
    """

    connections: Connections
    installations: Installations
    vault: Vault
    hints: Hints
    clock: Clock
    public_url: Callable[[Installation], str]
    server_key: Callable[[], str]
    application_token: Callable[[], str]
    correlation_id: str

    def log_in(self, installation: Installation, login: str, password: str) -> tuple[Location, ...]:
        """Exchange the login of Altegio's main administrator for a token and return the locations he manages.

        Raises Unauthorised("login") when Altegio refuses the pair, Rejected("no_locations") for a user who manages
        none, Rejected("other_account") for one who sees none of the locations that were chosen before.
        """
        if not login.strip() or not password:
            raise Invalid("login")
        client = self.connections.altegio(installation)
        token = client.authenticate(login.strip(), password)
        found = replace(client, tokens=_Given(token)).locations()
        if not found:
            raise Rejected("no_locations")
        chosen = {location.id for location in installation.locations}
        if chosen and chosen.isdisjoint(location.id for location in found):
            raise Rejected("other_account")
        self.vault.store(installation.id, ALTEGIO, Secret(token))
        self._ring(installation.id, HintKind.ACCESS)
        return found

    def offered(self, installation: Installation) -> tuple[Location, ...]:
        """Return the locations that can be chosen. Raises NotFound("credentials") before anybody has logged in."""
        found = self.connections.altegio(installation).locations()
        # The user of a marketplace application may see a location and yet not list it (contract §2.1).
        by_id = {location.id: location for location in chain(installation.locations, found)}
        return tuple(by_id.values())

    def choose(self, installation: Installation, ids: Collection[int]) -> tuple[Location, ...]:
        """Set the locations of an installation, and read them all anew.

        Raises Invalid("location") for one that cannot be chosen or does not say its time zone.
        """
        offered = {location.id: location for location in self.offered(installation)}
        unknown = [id for id in ids if id not in offered or not offered[id].timezone]
        if unknown:
            raise Invalid("location", params={"location": unknown[0]})
        chosen = tuple(offered[id] for id in dict.fromkeys(ids))
        gone = [location for location in installation.locations if location.id not in ids]
        self.installations.choose(installation, chosen)
        for location in gone:
            self._leave(installation, location)
        self._ring(installation.id, HintKind.ACCESS, HintKind.LOCATION)
        return chosen

    def connect_marketplace(self, installation: Installation, id: int, user: int) -> Location:
        """Connect a location whose owner has pressed Connect in Altegio's marketplace; returns it.

        `user` is the Altegio user who did so, as Altegio has signed it. The location is not signed, so two things are
        asked before it is bound: that it waits for us and for nobody else, and that this user is one of its own.
        Raises Rejected: "not_pending", "not_your_location", "users_right" where the application may not look at users,
        "other_access" where other locations were connected by a login that does not see this one.
        """
        market = self._marketplace()
        others = set(self.installations.of_location(id)) - {installation.id}
        match market.status(id):
            case Status.PENDING:
                market.connect(id, self._hooks(installation))
            case Status.ACTIVE if not others:
                pass  # Ours already, or an attempt that did not come to its end.
            case _:
                raise Rejected("not_pending", params={"location": id})
        token = self.application_token()
        application = replace(self.connections.altegio(installation), tokens=_Given(token))
        try:
            users = application.users(id)
        except Rejected:
            raise Rejected("users_right", params={"location": id}) from None
        if user not in users:
            raise Rejected("not_your_location", params={"location": id})
        location = application.location(id)
        if not location.timezone:
            raise Invalid("location", params={"location": id})
        if not self._sees(installation, id):
            if any(known.id != id for known in installation.locations) and not self._is_application(installation):
                raise Rejected("other_access", params={"location": id})
            self.vault.store(installation.id, ALTEGIO, Secret(token, client_id=MARKETPLACE))
        kept = tuple(known for known in installation.locations if known.id != id)
        self.installations.choose(installation, (*kept, location))
        self._ring(installation.id, HintKind.ACCESS, HintKind.LOCATION)
        return location

    def _marketplace(self) -> Marketplace:
        market = self.connections.marketplace()
        if market is None:
            raise NotFound("marketplace")
        return market

    def _hooks(self, installation: Installation) -> list[str]:
        url = self.public_url(installation)
        return [address(url, ALTEGIO, installation, self.server_key())] if url else []

    def _sees(self, installation: Installation, id: int) -> bool:
        """Tell whether the token that is stored opens a location."""
        try:
            self.connections.altegio(installation).location(id)
        except (NotFound, Rejected, Revoked):
            return False
        return True

    def _is_application(self, installation: Installation) -> bool:
        try:
            return self.vault.read(installation.id, ALTEGIO).client_id == MARKETPLACE
        except (NotFound, Revoked):
            return True

    def _leave(self, installation: Installation, location: Location) -> None:
        """Take our address out of a location that is served no longer, as far as that can be done."""
        url = self.public_url(installation)
        with suppress(BookdealError):
            if url:
                leave_location(self.connections.altegio(installation), installation, location, url)

    def _ring(self, installation: str, *kinds: HintKind) -> None:
        now = self.clock.now()
        self.hints.send(
            Hint(kind, "person", installation, seen_at=now, correlation_id=self.correlation_id) for kind in kinds
        )


@dataclass(frozen=True, slots=True, repr=False)
class _Given:
    """A token that is tried before it is stored."""

    token: str

    def access(self) -> str:
        return self.token

    def rejected(self) -> None:
        raise Unauthorised("login")
