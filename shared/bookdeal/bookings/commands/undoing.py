"""Undoing one decision, or all that a command wrote: what still stands as it was written is put back exactly.

Each deal and contact is looked at now. Where somebody has changed one of the properties since, all of it is left as it
is, and named; the others go on. An undo is a batch of decisions itself, so that it can be undone too: then everything
is as it was before the undo.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from bookdeal.bookings.commands.moving import move_back
from bookdeal.bookings.deals.recording import (
    REFUSED,
    Written,
    change_contacts,
    change_deals,
    record,
    remember_places,
)
from bookdeal.bookings.deals.run import READ_AT_ONCE, Run
from bookdeal.bookings.decisions import Decision, deal_of, undo_of
from bookdeal.bookings.undo import (
    ON_DEAL,
    Entity,
    Kept,
    Undo,
    fields_now,
    merged,
    place_of,
    properties_of,
)
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.model.deal import Place
from bookdeal.runtime.errors import Conflict, NotFound, Transient
from bookdeal.runtime.store import Item

EVENT = "undo"
"""The event of decisions that undo others."""

CHANGED, GONE, NOT_KEPT, NOT_UNDOABLE = "changed_since", "gone", "not_kept", "not_undoable"
"""Why something is not put back: somebody has changed it since, it is gone, it was a text that is not kept, or it is
of a kind that cannot be undone, such as a deal that was made."""

MOST_NAMED = 500
"""So many of what is not put back are named in the result; all of them stand among the decisions of the undo."""


@dataclass(slots=True)
class _Tally:
    """What came of an undo so far. `after` is the place in the batch that it came to; `named` as in the result."""

    after: str = ""
    undone: int = 0
    refused: int = 0
    named: list[dict[str, Any]] = field(default_factory=list)

    @staticmethod
    def of(progress: Mapping[str, Any] | None) -> "_Tally":
        """Read a command's progress."""
        if progress is None:
            return _Tally()
        return _Tally(progress["after"], progress["undone"], progress["refused"], list(progress["named"]))

    def result(self) -> dict[str, Any]:
        """Return what came of it, without where it came to."""
        return {"undone": self.undone, "refused": self.refused, "named": self.named}

    def refuse(self, entity: Entity, id: int, code: str, properties: Sequence[str] = ()) -> None:
        """Count something that is left as it is, and name it."""
        self.refused += 1
        self.name(entity, id, code, properties)

    def name(self, entity: Entity, id: int, code: str, properties: Sequence[str] = ()) -> None:
        """Name something that is not put back, and why."""
        if len(self.named) < MOST_NAMED:
            named: dict[str, Any] = {"entity": entity.value, "id": id, "code": code}
            self.named.append(named | ({"properties": list(properties)} if properties else {}))


@dataclass(frozen=True, slots=True)
class _Thing:
    """What decisions, newest first, wrote to one entity. `undo` is empty where none of it can be undone."""

    items: tuple[Item, ...]
    undo: Undo

    @property
    def entity(self) -> Entity:
        """What it is."""
        return self.undo.entity

    @property
    def id(self) -> int:
        """Its id."""
        return self.undo.id

    @property
    def names(self) -> list[str]:
        """The properties that they wrote."""
        return list(self.undo.after)

    @property
    def keys(self) -> tuple[str, ...]:
        """The decisions' keys."""
        return tuple(str(item["key"]) for item in self.items)


def undo(command: Command, run: Run) -> Done | GoesOn:
    """Undo the decision `decision` (its key) or the batch `batch`.

    The result counts what is as it was before (`undone`) and what was left as it is (`refused`), and names, with its
    code and properties, what was not put back. Raises NotFound("decision") and NotFound("batch").
    """
    tally = _Tally.of(command.progress)
    if (decision := command.params.get("decision")) is not None:
        items = run.records.decisions.read([str(decision)])
        if not items:
            raise NotFound("decision")
        _Undoing(run, tally).put_back(_things(items.values()))
        return Done(tally.result())
    batch = str(command.params["batch"])
    listed = list(islice(run.records.decisions.listed(batch, after=tally.after), READ_AT_ONCE + 1))
    if not listed and command.progress is None:
        raise NotFound("batch")
    is_last = len(listed) <= READ_AT_ONCE
    if not is_last:
        # All decisions about one thing are undone together: those about the last one may go on behind this page.
        last = _thing_at(listed[-1][0])
        listed = [one for one in listed if _thing_at(one[0]) != last] or listed
    things = _things(run.records.decisions.read(key for _, key in listed).values())
    _Undoing(run, tally).put_back(things)
    if not is_last:
        tally.after = listed[-1][0]
        return GoesOn({"after": tally.after, **tally.result()})
    run.transact([[run.records.decisions.undone_batch(batch, command.id)]])
    return Done(tally.result())


def _thing_at(place: str) -> str:
    return place.rpartition("#")[0]


def _things(items: Iterable[Item]) -> list[_Thing]:
    """Return the entities that stored decisions wrote to; those that wrote nothing are left out."""
    grouped: dict[tuple[Entity, int, int], list[tuple[Item, Undo]]] = defaultdict(list)
    for item in sorted(items, key=_time):
        undo = undo_of(item)
        has_written = bool(item["fields"] or item["after"]) and item["skipped"] is None
        if undo is None and has_written:
            undo = Undo(Entity.DEAL, deal_of(item), {}, {})
        if undo is not None and (undo.after or has_written):
            location = item["location"] if undo.entity is Entity.BOOKING else 0
            grouped[undo.entity, location, undo.id].append((item, undo))
    return [
        _Thing(tuple(item for item, _ in reversed(theirs)), merged([undo for _, undo in theirs]))
        for theirs in grouped.values()
    ]


