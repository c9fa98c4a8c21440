"""What came in: every provider request, in order, in bounded memory."""

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

KEPT = 200_000
QUERY_KEPT = 500


@dataclass(slots=True)
class Received:
    """One request; `status` is 0 until it is answered, and stays 0 when the connection is dropped instead."""

    at: float
    method: str
    route: str
    path: str
    query: str
    administrator: bool
    status: int = 0


class RequestJournal:
    """The last requests received; the times are real, not the simulator's, since they are for an observer."""

    def __init__(self) -> None:
        self._entries: deque[Received] = deque(maxlen=KEPT)

    def add(self, method: str, route: str, path: str, query: str, *, administrator: bool) -> Received:
        """Note a request that has just come in; the caller fills in the status."""
        entry = Received(time.time(), method, route, path, query[:QUERY_KEPT], administrator)
        self._entries.append(entry)
        return entry

    def since(self, moment: float) -> list[dict[str, Any]]:
        """The requests received at or after `moment` (unix seconds), oldest first."""
        found = []
        for entry in reversed(self._entries):
            if entry.at < moment:
                break
            found.append(
                {
                    "at": entry.at,
                    "method": entry.method,
                    "route": entry.route,
                    "path": entry.path,
                    "query": entry.query,
                    "status": entry.status,
                    "administrator": entry.administrator,
                }
            )
        found.reverse()
        return found

    def __len__(self) -> int:
        return len(self._entries)
