"""A thousand bookings at once: quick in requests, right in the end, and the same with a mover that is killed."""

import random
import time
from itertools import cycle, islice

import pytest

from .town import Town

BOOKINGS = 1000
KILLS, BURST = 10, 300
HINTS_COME_BACK = 12
"""Seconds after a kill. A run may take 10; with the local stack's 20 the test would only wait longer."""


def test_a_thousand_changes_cost_few_requests_and_meet_no_limit(town: Town) -> None:
    town.load(BOOKINGS, BOOKINGS // 3)
    since = time.time()
    changed = town.tell("altegio", "change", {"location": town.location, "count": BOOKINGS, "attendance": 2})["changed"]
    town.come_to_rest(240)
    assert changed > BOOKINGS / 2
    # Contacts may still get their totals meanwhile: that is not what is counted here.
    assert len([asked for asked in town.requests("kommo", since) if "/leads" in asked]) <= 0.02 * changed
    assert len([asked for asked in town.requests("altegio", since) if "/records" in asked]) <= 0.02 * changed
    assert 429 not in town.statuses("kommo", since) + town.statuses("altegio", since)
    town.assert_right()


@pytest.mark.timeout(900)
def test_killed_ten_times_with_a_fifth_of_the_hooks_lost_it_is_right_after_one_sweep(town: Town) -> None:
    if len(town.records(town.location)) < BOOKINGS:
        town.load(BOOKINGS, BOOKINGS // 3)
    for side in ("altegio", "kommo"):
        town.tell(side, "webhooks", {"drop": 0.2})
    chance = random.Random(7)
    with town.hints_come_back_after(HINTS_COME_BACK):
        for attendance in islice(cycle((0, -1)), KILLS):
            town.tell("altegio", "change", {"location": town.location, "count": BURST, "attendance": attendance})
            town.wait_until(lambda: town.stack.mover_processes() > 0, 60)
            time.sleep(chance.uniform(0.2, 4.0))
            assert town.stack.kill_mover() > 0
        town.mend()
        town.come_to_rest(KILLS * HINTS_COME_BACK)
    town.sweep()
    town.assert_right()
