from pathlib import Path

import pytest

from sandbox.stack import deployment, emulator
from sandbox.stack.processes import Children


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built functions and layers, made by `sam build` unless it is there already."""
    return deployment.build(Children(tmp_path_factory.mktemp("build"), emulator.ROOT)).parent
