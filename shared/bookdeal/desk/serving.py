"""Serves an operator's requests, one by one. Who may ask is for AWS to decide: whoever may call the function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from bookdeal.desk.desk import Desk
from bookdeal.desk.requests import OfInstallation, request_from
from bookdeal.installs.connections import Connections
from bookdeal.installs.uninstalling import Tables
from bookdeal.runtime import aws, parameters
from bookdeal.runtime.clock import Clock, Deadline, SystemClock
from bookdeal.runtime.credentials import Held, Vault
from bookdeal.runtime.environment import WorkerEnvironment, load
from bookdeal.runtime.errors import BookdealError
from bookdeal.runtime.observe import Counters, unit
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store

MARGIN = 2.0
"""Seconds that are kept for ending well before Lambda ends the process."""

type Answer = dict[str, Any]
"""`{"answer": {...}}`, or `{"error": {"code", "reason", "params"}}` for what Bookdeal knows to be wrong."""


@dataclass(slots=True)
class Operator:
    """Serves requests; what it remembers between them saves decryptions and writes."""

    environment: WorkerEnvironment
    hints: Hints
    clock: Clock
    secrets: dict[tuple[str, str], Held] = field(default_factory=dict)
    seen_rates: dict[str, int] = field(default_factory=dict)

    @staticmethod
    def from_environment() -> "Operator":
        """Return the operator that the function's environment describes. Raises BadEnvironment."""
        environment = load(WorkerEnvironment)
        return Operator(environment, Hints(environment.hints_queue_url, aws.sqs()), SystemClock())

    def serve(self, event: Mapping[str, Any], seconds: float) -> Answer:
        """Serve one request within so many seconds. A person that it names stands in no log."""
        try:
            request = request_from(event)
            named = {"installation": request.installation} if isinstance(request, OfInstallation) else {}
            correlation_id = uuid4().hex
            with unit("operator", request.command, correlation_id=correlation_id, **named) as current:
                desk = self._desk(current.counters, Deadline.within(self.clock, seconds - MARGIN), correlation_id)
                return {"answer": desk.answer(request)}
        except BookdealError as error:
            return {"error": {"code": error.code, "reason": error.reason, "params": error.params}}

    def _desk(self, counters: Counters, deadline: Deadline, correlation_id: str) -> Desk:
        environment = self.environment
        store = Store(aws.dynamodb(), self.clock, counters)
        tables = Tables(
            store=store,
            installations=store.table(environment.installations_table, "installation", "part"),
            credentials=store.table(environment.credentials_table, "installation", "provider"),
            links=store.table(environment.links_table, "installation", "key"),
            parked=store.table(environment.parked_table, "installation", "key"),
            decisions=store.table(environment.decisions_table, "installation", "key"),
        )
        vault = Vault(tables.credentials, aws.kms(), environment.tokens_key_id, self.clock, self.secrets)
        connections = Connections(
            environment=environment,
            vault=vault,
            scratch=store.table(environment.scratch_table, "key"),
            partner_token=partial(parameters.secret, environment.altegio_partner_token_parameter),
            seen_rates=self.seen_rates,
            clock=self.clock,
            deadline=deadline,
            counters=counters,
            accounts=tables.installations,
        )
        webhook_keys = partial(parameters.secret, environment.webhook_keys_parameter)
        return Desk(tables, connections, webhook_keys, self.hints, self.clock, deadline, correlation_id)
