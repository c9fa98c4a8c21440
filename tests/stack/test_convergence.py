"""Random histories on the deployed stack: real hooks that get lost, come twice and overtake one another, faults of both
providers, a mover that is killed. Once all is quiet and swept, both sides agree.
"""

import random
import time
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from bookdeal.runtime.store import from_wire
from tests.histories.judging import ZONE, Look, judge
from tests.histories.lives import Life
from tests.histories.plans import RESTS, Plan

from .town import Town

HISTORIES = 20
HINTS_COME_BACK = 12
"""Seconds after a kill; see `test_burst`."""
HOOKS = {"drop": 0.2, "duplicate": 2, "reorder": True}
LEFT_OUT = ("pay", "give")
"""A payment whose only hook is lost is found by no sweep; deals are given bookings by the mover's test bed alone."""
lives = count(2000)
"""Far from the people of the demo."""


def items(town: Town, table: str, prefix: str) -> list[dict[str, object]]:
    """Return a table's items whose sort keys begin so."""
    name = town.stack.deployment.outputs[f"{table}Table"]
    pages = town.stack.deployment.client("dynamodb").get_paginator("scan").paginate(TableName=name)
    found = [from_wire(item) for page in pages for item in page["Items"]]
    return [item for item in found if str(item["key"]).startswith(prefix)]


@pytest.mark.timeout(900)
def test_both_sides_agree_after_any_history(town: Town) -> None:
    plan = Plan.of("stack", HISTORIES)
    chance = random.Random(plan.seed)
    today = datetime.now(ZoneInfo(ZONE)).date() + timedelta(days=1)
    living = {number: Life(town, Life.numbers(next(lives)), today) for number in plan.histories}
    with town.hints_come_back_after(HINTS_COME_BACK):
        for round_, trouble in enumerate(plan.troubles):
            town.tell("altegio", "webhooks", HOOKS)
            town.tell("kommo", "webhooks", HOOKS)
            for side, faults in trouble.faults.items():
                town.fault(side, *faults)
            for id, life in living.items():
                for step in plan.histories[id][round_]:
                    if step.what not in LEFT_OUT:
                        life.take(step)
            if round_ not in RESTS:
                time.sleep(chance.uniform(0.2, 2.0))
                town.stack.kill_mover()
                continue
            town.mend()
            town.come_to_rest(240)
            town.sweep()
            look = Look.at(town, lambda table, prefix: items(town, table, prefix))
            for id, life in living.items():
                life.came_to_rest(look.deals_of(life))
                try:
                    judge(life, look)
                except AssertionError as error:
                    pytest.fail(f"after round {round_}, history {id}: {error}\n{plan}")
