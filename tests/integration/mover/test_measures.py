"""What CloudWatch makes metrics of, as real runs leave it behind; and that nobody watches what nothing measures."""

import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from bookdeal.altegio.webhooks import hints_from
from bookdeal.installs.accesses import LOST
from bookdeal.installs.connections import KOMMO
from bookdeal.model.hint import Hint
from bookdeal.runtime import observe, webhook_key
from bookdeal.runtime.credentials import Secret
from bookdeal.runtime.environment import IntakeEnvironment
from bookdeal.runtime.errors import Transient
from bookdeal.runtime.intake import Intake
from bookdeal.runtime.observe import LAG, MEASURES, TOKENS_NOT_RENEWED, WEBHOOKS_NOT_TAKEN
from bookdeal.runtime.queue import Hints
from sandbox.stack import demo
from tests.template_tables import TEMPLATE

from .bed import CONFIRMED, Bed, person
from .conftest import MakeBed
from .oracle import Raw

NAMESPACE = "Bookdeal/salons"
IN_TEMPLATE = {"Fn::Sub": "Bookdeal/${AWS::StackName}"}

type Measured = dict[tuple[str, frozenset[tuple[str, str]]], list[float]]
"""Values by metric and dimensions."""


@pytest.fixture(autouse=True)
def _namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)


@pytest.fixture
def bed(make_bed: MakeBed) -> Bed:
    bed = make_bed()
    bed.sweep()
    return bed


class Log(logging.Handler):
    """Reads the functions' logs as CloudWatch does."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(observe.logger(record.name).registered_formatter.format(record)))

    def measured(self) -> Measured:
        """Return what was measured since the last call."""
        found: Measured = defaultdict(list)
        for line in self.lines:
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
                assert directive["Namespace"] == NAMESPACE
                (dimensions,) = directive["Dimensions"]
                for metric in directive["Metrics"]:
                    place = frozenset((name, line[name]) for name in dimensions)
                    found[metric["Name"], place].append(line[metric["Name"]])
        self.lines.clear()
        return found


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    for service in ("mover", "intake"):
        observe.logger(service).addHandler(log)
    yield log
    for service in ("mover", "intake"):
        logging.getLogger(service).removeHandler(log)


def by(**dimensions: str) -> frozenset[tuple[str, str]]:
    return frozenset(dimensions.items())


MOVER = by(service="mover")


def test_work_and_its_requests_are_measured(bed: Bed, log: Log) -> None:
    log.measured()
    records = [bed.book(person(number)) for number in range(3)]
    with bed.counted() as counted:
        bed.work(*records)
    found = log.measured()
    assert sum(found["BookingsApplied", MOVER]) == 3
    assert sum(found["KommoAnswered", MOVER]) == counted.kommo.total()
    assert sum(found["AltegioAnswered", MOVER]) == counted.altegio.total()
    assert not {name for name, _ in found} & {"KommoFailed", "KommoLimited", "Deferred", "Lag", LOST}


def test_a_bell_that_says_nothing_new_costs_no_metric(bed: Bed, log: Log) -> None:
    record = bed.book(person(1))
    bed.work(record)
    log.measured()
    bed.hint_of_deals(bed.deal_of(record))
    bed.drain()
    assert log.measured() == {}


def put_off(bed: Bed) -> Raw:
    """Let a change of a booking wait for Kommo for a quarter of an hour."""
    record = bed.book(person(1))
    bed.work(record)
    bed.set_status(record, CONFIRMED)
    bed.pass_time(900)
    bed.fault(KOMMO, {"method": "*", "route": "/api/v4/leads", "probability": 1, "kind": "status", "status": 503})
    bed.hint(record)
    bed.serve()
    bed.fault(KOMMO)
    return record


def test_what_is_put_off_is_measured_by_its_reason_and_grows_old(bed: Bed, log: Log) -> None:
    put_off(bed)
    found = log.measured()
    assert found["Deferred", by(service="mover", outcome="unavailable")] == [1]
    assert sum(found["KommoFailed", MOVER]) >= 1
    assert 900 <= found[LAG, MOVER][0] < 1000
    bed.drain()
    assert LAG not in {name for name, _ in log.measured()}


def test_a_provider_that_says_too_much_or_no_is_told_apart(bed: Bed, log: Log) -> None:
    record = bed.book(person(1))
    bed.work(record)
    leads = {"method": "PATCH", "route": "/api/v4/leads", "times": 1, "kind": "status"}
    for status, name in ((429, "KommoLimited"), (400, "KommoRefused")):
        bed.set_status(record, CONFIRMED if status == 429 else 0)
        bed.fault(KOMMO, {**leads, "status": status, "body": {"retry_after": 1}})
        log.measured()
        bed.work(record)
        assert sum(log.measured()[name, MOVER]) == 1


def leave_parked(bed: Bed) -> None:
    """Let a booking's deal be refused, and nobody see to it for a day."""
    route = {"method": "POST", "route": "/api/v4/leads"}
    bed.fault(KOMMO, {**route, "kind": "status", "status": 400, "probability": 1})
    bed.work(bed.book(person(99)))
    bed.fault(KOMMO)
    bed.pass_time(25 * 3600)
    bed.sweep()


