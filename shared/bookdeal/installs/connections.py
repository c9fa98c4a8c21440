"""The way to an installation's two providers: its tokens, its request budgets, the deadline of the work under way."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bookdeal.altegio.client import AltegioClient
from bookdeal.altegio.client import rates as altegio_rates
from bookdeal.altegio.hosts import is_altegio_host
from bookdeal.installs.installation import Installation, Layout
from bookdeal.kommo.client import KommoClient
from bookdeal.kommo.client import rates as kommo_rates
from bookdeal.kommo.hosts import is_kommo_host
from bookdeal.kommo.oauth import renew
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.credentials import Access, Secret, Vault
from bookdeal.runtime.environment import WorkerEnvironment
from bookdeal.runtime.errors import Revoked
from bookdeal.runtime.http import Http
from bookdeal.runtime.limiter import Lane, Limiter
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Table

KOMMO, ALTEGIO = "kommo", "altegio"


@dataclass(frozen=True, slots=True)
class Connections:
    """Makes the clients of one unit of work. `seen_rates` may outlive it: it saves writes of the limiter."""

    environment: WorkerEnvironment
    vault: Vault
    scratch: Table
    partner_token: Callable[[], str]
    seen_rates: dict[str, int]
    clock: Clock
    deadline: Deadline
    counters: Counters
    lane: Lane = Lane.LIVE

    def kommo(self, installation: Installation, layout: Layout | None) -> KommoClient:
        """Return the client of the installation's account; its dates are right only with the account's layout."""
        base_url = self.environment.kommo_base_url.format(host=installation.kommo_host)
        http = self._http(KOMMO, base_url, is_kommo_host)
        return KommoClient(
            base_url=base_url,
            http=http,
            tokens=Access(
                self.vault, installation.id, KOMMO, lambda secret: renew(http, base_url, secret, self.deadline)
            ),
            limiter=self.limiter(),
            rates=kommo_rates(
                self.environment.egress_address, installation.id, self.environment.kommo_requests_per_second
            ),
            lane=self.lane,
            deadline=self.deadline,
            zone=ZoneInfo(layout.account.timezone if layout else "UTC"),
        )

    def altegio(self, installation: Installation) -> AltegioClient:
        """Return the client that sees the installation's locations."""
        base_url = self.environment.altegio_base_url
        return AltegioClient(
            base_url=base_url,
            http=self._http(ALTEGIO, base_url, is_altegio_host),
            partner_token=self.partner_token(),
            tokens=Access(self.vault, installation.id, ALTEGIO, _cannot_be_renewed),
            limiter=self.limiter(),
            rates=altegio_rates(
                self.environment.egress_address,
                self.environment.altegio_requests_per_second,
                self.environment.altegio_requests_per_minute,
            ),
            lane=self.lane,
            deadline=self.deadline,
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
    raise Revoked(Revoked.TOKEN)
