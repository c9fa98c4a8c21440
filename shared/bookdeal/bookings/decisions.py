"""Decisions: what was done to a deal, by which rule, what was skipped and why, and how it can be undone.

What a person asks for makes a batch: the decisions of one command, which are listed and undone together.
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookdeal.bookings.undo import Entity, Kept, Undo, contacts_named
from bookdeal.model.command import Command
from bookdeal.model.deal import Place
from bookdeal.runtime.store import Item, Table, Write

KEPT_SECONDS = 90 * 24 * 3600

_BATCH, _DONE = "batch#", "done#"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one deal. Codes and ids only: the reader's screen has the words.

    `event` is what set it off, `rule` which rule spoke, `fields` the codes of the fields written, `skipped` why a stage
    that the rules wanted, or what a person asked for, was not written. `at` in unix seconds. `why` tells which rules
    were tried and what each of their conditions met (`rules.Explanation.to_json`), None where no conditions were asked.
    `deal` 0, `location` 0 and `booking` 0: it is about none. `other_deal` is the one that a booking came from or went
    to. `batch` is the id of the command by which a person asked for it, "" where nobody did. `undo` is what was
    written, None where nothing was that can be undone. `undoes` are the keys of the decisions that this one undoes.
    """

    deal: int
    location: int
    booking: int
    event: str
    rule: str
    before: Place | None
    after: Place | None
    fields: tuple[str, ...]
    skipped: str | None
    at: float
    correlation_id: str
    why: Mapping[str, object] | None = None
    batch: str = ""
    undo: Undo | None = None
    undoes: tuple[str, ...] = ()
    other_deal: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """What one command wrote. `kind` is the command's, `by` the Kommo user who asked, `at` when (unix seconds).

    `count` is the number of its decisions; `undone` the command that undid it last, "" none.
    """

    id: str
    kind: str
    by: int | None
    at: float
    count: int
    undone: str = ""


