"""A client of Altegio whose answers the test gives."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import responses

from bookdeal.altegio.client import AltegioClient
from bookdeal.runtime.observe import Counters
from tests.manual_clock import ManualClock
from tests.spies import SpyLimiter, SpyTokens

BASE = "https://api.alteg.io"
API = f"{BASE}/api/v1"
LOCATION = 900100


@dataclass
class Wire:
    client: AltegioClient
    answers: responses.RequestsMock
    limiter: SpyLimiter
    tokens: SpyTokens
    counters: Counters
    clock: ManualClock

    def query(self, index: int = -1) -> dict[str, str]:
        """The query of one of the requests sent, the last by default."""
        return dict(parse_qsl(urlsplit(self.answers.calls[index].request.url or "").query))

    def body(self, index: int = -1) -> Any:
        return json.loads(self.answers.calls[index].request.body or b"null")

    def header(self, name: str, index: int = -1) -> str | None:
        return self.answers.calls[index].request.headers.get(name)
