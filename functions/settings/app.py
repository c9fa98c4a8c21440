"""Serves the widget's settings: what there is to choose from, settings, users, the set-up check, open questions."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from bookdeal.bookings.commands.preview_screens import PreviewBody, PreviewRows
from bookdeal.bookings.commands.rebuilding import Asking
from bookdeal.bookings.commands.store import Commands
from bookdeal.bookings.deals.question_screens import AnswerBody, QuestionDetail, QuestionsScreen
from bookdeal.bookings.deals.questions import Question, open_questions
from bookdeal.bookings.links import Links
from bookdeal.bookings.parking import ParkedWork
from bookdeal.bookings.previews import Previews
from bookdeal.installs import checks, users
from bookdeal.installs.access import problems, repaired_hooks
from bookdeal.installs.accesses import Accesses
from bookdeal.installs.calls import Call, widget_api
from bookdeal.installs.choices import AccountLists, ChoiceStore
from bookdeal.installs.connecting import ChosenLocations, ConnectionScreen, LinkScreen, OfferedLocations
from bookdeal.installs.inspection import Inspector
from bookdeal.installs.installation import SETTING_UP
from bookdeal.installs.saving import FOR_SETTINGS, Saving
from bookdeal.installs.screens import (
    AccountScreen,
    CheckScreen,
    ChosenUsers,
    CommandScreen,
    ImportBody,
    ImportScreen,
    LoginBody,
    SetUpBody,
    UsersScreen,
)
from bookdeal.installs.settings import SettingsStore
from bookdeal.installs.settings_check import Facts, facts_of
from bookdeal.installs.settings_file import SettingsFile
from bookdeal.installs.settings_form import SettingsForm
from bookdeal.model.command import CommandKind
from bookdeal.model.deal import User
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.api import Asked, Id
from bookdeal.runtime.errors import BookdealError, Forbidden, Invalid, NotFound, Unauthorised
from bookdeal.runtime.limiter import Lane

api = widget_api("settings")
handler = api

type CommandId = Annotated[str, Path(pattern=r"^[0-9a-f]{1,64}$")]
type Group = Annotated[str, Query(pattern=r"^[0-9a-f]{1,32}$", description="the id of one of the preview's groups")]
type AfterBooking = Annotated[
    str, Query(pattern=r"^([0-9]{1,15}-[0-9]{1,15})?$", description="`more` of the page before")
]
type Anew = Annotated[bool, Query(description="read both sides now, instead of what is at most ten minutes old")]


@api.get("/account")
def read_account(anew: Anew = False) -> AccountScreen:
    """What the settings may choose from: pipelines, stages, fields, users, task types, locations, employees."""
    call = api.call
    choices = _choices(call).read(call.installation, call.kommo, call.altegio, anew=anew)
    return AccountScreen.of(call.installation, choices)


@api.get("/settings")
def read_settings() -> SettingsForm:
    """Everything that was chosen for this account."""
    return SettingsForm.of(api.call.installation.settings)


@api.put("/settings", admin=True)
def save_settings(body: SettingsForm) -> SettingsForm:
    """Save the settings as a whole, made from the version that they name.

    422 with every fault at its field; 409 settings_changed when somebody saved meanwhile.
    """
    call = api.call
    saved = _saving(call).save(body.settings(), body.version)
    _go_on(call)
    return SettingsForm.of(saved)


@api.post("/preview", admin=True, repeatable=True)
def preview_settings(body: PreviewBody) -> Asked:
    """Ask what settings would do before they are saved; `GET /commands/{command}` tells how far that is and what came.

    Its `groups` count the deals that would move, from where to where and by which rule, that would be made, and that
    would be left although the rules want another stage (`skipped` says why); its `counts` those that stay and the
    bookings out of scope. 422 with every fault at its field, as when they are saved.
    """
    call = api.call
    _saving(call).check(body.settings.settings(), at="settings.")
    params = {"settings": body.settings.to_json(), "days": body.days, "ahead": body.ahead}
    return Asked(command=_commands(call).ask(CommandKind.PREVIEW, params, call.caller.user, call.hints).id)


@api.get("/preview/{command}/rows", admin=True)
def read_preview_rows(command: CommandId, group: Group, after: AfterBooking = "") -> PreviewRows:
    """The bookings of one group of a preview, each with the reason. 404 command for a preview that is not there."""
    call = api.call
    found = _commands(call).read(command)
    if found is None or found.kind is not CommandKind.PREVIEW:
        raise NotFound("command")
    return PreviewRows.read(Previews(call.tables.decisions, call.installation.id), command, group, after)


@api.get("/settings/export", admin=True)
def export_settings() -> SettingsFile:
    """The settings as a file that another account can import: ids go with their names."""
    return _saving(api.call).export()


@api.post("/settings/import", admin=True, repeatable=True)
def import_settings(body: ImportBody) -> ImportScreen:
    """What a settings file means here, with what could not be matched; saved if that is asked and nothing is wrong."""
    call = api.call
    saving = _saving(call)
    found = saving.imported(body.file)
    saved = None
    if body.save:
        saved = saving.save(found.settings, body.version)
        _go_on(call)
    return ImportScreen.of(found, () if saved else saving.faults(found.settings), saved=saved)


@api.get("/check", admin=True)
def check_set_up(anew: Anew = False) -> CheckScreen:
    """Every gap of the set-up, with the way to close it."""
    call = api.call
    known = problems(call.tables.installations, call.installation.id)
    repaired = repaired_hooks(call.tables.installations, call.installation.id)
    inspector = Inspector(call.installation, _choices(call), call.kommo, call.altegio, known, repaired)
    seen = inspector.look(_users(call).connections(), anew=anew)
    now = call.clock.now()
    return CheckScreen.of(checks.check(seen, datetime.fromtimestamp(now, UTC)), now)


@api.post("/setup", admin=True)
def set_up(body: SetUpBody) -> CommandScreen:
    """Ask for the recommended pipeline and for fields; `GET /commands/{command}` tells when they are there.

    Its result has the `mapping` to choose for that pipeline, and by code the ids to choose for `optional` fields.
    """
    call = api.call
    params = {"pipeline": body.pipeline, "fields": body.fields_, "optional": sorted(body.optional)}
    asked = _commands(call).ask(CommandKind.SET_UP, params, call.caller.user, call.hints)
    _choices(call).forget(call.installation)
    return CommandScreen.of(asked)


@api.post("/live", admin=True, repeatable=True)
def go_live() -> SettingsForm:
    """Begin to work: every visit from today on gets its deal, or from the day that the settings name.

    422 with every fault of the settings at its field.
    """
    call = api.call
    saving, settings = _saving(call), call.installation.settings
    if settings.start_from is None and call.installation.paused == SETTING_UP:
        settings = replace(settings, start_from=call.installation.today(call.clock.now()))
    saved = saving.save(settings, settings.version)
    if call.installation.paused == SETTING_UP:
        # An account that comes back after it was forgotten has deals of its bookings already.
        asking = Asking(call.tables.store, call.installations, _commands(call), call.hints)
        asking.ask(call.installation.id, SETTING_UP, after=None, by=call.caller.user)
    return SettingsForm.of(saved)


@api.get("/commands/{command}")
def read_command(command: CommandId) -> CommandScreen:
    """What became of something that the caller asked for; an administrator may look at everybody's."""
    call = api.call
    found = _commands(call).read(command)
    if found is None or (found.by != call.caller.user and not call.is_admin):
        raise NotFound("command")
    return CommandScreen.of(found)


