"""A client of an account whose answers the test gives."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import responses

from bookdeal.kommo.client import KommoClient
from bookdeal.runtime.observe import Counters
from tests.manual_clock import ManualClock
from tests.spies import SpyLimiter, SpyTokens

BASE = "https://acme.kommo.com"
API = f"{BASE}/api/v4"
ACCOUNT_ZONE = ZoneInfo("Europe/Madrid")


@dataclass
class Wire:
    client: KommoClient
    answers: responses.RequestsMock
    limiter: SpyLimiter
    tokens: SpyTokens
    counters: Counters
    clock: ManualClock

    def pairs(self, index: int = -1) -> list[tuple[str, str]]:
        """The query of one of the requests sent, the last by default."""
        return parse_qsl(urlsplit(self.answers.calls[index].request.url or "").query)

    def query(self, index: int = -1) -> dict[str, str]:
        return dict(self.pairs(index))

    def body(self, index: int = -1) -> Any:
        return json.loads(self.answers.calls[index].request.body or b"null")

    def header(self, name: str, index: int = -1) -> str | None:
        return self.answers.calls[index].request.headers.get(name)
