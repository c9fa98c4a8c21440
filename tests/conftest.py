"""What several layers of tests share: the deployed stack, started once for all that need it."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from sandbox.stack.stack import Stack, running

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "stack" in item.fixturenames:
            item.add_marker(pytest.mark.stack)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(STACK_SECONDS))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Return the real template, deployed to the emulated AWS, with both simulators and an installed account.

    The sweep runs only when a test starts it.
    """
    with running() as stack:
        stack.drain()
        yield stack
