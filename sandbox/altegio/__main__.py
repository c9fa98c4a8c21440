"""`python -m sandbox.altegio`: the simulator as a program."""

import argparse
import sys
from pathlib import Path

from sandbox.simulator import ControlError, Options, main

from .app import Altegio

PORT, HOOK_DELAY = 8102, 5.0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recorded", type=Path, metavar="FOLDER", help="load recorded data in place of a scenario")


def _make(options: Options, given: argparse.Namespace) -> Altegio:
    return Altegio(options, recorded=given.recorded)


def run() -> int:
    """Serve until a signal comes; returns the exit code."""
    try:
        return main("Altegio", _make, port=PORT, hook_delay=HOOK_DELAY, add_arguments=_arguments)
    except ControlError as error:
        print(f"Altegio simulator: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(run())
