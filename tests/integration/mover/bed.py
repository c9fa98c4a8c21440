"""A test bed for the mover: both simulators over real HTTP, emulated tables, a queue and a clock that the test moves.

It installs the account with the code of the local stack and serves hints with the code of the Lambda function.
"""

import time
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests

from bookdeal.bookings.serving import Server
from bookdeal.model.hint import Hint, HintKind, SeenBooking
from bookdeal.runtime.environment import WorkerEnvironment
from bookdeal.runtime.queue import Hints
from sandbox.stack import demo, emulator
from sandbox.stack.description import AltegioAccess, AwsAccess, KommoAccess

from . import oracle

TABLES = {
    "Installations": ("installation", "part"),
    "Credentials": ("installation", "provider"),
    "Links": ("installation", "key"),
    "Parked": ("installation", "key"),
    "Decisions": ("installation", "key"),
    "Scratch": ("key",),
}
RUN_SECONDS = 60.0
IN_STEP = 5.0


@dataclass
class BedClock:
    """Real time plus all that was slept; the simulators' clocks are kept in step with it."""

    control_urls: tuple[str, ...] = ()
    ahead: float = 0.0
    told: float = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += max(seconds, 0.0)
        if self.ahead - self.told >= IN_STEP:
            self.told = self.ahead
            for url in self.control_urls:
                requests.post(f"{url}/clock", json={"shift_seconds": self.ahead}, timeout=10).raise_for_status()


class BedQueue(Hints):
    """One FIFO group in memory; what a batch did not finish comes first again."""

    def __init__(self) -> None:
        super().__init__("memory", None)  # type: ignore[arg-type]
        object.__setattr__(self, "waiting", deque[tuple[str, Hint]]())
        object.__setattr__(self, "deferred", [])
        object.__setattr__(self, "sent", 0)

    waiting: deque[tuple[str, Hint]]
    deferred: list[float]
    sent: int

    def send(self, hints: Iterable[Hint]) -> int:
        added = [(f"m{self.sent + number}", hint) for number, hint in enumerate(hints)]
        self.waiting.extend(added)
        object.__setattr__(self, "sent", self.sent + len(added))
        return len(added)

    def defer(self, receipt_handle: str, seconds: float) -> None:
        self.deferred.append(seconds)


class BedDeployment:
    """What `demo.install` needs of a deployment: tables, a key and secrets of one test's own."""

    api = "http://127.0.0.1:9/v1"

    def __init__(self, aws: AwsAccess) -> None:
        self.aws = aws
        self.name = f"bed-{uuid4().hex}"
        for table, keys in TABLES.items():
            self.client("dynamodb").create_table(
                TableName=self.table(table),
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
            )
        queue = self.client("sqs").create_queue(QueueName=f"{self.name}.fifo", Attributes={"FifoQueue": "true"})
        self.outputs = {f"{table}Table": self.table(table) for table in TABLES} | {
            "HintsQueueUrl": queue["QueueUrl"],
            "TokensKeyId": self.client("kms").create_key()["KeyMetadata"]["KeyId"],
        }
        self.put_secret("webhook-keys", "0123456789abcdef0123456789abcdef")

    def table(self, name: str) -> str:
        return f"{self.name}-{name}"

    def client(self, service: str) -> Any:
        return emulator.session().client(service, endpoint_url=self.aws.endpoint_url)  # type: ignore[call-overload]

    def parameter_name(self, parameter: str) -> str:
        return f"/{self.name}/{parameter}"

    def put_secret(self, parameter: str, value: str) -> None:
        self.client("ssm").put_parameter(
            Name=self.parameter_name(parameter), Value=value, Type="SecureString", Overwrite=True
        )

    def secret(self, parameter: str) -> str:
        answer = self.client("ssm").get_parameter(Name=self.parameter_name(parameter), WithDecryption=True)
        return str(answer["Parameter"]["Value"])


