import pytest

from sandbox.stack.stack import Stack

from .town import Town


@pytest.fixture
def town(stack: Stack) -> Town:
    """Return the stack with nothing wrong: no faults, hooks on, real limits, everything worked off."""
    town = Town.of(stack)
    town.mend()
    town.come_to_rest()
    return town
