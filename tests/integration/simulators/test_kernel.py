"""The kernel of the simulators, shown on a small shop."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from aiohttp import web

from sandbox.simulator import (
    Clock,
    ControlError,
    Deliveries,
    Hook,
    Limits,
    Options,
    Refusal,
    Sequences,
    Simulator,
    create_app,
    json_answer,
    read_json,
    run_in_thread,
)
from tests.integration.simulators.receiver import Receiver

ADMINISTRATOR = {"Authorization": "Bearer look"}


class Shop(Simulator):
    """Orders that can be listed and added; every addition rings one hook."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.limits = Limits(
            self.clock, per_second=5, per_minute=50, block_after=4, block_seconds=5, extras={"slow": 0}
        )
        self.deliveries = Deliveries(
            self.clock,
            self.timetable,
            self.chance("hooks"),
            delay_seconds=0.0,
            timeout=1.0,
            retry_after=lambda attempt, _: 300.0 if attempt < 3 else None,
        )
        self.sequences = Sequences({"order": 100})
        self.orders: list[dict[str, Any]] = []
        self.hook_url = ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/orders", self.list_orders),
            web.get(r"/api/orders/{id:\d+}", self.get_order),
            web.post("/api/orders", self.add_orders),
        ]

    def control_routes(self) -> list[web.RouteDef]:
        return [web.post("/subscribe", self.subscribe)]

    async def subscribe(self, request: web.Request) -> web.Response:
        self.hook_url = (await read_json(request))["url"]
        return json_answer({})

    async def list_orders(self, _: web.Request) -> web.Response:
        return json_answer(self.orders)

    async def get_order(self, request: web.Request) -> web.Response:
        return json_answer(request.match_info["id"])

    async def add_orders(self, request: web.Request) -> web.Response:
        for name in await read_json(request):
            if name == "bug":
                raise RuntimeError("a bug of the shop")
            order = {"id": self.sequences.next("order"), "name": name, "made": self.clock.now()}
            self.orders.append(order)
            if self.hook_url:
                self.deliveries.send(Hook(self.hook_url, b"x", {}, "order", "add", [order["id"]]))
        return json_answer({"made": True}, 201)

    def reset(self, scenario: str | None, *, everything: bool) -> None:
        if scenario not in (None, "demo"):
            raise ControlError("no such scenario")
        self.orders.clear()

    def load(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self.orders.extend({"id": number} for number in self.sequences.take("order", given["orders"]))
        return {"orders": given["orders"]}

    def summary(self) -> dict[str, Any]:
        return {"orders": len(self.orders)}

    def is_administrator(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == ADMINISTRATOR["Authorization"]

    def refused(self, request: web.Request, refusal: Refusal) -> web.Response:
        return json_answer({"wait": refusal.wait}, 429 if refusal.kind == "limited" else 403)

    def failure(self, request: web.Request, status: int) -> web.Response:
        return json_answer({"shop": status}, status)


@pytest.fixture
def shop() -> Iterator[str]:
    with run_in_thread(lambda: create_app(Shop(Options(seed=7)))) as base_url:
        yield base_url


def control(base_url: str, call: str, given: Any) -> Any:
    answer = requests.post(f"{base_url}/_control/{call}", json=given, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(base_url: str) -> list[str]:
    return [order["name"] for order in requests.get(f"{base_url}/api/orders", headers=ADMINISTRATOR, timeout=5).json()]


def add(base_url: str, *orders: str) -> requests.Response:
    return requests.post(f"{base_url}/api/orders", json=list(orders), timeout=5)


def wait_for(condition: Any, seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


# --- journal ----------------------------------------------------------------------------------------------------------


def test_the_journal_names_templates_and_holds_refused_requests_but_no_control_calls(shop: str) -> None:
    started = time.time()
    requests.get(f"{shop}/api/orders/17?with=lines", timeout=5)
    requests.get(f"{shop}/elsewhere", timeout=5)
    requests.delete(f"{shop}/api/orders", timeout=5)
    requests.get(f"{shop}/_control/state", timeout=5)
    seen = requests.get(f"{shop}/_control/requests?since={started}", timeout=5).json()["requests"]
    assert [(one["method"], one["route"], one["path"], one["query"], one["status"]) for one in seen] == [
        ("GET", "/api/orders/{id}", "/api/orders/17", "with=lines", 200),
        ("GET", "(unknown)", "/elsewhere", "", 404),
        ("DELETE", "(unknown)", "/api/orders", "", 405),
    ]
    assert all(started <= one["at"] <= time.time() for one in seen)
    assert requests.get(f"{shop}/_control/requests?since={time.time()}", timeout=5).json() == {"requests": []}


def test_errors_that_no_handler_answers_are_the_providers_own(shop: str, caplog: pytest.LogCaptureFixture) -> None:
    assert requests.get(f"{shop}/elsewhere", timeout=5).json() == {"shop": 404}
    assert add(shop, "bug").json() == {"shop": 500}
    assert "a bug of the shop" in caplog.text


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "committed"),
    [
        ({"kind": "status", "status": 502}, 502, []),
        ({"kind": "commit_then_status"}, 504, ["a", "b", "c"]),
        ({"kind": "partial_commit"}, 504, ["a", "b"]),
        ({"kind": "partial_commit", "status": 500}, 500, ["a", "b"]),
        ({"kind": "close"}, None, []),
        ({"kind": "commit_then_close"}, None, ["a", "b", "c"]),
        ({"kind": "partial_commit", "answer": "close"}, None, ["a", "b"]),
        ({"kind": "late_commit", "seconds": 60}, 504, []),
        ({"kind": "late_commit", "seconds": 60, "answer": "close"}, None, []),
        ({"kind": "delay", "seconds": 0.05}, 201, ["a", "b", "c"]),
        ({"kind": "status", "status": 500, "route": "/api/other"}, 201, ["a", "b", "c"]),
        ({"kind": "status", "status": 500, "method": "GET"}, 201, ["a", "b", "c"]),
        ({"kind": "status", "status": 500, "route": "/api/*", "method": "*"}, 500, []),
    ],
)
def test_a_fault_commits_and_answers_as_its_kind_says(
    shop: str, fault: dict[str, Any], status: int | None, committed: list[str]
) -> None:
    control(shop, "faults", [{"method": "POST", "route": "/api/orders", **fault}])
    if status is None:
        with pytest.raises(requests.ConnectionError):
            add(shop, "a", "b", "c")
    else:
        assert add(shop, "a", "b", "c").status_code == status
    assert names(shop) == committed
    seen = requests.get(f"{shop}/_control/requests?since=0", timeout=5).json()["requests"]
    assert seen[0]["status"] == (status or 0)


def test_a_fault_happens_as_often_as_ordered_and_carries_its_body(shop: str) -> None:
    control(shop, "faults", [{"kind": "status", "status": 503, "body": {"wait": 1}, "times": 2}])
    answers = [add(shop, "a") for _ in range(3)]
    assert [one.status_code for one in answers] == [503, 503, 201]
    assert answers[0].json() == {"wait": 1}
    assert requests.get(f"{shop}/_control/faults", timeout=5).json()["faults"][0]["happened"] == 2
    control(shop, "faults", [{"kind": "status", "status": 503, "body": "<html>", "times": 1}])
    assert add(shop, "a").text == "<html>"
    control(shop, "faults", [])
    assert add(shop, "a").status_code == 201


def test_a_fault_by_probability_is_the_same_for_the_same_seed() -> None:
    def outcomes(seed: int) -> list[int]:
        with run_in_thread(lambda: create_app(Shop(Options(seed=seed)))) as shop:
            control(shop, "limits", {"enforce": False})
            control(shop, "faults", [{"kind": "status", "status": 500, "probability": 0.4}])
            return [add(shop, "a").status_code for _ in range(30)]

    first = outcomes(1)
    assert first == outcomes(1)
    assert first != outcomes(2)
    assert 4 <= first.count(500) <= 20


def test_a_late_commit_keeps_the_stamps_and_ids_of_its_moment(shop: str) -> None:
    control(shop, "faults", [{"kind": "late_commit", "seconds": 60, "times": 1}])
    asked = time.time()
    assert add(shop, "late", "later").status_code == 504
    answered = time.time()
    add(shop, "meanwhile")
    assert requests.get(f"{shop}/_control/idle", timeout=5).json()["idle"] is False
    assert names(shop) == ["meanwhile"]
    control(shop, "clock", {"shift_seconds": 61})
    wait_for(lambda: requests.get(f"{shop}/_control/idle", timeout=5).json()["idle"])
    orders = requests.get(f"{shop}/api/orders", headers=ADMINISTRATOR, timeout=5).json()
    assert [(one["id"], one["name"]) for one in orders] == [(102, "meanwhile"), (100, "late"), (101, "later")]
    assert asked <= orders[1]["made"] <= answered < orders[0]["made"]


@pytest.mark.parametrize(
    "given",
    [
        [{"kind": "explode"}],
        [{"kind": "close", "often": 3}],
        {"kind": "close"},
        [17],
        [{"kind": "close", "times": "x"}],
    ],
)
def test_an_order_for_faults_that_is_not_understood_changes_nothing(shop: str, given: Any) -> None:
    answer = requests.post(f"{shop}/_control/faults", json=given, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert add(shop, "a").status_code == 201


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_window_admits_its_number_then_refuses_then_admits_again(shop: str) -> None:
    assert [add(shop, "a").status_code for _ in range(7)] == [201] * 5 + [429] * 2
    assert 0 < add(shop, "a").json()["wait"] <= 1
    control(shop, "clock", {"shift_seconds": 1.5})
    assert add(shop, "a").status_code == 201


def test_repeated_refusals_block_the_address_for_a_while(shop: str) -> None:
    assert [add(shop, "a").status_code for _ in range(11)] == [201] * 5 + [429] * 5 + [403]
    control(shop, "clock", {"shift_seconds": 2})
    assert add(shop, "a").status_code == 403
    control(shop, "clock", {"shift_seconds": 8})
    assert add(shop, "a").status_code == 201


def test_the_administrator_meets_neither_limits_nor_faults_and_does_not_use_them_up(shop: str) -> None:
    control(shop, "faults", [{"kind": "status", "status": 500, "times": 1}])
    for _ in range(10):
        assert requests.get(f"{shop}/api/orders", headers=ADMINISTRATOR, timeout=5).status_code == 200
    assert [add(shop, "a").status_code for _ in range(6)] == [500, 201, 201, 201, 201, 429]
    seen = requests.get(f"{shop}/_control/requests?since=0", timeout=5).json()["requests"]
    assert [one["administrator"] for one in seen] == [True] * 10 + [False] * 6


def test_limits_can_be_changed_switched_off_and_have_the_simulators_extras(shop: str) -> None:
    assert control(shop, "limits", {"per_second": 2, "slow": 3})["slow"] == 3
    assert [add(shop, "a").status_code for _ in range(3)] == [201, 201, 429]
    control(shop, "limits", {"enforce": False})
    assert {add(shop, "a").status_code for _ in range(20)} == {201}
    assert requests.post(f"{shop}/_control/limits", json={"per_hour": 2}, timeout=5).status_code == 400


def test_the_minute_window_counts_over_seconds() -> None:
    clock = Clock()
    limits = Limits(clock, per_second=None, per_minute=3)
    refusals = []
    for second in range(0, 70, 10):
        clock.shift(second)
        refusals.append(limits.admit("a") is not None)
    assert refusals == [False, False, False, True, True, True, False]
    assert limits.admit("b") is None


def test_a_clock_that_is_shifted_back_leaves_no_window_full() -> None:
    clock = Clock()
    limits = Limits(clock, per_second=1, per_minute=1)
    clock.shift(3600)
    assert limits.admit("a") is None
    clock.shift(0)
    assert limits.admit("a") is None


# --- hooks ------------------------------------------------------------------------------------------------------------


def counters(base_url: str) -> dict[str, int]:
    report: dict[str, int] = requests.get(f"{base_url}/_control/webhooks", timeout=5).json()
    return report


def settle(base_url: str) -> dict[str, int]:
    wait_for(lambda: requests.get(f"{base_url}/_control/idle", timeout=5).json()["idle"])
    return counters(base_url)


def subscribe(base_url: str, receiver: Receiver) -> None:
    control(base_url, "limits", {"enforce": False})
    control(base_url, "subscribe", {"url": receiver.url})


def test_hooks_are_delivered_side_by_side_and_counted(shop: str, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    receiver.seconds = 0.1
    add(shop, *(str(number) for number in range(60)))
    report = settle(shop)
    assert (report["sent"], report["delivered"], report["failed"], report["queued"]) == (60, 60, 0, 0)
    assert 10 <= receiver.most_at_once <= 20
    noted = requests.get(f"{shop}/_control/deliveries?since=0", timeout=5).json()["deliveries"]
    assert sorted(one["ids"][0] for one in noted) == list(range(100, 160))
    assert {(one["resource"], one["action"], one["status"], one["attempt"], one["outcome"]) for one in noted} == {
        ("order", "add", 204, 1, "delivered")
    }


@pytest.mark.parametrize(
    ("profile", "received"),
    [
        ({"duplicate": 2}, 90),
        ({"drop": 1.0}, 0),
        ({"paused": True}, 0),
        ({"reorder": True, "reorder_seconds": 0.2}, 30),
    ],
)
def test_the_profile_decides_how_often_a_hook_arrives(
    shop: str, receiver: Receiver, profile: dict[str, Any], received: int
) -> None:
    subscribe(shop, receiver)
    control(shop, "webhooks", profile)
    add(shop, *(str(number) for number in range(30)))
    report = settle(shop)
    assert len(receiver.received) == report["delivered"] == received
    assert report["dropped"] == (30 if "drop" in profile else 0)


def test_reordered_hooks_leave_in_another_order(shop: str, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    control(shop, "webhooks", {"reorder": True, "reorder_seconds": 0.5})
    add(shop, *(str(number) for number in range(30)))
    settle(shop)
    noted = requests.get(f"{shop}/_control/deliveries?since=0", timeout=5).json()["deliveries"]
    order = [one["ids"][0] for one in noted]
    assert sorted(order) == list(range(100, 130))
    assert sum(abs(number - 100 - place) for place, number in enumerate(order)) > 100


def test_a_hook_waits_its_delay(shop: str, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    control(shop, "webhooks", {"delay_seconds": 0.4})
    sent = time.time()
    add(shop, "a")
    settle(shop)
    assert 0.4 <= receiver.received[0].at - sent < 5


def test_a_refused_hook_is_tried_again_by_the_clock_until_the_attempts_are_used_up(
    shop: str, receiver: Receiver
) -> None:
    subscribe(shop, receiver)
    receiver.status = 500
    add(shop, "a")
    assert settle(shop)["retrying"] == 1
    control(shop, "clock", {"shift_seconds": 301})
    wait_for(lambda: (counters(shop)["sent"], counters(shop)["retrying"]) == (2, 1))
    control(shop, "clock", {"shift_seconds": 602})
    wait_for(lambda: counters(shop)["failed"] == 1)
    report = settle(shop)
    assert (report["sent"], report["retrying"], report["delivered"]) == (3, 0, 0)


def test_a_slow_answer_counts_as_timed_out_and_no_server_as_no_answer(shop: str, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    receiver.seconds = 1.3
    add(shop, "a")
    settle(shop)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        control(shop, "subscribe", {"url": f"http://127.0.0.1:{free.getsockname()[1]}/"})
        add(shop, "b")
        settle(shop)
    noted = requests.get(f"{shop}/_control/deliveries?since=0", timeout=5).json()["deliveries"]
    assert [(one["status"], one["outcome"]) for one in noted] == [(499, "timed_out"), (0, "no_answer")]


# --- control calls ----------------------------------------------------------------------------------------------------


def test_reset_puts_everything_back_and_load_fills(shop: str, receiver: Receiver) -> None:
    subscribe(shop, receiver)
    assert control(shop, "load", {"orders": 5}) == {"orders": 5}
    control(shop, "faults", [{"kind": "close", "times": 99}])
    control(shop, "webhooks", {"paused": True})
    control(shop, "clock", {"shift_seconds": 5000})
    assert requests.get(f"{shop}/_control/state", timeout=5).json()["orders"] == 5
    assert control(shop, "reset", {"scenario": "demo"}) == {"orders": 0}
    assert add(shop, "a").status_code == 201
    assert requests.get(f"{shop}/_control/webhooks", timeout=5).json()["paused"] is False
    assert requests.get(f"{shop}/_control/limits", timeout=5).json()["enforce"] is True
    assert requests.get(f"{shop}/_control/clock", timeout=5).json()["shift_seconds"] == 0
    assert requests.post(f"{shop}/_control/reset", json={"scenario": "none"}, timeout=5).status_code == 400
    assert requests.post(f"{shop}/_control/reset", timeout=5).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"shift_seconds": "soon"}', b"", b"null"])
def test_a_broken_control_call_is_answered_400(shop: str, body: bytes) -> None:
    answer = requests.post(f"{shop}/_control/clock", data=body, timeout=5)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_requests_side_by_side_are_all_noted_once(shop: str) -> None:
    control(shop, "limits", {"enforce": False})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add(shop, str(number)), range(200)))
    assert len(names(shop)) == 200
    seen = requests.get(f"{shop}/_control/requests?since=0", timeout=5).json()["requests"]
    assert sum(one["method"] == "POST" for one in seen) == 200


# --- running ----------------------------------------------------------------------------------------------------------


def test_an_error_of_the_factory_reaches_the_test() -> None:
    def broken() -> web.Application:
        raise LookupError("no such world")

    with pytest.raises(LookupError, match="no such world"), run_in_thread(broken):
        pass


@pytest.fixture
def program(tmp_path: Any) -> list[str]:
    path = tmp_path / "shop_program.py"
    path.write_text(
        "import sys\n"
        "from sandbox.simulator import main\n"
        "from tests.integration.simulators.test_kernel import Shop\n"
        "sys.exit(main('Shop', lambda options, _: Shop(options), port=0, hook_delay=0.3))\n"
    )
    return [sys.executable, str(path)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_says_where_it_is_and_ends_cleanly(
    program: list[str], number: signal.Signals, pytestconfig: pytest.Config
) -> None:
    process = subprocess.Popen(
        program,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(pytestconfig.rootpath)},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Shop simulator on http://127.0.0.1:")
    assert requests.get(f"{line.split()[-1]}/_control/state", timeout=5).json()["orders"] == 0
    process.send_signal(number)
    assert process.wait(5) == 0
    assert process.communicate() == ("", "")


def test_a_taken_port_is_said_in_one_line(program: list[str], pytestconfig: pytest.Config) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*program, "--port", str(port)],
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
            env={"PYTHONPATH": str(pytestconfig.rootpath)},
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert str(port) in done.stderr


def test_equal_seeds_draw_equally_and_purposes_do_not_disturb_each_other() -> None:
    async def draws(seed: int) -> tuple[float, float]:
        shop = Shop(Options(seed=seed))
        return shop.chance("a").random(), shop.chance("b").random()

    assert asyncio.run(draws(3)) == asyncio.run(draws(3))
    first, second = asyncio.run(draws(3))
    assert first != second
