"""Every route, asked by those whom it does not concern: they get nothing, change nothing and have nothing asked.

The routes are those that the functions have, so that a new one is asked too.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import boto3
import pytest
import responses
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from bookdeal.installs.installation import Installation, Installations
from bookdeal.installs.settings_form import SettingsForm
from bookdeal.installs.users import User, UserStore
from bookdeal.model.booking import Location
from bookdeal.model.settings import Settings
from bookdeal.runtime import aws
from bookdeal.runtime.credentials import Secret
from sandbox.openapi import describe, load_api, widget_functions

from .conftest import ACCOUNT, ADMIN, KOMMO, REGION, TABLES, WORKER, Widget
from .owned import BOOKING, CONTACT, DEAL, HERE, SECRET_WORD, THERE, fill, lists

OWN_TOKENS = ("kommo-token", "altegio-token", "altegio-token-of-ada")

OTHER, OTHER_ACCOUNT, OTHER_KOMMO = "other", 777002, "https://other.kommo.com"
OTHER_LOCATIONS = (Location(910100, "Elsewhere", "Vic", "ES", "Europe/Madrid", "EUR", True),)

BODIES: Mapping[str, Any] = {
    "SettingsForm-Input": SettingsForm.of(Settings()).model_dump(mode="json", by_alias=True),
    "ImportBody": None,
    "SetUpBody": {"pipeline": True, "fields": True},
    "AnswerBody": {"contact": CONTACT},
    "ChosenUsers": {"version": 0, "users": [{"id": ADMIN, "locations": [HERE], "chains": []}]},
    "LoginBody": {"login": "ada@example.test", "password": "correct horse"},
    "ChosenLocations": {"locations": [HERE]},
    "BookBody": {
        "request": "request-of-another",
        "location": HERE,
        "deal": DEAL,
        "person": {"name": "Guest", "phone": "+34600000101"},
        "parts": [{"employee": 1, "services": [1], "starts_at": "2036-05-05T10:00:00"}],
    },
    "EditBody": {"comment": "mine now"},
    "CancelBody": {"reason": "mine now"},
    "PlaceBody": {"request": "place-of-another", "event": 3101},
    "StatusBody": {"status": "arrived"},
    "Target": {"deal": DEAL},
    "HistoryBody": {"first": "2036-01-01", "last": "2036-02-01", "locations": [HERE], "mapping": None},
    "ReplayBody": {"bookings": [{"location": HERE, "booking": BOOKING}]},
    "PreviewBody": {"settings": SettingsForm.of(Settings()).model_dump(mode="json", by_alias=True)},
    "HandleBody": {"close": [{"keep": DEAL, "deals": [502]}], "cancel": [{"location": HERE, "booking": BOOKING}]},
    "IgnoreBody": {"kind": "contacts", "ids": [CONTACT, 303], "ignored": True},
    "WindowBody": {"back": 1, "ahead": 1},
    "KindBody": {"kind": "deal_differs", "location": HERE},
    "ReasonBody": {"reason": "ambiguous_contact", "location": HERE},
}
"""A body of each kind that the routes take, naming what is the owner's."""

QUERY = {
    "first": "2036-05-05",
    "last": "2036-05-06",
    "locations": str(HERE),
    "besides": str(BOOKING),
    "anew": "true",
    "cancelled": "true",
    "contact": str(CONTACT),
    "services": "1",
    "employees": "1",
    "length": "3600",
    "pipeline": "100",
    "location": str(HERE),
    "reason": "ambiguous_contact",
    "dropped": "false",
    "after": "",
    "group": "0a1b2c3d4e",
    "kind": "deals",
    "page": "1",
}


OTHER_QUERY = {("/completeness/differences", "kind"): "deal_differs"}
"""What a path's parameter is asked with that means something else there."""

OWN = {"/locations": frozenset({"locations", "colours", "calendar_pipelines"})}
"""What a path answers of the caller's own, whatever else it is asked for."""

_NAMED = frozenset(
    {
        "location",
        "booking",
        "deal",
        "client",
        "contact",
        "command",
        "request",
        "batch",
        "decision",
        "difference",
    }
)
"""What belongs to one installation. A user may be one of several accounts, and is looked for in his own."""


_NAMING = frozenset({"BookBody", "ChosenLocations", "HistoryBody", "ReplayBody", "KindBody", "ReasonBody"})
"""Bodies that name something of the owner's."""


