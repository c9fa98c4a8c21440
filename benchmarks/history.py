"""The import of older bookings, asked for by the widget's API of the deployed stack, with live changes all the while.

Kommo's hourly cap of field changes is lifted here: under it ten thousand bookings take hours, whatever the code does.
"""

import statistics
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

import requests

from bookdeal.kommo.client import field_rate
from sandbox.stack.stack import running

from .burst import DRAIN_SECONDS
from .salon import CONFIRMED, WAITING, Json, Requests, Salon, Wrong

FIELDS_AN_HOUR = 20_000
"""What the product allows itself where nothing is lifted."""

NO_CAP = 100_000_000
SPREAD_DAYS = 62
"""Loaded bookings lie no further from today."""

IMPORT_SECONDS = 1200.0
KILLED_AT = 0.3
"""The part of the import after which the mover is killed."""


@dataclass(frozen=True, slots=True)
class History:
    """An import of `bookings` of `clients`, `known` of whom had a contact already.

    `requests` are all that were sent meanwhile, `live` of `latencies` (seconds from a webhook accepted to its deal
    changed) among them. `contacts` and `deals` were made. `killed` movers went on where they had been. `hours` is what
    the import would take under the cap of field changes.
    """

    bookings: int
    clients: int
    known: int
    seconds: float
    requests: Requests
    deals: int
    contacts: int
    killed: int
    latencies: tuple[float, ...]
    hours: float

    @property
    def kommo_per_booking(self) -> float:
        """Requests to Kommo for each booking, those of the live changes left out."""
        return (self.requests.kommo.total() - self._live) / self.bookings

    @property
    def _live(self) -> int:
        # Only a live change reads a deal or changes one: an import makes them.
        return self.requests.kommo["PATCH /leads"] + min(
            self.requests.kommo["GET /leads"], self.requests.kommo["PATCH /leads"]
        )

    @property
    def median(self) -> float:
        """The median of the live changes' latencies."""
        return statistics.median(self.latencies)


def measure(bookings: int, clients: int, known: int, *, kill: bool) -> History:
    """Import into a stack of its own; `kill`: the mover, once, on the way. Raises Wrong, NotStarted."""
    parameters = {"KommoFieldChangesPerHour": str(NO_CAP)}
    with running(check_permissions=False, statistics=False, parameters=parameters) as stack:
        salon = Salon(stack)
        salon.wait_until_drained(DRAIN_SECONDS)
        salon.ring(on=False)
        return _measured(_Account(salon), bookings, clients, known, kill=kill)


@dataclass(frozen=True, slots=True)
class _Account:
    """A running account, asked as its widget asks."""

    salon: Salon

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Ask the widget's API as an administrator."""
        user = next(one["id"] for one in self.salon.look("users") if one["rights"]["is_admin"])
        token = self.salon.kommo("widget-token", user_id=user)["token"]
        headers = {"X-Auth-Token": token}
        url = f"{self.salon.stack.description.api}{path}"
        answer = requests.request(method, url, json=body, params=query, headers=headers, timeout=60)
        if not answer.ok:
            raise Wrong(f"{method} {path}: {answer.text[:300]}")
        return answer.json()

    def go_live_after(self, days: int) -> None:
        """Let visits of the next so many days be older ones."""
        settings = self.ask("GET", "/settings")
        start = datetime.now(UTC).date() + timedelta(days=days + 1)
        self.ask("PUT", "/settings", {**settings, "start_from": start.isoformat()})


