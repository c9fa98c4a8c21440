"""Two sides that answer each other come to rest: whatever people do on both, few writes follow and both agree."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

import pytest

from bookdeal.installs.connections import ALTEGIO, KOMMO
from bookdeal.model.booking import BookingStatus
from bookdeal.model.settings import Conditions, Mapping, Rule, StatusSync, SyncMode

from .bed import ARRIVED, CONFIRMED, NO_SHOW, WAITING, Bed, person
from .conftest import MakeBed
from .doorbells import Doorbells, doorbells
from .oracle import STATUS, Raw

numbers = count(100)
MOVES = 25
MAPPED = ("New booking", "Confirmed", "Arrived", "No-show")
SEARCH = "POST /api/v1/company/{company}/clients/search"

type Arrange = Callable[[Bed], StatusSync]


def forward(bed: Bed) -> StatusSync:
    """One mapping, and no way back."""
    return bed.installation.settings.status_sync


def both_ways(bed: Bed) -> StatusSync:
    """One mapping, both ways."""
    return replace(bed.installation.settings.status_sync, reverse=True)


def crossed(bed: Bed) -> StatusSync:
    """Rules that send deals of one pipeline into the other: each stage that one sets is asked about by the other."""
    salon = bed.installation.settings.status_sync.mapping
    assert salon is not None
    (other,) = [one for one in bed.look("leads/pipelines") if one["id"] != salon.pipeline][:1]
    stages = [stage["id"] for stage in other["_embedded"]["statuses"] if not stage["type"]]
    statuses = (BookingStatus.WAITING, BookingStatus.CONFIRMED, BookingStatus.ARRIVED, BookingStatus.NO_SHOW)
    there = Mapping(other["id"], None, dict(zip(statuses, stages, strict=False)))
    return StatusSync(
        SyncMode.CONDITIONAL,
        rules=(
            Rule("out", Conditions(pipelines=frozenset({salon.pipeline})), there),
            Rule("back", Conditions(pipelines=frozenset({there.pipeline})), salon),
        ),
        otherwise=salon,
        reverse=True,
    )


def writes(bed: Bed, since: float) -> Counter[str]:
    """Return what the product wrote on both sides since then, by method and route; questions asked by POST are none."""
    sent = [*bed.requests(KOMMO, since), *bed.requests(ALTEGIO, since)]
    return Counter(one for one in sent if not one.startswith("GET") and one != SEARCH)


def happen(bed: Bed, bells: Doorbells, records: Sequence[Raw], chance: random.Random) -> tuple[int, int]:
    """Let people do things on both sides, hooks coming in between; returns how often each side did something."""
    in_kommo, in_the_salon = 0, 0
    places = [
        (pipeline["id"], stage["id"])
        for pipeline in bed.look("leads/pipelines")
        for stage in pipeline["_embedded"]["statuses"]
        if not stage["type"] and (stage["name"] in MAPPED or chance.random() < 0.3)
    ]
    for _ in range(MOVES):
        record = chance.choice(records)
        if chance.random() < 0.5:
            pipeline, status = chance.choice(places)
            bed.person("move", lead=bed.deal_of(record)["id"], pipeline_id=pipeline, status_id=status)
            in_kommo += 1
        else:
            bed.set_status(record, chance.choice([WAITING, CONFIRMED, ARRIVED, NO_SHOW]))
            in_the_salon += 1
        if chance.random() < 0.3:
            bed.pass_time(chance.uniform(0.5, 6))
            bed.drain()
    bells.settle()
    return in_kommo, in_the_salon


@pytest.mark.parametrize("arrange", [forward, both_ways, crossed])
def test_both_sides_come_to_rest_and_stay_there(make_bed: MakeBed, arrange: Arrange) -> None:
    bed = make_bed()
    chance = random.Random(arrange.__name__)
    bed.choose(status_sync=arrange(bed), reopen_closed=True, task=None)
    records = [bed.book(person(next(numbers)), 3 + number % 3) for number in range(4)]
    with doorbells(bed, duplicate=2, reorder=True) as bells:
        bed.sweep()
        bells.settle()
        began = bed.made_at
        before = writes(bed, began)
        in_kommo, in_the_salon = happen(bed, bells, records, chance)
        written = writes(bed, began) - before
        assert bells.rung > MOVES, "hooks rang, all of them three times"
        statuses_set = written["PUT /api/v1/visits/{visit}/{record}"]
        assert statuses_set <= in_kommo if arrange is not forward else statuses_set == 0
        assert written.total() - statuses_set <= in_the_salon + in_kommo
        # At rest nothing is written any more, whatever rings again.
        deals = [(deal["id"], deal["pipeline_id"], deal["status_id"]) for deal in bed.deals()]
        statuses = [bed.record(record)["attendance"] for record in records]
        rested = writes(bed, began)
        for record in records:
            bed.hint(record)
            bed.hint_of_deals(bed.deal_of(record))
        bed.drain()
        bed.come_to_rest()
        bells.settle()
    assert writes(bed, began) == rested
    assert [(deal["id"], deal["pipeline_id"], deal["status_id"]) for deal in bed.deals()] == deals
    assert [bed.record(record)["attendance"] for record in records] == statuses
    assert len(deals) == len(records)
    bed.assert_right(moved=[record["id"] for record in records], only=records)
    if arrange is both_ways:
        for record in records:
            stage = bed.stage(bed.deal_of(record))
            assert stage not in MAPPED or stage.casefold() == STATUS[bed.record(record)["attendance"]].casefold()


def test_our_own_writes_come_back_and_are_not_read(make_bed: MakeBed) -> None:
    """What Kommo rings for our own move is dropped from what the links say, without a request."""
    bed = make_bed()
    bed.choose(task=None)
    records = [bed.book(person(next(numbers))) for _ in range(3)]
    bed.sweep()
    for record in records:
        bed.set_status(record, CONFIRMED)
    with doorbells(bed, duplicate=1, reorder=True) as bells:
        bed.sweep()
        with bed.counted() as counted:
            bells.settle()
    assert bells.rung >= 2, "one body for several deals, and its copy"
    assert (counted.kommo, counted.altegio, counted.written) == ({}, {}, {})