@dataclass
class Bed:
    """The bed: an installed account that nothing has been read of yet."""

    kommo: KommoAccess
    altegio: AltegioAccess
    server: Server
    queue: BedQueue
    clock: BedClock
    deployment: BedDeployment
    runs: int = 0
    seconds: float = RUN_SECONDS
    _ring_number: int = field(default=0)

    @staticmethod
    def made(kommo_url: str, altegio_url: str, aws: AwsAccess) -> "Bed":
        """Empty both simulators and install the demo's account."""
        for url in (kommo_url, altegio_url):
            control(url, "reset", {"scenario": "demo", "everything": True})
            control(url, "limits", {"enforce": False})
            control(url, "webhooks", {"paused": True})
        deployment = BedDeployment(aws)
        account = demo.install(deployment, kommo_base_url=kommo_url, altegio_base_url=altegio_url)  # type: ignore[arg-type]
        clock = BedClock((f"{kommo_url}/_control", f"{altegio_url}/_control"))
        queue = BedQueue()
        outputs = deployment.outputs
        environment = WorkerEnvironment(
            installations_table=outputs["InstallationsTable"],
            credentials_table=outputs["CredentialsTable"],
            links_table=outputs["LinksTable"],
            parked_table=outputs["ParkedTable"],
            decisions_table=outputs["DecisionsTable"],
            scratch_table=outputs["ScratchTable"],
            hints_queue_url=outputs["HintsQueueUrl"],
            tokens_key_id=outputs["TokensKeyId"],
            altegio_partner_token_parameter=deployment.parameter_name("altegio-partner-token"),
            altegio_base_url=altegio_url,
            kommo_base_url=kommo_url,
        )
        return Bed(account.kommo, account.altegio, Server(environment, queue, clock), queue, clock, deployment)

    # -- ringing and running ---------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Ring for every location, as the sweep does, and work until nothing is left to do now."""
        self.ring(HintKind.LOCATION, source="sweep")
        self.drain()

    def hint(self, location: int, *bookings: tuple[int, str]) -> None:
        """Ring for bookings, as Altegio's hook does."""
        seen = tuple(SeenBooking(id, changed) for id, changed in bookings)
        self.ring(HintKind.BOOKING, source="altegio", location=location, bookings=seen, generation=1)

    def ring(self, kind: HintKind, **parts: Any) -> None:
        """Put a hint into the queue."""
        self._ring_number += 1
        hint = Hint(
            kind,
            installation=demo.INSTALLATION,
            seen_at=self.clock.now(),
            correlation_id=f"c{self._ring_number}",
            **parts,
        )
        self.queue.send([hint])

    def drain(self, most_runs: int = 200) -> None:
        """Serve batches until the queue is empty; what is deferred waits on the bed's clock."""
        for _ in range(most_runs):
            if not self.queue.waiting:
                return
            self.serve()
        raise AssertionError(f"{len(self.queue.waiting)} hints are left after {most_runs} runs")

    def serve(self) -> None:
        """Serve one batch as Lambda would: what it does not finish comes first again."""
        batch = [self.queue.waiting.popleft() for _ in range(min(10, len(self.queue.waiting)))]
        self.runs += 1
        records = [{"messageId": id, "receiptHandle": id, "body": hint.to_json()} for id, hint in batch]
        again = set(self.server.serve(records, self.seconds))
        if again:
            self.queue.waiting.extendleft(reversed([message for message in batch if message[0] in again]))
            self.clock.sleep(self.queue.deferred.pop() if self.queue.deferred else 1.0)

    def pass_time(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.clock.sleep(seconds)

    def item(self, table: str, *key: str) -> dict[str, Any] | None:
        """Return one stored item."""
        names = TABLES[table]
        answer = self.deployment.client("dynamodb").get_item(
            TableName=self.deployment.table(table),
            Key={name: {"S": value} for name, value in zip(names, key, strict=True)},
        )
        return answer.get("Item")

    def keys(self, table: str, prefix: str = "") -> list[str]:
        """Return the sort keys of a table that begin so."""
        name = TABLES[table][-1]
        items = self.deployment.client("dynamodb").scan(TableName=self.deployment.table(table))["Items"]
        return sorted(item[name]["S"] for item in items if item[name]["S"].startswith(prefix))

    # -- the salon -------------------------------------------------------------------------------------------------

    def salon(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """Do something in Altegio as its administrator; returns `data`."""
        answer = requests.request(
            method,
            f"{self.altegio.base_url}/api/v1{path}",
            json=body,
            params=params,
            headers={
                "Authorization": f"Bearer {self.altegio.partner_token}, User {self.altegio.user_token}",
                "Accept": "application/vnd.api.v2+json",
            },
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json()["data"] if answer.content else None

    def records(self, location: int) -> list[dict[str, Any]]:
        """Return all of a location's records, deleted ones too."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            rows = self.salon("GET", f"/records/{location}", page=page, count=300, with_deleted=1)
            found += rows
            if len(rows) < 300:
                return found
            page += 1

    def set_status(self, record: Mapping[str, Any], attendance: int) -> None:
        """Change a booking's status as the salon does."""
        path = f"/visits/{record['visit_id']}/{record['id']}"
        self.salon("PUT", path, {"attendance": attendance, "comment": record["comment"]})

    # -- Kommo -----------------------------------------------------------------------------------------------------

    def look(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Return all entities of a list in Kommo, as its administrator sees them."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = requests.get(
                f"{self.kommo.base_url}/api/v4/{path}",
                params={"limit": 250, "page": page, **params},
                headers={"Authorization": f"Bearer {self.kommo.access_token}"},
                timeout=30,
            )
            answer.raise_for_status()
            if answer.status_code == 204:
                return found
            body = answer.json()
            found += next(iter(body["_embedded"].values()))
            if "next" not in body["_links"]:
                return found
            page += 1

    def person(self, call: str, **given: Any) -> Any:
        """Let a person do something in Kommo."""
        return control(self.kommo.base_url, call, given)

    def requests(self, provider: str, since: float = 0.0) -> list[str]:
        """Return what the product asked a provider since then: method and route."""
        url = {"kommo": self.kommo, "altegio": self.altegio}[provider].base_url
        answer = requests.get(f"{url}/_control/requests", params={"since": since}, timeout=30).json()
        return [f"{one['method']} {one['route']}" for one in answer["requests"] if not one["administrator"]]

    def assert_right(self, *, except_for: Collection[int] = ()) -> dict[int, Any]:
        """Assert that both sides agree as the oracle sees it; returns the deals by booking id.

        `except_for`: bookings that are right not to have a deal. A booking without client, or cancelled before it was
        ever seen, has none.
        """
        deals = oracle.by_booking(self.look("leads", **{"with": "contacts"}))
        records = {id: self.records(id) for id in self.altegio.locations}
        oracle.assert_no_twin_contacts(self.look("contacts"), records)
        stages = {
            stage["id"]: stage["name"]
            for pipeline in self.look("leads/pipelines")
            for stage in pipeline["_embedded"]["statuses"]
        }
        for id in self.altegio.locations:
            location = self.salon("GET", f"/company/{id}", my=1)
            for record in records[id]:
                deal = deals.get((id, record["id"]))
                expected = record["client"] is not None and record["id"] not in except_for
                if not expected or (deal is None and record["deleted"]):
                    assert deal is None, f"booking {record['id']} has a deal"
                    continue
                assert deal is not None, f"booking {record['id']} has no deal"
                oracle.assert_equal(record, deal, location, stages, "Europe/Madrid")
        return {booking: deal for (_, booking), deal in deals.items()}

    def fault(self, provider: str, *faults: Mapping[str, Any]) -> None:
        """Set a provider's faults."""
        url = {"kommo": self.kommo, "altegio": self.altegio}[provider].base_url
        control(url, "faults", list(faults))


def control(base_url: str, call: str, given: Any) -> Any:
    """Make a control call of a simulator."""
    answer = requests.post(f"{base_url}/_control/{call}", json=given, timeout=60)
    if not answer.ok:
        raise AssertionError(f"{call}: {answer.status_code} {answer.text[:300]}")
    return answer.json()
