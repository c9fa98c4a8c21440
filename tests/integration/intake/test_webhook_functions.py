"""The two webhook functions, from a request of the REST API to the queue."""

import base64
import importlib.util
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from moto import mock_aws

from bookdeal.model.hint import Hint, HintKind, SeenBooking, SeenDeal
from bookdeal.runtime import aws, observe, parameters
from bookdeal.runtime.environment import BadEnvironment
from bookdeal.runtime.webhook_key import sign

FUNCTIONS = Path(__file__).parents[3] / "functions"
NEW, OLD, GONE = "new-server-key-0123", "old-server-key-0123", "gone-server-key-012"
CLIENT = {"name": "Ada Owner", "phone": "+34600000101", "email": "ada@example.test"}
BOOKING = {
    "company_id": 900100,
    "resource": "record",
    "resource_id": 640001,
    "status": "update",
    "data": {"id": 640001, "last_change_date": "2026-05-04T19:31:10+0200", "client": CLIENT},
}
DEAL = {
    "leads[status][0][id]": "501",
    "leads[status][0][name]": CLIENT["name"],
    "leads[status][0][status_id]": "142",
    "leads[status][0][pipeline_id]": "410001",
    "account[id]": "777001",
}
BODIES = {"altegio": json.dumps(BOOKING), "kommo": urlencode(DEAL)}
HINTED = {
    "altegio": Hint(
        HintKind.BOOKING,
        "altegio",
        "42",
        location=900100,
        bookings=(SeenBooking(640001, "2026-05-04T19:31:10+0200"),),
        generation=3,
        correlation_id="request-1",
    ),
    "kommo": Hint(
        HintKind.DEALS, "kommo", "42", deals=(SeenDeal(501, 410001, 142),), generation=3, correlation_id="request-1"
    ),
}
EVERYTHING = {"altegio": HintKind.LOCATION, "kommo": HintKind.DEALS}

type Ring = Callable[..., dict[str, Any]]


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"{name}_app", FUNCTIONS / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["altegio", "kommo"])
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for cached in (aws.sqs, aws.ssm, parameters._provider):
        cached.cache_clear()
    with mock_aws():
        yield


@pytest.fixture
def queue_url(monkeypatch: pytest.MonkeyPatch) -> str:
    url = boto3.client("sqs").create_queue(QueueName="hints.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    boto3.client("ssm").put_parameter(Name="/bookdeal/webhook-keys", Value=f"{NEW},{OLD}", Type="SecureString")
    monkeypatch.setenv("HINTS_QUEUE_URL", url)
    monkeypatch.setenv("WEBHOOK_KEYS_PARAMETER", "/bookdeal/webhook-keys")
    return url


@pytest.fixture
def ring(source: str, queue_url: str) -> Ring:
    handler = load(f"{source}_webhook").handler

    def ring(
        body: str | None = BODIES[source], *, key: str | None = None, installation: str = "42", **changes: Any
    ) -> dict[str, Any]:
        event = {
            "httpMethod": "POST",
            "pathParameters": {
                "installation": installation,
                "key": sign(NEW, source, "42", 3) if key is None else key,
            },
            "requestContext": {"requestId": "request-1"},
            "body": body,
            "isBase64Encoded": False,
        }
        return handler(event | changes, None)  # type: ignore[no-any-return]

    return ring


@pytest.fixture
def rung(queue_url: str) -> Callable[[], list[Hint]]:
    def rung() -> list[Hint]:
        client = boto3.client("sqs")
        found: list[Hint] = []
        while messages := client.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(Hint.from_json(message["Body"]))
                client.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return rung


type Rung = Callable[[], list[Hint]]


def timeless(hint: Hint) -> Hint:
    assert hint.seen_at > 1_700_000_000
    return Hint.from_json(json.dumps(json.loads(hint.to_json()) | {"seen_at": 0.0}))


def test_a_webhook_rings_and_is_answered_with_nothing(source: str, ring: Ring, rung: Rung) -> None:
    assert ring() == {"statusCode": 204, "body": ""}
    assert [timeless(hint) for hint in rung()] == [HINTED[source]]


def test_a_body_in_base64_is_the_same(source: str, ring: Ring, rung: Rung) -> None:
    assert ring(base64.b64encode(BODIES[source].encode()).decode(), isBase64Encoded=True)["statusCode"] == 204
    assert [timeless(hint) for hint in rung()] == [HINTED[source]]


def test_a_key_of_the_older_server_key_still_opens(source: str, ring: Ring, rung: Rung) -> None:
    assert ring(key=sign(OLD, source, "42", 9))["statusCode"] == 204
    assert [hint.generation for hint in rung()] == [9]


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ""},
        {"key": "1"},
        {"key": "3." + "0" * 64},
        {"key": sign(GONE, "altegio", "42", 3)},
        {"key": sign(GONE, "kommo", "42", 3)},
        {"installation": "43"},
        {"installation": ""},
        {"pathParameters": None},
    ],
)
def test_a_wrong_key_is_nowhere(ring: Ring, rung: Rung, wrong: dict[str, Any]) -> None:
    assert ring(**wrong) == {"statusCode": 404, "body": ""}
    assert rung() == []