@dataclass(frozen=True)
class Route:
    """One route: how it is asked for what is the owner's."""

    function: str
    method: str
    path: str
    admin: bool
    query: tuple[str, ...]
    body: str | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def names_something(self) -> bool:
        """Whether it asks for one thing of the owner's: by its path, its query or its body."""
        names = {*re.findall(r"{(\w+)}", self.path), *self.query}
        return bool(names & {*_NAMED, "locations"}) or self.body in _NAMING


def routes() -> list[Route]:
    """Return all routes of all functions of the widget."""
    told = describe()["paths"]
    found = []
    for function in widget_functions():
        for (method, path), policy in load_api(function).policies.items():
            one = told[path][method.lower()]
            content = one.get("requestBody", {}).get("content", {}).get("application/json", {})
            body = content["schema"]["$ref"].rsplit("/", 1)[1] if content else None
            query = tuple(p["name"] for p in one.get("parameters", ()) if p["in"] == "query")
            found.append(Route(function, method, path, policy.admin, query, body))
    return found


ROUTES = routes()
every_function = pytest.mark.parametrize("function", widget_functions())


def of(function: str) -> list[Route]:
    """Return a function's routes."""
    return [route for route in ROUTES if route.function == function]


FOR_EVERYBODY = {
    "GET /account",
    "GET /settings",
    "GET /questions",
    "GET /users",
    "GET /connection",
    "GET /locations",
    "GET /deals/{deal}/bookings",
    "GET /deals/{deal}/decisions",
    "GET /duplicates/deals/{deal}",
    "GET /completeness",
}
"""What any user of the account may ask for without seeing the owner's location: it is answered without that one."""


@dataclass
class Asked:
    """What a provider was asked."""

    url: str
    authorization: str


@dataclass
class World:
    """Two installations of one integration. The same person administers both, and works in both as nobody special."""

    widget: Widget
    ids: dict[str, Any]
    file: Any = None
    asked: list[Asked] = field(default_factory=list)

    def ask(self, route: Route, token: str, origin: str) -> tuple[int, str]:
        """Ask for what is the owner's; return status and text."""
        place = {name: self.ids[name] for name in re.findall(r"{(\w+)}", route.path)}
        if route.path.startswith("/preview/"):
            place["command"] = self.ids["preview"]
        body = BODIES[route.body] if route.body else None
        if route.body == "ImportBody":
            body = {"file": self.file, "save": True, "version": 0}
        query = {name: OTHER_QUERY.get((route.path, name), QUERY[name]) for name in route.query}
        answer = self.widget.answer(
            route.function, route.method, route.path, body, token=token, place=place, query=query, origin=origin
        )
        return answer["statusCode"], answer["body"]

    def stored(self) -> dict[str, Any]:
        """Return every item of every table by its keys; request budgets and used tokens left out."""
        backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]
        items = {}
        for table, keys in TABLES.items():
            for item in backend.get_table(table).all_items():
                values = item.to_json()["Attributes"]
                name = "/".join(values[key]["S"] for key in keys)
                if not (table == "scratch" and name.startswith(("rate#", "token#", "admin#", "tries#"))):
                    items[f"{table}/{name}"] = json.dumps(values, sort_keys=True)
        return items

    def rung(self) -> list[dict[str, Any]]:
        """Take the hints that wait."""
        client, url = boto3.client("sqs"), aws.sqs().list_queues()["QueueUrls"][0]
        found = []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def token(self, user: int, account: int, issuer: str) -> str:
        return self.widget.token(user, account_id=account, iss=issuer)


