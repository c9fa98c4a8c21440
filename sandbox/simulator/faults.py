"""Faults to order: which requests go wrong, and how."""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .answers import ControlError

KINDS = ("status", "delay", "close", "commit_then_close", "commit_then_status", "partial_commit", "late_commit")
DEFAULT_STATUS = {"status": 500, "commit_then_status": 504, "partial_commit": 504, "late_commit": 504}
KEYS = {"method", "route", "times", "probability", "kind", "status", "body", "seconds", "answer"}


@dataclass(slots=True)
class Fault:
    """One ordered fault; `left` counts the times it still happens (None: as the probability says)."""

    method: str
    route: str
    kind: str
    left: int | None
    probability: float
    status: int
    body: Any
    seconds: float
    closes: bool
    happened: int = field(default=0)

    def fits(self, method: str, route: str, path: str) -> bool:
        """Whether the request is meant, by its template or its path."""
        if self.method not in ("*", method):
            return False
        return self.route in ("*", route, path) or fnmatchcase(route, self.route)


def parse_fault(given: Any) -> Fault:
    """Read one fault of `POST /faults`; raises ControlError for what it does not know."""
    if not isinstance(given, dict) or not set(given) <= KEYS:
        raise ControlError(f"a fault is an object with keys of {sorted(KEYS)}")
    kind = given.get("kind")
    if kind not in KINDS:
        raise ControlError(f"kind must be one of {', '.join(KINDS)}")
    times, probability = given.get("times"), given.get("probability")
    if times is None and probability is None:
        times = 1
    if times is not None and (not isinstance(times, int) or times < 0):
        raise ControlError("times must be a whole number")
    if probability is not None and not 0 <= float(probability) <= 1:
        raise ControlError("probability must be between 0 and 1")
    if given.get("answer", "status") not in ("status", "close"):
        raise ControlError("answer must be status or close")
    return Fault(
        method=str(given.get("method") or "*").upper(),
        route=str(given.get("route") or "*"),
        kind=kind,
        left=times,
        probability=1.0 if probability is None else float(probability),
        status=int(given.get("status") or DEFAULT_STATUS.get(kind, 0)),
        body=given.get("body"),
        seconds=float(given.get("seconds") or 0.0),
        closes=given.get("answer") == "close",
    )


class Faults:
    """The faults in force; the first that fits a request and is due happens."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._faults: list[Fault] = []

    def replace(self, given: Any) -> None:
        """Take the list of `POST /faults` in place of the former one."""
        if isinstance(given, dict) and "faults" in given:
            given = given["faults"]
        if not isinstance(given, list):
            raise ControlError("a list of faults is expected")
        self._faults = [parse_fault(one) for one in given]

    def due(self, method: str, route: str, path: str) -> Fault | None:
        """The fault that happens to this request, counted as happened; None when all is well."""
        for fault in self._faults:
            if fault.left == 0 or not fault.fits(method, route, path):
                continue
            if fault.probability < 1 and self._chance.random() >= fault.probability:
                continue
            if fault.left is not None:
                fault.left -= 1
            fault.happened += 1
            return fault
        return None

    def report(self) -> list[dict[str, Any]]:
        """The faults in force, with how often each has happened and how often it still will."""
        return [
            {"method": one.method, "route": one.route, "kind": one.kind, "left": one.left, "happened": one.happened}
            for one in self._faults
        ]
