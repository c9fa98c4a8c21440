"""What one installation's burst costs the others, in simulated time: the tests live it, and tell what they measured."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from sandbox.stack.emulator import ROOT

from .salon import Wrong

TEST = "tests/integration/mover/test_fairness.py::test_a_burst_of_one_makes_the_others_wait_at_most_twice_as_long"
MOST = 2.0
"""The others' median may be so many times what it is without the burst."""


@dataclass(frozen=True, slots=True)
class Fairness:
    """How long the bells of `others` installations wait, median in seconds: `alone`, and `beside` a burst."""

    others: int
    burst: int
    alone: float
    beside: float


def measure(others: int, burst: int) -> Fairness:
    """Let one of so many installations have a burst of so many changes. Raises Wrong.

    The sizes are those of the test or of its long form.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", "", f"{TEST}[{others}-{burst}]", f"--junitxml={told}"],
            check=False,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if ended.returncode:
            raise Wrong(f"one installation's burst makes the others wait:\n{ended.stdout[-2000:]}")
        properties = {one.get("name"): float(one.get("value", "")) for one in ElementTree.parse(told).iter("property")}
    return Fairness(others, burst, properties["alone"], properties["beside"])
