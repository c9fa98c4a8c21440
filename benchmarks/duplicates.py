"""The scan for duplicates of a large account, asked for by the widget's API of the deployed stack, limits in force.

What must be found is planted before, and what must not be: families, and receptions' phones.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

from sandbox.stack.stack import running

from .burst import DRAIN_SECONDS
from .planted import Planted, missed, plant
from .salon import Requests, Salon, Wrong
from .spent import Spent

SCAN_SECONDS = 900.0
POLL_SECONDS = 2.0
SEARCHES = 15
PER_REQUEST = 200
"""Entities read for which one request is promised."""

KINDS = ("contacts", "deals", "bookings")


@dataclass(frozen=True, slots=True)
class Duplicates:
    """A scan of so many deals and contacts. `read` are the entities that were read, those read again among them.

    `planted` contacts were put among them, of which the `certain` groups, the `alike` pairs and the `deals` were found,
    all of them, and none of those `apart`. `search` is the median of the seconds of a search around one deal, and
    `search_requests` its requests to Kommo.
    """

    deals: int
    contacts: int
    read: int
    seconds: float
    requests: Requests
    mover: Spent
    groups: int
    planted: int
    certain: int
    alike: int
    planted_deals: int
    apart: int
    search: float
    search_requests: float

    @property
    def per_promised(self) -> float:
        """Requests to both providers for each `PER_REQUEST` entities read."""
        return (self.requests.kommo.total() + self.requests.altegio.total()) * PER_REQUEST / self.read


def measure(deals: int, contacts: int, each: int) -> Duplicates:
    """Scan an account of that size, with so many of each kind planted, on a stack of its own. Raises Wrong."""
    with running(check_permissions=False, statistics=False) as stack:
        salon = Salon(stack)
        salon.wait_until_drained(DRAIN_SECONDS)
        salon.ring(on=False)
        salon.kommo("load", deals=deals, contacts=contacts)
        planted = plant(lambda entity, bodies: _make(salon, entity, bodies), each)
        salon.wait_until_drained(DRAIN_SECONDS)
        started = time.time()
        counts = _scan(salon)
        seconds = time.time() - started
        spent = salon.requests_since(started)
        _check(salon, planted)
        search, search_requests = _searches(salon, planted)
        whole = counts["contacts"] + counts["deals"] + counts["bookings"]
        return Duplicates(
            deals=counts["deals"],
            contacts=counts["contacts"],
            read=whole,
            seconds=seconds,
            requests=spent,
            mover=Spent.of(salon.lines("deal_mover", started), salon.table_names),
            groups=counts["groups"],
            planted=planted.contacts,
            certain=len(planted.certain),
            alike=len(planted.alike),
            planted_deals=len(planted.deals),
            apart=sum(map(len, planted.apart)),
            search=search,
            search_requests=search_requests,
        )


def _scan(salon: Salon) -> dict[str, int]:
    """Ask for a scan and wait for its end; returns what it counted."""
    asked = _ask(salon, "POST", "/duplicates/scan")["command"]
    deadline = time.monotonic() + SCAN_SECONDS
    while time.monotonic() < deadline:
        command = _ask(salon, "GET", f"/commands/{asked}")
        if command["state"] == "refused":
            raise Wrong(f"the scan was refused: {command['result']}")
        if command["state"] == "done":
            counts: dict[str, int] = command["result"]
            return counts
        time.sleep(POLL_SECONDS)
    raise Wrong(f"the scan has not ended within {SCAN_SECONDS:.0f} s")


def _check(salon: Salon, planted: Planted) -> None:
    """Raise Wrong unless all that was planted was found, and nobody's family."""
    wrong = missed(planted, {kind: _groups(salon, kind) for kind in KINDS})
    if any(wrong.values()):
        raise Wrong(f"the scan has missed, or found wrongly: {wrong}")


def _groups(salon: Salon, kind: str) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = []
    page, more = 0, True
    while more:
        page += 1
        answer = _ask(salon, "GET", "/duplicates/groups", kind=kind, page=str(page))
        found += [tuple(group["ids"]) for group in answer["groups"]]
        more = answer["more"]
    return found


def _searches(salon: Salon, planted: Planted) -> tuple[float, float]:
    """Search around single deals; returns the median of the seconds and the requests to Kommo of each."""
    sample: Sequence[tuple[int, ...]] = planted.deals[:SEARCHES]
    times, started = [], time.time()
    for deal, other in sample:
        before = time.monotonic()
        answer = _ask(salon, "GET", f"/duplicates/deals/{deal}")
        times.append(time.monotonic() - before)
        if not any(group["kind"] == "deals" and other in group["ids"] for group in answer["groups"]):
            raise Wrong(f"deal {other} was not found around {deal}")
    spent = salon.requests_since(started).kommo.total()
    return statistics.median(times), spent / len(sample)


def _ask(salon: Salon, method: str, path: str, **query: str) -> Any:
    """Ask the widget's API as an administrator."""
    token = salon.kommo("widget-token")["token"]
    url = f"{salon.stack.description.api}{path}"
    answer = requests.request(method, url, params=query, headers={"X-Auth-Token": token}, timeout=60)
    if not answer.ok:
        raise Wrong(f"{method} {path}: {answer.text[:300]}")
    return answer.json()


def _make(salon: Salon, entity: str, bodies: list[dict[str, Any]]) -> list[int]:
    kommo = salon.stack.description.kommo
    headers = {"Authorization": f"Bearer {kommo.access_token}"}
    answer = requests.post(f"{kommo.base_url}/api/v4/{entity}", json=bodies, headers=headers, timeout=60)
    answer.raise_for_status()
    return [one["id"] for one in answer.json()["_embedded"][entity]]
