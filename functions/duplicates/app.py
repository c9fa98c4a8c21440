"""Serves the search for duplicate contacts, deals and bookings, and asks for what is to be done about them."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from bookdeal.bookings.card.duplicate_bookings import duplicate_bookings
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.decisions import Decisions
from bookdeal.bookings.links import Links
from bookdeal.clients.contacts import ContactBook, ContactIndex
from bookdeal.duplicates.findings import Findings
from bookdeal.duplicates.pairs import Kind
from bookdeal.duplicates.screens import ChoicesScreen, GroupsScreen, HandleBody, IgnoreBody, IgnoredScreen, ScanScreen
from bookdeal.duplicates.searching import Around, Search
from bookdeal.duplicates.traits import open_places
from bookdeal.installs.calls import Call, widget_api
from bookdeal.model.command import CommandKind
from bookdeal.runtime.api import Asked, Id
from bookdeal.runtime.errors import NotFound, RateLimited, Rejected, Revoked, Transient

api = widget_api("duplicates")
handler = api

type Page = Annotated[int, Query(ge=1, le=10_000)]


@api.get("/duplicates", admin=True)
def read_scan() -> ScanScreen:
    """When duplicates were last searched for in the whole account, what was read and found, and what goes on now."""
    return ScanScreen.of(_findings(api.call).newest(), _scanning(api.call))


@api.post("/duplicates/scan", admin=True, repeatable=True)
def scan() -> Asked:
    """Search the whole account; while that goes on no other search is begun."""
    call = api.call
    running = _scanning(call)
    return Asked(
        command=running or _commands(call).ask(CommandKind.SCAN_DUPLICATES, {}, call.caller.user, call.hints).id
    )


@api.get("/duplicates/groups", admin=True)
def read_groups(kind: Kind, page: Page = 1) -> GroupsScreen:
    """What the newest search has found, the surest first; without what is ignored or was taken care of since."""
    findings = _findings(api.call)
    newest = findings.newest()
    if newest is None:
        return GroupsScreen(groups=[])
    decisions = Decisions(api.call.tables.decisions, api.call.installation.id)
    handlers = {id: decisions.batch(id) for id in findings.handlers(newest.id, kind)}
    undone = {id for id, batch in handlers.items() if batch is not None and batch.undone}
    return GroupsScreen.of(*findings.groups(newest.id, kind, page, undone))


@api.get("/duplicates/choices", admin=True)
def read_choices() -> ChoicesScreen:
    """The account's loss reasons, and the tags that its deals may have."""
    kommo = api.call.kommo
    return ChoicesScreen.of(kommo.loss_reasons(), kommo.tags())


@api.get("/duplicates/deals/{deal}")
def search_deal(deal: Id) -> GroupsScreen:
    """Which other deals may be this one, which contacts its main contact, and which of his bookings are there twice."""
    return _with_bookings(api.call, _search(api.call).around_deal(deal))


@api.get("/duplicates/contacts/{contact}")
def search_contact(contact: Id) -> GroupsScreen:
    """Which other contacts may be this person, and which of his deals and bookings are there twice."""
    return _with_bookings(api.call, _search(api.call).around_contact(contact))


@api.post("/duplicates/actions", admin=True)
def handle_duplicates(body: HandleBody) -> Asked:
    """Ask for contacts to be linked, deals tagged or closed, bookings cancelled; what cannot be done is named.

    `GET /commands/{command}` counts what is done and names each refusal: deal_gone, deal_won, pipeline_archived,
    kept_deal_gone, booking_to_come (its booking has to be moved or cancelled first), contact_gone, location, rights.
    """
    call = api.call
    params = body.params()
    return Asked(command=_commands(call).ask(CommandKind.HANDLE_DUPLICATES, params, call.caller.user, call.hints).id)


@api.get("/duplicates/ignored", admin=True)
def read_ignored(kind: Kind, page: Page = 1) -> IgnoredScreen:
    """The groups whose members are found together by no search."""
    return IgnoredScreen.of(kind, *_findings(api.call).ignored_groups(kind, page))


@api.put("/duplicates/ignored", admin=True)
def ignore(body: IgnoreBody) -> IgnoreBody:
    """Let the members of a group be found together never again, by no search; or let them be found again."""
    findings, user = _findings(api.call), api.call.caller.user
    if body.ignored:
        findings.ignore(body.kind, body.pairs, user)
    else:
        findings.stop_ignoring(body.kind, body.pairs)
    return body


def _commands(call: Call) -> Commands:
    return Commands(call.tables.decisions, call.installation.id)


def _findings(call: Call) -> Findings:
    return Findings(call.tables.decisions, call.installation.id)


def _scanning(call: Call) -> str | None:
    waiting = _commands(call).waiting()
    return next((one.id for one in waiting if one.kind is CommandKind.SCAN_DUPLICATES), None)


def _with_bookings(call: Call, around: Around) -> GroupsScreen:
    links = Links(call.tables.links, call.installation.id)
    ignored = _findings(call).ignored_bookings()
    try:
        found = duplicate_bookings(around.deals, links, call.altegio, call.locations, call.clock.now(), ignored)
    except (NotFound, RateLimited, Rejected, Revoked, Transient):
        # What Kommo shows is of use without Altegio.
        return GroupsScreen.of(around.found, partial=True)
    return GroupsScreen.of([*around.found, *found])


def _search(call: Call) -> Search:
    installation = call.installation
    # Before the set-up no field is ours, and an account's country is not known.
    layout = installation.layout
    country = layout.account.country if layout else ""
    seen = {location.id for location in call.locations}
    return Search(
        kommo=call.kommo,
        book=ContactBook(call.tables.links, installation.id, installation.phone_salt, ContactIndex(), call.clock),
        country=country or next((one.country for one in installation.locations), ""),
        fields=layout.deal_fields if layout else {},
        client_field=layout.contact_fields.get("CLIENT_ID") if layout else None,
        are_open=open_places(layout.pipelines if layout else call.kommo.pipelines()),
        findings=_findings(call),
        hidden={location.id for location in installation.locations} - seen,
    )
