"""What a person does about duplicates, several at once: link deals to one contact, tag them, close all but one, cancel.

Each piece is a decision, kept with what was there before: so that the whole can be undone, but for a cancelled booking,
which Altegio does not give back. One that cannot be done is named and stops no other.

A deal is closed where it stands, as lost in its own pipeline. Its bookings and their links stay with it: that is what
happened. Where one of them is still to come the deal is not closed: it would go on by itself. That booking has to be
moved to the deal that is kept, or cancelled, before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bookdeal.bookings.deals.holding import read_linked
from bookdeal.bookings.deals.recording import REFUSED, change_deals, record
from bookdeal.bookings.deals.run import Change, Run
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.links import BookingLink
from bookdeal.bookings.undo import (
    LOSS_REASON,
    MAIN_CONTACT,
    PLACE,
    STATUS,
    Entity,
    Kept,
    Undo,
    contact_property,
    place_of,
    place_value,
    properties_of,
    tag_property,
)
from bookdeal.duplicates.pairs import Kind
from bookdeal.model.booking import BookingStatus
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.model.deal import Deal, Place
from bookdeal.runtime.errors import Rejected, Transient

EVENT = "duplicates"

AT_ONCE = 150
"""Deals that are read, and then written, in one go."""

BOOKINGS_AT_ONCE = 20
"""Bookings that are cancelled in one go: each takes a request."""

MOST_NAMED = 500
"""So many of what could not be done are named in the result; all of them stand among the decisions."""

TAGS: Mapping[str, str] = {"en": "duplicate", "es": "duplicado", "pt": "duplicado", "ru": "дубль"}
"""What the tag is called in the account's language when no other is chosen."""

_STANDING = (BookingStatus.WAITING, BookingStatus.CONFIRMED)
_LINK, _TAG, _CLOSE, _CANCEL = "link", "tag", "close", "cancel"
_RULES = {
    _LINK: "duplicate_linked",
    _TAG: "duplicate_tagged",
    _CLOSE: "duplicate_closed",
    _CANCEL: "duplicate_booking_cancelled",
}


@dataclass(frozen=True, slots=True)
class _Piece:
    """One thing to do. `id` is that of the deal, or of the booking at `location`.

    `to` is the contact to link, the tag, or the deal that is kept; `reason` is the loss reason, None for none.
    """

    do: str
    id: int
    to: int | None = None
    reason: int | None = None
    location: int = 0


type _Wanted = Callable[[_Piece, Deal], Mapping[str, Kept] | str]
"""Says which properties a deal is to have, or the code of why it is not to be touched."""


@dataclass(slots=True)
class _Tally:
    """What came of it so far; `at` is the number of the next piece."""

    at: int = 0
    done: int = 0
    refused: int = 0
    named: list[dict[str, Any]] = field(default_factory=list)

    @staticmethod
    def of(progress: Mapping[str, Any] | None) -> "_Tally":
        if progress is None:
            return _Tally()
        return _Tally(progress["at"], progress["done"], progress["refused"], list(progress["named"]))

    def result(self) -> dict[str, Any]:
        return {"done": self.done, "refused": self.refused, "named": self.named}


def handle_duplicates(command: Command, run: Run) -> Done | GoesOn:
    """Do what a person asks for, some pieces at a time.

    The parameters are lists: `link` ({"contact", "deals"}), `tag` ({"deals", "tag"}, None: the tag `TAGS`), `close`
    ({"keep", "deals", "reason"}), `cancel` ([location, booking]). The result counts what is `done` and what was
    `refused`, and names that with its code.
    """
    pieces, tally = _pieces(command.params), _Tally.of(command.progress)
    some = _together(pieces[tally.at :])
    if some:
        run.deadline.check(run.margin)
        refused = _HOW[some[0].do](run, some)
        done = [piece for piece in some if piece not in refused]
        _take_off_the_list(run, done, tally.at)
        tally.done += len(done)
        tally.refused += len(refused)
        named = [_named(piece, code) for piece, code in refused.items()]
        tally.named = (tally.named + named)[:MOST_NAMED]
        tally.at += len(some)
    if tally.at < len(pieces):
        return GoesOn({"at": tally.at, "of": len(pieces), **tally.result()})
    return Done(tally.result())


