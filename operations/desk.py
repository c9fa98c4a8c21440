"""`make desk`: the operator's desk on the command line. `make desk` alone lists what can be asked.

Without --stack it asks the stack that runs on this machine. With --json it prints the answer for programs, one JSON
document on standard output; whatever goes wrong is told on standard error, with exit code 1.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from getpass import getpass
from pathlib import Path
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
    waiting = add_one("parked", "what waits for a person", _parked)
    waiting.add_argument("--reason", help="only for this reason")
    waiting.add_argument("--location", type=int, help="only at this location")
    waiting.add_argument("--dropped", action="store_true", help="what was dropped instead")
    for name, help, run in (
        ("send", "send parked work again", _send),
        ("drop", "let nothing be done about parked work until its bookings change", _drop),
    ):
        parked = add_one(name, help, run)
        what = parked.add_mutually_exclusive_group(required=True)
        what.add_argument("--booking", help="location:booking, as Altegio numbers them")
        what.add_argument("--reason", help="all that wait for this reason")
        parked.add_argument("--location", type=int, help="with --reason: only at this location")
    add_one("compare", "compare all bookings with their deals now", _compare)
    add_one("differences", "what the last comparison has proved, and what differs", _differences)
    add_one("pause", "write nothing for an installation until it is resumed", _pause)
    add_one("resume", "end a pause and read everything again", _resume)
    add("integrations", "the stack's integrations, without their secrets", _integrations)
    register = add("register", "register an integration, or give it a new secret (asked for, or from stdin)", _register)
    register.add_argument("client_id")
    register.add_argument("redirect_uri")
    register.add_argument("--public", action="store_true", help="any account may install it")
    add("remove", "forget an integration", _remove).add_argument("client_id")
    add("invite", "the link with which a Kommo administrator connects his account", _invite).add_argument("client_id")
    connecting = add(
        "connect",
        "connect an account by a long-lived token of a private integration (asked for, or from stdin)",
        _connect,
    )
    connecting.add_argument("client_id")
    connecting.add_argument("host", help="salon.kommo.com")
    add_one("settings-export", "print the settings as a file", _export_settings)
    importing = add_one("settings-import", "take settings from a file of any account", _import_settings)
    importing.add_argument("file", type=Path)
    importing.add_argument("--dry-run", action="store_true", help="only say what would not fit")
    for name, help, run in (
        ("person-export", "print all that is kept of one person", _export_person),
        ("person-erase", "remove all that is kept of one person", _erase_person),
    ):
        who = add_one(name, help, run).add_mutually_exclusive_group(required=True)
        who.add_argument("--phone")
        who.add_argument("--email")
        who.add_argument("--client", help="location:client, as Altegio numbers them")
        who.add_argument("--contact", type=int, help="as Kommo numbers it")
    rebuild = add("rebuild-links", "find out from the deals which booking is whose", _rebuild_links)
    which = rebuild.add_mutually_exclusive_group(required=True)
    which.add_argument("installation", nargs="?", default="")
    which.add_argument("--all", action="store_true", help="of every installation that is in use")
    add_one("command", "what became of an erasure or a rebuilding", _command).add_argument("id")
    uninstall = add_one("uninstall", "take hooks down, destroy tokens, forget the data after 30 days", _uninstall)
    uninstall.add_argument("--yes", action="store_true", help="do not ask whether it is meant")
    return parser


def _list(desk: Connection, given: Given) -> Shown:
    found = [one for one in _pages(desk, "list", "installations") if given.state in ("", one["state"])]
    return found, tables.installations(found, time.time())


def _show(desk: Connection, given: Given) -> Shown:
    return _shown(desk.ask("show", installation=given.installation))


def _parked(desk: Connection, given: Given) -> Shown:
    wanted = {name: value for name in ("reason", "location", "dropped") if (value := getattr(given, name))}
    found = _pages(desk, "parked", "parked", installation=given.installation, **wanted)
    return found, tables.parked(found, time.time())


def _send(desk: Connection, given: Given) -> Shown:
    answer = desk.ask("send", installation=given.installation, **_which_parked(given))
    return answer, tables.command(answer)


def _drop(desk: Connection, given: Given) -> Shown:
    answer = desk.ask("drop", installation=given.installation, **_which_parked(given))
    return answer, tables.command(answer)


def _which_parked(given: Given) -> dict[str, Any]:
    if given.booking:
        return {"booking": _two_numbers(given.booking, "--booking takes location:booking, two numbers")}
    return {"reason": given.reason} | ({"location": given.location} if given.location else {})


def _compare(desk: Connection, given: Given) -> Shown:
    answer = desk.ask("compare", installation=given.installation)
    return answer, tables.command(answer)


def _differences(desk: Connection, given: Given) -> Shown:
    found = _pages(desk, "differences", "differences", installation=given.installation)
    proof = desk.ask("differences", installation=given.installation, limit=1)["proof"]
    return {"proof": proof, "differences": found}, tables.differences(proof, found, time.time())


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


def _integrations(desk: Connection, given: Given) -> Shown:  # noqa: ARG001 - every command is given both
    found = desk.ask("integrations")["integrations"]
    return found, tables.integrations(found)


def _register(desk: Connection, given: Given) -> Shown:
    secret = _secret("Secret: ")
    answer = desk.ask(
        "register", client_id=given.client_id, secret=secret, redirect_uri=given.redirect_uri, is_public=given.public
    )
    return answer, tables.integrations([answer])


def _remove(desk: Connection, given: Given) -> Shown:
    answer = desk.ask("remove", client_id=given.client_id)
    return answer, f"{given.client_id} is forgotten."


def _invite(desk: Connection, given: Given) -> Shown:
    answer = desk.ask("invite", client_id=given.client_id)
    return answer, answer["link"]


def _connect(desk: Connection, given: Given) -> Shown:
    return _shown(desk.ask("connect", client_id=given.client_id, host=given.host, token=_secret("Token: ")))


def _export_settings(desk: Connection, given: Given) -> Shown:
    return _as_file(desk.ask("export_settings", installation=given.installation))


def _import_settings(desk: Connection, given: Given) -> Shown:
    try:
        file = json.loads(given.file.read_text())
    except (OSError, ValueError):
        raise NotReached(f"{given.file} is no settings file") from None
    answer = desk.ask("import_settings", installation=given.installation, file=file, save=not given.dry_run)
    return answer, tables.imported(answer)


def _export_person(desk: Connection, given: Given) -> Shown:
    found: dict[str, Any] = {"links": [], "parked": [], "decisions": []}
    after = ""
    while True:
        answer = desk.ask("export_person", installation=given.installation, after=after, **_who(given))
        for part in ("links", "parked", "decisions"):
            found[part] += answer[part]
        after = answer["next"]
        if not after:
            return _as_file({"installation": given.installation, "person": answer["person"], **found})


def _erase_person(desk: Connection, given: Given) -> Shown:
    answer = desk.ask("erase_person", installation=given.installation, **_who(given))
    return answer, tables.command(answer)


def _rebuild_links(desk: Connection, given: Given) -> Shown:
    listed = _pages(desk, "list", "installations") if given.all else []
    ids = [one["installation"] for one in listed if one["state"] in ("active", "paused")] or [given.installation]
    asked = {id: desk.ask("rebuild_links", installation=id) for id in ids if id}
    return asked, "\n".join(f"{id}: {tables.command(answer)}" for id, answer in asked.items())


def _command(desk: Connection, given: Given) -> Shown:
    answer = desk.ask("command", installation=given.installation, id=given.id)
    return answer, tables.command(answer)


def _who(given: Given) -> dict[str, Any]:
    if given.client:
        return {"client": _two_numbers(given.client, "--client takes location:client, two numbers")}
    return {name: value for name in ("phone", "email", "contact") if (value := getattr(given, name))}


def _two_numbers(text: str, otherwise: str) -> list[int]:
    first, _, second = text.partition(":")
    if not (first.isdigit() and second.isdigit()):
        raise NotReached(otherwise)
    return [int(first), int(second)]


def _secret(question: str) -> str:
    """Ask for what must not be seen, nor stand among the arguments that other users of the machine see."""
    return getpass(question) if sys.stdin.isatty() else sys.stdin.readline().strip()


def _as_file(content: dict[str, Any]) -> Shown:
    return content, json.dumps(content, indent=2, ensure_ascii=False)


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