@pytest.fixture
def world(widget: Widget, providers: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> World:
    boto3.client("ssm").put_parameter(Name="/keys", Value="a-server-key-0123456789", Type="SecureString")
    monkeypatch.setenv("WEBHOOK_KEYS_PARAMETER", "/keys")
    installation = replace(
        widget.installation, locations=tuple(replace(at, title=SECRET_WORD) for at in widget.installation.locations)
    )
    installations = Installations(widget.table("installations"))
    installations.write(installation)
    world = World(replace(widget, installation=installation), fill(widget))
    other = Installation(
        id=OTHER,
        kommo_host="other.kommo.com",
        kommo_account=OTHER_ACCOUNT,
        locations=OTHER_LOCATIONS,
        generation=1,
        paused=None,
        phone_salt="pepper",
        settings=installation.settings,
        layout=None,
        state=None,
        client_id=installation.client_id,
    )
    installations.write(other)
    for provider in ("kommo", "altegio", f"altegio#{ADMIN}"):
        widget.vault.store(OTHER, provider, Secret(access=f"{provider}-of-the-other"))

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        """Answer whatever is asked, also for locations that the caller should not see."""
        world.asked.append(Asked(request.url, request.headers["Authorization"]))
        return 200, {}, json.dumps(lists(request.url))

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        providers.add_callback(method, re.compile("https://.*"), answer)
    world.rung()
    # A file of the owner's settings, which may have been passed on.
    world.file = widget.ask("settings", "GET", "/settings/export")[1]
    return world


def assert_untouched(before: Mapping[str, Any], after: Mapping[str, Any], mine: str = "") -> None:
    """Assert that nothing was written, other than what is `mine`."""
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert not {name for name in changed if not mine or (f"/{mine}" not in name and f"#{mine}#" not in name)}


@every_function
def test_another_installation_gets_nothing(world: World, function: str, subtests: pytest.Subtests) -> None:
    for route in of(function):
        with subtests.test(str(route)):
            another_gets_nothing(world, route)


def another_gets_nothing(world: World, route: Route) -> None:
    before = world.stored()
    world.asked.clear()
    token = world.token(ADMIN, OTHER_ACCOUNT, OTHER_KOMMO)
    status, text = world.ask(route, token, OTHER_KOMMO)
    after, rung = world.stored(), world.rung()
    assert SECRET_WORD not in text
    assert status < 500 or status == 503
    for asked in world.asked:
        assert not any(asked.authorization.endswith((f" {own}", f"User {own}")) for own in OWN_TOKENS), asked.url
        assert KOMMO not in asked.url
        assert f"/{HERE}" not in asked.url
    assert {hint["installation"] for hint in rung} <= {OTHER}
    assert_untouched(before, after, OTHER)
    if route.names_something:
        own = OWN.get(route.path, frozenset())
        is_empty = status == 200 and not any(told for name, told in json.loads(text).items() if name not in own)
        assert status in (400, 403, 404) or is_empty, (status, text)
        assert_untouched(before, after)
        assert not rung


@every_function
def test_the_owner_gets_in(world: World, function: str, subtests: pytest.Subtests) -> None:
    """What the others are refused is there: the same request of the owner is let through."""
    for route in of(function):
        with subtests.test(str(route)):
            owner_gets_in(world, route)


def owner_gets_in(world: World, route: Route) -> None:
    status, text = world.ask(route, world.token(ADMIN, ACCOUNT, KOMMO), KOMMO)
    assert status not in (401, 403, 404), text


@every_function
def test_who_is_no_administrator_gets_what_is_for_everybody(
    world: World, function: str, subtests: pytest.Subtests
) -> None:
    """A worker who sees another location, and asks for what is the administrator's or at this one."""
    store = UserStore(
        world.widget.table("installations"), world.widget.table("credentials"), world.widget.vault, "acme"
    )
    store.choose([User(WORKER, locations=frozenset({THERE}))], 0)
    world.widget.vault.store("acme", f"altegio#{WORKER}", Secret(access="altegio-token-of-berta"))
    for route in of(function):
        with subtests.test(str(route)):
            worker_gets_what_is_for_everybody(world, route)


def worker_gets_what_is_for_everybody(world: World, route: Route) -> None:
    before = world.stored()
    world.asked.clear()
    status, text = world.ask(route, world.token(WORKER, ACCOUNT, KOMMO), KOMMO)
    if str(route) in FOR_EVERYBODY:
        assert status == 200
        assert not route.admin
        assert not any("altegio-token-of-ada" in asked.authorization for asked in world.asked)
        return
    assert status in (403, 404), (status, text)
    assert route.admin is (json.loads(text)["error"]["code"] == "administrators_only") or "user" in route.path
    assert not [asked.url for asked in world.asked if f"/{HERE}" in asked.url]
    if route.admin:
        assert not world.asked
    assert_untouched(before, world.stored())
    assert not world.rung()


def test_every_body_is_known() -> None:
    assert {route.body for route in ROUTES if route.body} <= BODIES.keys()
    assert date.fromisoformat(QUERY["first"]) > datetime.now(UTC).date()
