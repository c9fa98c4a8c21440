"""Reads Kommo's form-encoded webhooks into hints (contract §9.2). Standard library only: intake imports this."""

import re
from urllib.parse import parse_qsl

from bookdeal.model.hint import Hint, HintKind, SeenDeal

MAX_BODY_BYTES = 256 * 1024
"""A larger body is not read; it rings the hint that says "something changed"."""

MAX_FIELDS = 20_000

# Only the plain fields of an item are looked at, by their whole path. Building the nested value would have to cope with
# a scalar and a map under one path, with empty keys and with lists without an index; the plain fields need none of it.
_GROUP = re.compile(r"\w+\[")
_ITEM_FIELD = re.compile(r"(leads|contacts)\[(\w+)\]\[(\w+)\]\[(\w+)\]")

# A note changes nothing of the deal, and names it only deeper down.
_SILENT_ACTIONS = frozenset({"note"})


def hints_from(body: bytes, *, installation: str, generation: int, seen_at: float, correlation_id: str) -> list[Hint]:
    """Return the hints of one webhook body: at most one of a kind, none if nothing of interest is named.

    A body that is too large, is no form or names a deal without a readable id gives a DEALS hint without deals: it is
    then not known which deals changed. Never raises. `generation` is the webhook key's; `seen_at` in unix seconds.
    """

    def hint(kind: HintKind, deals: tuple[SeenDeal, ...] = (), contacts: tuple[int, ...] = ()) -> Hint:
        return Hint(
            kind=kind,
            source="kommo",
            installation=installation,
            deals=deals,
            contacts=contacts,
            generation=generation,
            seen_at=seen_at,
            correlation_id=correlation_id,
        )

    items = _items(body)
    if items is None:
        return [hint(HintKind.DEALS)]

    changed: dict[int, SeenDeal] = {}
    unreadable = False
    gone: dict[int, SeenDeal] = {}
    back: dict[int, SeenDeal] = {}
    contacts_gone: dict[int, None] = {}
    for (group, action, _), fields in items.items():
        id = _number(fields.get("id", ""))
        if group == "contacts":
            if action == "delete" and id and fields.get("type", "contact") != "company":
                contacts_gone[id] = None
        elif action in _SILENT_ACTIONS:
            continue
        elif not id:
            unreadable = True
        else:
            seen = SeenDeal(id, _number(fields.get("pipeline_id", "")), _number(fields.get("status_id", "")))
            deals = gone if action == "delete" else back if action == "restore" else changed
            # Two places for one deal in one body: which is the later one cannot be told, so the place is unknown.
            deals[id] = seen if deals.get(id, seen) == seen else SeenDeal(id)

    hints = []
    if unreadable:
        hints.append(hint(HintKind.DEALS))
    elif changed:
        hints.append(hint(HintKind.DEALS, deals=tuple(changed.values())))
    if gone:
        hints.append(hint(HintKind.DEALS_GONE, deals=tuple(gone.values())))
    if back:
        hints.append(hint(HintKind.DEALS_BACK, deals=tuple(back.values())))
    if contacts_gone:
        hints.append(hint(HintKind.CONTACTS_GONE, contacts=tuple(contacts_gone)))
    return hints


type _Path = tuple[str, str, str]
"""Group, action and index of an item."""


def _items(body: bytes) -> dict[_Path, dict[str, str]] | None:
    """Return the plain fields of each deal and contact, None if the body is no webhook of Kommo's."""
    if len(body) > MAX_BODY_BYTES:
        return None
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return None
    items: dict[_Path, dict[str, str]] = {}
    is_webhook = False
    for path, value in pairs:
        is_webhook = is_webhook or _GROUP.match(path) is not None
        if found := _ITEM_FIELD.fullmatch(path):
            group, action, index, name = found.groups()
            items.setdefault((group, action, index), {})[name] = value
    return items if is_webhook else None


def _number(value: str) -> int:
    """Return an id; 0 for what is none, such as "", "null" or a text."""
    return int(value) if len(value) < 19 and value.isascii() and value.isdigit() else 0
