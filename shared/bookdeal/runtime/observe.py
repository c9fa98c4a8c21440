"""What a run leaves behind: one JSON log line per unit of work, and the counts and measures that the line carries.

CloudWatch makes metrics of the measures (its embedded metric format): no call, no second line. They are few, because
each costs money by name and dimension: what AWS counts itself (calls, errors, ages, throttles) is none of them.

A line can hold only the keys named here, and only ids, codes and numbers as values: a name, an e-mail or a provider's
sentence that slips into a field is replaced by "?", and of an exception only its type and place are kept.
"""

import json
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.logging import Logger

from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import BookdealError

FIELDS = frozenset(
    [
        *("installation", "source", "provider", "locations", "booking", "deal", "contact", "generation"),
        *("method", "route", "user"),
        *("correlation_id", "outcome", "reason", "status", "wait", "kinds", "count", "counts"),
        *("messages", "hints", "bytes", "requests", "retries"),
        *("items_read", "items_written", "reads", "writes"),
        *("duration_ms", "cpu_ms", "waited_ms", "answered_ms"),
    ]
)
"""What may be noted about a unit of work. (Powertools keeps "location" to itself, hence the plural.)"""

BOOKINGS_APPLIED, LAG, DEFERRED = "BookingsApplied", "Lag", "Deferred"
WAITED, TOKENS_NOT_RENEWED, WEBHOOKS_NOT_TAKEN = "Waited", "TokensNotRenewed", "WebhooksNotTaken"
PARKED_TOO_LONG = "ParkedTooLong"

MEASURES = {
    BOOKINGS_APPLIED: "Count",
    LAG: "Seconds",
    DEFERRED: "Count",
    WAITED: "Milliseconds",
    TOKENS_NOT_RENEWED: "Count",
    WEBHOOKS_NOT_TAKEN: "Count",
    PARKED_TOO_LONG: "Count",
    **{
        f"{provider}{kind}": "Count"
        for provider in ("Kommo", "Altegio")
        for kind in ("Answered", "Refused", "Limited", "Failed")
    },
}
"""What is measured, with its unit: changed bookings worked off; the age of the oldest work that an installation is left
owing; runs that were put off; the time that was waited for a request budget or before a retry; renewals of tokens that
failed; webhooks that were answered 503; parked work that nobody sees to; requests to each provider, by what came of
them (`Http`)."""

BY_OUTCOME = frozenset({DEFERRED})
"""Measures told apart by the line's outcome, besides its service."""

_ALLOWED = FIELDS | MEASURES.keys() | {"level", "timestamp", "service", "message", "xray_trace_id", "_aws"}
_SAFE_TEXT = re.compile(r"[\w.:#/{}<>+-]{0,160}", re.ASCII)
_REQUEST = re.compile(r"\w+ [A-Z]+ /[\w./{}-]*", re.ASCII)
_FRAMES_KEPT = 4


@dataclass(slots=True)
class Counters:
    """What one unit of work cost. Handed to everything that spends; times in milliseconds.

    `requests` is keyed by provider, method and route template, as in "kommo PATCH /leads"; `reads` and `writes` count
    items by table. `answered_ms` is how long the answers took, keyed as the requests are and "tables" for all tables;
    `waited_ms` how long was slept, for the request budget or before a retry. `answers` counts what came of the
    requests, by measure ("KommoAnswered"); `not_renewed` renewals of tokens that failed.
    """

    requests: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    reads: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    waited_ms: int = 0
    answered_ms: defaultdict[str, float] = field(default_factory=partial(defaultdict, float))
    answers: Counter[str] = field(default_factory=Counter)
    not_renewed: int = 0

    @property
    def items_read(self) -> int:
        """Items asked for, in all tables."""
        return self.reads.total()

    @property
    def items_written(self) -> int:
        """Items written, in all tables."""
        return self.writes.total()

    @contextmanager
    def answering(self, key: str, clock: Clock) -> Iterator[None]:
        """Add the time that passes inside to `answered_ms`, however it ends."""
        started = clock.monotonic()
        try:
            yield
        finally:
            self.answered_ms[key] += (clock.monotonic() - started) * 1000

    def fields(self) -> dict[str, Any]:
        """Return the counts as fields of a log line, without the empty ones."""
        counts = {
            "requests": dict(self.requests),
            "retries": self.retries,
            "items_read": self.items_read,
            "items_written": self.items_written,
            "reads": dict(self.reads),
            "writes": dict(self.writes),
            "waited_ms": self.waited_ms,
            "answered_ms": {key: round(spent) for key, spent in self.answered_ms.items()},
        }
        return {name: count for name, count in counts.items() if count}

    def measures(self) -> dict[str, float]:
        """Return what is measured of them, without what is nothing."""
        found = {**self.answers, WAITED: self.waited_ms, TOKENS_NOT_RENEWED: self.not_renewed}
        return {name: value for name, value in found.items() if value}


