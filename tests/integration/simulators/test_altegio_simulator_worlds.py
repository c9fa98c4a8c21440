"""What fills the Altegio simulator: the demo, recorded data, bulk loads, many changes at once, a played day."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.altegio import Altegio
from sandbox.scenarios.salon_day import Kind, Slot, salon_day
from sandbox.simulator import Options
from tests.integration.simulators.altegio_account import GRACIA, SANTS, Account, fresh, running_account, wait_until
from tests.integration.simulators.receiver import Receiver

FOLDER = Path(os.environ.get("RECORDED") or Path(__file__).parents[4] / "shared/recorded/altegio")


@pytest.fixture(scope="module")
def server() -> Iterator[Account]:
    with running_account(scenario="demo") as account:
        yield account


@pytest.fixture
def account(server: Account) -> Account:
    return fresh(server)


class TestDemo:
    def test_it_has_a_chain_of_two_salons_with_a_day_to_play(self, account: Account) -> None:
        counts = account.control("GET", "/state")["locations"]
        assert sum(one["clients"] for one in counts.values()) >= 40
        assert sum(one["services"] for one in counts.values()) == 20
        assert [counts[str(one)]["employees"] for one in (GRACIA, SANTS)] == [6, 3]
        today = account.today().isoformat()
        day = account.records(start_date=today, end_date=today)
        assert len(day) >= 20
        assert [one["comer"]["name"] for one in day if one["comer"]] == ["Nil"]
        assert sum(one["client"] is None for one in day) == 1
        assert sum(one["activity_id"] > 0 for one in day) == 3
        assert any(one["custom_color"] and one["record_labels"] for one in day)
        assert any(one["online"] for one in day)
        visits = [one["visit_id"] for one in day if one["client"]]
        assert len(set(visits)) < len(visits)

    def test_the_same_seed_makes_the_same_world(self, account: Account) -> None:
        first = account.records()
        fresh(account)
        second = account.records()
        assert [one["api_id"] for one in first] == [one["api_id"] for one in second]
        assert [one["date"] for one in first] == [one["date"] for one in second]

    def test_a_reset_never_gives_an_id_out_twice(self, account: Account) -> None:
        before = {one["id"] for one in account.records()}
        account.control("POST", "/reset", {"scenario": "demo"})
        account.control("POST", "/limits", {"enforce": False})
        after = {one["id"] for one in account.records()}
        assert len(before) == len(after) > 0
        assert not before & after

    def test_an_empty_account_and_unknown_scenarios(self, account: Account) -> None:
        account.control("POST", "/reset", {})
        account.control("POST", "/limits", {"enforce": False})
        assert account.records() == []
        assert account.control("GET", "/state")["locations"][str(GRACIA)]["clients"] == 0
        first = account.book()
        assert first["client"]["is_new"] is True
        for wrong in ("nothing", "recorded:/no/such/folder"):
            answer = requests.post(f"{account.base_url}/_control/reset", json={"scenario": wrong})
            assert (answer.status_code, list(answer.json())) == (400, ["error"])
        assert account.control("POST", "/load", {"bookings": 5})["bookings"] == 5
        assert len(account.records()) == 6


class TestOpening:
    def test_a_location_of_any_size_is_booked_full_without_collisions(self, account: Account) -> None:
        opened = account.control("POST", "/open", {"title": "Big", "employees": 60, "zone": "America/Sao_Paulo"})
        location = opened["location"]
        assert account.data("GET", f"/company/{location}")["timezone_name"] == "America/Sao_Paulo"
        assert location in {one["id"] for one in account.data("GET", "/companies", params={"my": 1})}
        staff = account.data("GET", f"/company/{location}/staff")
        assert {str(one["id"]): one["name"] for one in staff} == opened["employees"]
        assert len(set(opened["employees"].values())) == 60
        load = {"location": location, "bookings": 400, "days": [1, 7], "apart": True}
        assert account.control("POST", "/load", load)["bookings"] == 400
        today = account.today()
        taken: dict[tuple[int, str], list[tuple[str, int]]] = {}
        for page in (1, 2):
            for one in account.records(location, page=page, start_date=today, end_date=today + timedelta(days=8)):
                taken.setdefault((one["staff_id"], one["date"][:10]), []).append((one["date"], one["seance_length"]))
        assert sum(map(len, taken.values())) == 400
        for spans in taken.values():
            ends = datetime.min
            for starts, length in sorted(spans):
                begin = datetime.fromisoformat(starts)
                assert begin >= ends
                ends = begin + timedelta(seconds=length)

    def test_what_cannot_be_opened_or_filled_is_refused(self, account: Account) -> None:
        for path, given in (
            ("open", {"employees": 1000}),
            ("open", {"zone": "Moon/Crater"}),
            ("load", {"location": 1, "bookings": 1}),
            ("load", {"bookings": 5_000, "days": [1, 1], "apart": True}),
        ):
            answer = requests.post(f"{account.base_url}/_control/{path}", json=given, timeout=30)
            assert (answer.status_code, list(answer.json())) == (400, ["error"])


@pytest.fixture(scope="module")
def recorded() -> Iterator[tuple[Account, int]]:
    with running_account(scenario=f"recorded:{FOLDER}") as account:
        account.control("POST", "/limits", {"enforce": False})
        yield account, account.granted["locations"][0]


@pytest.mark.skipif(not (FOLDER / "records.json").is_file(), reason="no recorded data here")
class TestRecorded:
    def read(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text())
        return found

    @pytest.mark.parametrize(
        ("name", "path"),
        [
            ("records", "/records/{0}?count=300&with_deleted=1&include_finance_transactions=1"),
            ("clients", "/clients/{0}?count=300"),
            ("staff", "/company/{0}/staff"),
            ("services", "/company/{0}/services"),
            ("resources", "/resources/{0}"),
        ],
    )
    def test_everything_is_served_back_as_it_was(self, recorded: tuple[Account, int], name: str, path: str) -> None:
        account, location = recorded
        served = {one["id"]: one for one in account.data("GET", path.format(location))}
        for given in self.read(name):
            shown = served[given["id"]]
            assert {key: shown.get(key) for key in given} == given

    def test_the_zone_comes_from_the_offset(self, recorded: tuple[Account, int]) -> None:
        account, location = recorded
        offset = self.read("records")[0]["datetime"][-6:]
        zone = account.data("GET", f"/company/{location}")["timezone_name"]
        assert {"+05:00": "Asia/Almaty"}.get(offset, zone) == zone

    def test_clients_of_records_alone_are_there(self, recorded: tuple[Account, int]) -> None:
        account, location = recorded
        phones: dict[int, set[str]] = {}
        for record in self.read("records"):
            if record["client"]:
                phones.setdefault(record["client"]["id"], set()).add(record["client"]["phone"])
        for client, known in phones.items():
            assert account.data("GET", f"/client/{location}/{client}")["phone"] in known

    def test_a_recorded_booking_lives_on(self, recorded: tuple[Account, int]) -> None:
        account, location = recorded
        given = next(one for one in self.read("records") if one["client"] and not one["paid_full"])
        ids = [given["id"]]
        account.control("POST", "/change", {"location": location, "ids": ids, "attendance": -1})
        account.control("POST", "/pay", {"location": location, "ids": ids})
        now = account.record(given["id"], location)
        assert (now["attendance"], now["paid_full"]) == (-1, 1)
        assert now["last_change_date"] > given["last_change_date"]
        assert now["client"]["fail_visits_count"] == given["client"]["fail_visits_count"] + 1
        assert sum(one["amount"] for one in now["finance_transactions"]) == sum(
            one["cost_to_pay"] for one in given["services"]
        )
        made = account.control("POST", "/load", {"bookings": 3})
        assert made["first_booking"] > max(one["id"] for one in self.read("records"))

    def test_emptied_it_is_the_same_location(self) -> None:
        simulator = Altegio(Options(), recorded=FOLDER)
        before = simulator.summary()["locations"]
        simulator.reset(None, everything=False)
        after = simulator.summary()["locations"]
        assert list(before) == list(after)
        for number, counts in after.items():
            assert (counts["bookings"], counts["clients"]) == (0, 0)
            assert counts["employees"] == before[number]["employees"] > 0


class TestSize:
    def test_ten_thousand_bookings_load_with_their_hooks_in_seconds(self, account: Account) -> None:
        with Receiver() as receiver:
            body = {"urls": [receiver.url], "active": 1, "record": 1}
            account.data("POST", f"/hooks_settings/{GRACIA}", body, status=201)
            account.control("POST", "/webhooks", {"delay_seconds": 3600})
            started = time.monotonic()
            made = account.control("POST", "/load", {"bookings": 10_000, "clients": 2_000})
            took = time.monotonic() - started
            assert (made["bookings"], made["clients"]) == (10_000, 2_000)
            assert account.control("GET", "/webhooks")["queued"] == 10_000
            assert took < 5

    def test_a_page_of_a_hundred_thousand_comes_in_milliseconds(self, account: Account) -> None:
        account.control("POST", "/load", {"bookings": 100_000, "clients": 5_000})
        day = account.today().isoformat()
        for query in (
            {"with_deleted": 1, "changed_after": f"{day}T00:00:00"},
            {"start_date": day},
            {},
        ):
            took = []
            for page in (1, 2, 3, 4, 5):
                # The simulator runs in this process: its time is ours, whatever else the machine does.
                started = time.process_time()
                answer = account.call("GET", f"/records/{GRACIA}", params={"count": 300, "page": page, **query})
                took.append(time.process_time() - started)
                assert len(answer.json()["data"]) == 300
            assert statistics.median(took) < 0.04, query

    def test_many_changes_at_once(self, account: Account) -> None:
        account.control("POST", "/load", {"bookings": 2_000})
        account.control("POST", "/clock", {"shift_seconds": 1000})
        since = account.records(count=1)[0]["last_change_date"][:19]
        changed = account.control("POST", "/change", {"location": GRACIA, "count": 1_000, "attendance": 1})
        assert changed["changed"] == len(set(changed["ids"])) == 1_000
        page = account.call("GET", f"/records/{GRACIA}?with_deleted=1&changed_after={since}&count=300").json()
        assert page["meta"]["total_count"] >= 1_000
        again = account.control("POST", "/change", {"ids": changed["ids"], "attendance": 1})
        assert again["changed"] == 0
        assert (
            requests.post(f"{account.base_url}/_control/change", json={"count": 1, "attendance": 9}).status_code == 400
        )


class TestDay:
    def test_a_day_is_the_same_for_the_same_bookings_and_ordered_by_its_stories(self) -> None:
        slots = [Slot(one, 9 * 3600 + one * 1800, 10 * 3600 + one * 1800, one % 3 == 0) for one in range(1, 21)]
        actions = salon_day(slots, 1)
        assert actions == salon_day(reversed(slots), 1)
        assert actions != salon_day(slots, 2)
        assert actions[0].after == 0
        assert 50 <= len(actions) <= 64
        assert {one.kind for one in actions} == set(Kind)
        for slot in slots:
            kinds = [one.kind for one in actions if one.booking == slot.booking]
            assert Kind.CONFIRM not in kinds or not slot.confirmed
            if Kind.PAY in kinds:
                assert kinds.index(Kind.ARRIVE) < kinds.index(Kind.PAY)
            if Kind.RESTORE in kinds:
                assert kinds.index(Kind.CANCEL) < kinds.index(Kind.RESTORE) < kinds.index(Kind.ARRIVE)

    def test_playing_it_fast_rings_hooks_and_refuses_nothing(self, account: Account) -> None:
        with Receiver() as receiver:
            body = {"urls": [receiver.url], "active": 1, "record": 1, "finances_operation": 1}
            account.data("POST", f"/hooks_settings/{GRACIA}", body, status=201)
            begun = account.control("POST", "/play", {"speed": 5_000})
            assert begun["playing"] is True
            wait_until(lambda: not account.control("GET", "/play")["playing"])
            done = account.control("GET", "/play")
            assert (done["done"], done["refused"]) == (done["total"], 0)
            assert 50 <= done["total"] <= 64
            assert done["total"] * 60 / 100 < 60, "well under two minutes at a hundredfold"
            wait_until(lambda: account.control("GET", "/idle")["idle"])
            kinds = {(json.loads(one.body)["resource"], json.loads(one.body)["status"]) for one in receiver.received}
            assert kinds >= {
                ("record", "create"),
                ("record", "update"),
                ("record", "delete"),
                ("finances_operation", "create"),
            }

    def test_it_can_be_stopped(self, account: Account) -> None:
        account.control("POST", "/play", {"speed": 10})
        wait_until(lambda: account.control("GET", "/play")["done"] == 1)
        assert account.control("POST", "/stop")["playing"] is False
        wrong = requests.post(f"{account.base_url}/_control/play", json={"speed": -1})
        assert wrong.status_code == 400


def test_the_program_says_in_one_line_what_is_missing() -> None:
    command = [sys.executable, "-m", "sandbox.altegio", "--port", "0", "--recorded", "/no/such/folder"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Altegio simulator: /no/such/folder/records.json is missing\n"


def test_the_program_says_where_it_is_and_ends_on_a_signal() -> None:
    command = [sys.executable, "-m", "sandbox.altegio", "--port", "0", "--scenario", "empty", "--hook-delay", "0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        base_url = line.split()[-1]
        state = requests.get(f"{base_url}/_control/state").json()
        process.terminate()
        assert process.wait(5) == 0
    assert line.startswith("Altegio simulator on http://127.0.0.1:")
    assert [one["bookings"] for one in state["locations"].values()] == [0, 0]
