"""A test bed for the mover: both simulators over real HTTP, emulated tables, a queue and a clock that the test moves.

It installs the account with the code of the local stack and serves hints with the code of the Lambda function.
"""

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any
from unittest import mock
from uuid import uuid4
from zoneinfo import ZoneInfo

from bookdeal.bookings.commands.rebuilding import Asking
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.mover.serving import Server
from bookdeal.installs.connections import ALTEGIO, KOMMO
from bookdeal.installs.installation import SETTING_UP, Installation, Installations
from bookdeal.model.command import Command, CommandKind
from bookdeal.model.hint import Hint, HintKind, SeenBooking, SeenDeal
from bookdeal.model.settings import Settings
from bookdeal.runtime import aws as product_aws
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.credentials import Secret, Vault
from bookdeal.runtime.environment import WorkerEnvironment
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store, from_wire
from sandbox.stack import demo, emulator
from sandbox.stack.description import AwsAccess
from tests.sides import ARRIVED as ARRIVED
from tests.sides import BERTA as BERTA
from tests.sides import BLOW_DRY as BLOW_DRY
from tests.sides import COLOURING as COLOURING
from tests.sides import CONFIRMED as CONFIRMED
from tests.sides import DANI as DANI
from tests.sides import ELENA as ELENA
from tests.sides import HAIRCUT as HAIRCUT
from tests.sides import NO_SHOW as NO_SHOW
from tests.sides import WAITING as WAITING
from tests.sides import YOGA as YOGA
from tests.sides import Sides, control, outside

from .oracle import Raw
from .wire import Killed, Wire

