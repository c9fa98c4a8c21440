"""What several layers of tests share: the deployed stack, started once for all that need it, and who runs what.

`make test` runs the tests in several processes. A file's tests stay together, and so do all that use the stack.
"""

import sys
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from bookdeal.runtime import observe
from sandbox.stack.stack import Stack, running
from tests.stack.town import Town

# How long an example takes says more about the machine than about the code.
settings.register_profile(
    "bookdeal",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.load_profile("bookdeal")

STACK_SECONDS = 600
"""How long a test of the stack may take: it may be the one that builds and starts it, on a slow machine."""


ON_STACK = ("tests/browser/test_stack.py", "tests/integration/intake/test_connect_functions.py", "tests/stack/")
ON_WIDE_STACK = "tests/browser/widget/"
"""The widget's tests have a stack of their own, so that they run beside the others."""
IN_ORDER = (*ON_STACK, ON_WIDE_STACK, "tests/browser/", "tests/integration/mover/", "")
"""What takes longest begins first, so that no process is left alone with it."""
LAST_ON_STACK = "tests/stack/test_convergence.py"
"""People have moved its deals where no rule wants them: who looks at all deals comes before."""
IN_PARTS = ("tests/integration/mover/test_convergence.py",)
"""Files whose tests are long and share nothing."""


def place(nodeid: str) -> tuple[int, bool]:
    part = next(number for number, start in enumerate(IN_ORDER) if nodeid.startswith(start))
    return part, nodeid.startswith(LAST_ON_STACK)


class ByFile(LoadScopeScheduling):
    """Gives each process a file at a time, in the order of collection; all files of one stack are as one."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(IN_PARTS):
            return nodeid
        together = {ON_STACK: "stack", (ON_WIDE_STACK,): "widget", ("tests/browser/",): "browser"}
        file: str = nodeid.split("::", 1)[0]
        return next((name for starts, name in together.items() if file.startswith(starts)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    config.option.loadscopereorder = False
    return ByFile(config, log)  # type: ignore[arg-type]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid))
    for item in items:
        if isinstance(item, pytest.Function) and "stack" in item.fixturenames:
            known = (*ON_STACK, ON_WIDE_STACK)
            assert item.nodeid.startswith(known), f"{item.nodeid} uses the stack: name its file in ON_STACK"
            item.add_marker(pytest.mark.stack)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(STACK_SECONDS))


class PresentOutput:
    """Standard output as it is when something is written."""

    @staticmethod
    def write(text: str) -> None:
        sys.stdout.write(text)

    @staticmethod
    def flush() -> None:
        sys.stdout.flush()


@pytest.fixture(scope="session", autouse=True)
def _log_lines_go_to_present_output() -> Iterator[None]:
    """A logger outlives the test that makes it, and must not go on writing into what that test captured."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(observe, "Logger", partial(observe.Logger, stream=PresentOutput()))
        yield


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Return the real template, deployed to the emulated AWS, with both simulators and an installed account.

    The sweep runs only when a test starts it.
    """
    with running(widget=True) as stack:
        stack.drain()
        yield stack


@pytest.fixture
def town(stack: Stack) -> Town:
    """Return the stack with nothing wrong: no faults, hooks on, limits kept, everything worked off."""
    town = Town.of(stack)
    town.mend()
    town.come_to_rest()
    return town
