"""A participant is moved to another event: the new place first, then the old one goes; he never is without any."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from bookdeal.altegio.journal import Journal
from bookdeal.bookings.card.attempts import Attempts
from bookdeal.model.hint import HintKind
from tests.integration.mover.bed import ARRIVED, CONFIRMED, NO_SHOW, WAITING, YOGA, person

from .conftest import Card, Told

PLACE = "/bookings/{location}/{booking}/place"
POST = {"method": "POST", "route": "/api/v1/records/{company}"}
DELETE = {"method": "DELETE", "route": "/api/v1/record/{company}/{record}"}
REFUSAL = {"success": False, "data": None, "meta": {"message": "No"}}


@dataclass
class Yoga:
    """A client who takes part in one event, and another event."""

    card: Card
    old: Told
    to: Told
    requests: list[str] = field(default_factory=list)

    def asked(self, **changes: Any) -> Told:
        """Return what is asked for to move him."""
        starts_at = str(self.to["date"]).replace(" ", "T")
        return {"request": str(uuid4()), "event": self.to["id"], "starts_at": starts_at, **changes}

    def move(self, asked: Told | None = None) -> tuple[int, Told]:
        body = self.asked() if asked is None else asked
        self.requests.append(body["request"])
        self.card.keep_up()
        return self.card.ask("POST", PLACE, body, location=self.card.location, booking=self.old["id"])

    def moved(self, asked: Told | None = None) -> Told:
        status, told = self.move(asked)
        assert status == 200, told
        return told

    def look(self, asked: Told) -> Told:
        self.card.keep_up()
        return self.card.told("GET", "/attempts/{request}", request=asked["request"])

    @property
    def places(self) -> list[int]:
        """The events in which he has a place now."""
        client = self.old["client"]["id"]
        found = [one for one in self.card.bed.records() if one["client"] and one["client"]["id"] == client]
        return [one["activity_id"] for one in found if not one["deleted"]]

    def new(self) -> Told:
        """Return the booking of his new place."""
        (found,) = [one for one in self.card.marked(self.old["id"]) if one["client"]["id"] == self.old["client"]["id"]]
        return found

    @property
    def left_open(self) -> list[str]:
        notes = [one for one in self.card.bed.items("Decisions") if one["installation"].endswith("#attempts")]
        return [one["key"] for one in notes if one["key"] in self.requests]


NUMBERS = count(700_001)


type MakeYoga = Callable[..., Yoga]


@pytest.fixture
def yoga(card: Card) -> MakeYoga:
    """Returns a maker of participants, each a client of his own."""

    def make(*, capacity: int = 8, later: int = 1, is_known: bool = True, **changes: Any) -> Yoga:
        events = [
            card.bed.salon(
                "POST",
                f"/activity/{card.location}",
                {
                    "date": f"{card.bed.day(days)} 18:00:00",
                    "service_id": YOGA,
                    "staff_id": 51_002,
                    "capacity": capacity,
                    "force": True,
                },
            )
            for days in (9, 9 + later)
        ]
        body = {"activity_id": events[0]["id"], "client": person(next(NUMBERS)), "clients_count": 1, **changes}
        old = card.bed.salon("POST", f"/records/{card.location}", body)
        if is_known:
            card.bed.work(old)
        return Yoga(card, old, events[1])

    return make


def carry(card: Card) -> None:
    """Bring to the mover what the function has rung for."""
    card.bed.queue.send(card.rung())
    card.bed.drain()


def refused(status: int, **more: Any) -> Told:
    return {"kind": "status", "status": status, "body": REFUSAL, **more}


def test_a_participant_gets_the_new_place_and_loses_the_old_one(card: Card, yoga: MakeYoga) -> None:
    mat = {"comer": {"name": "Little Guest"}, "comment": "Brings a mat", "custom_color": "f44336"}
    one = yoga(**mat, record_labels=["1324"], clients_count=2, attendance=CONFIRMED)
    deal = card.bed.deal_of(one.old)["id"]
    told = one.moved()
    (part,) = told["parts"]
    assert (told["outcome"], told["deal"], part["outcome"]) == ("done", deal, "done")
    assert told["replaced"] == {"booking": one.old["id"], "is_cancelled": True, "reason": ""}
    new = card.record(part["booking"])
    assert (new["activity_id"], new["date"], new["clients_count"]) == (one.to["id"], one.to["date"], 2)
    for name in ("client", "comer", "comment", "custom_color", "record_labels", "attendance"):
        assert new[name] == one.old[name], name
    assert card.record(one.old["id"])["deleted"]
    hints = [(hint.kind, seen.id, seen.deleted) for hint in card.rung() for seen in hint.bookings]
    assert hints == [(HintKind.BOOKING, new["id"], False), (HintKind.BOOKING, one.old["id"], True)]
    assert one.left_open == []


def test_other_participants_keep_their_places(card: Card, yoga: MakeYoga) -> None:
    one = yoga()
    beside = {"activity_id": one.old["activity_id"], "client": person(900), "clients_count": 1}
    other = card.bed.salon("POST", f"/records/{card.location}", beside)
    assert one.moved()["outcome"] == "done"
    assert not card.record(other["id"])["deleted"]


@pytest.mark.parametrize("status", [WAITING, CONFIRMED, NO_SHOW])
def test_the_status_is_taken_over_and_who_did_not_come_is_expected(card: Card, yoga: MakeYoga, status: int) -> None:
    one = yoga(attendance=status)
    assert one.moved()["outcome"] == "done"
    assert one.new()["attendance"] == (WAITING if status == NO_SHOW else status)
    carry(card)
    card.bed.assert_together(card.record(one.old["id"]), one.new())


def test_the_same_request_again_does_nothing_twice(card: Card, yoga: MakeYoga) -> None:
    one = yoga()
    asked = one.asked()
    first = one.moved(asked)
    card.rung()
    assert one.moved(asked) == first == one.look(asked)
    assert card.rung() == []
    assert one.places == [one.to["id"]]
    status, told = one.move({**asked, "event": one.old["activity_id"]})
    assert (status, told["error"]["code"]) == (409, "request_reused")
    elsewhere = card.told("POST", "/bookings", card.order(705, "10:00"))["parts"][0]["booking"]
    status, told = card.ask("POST", PLACE, asked, location=card.location, booking=elsewhere)
    assert (status, told["error"]["code"]) == (409, "request_reused")


def test_what_is_done_is_not_undone_by_cancelling_the_request(card: Card, yoga: MakeYoga) -> None:
    one = yoga()
    asked = one.asked()
    one.moved(asked)
    status, told = card.ask("DELETE", "/attempts/{request}", request=asked["request"])
    assert (status, told["error"]["code"]) == (409, "moved")
    assert one.places == [one.to["id"]]


def test_where_there_is_no_room_the_old_place_is_kept(card: Card, yoga: MakeYoga) -> None:
    one = yoga(capacity=3, clients_count=2)
    others = {"activity_id": one.to["id"], "client": person(901), "clients_count": 2}
    card.bed.salon("POST", f"/records/{card.location}", others)
    told = one.moved()
    (part,) = told["parts"]
    assert (told["outcome"], part["reason"]) == ("busy", "event_full")
    assert told["replaced"] == {"booking": one.old["id"], "is_cancelled": False, "reason": ""}
    assert one.places == [one.old["activity_id"]]
    assert (card.rung(), one.left_open) == ([], [])


@pytest.mark.parametrize(("status", "reason"), [(403, "rights"), (402, "payment"), (422, "validation"), (404, "gone")])
def test_where_the_new_place_is_refused_the_old_one_is_kept(
    card: Card, yoga: MakeYoga, status: int, reason: str
) -> None:
    one = yoga()
    card.bed.fault("altegio", {**POST, **refused(status)})
    told = one.moved()
    assert (told["outcome"], told["parts"][0]["reason"]) == ("refused", reason)
    assert one.places == [one.old["activity_id"]]
    assert (card.rung(), one.left_open) == ([], [])


@pytest.mark.parametrize(("status", "reason"), [(403, "rights"), (402, "payment"), (422, "validation")])
def test_an_old_place_that_cannot_be_cancelled_is_told(card: Card, yoga: MakeYoga, status: int, reason: str) -> None:
    one = yoga()
    deal = card.bed.deal_of(one.old)["id"]
    card.bed.fault("altegio", {**DELETE, **refused(status)})
    asked = one.asked()
    told = one.moved(asked)
    assert (told["outcome"], told["parts"][0]["outcome"]) == ("partial", "done")
    assert told["replaced"] == {"booking": one.old["id"], "is_cancelled": False, "reason": reason}
    assert sorted(one.places) == sorted([one.old["activity_id"], one.to["id"]])
    assert one.left_open == []
    card.bed.fault("altegio")
    assert one.look(asked) == told == one.moved(asked)
    carry(card)
    assert card.bed.assert_together(card.record(one.old["id"]), one.new())["id"] == deal
    # He decides: here the new place goes again.
    card.told("DELETE", "/attempts/{request}", request=asked["request"])
    assert one.places == [one.old["activity_id"]]


def test_a_cancellation_that_is_not_answered_is_finished_by_the_next_look(card: Card, yoga: MakeYoga) -> None:
    one = yoga()
    card.bed.fault("altegio", {**DELETE, "kind": "status", "status": 503, "times": 6})
    asked = one.asked()
    assert one.moved(asked)["outcome"] == "unknown"
    assert one.left_open == [asked["request"]]
    assert card.ask("DELETE", "/attempts/{request}", request=asked["request"])[0] == 503
    card.bed.fault("altegio")
    assert one.look(asked)["outcome"] == "done"
    assert one.places == [one.to["id"]]
    assert one.left_open == []


@pytest.mark.parametrize("kind", ["commit_then_close", "commit_then_status"])
@pytest.mark.parametrize("route", [POST, DELETE], ids=["booked", "cancelled"])
def test_what_was_done_without_an_answer_is_found(card: Card, yoga: MakeYoga, route: Told, kind: str) -> None:
    one = yoga()
    card.bed.fault("altegio", {**route, "kind": kind, "status": 504})
    assert one.moved()["outcome"] == "done"
    assert one.places == [one.to["id"]]


def test_a_place_that_was_not_booked_after_all_keeps_the_old_one(card: Card, yoga: MakeYoga) -> None:
    one = yoga()
    card.bed.fault("altegio", {**POST, "kind": "close"})
    asked = one.asked()
    assert one.moved(asked)["outcome"] == "unknown"
    for after in (35, 65):
        card.bed.pass_time(after)
        told = one.look(asked)
    assert (told["outcome"], told["parts"][0]["reason"]) == ("refused", "not_made")
    assert one.places == [one.old["activity_id"]]


class Killed(BaseException):
    """The process is gone."""


def kill(monkeypatch: pytest.MonkeyPatch, owner: type, step: str, *, is_after: bool) -> None:
    """Kill the process before or after a step, once."""
    done = getattr(owner, step)

    def killed(*args: Any, **more: Any) -> Any:
        if is_after:
            done(*args, **more)
        monkeypatch.setattr(owner, step, done)
        raise Killed

    monkeypatch.setattr(owner, step, killed)


STEPS = [
    (Attempts, "begin", True, "old"),
    (Attempts, "claim", True, "old"),
    (Journal, "make", True, "new"),
    (Attempts, "note", True, "new"),
    (Journal, "cancel", False, "new"),
    (Journal, "cancel", True, "new"),
    (Attempts, "note_replaced", True, "new"),
]


@pytest.mark.parametrize(("owner", "step", "is_after", "left"), STEPS)
def test_the_sweep_finishes_what_was_killed(
    card: Card, yoga: MakeYoga, monkeypatch: pytest.MonkeyPatch, owner: type, step: str, is_after: bool, left: str
) -> None:
    one = yoga()
    deal = card.bed.deal_of(one.old)["id"]
    kill(monkeypatch, owner, step, is_after=is_after)
    asked = one.asked()
    with pytest.raises(Killed):
        one.move(asked)
    card.rung()  # and the bell was lost, too
    for _ in range(3):
        card.bed.pass_time(130)
        card.bed.sweep()
    assert one.places == [one.to["id"] if left == "new" else one.old["activity_id"]]
    bookings = [card.record(one.old["id"]), *([one.new()] if left == "new" else [])]
    assert card.bed.assert_together(*bookings)["id"] == deal
    assert one.left_open == []
    assert card.bed.parked() == {}


@pytest.mark.parametrize(("owner", "step", "is_after", "left"), STEPS)
def test_the_same_request_finishes_what_was_killed(
    card: Card, yoga: MakeYoga, monkeypatch: pytest.MonkeyPatch, owner: type, step: str, is_after: bool, left: str
) -> None:
    one = yoga()
    kill(monkeypatch, owner, step, is_after=is_after)
    asked = one.asked()
    with pytest.raises(Killed):
        one.move(asked)
    told = one.moved(asked)
    if step == "claim":
        # It may have been sent, for all that is known: that takes two looks.
        assert told["outcome"] == "unknown"
    else:
        assert told["outcome"] == "done"
        assert one.places == [one.to["id"]]
        assert one.left_open == []


def test_a_request_that_the_sweep_gave_up_is_looked_after_when_it_comes_again(
    card: Card, yoga: MakeYoga, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = yoga()
    asked = one.asked()
    for owner, step in ((Attempts, "begin"), (Attempts, "note")):
        kill(monkeypatch, owner, step, is_after=True)
        with pytest.raises(Killed):
            one.move(asked)
        card.bed.pass_time(130)
        card.bed.sweep()
    assert one.places == [one.to["id"]]


def test_what_cannot_be_read_to_be_parked_is_parked_by_a_later_sweep(
    card: Card, yoga: MakeYoga, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = yoga()
    kill(monkeypatch, Journal, "cancel", is_after=False)
    with pytest.raises(Killed):
        one.move()
    unread = {"method": "GET", "route": DELETE["route"], "kind": "status", "status": 503, "probability": 1}
    card.bed.fault("altegio", {**DELETE, **refused(403)}, unread)
    card.bed.pass_time(130)
    card.bed.ring(HintKind.LOCATION, source="sweep")
    card.bed.serve()
    assert card.bed.parked() == {}
    card.bed.fault("altegio")
    card.bed.sweep()
    assert card.bed.parked() == {one.old["id"]: "not_cancelled"}
    assert one.left_open == []
    card.bed.salon("DELETE", f"/record/{card.location}/{one.old['id']}")
    card.bed.sweep()
    assert card.bed.parked() == {}


def test_what_the_sweep_may_not_cancel_waits_for_a_person(
    card: Card, yoga: MakeYoga, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = yoga()
    kill(monkeypatch, Journal, "cancel", is_after=False)
    with pytest.raises(Killed):
        one.move()
    card.bed.fault("altegio", {**DELETE, **refused(403)})
    card.bed.pass_time(130)
    card.bed.sweep()
    assert card.bed.parked() == {one.old["id"]: "not_cancelled"}
    assert one.left_open == []
    card.bed.fault("altegio")
    card.bed.pass_time(130)
    card.bed.sweep()
    assert sorted(one.places) == sorted([one.old["activity_id"], one.to["id"]])
    assert card.bed.parked() == {one.old["id"]: "not_cancelled"}
    card.bed.salon("DELETE", f"/record/{card.location}/{one.old['id']}")
    card.bed.sweep()
    assert card.bed.parked() == {}
    card.bed.assert_together(card.record(one.old["id"]), one.new())


@pytest.mark.parametrize("order", ["new first", "old first", "together"])
@pytest.mark.parametrize("later", [1, -1], ids=["to a later event", "to an earlier event"])
def test_the_deal_goes_on_whichever_is_seen_first(card: Card, yoga: MakeYoga, order: str, later: int) -> None:
    one = yoga(later=later)
    deal = card.bed.deal_of(one.old)
    tasks, moves = len(card.bed.look("tasks")), stage_moves(card, deal["id"])
    if order == "new first":
        card.bed.fault("altegio", {**DELETE, "kind": "status", "status": 503, "times": 5})
        asked = one.asked()
        assert one.moved(asked)["outcome"] == "unknown"
        carry(card)
        assert card.bed.assert_together(card.record(one.old["id"]), one.new())["id"] == deal["id"]
        card.bed.fault("altegio")
        assert one.look(asked)["outcome"] == "done"
    else:
        assert one.moved()["outcome"] == "done"
    if order == "old first":
        for hint in reversed(card.rung()):
            card.bed.queue.send([hint])
            card.bed.drain()
    else:
        carry(card)
    now = card.bed.assert_together(card.record(one.old["id"]), one.new())
    assert (now["id"], now["status_id"]) == (deal["id"], deal["status_id"])
    # Nobody has to be told of a new booking, and the deal was never among the cancelled ones.
    assert len(card.bed.look("tasks")) == tasks
    assert stage_moves(card, deal["id"]) == moves


def stage_moves(card: Card, deal: int) -> int:
    events = card.bed.look("events", **{"filter[type]": "lead_status_changed"})
    return sum(event["entity_id"] == deal for event in events)


def test_a_booking_that_has_no_deal_as_yet_shares_its_deal(card: Card, yoga: MakeYoga) -> None:
    one = yoga(is_known=False)
    card.bed.fault("altegio", {**DELETE, **refused(403)})
    assert one.moved()["outcome"] == "partial"
    card.bed.fault("altegio")
    carry(card)
    card.bed.come_to_rest()
    card.bed.assert_together(card.record(one.old["id"]), one.new())


def test_a_booking_that_was_made_from_a_deal_and_moved_at_once_stays_with_it(card: Card, yoga: MakeYoga) -> None:
    one = yoga(is_known=False)
    contact = card.bed.make_contact("Guest 718", "+34600000718")
    body = [{"name": "Wants yoga", **card.bed.deal_place(), "_embedded": {"contacts": [{"id": contact}]}}]
    deal = card.bed.in_kommo("POST", "leads", body)["_embedded"]["leads"][0]["id"]
    order = card.order(718, deal=deal, parts=[{"event": one.old["activity_id"]}])
    booking = card.book(order)["parts"][0]["booking"]
    told = card.told("POST", PLACE, one.asked(), location=card.location, booking=booking)
    assert (told["outcome"], told["deal"]) == ("done", deal)
    carry(card)
    card.bed.come_to_rest()
    card.bed.assert_shows(dict(card.bed.view().deals[deal]), card.record(told["parts"][0]["booking"]))


@pytest.mark.usefixtures("_owner_again")
def test_what_the_user_may_not_see_of_a_client_is_taken_over_all_the_same(card: Card, yoga: MakeYoga) -> None:
    trainer = replace(yoga(), card=card.another())
    trainer.card.log_in("dani")
    card.keep_up()
    told = trainer.moved()
    assert "+34" not in json.dumps(told)
    assert (told["outcome"], told["replaced"]["reason"]) == ("partial", "rights")  # nor may he cancel
    assert trainer.new()["client"] == trainer.old["client"]


@pytest.fixture
def _owner_again(card: Card) -> Iterator[None]:
    yield
    card.log_in()


@pytest.mark.parametrize("status", [ARRIVED, None], ids=["there", "gone"])
def test_who_was_there_or_is_gone_is_not_moved(card: Card, yoga: MakeYoga, status: int | None) -> None:
    one = yoga(attendance=status or WAITING)
    if status is None:
        card.bed.salon("DELETE", f"/record/{card.location}/{one.old['id']}")
    before = len(card.marked())
    asked = one.asked()
    code, told = one.move(asked)
    expected = {(409, "booking_arrived")} if status else {(409, "booking_cancelled"), (404, "booking")}
    assert (code, told["error"]["code"]) in expected
    assert len(card.marked()) == before
    assert card.ask("GET", "/attempts/{request}", request=asked["request"])[0] == 404


def test_what_makes_no_sense_is_refused_before_anything_is_asked(card: Card, yoga: MakeYoga) -> None:
    one = yoga()
    status, told = one.move(one.asked(event=one.old["activity_id"]))
    assert (status, told["error"]["code"], told["error"]["field"]) == (400, "same_event", "event")
    own = card.book(card.order(721, "12:00"))["parts"][0]["booking"]
    status, told = card.ask("POST", PLACE, one.asked(), location=card.location, booking=own)
    assert (status, told["error"]["code"]) == (400, "no_event")
    assert card.ask("POST", PLACE, one.asked(), location=card.location, booking=1)[0] == 404
    card.see_only(1)
    assert one.move()[0] == 404
    card.see_only()
    assert card.ask("POST", PLACE, one.asked(event=0), location=card.location, booking=own)[0] == 422
