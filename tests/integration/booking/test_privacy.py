"""What is left behind by journeys through the whole product names nobody: logs, queues, stored work, refusals."""

import json
import logging
from typing import Any

import pytest

from bookdeal.desk.serving import Operator
from bookdeal.model.command import CommandKind
from bookdeal.model.hint import HintKind
from sandbox.stack import demo
from tests.integration.mover.bed import CONFIRMED, Bed

from .conftest import CANCEL, Card

NAME, SURNAME, PHONE, EMAIL = "Xenobia", "Quillfeather", "34655987321", "xq.secret@example.test"
PASSWORD = "swordfish-9182"
SPELLINGS = (NAME, SURNAME, PHONE, PHONE[2:], EMAIL, PASSWORD)


def spoken(bed: Bed) -> list[str]:
    """Return the names and tokens that must not be said."""
    tokens = [bed.kommo.access_token, bed.altegio.user_token, bed.altegio.partner_token, bed.altegio.password]
    return [*SPELLINGS, *tokens, bed.kommo.client_secret]


@pytest.fixture
def operator(card: Card) -> Operator:
    bed = card.bed
    return Operator(bed.server.environment, bed.queue, bed.clock)


def test_nothing_that_is_left_behind_names_anybody(
    card: Card, operator: Operator, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    bed = card.bed
    answers: list[Any] = []
    hints: list[str] = []
    person = {"name": f"{NAME} {SURNAME}", "phone": f"+{PHONE}", "email": EMAIL}

    # The salon books, Kommo's contact cannot be told apart: a question; then a status, a refusal and a fault.
    for number in (1, 2):
        bed.make_contact(f"{NAME} {number}", f"+{PHONE}")
    record = bed.book({**person, "phone": PHONE})
    bed.hint(record)
    hints += [hint.to_json() for _, hint in bed.queue.waiting]
    bed.drain()
    assert bed.parked()[record["id"]] == "ambiguous_contact"
    bed.fault("kommo", {"method": "PATCH", "route": "/api/v4/leads", "times": 1, "kind": "status", "status": 400})
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    bed.work(record, kind=HintKind.PAYMENT)

    # The widget books for the same person, rightly, wrongly and with what cannot be.
    order = card.order(person=person, comment=f"{NAME} likes tea")
    booked = card.told("POST", "/bookings", order)
    answers.append(("booked", booked))
    for broken in (
        {**order, "request": "other-request-1", "parts": [{"employee": 1, "services": [1]}]},
        {**order, "person": {**person, "phone": f"{NAME}-{PHONE}"}},
        {**order, "person": {**person, "secret": EMAIL}},
        {**order, "colour": EMAIL},
        {**order, "location": EMAIL},
        {**order, "comment": "other"},
    ):
        status, told = card.ask("POST", "/bookings", broken)
        assert status >= 400
        answers.append(("refused", told))
    bed.fault("altegio", {"method": "POST", "route": "/api/v1/records/{company}", "times": 1, "kind": "close"})
    answers.append(("unknown", card.ask("POST", "/bookings", {**order, "request": "other-request-2"})[1]))
    bed.fault("altegio")

    # The widget cancels, and says why.
    place = {"location": card.location, "booking": booked["parts"][0]["booking"]}
    for reason in (f"{NAME} " * 200, f"{NAME} has fallen ill, call {PHONE}"):
        answers.append(("cancelled", card.ask("POST", CANCEL, {"reason": reason}, **place)))
    assert [answer[0] for _, answer in answers[-2:]] == [422, 200]

    # The desk exports and erases, and mistakes itself.
    named = {"installation": demo.INSTALLATION}
    for request in (
        {"command": "export_person", "phone": f"+{PHONE}", **named},
        {"command": "export_person", "email": EMAIL, **named},
        {"command": "erase_person", "client": [record["company_id"], record["client"]["id"]], **named},
        {"command": "erase_person", "phone": EMAIL, **named},
        {"command": "register", "client_id": EMAIL, "secret": PASSWORD, "redirect_uri": PHONE},
        {"command": EMAIL, "secret": PASSWORD},
    ):
        answers.append((request["command"] == "export_person", operator.serve(request, 50)))
    bed.ask(CommandKind.RESOLVE_CLIENT, location=bed.location, client=record["client"]["id"], contact="new")
    hints += [hint.to_json() for _, hint in bed.queue.waiting]
    hints += [hint.to_json() for hint in card.rung()]
    bed.drain()

    said = capfd.readouterr()
    places = {
        "log": caplog.text + json.dumps([record.__dict__ for record in caplog.records], default=str),
        "output": said.out + said.err,
        "hints": json.dumps(hints),
        "answers": json.dumps(answers),
        **{table: json.dumps(bed.items(table), default=str) for table in ("Decisions", "Parked", "Links", "Scratch")},
        "installations": json.dumps(bed.items("Installations"), default=str),
        "credentials": json.dumps(bed.items("Credentials"), default=str),
    }
    assert hints
    assert any(f'"outcome":"{outcome}"' in places["output"] for outcome in ("invalid", "done"))
    found = {(place, word) for place, text in places.items() for word in spoken(bed) if word.lower() in text.lower()}
    assert not found
