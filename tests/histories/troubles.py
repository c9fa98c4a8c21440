"""What may go wrong at the providers while the mover works: faults by name, and a random choice of them."""

import random
from typing import Any

type Fault = dict[str, Any]

READ_FAULTS: dict[str, Fault] = {
    "429": {"kind": "status", "status": 429},
    "500": {"kind": "status", "status": 500},
    "503": {"kind": "status", "status": 503},
    "504": {"kind": "status", "status": 504},
    "closed": {"kind": "close"},
}
WRITE_FAULTS: dict[str, Fault] = READ_FAULTS | {
    "closed after the commit": {"kind": "commit_then_close"},
    "504 after the commit": {"kind": "commit_then_status", "status": 504},
    "500 after the commit": {"kind": "commit_then_status", "status": 500},
    "half committed": {"kind": "partial_commit"},
    "committed 5 s late": {"kind": "late_commit", "seconds": 5},
    "committed 40 s late": {"kind": "late_commit", "seconds": 40},
    "committed late and closed": {"kind": "late_commit", "seconds": 40, "answer": "close"},
}
READS = [
    ("altegio", "/api/v1/records/{company}"),
    ("altegio", "/api/v1/record/{company}/{record}"),
    ("kommo", "/api/v4/leads"),
    ("kommo", "/api/v4/contacts"),
]
WRITES = [
    ("POST", "/api/v4/leads"),
    ("PATCH", "/api/v4/leads"),
    ("POST", "/api/v4/contacts"),
    ("PATCH", "/api/v4/contacts"),
    ("POST", "/api/v4/tasks"),
    ("POST", "/api/v4/leads/link"),
    ("POST", "/api/v4/leads/unlink"),
]
SLOW: Fault = {"kind": "delay", "seconds": 0.05}


def some_faults(chance: random.Random, most_times: int) -> dict[str, list[Fault]]:
    """Return faults by provider, each of which happens up to so many times."""
    faults: dict[str, list[Fault]] = {"kommo": [], "altegio": []}
    for provider, route in READS:
        kind = READ_FAULTS[chance.choice([*READ_FAULTS])] if chance.random() < 0.9 else SLOW
        faults[provider].append({"method": "GET", "route": route, "times": chance.randint(0, most_times), **kind})
    for method, route in WRITES:
        kind = WRITE_FAULTS[chance.choice([*WRITE_FAULTS])] if chance.random() < 0.9 else SLOW
        faults["kommo"].append({"method": method, "route": route, "times": chance.randint(0, most_times), **kind})
    return faults
