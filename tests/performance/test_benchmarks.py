"""What `make bench` computes and writes; what it measures is its own affair."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import ordinary_day, report
from benchmarks.burst import Burst
from benchmarks.cost import Chain, bill, locations_per_address, render
from benchmarks.duplicates import Duplicates
from benchmarks.fairness import Fairness
from benchmarks.floor import altegio_seconds, floor_seconds, kommo_seconds
from benchmarks.history import History
from benchmarks.latency import Latency
from benchmarks.naive import Naive
from benchmarks.ordinary_day import OrdinaryDay, Used, used
from benchmarks.salon import Requests
from benchmarks.simulators import Simulators
from benchmarks.spent import Spent
from benchmarks.starting import BOTO3, BOTO3_SQS, FUNCTIONS, Starting

TABLES = {"prod-Links-1": "Links", "prod-Decisions-2": "Decisions", "prod-Scratch-3": "Scratch"}


def line(**more: Any) -> dict[str, Any]:
    return {"outcome": "done", "duration_ms": 1000, "cpu_ms": 150.5, **more}


def spent() -> Spent:
    return Spent.of(
        [
            line(
                waited_ms=100,
                answered_ms={
                    "tables": 200,
                    "altegio GET /records/{location}": 50,
                    "kommo GET /leads": 60,
                    "kommo PATCH /leads": 90,
                },
                reads={"prod-Links-1": 40},
                writes={"prod-Links-1": 30, "prod-Decisions-2": 20, "prod-Scratch-3": 4},
            ),
            line(outcome="nothing_new", answered_ms={"tables": 100}, reads={"prod-Links-1": 10}),
        ],
        TABLES,
    )


def burst(size: int, **kommo: int) -> Burst:
    return Burst(
        size=size,
        requests=Requests(Counter({name.replace("_", " /"): n for name, n in kommo.items()}), Counter(), 0.0),
        mover=spent() if kommo else Spent(runs=1, duration_ms=5.0),
        intake=Spent(runs=size, cpu_ms=2.5 * size),
        echoes=Spent(),
        refused_hooks=0,
        ringing=100.0,
        drain=4.0,
        behind=-60.0,
        whole=40.0,
    )


def history(known: int, **kommo: int) -> History:
    counts = Counter({name.replace("_", " /"): n for name, n in kommo.items()})
    requests = Requests(counts, Counter({"GET /records/{company}": 60}), 0.0)
    return History(10_000, 6_000, known, 80.0, requests, 10_000, 6_000 - known, 1, (0.5, 0.9, 4.0), 4.9)


def results() -> report.Results:
    return report.Results(
        machine=report.Machine(2, "x86_64", "3.13.0", 0.4),
        steps={"deploying the template": 12.0},
        linking=90.0,
        burst=burst(10_000, GET_leads=67, PATCH_leads=45),
        again=burst(10_000),
        back=burst(400),
        latency=Latency(300, 0.6, 1.2, 1.9, 0.03, Requests(Counter(a=300), Counter(a=150), 0.0)),
        naive=Naive(200, 600, 107.0),
        simulators=Simulators(10_000, 1.5, 0.02, 100_000, 3.0, 0.015),
        duplicates=Duplicates(
            deals=50_000,
            contacts=40_000,
            read=90_000,
            seconds=90.0,
            requests=Requests(Counter({"GET /leads": 200, "GET /contacts": 170}), Counter(), 0.0),
            mover=spent(),
            groups=900,
            planted=5_000,
            certain=800,
            alike=800,
            planted_deals=400,
            apart=1_400,
            search=0.8,
            search_requests=6.0,
        ),
        starting=Starting(
            15,
            {BOTO3: 0.1, BOTO3_SQS: 0.2, **dict.fromkeys(FUNCTIONS, 0.25)},
            {BOTO3: 0.5, BOTO3_SQS: 1.0, **dict.fromkeys(FUNCTIONS, 1.25)},
        ),
        history=history(0, POST_leads=50, POST_contacts=50, GET_leads=60, PATCH_leads=50),
        history_known=history(4_000, POST_leads=50, GET_contacts=90),
        fairness=Fairness(49, 5_000, 0.61, 1.02),
    )


def test_the_floor_is_the_slower_provider() -> None:
    assert kommo_seconds(112) == pytest.approx(20)
    assert floor_seconds(kommo=112, altegio=40) == pytest.approx(20)
    assert floor_seconds(kommo=1, altegio=40) == pytest.approx(10)


@pytest.mark.parametrize(("requests", "seconds"), [(0, 0), (1, 0.25), (160, 40), (161, 60.25), (400, 140), (480, 160)])
def test_a_minute_of_altegio_has_so_many_requests(requests: int, seconds: float) -> None:
    assert altegio_seconds(requests) == pytest.approx(seconds)


def test_costs_are_added_up_by_table() -> None:
    total = spent()
    assert (total.runs, total.duration_ms, total.cpu_ms, total.waited_ms) == (2, 2000, 301, 100)
    assert total.reads == {"Links": 50}
    assert total.writes == {"Links": 30, "Decisions": 20, "Scratch": 4}
    assert total.applied == 50
    assert total.outcomes == {"done": 1, "nothing_new": 1}


def test_a_table_that_nobody_named_is_an_error() -> None:
    with pytest.raises(KeyError):
        Spent.of([line(writes={"other": 1})], TABLES)


def test_the_parts_of_the_time_add_up() -> None:
    assert spent().shares() == {
        "reading Altegio": 50,
        "reading Kommo": 60,
        "writing Kommo": 90,
        "tables": 300,
        "waiting for the request budget": 100,
        "own computing in between": 1400,
    }


def test_the_page_has_every_promise_and_says_that_it_is_kept() -> None:
    page = report.render(results())
    for target in report.targets(results()):
        assert target.is_met, target
        assert f"| {target.promise} |" in page
    assert "missed" not in page
    assert "| from the last webhook accepted until nothing is left | 4.0 | 0.20 |" in page
    assert "| the naive way, extrapolated | 5,350.0 | 267.50 |" in page
    assert "| Kommo | **all** | 112 | 0.0112 |" in page
    assert "| requests to Kommo per booking | 0.0110 | 0.0140 |" in page
    assert "| from webhook to deal, median, s | 0.90 | 0.90 |" in page
    assert "| `altegio_webhook` | 250 | 2.50 | 1.25 |" in page


@pytest.mark.parametrize(
    ("worse", "promise"),
    [
        ({"burst": burst(10_000, GET_leads=67, PATCH_leads=80)}, "requests to Kommo per status change"),
        ({"burst": burst(20, GET_leads=1)}, "items written per changed booking"),
        ({"again": replace(burst(10_000), mover=spent())}, "items written per unchanged booking"),
        ({"back": burst(400, GET_leads=1)}, "requests to Kommo for unchanged bookings"),
        ({"burst": replace(burst(10_000, GET_leads=67), drain=24.1)}, "drained after the last webhook"),
        ({"history": history(0, POST_leads=401)}, "requests to Kommo per imported booking"),
        ({"latency": replace(results().latency, median=1.6)}, "median from webhook to deal"),
    ],
)
def test_a_promise_that_is_not_kept_is_named(worse: dict[str, Any], promise: str) -> None:
    page_of = replace(results(), **worse)
    missed = [target.promise for target in report.targets(page_of) if not target.is_met]
    assert any(name.startswith(promise) for name in missed)
    assert "**missed**" in report.render(page_of)


def test_tables_are_whole() -> None:
    for block in report.render(results()).split("\n\n"):
        if block.startswith("|"):
            assert len({row.count("|") for row in block.splitlines()}) == 1, block


NAMES = {"prod-Links-1": "Links", "prod-Scratch-3": "Scratch"}


def test_what_a_run_used_is_read_from_its_line() -> None:
    logged = line(
        answered_ms={"tables": 300, "kommo GET /leads": 100},
        requests={"kommo GET /leads": 2, "altegio GET /records/{location}": 1},
        reads={"prod-Links-1": 5},
        writes={"prod-Links-1": 3, "prod-Scratch-3": 4},
        messages=2,
    )
    found = used({"deal_mover": [logged], "settings": [line()]}, NAMES)
    slower = ordinary_day.CORE_MB / 512 - 1
    seconds = 0.9 + 0.1505 * slower + 3 * ordinary_day.PROVIDER_SECONDS + 1.0 + 0.1505 * slower
    assert found.gb_seconds == pytest.approx(seconds / 2)
    assert (found.invocations, found.api_requests, found.messages) == (2, 1, 2)
    assert (found.reads, found.writes, found.kommo, found.altegio) == (5, 3 * 2 + 4, 2, 1)


def ordinary(**more: Used) -> OrdinaryDay:
    parts = {name: Used() for name in ("booking", "change", "sweep", "look", "card")}
    return OrdinaryDay(**{**parts, **more}, metrics=frozenset({("Lag", "mover")}))


def test_a_chains_day_and_its_bill_grow_with_what_was_measured() -> None:
    measured = ordinary(booking=Used(api_requests=1, kommo=3), change=Used(api_requests=2), sweep=Used(altegio=1))
    chain = Chain(locations=2, bookings=10, changes=3, cards=0, sweep_seconds=600)
    day = chain.day(measured)
    assert (day.api_requests, day.kommo, day.altegio) == (70, 30, 144)
    one, ten = (dict(bill(chains, chain, measured, alarms=4).rows) for chains in (1, 10))
    assert one["API Gateway, requests"] == pytest.approx(70 * 2 * 30 * 3.5e-6)
    assert ten["API Gateway, requests"] == pytest.approx(10 * one["API Gateway, requests"])
    assert one["CloudWatch, 4 alarms"] == ten["CloudWatch, 4 alarms"] == pytest.approx(0.4)


def test_locations_per_address_follow_from_the_limits() -> None:
    measured = ordinary(sweep=Used(altegio=2), booking=Used(kommo=4))
    found = locations_per_address(Chain(bookings=100, changes=0, cards=0, sweep_seconds=900), measured)
    assert found == {"Altegio": 160 * 60 / 8, "Kommo": 5.6 * 3600 / (100 * 0.15 * 4)}


def test_the_page_names_every_service() -> None:
    page = render(Chain(), ordinary(booking=Used(kommo=1, altegio=1)), alarms=3)
    assert all(service in page for service in ("Lambda", "API Gateway", "DynamoDB", "SQS", "KMS", "CloudWatch", "NAT"))
