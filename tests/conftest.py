"""What several layers of tests share: the deployed stack, started once for all that need it."""

from collections.abc import Iterator

import pytest

from sandbox.stack.stack import Stack, running


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Return the real template, deployed to the emulated AWS, with both simulators and an installed account.

    The sweep runs only when a test starts it.
    """
    with running() as stack:
        stack.drain()
        yield stack