@api.get("/questions")
def read_questions() -> QuestionsScreen:
    """Clients for whom a person has to say who they are, at the locations that the caller sees."""
    return QuestionsScreen.of(_questions(api.call))


@api.get("/questions/{location}/{client}")
def read_question(location: Id, client: Id) -> QuestionDetail:
    """Who a client may be: he as his location knows him, and the contacts that fit."""
    call = api.call
    return QuestionDetail.read(_question(call, location, client), call.kommo, call.altegio)


@api.post("/questions/{location}/{client}")
def answer_question(location: Id, client: Id, body: AnswerBody) -> CommandScreen:
    """Say who a client is; `GET /commands/{command}` tells when his bookings have their contact.

    It may be refused later: contact for one that is gone, already_answered when somebody was first.
    """
    call = api.call
    question = _question(call, location, client)
    params = {"location": question.location, "client": question.client, "contact": body.contact}
    return CommandScreen.of(_commands(call).ask(CommandKind.RESOLVE_CLIENT, params, call.caller.user, call.hints))


@api.get("/users")
def read_users() -> UsersScreen:
    """The users, whether they can book, and the locations that they see; who is no administrator sees himself."""
    return _users_screen(api.call)


@api.put("/users", admin=True)
def save_users(body: ChosenUsers) -> UsersScreen:
    """Choose which locations users see, all of them at once.

    409 users_changed when somebody saved them meanwhile. 400 unknown_user, unknown_location and unknown_chain at the
    field.
    """
    call = api.call
    known = {user.id for user in _account_lists(call).users}
    locations = {location.id for location in call.installation.locations}
    chains = {chain.id for chain in _choices(call).chains(call.installation, call.altegio)}
    for number, chosen in enumerate(body.users):
        at = f"users.{number}"
        if chosen.id not in known:
            raise Invalid("unknown_user", field=f"{at}.id", params={"user": chosen.id})
        for location in chosen.locations or ():
            if location not in locations:
                raise Invalid("unknown_location", field=f"{at}.locations", params={"location": location})
        for chain in chosen.chains:
            if chain not in chains:
                raise Invalid("unknown_chain", field=f"{at}.chains", params={"chain": chain})
    _users(call).choose([chosen.user() for chosen in body.users], body.version)
    return _users_screen(call)


