"""The stack's Kommo account as if it had never had Bookdeal: its consent gives it a new installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from bookdeal.installs.installation import PROFILE, Installation, Installations, account_key
from bookdeal.runtime.clock import SystemClock
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Store, Table
from sandbox.stack import emulator
from tests.stack.town import Town
from tests.stack.widget_api import ask


@contextmanager
def newcomer(town: Town) -> Iterator[str]:
    """Let an administrator install the widget in an account that Bookdeal does not know; gives the installation's id.

    At the end it is uninstalled, and the account belongs to its former installation again.
    """
    account = town.stack.description.kommo.account_id
    table = installations_of(town)
    former = table.get(account_key(account), PROFILE)
    assert former is not None
    table.delete(account_key(account), PROFILE)
    try:
        install(town)
        found = Installations(table).of_account(account)
        assert found is not None
        assert found != former["id"]
        yield found
    finally:
        leave(town, table, account)
        table.put(former)
        # The new consent may have ended the tokens of the former one.
        install(town)
        # The first to ask after a process has ended may hear of it.
        town.wait_until(lambda: ask(town, "GET", "/connection").status_code == 200, 60)


def install(town: Town) -> None:
    """Let an administrator press Install in Kommo."""
    # A person's way in, by the same function: what Kommo calls may find it asleep, and waits three seconds only.
    start = f"{town.stack.description.api}/oauth/kommo/start/{town.kommo.client_id}"
    assert requests.get(start, allow_redirects=False, timeout=30).status_code == 302
    assert town.tell("kommo", "install-widget", {})["status"] == 200
    town.come_to_rest()


def installation_of(town: Town, id: str) -> Installation:
    """Return an installation as it is stored."""
    found = Installations(installations_of(town)).read(id)
    assert found is not None
    return found


def installations_of(town: Town) -> Table:
    """Return the table of installations."""
    return _table(town, "InstallationsTable", "part")


def leave(town: Town, table: Table, account: int) -> None:
    """Uninstall what the account has now, so that nothing rings for it, and forget it."""
    id = Installations(table).of_account(account)
    if id is None:
        return
    asked: dict[str, Any] = {"command": "uninstall", "installation": id}
    town.stack.invoke("operator", asked)
    town.come_to_rest()
    for output, range_key in (
        ("InstallationsTable", "part"),
        ("CredentialsTable", "provider"),
        ("LinksTable", "key"),
        ("ParkedTable", "key"),
        ("DecisionsTable", "key"),
    ):
        forgotten = _table(town, output, range_key)
        for item in list(forgotten.query(id)):
            forgotten.delete(id, str(item[range_key]))
    # Its process would remember tokens of an account of this id.
    deployment = town.stack.deployment
    emulator.kill_function(deployment.aws, deployment.function_name("settings"))


def _table(town: Town, output: str, range_key: str) -> Table:
    deployment = town.stack.deployment
    store = Store(deployment.client("dynamodb"), SystemClock(), Counters())
    return store.table(deployment.outputs[output], "installation", range_key)
