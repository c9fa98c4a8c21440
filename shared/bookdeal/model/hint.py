"""A hint says "this may have changed". It carries ids, never a person: it may lie in a queue for days."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VERSION = 1


class HintKind(StrEnum):
    """What may have changed, or what is asked of the mover."""

    BOOKING = "booking"
    PAYMENT = "payment"
    CLIENT = "client"
    LOCATION = "location"
    DEALS = "deals"
    DEALS_GONE = "deals_gone"
    DEALS_BACK = "deals_back"
    CONTACTS_GONE = "contacts_gone"
    COMMAND = "command"
    CONTINUE = "continue"
    ACCESS = "access"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class SeenBooking:
    """A booking that rang, with the change stamp it rang with ("" where the doorbell did not say).

    `deleted`: it rang because it was deleted.
    """

    id: int
    changed: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class SeenDeal:
    """A deal that rang, with the place it rang with; 0 where the doorbell did not say."""

    id: int
    pipeline: int = 0
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Hint:
    """One message of the queue.

    `source` is altegio, kommo, sweep, mover or person. `location` is None for hints about Kommo's side.
    A LOCATION hint without location means every location; a DEALS hint without deals means that it is not known which;
    a COMMAND hint without commands means all that wait.
    An ACCESS hint asks to look after an installation's access; a CONSENT hint's installation is a consent under way.
    `generation` is that of the webhook key the doorbell was rung with, 0 for our own. `seen_at` in unix seconds.
    """

    kind: HintKind
    source: str
    installation: str
    location: int | None = None
    bookings: tuple[SeenBooking, ...] = ()
    deals: tuple[SeenDeal, ...] = ()
    contacts: tuple[int, ...] = ()
    clients: tuple[int, ...] = ()
    commands: tuple[str, ...] = ()
    generation: int = 0
    seen_at: float = 0.0
    correlation_id: str = ""

    def to_json(self) -> str:
        """Return the message body: short keys stay readable, empty parts are left out."""
        body: dict[str, Any] = {
            "version": VERSION,
            "kind": self.kind.value,
            "source": self.source,
            "installation": self.installation,
            "seen_at": self.seen_at,
            "correlation_id": self.correlation_id,
        }
        if self.location is not None:
            body["location"] = self.location
        if self.bookings:
            body["bookings"] = [[seen.id, seen.changed, *((True,) if seen.deleted else ())] for seen in self.bookings]
        if self.deals:
            body["deals"] = [[seen.id, seen.pipeline, seen.stage] for seen in self.deals]
        if self.contacts:
            body["contacts"] = list(self.contacts)
        if self.clients:
            body["clients"] = list(self.clients)
        if self.commands:
            body["commands"] = list(self.commands)
        if self.generation:
            body["generation"] = self.generation
        return json.dumps(body, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> "Hint":
        """Read a message body. Raises ValueError, KeyError or TypeError when it is none of ours."""
        body = json.loads(text)
        if body["version"] != VERSION:
            raise ValueError(f"hint version {body['version']}")
        return Hint(
            kind=HintKind(body["kind"]),
            source=str(body["source"]),
            installation=str(body["installation"]),
            location=body.get("location"),
            bookings=tuple(
                SeenBooking(int(id), str(changed), bool(deleted)) for id, changed, *deleted in body.get("bookings", ())
            ),
            deals=tuple(SeenDeal(int(id), int(pipeline), int(stage)) for id, pipeline, stage in body.get("deals", ())),
            contacts=tuple(int(id) for id in body.get("contacts", ())),
            clients=tuple(int(id) for id in body.get("clients", ())),
            commands=tuple(str(id) for id in body.get("commands", ())),
            generation=int(body.get("generation", 0)),
            seen_at=float(body["seen_at"]),
            correlation_id=str(body["correlation_id"]),
        )
