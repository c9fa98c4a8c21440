"""Serves the widget's settings: what there is to choose from, settings, users, the set-up check."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from bookdeal.installs import users
from bookdeal.installs.calls import Call, widget_api
from bookdeal.installs.choices import AccountLists, ChoiceStore
from bookdeal.installs.screens import AccountScreen, ChosenUsers, LoginBody, UsersScreen
from bookdeal.model.deal import User
from bookdeal.runtime.api import Id
from bookdeal.runtime.errors import Forbidden, Invalid
from bookdeal.runtime.limiter import Lane

api = widget_api("settings")
handler = api

type Anew = Annotated[bool, Query(description="read both sides now, instead of what is at most ten minutes old")]


@api.get("/account")
def read_account(anew: Anew = False) -> AccountScreen:
    """What the settings may choose from: pipelines, stages, fields, users, task types, locations, employees."""
    call = api.call
    choices = _choices(call).read(call.installation, call.kommo, call.altegio, anew=anew)
    return AccountScreen.of(call.installation, choices)


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


def _choices(call: Call) -> ChoiceStore:
    return ChoiceStore(call.tables.scratch, call.clock)


def _account_lists(call: Call) -> AccountLists:
    return _choices(call).account(call.installation, call.kommo)


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