class Decisions:
    """One installation's decisions, kept 90 days, newest last within a deal."""

    def __init__(self, table: Table, installation: str) -> None:
        """Bind the table to one installation."""
        self._table = table
        self._installation = installation

    def record(self, decision: Decision) -> list[Write]:
        """Return the writes of one decision: its own, and that by which its batch finds it."""
        key = f"{_about(decision)}{int(decision.at * 1000):013d}{secrets.token_hex(3)}"
        item: Item = {
            "installation": self._installation,
            "key": key,
            "location": decision.location,
            "booking": decision.booking,
            "event": decision.event,
            "rule": decision.rule,
            "before": _place(decision.before),
            "after": _place(decision.after),
            "fields": list(decision.fields),
            "skipped": decision.skipped,
            "at": int(decision.at),
            "correlation_id": decision.correlation_id,
            "expires_at": int(decision.at) + KEPT_SECONDS,
        }
        if decision.why is not None:
            item["why"] = dict(decision.why)
        if decision.other_deal:
            item["other_deal"] = decision.other_deal
        if decision.undo is not None:
            item["undo"] = _undo_item(decision.undo)
        if decision.undoes:
            item["undoes"] = list(decision.undoes)
        if not decision.batch:
            return [self._table.putting(item)]
        item |= {"batch": decision.batch, "listed": _listed(decision)}
        listing = {
            "installation": self._installation,
            "key": item["listed"],
            "decision": key,
            "expires_at": item["expires_at"],
        }
        return [self._table.putting(item), self._table.putting(listing)]

    def fresh(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Return those decisions that their batch does not have yet: the others were recorded before a kill."""
        listed = [(self._installation, _listed(decision)) for decision in decisions]
        known = self._table.batch_get(listed, consistent=True) if listed else {}
        return [one for one, key in zip(decisions, listed, strict=True) if key not in known]

    def all(self, after: str = "") -> Iterator[Item]:
        """Yield all decisions as stored whose keys follow `after`, deal by deal, oldest first within a deal."""
        return self._table.query(self._installation, "deal#", after=after)

    def of_deal(self, deal: int) -> list[Item]:
        """Return a deal's decisions as stored, oldest first."""
        return list(self._table.query(self._installation, f"deal#{deal}#"))

    def newest_of_deal(self, deal: int, *, after: str = "", page: int = 0) -> Iterator[Item]:
        """Yield a deal's decisions as stored, newest first, those behind the key `after`; `page` as in `query`."""
        return self._table.query(self._installation, f"deal#{deal}#", after=after, newest_first=True, page=page)

    def read(self, keys: Iterable[str]) -> dict[str, Item]:
        """Return decisions as stored by their keys, without those that are there no more."""
        wanted = [(self._installation, key) for key in keys]
        found = self._table.batch_get(wanted, consistent=True) if wanted else {}
        return {key: item for (_, key), item in found.items()}

    def forget(self, deal: int, booking: tuple[int, int]) -> None:
        """Remove what was decided about a deal for one of its bookings (location, booking id)."""
        self._remove(item for item in self.of_deal(deal) if (item["location"], item["booking"]) == booking)

    def everything(self, after: str = "") -> Iterator[Item]:
        """Yield all decisions as stored, those about contacts too, whose keys follow `after`."""
        for kind in (Entity.CONTACT, Entity.DEAL):
            prefix = f"{kind}#"
            if not after or after.startswith(prefix):
                yield from self._table.query(self._installation, prefix, after=after)
                after = ""

    def remove(self, item: Item) -> None:
        """Remove a decision that was read."""
        self._remove([item])

    def _remove(self, items: Iterable[Item]) -> None:
        self._table.store.transact(
            [
                [
                    self._table.deleting(self._installation, str(key))
                    for key in (item["key"], item.get("listed"))
                    if key is not None
                ]
                for item in items
            ]
        )

    # -- batches ---------------------------------------------------------------------------------------------------

    def keep_batch(self, command: Command) -> None:
        """List what a command has written so far as a batch, unless that is nothing."""
        count = self._table.count(self._installation, f"{_DONE}{command.id}#")
        if count:
            self._table.update(
                self._installation,
                _BATCH + command.id,
                change="SET #kind = :kind, #by = :by, #at = :at, #count = :count, #expires_at = :expires_at",
                values={
                    "kind": command.kind.value,
                    "by": command.by,
                    "at": command.at,
                    "count": count,
                    "expires_at": int(command.at) + KEPT_SECONDS,
                },
            )

    def batches(self, *, after: str = "", page: int = 0) -> Iterator[Batch]:
        """Yield the batches, newest first, those behind the id `after`; `page` as in `Table.query`."""
        start = _BATCH + after if after else ""
        for item in self._table.query(self._installation, _BATCH, after=start, newest_first=True, page=page):
            yield _batch(item)

    def batch(self, id: str) -> Batch | None:
        """Return one batch, None when there is none of that id."""
        item = self._table.get(self._installation, _BATCH + id, consistent=True)
        return _batch(item) if item else None

    def listed(self, batch: str, *, after: str = "", page: int = 0) -> Iterator[tuple[str, str]]:
        """Yield the decisions of a batch behind the place `after`: each one's place in it, and its key.

        They come entity by entity: deals, then contacts, then bookings.
        """
        prefix = f"{_DONE}{batch}#"
        start = prefix + after if after else ""
        for item in self._table.query(
            self._installation, prefix, after=start, newest_first=True, consistent=True, page=page
        ):
            yield str(item["key"]).removeprefix(prefix), str(item["decision"])

    def undone(self, decision: str, by: str) -> Write:
        """Return the write that says by which command a decision was undone, "" when it was done again."""
        return self._undone(decision, by)

    def undone_batch(self, id: str, by: str) -> Write:
        """Return the write that says by which command a batch was undone."""
        return self._undone(_BATCH + id, by)

    def _undone(self, key: str, by: str) -> Write:
        there = "attribute_exists(#key)"
        return self._table.updating(self._installation, key, change="SET #undone = :by", when=there, values={"by": by})


def undo_of(item: Item) -> Undo | None:
    """Return what a stored decision wrote, None where that cannot be undone."""
    stored = item.get("undo")
    if stored is None:
        return None
    before: Mapping[str, Kept] = stored["before"]
    after: Mapping[str, Kept] = stored["after"]
    return Undo(Entity(stored["entity"]), stored["id"], before, after)


def names_contact(item: Item, contacts: Collection[int]) -> bool:
    """Tell whether a stored decision is about one of these contacts, or has linked or unlinked one."""
    undo = undo_of(item)
    if undo is None:
        return False
    if undo.entity is Entity.CONTACT and undo.id in contacts:
        return True
    return not contacts_named(undo).isdisjoint(contacts)


def deal_of(item: Item) -> int:
    """Return the deal that a stored decision is about, 0 for none."""
    kind, id, _ = str(item["key"]).split("#")
    return int(id) if kind == Entity.DEAL else 0


def _about(decision: Decision) -> str:
    if decision.deal or decision.undo is None:
        return f"{Entity.DEAL}#{decision.deal}#"
    return f"{decision.undo.entity}#{decision.undo.id}#"


def _listed(decision: Decision) -> str:
    """Return the key by which a batch finds a decision: the same for the same decision, whenever it is taken."""
    undo = decision.undo
    about = f"{undo.entity}#{undo.id}" if undo else f"{Entity.DEAL}#{decision.deal}"
    content: list[Any] = [
        decision.deal,
        decision.location,
        decision.booking,
        decision.event,
        decision.rule,
        decision.skipped,
        list(decision.undoes),
        list(decision.fields),
        _undo_item(undo) if undo else None,
    ]
    told = json.dumps(content, sort_keys=True).encode()
    return f"{_DONE}{decision.batch}#{about}#{hashlib.blake2b(told, digest_size=6).hexdigest()}"


def _undo_item(undo: Undo) -> Item:
    return {
        "entity": undo.entity.value,
        "id": undo.id,
        "before": dict(undo.before),
        "after": dict(undo.after),
    }


def _batch(item: Item) -> Batch:
    id = str(item["key"]).removeprefix(_BATCH)
    return Batch(id, item["kind"], item["by"], item["at"], item["count"], item.get("undone", ""))


def _place(place: Place | None) -> list[int] | None:
    return [place.pipeline, place.stage] if place else None