def _measured(account: _Account, bookings: int, clients: int, known: int, *, kill: bool) -> History:
    salon = account.salon
    live = {id: deal["id"] for id, deal in salon.deals().items()}
    contacts_before = sum(1 for _ in salon.look("contacts"))
    account.go_live_after(SPREAD_DAYS)
    made = salon.altegio("load", bookings=bookings, clients=clients)
    people = _clients(salon, made)
    for some in batched(people[:known], 250, strict=False):
        _make_contacts(salon, some)
    salon.wait_until_drained(DRAIN_SECONDS)
    window = {
        "first": (datetime.now(UTC).date() - timedelta(days=SPREAD_DAYS)).isoformat(),
        "last": (datetime.now(UTC).date() + timedelta(days=SPREAD_DAYS)).isoformat(),
    }
    estimate = account.ask("GET", "/history/estimate", locations=str(salon.location), **window)
    salon.ring(on=True)
    salon.altegio("webhooks", delay_seconds=0.0)
    salon.statuses = dict.fromkeys(live, WAITING)
    started = time.time()
    account.ask("POST", "/history", {**window, "locations": [salon.location]})
    changed, killed, found = _changing(account, list(live), bookings if kill else 0)
    seconds = time.time() - started
    salon.wait_until_drained(DRAIN_SECONDS)
    spent = salon.requests_since(started)
    contacts = sum(1 for _ in salon.look("contacts")) - contacts_before
    _check(salon, live, made, people, found)
    return History(
        bookings=bookings,
        clients=clients,
        known=known,
        seconds=seconds,
        requests=spent,
        deals=found["made"],
        contacts=contacts - known,
        killed=killed,
        latencies=_latencies(salon, live, changed, started),
        hours=field_rate("", FIELDS_AN_HOUR).seconds(estimate["field_changes"]) / 3600,
    )


def _changing(account: _Account, live: list[int], kill_of: int) -> tuple[list[int], int, Json]:
    """Change a live booking a second until the import is done; returns those changed, the kills, the import's end."""
    salon, changed, killed = account.salon, list[int](), 0
    deadline = time.monotonic() + IMPORT_SECONDS
    while time.monotonic() < deadline:
        found = account.ask("GET", "/history")
        if found["state"] != "running":
            if found["state"] != "done":
                raise Wrong(f"the import is {found['state']}: {found['failure']}")
            return changed, killed, found
        if kill_of and not killed and found["seen"] > KILLED_AT * kill_of:
            killed = salon.stack.kill_mover()
        if len(changed) < len(live):
            # Each once, so that no bell can be taken for that of another change.
            id = live[len(changed)]
            salon.altegio("change", location=salon.location, ids=[id], attendance=CONFIRMED)
            changed.append(id)
        if not salon.stack.queue_depth():
            salon.stack.invoke("sweep", {"all": True})  # as it would ring within a minute
        time.sleep(1)
    raise Wrong(f"the import has not ended within {IMPORT_SECONDS:.0f} s")


def _latencies(salon: Salon, live: Mapping[int, int], changed: list[int], started: float) -> tuple[float, ...]:
    hooks, _ = salon.deliveries_since(started)
    accepted = {int(hook["ids"][0]): hook["at"] for hook in reversed(hooks)}
    decided = salon.decided_at(started)
    return tuple(max(0.0, decided[live[id]] - accepted[id]) for id in changed if live[id] in decided and id in accepted)


def _clients(salon: Salon, made: Json) -> list[Json]:
    """Return the clients of the loaded bookings, in the order in which the import meets none of them first."""
    found: dict[int, Json] = {}
    page = 1
    while rows := salon.bookings_page(page, 300):
        loaded = range(made["first_booking"], made["last_booking"] + 1)
        found |= {row["client"]["id"]: row["client"] for row in rows if row["id"] in loaded and row["client"]}
        page += 1
    return [found[id] for id in sorted(found)]


def _make_contacts(salon: Salon, people: tuple[Json, ...]) -> None:
    body = [
        {
            "name": one["name"],
            "custom_fields_values": [
                {"field_code": "PHONE", "values": [{"value": one["phone"], "enum_code": "MOB"}]},
            ],
        }
        for one in people
    ]
    salon.write("contacts", body)


def _check(salon: Salon, live: Mapping[int, int], made: Json, people: list[Json], found: Json) -> None:
    """Raise Wrong unless each booking has one deal and each client one contact."""
    deals = salon.deals()
    missing = [id for id in range(made["first_booking"], made["last_booking"] + 1) if id not in deals]
    if missing or len(deals) != len(live) + made["bookings"]:
        raise Wrong(f"{len(missing)} bookings have no deal; there are {len(deals)} deals")
    if found["made"] != made["bookings"]:
        raise Wrong(f"the import says that it made {found['made']} deals and skipped {found['skipped']}")
    phones = Counter(salon.phones())
    twins = [one for one in people if phones["".join(filter(str.isdigit, one["phone"]))] != 1]
    if twins:
        raise Wrong(f"{len(twins)} clients have no contact, or two")
