"""An account that has something of every kind, and providers that answer whatever they are asked."""

import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bookdeal.bookings.card.attempts import Attempt, Attempts, Part, PartState
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.placing import found_link
from bookdeal.bookings.decisions import Decision, Decisions
from bookdeal.bookings.differences import Difference, DifferenceKind, Differences
from bookdeal.bookings.imports import Imports, Wanted
from bookdeal.bookings.links import Links
from bookdeal.bookings.origins import Origins
from bookdeal.bookings.parking import ParkedWork
from bookdeal.bookings.undo import PLACE, PRICE, Entity, Undo
from bookdeal.clients.contacts import Card, ContactBook, ContactIndex, Owners
from bookdeal.clients.statistics_book import ContactStatistics, StatisticsBook
from bookdeal.duplicates.findings import Findings, Found, Scan
from bookdeal.duplicates.pairs import Kind, Level, Reason
from bookdeal.model.client import ClientTotals, Membership
from bookdeal.model.command import CommandKind
from bookdeal.model.deal import Place
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
    difference = Difference(DifferenceKind.DEAL_DIFFERS, HERE, BOOKING, DEAL, {"fields": [SECRET_WORD]})
    Differences(widget.table("decisions"), id).note([difference], "comparison", store.clock.now())
    attempts = Attempts(widget.table("decisions"), Origins(widget.table("links"), id), id)
    part = Part("mark", PartState.MADE, BOOKING)
    attempts.begin(Attempt(REQUEST, HERE, DEAL, ADMIN, int(store.clock.now()), "digest", (part,)))
    hints = Hints(aws.sqs().list_queues()["QueueUrls"][0], aws.sqs())
    commands = Commands(widget.table("decisions"), id)
    command = commands.ask(CommandKind.SET_UP, {"word": SECRET_WORD}, ADMIN, hints)
    batch, decision = _decided(widget, commands, hints)
    preview = commands.ask(CommandKind.PREVIEW, {"settings": {}}, ADMIN, hints)
    findings = Findings(widget.table("decisions"), id)
    findings.keep_groups("1", [Found(Kind.DEALS, (DEAL, 502), Level.CERTAIN, (Reason.SAME_PERSON,), DEAL)])
    findings.replace_newest(Scan("1", 1.0, {"contacts": 2}))
    findings.ignore(Kind.CONTACTS, [(CONTACT, 302)], ADMIN)
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
        "preview": preview.id,
        "batch": batch,
        "decision": decision,
        "request": REQUEST,
        "user": ADMIN,
        "difference": difference.id,
    }


def _decided(widget: Widget, commands: Commands, hints: Hints) -> tuple[str, str]:
    """Let a command of the owner's have written something; return its id and that of its decision."""
    decisions = Decisions(widget.table("decisions"), widget.installation.id)
    command = commands.ask(CommandKind.MOVE_BOOKING, {}, ADMIN, hints)
    decision = Decision(
        deal=DEAL,
        location=HERE,
        booking=BOOKING,
        event="booking_changed",
        rule=SECRET_WORD,
        before=Place(20, 1),
        after=Place(20, 2),
        fields=("PRICE",),
        skipped=None,
        at=1000.0,
        correlation_id="c",
        batch=command.id,
        undo=Undo(Entity.DEAL, DEAL, {PLACE: [20, 1], PRICE: 30}, {PLACE: [20, 2], PRICE: 40}),
    )
    widget.store.transact([decisions.record(decision)])
    decisions.keep_batch(command)
    (found,) = decisions.of_deal(DEAL)
    return command.id, str(found["key"]).rpartition("#")[2]


def lists(url: str) -> Any:
    """Return what both sides tell an administrator."""
    path = re.sub(r"\?.*", "", url).rsplit("/", 1)[1]
    match path:
        case "pipelines":
            return answers.embedded("pipelines", answers.PIPELINES if KOMMO in url else [])
        case "users":
            return answers.embedded("users", answers.USERS if KOMMO in url else answers.USERS[1:])
        case "contacts":
            return answers.embedded(path, [{"id": CONTACT, "name": SECRET_WORD}] if KOMMO in url else [])
        case "leads":
            place = {"pipeline_id": 100, "status_id": 11, "name": SECRET_WORD}
            return answers.embedded(path, [{"id": DEAL, **place}] if KOMMO in url else [])
        case "custom_fields" | "loss_reasons" | "tags":
            return answers.embedded(path, [])
        case "account":
            return {"id": 1, "subdomain": "x", "_embedded": {"task_types": [], "datetime_settings": {}}}
        case "auth":
            return answers.ok({"id": 1, "user_token": "new-token"})
    return answers.ok([])
