"""The way to an installation's two providers: its tokens, its request budgets, the deadline of the work under way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bookdeal.altegio.client import AltegioClient
from bookdeal.altegio.client import rates as altegio_rates
from bookdeal.altegio.hosts import is_altegio_host
from bookdeal.altegio.marketplace import Marketplace
from bookdeal.installs.installation import Installation, Installations, Layout
from bookdeal.installs.integrations import Integration, Integrations
from bookdeal.kommo.client import KommoClient, field_rate
from bookdeal.kommo.client import rates as kommo_rates
from bookdeal.kommo.hosts import is_kommo_host
from bookdeal.kommo.oauth import current_host, exchange, renew
from bookdeal.model.field_codes import PAYMENTS, field_plan
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.credentials import Access, Secret, Vault
from bookdeal.runtime.environment import WorkerEnvironment
from bookdeal.runtime.errors import NotFound, Revoked, Transient, Unauthorised
from bookdeal.runtime.http import Http
from bookdeal.runtime.limiter import Lane, Limiter, Rate
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Table

KOMMO, ALTEGIO = "kommo", "altegio"


@dataclass(slots=True)
class _KommoTokens(Access):
    """A Kommo account's tokens. Once the account is seen to be at another host, its client is of no use any more."""

    moved: bool = False

    def access(self) -> str:
        """Return the token to send; raises Transient when the account has moved: the next client is at the new host."""
        token = Access.access(self)
        if self.moved:
            raise Transient("account_moved")
        return token


