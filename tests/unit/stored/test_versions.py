"""While a stack is updated, and after it, this version meets what others have stored.

`version_<n>.json` holds items and hints as a version of the past stored them: whoever changes a stored form adds a
file, and changes none. Reading an item and storing it again must lose nothing that was in it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bookdeal.bookings import imports
from bookdeal.bookings.card import attempts
from bookdeal.bookings.commands.store import _command
from bookdeal.bookings.intents import Intents
from bookdeal.bookings.links import BookingLink
from bookdeal.bookings.mover.state import state_from, state_item
from bookdeal.bookings.parking import ParkedWork
from bookdeal.installs import uninstalling, users
from bookdeal.installs.installation import Installations, catalogue_from, catalogue_item, layout_from, layout_item
from bookdeal.installs.settings import settings_from, settings_item
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.store import Item

VERSIONS = sorted(Path(__file__).parent.glob("version_*.json"))


class OneItem:
    """A table that holds one item, and takes what is written over it."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.absent = ""

    def query(self, *_: Any, **__: Any) -> list[Item]:
        return [self.item]

    def put(self, item: Item, **_: Any) -> None:
        self.item = item


def intent(item: Item) -> Item:
    table: Any = OneItem(item)
    intents = Intents(table, "salon")
    (found,) = intents.open()
    return intents._item(found)


def history(item: Item) -> Item:
    return imports.Imports(None, "salon")._item(imports._import_from(item))  # type: ignore[arg-type]


def attempt(item: Item) -> Item:
    return attempts.Attempts(None, None, "salon")._item(attempts._attempt(item))  # type: ignore[arg-type]


def command(item: Item) -> Item:
    found = _command(item)
    return {
        "installation": "salon",
        "key": f"command#{found.id}",
        "kind": found.kind.value,
        "params": found.params,
        "by": found.by,
        "at": found.at,
        "progress": found.progress,
        "state": found.state.value,
        "result": found.result,
    }


def parked(item: Item) -> Item:
    table: Any = OneItem(item)
    (((location, booking), found),) = ParkedWork(table, "salon").all().items()
    return {
        "installation": "salon",
        "key": f"booking#{location}#{booking}",
        "reason": found.reason,
        "params": found.params,
        "content": found.version,
        "since": found.since,
        "last_at": item["last_at"],
    }


def profile(item: Item) -> Item:
    table: Any = OneItem(item)
    installations = Installations(table)
    found = installations.read("salon")
    assert found is not None
    written: list[Item] = []
    table.put = written.append
    installations.write(found)
    return next(one for one in written if one["part"] == "profile" and one["installation"] == "salon")


STORED_AGAIN: dict[str, Callable[[Item], Item]] = {
    "links": lambda item: BookingLink.from_item(item).to_item("salon"),
    "state": lambda item: state_item(state_from(item)),
    "settings": lambda item: settings_item(settings_from(item)),
    "layout": lambda item: layout_item(layout_from(item)),
    "catalogue": lambda item: catalogue_item(catalogue_from(item)),
    "profile": profile,
    "users": lambda item: users._item(users._users(item)),
    "history": history,
    "uninstall": lambda item: uninstalling._item(uninstalling.uninstalling_from({"installation": "salon", **item})),
    "intent": intent,
    "attempt": attempt,
    "command": command,
    "parked": parked,
    "hints": lambda item: json.loads(Hint.from_json(json.dumps(item)).to_json()),
}
EXAMPLES = [
    (kind, number, item, path.stem)
    for path in VERSIONS
    for kind, items in json.loads(path.read_text()).items()
    for number, item in enumerate(items)
]
each_example = pytest.mark.parametrize(
    ("kind", "item"),
    [pytest.param(kind, item, id=f"{version}-{kind}-{number}") for kind, number, item, version in EXAMPLES],
)


def is_kept(stored: Any, again: Any) -> bool:
    """Tell whether all that was stored is there again; this version may store more."""
    if isinstance(stored, dict):
        return isinstance(again, dict) and all(key in again and is_kept(stored[key], again[key]) for key in stored)
    return bool(stored == again)


@each_example
def test_what_was_stored_is_read_and_nothing_of_it_is_lost(kind: str, item: Item) -> None:
    assert is_kept(item, STORED_AGAIN[kind](item))


@each_example
def test_what_a_later_version_adds_is_no_obstacle(kind: str, item: Item) -> None:
    assert STORED_AGAIN[kind]({**item, "of_a_later_version": [1, {"x": None}]}) == STORED_AGAIN[kind](item)


LATER_PARTS = [("profile", "locations"), ("layout", "account"), ("layout", "plan"), ("settings", "task")]


@pytest.mark.parametrize(("kind", "part"), LATER_PARTS)
def test_what_a_later_version_adds_to_a_part_is_no_obstacle(kind: str, part: str) -> None:
    item = next(item for known, _, item, _ in EXAMPLES if known == kind)
    more = {"of_a_later_version": 1}
    inside = item[part]
    changed = [{**one, **more} for one in inside] if isinstance(inside, list) else {**inside, **more}
    assert STORED_AGAIN[kind]({**item, part: changed}) == STORED_AGAIN[kind](item)


def test_every_kind_of_hint_is_among_the_examples() -> None:
    kinds = {item["kind"] for known, _, item, _ in EXAMPLES if known == "hints"}
    assert kinds == {kind.value for kind in HintKind}