def _pieces(params: Mapping[str, Any]) -> list[_Piece]:
    pieces = [_Piece(_LINK, int(deal), int(one["contact"])) for one in params.get(_LINK, ()) for deal in one["deals"]]
    pieces += [_Piece(_TAG, int(deal), one["tag"]) for one in params.get(_TAG, ()) for deal in one["deals"]]
    pieces += [
        _Piece(_CLOSE, int(deal), int(one["keep"]), one["reason"])
        for one in params.get(_CLOSE, ())
        for deal in one["deals"]
    ]
    pieces += [_Piece(_CANCEL, int(booking), location=int(location)) for location, booking in params.get(_CANCEL, ())]
    return list(dict.fromkeys(pieces))


def _together(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Return the first pieces that go in one: of one sort, and no deal twice."""
    some: list[_Piece] = []
    seen: set[int] = set()
    for piece in pieces:
        most = BOOKINGS_AT_ONCE if piece.do == _CANCEL else AT_ONCE
        if len(some) == most or (some and (piece.do != some[0].do or (piece.id in seen and piece.do != _CANCEL))):
            break
        some.append(piece)
        seen.add(piece.id)
    return some


# Each returns what was refused, with its code.


def _link(run: Run, pieces: Sequence[_Piece]) -> dict[_Piece, str]:
    contacts = run.kommo.contacts(sorted({piece.to for piece in pieces if piece.to}))
    refused = {piece: "contact_gone" for piece in pieces if piece.to not in contacts}
    return _change(
        run, pieces, lambda piece, _: {MAIN_CONTACT: piece.to, contact_property(piece.to or 0): True}, refused
    )


def _tag(run: Run, pieces: Sequence[_Piece]) -> dict[_Piece, str]:
    usual, refused = 0, dict[_Piece, str]()
    without = [piece for piece in pieces if piece.to is None]
    if without:
        try:
            usual = run.kommo.tag(TAGS.get(run.layout.account.language, TAGS["en"]))
        except Rejected as error:
            refused = dict.fromkeys(without, error.reason)
    return _change(run, pieces, lambda piece, _: {tag_property(piece.to or usual): True}, refused)


def _close(run: Run, pieces: Sequence[_Piece]) -> dict[_Piece, str]:
    kept = run.kommo.deals(sorted({piece.to for piece in pieces if piece.to}))
    going_on = _with_bookings_to_come(run, [piece.id for piece in pieces])
    refused = {piece: "booking_to_come" for piece in pieces if piece.id in going_on}
    refused |= {piece: "kept_deal_gone" for piece in pieces if piece.to not in kept}
    kinds = {Place(pipeline.id, stage.id): stage.kind for pipeline in run.layout.pipelines for stage in pipeline.stages}
    lost = {place.pipeline: place for place, kind in kinds.items() if kind == "lost"}

    def wanted(piece: _Piece, deal: Deal) -> dict[str, Kept] | str:
        if deal.place.pipeline not in lost:
            return "pipeline_archived"
        match kinds.get(deal.place):
            case "won":
                return "deal_won"
            case "lost":
                return {}
        after: dict[str, Kept] = {PLACE: place_value(lost[deal.place.pipeline])}
        return after | ({LOSS_REASON: piece.reason} if piece.reason else {})

    return _change(run, pieces, wanted, refused)


def _cancel(run: Run, pieces: Sequence[_Piece]) -> dict[_Piece, str]:
    keys = {(piece.location, piece.id): piece for piece in pieces}
    links = run.records.links.of_bookings(keys)
    decisions = {
        piece: replace(
            _decision(run, piece, links[key].deal if key in links else 0),
            location=key[0],
            booking=key[1],
            fields=("STATUS",),
            # What it was before is of no use, and is another after a kill: then it would be another decision.
            undo=Undo(Entity.BOOKING, key[1], {STATUS: None}, {STATUS: BookingStatus.CANCELLED.value}),
        )
        for key, piece in keys.items()
    }
    refused = {piece: "location" for piece in pieces if run.installation.location(piece.location) is None}
    for key, piece in keys.items():
        if piece in refused:
            continue
        run.deadline.check(run.margin)
        record(run, [decisions[piece]])
        try:
            run.altegio.cancel(*key)
        except Rejected as error:
            refused[piece] = error.reason
    record(run, [replace(decisions[piece], fields=(), undo=None, skipped=code) for piece, code in refused.items()])
    _follow(run, [links[key] for key, piece in keys.items() if key in links and piece not in refused])
    return refused


def _follow(run: Run, links: Sequence[BookingLink]) -> None:
    """Let the deals of cancelled bookings follow now: Altegio's bell may be slow, or off."""
    read = read_linked(run, links, worth_a_day=1)
    changes = [Change(run.with_categories(read[link.key]), link, EVENT, 0) for link in links if link.key in read]
    Writer(run).write(changes)


_HOW = {_LINK: _link, _TAG: _tag, _CLOSE: _close, _CANCEL: _cancel}


def _change(run: Run, pieces: Sequence[_Piece], wanted: _Wanted, refused: Mapping[_Piece, str]) -> dict[_Piece, str]:
    """Give the deals of those pieces that are not refused what `wanted` says; return all that is refused.

    A deal that has it is left alone: it had it before, or this is done again after a kill, and is recorded already.
    """
    deals = run.kommo.deals([piece.id for piece in pieces if piece not in refused])
    not_done, keeper = dict(refused), run.keeper
    decisions: dict[_Piece, Decision] = {}
    for piece in pieces:
        if piece in not_done:
            continue
        deal = deals.get(piece.id)
        after = wanted(piece, deal) if deal is not None else "deal_gone"
        if deal is None or isinstance(after, str):
            not_done[piece] = str(after)
            continue
        undo = keeper.undo(Entity.DEAL, piece.id, properties_of(deal, after), after)
        if undo.after:
            decisions[piece] = replace(
                _decision(run, piece, piece.id),
                before=deal.place,
                after=place_of(undo.after),
                fields=keeper.names(undo.after),
                undo=undo,
            )
    written = change_deals(run, list(decisions.values()))
    if written.uncertain:
        raise Transient("kommo", wait=5.0)
    record(run, [replace(_decision(run, piece, piece.id), skipped=code) for piece, code in not_done.items()])
    refusals = {piece: written.refused[piece.id] for piece in decisions if piece.id in written.refused}
    return not_done | {piece: refusal.code or REFUSED for piece, refusal in refusals.items()}


def _with_bookings_to_come(run: Run, deals: Sequence[int]) -> set[int]:
    """Return those of these deals that hold a booking which still stands and is not over."""
    held = run.records.links.of_deals(deals)
    links = list(run.records.links.with_others(held.values()).values())
    unknown = read_linked(run, [link for link in links if link.inputs is None])
    found = set()
    for link in links:
        booking = unknown.get(link.key)
        status = booking.status if booking is not None else link.inputs.status if link.inputs else None
        if status in _STANDING and not link.gone and _is_to_come(run, link):
            found.add(link.deal)
    return found


def _is_to_come(run: Run, link: BookingLink) -> bool:
    location = run.installation.location(link.location)
    zone = ZoneInfo(location.timezone) if location is not None and location.timezone else ZoneInfo("UTC")
    return not link.day or link.day >= datetime.fromtimestamp(run.clock.now(), zone).date().isoformat()


def _take_off_the_list(run: Run, pieces: Sequence[_Piece], part: int) -> None:
    """Let what is taken care of stand no longer among what the newest scan has found."""
    closed = [piece.id for piece in pieces if piece.do == _CLOSE]
    cancelled = [(piece.location, piece.id) for piece in pieces if piece.do == _CANCEL]
    if closed:
        run.records.findings.handle(Kind.DEALS, closed, run.command, part)
    if cancelled:
        run.records.findings.handle(Kind.BOOKINGS, cancelled, run.command, part)


def _named(piece: _Piece, code: str) -> dict[str, Any]:
    if piece.do == _CANCEL:
        return {"entity": "booking", "location": piece.location, "id": piece.id, "code": code}
    return {"entity": "deal", "id": piece.id, "code": code}


def _decision(run: Run, piece: _Piece, deal: int) -> Decision:
    return Decision(
        deal=deal,
        location=0,
        booking=0,
        event=EVENT,
        rule=_RULES[piece.do],
        before=None,
        after=None,
        fields=(),
        skipped=None,
        at=run.clock.now(),
        correlation_id=run.correlation_id,
        batch=run.command,
        other_deal=piece.to or 0 if piece.do == _CLOSE else 0,
    )
