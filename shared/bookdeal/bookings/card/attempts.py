"""Attempts: what a person asked to be booked, written down before Altegio is asked, so that nothing is booked twice.

An attempt has a part for each booking, with a mark that the booking carries as its external id. A part that was sent
and not answered is looked for by its mark among the newest bookings, twice, a minute apart, before it counts as not
made. Nothing in an attempt names a person.

An attempt may replace a booking: a participant gets his place in another event before the old one is cancelled. The
old one is cancelled once all parts are made, and the attempt is under way until that is done or refused.

While an attempt is under way a note says so, in a partition of its own, where the sweep finds those that nobody has
brought to their end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bookdeal.bookings.origins import Origin, Origins
from bookdeal.runtime.errors import Conflict, NotFound, Transient
from bookdeal.runtime.store import Item, Table

KEPT_SECONDS = 7 * 24 * 3600
"""How long an attempt can be asked for, and its request is not carried out again."""

UNDER_WAY = 30
"""Seconds for which whoever sent a part may still be waiting for its answer."""

SECOND_LOOK = 60
"""Seconds between the two looks."""

_ATTEMPTS = 5
_PREFIX = "attempt#"


class PartState(StrEnum):
    """What became of one booking of an attempt. `absent`: it was sent, not answered, and not made."""

    PLANNED = "planned"
    SENT = "sent"
    MADE = "made"
    BUSY = "busy"
    REFUSED = "refused"
    ABSENT = "absent"


_FAILED = frozenset({PartState.BUSY, PartState.REFUSED, PartState.ABSENT})


@dataclass(frozen=True, slots=True)
class Part:
    """One booking. `reason` and `field` say why it was refused. `sent_at`, `looked_at` in unix seconds, 0: not yet."""

    mark: str
    state: PartState = PartState.PLANNED
    booking: int | None = None
    reason: str = ""
    field: str = ""
    sent_at: int = 0
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class Replaced:
    """The booking in whose place an attempt's are. `reason` says why it could not be cancelled."""

    booking: int
    is_cancelled: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of a user. `digest` tells whether another request of the same id asks for the same.

    `deal` is the one that it was booked from, `at` is when, in unix seconds. `version` guards its writes.
    """

    request: str
    location: int
    deal: int | None
    by: int
    at: int
    digest: str
    parts: tuple[Part, ...]
    version: int = 0
    replaced: Replaced | None = None

    @property
    def is_open(self) -> bool:
        """Whether something was begun and is not known to be at its end: a part was sent, or a cancellation is owed."""
        return self.owes_cancellation or any(part.state is PartState.SENT for part in self.parts)

    @property
    def owes_cancellation(self) -> bool:
        """Whether all is made, and the booking in whose place it is still has to be cancelled."""
        is_made = all(part.state is PartState.MADE for part in self.parts)
        return is_made and self.replaced is not None and not (self.replaced.is_cancelled or self.replaced.reason)

    @property
    def goes_on(self) -> bool:
        """Whether there is a part left to send: nothing is sent after a failure, nor while a part is open."""
        states = {part.state for part in self.parts}
        return PartState.PLANNED in states and not states & {PartState.SENT, *_FAILED}

    @property
    def made(self) -> tuple[int, ...]:
        """The bookings that were made."""
        return tuple(part.booking for part in self.parts if part.booking is not None)

    @property
    def touched(self) -> tuple[int, ...]:
        """The bookings that were made or cancelled."""
        is_cancelled = self.replaced is not None and self.replaced.is_cancelled
        return (*self.made, self.replaced.booking) if self.replaced and is_cancelled else self.made

    def with_part(self, number: int, part: Part) -> "Attempt":
        """Return it with another part in the place of one."""
        return replace(self, parts=(*self.parts[:number], part, *self.parts[number + 1 :]))


class Attempts:
    """One installation's attempts, in the table of decisions; what they come from is in the table of links."""

    def __init__(self, table: Table, origins: Origins, installation: str) -> None:
        """Bind the tables to one installation."""
        self._table = table
        self._origins = origins
        self._installation = installation

    def begin(self, attempt: Attempt) -> tuple[Attempt, bool]:
        """Write down a new attempt and what its bookings come from.

        Returns it with True, or the one that was there before. Raises Conflict("request_reused") when that one asks
        for something else, or somebody else asked.
        """
        fresh = replace(attempt, version=1)
        origin = Origin(attempt.deal, attempt.replaced.booking if attempt.replaced else None)
        is_from_somewhere = attempt.deal is not None or attempt.replaced is not None
        writes = [
            self._table.putting(self._item(fresh), when=self._table.absent),
            self._table.putting(self._note(attempt)),
            *(self._origins.note(part.mark, origin) for part in attempt.parts if is_from_somewhere),
        ]
        (conflict,) = self._table.store.transact([writes])
        if conflict is None:
            return fresh, True
        known = self.read(attempt.request)
        if (known.digest, known.by) != (attempt.digest, attempt.by):
            raise Conflict("request_reused")
        if known.goes_on:
            # The sweep may have taken the note away while nothing was under way.
            self._table.put(self._note(known))
        return known, False

    def deal_from(self, external_id: str) -> int | None:
        """Return the deal that the booking with this external id was made from, None for none."""
        origin = self._origins.of([external_id]).get(external_id)
        return origin.deal if origin else None

    def read(self, request: str) -> Attempt:
        """Return an attempt. Raises NotFound("attempt")."""
        item = self._table.get(self._installation, _PREFIX + request, consistent=True)
        if item is None:
            raise NotFound("attempt")
        return _attempt(item)

    def close(self, attempt: Attempt) -> None:
        """Take the note away that an attempt is under way, unless something of it is open."""
        if not attempt.is_open:
            self._table.delete(self._open, attempt.request)

    def left_open(self, before: float) -> list[Attempt]:
        """Return the attempts begun before a moment (unix seconds) that nobody has brought to their end."""
        notes = self._table.query(self._open, consistent=True)
        requests = [str(note["key"]) for note in notes if note["at"] < before]
        keys = [(self._installation, _PREFIX + request) for request in requests]
        found = self._table.batch_get(keys, consistent=True) if keys else {}
        for request, key in zip(requests, keys, strict=True):
            if key not in found:
                self._table.delete(self._open, request)
        return [_attempt(item) for item in found.values()]

    @property
    def _open(self) -> str:
        return f"{self._installation}#attempts"

    def _note(self, attempt: Attempt) -> Item:
        note = {"installation": self._open, "key": attempt.request, "at": attempt.at}
        return {**note, "expires_at": attempt.at + KEPT_SECONDS}

    def claim(self, attempt: Attempt, number: int, now: float) -> Attempt | None:
        """Note that a part is about to be sent; None when somebody else has come first."""
        part = replace(attempt.parts[number], state=PartState.SENT, sent_at=int(now))
        try:
            return self._save(attempt.with_part(number, part))
        except Conflict:
            return None

    def note(self, attempt: Attempt, changes: Mapping[int, Callable[[Part], Part]]) -> Attempt:
        """Note what became of parts that were sent; what was found out about one meanwhile stands."""

        def with_parts(attempt: Attempt) -> Attempt:
            for number, change in changes.items():
                part = attempt.parts[number]
                if part.state is PartState.SENT:
                    attempt = attempt.with_part(number, change(part))
            return attempt

        return self._noted(attempt, with_parts)

    def note_replaced(self, attempt: Attempt, reason: str = "") -> Attempt:
        """Note that the booking was cancelled that an attempt replaces, or why it cannot be; what is known stands."""

        def with_replaced(attempt: Attempt) -> Attempt:
            if attempt.replaced is None or not attempt.owes_cancellation:
                return attempt
            return replace(attempt, replaced=replace(attempt.replaced, is_cancelled=not reason, reason=reason))

        return self._noted(attempt, with_replaced)

    def _noted(self, attempt: Attempt, change: Callable[[Attempt], Attempt]) -> Attempt:
        """Change an attempt as it stands by now."""
        for _ in range(_ATTEMPTS):
            changed = change(attempt)
            if changed == attempt:
                return attempt
            try:
                return self._save(changed)
            except Conflict:
                attempt = self.read(attempt.request)
        raise Transient("attempt")

    def _save(self, attempt: Attempt) -> Attempt:
        saved = replace(attempt, version=attempt.version + 1)
        self._table.put(self._item(saved), when="#version = :seen", values={"seen": attempt.version})
        return saved

    def _item(self, attempt: Attempt) -> Item:
        replaced = attempt.replaced
        return {
            "installation": self._installation,
            "key": _PREFIX + attempt.request,
            "location": attempt.location,
            "deal": attempt.deal,
            "by": attempt.by,
            "at": attempt.at,
            "digest": attempt.digest,
            "parts": [
                [p.mark, p.state.value, p.booking, p.reason, p.field, p.sent_at, p.looked_at] for p in attempt.parts
            ],
            "version": attempt.version,
            "expires_at": attempt.at + KEPT_SECONDS,
            "replaced": [replaced.booking, replaced.is_cancelled, replaced.reason] if replaced else None,
        }


def looked(part: Part, now: float) -> Part:
    """Return a part that was looked for in vain: after the second look it counts as not made."""
    if now - part.sent_at < UNDER_WAY:
        return part
    if not part.looked_at:
        return replace(part, looked_at=int(now))
    return replace(part, state=PartState.ABSENT, reason="not_made") if now - part.looked_at >= SECOND_LOOK else part


def _attempt(item: Item) -> Attempt:
    parts = tuple(
        Part(mark, PartState(state), booking, reason, field, sent_at, looked_at)
        for mark, state, booking, reason, field, sent_at, looked_at in item["parts"]
    )
    return Attempt(
        request=str(item["key"]).removeprefix(_PREFIX),
        location=item["location"],
        deal=item["deal"],
        by=item["by"],
        at=item["at"],
        digest=item["digest"],
        parts=parts,
        version=item["version"],
        replaced=Replaced(*item["replaced"]) if item.get("replaced") else None,
    )
