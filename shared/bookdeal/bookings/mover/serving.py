"""From a batch of the queue to runs of the mover, and back to the messages that must come again."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bookdeal.altegio.journal import Journal
from bookdeal.bookings.mover.mover import Memory, Mover, Outcome, Schedule, Tables
from bookdeal.installs.accesses import Accesses
from bookdeal.installs.connections import Connections
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime import aws, parameters
from bookdeal.runtime.clock import Clock, Deadline, SystemClock
from bookdeal.runtime.credentials import Held, Vault
from bookdeal.runtime.environment import WorkerEnvironment, load
from bookdeal.runtime.errors import BookdealError, Transient
from bookdeal.runtime.observe import BOOKINGS_APPLIED, DEFERRED, LAG, PARKED_TOO_LONG, UnexpectedError, Unit, unit
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store, Table

MARGIN = 1.0
"""Seconds that are kept for ending well before Lambda ends the process."""


@dataclass(frozen=True, slots=True)
class _Message:
    """One message of the queue and the hint that it holds. `again`: it was received before."""

    id: str
    receipt: str
    hint: Hint
    again: bool


@dataclass(slots=True)
class Server:
    """Serves batches; what it remembers between them saves decryptions and writes."""

    environment: WorkerEnvironment
    hints: Hints
    clock: Clock
    secrets: dict[tuple[str, str], Held] = field(default_factory=dict)
    seen_rates: dict[str, int] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)

    @staticmethod
    def from_environment() -> "Server":
        """Return the server that the function's environment describes. Raises BadEnvironment."""
        environment = load(WorkerEnvironment)
        return Server(environment, Hints(environment.hints_queue_url, aws.sqs()), SystemClock())

    def serve(self, records: Sequence[Mapping[str, Any]], seconds: float) -> list[str]:
        """Work off a batch within so many seconds; return the ids of the messages that must come again.

        A message that is no hint is dropped with a log line: it would never become one.
        """
        deadline = Deadline.within(self.clock, seconds - MARGIN)
        messages: dict[str, list[_Message]] = {}
        for record in records:
            message = _message(record)
            if message is not None:
                messages.setdefault(message.hint.installation, []).append(message)
        again: list[str] = []
        for installation, theirs in sorted(messages.items(), key=_weight):
            again += self._serve_installation(installation, theirs, deadline)
        return again

    def _serve_installation(self, installation: str, messages: Sequence[_Message], deadline: Deadline) -> list[str]:
        correlation_id = messages[-1].hint.correlation_id
        try:
            with unit("mover", "run", installation=installation, correlation_id=correlation_id) as current:
                outcome = self._run(installation, messages, deadline, current, correlation_id)
        except (BookdealError, UnexpectedError):
            return [message.id for message in messages]
        if outcome.wait is None:
            return []
        # One message is kept as an alarm clock; where the state holds what the others ask for, they are done with.
        kept = messages[-1:] if outcome.absorbed else messages
        for message in kept:
            # One that cannot be put off comes back when its visibility ends.
            with suppress(Transient):
                self.hints.defer(message.receipt, outcome.wait)
        return [message.id for message in kept]

    def _run(
        self, installation: str, messages: Sequence[_Message], deadline: Deadline, current: Unit, correlation_id: str
    ) -> Outcome:
        environment = self.environment
        store = Store(aws.dynamodb(), self.clock, current.counters)
        connections = Connections(
            environment=environment,
            vault=Vault(
                store.table(environment.credentials_table, "installation", "provider"),
                aws.kms(),
                environment.tokens_key_id,
                self.clock,
                self.secrets,
            ),
            scratch=store.table(environment.scratch_table, "key"),
            partner_token=partial(parameters.secret, environment.altegio_partner_token_parameter),
            seen_rates=self.seen_rates,
            clock=self.clock,
            deadline=deadline,
            counters=current.counters,
            accounts=store.table(environment.installations_table, "installation", "part"),
        )
        tables = Tables(
            store=store,
            installations=store.table(environment.installations_table, "installation", "part"),
            links=store.table(environment.links_table, "installation", "key"),
            decisions=store.table(environment.decisions_table, "installation", "key"),
            parked=store.table(environment.parked_table, "installation", "key"),
        )
        hints = [message.hint for message in messages]
        if any(hint.kind is HintKind.CONSENT for hint in hints):
            return self._received(installation, tables.installations, connections, current, correlation_id)
        asked = [hint for hint in hints if hint.kind is HintKind.ACCESS]
        if asked:
            self._looked_after(installation, asked, tables.installations, connections, current, correlation_id)
            hints = [hint for hint in hints if hint.kind is not HintKind.ACCESS]
            if not hints:
                return Outcome("access")
        mover = Mover(
            tables,
            connections,
            self.hints,
            self.memory,
            self.clock,
            deadline,
            correlation_id,
            lambda installation: Journal.of(connections.altegio(installation)),
            Schedule(
                environment.sweep_interval_seconds,
                int(environment.comparison_days_back),
                int(environment.comparison_days_ahead),
            ),
        )
        try:
            again = any(message.again for message in messages)
            outcome = mover.run(installation, hints, again=again)
        finally:
            current.note(messages=len(messages), counts=dict(mover.counts))
            if mover.counts["changes"]:
                current.measure(BOOKINGS_APPLIED, mover.counts["changes"])
        current.note(outcome=outcome.reason)
        if outcome.wait is not None:
            current.note(wait=outcome.wait)
            current.measure(DEFERRED, 1)
        if outcome.owed_since is not None:
            current.measure(LAG, max(0, round(self.clock.now()) - outcome.owed_since))
        if outcome.overdue:
            current.measure(PARKED_TOO_LONG, outcome.overdue)
        return outcome

    def _received(
        self, place: str, table: Table, connections: Connections, current: Unit, correlation_id: str
    ) -> Outcome:
        """Bring a consent to its end."""
        desk = Accesses(self.environment, table, connections, self.hints, self.clock, correlation_id)
        current.note(reason=desk.reception().complete(place))
        return Outcome("consent")

    def _looked_after(
        self,
        installation: str,
        asked: Sequence[Hint],
        table: Table,
        connections: Connections,
        current: Unit,
        correlation_id: str,
    ) -> None:
        """Look after an installation's access, whatever else is to be done for it."""
        self.memory.forget(installation)
        desk = Accesses(self.environment, table, connections, self.hints, self.clock, correlation_id)
        found = desk.watch().check(
            installation,
            by_person=any(hint.source == "person" for hint in asked),
            told_gone=any(hint.source == "kommo" for hint in asked),
        )
        current.note(reason=found)


def _weight(theirs: tuple[str, Sequence[_Message]]) -> tuple[bool, int]:
    """Return what sorts a batch's installations: who rang least comes first, who has a long work to go on with last."""
    _, messages = theirs
    return any(message.hint.kind is HintKind.CONTINUE for message in messages), len(messages)


def _message(record: Mapping[str, Any]) -> _Message | None:
    try:
        return _Message(
            id=str(record["messageId"]),
            receipt=str(record["receiptHandle"]),
            hint=Hint.from_json(record["body"]),
            again=int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)) > 1,
        )
    except (ValueError, KeyError, TypeError):
        with unit("mover", "unreadable_message") as current:
            current.note(outcome="dropped")
        return None
