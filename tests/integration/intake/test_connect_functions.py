"""The two functions that consent passes through, from a request of the REST API to what is stored and rung."""

import base64
import hashlib
import hmac
import importlib.util
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bookdeal.bookings.mover.sweeping import RING_AGAIN, sweep
from bookdeal.installs.installation import CONSENT, Installation, Installations
from bookdeal.installs.integrations import Integration, Integrations
from bookdeal.model.hint import Hint, HintKind
from bookdeal.model.settings import Settings
from bookdeal.runtime import aws, parameters
from bookdeal.runtime.credentials import Vault
from bookdeal.runtime.errors import Transient
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store, Table
from tests.manual_clock import ManualClock

ROOT = Path(__file__).parents[3]
CLIENT, SECRET = "6f0f7f0a-3b52-4c11-9d53-5a8f0b1c2d3e", "the-integrations-secret"
REDIRECT = "https://hub.example.test/oauth/kommo"
KEPT = ("installations", "credentials")
ACCOUNT, LOCATION, PARTNER = 31000101, 900100, "the-partner-token"

type Answer = dict[str, Any]


class Context:
    aws_request_id = "request-1"


class Stack:
    """Emulated tables, key and queue, and both functions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        dynamodb = boto3.client("dynamodb")
        for name, keys in {
            "installations": ("installation", "part"),
            "credentials": ("installation", "provider"),
        }.items():
            dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    *({"AttributeName": key, "AttributeType": "S"} for key in keys),
                    *([{"AttributeName": "due_at", "AttributeType": "N"}] if name == "installations" else []),
                ],
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)
                ],
                **({"GlobalSecondaryIndexes": [DUE]} if name == "installations" else {}),
            )
            monkeypatch.setenv(f"{name.upper()}_TABLE", name)
        self.url = boto3.client("sqs").create_queue(QueueName="hints.fifo", Attributes={"FifoQueue": "true"})[
            "QueueUrl"
        ]
        key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
        for name, value in {"/keys": "a-server-key-0123456789", "/partner": PARTNER}.items():
            boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
        for name, value in {
            "HINTS_QUEUE_URL": self.url,
            "TOKENS_KEY_ID": key,
            "WEBHOOK_KEYS_PARAMETER": "/keys",
            "ALTEGIO_PARTNER_TOKEN_PARAMETER": "/partner",
            "ALTEGIO_APPLICATION": "4321",
            "BRAND_NAME": "Salón & Söhne",
        }.items():
            monkeypatch.setenv(name, value)
        self.clock = ManualClock()
        store = Store(aws.dynamodb(), self.clock, Counters())
        self.table: Table = store.table("installations", "installation", "part")
        self.vault = Vault(store.table("credentials", "installation", "provider"), aws.kms(), key, self.clock)
        Integrations(self.table, self.vault).register(Integration(CLIENT, SECRET, REDIRECT))
        Installations(self.table).write(
            Installation("demo", "lindasalon.kommo.com", ACCOUNT, (), 1, None, "salt", Settings(), None, None, CLIENT)
        )
        self.table.put({"installation": f"location#{LOCATION}", "part": "demo"})

    def ask(self, event: dict[str, Any] | str) -> Answer:
        """Ask the function that an event is for, given as a path below events/ or as a whole."""
        if isinstance(event, str):
            event = json.loads((ROOT / "events" / f"{event}.json").read_text())
        function = "altegio_connect" if "altegio" in event["resource"] else "kommo_connect"
        spec = importlib.util.spec_from_file_location(f"{function}_app", ROOT / "functions" / function / "app.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        answer: Answer = module.handler(event, Context())
        return answer

    def rung(self) -> list[Hint]:
        client = boto3.client("sqs")
        found = client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", ())
        for message in found:
            client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [Hint.from_json(message["Body"]) for message in found]


DUE = {
    "IndexName": "due",
    "KeySchema": [{"AttributeName": "part", "KeyType": "HASH"}, {"AttributeName": "due_at", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    clients = (aws.dynamodb, aws.sqs, aws.kms, aws.ssm, parameters._provider)
    with mock_aws():
        for client in clients:
            client.cache_clear()
        yield Stack(monkeypatch)
        for client in clients:
            client.cache_clear()


def test_kommos_own_call_is_stored_first_and_rung_for(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    answer = stack.ask("kommo_connect/install_call")
    assert answer["statusCode"] == 200
    (hint,) = stack.rung()
    assert hint.kind is HintKind.CONSENT
    consent = stack.table.get(hint.installation, CONSENT)
    assert consent is not None
    assert (consent["host"], consent["client_id"], consent["account"]) == ("lindasalon.kommo.com", CLIENT, 0)
    assert stack.vault.read(hint.installation, "kommo").access == "def50200example"
    # The code is a key: it stands neither in the open nor in the queue nor in a log.
    assert "def50200example" not in json.dumps(stack.table.store.client.scan(TableName="credentials")["Items"])
    assert "def50200example" not in hint.to_json() + capsys.readouterr().out


def test_a_bell_that_could_not_be_rung_is_rung_by_the_sweep(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise Transient("queue")

    with monkeypatch.context() as broken:
        broken.setattr(Hints, "send", refuse)
        assert stack.ask("kommo_connect/install_call")["statusCode"] == 200
    hints = Hints(stack.url, aws.sqs())
    stack.clock.seconds = 4_000_000_000.0
    for _ in range(2):
        sweep(stack.table, hints, stack.clock, interval=300, correlation_id="c")
        assert [hint.kind for hint in stack.rung()] == [HintKind.CONSENT]
        sweep(stack.table, hints, stack.clock, interval=300, correlation_id="c")
        assert stack.rung() == []
        stack.clock.move(RING_AGAIN)


@pytest.mark.parametrize(
    ("event", "status", "says"),
    [
        ("kommo_connect/denied", 403, "No se ha dado acceso"),
        ("kommo_connect/foreign_host", 400, "Este enlace ya no funciona"),
        ("kommo_connect/gone_unsigned", 403, ""),
        ("altegio_connect/unsigned_owner", 400, "Este enlace ya no funciona"),
        ("altegio_connect/forged_news", 404, ""),
        ("altegio_connect/broken_news", 400, ""),
    ],
)
def test_what_is_not_right_is_answered_in_the_readers_language_and_rings_nothing(
    stack: Stack, event: str, status: int, says: str
) -> None:
    answer = stack.ask(event)
    assert answer["statusCode"] == status
    assert says in answer["body"]
    assert bool(answer["body"]) == bool(says) == ("Salón &amp; Söhne" in answer["body"])
    assert stack.rung() == []


def test_an_invitation_leads_to_kommo(stack: Stack) -> None:
    answer = stack.ask("kommo_connect/start")
    assert answer["statusCode"] == 302
    assert answer["headers"]["Location"].startswith(f"https://www.kommo.com/oauth?client_id={CLIENT}&state=")
    event = json.loads((ROOT / "events/kommo_connect/start.json").read_text())
    foreign = event | {"pathParameters": {"client_id": "0a1b2c3d-0000-4000-8000-000000000002"}}
    assert stack.ask(foreign)["statusCode"] == 400


def test_a_removal_is_heard(stack: Stack) -> None:
    event = json.loads((ROOT / "events/kommo_connect/gone_unsigned.json").read_text())
    signature = hmac.new(SECRET.encode(), f"{CLIENT}|{ACCOUNT}".encode(), hashlib.sha256).hexdigest()
    event["queryStringParameters"]["signature"] = signature
    assert stack.ask(event)["statusCode"] == 204
    assert [(hint.kind, hint.installation, hint.source) for hint in stack.rung()] == [
        (HintKind.ACCESS, "demo", "kommo")
    ]


def test_news_of_the_marketplace_are_heard(stack: Stack) -> None:
    event = json.loads((ROOT / "events/altegio_connect/forged_news.json").read_text())
    event["body"] = event["body"].replace("guessed", PARTNER)
    assert stack.ask(event)["statusCode"] == 204
    assert [(hint.kind, hint.installation) for hint in stack.rung()] == [(HintKind.ACCESS, "demo")]


NAME, PHONE, EMAIL = "Xenobia Quillfeather", "34655987321", "xq.secret@example.test"


def signed(user: dict[str, Any]) -> dict[str, str]:
    """Return what the marketplace tells of an owner, signed as Altegio does."""
    text = json.dumps(user).encode()
    signature = hmac.new(PARTNER.encode(), text, hashlib.sha256).hexdigest()
    return {"user_data": base64.b64encode(text).decode(), "user_data_sign": signature}


def test_nothing_that_connecting_leaves_behind_names_anybody(
    stack: Stack, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    events = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "events").glob("*_connect/*.json"))}
    owner = {"id": 7, "name": NAME, "phone": PHONE, "email": EMAIL}
    code = "a-code-that-is-a-key"
    query = {**events["install_call"]["queryStringParameters"], "code": code}
    news = {"salon_id": LOCATION, "application_id": 4321, "event": "freeze", "user": {"name": NAME, "phone": PHONE}}
    asked = [
        events["install_call"] | {"queryStringParameters": query | {"name": NAME, "phone": PHONE}},
        events["install_call"] | {"queryStringParameters": query | {"referer": EMAIL}},
        events["install_call"] | {"queryStringParameters": query | {"client_id": PHONE}},
        events["install_call"] | {"queryStringParameters": query | {"state": NAME}},
        events["start"] | {"pathParameters": {"client_id": EMAIL}},
        events["gone_unsigned"] | {"queryStringParameters": {"account_id": PHONE, "client_uuid": CLIENT}},
        events["unsigned_owner"] | {"queryStringParameters": {"salon_id": str(LOCATION), **signed(owner)}},
        events["unsigned_owner"] | {"queryStringParameters": {"salon_id": NAME, **signed(owner)}},
        events["forged_news"] | {"body": json.dumps({**news, "partner_token": PARTNER})},
        events["forged_news"] | {"body": json.dumps({**news, "partner_token": EMAIL})},
        events["forged_news"] | {"body": f"{NAME} {PHONE}"},
    ]
    answers = [stack.ask(event) for event in asked]
    assert {answer["statusCode"] for answer in answers} >= {200, 204, 302, 400, 403, 404}
    said = capfd.readouterr()
    places = {
        "log": caplog.text + json.dumps([record.__dict__ for record in caplog.records], default=str),
        "output": said.out + said.err,
        "queue": json.dumps([hint.to_json() for hint in stack.rung()]),
        "answers": json.dumps(answers),
        **{name: json.dumps(stack.table.store.client.scan(TableName=name)["Items"]) for name in KEPT},
    }
    secrets = [NAME, *NAME.split(), PHONE, EMAIL, code, PARTNER, SECRET]
    assert '"consent' in places["queue"]
    assert "altegio" in places["log"]
    found = {(place, word) for place, text in places.items() for word in secrets if word.lower() in text.lower()}
    assert not found
