"""The naive way, for comparison: one change after the other, each looked up, read and written by itself."""

import time
from dataclasses import dataclass

import requests

from . import floor
from .salon import REFUSED, Salon, Wrong

REQUESTS_PER_CHANGE = 3


@dataclass(frozen=True, slots=True)
class Naive:
    """A sample of changes made the naive way."""

    changes: int
    requests: int
    seconds: float

    @property
    def per_change(self) -> float:
        return self.seconds / self.changes


def measure(salon: Salon, changes: int) -> Naive:
    """Look the contact up by phone, read its deal, patch it, as fast as the request budget allows. Raises Wrong.

    Runs against the simulator with its limits in force, and leaves the deals elsewhere: run it last.
    """
    salon.ring(on=False)
    deals = salon.check()
    chosen = [deals[id] for id in list(salon.statuses)[:changes]]
    phones = salon.phones_of([deal["_embedded"]["contacts"][0]["id"] for deal in chosen])
    stages = [id for id, name in salon.stages().items() if name in ("Confirmed", "Arrived")]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {salon.kommo('long-lived-token')['access_token']}"
    base = f"{salon.stack.description.kommo.base_url}/api/v4"
    started = asked_at = time.monotonic()
    sent = 0

    def ask(method: str, path: str, **more: object) -> requests.Response:
        nonlocal sent, asked_at
        # What a slow answer cost is not made up for: that would be more than the limit allows in a second.
        time.sleep(max(0.0, asked_at + 1 / floor.KOMMO_A_SECOND - time.monotonic()))
        asked_at = time.monotonic()
        sent += 1
        answer = session.request(method, f"{base}/{path}", timeout=30, **more)  # type: ignore[arg-type]
        if answer.status_code in REFUSED or not answer.ok:
            raise Wrong(f"the naive way got {answer.status_code}")
        return answer

    for deal, phone in zip(chosen, phones, strict=True):
        found = ask("GET", "contacts", params={"query": phone, "with": "leads"}).json()["_embedded"]["contacts"]
        if deal["id"] not in [one["id"] for contact in found for one in contact["_embedded"]["leads"]]:
            raise Wrong("the naive way found another person")
        stands = ask("GET", f"leads/{deal['id']}").json()["status_id"]
        ask("PATCH", f"leads/{deal['id']}", json={"status_id": next(stage for stage in stages if stage != stands)})
    return Naive(changes=changes, requests=sent, seconds=time.monotonic() - started)
