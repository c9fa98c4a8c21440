"""An account that has something of every kind, and providers that answer whatever they are asked."""

import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bookdeal.bookings.card.attempts import Attempt, Attempts, Part, PartState
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.imports import Imports, Wanted
from bookdeal.bookings.links import Links
from bookdeal.bookings.origins import Origins
from bookdeal.bookings.parking import ParkedWork
from bookdeal.clients.contacts import Card, ContactBook, ContactIndex, Owners
from bookdeal.clients.statistics_book import ContactStatistics, StatisticsBook
from bookdeal.model.client import ClientTotals, Membership
from bookdeal.model.command import CommandKind
from bookdeal.runtime import aws
from bookdeal.runtime.credentials import Secret
from bookdeal.runtime.queue import Hints

from . import answers
from .conftest import ADMIN, KOMMO, Widget

HERE, THERE = 900100, 900200
BOOKING, DEAL, CLIENT, CONTACT = 640001, 501, 880055, 301
REQUEST = "request-of-the-owner"
SECRET_WORD = "Gracia-only"
"""Stands in everything that only the owner may read."""


def fill(widget: Widget) -> dict[str, Any]:
    """Give the owner something of every kind; return the ids by which it is named."""
    id, store = widget.installation.id, widget.store
    links = Links(widget.table("links"), id)
    link = replace(found_link((HERE, BOOKING), DEAL, None, None), contact=CONTACT, client=CLIENT)
    book = ContactBook(widget.table("links"), id, "salt", ContactIndex(), store.clock)
    owners = Owners(CONTACT, {(HERE, CLIENT): ""}, frozenset({"+34600000101"}), card=Card(shown=(HERE, CLIENT)))
    totals = {(HERE, CLIENT): ClientTotals(CLIENT, "", Decimal(71), 5, datetime(2026, 5, 2))}
    membership = Membership(1, HERE, f"{SECRET_WORD} club", None, None, None)
    statistics = StatisticsBook(widget.table("links"), id).keep(
        ContactStatistics(CONTACT, totals, (membership,), read_at=1)
    )
    assert not any(
        store.transact([[links.change(link, None), links.claim(link)], *book.remember([owners]), [statistics]])
    )
    parked = ParkedWork(widget.table("parked"), id)
    doubt = {"doubt": "several_contacts", "contacts": (CONTACT, 302)}
    parked.park((HERE, BOOKING), "ambiguous_contact", "v", 1000, client=CLIENT, **doubt)
    attempts = Attempts(widget.table("decisions"), Origins(widget.table("links"), id), id)
    part = Part("mark", PartState.MADE, BOOKING)
    attempts.begin(Attempt(REQUEST, HERE, DEAL, ADMIN, int(store.clock.now()), "digest", (part,)))
    hints = Hints(aws.sqs().list_queues()["QueueUrls"][0], aws.sqs())
    command = Commands(widget.table("decisions"), id).ask(CommandKind.SET_UP, {"word": SECRET_WORD}, ADMIN, hints)
    wanted = Wanted((HERE,), date(2025, 1, 1), date(2025, 12, 31))
    begun = Imports(widget.table("installations"), id).beginning(wanted, command.id, ADMIN, None)
    assert not any(store.transact([[begun]]))
    widget.vault.store(id, f"altegio#{ADMIN}", Secret(access="altegio-token-of-ada"))
    widget.table("installations").put(
        {
            "installation": id,
            "part": "access",
            "problems": [{"key": SECRET_WORD, "code": SECRET_WORD, "since": 5.0, "location": HERE, "noticed": True}],
        }
    )
    return {
        "location": HERE,
        "booking": BOOKING,
        "deal": DEAL,
        "client": CLIENT,
        "contact": CONTACT,
        "command": command.id,
        "request": REQUEST,
        "user": ADMIN,
    }


def lists(url: str) -> Any:
    """Return what both sides tell an administrator."""
    path = re.sub(r"\?.*", "", url).rsplit("/", 1)[1]
    match path:
        case "pipelines":
            return answers.embedded("pipelines", answers.PIPELINES if KOMMO in url else [])
        case "users":
            return answers.embedded("users", answers.USERS if KOMMO in url else answers.USERS[1:])
        case "custom_fields" | "contacts":
            return answers.embedded(path, [])
        case "account":
            return {"id": 1, "subdomain": "x", "_embedded": {"task_types": [], "datetime_settings": {}}}
        case "auth":
            return answers.ok({"id": 1, "user_token": "new-token"})
    return answers.ok([])
