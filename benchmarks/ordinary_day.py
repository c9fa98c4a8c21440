"""What the things that happen every day cost, each measured alone on the local stack."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import requests

from sandbox.stack.emulator import ROOT

from .salon import ARRIVED, CONFIRMED, Json, Salon, Wrong

FUNCTIONS = tuple(sorted(path.parent.name for path in ROOT.glob("functions/*/app.py")))
DRAIN_SECONDS = 120.0

MEMORY_GB = 0.5
CORE_MB = 1769
"""So much memory has one core on Lambda; with half a gigabyte, own computing takes that much longer."""

PROVIDER_SECONDS = 0.3
"""What a provider takes for an answer; the simulators' own times are left out."""

PLATFORM_BYTES = 330
"""Lambda's own three log lines of a run."""

TRANSACTED = ("Links", "Decisions")
"""Tables that are mostly written in transactions, which take two units an item."""

INDEXED = ("Installations",)
"""Tables whose items are larger than a unit and stand in an index besides."""


@dataclass(frozen=True, slots=True)
class Used:
    """What something used. Units of DynamoDB are rather too many than too few."""

    invocations: float = 0.0
    gb_seconds: float = 0.0
    api_requests: float = 0.0
    messages: float = 0.0
    reads: float = 0.0
    writes: float = 0.0
    log_bytes: float = 0.0
    kommo: float = 0.0
    altegio: float = 0.0

    def __add__(self, other: "Used") -> "Used":
        return Used(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def __mul__(self, times: float) -> "Used":
        return Used(*(getattr(self, name) * times for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class OrdinaryDay:
    """What each of these used. `sweep` is that of one location, `look` of the schedule's own run each minute.

    `metrics` are those that were seen, by name and dimensions.
    """

    booking: Used
    change: Used
    sweep: Used
    look: Used
    card: Used
    metrics: frozenset[tuple[str, ...]] = field(default_factory=frozenset)


def measure(salon: Salon, times: int) -> OrdinaryDay:
    """Let each thing happen so many times, one after the other. Raises Wrong."""
    salon.ring(on=True)
    salon.altegio("webhooks", delay_seconds=0.0)
    salon.wait_until_drained(DRAIN_SECONDS)
    began = time.time()

    def after(act: Callable[[int], Any]) -> Used:
        started = time.time()
        for number in range(times):
            act(number)
            salon.wait_until_drained(DRAIN_SECONDS)
        return used(_lines(salon, started), salon.table_names) * (1 / times)

    made: list[int] = []

    def book(_: int) -> None:
        made.append(int(salon.altegio("load", bookings=1, clients=1)["last_booking"]))
        salon.statuses[made[-1]] = -2

    booking = after(book)
    change = after(lambda number: salon.change([made[number]], ARRIVED if number % 3 else CONFIRMED))
    locations = len(salon.stack.description.altegio.locations)
    sweep = after(lambda _: salon.stack.invoke("sweep", {"all": True})) * (1 / locations)
    look = after(lambda _: salon.stack.invoke("sweep", {}))
    widget = Widget(salon)
    deals = salon.deals()
    card = after(lambda number: widget.open_card(deals[made[number]]))
    return OrdinaryDay(booking, change, sweep, look, card, metrics_of(_lines(salon, began)))


class Widget:
    """The widget of the account's administrator, logged in to Altegio."""

    def __init__(self, salon: Salon) -> None:
        self._description = salon.stack.description
        altegio = self._description.altegio
        user = jwt.decode(self._token(), options={"verify_signature": False})["user_id"]
        self._ask("POST", f"/users/{user}/login", {"login": altegio.login, "password": altegio.password})

    def open_card(self, deal: Json) -> None:
        """Ask what the widget asks when a deal's card is opened."""
        self._ask("GET", f"/deals/{deal['id']}/bookings")
        self._ask("GET", f"/clients/{deal['_embedded']['contacts'][0]['id']}/statistics")

    def _ask(self, method: str, path: str, body: Json | None = None) -> None:
        answer = requests.request(
            method, self._description.api + path, json=body, headers={"X-Auth-Token": self._token()}, timeout=60
        )
        if not answer.ok:
            raise Wrong(f"{method} {path}: {answer.status_code}")

    def _token(self) -> str:
        answer = requests.post(f"{self._description.kommo.control_url}/widget-token", json={}, timeout=30)
        return str(answer.json()["token"])


def used(lines: Mapping[str, Iterable[Json]], table_names: Mapping[str, str]) -> Used:
    """Add up what functions logged, by function."""
    total = Used()
    for function, logged in lines.items():
        for line in logged:
            total += _used(function, line, table_names)
    return total


def _used(function: str, line: Json, table_names: Mapping[str, str]) -> Used:
    asked: Counter[str] = Counter()
    for key, count in line.get("requests", {}).items():
        asked[key.partition(" ")[0]] += count
    answers = sum(ms for key, ms in line.get("answered_ms", {}).items() if key != "tables")
    computing = line["cpu_ms"] * (CORE_MB / (MEMORY_GB * 1024) - 1)
    seconds = (line["duration_ms"] - answers + computing) / 1000 + asked.total() * PROVIDER_SECONDS
    behind_api = function not in ("deal_mover", "sweep", "operator")
    return Used(
        invocations=1,
        gb_seconds=max(0.0, seconds) * MEMORY_GB,
        api_requests=float(behind_api),
        messages=line.get("messages", 0),
        reads=sum(line.get("reads", {}).values()),
        writes=sum(
            count * (2 if table_names[name] in (*TRANSACTED, *INDEXED) else 1)
            for name, count in line.get("writes", {}).items()
        ),
        log_bytes=len(json.dumps(line, separators=(",", ":"))) + PLATFORM_BYTES,
        kommo=asked["kommo"],
        altegio=asked["altegio"],
    )


def metrics_of(lines: Mapping[str, Iterable[Json]]) -> frozenset[tuple[str, ...]]:
    """Return the metrics that CloudWatch makes of these lines."""
    return frozenset(
        (metric["Name"], *(str(line[name]) for name in dimensions))
        for logged in lines.values()
        for line in logged
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ())
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    )


def _lines(salon: Salon, since: float) -> dict[str, list[Json]]:
    return {function: salon.lines(function, since) for function in FUNCTIONS}
