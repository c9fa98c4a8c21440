"""The functions of the widget's API in this process: emulated tables, invented providers, tokens that verify."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import jwt
import pytest
import responses
from moto import mock_aws

from bookdeal.installs.installation import Installation, Installations
from bookdeal.installs.integrations import Integration, Integrations
from bookdeal.model.booking import Location
from bookdeal.model.settings import Settings
from bookdeal.runtime import aws, parameters
from bookdeal.runtime.api import Answer
from bookdeal.runtime.clock import SystemClock
from bookdeal.runtime.credentials import Secret, Vault
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Store, Table
from sandbox.openapi import load_api

REGION = "eu-west-1"
CLIENT, SECRET = "6f1c0000-0000-4000-8000-000000000001", "k" * 64
ACCOUNT, ADMIN, WORKER = 777001, 880001, 880002
KOMMO, ALTEGIO = "https://acme.kommo.com", "https://api.alteg.io"
TABLES = {
    "installations": ("installation", "part"),
    "credentials": ("installation", "provider"),
    "links": ("installation", "key"),
    "parked": ("installation", "key"),
    "decisions": ("installation", "key"),
    "scratch": ("key",),
}
LOCATIONS = (
    Location(900100, "Gràcia", "Barcelona", "ES", "Europe/Madrid", "EUR", True),
    Location(900200, "Alfama", "Lisboa", "PT", "Europe/Lisbon", "EUR", True),
)


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 25_000


@dataclass
class Widget:
    """The widget of an account: asks functions with tokens of its own."""

    store: Store
    vault: Vault
    installation: Installation
    apis: dict[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        return self.store.table(name, *TABLES[name])

    def rung(self) -> list[dict[str, Any]]:
        """Return the hints that wait in the queue."""
        client = boto3.client("sqs")
        found = client.receive_message(QueueUrl=os.environ["HINTS_QUEUE_URL"], MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in found.get("Messages", ())]

    def token(self, user: int = ADMIN, secret: str = SECRET, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": KOMMO,
            "aud": "https://hub.example.test",
            "jti": f"{time.monotonic_ns()}",
            "iat": now,
            "nbf": now,
            "exp": now + 1800,
            "account_id": ACCOUNT,
            "user_id": user,
            "client_uuid": CLIENT,
            "is_admin": user == ADMIN,
        }
        given = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(given, secret, algorithm="HS256")

    def ask(self, function: str, method: str, resource: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """Ask a function as the REST API would; return status and decoded body."""
        answer = self.answer(function, method, resource, body, **more)
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None

    def answer(
        self,
        function: str,
        method: str,
        resource: str,
        body: Any = None,
        *,
        token: str | None = None,
        place: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        origin: str = KOMMO,
    ) -> Answer:
        if function not in self.apis:
            self.apis[function] = load_api(function)
        path = resource.format(**(place or {}))
        event = {
            "resource": resource,
            "path": path,
            "httpMethod": method,
            "headers": {
                "Origin": origin,
                "Content-Type": "application/json",
                "X-Auth-Token": self.token() if token is None else token,
            },
            "queryStringParameters": query,
            "multiValueQueryStringParameters": {name: [value] for name, value in (query or {}).items()},
            "pathParameters": {name: str(value) for name, value in (place or {}).items()},
            "requestContext": {"requestId": "request-1", "stage": "v1", "path": f"/v1{path}"},
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer: Answer = self.apis[function](event, Context())
        return answer


@pytest.fixture
def widget(monkeypatch: pytest.MonkeyPatch) -> Iterator[Widget]:
    """Return the widget of an account with two locations; providers answer what a test says by `responses`."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    clients = (aws.dynamodb, aws.sqs, aws.kms, aws.ssm, parameters._provider)
    with mock_aws():
        for client in clients:
            client.cache_clear()
        yield _widget(monkeypatch)
        for client in clients:
            client.cache_clear()


def _widget(monkeypatch: pytest.MonkeyPatch) -> Widget:
    dynamodb, kms = boto3.client("dynamodb"), boto3.client("kms")
    for name, keys in TABLES.items():
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )
        monkeypatch.setenv(f"{name.upper()}_TABLE", name)
    queue = boto3.client("sqs").create_queue(QueueName="hints.fifo", Attributes={"FifoQueue": "true"})
    monkeypatch.setenv("HINTS_QUEUE_URL", queue["QueueUrl"])
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    monkeypatch.setenv("TOKENS_KEY_ID", key)
    boto3.client("ssm").put_parameter(Name="/partner", Value="partner-token", Type="SecureString")
    monkeypatch.setenv("ALTEGIO_PARTNER_TOKEN_PARAMETER", "/partner")
    monkeypatch.setenv("ALTEGIO_BASE_URL", ALTEGIO)
    monkeypatch.setenv("KOMMO_REQUESTS_PER_SECOND", "1000")
    monkeypatch.setenv("ALTEGIO_REQUESTS_PER_SECOND", "1000")
    monkeypatch.setenv("ALTEGIO_REQUESTS_PER_MINUTE", "60000")
    clock = SystemClock()
    store = Store(aws.dynamodb(), clock, Counters())
    vault = Vault(store.table("credentials", "installation", "provider"), aws.kms(), key, clock, {})
    installation = Installation(
        id="acme",
        kommo_host="acme.kommo.com",
        kommo_account=ACCOUNT,
        locations=LOCATIONS,
        generation=1,
        paused=None,
        phone_salt="salt",
        settings=Settings(),
        layout=None,
        state=None,
        client_id=CLIENT,
    )
    Installations(store.table("installations", "installation", "part")).write(installation)
    integrations = Integrations(store.table("installations", "installation", "part"), vault)
    integrations.register(Integration(CLIENT, SECRET, "https://hub.example.test/oauth/kommo"))
    vault.store("acme", "kommo", Secret(access="kommo-token"))
    vault.store("acme", "altegio", Secret(access="altegio-token"))
    return Widget(store, vault, installation)


@pytest.fixture
def providers(widget: Widget) -> Iterator[responses.RequestsMock]:
    """Answer for both providers, behind the emulated AWS; what a test does not name fails it."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
