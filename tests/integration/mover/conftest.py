from collections.abc import Iterator

import pytest

from sandbox.altegio import Altegio
from sandbox.kommo import KommoSimulator
from sandbox.simulator import Options, create_app, run_in_thread
from sandbox.stack.description import AwsAccess
from tests.emulated_aws import emulated_aws

from .bed import Bed


@pytest.fixture(scope="session")
def kommo_url() -> Iterator[str]:
    with run_in_thread(lambda: create_app(KommoSimulator(Options(scenario="demo")))) as url:
        yield url


@pytest.fixture(scope="session")
def altegio_url() -> Iterator[str]:
    with run_in_thread(lambda: create_app(Altegio(Options(scenario="demo")))) as url:
        yield url


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccess]:
    with emulated_aws(tmp_path_factory.mktemp("aws")) as access, pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": access.region,
            "AWS_ENDPOINT_URL": access.endpoint_url,
        }.items():
            environment.setenv(name, value)
        yield access


@pytest.fixture
def bed(kommo_url: str, altegio_url: str, aws: AwsAccess) -> Bed:
    return Bed.made(kommo_url, altegio_url, aws)
