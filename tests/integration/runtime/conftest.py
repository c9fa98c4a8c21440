from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Store, Table
from tests.manual_clock import ManualClock

REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return Store(boto3.client("dynamodb"), clock, Counters())


@pytest.fixture
def make_table(store: Store) -> Callable[..., Table]:
    def make(name: str, *keys: str) -> Table:
        store.client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )
        return store.table(name, *keys)

    return make