TABLES = {
    "Installations": ("installation", "part"),
    "Credentials": ("installation", "provider"),
    "Links": ("installation", "key"),
    "Parked": ("installation", "key"),
    "Decisions": ("installation", "key"),
    "Scratch": ("key",),
}
DUE_INDEX = {
    "IndexName": "due",
    "KeySchema": [
        {"AttributeName": "part", "KeyType": "HASH"},
        {"AttributeName": "due_at", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
MADRID = ZoneInfo("Europe/Madrid")
RUN_SECONDS = 60.0
IN_STEP = 5.0
LATER = 70.0
"""Seconds after which what is uncertain may be looked at again."""


@dataclass
class BedClock:
    """Real time plus all that was slept; the simulators' clocks are kept in step with it.

    When it `waits`, to sleep takes its time, as with the machine's own clock.
    """

    base_urls: tuple[str, ...]
    ahead: float = 0.0
    told: float = 0.0
    waits: bool = False

    def now(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        if self.waits:
            time.sleep(max(seconds, 0.0))
            return
        self.ahead += max(seconds, 0.0)
        if self.ahead - self.told >= IN_STEP:
            self.tell()

    def tell(self) -> None:
        self.told = self.ahead
        for url in self.base_urls:
            control(url, "clock", {"shift_seconds": self.ahead})
            # What became due by this happens in the simulator's next steps, before it answers another request.
            outside.get(f"{url}/_control/idle", timeout=10).raise_for_status()


class BedQueue(Hints):
    """One FIFO group in memory; what a batch did not finish comes first again."""

    def __init__(self) -> None:
        super().__init__("memory", None)  # type: ignore[arg-type]
        object.__setattr__(self, "waiting", deque[tuple[str, Hint]]())
        object.__setattr__(self, "deferred", [])
        object.__setattr__(self, "received", Counter())
        object.__setattr__(self, "sent", 0)

    waiting: deque[tuple[str, Hint]]
    deferred: list[float]
    received: Counter[str]
    sent: int

    def send(self, hints: Iterable[Hint]) -> int:
        added = [(f"m{self.sent + number}", hint) for number, hint in enumerate(hints)]
        self.waiting.extend(added)
        object.__setattr__(self, "sent", self.sent + len(added))
        return len(added)

    def defer(self, receipt_handle: str, seconds: float) -> None:
        self.deferred.append(seconds)


@cache
def client(service: str, endpoint_url: str) -> Any:
    return emulator.session().client(service, endpoint_url=endpoint_url)  # type: ignore[call-overload]


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
        self.client("dynamodb").update_table(
            TableName=self.table("Installations"),
            AttributeDefinitions=[
                {"AttributeName": "part", "AttributeType": "S"},
                {"AttributeName": "due_at", "AttributeType": "N"},
            ],
            GlobalSecondaryIndexUpdates=[{"Create": DUE_INDEX}],
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
        return client(service, self.aws.endpoint_url)

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
class Counted:
    """What a piece of work cost: requests by method and route, and items written by table, the limiter's left out."""

    kommo: Counter[str] = field(default_factory=Counter)
    altegio: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)


@dataclass
class Bed(Sides):
    """The bed: an installed account that nothing has been read of yet."""

    queue: BedQueue
    clock: Clock
    deployment: BedDeployment
    wire: Wire
    server: Server
    runs: int = 0
    seconds: float = RUN_SECONDS
    made_at: float = field(default_factory=time.time)
    _ring_number: int = 0

    @staticmethod
    def made(
        kommo_url: str,
        altegio_url: str,
        aws: AwsAccess,
        wire: Wire,
        *,
        salon: str = "empty",
        at: datetime | None = None,
        compares: bool = False,
    ) -> "Bed":
        """Empty both simulators and install the demo's account, with the salon of that name, at that time.

        What is compared at night costs requests of its own, whatever the time of the test: only if it `compares`.
        """
        for url in (kommo_url, altegio_url):
            control(url, "reset", {"scenario": "demo" if url == kommo_url else salon, "everything": True})
            control(url, "limits", {"enforce": False})
            control(url, "webhooks", {"paused": True})
        clock = BedClock((kommo_url, altegio_url), ahead=at.timestamp() - time.time() if at else 0.0)
        if at:
            clock.tell()
        deployment = BedDeployment(aws)
        stand_in: Any = deployment
        with mock.patch.object(demo, "SystemClock", new=partial(_same, clock)):
            # What contacts show of their clients' totals costs requests of its own: tests of that switch it on.
            account = demo.install(stand_in, kommo_base_url=kommo_url, altegio_base_url=altegio_url, statistics=False)
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
            webhook_keys_parameter=deployment.parameter_name("webhook-keys"),
            altegio_application=str(demo.APPLICATION),
            altegio_application_token_parameter=deployment.parameter_name("altegio-application-token"),
            **({} if compares else {"comparison_days_back": 0.0, "comparison_days_ahead": 0.0}),
        )
        queue = BedQueue()
        return Bed(account.kommo, account.altegio, queue, clock, deployment, wire, Server(environment, queue, clock))

    # -- ringing and running ---------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Ring for every location, as the sweep does, and work until nothing is left to do now."""
        self.ring(HintKind.LOCATION, source="sweep")
        self.drain()

    def come_to_rest(self) -> None:
        """Let time pass until all that had to wait for certainty was looked at, with a sweep each time."""
        for _ in range(2):
            self.pass_time(LATER)
            self.sweep()

    def hint(self, *records: Raw, kind: HintKind = HintKind.BOOKING) -> None:
        """Ring for these bookings, each by a hint of its own, as Altegio's hooks do."""
        for record in records:
            location = record["company_id"]
            changed = self.record(record)["last_change_date"] if kind is HintKind.BOOKING else ""
            seen = (SeenBooking(record["id"], changed),)
            self.ring(kind, source="altegio", location=location, bookings=seen, generation=1)

    def hint_of_deals(self, *deals: Raw, kind: HintKind = HintKind.DEALS) -> None:
        """Ring for these deals as they stand, as Kommo's hook does."""
        seen = tuple(SeenDeal(deal["id"], deal.get("pipeline_id", 0), deal.get("status_id", 0)) for deal in deals)
        self.ring(kind, source="kommo", deals=seen, generation=1)

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

    def ask(self, kind: CommandKind, by: int | None = None, **params: Any) -> Command:
        """Ask the mover for something, as a route does."""
        return self.commands.ask(kind, params, by, self.queue)

    def outcome(self, command: Command) -> Command:
        """Return a command as it stands."""
        found = self.commands.read(command.id)
        assert found is not None
        return found

    def go_live(self) -> Command:
        """Begin to work, as the route does for an administrator."""
        asking = Asking(self.store, self.installations, self.commands, self.queue)
        return asking.ask(demo.INSTALLATION, SETTING_UP, after=None, by=1)

    @property
    def commands(self) -> Commands:
        return Commands(self.store.table(self.deployment.table("Decisions"), *TABLES["Decisions"]), demo.INSTALLATION)

    def work(self, *records: Raw, kind: HintKind = HintKind.BOOKING) -> None:
        """Ring for these bookings and work until nothing is left to do now."""
        self.hint(*records, kind=kind)
        self.drain()

    def drain(self, most_runs: int = 200) -> None:
        """Serve batches until the queue is empty; what is deferred waits on the bed's clock."""
        for _ in range(most_runs):
            if not self.queue.waiting:
                return
            self.serve()
        raise AssertionError(f"{len(self.queue.waiting)} hints are left after {most_runs} runs")

    def serve(self) -> None:
        """Serve one batch as Lambda would: what it does not finish comes first again, all of it after a kill."""
        batch = [self.queue.waiting.popleft() for _ in range(min(10, len(self.queue.waiting)))]
        self.runs += 1
        self.queue.received.update(id for id, _ in batch)
        records = [
            {
                "messageId": id,
                "receiptHandle": id,
                "body": hint.to_json(),
                "attributes": {"ApproximateReceiveCount": str(self.queue.received[id])},
            }
            for id, hint in batch
        ]
        self.queue.deferred.clear()
        try:
            again = set(self.server.serve(records, self.seconds))
        except Killed:
            self.queue.waiting.extendleft(reversed(batch))
            self.server = Server(self.server.environment, self.queue, self.clock)
            raise
        if again:
            self.queue.waiting.extendleft(reversed([message for message in batch if message[0] in again]))
            self.clock.sleep(max(self.queue.deferred, default=1.0))

    def pass_time(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.clock.sleep(seconds)

    def in_real_time(self) -> None:
        """From now on what is waited for takes its time."""
        assert isinstance(self.clock, BedClock)
        self.clock.tell()
        self.clock.waits = True

    @contextmanager
    def counted(self) -> Iterator[Counted]:
        """Count what the block costs."""
        counted, since, written = Counted(), time.time(), len(self.wire.written)
        yield counted
        counted.kommo.update(self.requests(KOMMO, since))
        counted.altegio.update(self.requests(ALTEGIO, since))
        counted.written.update(self.wire.written[written:])

    def refused_by(self, provider: str) -> int:
        """Return how often a provider has refused a request of this bed for its limits."""
        asked = {"since": self.made_at}
        answer = outside.get(f"{self._url(provider)}/_control/requests", params=asked, timeout=30).json()
        return sum(one["status"] == 429 for one in answer["requests"])

    def faults_to_come(self, provider: str) -> list[str]:
        """Return those faults that have not happened yet."""
        report = outside.get(f"{self._url(provider)}/_control/faults", timeout=30).json()["faults"]
        return [f"{one['method']} {one['route']}" for one in report if not one["happened"]]

    # -- what is stored ----------------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        return Store(self.deployment.client("dynamodb"), self.clock, Counters())

    @property
    def installations(self) -> Installations:
        return Installations(self.store.table(self.deployment.table("Installations"), *TABLES["Installations"]))

    @property
    def installation(self) -> Installation:
        found = self.installations.read(demo.INSTALLATION)
        assert found is not None
        return found

    def batch(self, size: int) -> None:
        """Let the next run begin with batches of that size."""
        table = self.store.table(self.deployment.table("Installations"), *TABLES["Installations"])
        table.update(demo.INSTALLATION, "state", change="SET #batch = :size", values={"size": size})

    def due(self) -> int:
        """Return when the sweep is due."""
        (state,) = self.items("Installations", "state")
        return int(state["due_at"])

    def set_due(self, at: int) -> None:
        """Set when the sweep is due, as the sweep does."""
        table = self.store.table(self.deployment.table("Installations"), *TABLES["Installations"])
        table.update(demo.INSTALLATION, "state", change="SET #due_at = :at", values={"at": at})

    def choose(self, **settings: Any) -> Settings:
        """Change some of the settings, as a person does; returns those from before."""
        installation = self.installation
        self.installations.write(replace(installation, settings=replace(installation.settings, **settings)))
        return installation.settings

    def let_go_on(self) -> None:
        """End the pause of the installation, as a reconnection does: every location rings."""
        self.installations.pause(demo.INSTALLATION, None)
        self.ring(HintKind.LOCATION, source="person")

    def store_secret(self, provider: str, secret: Secret) -> None:
        """Store a token, as a reconnection does."""
        table = self.store.table(self.deployment.table("Credentials"), *TABLES["Credentials"])
        vault = Vault(table, product_aws.kms(), self.server.environment.tokens_key_id, self.clock)
        vault.store(demo.INSTALLATION, provider, secret)

    def items(self, table: str, prefix: str = "") -> list[dict[str, Any]]:
        """Return a table's items whose sort keys begin so."""
        name = TABLES[table][-1]
        found = self.deployment.client("dynamodb").scan(TableName=self.deployment.table(table))["Items"]
        items = [from_wire(item) for item in found]
        return sorted((item for item in items if item[name].startswith(prefix)), key=lambda item: str(item[name]))

    def parked(self) -> dict[int, str]:
        """Return why bookings are parked, by booking id."""
        return {int(item["key"].split("#")[2]): str(item["reason"]) for item in self.items("Parked")}

    def deal_of(self, record: Raw) -> dict[str, Any]:
        """Return the deal that a booking is linked to."""
        (link,) = self.items("Links", f"booking#{record['company_id']}#{record['id']}")
        (deal,) = [one for one in self.deals() if one["id"] == link["deal"]]
        return deal

    def deal_place(self) -> dict[str, int]:
        """Return where the settings put new deals."""
        mapping = self.installation.settings.status_sync.mapping
        assert mapping is not None
        (pipeline,) = [one for one in self.look("leads/pipelines") if one["id"] == mapping.pipeline]
        stage = next(one for one in pipeline["_embedded"]["statuses"] if not one["type"])
        return {"pipeline_id": pipeline["id"], "status_id": stage["id"]}

    def assert_together(self, *records: Raw, stage_is_ours: bool = True) -> dict[str, Any]:
        """Assert that these bookings, and no others, are on one deal, which shows them; returns it."""
        (deal,) = self.assert_held(records, stage_is_ours=stage_is_ours)
        return deal

    def assert_held(self, *groups: Sequence[Raw], stage_is_ours: bool = True) -> list[dict[str, Any]]:
        """Assert for each of these groups that they, and no others, are on one deal, which shows them."""
        view = self.view()
        links = {
            (int(location), int(booking)): item
            for item in self.items("Links", "booking#")
            for _, location, booking in [item["key"].split("#")]
        }
        claims = {item["deal"]: item["bookings"] for item in self.items("Links", "deal#")}
        deals = []
        for records in groups:
            keys = sorted((record["company_id"], record["id"]) for record in records)
            (deal_id,) = {links[key]["deal"] for key in keys}
            assert sorted(key for key, link in links.items() if link["deal"] == deal_id) == keys
            for key in keys:
                assert sorted((*(tuple(one) for one in links[key].get("others", ())), key)) == keys
            assert claims[deal_id] == " ".join(f"{location}#{booking}" for location, booking in keys)
            deal = dict(view.deals[deal_id])
            self.assert_shows(deal, *records, stage_is_ours=stage_is_ours, view=view)
            deals.append(deal)
        return deals

    # -- the salon -------------------------------------------------------------------------------------------------

    def day(self, days: int) -> date:
        """Return the salon's day so many days from now."""
        return datetime.fromtimestamp(self.clock.now(), MADRID).date() + timedelta(days=days)

    def book(
        self, person: Mapping[str, Any] | None, day: int = 2, time_of_day: str = "10:00", **changes: Any
    ) -> dict[str, Any]:
        """Make a booking and return it as Altegio shows it."""
        return self.make_booking(person, f"{self.day(day)} {time_of_day}:00", **changes)


def _same[T](one: T) -> T:
    return one


def person(number: int, name: str = "") -> dict[str, Any]:
    """Return an invented person as a booking names him."""
    return {
        "name": name or f"Guest {number}",
        "phone": f"34600{number:06d}",
        "email": f"guest{number}@example.test",
    }
