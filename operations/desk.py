"""`make desk`: the operator's desk on the command line. `make desk` alone lists what can be asked.

Without --stack it asks the stack that runs on this machine. With --json it prints the answer for programs, one JSON
document on standard output; whatever goes wrong is told on standard error, with exit code 1.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from operations import tables
from operations.connection import Connection, NotReached, Refused, connect

type Given = argparse.Namespace
type Shown = tuple[Any, str]
"""What is printed: for programs, for people."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        desk = connect(stack=given.stack, profile=given.profile, region=given.region)
        for_programs, for_people = given.run(desk, given)
    except (NotReached, Refused, BotoCoreError, ClientError) as error:
        print(f"desk: {error}", file=sys.stderr)
        return 1
    print(json.dumps(for_programs, indent=2, ensure_ascii=False) if given.json else for_people)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make desk", description="The operator's desk.")
    parser.add_argument("--stack", default="", help="name of the deployed stack; without it the one on this machine")
    parser.add_argument("--profile", default="", help="AWS profile")
    parser.add_argument("--region", default="", help="AWS region")
    parser.add_argument("--json", action="store_true", help="answer for programs")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, help: str, run: Callable[[Connection, Given], Shown]) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help, description=help)
        command.set_defaults(run=run)
        return command

    def add_one(name: str, help: str, run: Callable[[Connection, Given], Shown]) -> argparse.ArgumentParser:
        command = add(name, help, run)
        command.add_argument("installation")
        return command

    listed = add("list", "all installations, with state and lag", _list)
    listed.add_argument("--state", default="", choices=("active", "paused", "leaving", "uninstalled"))
    add_one("show", "one installation, location by location", _show)
    add_one("parked", "what waits for a person", _parked)
    add_one("pause", "write nothing for an installation until it is resumed", _pause)
    add_one("resume", "end a pause and read everything again", _resume)
    uninstall = add_one("uninstall", "take hooks down, destroy tokens, forget the data after 30 days", _uninstall)
    uninstall.add_argument("--yes", action="store_true", help="do not ask whether it is meant")
    return parser


def _list(desk: Connection, given: Given) -> Shown:
    found = [one for one in _pages(desk, "list", "installations") if given.state in ("", one["state"])]
    return found, tables.installations(found, time.time())


def _show(desk: Connection, given: Given) -> Shown:
    return _shown(desk.ask("show", installation=given.installation))


def _parked(desk: Connection, given: Given) -> Shown:
    found = _pages(desk, "parked", "parked", installation=given.installation)
    return found, tables.parked(found, time.time())


def _pause(desk: Connection, given: Given) -> Shown:
    return _shown(desk.ask("pause", installation=given.installation))


def _resume(desk: Connection, given: Given) -> Shown:
    return _shown(desk.ask("resume", installation=given.installation))


def _uninstall(desk: Connection, given: Given) -> Shown:
    one = desk.ask("show", installation=given.installation)
    if not given.yes:
        _confirm(f"Uninstall {one['kommo_host']} ({given.installation})?")
    answer = desk.ask("uninstall", installation=given.installation)
    return answer, tables.uninstalled(answer)


def _shown(one: dict[str, Any]) -> Shown:
    return one, tables.installation(one, time.time())


def _pages(desk: Connection, command: str, name: str, **params: Any) -> list[dict[str, Any]]:
    """Return all that a paged command has to say."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = desk.ask(command, after=after, **params)
        found += answer[name]
        after = answer["next"]
        if not after:
            return found


def _confirm(question: str) -> None:
    """Ask whether it is meant. Raises Refused unless the answer is yes; nobody at the keyboard is a no."""
    print(f"{question} [yes/no] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Refused({"code": "not_confirmed", "reason": "", "params": {}})


if __name__ == "__main__":
    sys.exit(main())
