"""The booking function on the mover's bed: both simulators over HTTP, emulated AWS, and a user with a login."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import uuid4

import pytest
import requests

from bookdeal.installs.users import User, UserStore, provider_of
from bookdeal.model.hint import Hint
from bookdeal.runtime import aws as product_aws
from bookdeal.runtime.clock import SystemClock
from bookdeal.runtime.credentials import Secret, Vault
from sandbox.openapi import load_api
from sandbox.stack import demo
from tests.integration.mover.bed import BERTA, HAIRCUT, TABLES, Bed, BedClock
from tests.integration.mover.conftest import MakeBed, altegio_url, aws, kommo_url, make_bed, wire
from tests.sides import control

__all__ = ["altegio_url", "aws", "kommo_url", "make_bed", "wire"]

CANCEL = "/bookings/{location}/{booking}/cancellation"

type Told = dict[str, Any]


class Context:
    seconds = 25.0

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@dataclass
class Card:
    """The widget in a deal's card, used by somebody who is tied to an Altegio login."""

    bed: Bed
    user: int
    api: Any = field(repr=False)
    context: Context = field(default_factory=Context)
    ahead: float = 0.0
    """Seconds by which the function's clock is before all others."""

    @property
    def location(self) -> int:
        return self.bed.location

    def ask(
        self, method: str, resource: str, body: Any = None, query: Mapping[str, str] | None = None, **place: Any
    ) -> tuple[int, Told]:
        """Ask the function as the REST API would; return status and body."""
        path = resource.format(**place)
        event = {
            "resource": resource,
            "path": path,
            "httpMethod": method,
            "headers": {"Content-Type": "application/json", "X-Auth-Token": self.token()},
            "queryStringParameters": query,
            "multiValueQueryStringParameters": {name: [value] for name, value in (query or {}).items()},
            "pathParameters": {name: str(value) for name, value in place.items()},
            "requestContext": {"requestId": "request-1", "stage": "v1", "path": f"/v1{path}"},
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = self.api(event, self.context)
        return answer["statusCode"], json.loads(answer["body"])

    def token(self) -> str:
        """Return a token of the widget that is valid by the machine's clock, whatever time has passed on the bed."""
        kommo, clock = self.bed.kommo.base_url, self.bed.clock
        has_passed = isinstance(clock, BedClock) and clock.ahead > 0
        if has_passed:
            control(kommo, "clock", {"shift_seconds": 0})
        token: str = control(kommo, "widget-token", {"user_id": self.user})["token"]
        if has_passed:
            control(kommo, "clock", {"shift_seconds": self.bed.clock.now() - time.time()})
        return token

    def told(self, method: str, resource: str, body: Any = None, **more: Any) -> Told:
        """Ask for what must succeed; return the body."""
        status, told = self.ask(method, resource, body, **more)
        assert status == 200, told
        return told

    @cached_property
    def day(self) -> str:
        """A day on which everybody works."""
        told = self.schedule(1, 14)
        days = [{one["day"] for one in employee["days"] if one["times"]} for employee in told["employees"]]
        return str(min(set.intersection(*days)))

    def at(self, time: str) -> str:
        return f"{self.day}T{time}:00"

    def order(self, number: int = 1, time: str = "10:00", **changes: Any) -> Told:
        """Return an order of one haircut."""
        part = {"employee": BERTA, "services": [HAIRCUT], "starts_at": self.at(time)}
        person = {"name": f"Guest {number}", "phone": f"+34 600 {number:06d}", "email": f"guest{number}@example.test"}
        order = {"request": str(uuid4()), "location": self.location, "person": person, "parts": [part]}
        return {**order, **changes}

    def book(self, order: Told) -> Told:
        return self.told("POST", "/bookings", order)

    def cancel(self, booking: int, reason: str = "") -> Told:
        return self.told("POST", CANCEL, {"reason": reason}, location=self.location, booking=booking)

    def record(self, booking: int) -> Told:
        """Return a booking as the salon sees it."""
        return self.bed.record({"company_id": self.location, "id": booking})

    def marked(self, since: int = 0) -> list[Told]:
        """Return the salon's bookings that were made by us."""
        return [one for one in self.bed.records() if one["api_id"].startswith("bookdeal-") and one["id"] > since]

    def keep_up(self) -> None:
        """Let the function's clock show what the mover's does."""
        self.ahead = max(self.ahead, self.bed.clock.now() - time.time())

    def rung(self) -> list[Hint]:
        """Take what was rung for."""
        url, sqs = self.bed.deployment.outputs["HintsQueueUrl"], self.bed.deployment.client("sqs")
        found: list[Hint] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(Hint.from_json(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def schedule(self, first: int = 2, last: int = 2, **query: str) -> Told:
        days = {"first": str(self.bed.day(first)), "last": str(self.bed.day(last))}
        return self.told("GET", "/locations/{location}/schedule", query={**days, **query}, location=self.location)

    def times(self, employee: int = BERTA, **query: str) -> list[str]:
        """Return when an employee is free on the day."""
        query = {"first": self.day, "last": self.day, "employees": str(employee), **query}
        told = self.told("GET", "/locations/{location}/schedule", query=query, location=self.location)
        (one,) = told["employees"]
        found: list[str] = one["days"][0]["times"]
        return found

    def see_only(self, *locations: int) -> None:
        """Let the user see these locations, or all when none is named."""
        store = self.users
        chosen = User(self.user, locations=frozenset(locations) if locations else None)
        store.choose([chosen], store.read().version)

    def another(self) -> "Card":
        """Return the same card, served by another process."""
        return replace(self, api=load_api("bookings"))

    def wait_for(self, happens: Callable[[], bool], seconds: float = 10.0) -> None:
        until = time.monotonic() + seconds
        while not happens():
            assert time.monotonic() < until, "it does not happen"
            time.sleep(0.1)

    @property
    def vault(self) -> Vault:
        credentials = self.bed.store.table(self.bed.deployment.table("Credentials"), *TABLES["Credentials"])
        return Vault(credentials, product_aws.kms(), self.bed.server.environment.tokens_key_id, self.bed.clock)

    @property
    def users(self) -> UserStore:
        installations = self.bed.store.table(self.bed.deployment.table("Installations"), *TABLES["Installations"])
        return UserStore(installations, self.vault.table, self.vault, demo.INSTALLATION)

    def log_in(self, login: str = "") -> None:
        """Tie the user to one of the salon's people, who all have the same password; the owner if none is named."""
        answer = requests.post(
            f"{self.bed.altegio.base_url}/api/v1/auth",
            json={"login": login or self.bed.altegio.login, "password": self.bed.altegio.password},
            headers={
                "Authorization": f"Bearer {self.bed.altegio.partner_token}",
                "Accept": "application/vnd.api.v2+json",
            },
            timeout=10,
        )
        self.vault.store(demo.INSTALLATION, provider_of(self.user), Secret(answer.json()["data"]["user_token"]))

    def log_out(self) -> None:
        self.vault.forget(demo.INSTALLATION, provider_of(self.user))


@pytest.fixture(scope="module")
def card(make_bed: MakeBed) -> Iterator[Card]:
    """A card on a bed that the tests of a module share: each books at times of its own."""
    bed = make_bed()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in asdict(bed.server.environment).items():
            environment.setenv(name.upper(), str(value))
        for name in ("KOMMO_REQUESTS_PER_SECOND", "ALTEGIO_REQUESTS_PER_SECOND", "ALTEGIO_REQUESTS_PER_MINUTE"):
            environment.setenv(name, "1000")
        user = bed.look("users")[0]["id"]
        card = Card(bed, user, load_api("bookings"))
        environment.setattr(SystemClock, "now", lambda _: time.time() + card.ahead)
        card.log_in()
        card.rung()
        yield card


@pytest.fixture(autouse=True)
def _as_before(card: Card) -> Iterator[None]:
    # The mover's clock may be before the function's: what it has taken of the request budgets is not taken yet.
    scratch = card.bed.store.table(card.bed.deployment.table("Scratch"), *TABLES["Scratch"])
    for item in card.bed.items("Scratch", "rate#"):
        scratch.delete(item["key"])
    yield
    card.bed.fault("altegio")
    card.context.seconds = 25.0
    card.rung()
