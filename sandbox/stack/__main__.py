"""`python -m sandbox.stack`: the local stack in a terminal until Ctrl-C, and what can be sent to it meanwhile."""

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import requests

from . import container, every_event, replay
from .description import StackDescription
from .emulator import ROOT, NotStarted
from .stack import AlreadyRunning, Ports, Stack, running

DAY_SPEED = 100  # a day of ten hours in six minutes
DESCRIPTION = ROOT / ".local" / "stack.json"
FOLDER = ROOT / ".local" / "stack"
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run the command line; returns the exit code."""
    defaults = Ports()
    parser = argparse.ArgumentParser(prog="python -m sandbox.stack", description="The local stack.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start the stack and stay until Ctrl-C")
    for part in ("aws", "board", "kommo", "altegio"):
        up.add_argument(f"--{part}-port", type=int, default=getattr(defaults, part), help="%(default)s")
    up.add_argument(
        "--recorded",
        type=lambda name: Path(name).resolve(),
        help="folder of recorded Altegio data to load instead of the demo",
    )
    replayed = commands.add_parser("replay", help="post recorded webhooks to the running stack")
    replayed.add_argument("file", type=Path)
    invoked = commands.add_parser("invoke", help="run a function in its container, against the running stack")
    invoked.add_argument("function")
    invoked.add_argument("case")
    everything = commands.add_parser("invoke-all", help="run functions with all their events, on a stack of their own")
    everything.add_argument("function", nargs="?", default="")
    given = parser.parse_args()
    if given.command == "up":
        return _up(given.recorded, Ports(given.aws_port, given.board_port, given.kommo_port, given.altegio_port))
    if given.command == "invoke-all":
        return _invoke_all(given.function)
    try:
        running_stack = StackDescription.load(DESCRIPTION)
    except OSError:
        return _fail("no stack is running; start one with `make run`")
    if given.command == "replay":
        return _replay(given.file, running_stack)
    return _invoke(given.function, given.case, running_stack)


def _replay(file: Path, stack: StackDescription) -> int:
    try:
        for posted, status in replay.replay(file, stack):
            print(f"{posted}: {status}")
    except (replay.NotReplayable, OSError) as error:  # requests' errors are OSErrors
        return _fail(str(error))
    return 0


def _invoke(function: str, case: str, stack: StackDescription) -> int:
    try:
        with container.containers(stack) as containers:
            invoked = containers.invoke(function, case)
    except NotStarted as error:
        return _fail(str(error))
    print(invoked.log, file=sys.stderr)
    print(invoked.answer)
    return 1 if invoked.crashed else 0


def _invoke_all(function: str) -> int:
    try:
        with running(progress=_step) as stack:
            return 1 if every_event.report(stack.description, function) else 0
    except NotStarted as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 1


def _up(recorded: Path | None, ports: Ports) -> int:
    for number in STOPPING:
        signal.signal(number, _stop)
    if recorded and not recorded.is_dir():
        return _fail(f"{recorded} is no folder")
    try:
        with running(
            ports=ports,
            folder=FOLDER,
            description=DESCRIPTION,
            recorded=recorded,
            board=True,
            widget=True,
            scheduled_sweep=True,
            progress=_step,
        ) as stack:
            print(f"\n{stack.description.to_json()}\n\nThe board: {stack.description.board}   Ctrl-C stops everything.")
            if not recorded:
                _play_day(stack)
            return _wait(stack)
    except AlreadyRunning:
        return _already_running()
    except NotStarted as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        _say("Stopped.")
        return 0


def _play_day(stack: Stack) -> None:
    """Let the salon's day begin; it goes on by itself in the simulator."""
    requests.post(
        f"{stack.description.altegio.control_url}/play", json={"speed": DAY_SPEED}, timeout=10
    ).raise_for_status()


def _wait(stack: Stack) -> int:
    """Stay until a part of the stack ends by itself."""
    while True:
        time.sleep(0.5)
        for child in stack.children.running:
            if not child.running:
                return _fail(f"{child.name} ended by itself; {child.log} ends with:\n{child.last_words()}")


def _already_running() -> int:
    try:
        found = StackDescription.load(DESCRIPTION)
    except OSError:
        _say("The stack is being started by another `make run`.")
    else:
        _say(f"The stack runs already: {found.board} (more in {DESCRIPTION}). Ctrl-C where it runs stops it.")
    return 0


@contextlib.contextmanager
def _step(text: str) -> Iterator[None]:
    print(f"  {text} …", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        _say("")
        raise
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def _stop(number: int, frame: object) -> None:  # noqa: ARG001 - a signal handler's parameters
    """Begin the end, which nothing interrupts."""
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)
    _say("\nStopping …")
    raise KeyboardInterrupt


def _fail(text: str) -> int:
    _say(f"make: {text}", stream=sys.stderr)
    return 1


def _say(text: str, *, stream: TextIO = sys.stdout) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone
        print(text, file=stream, flush=True)


if __name__ == "__main__":
    sys.exit(main())
