from collections.abc import Callable, Iterator

import pytest

from bookdeal.runtime import aws as product_aws
from bookdeal.runtime import parameters
from sandbox.altegio import Altegio
from sandbox.kommo import KommoSimulator
from sandbox.simulator import Options, create_app, run_in_thread
from sandbox.stack.description import AwsAccess
from tests.emulated_aws import emulated_aws

from .bed import Bed
from .wire import Wire, tapped

MakeBed = Callable[..., Bed]


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
    with emulated_aws(tmp_path_factory.mktemp("aws")) as access:
        yield access


@pytest.fixture(scope="module")
def wire(aws: AwsAccess) -> Iterator[Wire]:
    """The product's AWS clients, made for this module alone: other tests of the process have their own."""
    clients = (product_aws.dynamodb, product_aws.sqs, product_aws.kms, product_aws.ssm, parameters._provider)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": aws.region,
            "AWS_ENDPOINT_URL": aws.endpoint_url,
        }.items():
            environment.setenv(name, value)
        for client in clients:
            client.cache_clear()
        with tapped() as tap:
            yield tap
        for client in clients:
            client.cache_clear()


@pytest.fixture(scope="module")
def make_bed(kommo_url: str, altegio_url: str, aws: AwsAccess, wire: Wire) -> MakeBed:
    """Makes a bed; making another ends the use of the one before."""

    def make(**options: object) -> Bed:
        return Bed.made(kommo_url, altegio_url, aws, wire, **options)  # type: ignore[arg-type]

    return make


class Beds:
    """One bed after the other for many small scenes: a bed that holds much is slow to judge."""

    def __init__(self, make_bed: MakeBed, uses: int = 15) -> None:
        self._make_bed = make_bed
        self._uses = uses
        self._left = 0
        self._bed: Bed | None = None

    def take(self) -> Bed:
        """Return a bed that others may have used before, in which all is right."""
        if self._bed is None or self._left == 0:
            self._bed, self._left = self._make_bed(), self._uses
        self._left -= 1
        return self._bed

    def spoil(self) -> None:
        """Never use the present bed again."""
        self._bed = None


@pytest.fixture(scope="module")
def beds(make_bed: MakeBed) -> Beds:
    return Beds(make_bed)


@pytest.fixture
def bed(make_bed: MakeBed) -> Bed:
    """A bed of the test's own, with the empty salon."""
    return make_bed()