@api.post("/users/{user}/login", repeatable=True)
def log_user_in(user: Id, body: LoginBody) -> UsersScreen:
    """Tie a Kommo user to an Altegio login, by himself or an administrator.

    400 authorization_error when Altegio does not accept the pair; 429 after five tries within a quarter of an hour.
    """
    call = api.call
    _must_be_himself(call, user)
    users.must_exist(_users(call).read(), (known.id for known in _account_lists(call).users), user)
    call.connections.limiter().acquire([users.tries(call.installation.id, user)], Lane.BULK, call.deadline)
    _users(call).log_in(user, body.login, body.password, call.altegio)
    return _users_screen(call)


@api.delete("/users/{user}/login")
def log_user_out(user: Id) -> UsersScreen:
    """Untie a Kommo user from his Altegio login and destroy its token."""
    call = api.call
    _must_be_himself(call, user)
    _users(call).log_out(user)
    return _users_screen(call)


@api.get("/connection")
def read_connection() -> ConnectionScreen:
    """How the account is connected, and what is amiss with its access."""
    call = api.call
    try:
        is_admin = call.is_admin
    except BookdealError:
        # Access to Kommo may be just what is lost: that has to be told all the same.
        is_admin = False
    known = problems(call.tables.installations, call.installation.id)
    return ConnectionScreen.of(call.installation, known, is_admin=is_admin)


@api.post("/connection/kommo", admin=True, repeatable=True)
def reconnect_kommo() -> LinkScreen:
    """Where to give access to Kommo anew: Kommo's consent page, good for this account only."""
    return LinkScreen(link=_accesses(api.call).consent_link(api.call.installation))


