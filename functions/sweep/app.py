"""Rings every minute for the installations that are due; `{"all": true}` rings for all of them now."""

from typing import Any

from bookdeal.bookings.mover import sweeping
from bookdeal.runtime import aws
from bookdeal.runtime.clock import SystemClock
from bookdeal.runtime.environment import SweepEnvironment, load
from bookdeal.runtime.observe import unit
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store

environment = load(SweepEnvironment)


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Ring the bell; return how many installations it was rung for."""
    clock = SystemClock()
    with unit("sweep", "sweep", correlation_id=context.aws_request_id) as current:
        store = Store(aws.dynamodb(), clock, current.counters)
        rung = sweeping.sweep(
            store.table(environment.installations_table, "installation", "part"),
            Hints(environment.hints_queue_url, aws.sqs()),
            clock,
            interval=environment.sweep_interval_seconds,
            correlation_id=context.aws_request_id,
            all_of_them=bool(event.get("all")),
        )
        current.note(count=rung)
    return {"rung": rung}
