"""A thousand bookings at once: quick in requests, right in the end, and the same with a mover that is killed."""

import random
import threading
import time
from itertools import cycle, islice

import pytest

from .town import Town

BOOKINGS = 1000
KILLING_SECONDS, CHANGING_SECONDS = 400, 40


def test_a_thousand_changes_cost_few_requests_and_meet_no_limit(town: Town) -> None:
    town.load(BOOKINGS, BOOKINGS // 3)
    since = time.time()
    changed = town.tell("altegio", "change", {"location": town.location, "count": BOOKINGS, "attendance": 2})["changed"]
    town.come_to_rest(240)
    assert changed > BOOKINGS / 2
    assert len(town.statuses("kommo", since)) <= 0.02 * changed
    assert len(town.statuses("altegio", since)) <= 0.02 * changed
    assert 429 not in town.statuses("kommo", since) + town.statuses("altegio", since)
    town.assert_right()


@pytest.mark.timeout(600)
def test_killed_ten_times_with_a_fifth_of_the_hooks_lost_it_is_right_after_one_sweep(town: Town) -> None:
    if len(town.records(town.location)) < BOOKINGS:
        town.load(BOOKINGS, BOOKINGS // 3)
    for side in ("altegio", "kommo"):
        town.tell(side, "webhooks", {"drop": 0.2})
    chance = random.Random(7)
    done = threading.Event()
    kills = 0

    def kill() -> None:
        nonlocal kills
        while kills < 10 and not done.wait(chance.uniform(0.3, 3.0)):
            kills += town.stack.kill_mover() > 0

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        # After a kill its hints stay invisible for 20 seconds, so ten kills take a while; the salon works on meanwhile.
        for attendance in islice(cycle((0, -1)), KILLING_SECONDS // CHANGING_SECONDS):
            town.tell("altegio", "change", {"location": town.location, "count": BOOKINGS, "attendance": attendance})
            killer.join(CHANGING_SECONDS)
            if not killer.is_alive():
                break
    finally:
        done.set()
        killer.join()
    assert kills == 10
    town.mend()
    town.come_to_rest(240)
    town.sweep()
    town.assert_right()
