"""The emulated AWS alone, for tests that need real tables, queues and keys but not the deployed functions."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.stack import emulator
from sandbox.stack.description import AwsAccess
from sandbox.stack.emulator import ROOT
from sandbox.stack.processes import Children
from sandbox.stack.stack import Ports


@contextmanager
def emulated_aws(folder: Path) -> Iterator[AwsAccess]:
    """Start MiniStack on a free port with its files in `folder`; end it afterwards."""
    port = Ports.free().aws
    children = Children(folder, ROOT)
    try:
        child = emulator.start(children, port, check_permissions=False)
        access = AwsAccess(f"http://127.0.0.1:{port}", emulator.REGION)
        emulator.wait_until_ready(child, access)
        yield access
    finally:
        children.stop_all()