def _time(item: Item) -> str:
    return str(item["key"]).rpartition("#")[2]


class _Undoing:
    """Undoes what decisions wrote, in one slice."""

    def __init__(self, run: Run, tally: _Tally) -> None:
        """Bind to one run."""
        self._run = run
        self._tally = tally
        self._keeper = run.keeper
        self._refusals: list[Decision] = []

    def put_back(self, things: Sequence[_Thing]) -> None:
        """Put these back: deals, contacts, then bookings, whose deals are made right after that."""
        theirs: dict[Entity, list[_Thing]] = {entity: [] for entity in Entity}
        for thing in things:
            if thing.names:
                theirs[thing.entity].append(thing)
            else:
                self._refuse(thing, NOT_UNDOABLE)
        self._run.deadline.check(self._run.margin)
        if deals := theirs[Entity.DEAL]:
            found = self._run.kommo.deals([deal.id for deal in deals])
            stand = {deal.id: properties_of(found[deal.id], deal.names) for deal in deals if deal.id in found}
            self._entities(deals, stand, change_deals)
        if contacts := theirs[Entity.CONTACT]:
            there = self._run.kommo.contacts([contact.id for contact in contacts])
            stand = {one.id: fields_now(there[one.id].fields, one.names) for one in contacts if one.id in there}
            self._entities(contacts, stand, change_contacts)
        for booking in theirs[Entity.BOOKING]:
            self._booking(booking)
        record(self._run, self._refusals)

    def _entities(
        self,
        things: Sequence[_Thing],
        stand: Mapping[int, Mapping[str, Kept]],
        write: Callable[[Run, Sequence[Decision]], Written],
    ) -> None:
        """Put back what may be, as these entities stand now; those that are gone do not stand."""
        wanted: dict[int, Decision] = {}
        restored: list[_Thing] = []
        places: dict[int, Place] = {}
        for thing in things:
            now = stand.get(thing.id)
            judged = self._keeper.judge(thing.undo, now) if now is not None else None
            if now is None or judged is None:
                self._refuse(thing, GONE)
            elif judged.changed:
                self._refuse(thing, CHANGED, judged.changed)
            elif judged.back:
                undo = self._keeper.undo(thing.entity, thing.id, now, judged.back)
                decision = replace(self._decision(thing), before=place_of(now), after=place_of(judged.back))
                wanted[thing.id] = replace(decision, undo=undo)
            else:
                restored.append(thing)
                if (place := place_of(now)) is not None:
                    places[thing.id] = place
        remember_places(self._run, places)
        written = write(self._run, list(wanted.values()))
        if written.uncertain:
            raise Transient("kommo", wait=5.0)
        for thing in things:
            if thing.id in written.refused:
                self._tally.refuse(thing.entity, thing.id, written.refused[thing.id].code or REFUSED)
            elif thing.id in written.done:
                restored.append(thing)
        for thing in restored:
            if thing.undo.lost:
                self._tally.name(thing.entity, thing.id, NOT_KEPT, thing.undo.lost)
        self._note(restored)

    def _booking(self, thing: _Thing) -> None:
        """Put a booking back on the deal that it was moved from."""
        target, source = thing.undo.before.get(ON_DEAL), thing.undo.after.get(ON_DEAL)
        if not isinstance(target, int) or not isinstance(source, int):
            self._refuse(thing, NOT_UNDOABLE)
            return
        try:
            move_back(self._run, (thing.items[0]["location"], thing.id), source, target)
        except (NotFound, Conflict) as error:
            self._refuse(thing, error.reason)
        else:
            self._note([thing])

    def _refuse(self, thing: _Thing, code: str, properties: Sequence[str] = ()) -> None:
        """Leave something as it is and name it, in the result and among the decisions."""
        self._tally.refuse(thing.entity, thing.id, code, properties)
        nothing = Undo(thing.entity, thing.id, {}, {})
        codes = self._keeper.names(properties)
        refusal = replace(self._decision(thing), fields=codes, skipped=code, undo=nothing, undoes=())
        self._refusals.append(refusal)

    def _note(self, things: Sequence[_Thing]) -> None:
        """Say of decisions that they are undone; what they had undone themselves stands again."""
        decisions = self._run.records.decisions
        marks = {key: self._run.command for thing in things for key in thing.keys}
        marks |= {key: "" for thing in things for item in thing.items for key in item.get("undoes", ())}
        # One that is there no more, for its age, needs no mark.
        self._run.transact([[decisions.undone(key, by)] for key, by in marks.items()])
        self._tally.undone += len(things)

    def _decision(self, thing: _Thing) -> Decision:
        newest = thing.items[0]
        return Decision(
            deal=deal_of(newest),
            location=newest["location"],
            booking=newest["booking"],
            event=EVENT,
            rule="undone",
            before=None,
            after=None,
            fields=self._keeper.names(thing.names),
            skipped=None,
            at=self._run.clock.now(),
            correlation_id=self._run.correlation_id,
            batch=self._run.command,
            undoes=thing.keys,
        )
