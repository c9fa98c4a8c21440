"""MiniStack, started once for these tests on a free port: moto loses updates under threads and proves nothing here."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from bookdeal.runtime.clock import SystemClock
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Store, Table

MINISTACK = Path(__file__).parents[2] / ".local/emulator/bin/ministack"
REGION = "eu-west-1"
START_SECONDS = 60


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an emulated AWS that lives as long as the tests."""
    if not MINISTACK.exists():
        pytest.fail(f"{MINISTACK} is missing: `make setup` installs it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("ministack")
    environment = os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder),
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [MINISTACK], env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(process, f"{address}/_ministack/health", log)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"MiniStack did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def client(endpoint: str) -> Callable[[str], object]:
    """Return a maker of AWS clients with a connection for each thread."""

    def client(service: str) -> object:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(max_pool_connections=64, parameter_validation=False),
        )

    return client


@pytest.fixture
def store(client: Callable[[str], object]) -> Store:
    return Store(client("dynamodb"), SystemClock(), Counters())  # type: ignore[arg-type]


@pytest.fixture
def make_table(store: Store) -> Callable[..., Table]:
    def make(*keys: str) -> Table:
        name = f"table-{uuid4().hex}"
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
