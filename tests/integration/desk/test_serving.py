"""The desk as it is called: requests in, answers out, and nothing of one installation in the hands of another."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookdeal.bookings.differences import Difference, DifferenceKind, Differences, Proof, Tally
from bookdeal.clients.contacts import ContactBook, ContactIndex, Owners
from bookdeal.desk.serving import Operator
from bookdeal.model.hint import Hint
from bookdeal.runtime import aws, parameters
from bookdeal.runtime.environment import WorkerEnvironment
from bookdeal.runtime.queue import Hints

from .conftest import World

CLIENT_ID = "00000000-0000-4000-8000-000000000001"
OTHER_CLIENT = "00000000-0000-4000-8000-000000000002"
SECRET = "a-secret-of-the-integration"
TOKEN = "a-long-lived-token"
PHONE = "+34600000101"


class Bell(Hints):
    """Remembers what was rung."""

    def __init__(self) -> None:
        super().__init__("none", None)  # type: ignore[arg-type]
        object.__setattr__(self, "rung", [])

    rung: list[Hint]

    def send(self, hints: Any) -> int:
        self.rung.extend(hints)
        return 1


@pytest.fixture
def ask(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    import boto3

    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    monkeypatch.setattr(aws, "dynamodb", lambda: world.client)
    monkeypatch.setattr(aws, "kms", lambda: kms)
    monkeypatch.setattr(parameters, "secret", lambda _: "0123456789abcdef-key")
    environment = WorkerEnvironment(
        installations_table="Installations",
        credentials_table="Credentials",
        links_table="Links",
        parked_table="Parked",
        decisions_table="Decisions",
        scratch_table="Scratch",
        hints_queue_url="none",
        tokens_key_id=key,
        altegio_partner_token_parameter="partner",
        altegio_base_url="http://127.0.0.1:9",
        kommo_base_url="http://127.0.0.1:9",
        webhook_keys_parameter="keys",
    )
    operator = Operator(environment, Bell(), world.clock)

    def ask(command: str, **params: Any) -> dict[str, Any]:
        answer = operator.serve({"command": command, **params}, 50)
        json.dumps(answer)
        return answer

    return ask


def know(world: World, installation: str, contact: int, client: int, phone: str = PHONE) -> None:
    """Let an installation know a person by his phone."""
    book = ContactBook(world.tables.links, installation, "salt", ContactIndex(), world.clock)
    owners = Owners(contact, {(900_100, client): "mark"}, frozenset({phone}), frozenset({"ada@example.test"}))
    world.store.transact(book.remember([owners]))


def test_secrets_of_integrations_are_never_shown(world: World, ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    uri = "https://hooks.example.test/oauth/kommo"
    said = [ask("register", client_id=CLIENT_ID, secret=SECRET, redirect_uri=uri)]
    said += [ask("integrations"), ask("invite", client_id=CLIENT_ID)]
    said += [ask("register", client_id=CLIENT_ID, secret=SECRET, redirect_uri=5)]
    assert said[1]["answer"]["integrations"] == [{"client_id": CLIENT_ID, "redirect_uri": uri, "is_public": False}]
    assert said[2]["answer"]["link"] == f"{uri}/start/{CLIENT_ID}"
    assert said[3]["error"]["params"] == {"field": "redirect_uri"}
    assert SECRET not in json.dumps(said) + caplog.text + json.dumps(world.everything())
    assert ask("remove", client_id=CLIENT_ID)["answer"] == {"removed": CLIENT_ID}
    assert ask("invite", client_id=CLIENT_ID)["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, ("transient", "no_connection")),
        ({"host": "salon.example.test"}, ("invalid", "host")),
        ({"client_id": "somebody-else"}, ("not_found", "integration")),
        ({"client_id": OTHER_CLIENT}, ("invalid", "client_id")),
    ],
)
def test_a_token_that_does_not_connect_is_kept_nowhere(
    world: World, ask: Any, caplog: pytest.LogCaptureFixture, given: dict[str, str], error: tuple[str, str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for client, is_public in ((CLIENT_ID, False), (OTHER_CLIENT, True)):
        uri = "https://hooks.example.test/oauth/kommo"
        ask("register", client_id=client, secret=SECRET, redirect_uri=uri, is_public=is_public)
    before = world.items("Credentials")
    said = ask("connect", **{"client_id": CLIENT_ID, "host": "salon.kommo.com", "token": TOKEN} | given)
    assert (said["error"]["code"], said["error"]["reason"]) == error
    assert world.items("Credentials") == before
    assert TOKEN not in json.dumps(said) + caplog.text


@pytest.mark.parametrize(
    "request_",
    [{}, {"command": "dance"}, {"command": "show"}, {"command": "list", "limit": 1000}, {"command": "show", "x": 1}],
)
def test_what_is_no_request_is_refused(ask: Any, request_: dict[str, Any]) -> None:
    answer = ask(request_.pop("command", ""), **request_)
    assert answer["error"]["code"] == "invalid"


def test_an_export_names_ids_only_and_stands_in_no_log(
    world: World, ask: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    world.install("salon")
    know(world, "salon", 301, 77)
    found = [
        ask("export_person", installation="salon", **{name: value})["answer"]
        for name, value in (
            ("phone", PHONE),
            ("phone", "600 000 101"),
            ("email", "Ada@Example.test"),
            ("client", [900_100, 77]),
            ("contact", 301),
        )
    ]
    assert all(one == found[0] for one in found)
    assert found[0]["person"] == {"clients": [[900_100, 77]], "contacts": [301]}
    assert {item["key"].split("#")[0] for item in found[0]["links"]} == {"client", "contact", "phone", "email"}
    said = capsys.readouterr().out + caplog.text
    assert not any(trace in said for trace in ("600000101", "600 000 101", "ada@", "Ada@"))


def test_a_familys_phone_names_nobody(world: World, ask: Any) -> None:
    world.install("salon")
    know(world, "salon", 301, 77)
    know(world, "salon", 302, 78)
    answer = ask("export_person", installation="salon", phone=PHONE)
    assert (answer["error"]["reason"], answer["error"]["params"]) == ("several_contacts", {"contacts": "301 302"})
    assert ask("erase_person", installation="salon", phone=PHONE)["error"]["code"] == "conflict"
    assert ask("export_person", installation="salon", contact=302)["answer"]["person"]["contacts"] == [302]


def test_strangers_and_mistakes_are_told_apart(world: World, ask: Any) -> None:
    world.install("salon")
    assert ask("export_person", installation="salon", phone=PHONE)["error"]["code"] == "not_found"
    assert ask("export_person", installation="salon", phone="x")["error"]["code"] == "invalid"
    assert ask("export_person", installation="salon")["error"]["code"] == "invalid"
    assert ask("export_person", installation="nobody", phone=PHONE)["error"]["code"] == "not_found"


def test_an_erasure_is_asked_of_the_mover_by_ids_alone(world: World, ask: Any) -> None:
    world.install("salon")
    know(world, "salon", 301, 77)
    asked = ask("erase_person", installation="salon", phone=PHONE)["answer"]
    (stored,) = [item for item in world.items("Decisions", "salon") if item["key"].startswith("command#")]
    assert stored["params"] == {"clients": [[900_100, 77]], "contacts": [301]}
    assert ask("command", installation="salon", id=asked["id"])["answer"]["state"] == "waiting"


def test_a_rebuilding_holds_everything_first_and_is_asked_once(world: World, ask: Any) -> None:
    world.install("salon")
    ask("pause", installation="salon")
    first = ask("rebuild_links", installation="salon")["answer"]
    again = ask("rebuild_links", installation="salon")["answer"]
    assert first["id"] == again["id"]
    found = world.installations.read("salon")
    assert found is not None
    assert found.paused == "rebuilding"
    (stored,) = [item for item in world.items("Decisions", "salon") if item["key"].startswith("command#")]
    assert stored["params"] == {"paused": "operator"}


def test_a_pause_for_a_cause_is_not_hidden_by_an_operators(world: World, ask: Any) -> None:
    world.install("salon", paused="kommo_token")
    assert ask("pause", installation="salon")["error"]["params"] == {"reason": "kommo_token"}
    assert ask("resume", installation="salon")["answer"]["state"] == "active"


@pytest.mark.parametrize(
    ("command", "given_", "kind", "params"),
    [
        ("send", {"booking": [900_100, 1]}, "send_parked", {"booking": [900_100, 1]}),
        ("send", {"reason": "unreadable"}, "send_all_parked", {"reason": "unreadable", "locations": [900_100]}),
        ("drop", {"booking": [900_100, 1]}, "drop_parked", {"booking": [900_100, 1]}),
        ("drop", {"reason": "x", "location": 900_100}, "drop_parked", {"reason": "x", "locations": [900_100]}),
        ("compare", {}, "compare", {"back": 31, "ahead": 180}),
    ],
)
def test_parked_work_and_comparisons_are_asked_of_the_mover(
    world: World, ask: Any, command: str, given_: dict[str, Any], kind: str, params: dict[str, Any]
) -> None:
    world.install("salon")
    asked = ask(command, installation="salon", **given_)["answer"]
    (stored,) = [item for item in world.items("Decisions", "salon") if item["key"].startswith("command#")]
    assert (stored["kind"], stored["params"], stored["by"]) == (kind, params, None)
    assert asked["state"] == "waiting"


def test_the_desk_tells_what_was_proved_and_what_differs(world: World, ask: Any) -> None:
    world.install("salon")
    assert ask("differences", installation="salon")["answer"] == {"proof": None, "differences": [], "next": ""}
    differences = Differences(world.tables.decisions, "salon")
    found = [Difference(DifferenceKind.DEAL_DELETED, 900_100, number, 500) for number in (1, 2)]
    differences.note([*found, Difference(DifferenceKind.STAGE_MOVED, 900_100, 3, 501)], "c", 5)
    differences.keep_proof(Proof(5, 9, 31, 180, 7, 0, 5, {900_100: Tally(7, 5)}))
    first = ask("differences", installation="salon", limit=2)["answer"]
    assert first["proof"] == {"ended": 9, "compared": 7, "agree": 5, "repaired": 0, "parked": 0, "differ": 2}
    assert [one["booking"] for one in first["differences"]] == [1, 2]
    second = ask("differences", installation="salon", limit=2, after=first["next"])["answer"]
    assert ([one["kind"] for one in second["differences"]], second["next"]) == (["stage_moved"], "")
    shown = ask("show", installation="salon")["answer"]
    assert (shown["differences"], shown["compared_at"]) == (2, 9)


ONE = st.sampled_from(
    [
        ("show", {}),
        ("parked", {}),
        ("send", {"booking": [900_100, 640_001]}),
        ("drop", {"reason": "deal_refused"}),
        ("compare", {}),
        ("differences", {}),
        ("pause", {}),
        ("resume", {}),
        ("rebuild_links", {}),
        ("export_person", {"phone": PHONE}),
        ("export_person", {"contact": 302}),
        ("erase_person", {"client": [900_100, 77]}),
        ("erase_person", {"email": "ada@example.test"}),
        ("command", {"id": "0"}),
        ("uninstall", {}),
        ("work_off_uninstalls", None),
    ]
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commands=st.lists(ONE, min_size=1, max_size=4), days=st.integers(0, 40))
def test_no_command_of_one_installation_touches_anothers_items(
    world: World, ask: Any, commands: list[tuple[str, dict[str, Any] | None]], days: int
) -> None:
    for id, contact in (("mine", 301), ("theirs", 302)):
        world.install(id)
        know(world, id, contact, 77)
    before = world.everything("theirs")
    for command, params in commands:
        answer = ask(command) if params is None else ask(command, installation="mine", **params)
        assert "theirs" not in json.dumps(answer)
        world.clock.move(days * 86_400)
    assert world.everything("theirs") == before
