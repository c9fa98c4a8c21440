from typing import Any

import pytest
import responses

from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.parking import ParkedWork
from bookdeal.installs.users import User, UserStore
from bookdeal.model.command import CommandKind
from bookdeal.model.hint import Hint
from bookdeal.runtime import aws

from . import answers
from .conftest import ADMIN, WORKER, Widget

HERE, THERE = 900100, 900200
CLIENT, CANDIDATES = 880001, (301, 302)
QUESTION = "/questions/{location}/{client}"
PLACE = {"location": HERE, "client": CLIENT}


@pytest.fixture(autouse=True)
def _asked(widget: Widget) -> None:
    """Two bookings of one client wait here, one there; another is parked for something else."""
    parked = ParkedWork(widget.table("parked"), widget.installation.id)
    doubt = {"doubt": "several_contacts", "contacts": CANDIDATES}
    parked.park((HERE, 640002), "ambiguous_contact", "v", 2000, client=CLIENT, **doubt)
    parked.park((HERE, 640001), "ambiguous_contact", "v", 1000, client=CLIENT, **doubt)
    parked.park((THERE, 640001), "ambiguous_contact", "v", 3000, client=7, doubt="similar_phone", contacts=(303,))
    parked.park((HERE, 640009), "planning_failed", "v", 500, code="KeyError")


@pytest.fixture
def _lists(providers: responses.RequestsMock) -> None:
    answers.lists(providers)


def test_open_questions(widget: Widget) -> None:
    status, body = widget.ask("settings", "GET", "/questions")
    assert status == 200
    assert body["questions"] == [
        {
            "location": HERE,
            "client": CLIENT,
            "doubt": "several_contacts",
            "candidates": [301, 302],
            "bookings": [640001, 640002],
            "deals": [],
            "since": 1000,
        },
        {
            "location": THERE,
            "client": 7,
            "doubt": "similar_phone",
            "candidates": [303],
            "bookings": [640001],
            "deals": [],
            "since": 3000,
        },
    ]


@pytest.mark.usefixtures("_lists")
def test_who_sees_one_location_sees_its_questions_alone(widget: Widget) -> None:
    store = UserStore(widget.table("installations"), widget.table("credentials"), widget.vault, widget.installation.id)
    store.choose([User(WORKER, locations=frozenset({THERE}))], 0)
    theirs = widget.token(WORKER)
    _, body = widget.ask("settings", "GET", "/questions", token=theirs)
    assert [question["location"] for question in body["questions"]] == [THERE]
    for method, given in (("GET", None), ("POST", {"contact": 301})):
        status, body = widget.ask("settings", method, QUESTION, given, place=PLACE, token=widget.token(WORKER))
        assert (status, body["error"]["code"]) == (404, "question")


def test_both_sides_of_a_question(widget: Widget, providers: responses.RequestsMock) -> None:
    contact = {"id": 301, "name": "Carla", "custom_fields_values": [answers.phone("600000101")]}
    providers.get(answers.kommo("contacts"), json=answers.embedded("contacts", [contact]))
    providers.get(answers.altegio(f"record/{HERE}/640002"), json=answers.ok(record(CLIENT)))
    status, body = widget.ask("settings", "GET", QUESTION, place=PLACE)
    assert status == 200
    assert body["client"] == {
        "id": CLIENT,
        "name": "Carla Ruiz",
        "phones": ["+34600000101"],
        "emails": ["carla@example.test"],
    }
    assert body["candidates"] == [{"id": 301, "name": "Carla", "phones": ["600000101"], "emails": []}]


def test_a_booking_that_is_somebody_elses_by_now_shows_nobody(
    widget: Widget, providers: responses.RequestsMock
) -> None:
    providers.get(answers.kommo("contacts"), status=204)
    providers.get(answers.altegio(f"record/{HERE}/640002"), json=answers.ok(record(CLIENT + 1)))
    _, body = widget.ask("settings", "GET", QUESTION, place=PLACE)
    assert (body["client"], body["candidates"]) == (None, [])


@pytest.mark.parametrize("contact", [302, 999, "new"])
def test_an_answer_becomes_a_command(widget: Widget, contact: int | str) -> None:
    status, body = widget.ask("settings", "POST", QUESTION, {"contact": contact}, place=PLACE)
    assert (status, body["state"]) == (200, "waiting")
    command = Commands(widget.table("decisions"), widget.installation.id).read(body["id"])
    assert command is not None
    assert (command.kind, command.by) == (CommandKind.RESOLVE_CLIENT, ADMIN)
    assert command.params == {"location": HERE, "client": CLIENT, "contact": contact}
    (message,) = aws.sqs().receive_message(QueueUrl=queue(widget))["Messages"]
    assert Hint.from_json(message["Body"]).commands == (command.id,)


@pytest.mark.parametrize(
    ("place", "body", "status"),
    [
        ({"location": HERE, "client": 1}, {"contact": 301}, 404),
        ({"location": 1, "client": CLIENT}, {"contact": 301}, 404),
        (PLACE, {"contact": 0}, 422),
        (PLACE, {"contact": "newer"}, 422),
        (PLACE, {"contact": None}, 422),
        (PLACE, {}, 422),
        (PLACE, {"contact": 301, "name": "Carla"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused(widget: Widget, place: dict[str, Any], body: Any, status: int) -> None:
    assert widget.ask("settings", "POST", QUESTION, body, place=place)[0] == status


def record(client: int) -> dict[str, Any]:
    return {
        "id": 640002,
        "client": {"id": client, "name": "Carla Ruiz", "phone": "+34600000101", "email": "carla@example.test"},
        "date": "2026-05-04 18:30:00",
        "last_change_date": "2026-05-02T14:22:50+0200",
        "attendance": 0,
    }


def queue(widget: Widget) -> str:
    return str(aws.sqs().get_queue_url(QueueName="hints.fifo")["QueueUrl"])
