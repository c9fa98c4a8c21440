from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bookdeal.installs.installation import STATE, Installation, Installations
from bookdeal.installs.uninstalling import Tables
from bookdeal.model.booking import Location
from bookdeal.model.settings import Settings
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Item, Store, from_wire
from tests.manual_clock import ManualClock
from tests.template_tables import described, keys_of

REGION = "eu-west-1"
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
MADRID = Location(
    id=900_100, title="Gràcia", city="Madrid", country="ES", timezone="Europe/Madrid", currency="EUR", active=True
)


class Killed(BaseException):
    """The process ends here; nothing in the product may catch it."""


@dataclass
class World:
    """Emulated tables as the template describes them, and what is put into them."""

    client: Any
    clock: ManualClock
    kill_at: int = 0
    moments: int = 0
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client.meta.events.register("before-send.dynamodb", self._before_send)
        for name, description in described().items():
            self.client.create_table(TableName=name, **description)

    def _before_send(self, event_name: str, **_: Any) -> None:
        if event_name.endswith(WRITES):
            self.moments += 1
            if self.moments == self.kill_at:
                raise Killed

    @property
    def store(self) -> Store:
        return Store(self.client, self.clock, Counters())

    @property
    def tables(self) -> Tables:
        store = self.store
        made = {name: store.table(name, *keys_of(name)) for name in described()}
        return Tables(
            store, made["Installations"], made["Credentials"], made["Links"], made["Parked"], made["Decisions"]
        )

    @property
    def installations(self) -> Installations:
        return Installations(self.tables.installations)

    def install(self, id: str, *, locations: int = 1, due_at: int = 1, **changes: Any) -> Installation:
        """Store an installation with a token for each side, a link, something parked and a decision."""
        installation = Installation(
            id=id,
            kommo_host=f"{id}.kommo.com",
            kommo_account=sum(id.encode()),
            locations=tuple(_location(number) for number in range(locations)),
            generation=3,
            paused=None,
            phone_salt="salt",
            settings=Settings(),
            layout=None,
            state=None,
        )
        for name, value in changes.items():
            object.__setattr__(installation, name, value)
        tables = self.tables
        self.installations.write(installation)
        tables.installations.put({"installation": id, "part": STATE, "due_at": due_at})
        for provider in ("kommo", "altegio", "altegio#5"):
            tables.credentials.put(
                {"installation": id, "provider": provider, "blobs": [], "version": 1, "revoked": "token"}
            )
        tables.links.put({"installation": id, "key": "booking#900100#1", "deal": 501, "client": 5, "contact": None})
        tables.links.put({"installation": id, "key": "deal#501", "deal": 501})
        tables.parked.put(
            {"installation": id, "key": "booking#900100#1", "reason": "deal_refused", "params": {}, "since": 7}
        )
        tables.decisions.put({"installation": id, "key": "deal#501#1"})
        return installation

    def items(self, table: str, installation: str = "") -> list[Item]:
        """Return all items of a table, or only an installation's."""
        found = [from_wire(item) for item in self.client.scan(TableName=table)["Items"]]
        return [item for item in found if installation in ("", item.get("installation"))]

    def everything(self, installation: str = "") -> dict[str, list[Item]]:
        """Return all items of all tables, or only an installation's."""
        return {name: self.items(name, installation) for name in described() if name != "Scratch"}


def _location(number: int) -> Location:
    values = {name: getattr(MADRID, name) for name in MADRID.__slots__}
    return Location(**values | {"id": MADRID.id + number})


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield World(boto3.client("dynamodb"), ManualClock())