@dataclass(frozen=True, slots=True)
class Connections:
    """Makes the clients of one unit of work. `seen_rates` may outlive it: it saves writes of the limiter.

    `accounts` is the installations table, where integrations' secrets are registered and an account's new host is
    noted; without it tokens are renewed with what was stored beside them, and at the host that is known.
    """

    environment: WorkerEnvironment
    vault: Vault
    scratch: Table
    partner_token: Callable[[], str]
    seen_rates: dict[str, int]
    clock: Clock
    deadline: Deadline
    counters: Counters
    lane: Lane = Lane.LIVE
    accounts: Table | None = None

    def kommo(self, installation: Installation, layout: Layout | None) -> KommoClient:
        """Return the client of the installation's account; its dates are right only with the account's layout."""
        http = self._kommo_http(installation.kommo_host)
        tokens = _KommoTokens(self.vault, installation.id, KOMMO, _cannot_be_renewed)

        def renewal(secret: Secret) -> Secret:
            renewed, moved_to = self._renewed(http, installation, secret)
            tokens.moved |= moved_to is not None
            return renewed

        tokens.renew = renewal
        zone = layout.account.timezone if layout else "UTC"
        return self._kommo_client(installation.kommo_host, installation.id, http, tokens, zone)

    def kommo_stranger(self, host: str, place: str) -> KommoClient:
        """Return the client of an account that is no installation yet: its tokens lie in the vault at `place`."""
        http = self._kommo_http(host)
        tokens = Access(self.vault, place, KOMMO, lambda secret: renew(http, self._base(host), secret, self.deadline))
        return self._kommo_client(host, place, http, tokens, "UTC")

    def exchanged(self, host: str, code: str, integration: Integration) -> Secret:
        """Return the first token pair for an authorization code; errors as in `kommo.oauth.exchange`."""
        return exchange(
            self._kommo_http(host),
            self._base(host),
            code,
            client_id=integration.client_id,
            client_secret=integration.secret,
            redirect_uri=integration.redirect_uri,
            deadline=self.deadline,
        )

    def moved_to(self, installation: Installation) -> str | None:
        """Return the host at which the account is now, None if that is the known one or cannot be found out."""
        secret = self.vault.read(installation.id, KOMMO)
        return self._other_host(self._kommo_http(installation.kommo_host), installation, secret)

    def _renewed(self, http: Http, installation: Installation, secret: Secret) -> tuple[Secret, str | None]:
        """Return the next pair, and the host where it was had if that is another one; that is noted at once."""
        secret = self._with_present_secret(secret)
        try:
            return renew(http, self._base(installation.kommo_host), secret, self.deadline), None
        except Unauthorised:
            host = self._other_host(http, installation, secret)
            if host is None:
                raise
        renewed = renew(http, self._base(host), secret, self.deadline)
        if self.accounts is not None:
            Installations(self.accounts).connect(installation.id, kommo_host=host, client_id=installation.client_id)
        return renewed, host

    def _other_host(self, http: Http, installation: Installation, secret: Secret) -> str | None:
        # With an address that names no host, as on the local stack, every account is at the same place.
        if "{host}" not in self.environment.kommo_base_url:
            return None
        host = current_host(http, secret, self.deadline)
        return None if host == installation.kommo_host else host

    def _with_present_secret(self, secret: Secret) -> Secret:
        """Return the pair with its integration's secret of today, where the integration is registered."""
        if self.accounts is None or not secret.client_id:
            return secret
        try:
            integration = Integrations(self.accounts, self.vault).read(secret.client_id)
        except NotFound:
            return secret
        return replace(secret, client_secret=integration.secret, redirect_uri=integration.redirect_uri)

    def _kommo_client(self, host: str, installation: str, http: Http, tokens: Access, zone: str) -> KommoClient:
        return KommoClient(
            base_url=self._base(host),
            http=http,
            tokens=tokens,
            limiter=self.limiter(),
            rates=kommo_rates(
                self.environment.egress_address, installation, self.environment.kommo_requests_per_second
            ),
            lane=self.lane,
            deadline=self.deadline,
            zone=ZoneInfo(zone),
            field_rate=field_rate(installation, self.environment.kommo_field_changes_per_hour),
        )

    def _base(self, host: str) -> str:
        return self.environment.kommo_base_url.format(host=host)

    def _kommo_http(self, host: str) -> Http:
        return self._http(KOMMO, self._base(host), is_kommo_host)

    def altegio(self, installation: Installation) -> AltegioClient:
        """Return the client that sees the installation's locations; it reads payments where deals show them."""
        client = self.altegio_at(installation.id)
        shows_payments = not field_plan(installation.settings).deals.keys().isdisjoint(PAYMENTS)
        return replace(client, with_payments=True) if shows_payments else client

    def altegio_at(self, place: str) -> AltegioClient:
        """Return the client whose user token lies in the vault at `place`."""
        base_url = self.environment.altegio_base_url
        return AltegioClient(
            base_url=base_url,
            http=self._http(ALTEGIO, base_url, is_altegio_host),
            partner_token=self.partner_token(),
            tokens=Access(self.vault, place, ALTEGIO, _cannot_be_renewed),
            limiter=self.limiter(),
            rates=self._altegio_rates(),
            lane=self.lane,
            deadline=self.deadline,
        )

    def marketplace(self) -> Marketplace | None:
        """Return our application in Altegio's marketplace, None where this stack has none."""
        if not self.environment.altegio_application:
            return None
        base_url = self.environment.altegio_base_url
        return Marketplace(
            base_url=base_url,
            application=int(self.environment.altegio_application),
            http=self._http(ALTEGIO, base_url, is_altegio_host),
            partner_token=self.partner_token(),
            limiter=self.limiter(),
            rates=self._altegio_rates(),
            lane=self.lane,
            deadline=self.deadline,
        )

    def _altegio_rates(self) -> tuple[Rate, Rate]:
        return altegio_rates(
            self.environment.egress_address,
            self.environment.altegio_requests_per_second,
            self.environment.altegio_requests_per_minute,
        )

    def limiter(self) -> Limiter:
        """Return the limiter of this unit of work."""
        return Limiter(self.scratch, self.clock, self.counters, self.seen_rates)

    def _http(self, provider: str, base_url: str, is_provider_host: Callable[[str], bool]) -> Http:
        configured = urlsplit(base_url).hostname or ""
        return Http(
            self.clock,
            lambda host: is_provider_host(host) or host == configured == "127.0.0.1",
            self.counters,
            provider,
        )


def _cannot_be_renewed(_: Secret) -> Secret:
    """Altegio's user tokens do not end and cannot be renewed (contract §1.1): one that is refused is lost."""
    raise Revoked(Revoked.TOKEN, provider=ALTEGIO)
