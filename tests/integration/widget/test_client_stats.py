"""The card of a contact's purchases, visits and memberships."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bookdeal.bookings.commands.store import Commands
from bookdeal.clients.contacts import ContactBook, ContactIndex, Owners
from bookdeal.clients.statistics_book import ContactStatistics, StatisticsBook
from bookdeal.model.client import ClientTotals, Membership
from bookdeal.model.command import CommandKind

from .conftest import WORKER, Widget

STATISTICS, REFRESH = "/clients/{contact}/statistics", "/clients/{contact}/refresh"
CONTACT, FOREIGN = 501, 502
READ_AT = int(datetime(2026, 5, 5, 3, tzinfo=UTC).timestamp())
ENDS = int(datetime(2036, 7, 3, 16, tzinfo=UTC).timestamp())
KNOWN = ContactStatistics(
    CONTACT,
    totals={
        (900100, 11): ClientTotals(11, "", Decimal("264.5"), 12, datetime(2026, 5, 2, 10, 30)),
        (900200, 22): ClientTotals(22, "", Decimal("35.5"), 1, datetime(2026, 3, 1, 9)),
    },
    memberships=(
        Membership(2, 900100, "Club", None, None, None),
        Membership(1, 900100, "10 classes", ENDS - 7_776_000, ENDS, 7, (("Yoga", 5), ("Massage", 2)), is_frozen=True),
        Membership(3, 900100, "Old", READ_AT - 7_776_000, READ_AT, 3),
    ),
    read_at=READ_AT,
)


def know(widget: Widget, contact: int, clients: set[tuple[int, int]], installation: str = "") -> None:
    """Let a contact be these clients."""
    id = installation or widget.installation.id
    clock = widget.store.clock
    book = ContactBook(widget.table("links"), id, "salt", ContactIndex(), clock)
    widget.store.transact(book.remember([Owners(contact, dict.fromkeys(clients, ""))]))


def keep(widget: Widget, known: ContactStatistics) -> StatisticsBook:
    statistics = StatisticsBook(widget.table("links"), widget.installation.id)
    widget.store.transact([[statistics.keep(known)]])
    return statistics


def card(widget: Widget, contact: int = CONTACT) -> Any:
    status, answer = widget.ask("client_stats", "GET", STATISTICS, place={"contact": contact})
    assert status == 200
    return answer


def test_the_card(widget: Widget) -> None:
    know(widget, CONTACT, {(900100, 11), (900200, 22)})
    keep(widget, KNOWN)
    assert card(widget) == {
        "contact": CONTACT,
        "purchases": "300",
        "currency": "EUR",
        "visits": 13,
        "last_visit": "2026-05-02T08:30:00+00:00",
        "locations": [
            {
                "location": 900100,
                "title": "Gràcia",
                "client": 11,
                "purchases": "264.5",
                "currency": "EUR",
                "visits": 12,
                "last_visit": "2026-05-02T10:30:00",
            },
            {
                "location": 900200,
                "title": "Alfama",
                "client": 22,
                "purchases": "35.5",
                "currency": "EUR",
                "visits": 1,
                "last_visit": "2026-03-01T09:00:00",
            },
        ],
        "memberships": [
            {
                "id": 1,
                "title": "10 classes",
                "starts": "2036-04-04T18:00:00+02:00",
                "ends": "2036-07-03T18:00:00+02:00",
                "remaining": 7,
                "by_category": {"Yoga": 5, "Massage": 2},
                "is_frozen": True,
            },
            {
                "id": 2,
                "title": "Club",
                "starts": None,
                "ends": None,
                "remaining": None,
                "by_category": {},
                "is_frozen": False,
            },
        ],
        "read_at": "2026-05-05T03:00:00+00:00",
    }


def test_a_night_of_comparing_is_a_reading(widget: Widget) -> None:
    know(widget, CONTACT, {(900100, 11)})
    keep(widget, KNOWN).keep_all_read(READ_AT + 86400)
    assert card(widget)["read_at"] == "2026-05-06T03:00:00+00:00"


def test_a_contact_that_was_never_read(widget: Widget) -> None:
    know(widget, CONTACT, {(900100, 11)})
    StatisticsBook(widget.table("links"), widget.installation.id).keep_all_read(READ_AT)
    answer = card(widget)
    assert (answer["purchases"], answer["visits"], answer["last_visit"], answer["read_at"]) == ("0", 0, None, None)
    assert [one["client"] for one in answer["locations"]] == [11]


def test_a_client_who_is_somebody_elses_now_does_not_count(widget: Widget) -> None:
    know(widget, CONTACT, {(900100, 11)})
    keep(widget, KNOWN)
    assert card(widget)["purchases"] == "264.5"


def test_locations_that_are_not_synchronised_any_more_are_not_shown(widget: Widget) -> None:
    know(widget, CONTACT, {(900100, 11), (900300, 33)})
    keep(widget, replace(KNOWN, totals=KNOWN.totals | {(900300, 33): ClientTotals(33, "", Decimal(7), 1, None)}))
    answer = card(widget)
    assert (answer["purchases"], [one["location"] for one in answer["locations"]]) == ("264.5", [900100])


@pytest.mark.parametrize(("method", "route"), [("GET", STATISTICS), ("POST", REFRESH)])
def test_a_contact_of_nobody_or_of_another_installation(widget: Widget, method: str, route: str) -> None:
    know(widget, FOREIGN, {(900100, 11)}, installation="other")
    for contact in (FOREIGN, 503):
        status, answer = widget.ask("client_stats", method, route, place={"contact": contact})
        assert (status, answer["error"]["code"]) == (404, "contact")
    assert Commands(widget.table("decisions"), widget.installation.id).waiting() == []


def test_any_user_may_ask_for_a_reading(widget: Widget) -> None:
    know(widget, CONTACT, {(900100, 11)})
    status, answer = widget.ask(
        "client_stats", "POST", REFRESH, place={"contact": CONTACT}, token=widget.token(user=WORKER)
    )
    assert status == 200
    (command,) = Commands(widget.table("decisions"), widget.installation.id).waiting()
    assert (command.id, command.kind, command.params, command.by) == (
        answer["command"],
        CommandKind.REFRESH_CLIENTS,
        {"contacts": [CONTACT]},
        WORKER,
    )