def lose_access(bed: Bed) -> None:
    """Let the token for Kommo end, and its renewal be refused."""
    now = bed.clock.now()
    bed.store_secret(KOMMO, Secret("old", "wrong", now - 86_400, now - 60, "wrong", "wrong", "https://x.example.test"))
    bed.server.secrets.clear()
    bed.work(bed.book(person(1)))


def test_a_token_that_cannot_be_renewed_is_measured(bed: Bed, log: Log) -> None:
    log.measured()
    lose_access(bed)
    assert sum(log.measured()[TOKENS_NOT_RENEWED, MOVER]) == 1


class FullQueue(Hints):
    """A queue that takes nothing."""

    def send(self, hints: Iterable[Hint]) -> int:
        raise Transient("queue")


def webhook(bed: Bed, queue: Hints) -> int:
    """Let Altegio ring; returns the answer's status."""
    keys = bed.server.environment.webhook_keys_parameter
    key = webhook_key.sign(bed.deployment.secret("webhook-keys"), "altegio", demo.INSTALLATION, 1)
    intake = Intake("altegio", hints_from, IntakeEnvironment("memory", keys), queue, bed.clock)
    place = {"installation": demo.INSTALLATION, "key": key}
    return int(intake.answer({"httpMethod": "POST", "pathParameters": place, "body": "{}"})["statusCode"])


def test_a_webhook_that_is_not_taken_is_measured(bed: Bed, log: Log) -> None:
    log.measured()
    assert webhook(bed, FullQueue("memory", None)) == 503  # type: ignore[arg-type]
    assert log.measured() == {(WEBHOOKS_NOT_TAKEN, by(service="intake")): [1]}
    assert webhook(bed, bed.queue) == 204
    assert log.measured() == {}


def watched(alarm: Any) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return what an alarm watches: a metric, with its dimensions."""
    return alarm["MetricName"], by(**{one["Name"]: one["Value"] for one in alarm["Dimensions"]})


def test_alarms_watch_what_is_measured(bed: Bed, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything that alarms watch of our own is left behind by the code that is to ring them."""
    resources = cfn_yaml.load(str(TEMPLATE))["Resources"].values()
    alarms = [one["Properties"] for one in resources if one["Type"] == "AWS::CloudWatch::Alarm"]
    ours = {watched(alarm) for alarm in alarms if alarm["Namespace"] == IN_TEMPLATE}
    leave_parked(bed)
    put_off(bed)
    lose_access(bed)
    webhook(bed, FullQueue("memory", None))  # type: ignore[arg-type]
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines() if f'"{LOST}":' in line]
    lost = {(LOST, by(service=line["service"])) for line in printed}
    assert lost
    assert ours <= log.measured().keys() | lost


def test_the_dashboard_shows_what_is_measured() -> None:
    body = cfn_yaml.load(str(TEMPLATE))["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    board = json.loads(body)
    lines = [line for widget in board["widgets"] for line in widget["properties"]["metrics"]]
    own = [line for line in lines if line[0] == "Bookdeal/${AWS::StackName}"]
    searched = [line[0]["expression"] for line in lines if isinstance(line[0], dict)]
    ours = [text for text in searched if "{Bookdeal/" in text]
    names = {line[1] for line in own} | {name for text in ours for name in re.findall(r'"(\w+)"', text)}
    assert names == MEASURES.keys() | {LOST}
    assert all(len(line) > 3 and line[2] == "service" for line in own)
