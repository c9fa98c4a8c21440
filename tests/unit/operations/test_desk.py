"""The command line: what it asks, what it prints, how it fails."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from operations import connection, desk, tables
from operations.connection import Connection, NotReached, Refused

NOW = 1_760_000_000


def summary(id: str = "salon", **changes: Any) -> dict[str, Any]:
    return {
        "installation": id,
        "kommo_host": f"{id}.kommo.com",
        "kommo_account": 777,
        "state": "active",
        "reason": "",
        "forget_at": None,
        "hooks_left": [],
        "lag": {"owed_since": NOW - 130, "seconds": 130, "bookings": 3, "deals": 1},
        "locations": [
            {
                "location": 900100,
                "title": "Gràcia",
                "cursor": NOW - 40,
                "cursor_age": 40,
                "owed_since": None,
                "walks": 0,
                "closed": "",
            }
        ],
        "parked": 2,
        "differences": 3,
        "compared_at": NOW - 3 * 3600,
        "last_run": NOW - 7200,
        **changes,
    }


class Desk:
    """Stands in for a stack's desk: answers by command, in order, and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, list[dict[str, Any]]]) -> None:
        self.answers = {command: list(found) for command, found in answers.items()}
        self.asked: list[dict[str, Any]] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        assert FunctionName == "salons-operator"
        request = json.loads(Payload)
        self.asked.append(request)
        said = self.answers[request["command"]].pop(0)
        return {"Payload": io.BytesIO(json.dumps(said if "error" in said else {"answer": said}).encode())}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(desk.time, "time", lambda: float(NOW))

    def make(**answers: list[dict[str, Any]]) -> Desk:
        fake = Desk(answers)
        monkeypatch.setattr(desk, "connect", lambda **_: Connection(fake, "salons-operator"))  # type: ignore[arg-type]
        return fake

    return make


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_list_follows_the_pages_into_one_table(asked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    paused = summary("second", state="paused", reason="token", last_run=None, compared_at=None)
    fake = asked(list=[{"installations": [summary()], "next": "salon"}, {"installations": [paused], "next": ""}])
    assert desk.main(["list"]) == 0
    assert fake.asked == [{"command": "list", "after": ""}, {"command": "list", "after": "salon"}]
    assert lines(capsys) == [
        "INSTALLATION  ACCOUNT           STATE          LAG    OWED  PARKED  DIFFER  LAST RUN",
        "salon         salon.kommo.com   active         2 min  4     2       3       2 h",
        "second        second.kommo.com  paused: token  2 min  4     2       –       –",
    ]


def test_list_for_programs_is_json_of_what_was_asked_for(asked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    gone = summary("gone", state="uninstalled", forget_at=NOW)
    asked(list=[{"installations": [summary(), gone], "next": ""}])
    assert desk.main(["--json", "list", "--state", "uninstalled"]) == 0
    assert json.loads(capsys.readouterr().out) == [gone]


def test_show_tells_location_by_location(asked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    asked(show=[summary(hooks_left=["kommo"])])
    assert desk.main(["show", "salon"]) == 0
    assert lines(capsys) == [
        "installation  salon",
        "account       salon.kommo.com (777)",
        "state         active",
        "lag           2 min: 3 bookings, 1 deals",
        "parked        2",
        "compared      3 h ago, 3 differ",
        "last run      2 h",
        "hooks left    kommo",
        "",
        "LOCATION  TITLE   STATE  NEWEST CHANGE  OWED SINCE",
        "900100    Gràcia  read   40 s           –",
    ]


def test_parked_work_is_named_with_its_reason(asked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    item = {"key": "booking#1#2", "reason": "deal_refused", "params": {"code": "NotSupported"}, "since": NOW - 86400}
    asked(parked=[{"parked": [item], "next": ""}])
    assert desk.main(["parked", "salon"]) == 0
    assert lines(capsys)[1].split() == ["booking#1#2", "deal_refused", "1", "d", "code=NotSupported"]


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (["send", "salon", "--booking", "900100:1"], {"command": "send", "booking": [900100, 1]}),
        (["send", "salon", "--reason", "x"], {"command": "send", "reason": "x"}),
        (["drop", "salon", "--reason", "x", "--location", "7"], {"command": "drop", "reason": "x", "location": 7}),
        (["compare", "salon"], {"command": "compare"}),
    ],
)
def test_what_is_asked_of_the_mover(
    asked: Any, capsys: pytest.CaptureFixture[str], words: list[str], request_: dict[str, Any]
) -> None:
    answer = {"id": "1", "kind": "send_parked", "state": "waiting", "progress": {}, "result": {}}
    fake = asked(**{words[0]: [answer]})
    assert desk.main(words) == 0
    assert fake.asked == [{**request_, "installation": "salon"}]
    assert lines(capsys) == ["send_parked 1 waiting"]


def test_a_booking_is_named_by_two_numbers(asked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    fake = asked()
    assert desk.main(["send", "salon", "--booking", "640001"]) == 1
    assert "two numbers" in capsys.readouterr().err
    assert fake.asked == []


def test_differences_stand_under_what_was_proved(asked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    proof = {"ended": NOW - 3600, "compared": 4312, "agree": 4309, "repaired": 0, "parked": 0, "differ": 3}
    one = {
        "id": "1.deal_differs.2.3",
        "kind": "deal_differs",
        "location": 1,
        "booking": 2,
        "deal": 3,
        "params": {"fields": ["PRICE"]},
        "since": NOW - 60,
    }
    page = {"proof": proof, "differences": [one], "next": ""}
    asked(differences=[page, page])
    assert desk.main(["differences", "salon"]) == 0
    told = lines(capsys)
    assert told[0] == "1 h ago 4312 bookings were compared: 4309 agree, 0 repaired, 0 parked, 3 differ."
    assert told[-1].split() == ["deal_differs", "1", "2", "3", "1", "min", "fields=['PRICE']"]
    nothing = {"proof": None, "differences": [], "next": ""}
    asked(differences=[nothing, nothing])
    assert desk.main(["differences", "salon"]) == 0
    assert lines(capsys) == ["Nothing was compared yet."]


@pytest.mark.parametrize(("typed", "meant"), [("yes\n", True), ("no\n", False), ("", False)])
def test_uninstall_is_done_only_when_it_is_meant(
    asked: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, meant: bool
) -> None:
    answer = {"installation": "salon", "step": "kept", "hooks_left": ["900100"], "forget_at": NOW}
    fake = asked(show=[summary()], uninstall=[answer])
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert desk.main(["uninstall", "salon"]) == (0 if meant else 1)
    assert [one["command"] for one in fake.asked] == ["show", "uninstall"][: 1 + meant]
    if meant:
        assert "2025-10-09" in capsys.readouterr().out


FILE = {"version": 1, "settings": {"deal_name": "{services} – {person}"}, "names": {"pipelines": ["Salon"]}}


def test_settings_travel_from_one_account_to_another_as_a_file(
    asked: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fake = asked(export_settings=[FILE], import_settings=[{"saved": True, "unmatched": [], "faults": [], "version": 3}])
    assert desk.main(["settings-export", "salon"]) == 0
    exported = tmp_path / "settings.json"
    exported.write_text(capsys.readouterr().out)
    assert json.loads(exported.read_text()) == FILE
    assert desk.main(["settings-import", "second", str(exported)]) == 0
    assert lines(capsys) == ["Saved."]
    assert fake.asked == [
        {"command": "export_settings", "installation": "salon"},
        {"command": "import_settings", "installation": "second", "file": FILE, "save": True},
    ]


def test_an_import_that_does_not_fit_says_what_is_missing_and_saves_nothing(
    asked: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    missing = {"what": "pipeline", "name": "Salon", "field": "status_sync.mapping.pipeline"}
    fault = {"code": "stage", "field": "status_sync.mapping.stages.waiting", "params": {}}
    fake = asked(import_settings=[{"saved": False, "unmatched": [missing], "faults": [fault], "version": 2}])
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(FILE))
    assert desk.main(["settings-import", "second", str(file), "--dry-run"]) == 0
    assert fake.asked[0]["save"] is False
    assert lines(capsys) == [
        "Nothing was saved.",
        "not found: pipeline 'Salon' at status_sync.mapping.pipeline",
        "wrong: stage at status_sync.mapping.stages.waiting",
    ]


@pytest.mark.parametrize("content", [None, "no JSON"])
def test_what_is_no_settings_file_is_not_sent(
    asked: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | None
) -> None:
    fake, file = asked(), tmp_path / "settings.json"
    if content is not None:
        file.write_text(content)
    assert desk.main(["settings-import", "second", str(file)]) == 1
    assert capsys.readouterr().err == f"desk: {file} is no settings file\n"
    assert fake.asked == []


def test_a_refusal_is_told_in_one_line_and_by_the_exit_code(asked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    asked(pause=[{"error": {"code": "conflict", "reason": "paused", "params": {"reason": "token"}}}])
    assert desk.main(["pause", "salon"]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "desk: conflict: paused (reason token)\n")


def test_without_a_stack_on_this_machine_one_has_to_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(desk, "connect", lambda **given: connection.connect(**given, description=tmp_path / "none"))
    assert desk.main(["list"]) == 1
    assert "--stack" in capsys.readouterr().err


def test_a_crash_of_the_desk_is_no_answer() -> None:
    class Crashed:
        def invoke(self, **_: Any) -> dict[str, Any]:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "x"}')}

    with pytest.raises(NotReached):
        Connection(Crashed(), "x").ask("list")  # type: ignore[arg-type]


def test_a_deployed_stack_is_reached_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    found = connection.connect(stack="salons", region="eu-west-1")
    assert found.function == "salons-operator"
    assert found.client.meta.endpoint_url == "https://lambda.eu-west-1.amazonaws.com"


def test_the_stack_of_this_machine_is_found_by_its_description(tmp_path: Path) -> None:
    description = tmp_path / "stack.json"
    description.write_text(json.dumps({"aws": {"endpoint_url": "http://127.0.0.1:4566", "region": "eu-central-1"}}))
    found = connection.connect(description=description)
    assert (found.function, found.client.meta.endpoint_url) == ("bookdeal-local-operator", "http://127.0.0.1:4566")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (86_400, "1 d"), (90 * 86_400, "90 d")],
)
def test_ages_are_told_in_their_largest_unit(seconds: float | None, text: str) -> None:
    assert tables.age(seconds) == text


def test_refusals_without_more_to_say_are_short() -> None:
    assert str(Refused({"code": "not_found", "reason": "", "params": {}})) == "not_found"


def test_a_token_is_read_from_standard_input_and_never_stands_among_the_arguments(
    asked: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = asked(connect=[summary(state="paused", reason="setting_up")])
    monkeypatch.setattr(desk.sys, "stdin", io.StringIO("a-long-lived-token\n"))
    assert desk.main(["connect", "client-1", "salon.kommo.com"]) == 0
    assert fake.asked == [
        {"command": "connect", "client_id": "client-1", "host": "salon.kommo.com", "token": "a-long-lived-token"}
    ]
    printed = capsys.readouterr().out
    assert "salon.kommo.com" in printed
    assert "a-long-lived-token" not in printed
