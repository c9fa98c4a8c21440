"""One request of the widget under way: who asks, for which installation, and what it takes to serve him."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache, cached_property, partial

from bookdeal.altegio.client import AltegioClient
from bookdeal.altegio.journal import Journal
from bookdeal.installs.callers import Callers
from bookdeal.installs.choices import ChoiceStore
from bookdeal.installs.connections import Connections
from bookdeal.installs.installation import Installation, Installations
from bookdeal.installs.integrations import Integrations
from bookdeal.installs.users import OwnTokens, UserStore
from bookdeal.kommo.client import KommoClient
from bookdeal.kommo.hosts import is_kommo_host
from bookdeal.model.booking import Location
from bookdeal.runtime import aws, parameters
from bookdeal.runtime.api import Api, Caller, Policy
from bookdeal.runtime.clock import Clock, Deadline, SystemClock
from bookdeal.runtime.credentials import Held, Vault
from bookdeal.runtime.environment import WidgetEnvironment, load
from bookdeal.runtime.errors import Forbidden, NotFound, Rejected
from bookdeal.runtime.limiter import Lane
from bookdeal.runtime.observe import Unit
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store, Table

ADMIN_KEPT = 300
"""Seconds that it is remembered whether a user is an administrator."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables, for one unit of work."""

    store: Store
    environment: WidgetEnvironment

    @property
    def installations(self) -> Table:
        """Installations by installation and part."""
        return self.store.table(self.environment.installations_table, "installation", "part")

    @property
    def credentials(self) -> Table:
        """Encrypted tokens by installation and provider."""
        return self.store.table(self.environment.credentials_table, "installation", "provider")

    @property
    def links(self) -> Table:
        """Links by installation and key."""
        return self.store.table(self.environment.links_table, "installation", "key")

    @property
    def parked(self) -> Table:
        """Parked work by installation and key."""
        return self.store.table(self.environment.parked_table, "installation", "key")

    @property
    def decisions(self) -> Table:
        """Decisions and commands by installation and key."""
        return self.store.table(self.environment.decisions_table, "installation", "key")

    @property
    def scratch(self) -> Table:
        """Short-lived things by key."""
        return self.store.table(self.environment.scratch_table, "key")


@dataclass
class Call:
    """A request under way. Providers are asked in the lane of a person who waits, and within the deadline.

    `using_token_for` takes the token's one use for what it names, as `Callers.using_up` does.
    """

    caller: Caller
    installation: Installation
    tables: Tables
    connections: Connections
    hints: Hints
    clock: Clock
    deadline: Deadline
    unit: Unit
    using_token_for: Callable[[str], AbstractContextManager[None]]

    @property
    def installations(self) -> Installations:
        """The stored installations."""
        return Installations(self.tables.installations)

    @cached_property
    def kommo(self) -> KommoClient:
        """The client of the installation's account, with the installation's own rights."""
        return self.connections.kommo(self.installation, self.installation.layout)

    @cached_property
    def altegio(self) -> AltegioClient:
        """The client that sees all of the installation's locations."""
        return self.connections.altegio(self.installation)

    @cached_property
    def is_admin(self) -> bool:
        """Whether the caller is an administrator in Kommo: the token says so, else Kommo is asked (remembered)."""
        if self.caller.is_admin is not None:
            return self.caller.is_admin
        key, now = f"admin#{self.installation.id}#{self.caller.user}", self.clock.now()
        known = self.tables.scratch.get(key)
        if known is not None and known["expires_at"] > now:
            return bool(known["is_admin"])
        try:
            is_admin = self.kommo.is_admin(self.caller.user)
        except (NotFound, Rejected):
            is_admin = False
        self.tables.scratch.put({"key": key, "is_admin": is_admin, "expires_at": int(now) + ADMIN_KEPT})
        return is_admin

    @cached_property
    def locations(self) -> tuple[Location, ...]:
        """The locations that the caller sees."""
        users = UserStore(
            self.tables.installations, self.tables.credentials, self.connections.vault, self.installation.id
        )
        user = users.read().of(self.caller.user)
        chains: dict[int, frozenset[int]] = {}
        if user.chains:
            choices = ChoiceStore(self.tables.scratch, self.clock)
            chains = {chain.id: chain.locations for chain in choices.chains(self.installation, self.altegio)}
        seen = user.sees(self.installation, chains)
        return tuple(location for location in self.installation.locations if location.id in seen)

    def location(self, id: int) -> Location:
        """Return one of the locations that the caller sees. Raises NotFound("location") for any other."""
        found = next((location for location in self.locations if location.id == id), None)
        if found is None:
            raise NotFound("location", params={"location": id})
        return found

    @cached_property
    def journal(self) -> Journal:
        """Altegio as the caller sees it, with his own rights; using it raises Forbidden as in `OwnTokens`."""
        return Journal.of(self.altegio, OwnTokens(self.connections.vault, self.installation.id, self.caller.user))

    def require_admin(self) -> None:
        """Raise Forbidden unless the caller is an administrator in Kommo."""
        if not self.is_admin:
            raise Forbidden("administrators_only")


@dataclass(slots=True)
class Reception:
    """Opens calls; what it remembers between them saves decryptions and writes."""

    environment: WidgetEnvironment
    clock: Clock = field(default_factory=SystemClock)
    secrets: dict[tuple[str, str], Held] = field(default_factory=dict)
    seen_rates: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def open(self, token: str, policy: Policy, seconds: float, current: Unit) -> Iterator[Call]:
        """Open the call of a token's owner; errors as in `Callers`, and Forbidden where only administrators may."""
        tables = Tables(Store(aws.dynamodb(), self.clock, current.counters), self.environment)
        vault = Vault(tables.credentials, aws.kms(), self.environment.tokens_key_id, self.clock, self.secrets)
        deadline = Deadline.within(self.clock, seconds)
        callers = Callers(
            Installations(tables.installations), Integrations(tables.installations, vault), tables.scratch, self.clock
        )
        claims, installation, caller = callers.identify(token)
        current.note(installation=installation.id, user=caller.user)
        connections = Connections(
            environment=self.environment,
            vault=vault,
            scratch=tables.scratch,
            partner_token=partial(parameters.secret, self.environment.altegio_partner_token_parameter),
            seen_rates=self.seen_rates,
            clock=self.clock,
            deadline=deadline,
            counters=current.counters,
            lane=Lane.PERSON,
            accounts=tables.installations,
        )
        hints = Hints(self.environment.hints_queue_url, aws.sqs())
        using = partial(callers.using_up, claims)
        call = Call(caller, installation, tables, connections, hints, self.clock, deadline, current, using)
        if policy.admin:
            call.require_admin()
        with callers.using_up(claims) if policy.once else nullcontext():
            yield call


def widget_api(service: str) -> Api[Call]:
    """Return the API of a function, as yet without routes. `service` names it in logs.

    The environment is read at the first request, so that the routes can be looked at without one.
    """

    @cache
    def reception() -> Reception:
        return Reception(load(WidgetEnvironment))

    def door(token: str, policy: Policy, seconds: float, current: Unit) -> AbstractContextManager[Call]:
        return reception().open(token, policy, seconds, current)

    def is_origin(origin: str) -> bool:
        more = reception().environment.widget_origins
        return (origin.startswith("https://") and is_kommo_host(origin[8:])) or origin in more.split(",")

    return Api(service, door, is_origin)