def test_the_other_providers_key_does_not_open(source: str, ring: Ring) -> None:
    other = {"altegio": "kommo", "kommo": "altegio"}[source]
    assert ring(key=sign(NEW, other, "42", 3))["statusCode"] == 404


def test_another_method_is_not_served(ring: Ring, rung: Rung) -> None:
    assert ring(httpMethod="GET")["statusCode"] == 405
    assert rung() == []


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ("x" * 1024 * 1024, {}),
        (base64.b64encode(b"x" * 300 * 1024).decode(), {"isBase64Encoded": True}),
        ("{broken", {}),
        ("\ud800", {}),
        ("", {}),
        (None, {}),
        ("not base64!", {"isBase64Encoded": True}),
    ],
)
def test_a_body_that_cannot_be_read_rings_for_everything(
    source: str, ring: Ring, rung: Rung, body: str | None, changes: dict[str, Any]
) -> None:
    assert ring(body, **changes)["statusCode"] == 204
    (hint,) = rung()
    assert (hint.kind, hint.bookings, hint.deals, hint.generation) == (EVERYTHING[source], (), (), 3)


def test_what_is_of_no_interest_rings_for_nothing(source: str, ring: Ring, rung: Rung) -> None:
    body = {
        "altegio": json.dumps(BOOKING | {"resource": "master"}),
        "kommo": urlencode({"customers[update][0][id]": "7", "account[id]": "777001"}),
    }[source]
    assert ring(body)["statusCode"] == 204
    assert rung() == []


def test_a_queue_that_refuses_is_said_so(ring: Ring, queue_url: str) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=queue_url)
    assert ring() == {"statusCode": 503, "body": ""}


def test_keys_that_cannot_be_read_are_no_wrong_key(ring: Ring) -> None:
    boto3.client("ssm").delete_parameter(Name="/bookdeal/webhook-keys")
    assert ring() == {"statusCode": 503, "body": ""}


def test_one_line_is_written_and_it_names_nobody(
    source: str, queue_url: str, capsys: pytest.CaptureFixture[str], ring: Ring
) -> None:
    stream = logging.StreamHandler()
    log = observe.logger("intake")
    stream.setFormatter(log.registered_formatter)
    log.addHandler(stream)
    try:
        ring()
        ring(installation="Ada Owner")
        ring("x" * 300 * 1024)
    finally:
        logging.getLogger("intake").removeHandler(stream)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line.get("status") for line in lines] == [204, None, 204]
    assert [line["outcome"] for line in lines] == ["done", "not_found", "done"]
    assert lines[0]["installation"] == "42"
    assert lines[0]["hints"] == 1
    assert lines[0]["correlation_id"] == "request-1"
    text = json.dumps(lines)
    assert not any(secret in text for secret in [*CLIENT.values(), sign(NEW, source, "42", 3), NEW])


def test_a_function_without_its_environment_does_not_start(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HINTS_QUEUE_URL", raising=False)
    monkeypatch.delenv("WEBHOOK_KEYS_PARAMETER", raising=False)
    with pytest.raises(BadEnvironment, match="HINTS_QUEUE_URL is missing; WEBHOOK_KEYS_PARAMETER is missing"):
        load(f"{source}_webhook")
