"""Puts together what deals with an installation's access, for a function that talks to the providers."""

from collections.abc import Sequence
from dataclasses import dataclass

from bookdeal.installs.access import Watch
from bookdeal.installs.connections import Connections
from bookdeal.installs.consent import Accounts, Reception
from bookdeal.installs.door import consent_link
from bookdeal.installs.installation import Installation, Installations
from bookdeal.installs.integrations import Integrations
from bookdeal.installs.locations import Locations
from bookdeal.installs.uninstalling import Tables, Uninstalls
from bookdeal.runtime import parameters
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.environment import WorkerEnvironment
from bookdeal.runtime.errors import NotFound
from bookdeal.runtime.observe import count
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Table
from bookdeal.runtime.webhook_key import server_keys

LOST = "AccessLost"
"""The metric that an alarm watches: losses of access that were not known before."""


@dataclass(frozen=True, slots=True)
class Accesses:
    """One unit of work's tools. `table` is that of the installations."""

    environment: WorkerEnvironment
    table: Table
    connections: Connections
    hints: Hints
    clock: Clock
    correlation_id: str

    def watch(self) -> Watch:
        """Return what looks after access."""
        return Watch(
            self.table,
            self.connections.vault,
            self.connections,
            self.hints,
            self.clock,
            self.public_url,
            self.server_key,
            self.environment.brand_name,
            lambda losses: count(LOST, losses),
            lambda installation: self.uninstalls().begin(installation),
            self.correlation_id,
        )

    def reception(self) -> Reception:
        """Return what brings consents to their end."""
        return Reception(
            self.table,
            self.connections.vault,
            self.connections,
            self.hints,
            self.clock,
            self.accounts(),
            self.locations(),
            self.correlation_id,
        )

    def accounts(self) -> Accounts:
        """Return what gives accounts their installations."""
        return Accounts(self.table, self.connections.vault, self.uninstalls(), self.clock)

    def uninstalls(self) -> Uninstalls:
        """Return the uninstallings."""
        store, environment = self.table.store, self.environment
        tables = Tables(
            store=store,
            installations=self.table,
            credentials=self.connections.vault.table,
            links=store.table(environment.links_table, "installation", "key"),
            parked=store.table(environment.parked_table, "installation", "key"),
            decisions=store.table(environment.decisions_table, "installation", "key"),
        )
        return Uninstalls(tables, self.clock)

    def locations(self) -> Locations:
        """Return what connects locations."""
        return Locations(
            self.connections,
            Installations(self.table),
            self.connections.vault,
            self.hints,
            self.clock,
            self.public_url,
            self.server_key,
            self.application_token,
            self.correlation_id,
        )

    def consent_link(self, installation: Installation) -> str:
        """Return where an installation's account is given access to anew. Raises NotFound without an integration."""
        return consent_link(
            self.table,
            self.clock,
            self.server_key(),
            self.environment.kommo_consent_url,
            installation.client_id,
            account=installation.kommo_account,
        )

    def public_url(self, installation: Installation) -> str:
        """Return the API's address as the installation's integration names it, "" for one that is not registered."""
        try:
            return Integrations(self.table, self.connections.vault).known(installation.client_id).public_url
        except NotFound:
            return ""

    def server_key(self) -> str:
        """Return the newest key of webhook addresses."""
        return self.server_keys()[0]

    def server_keys(self) -> Sequence[str]:
        """Return the keys of webhook addresses, newest first."""
        return server_keys(parameters.secret(self.environment.webhook_keys_parameter))

    def application_token(self) -> str:
        """Return the user token of our marketplace application. Raises NotFound where there is none."""
        if not self.environment.altegio_application_token_parameter:
            raise NotFound("marketplace")
        return parameters.secret(self.environment.altegio_application_token_parameter)