class UnexpectedError(Exception):
    """Stands in for an exception that is none of ours, whose text might name a person."""


@dataclass(slots=True)
class Unit:
    """A unit of work under way: its costs, and what its log line will say."""

    counters: Counters = field(default_factory=Counters)
    fields: dict[str, Any] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)

    def note(self, **fields: Any) -> None:
        """Add fields to the line; a later value replaces an earlier one. KeyError unless it is in `FIELDS`."""
        unknown = fields.keys() - FIELDS
        if unknown:
            raise KeyError(f"not a log key: {', '.join(sorted(unknown))}")
        self.fields.update(fields)

    def measure(self, name: str, value: float) -> None:
        """Add to one of the `MEASURES`, by which an operator sees how all installations are together."""
        if name not in MEASURES:
            raise KeyError(f"not a measure: {name}")
        self.measures[name] = self.measures.get(name, 0) + value


@contextmanager
def unit(service: str, name: str, **fields: Any) -> Iterator[Unit]:
    """Run one unit of work and write its line, whatever happens in it.

    `name` says what kind of unit it is, `fields` are as in `Unit.note`. An error of ours passes through, its code and
    reason noted as outcome; any other exception is noted by type and place and raised as `UnexpectedError`.
    """
    current = Unit()
    current.note(**{"outcome": "done"} | fields)
    started, cpu_started = time.monotonic(), time.process_time()
    failure: Exception | None = None
    try:
        yield current
    except BookdealError as error:
        current.note(outcome=error.code, reason=error.reason)
        raise
    except Exception as error:
        current.note(outcome="crashed")
        failure = error
        raise UnexpectedError(type(error).__name__) from None
    finally:
        line = current.fields | current.counters.fields()
        line["duration_ms"] = round((time.monotonic() - started) * 1000)
        line["cpu_ms"] = round((time.process_time() - cpu_started) * 1000, 1)
        line |= _embedded(current.measures | current.counters.measures())
        if failure is None:
            logger(service).info(name, extra=line)
        else:
            logger(service).error(name, extra=line, exc_info=failure)


def count(name: str, value: int) -> None:
    """Count something for the operator's alarms: one line in CloudWatch's metric format, without any id."""
    # Rarely needed, and an import of its own.
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Bookdeal")
    with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace=namespace) as metric:
        metric.add_dimension("service", os.environ.get("POWERTOOLS_SERVICE_NAME", "bookdeal"))


def _embedded(measures: Mapping[str, float]) -> dict[str, Any]:
    """Return what makes metrics of measures when it stands in a line, nothing where nothing was measured."""
    if not measures:
        return {}
    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Bookdeal")
    directives = [
        {
            "Namespace": namespace,
            "Dimensions": [dimensions],
            "Metrics": [{"Name": name, "Unit": MEASURES[name]} for name in sorted(names)],
        }
        for dimensions, names in (
            (["service"], measures.keys() - BY_OUTCOME),
            (["service", "outcome"], measures.keys() & BY_OUTCOME),
        )
        if names
    ]
    return {**measures, "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives}}


@cache
def logger(service: str) -> Logger:
    """Return the service's logger. Prefer `unit`; this is for the few lines that stand outside one."""
    # Powertools would name the line of code that wrote it, which is always the same one.
    return Logger(service=service, json_serializer=_line, utc=True, use_rfc3339=True, location=None)


def _line(log: Any) -> str:
    """Return the one line of a log record, cut down to what may be said."""
    kept = {key: _safe(value) for key, value in log.items() if key in _ALLOWED}
    trace = log.get("stack_trace")
    if trace:
        kept["error"] = _safe(trace["type"])
        frames = trace["frames"][-_FRAMES_KEPT:]
        kept["where"] = [_safe(f"{os.path.basename(frame['file'])}:{frame['line']}") for frame in frames]
    return json.dumps(kept, separators=(",", ":"))


def _safe(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if _SAFE_TEXT.fullmatch(value) else "?"
    if isinstance(value, dict):
        return {key if _REQUEST.fullmatch(str(key)) else _safe(key): _safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(item) for item in value]
    return "?"