@api.post("/connection/altegio", admin=True, repeatable=True)
def connect_altegio(body: LoginBody) -> OfferedLocations:
    """Exchange the login of Altegio's main administrator for a token; the password is kept nowhere.

    400 authorization_error when Altegio does not accept the pair; 422 no_locations, other_account; 429 after five
    tries within a quarter of an hour.
    """
    call = api.call
    call.connections.limiter().acquire([users.tries(call.installation.id, 0)], Lane.BULK, call.deadline)
    try:
        found = _accesses(call).locations().log_in(call.installation, body.login, body.password)
    except Unauthorised:
        raise Invalid(users.AUTHORIZATION_ERROR, field="password") from None
    return OfferedLocations.of(found, (location.id for location in call.installation.locations))


@api.get("/connection/locations", admin=True)
def read_locations() -> OfferedLocations:
    """The locations that can be chosen. 404 credentials before anybody has logged in to Altegio."""
    call = api.call
    found = _accesses(call).locations().offered(call.installation)
    return OfferedLocations.of(found, (location.id for location in call.installation.locations))


@api.put("/connection/locations", admin=True)
def choose_locations(body: ChosenLocations) -> OfferedLocations:
    """Choose the locations that are served. 400 location for one that cannot be."""
    call = api.call
    chosen = _accesses(call).locations().choose(call.installation, body.locations)
    return OfferedLocations.of(chosen, body.locations)


def _accesses(call: Call) -> Accesses:
    return Accesses(
        call.connections.environment,
        call.tables.installations,
        call.connections,
        call.hints,
        call.clock,
        str(call.unit.fields.get("correlation_id", "")),
    )


def _saving(call: Call) -> Saving:
    def facts(anew: bool) -> Facts:
        choices = _choices(call).read(call.installation, call.kommo, call.altegio, anew=anew)
        return facts_of(call.installation, choices)

    store = SettingsStore(call.tables.installations)
    return Saving(store, call.installation.id, call.installation.kommo_account, facts)


def _go_on(call: Call) -> None:
    """Let an installation go on that stood still because of what its settings named."""
    paused = call.installation.paused
    if paused in FOR_SETTINGS and call.installations.let_go_on(call.installation.id, paused):
        _ring(call)


def _ring(call: Call) -> None:
    """Ring for all locations: what waited is done now."""
    id, now = call.installation.id, call.clock.now()
    call.hints.send([Hint(HintKind.LOCATION, "person", id, seen_at=now, correlation_id=f"settings-{int(now)}")])


def _commands(call: Call) -> Commands:
    return Commands(call.tables.decisions, call.installation.id)


def _choices(call: Call) -> ChoiceStore:
    return ChoiceStore(call.tables.scratch, call.clock)


def _account_lists(call: Call) -> AccountLists:
    return _choices(call).account(call.installation, call.kommo)


def _questions(call: Call) -> list[Question]:
    """Return the open questions of the locations that the caller sees."""
    id = call.installation.id
    found = open_questions(ParkedWork(call.tables.parked, id), Links(call.tables.links, id))
    if not found or call.is_admin:
        return found
    chains = {chain.id: chain.locations for chain in _choices(call).chains(call.installation, call.altegio)}
    seen = _users(call).read().of(call.caller.user).sees(call.installation, chains)
    return [question for question in found if question.location in seen]


def _question(call: Call, location: int, client: int) -> Question:
    for question in _questions(call):
        if question.key == (location, client):
            return question
    raise NotFound("question", params={"location": location, "client": client})


def _users(call: Call) -> users.UserStore:
    return users.UserStore(
        call.tables.installations, call.tables.credentials, call.connections.vault, call.installation.id
    )


def _users_screen(call: Call) -> UsersScreen:
    known: tuple[User, ...] = _account_lists(call).users
    if not call.is_admin:
        known = tuple(user for user in known if user.id == call.caller.user)
    store, chains = _users(call), _choices(call).chains(call.installation, call.altegio)
    return UsersScreen.of(call.installation, known, store.read(), store.connections(), chains)


def _must_be_himself(call: Call, user: int) -> None:
    if user != call.caller.user and not call.is_admin:
        raise Forbidden("administrators_only")
