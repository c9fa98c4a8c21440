"""How long after its webhook a deal moves, when changes come at a steady pace."""

import statistics
import time
from dataclasses import dataclass

from .burst import DRAIN_SECONDS
from .salon import ARRIVED, CONFIRMED, Requests, Salon, Wrong

PER_SECOND = 5


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from an accepted webhook to the changed deal, over all changes; `requests` of the whole minute."""

    changes: int
    median: float
    p95: float
    worst: float
    accepting: float
    requests: Requests


def measure(salon: Salon, seconds: int) -> Latency:
    """Change one booking after the other at a steady pace and look when its deal followed. Raises Wrong.

    Webhooks go out at once here: with the provider's usual delay, the webhook of one change would bring the changes of
    the seconds after it along, before their own webhooks.
    """
    deals = salon.check()
    salon.ring(on=True)
    usual = salon.altegio("webhooks")["delay_seconds"]
    salon.altegio("webhooks", delay_seconds=0.0)
    chosen = list(salon.statuses)[: seconds * PER_SECOND]
    changed_at: dict[int, float] = {}
    started = time.time()
    for number, id in enumerate(chosen):
        time.sleep(max(0.0, started + number / PER_SECOND - time.time()))
        changed_at[id] = time.time()
        salon.change([id], ARRIVED if salon.statuses[id] == CONFIRMED else CONFIRMED)
    salon.wait_until_drained(DRAIN_SECONDS)
    salon.altegio("webhooks", delay_seconds=usual)
    salon.check()
    hooks, _ = salon.deliveries_since(started)
    accepted_at = {int(hook["ids"][0]): hook["at"] for hook in reversed(hooks)}
    decided_at = salon.decided_at(started)
    undecided = [id for id in chosen if deals[id]["id"] not in decided_at]
    if undecided:
        raise Wrong(f"no decision about the deal of booking {undecided[0]}")
    took = [max(0.0, decided_at[deals[id]["id"]] - accepted_at[id]) for id in chosen]
    return Latency(
        changes=len(chosen),
        median=statistics.median(took),
        p95=statistics.quantiles(took, n=20)[-1],
        worst=max(took),
        accepting=statistics.median(accepted_at[id] - changed_at[id] for id in chosen),
        requests=salon.requests_since(started),
    )
