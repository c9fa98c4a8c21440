"""Whole flows through the deployed template."""

import time
from typing import Any

import pytest

from .town import Town


@pytest.mark.parametrize(("attendance", "stage"), [(2, "Confirmed"), (1, "Arrived"), (-1, "No-show")])
def test_a_status_change_moves_the_deal(town: Town, attendance: int, stage: str) -> None:
    booking = town.upcoming(1)[0]
    town.set_status(booking, attendance)
    town.come_to_rest()
    assert town.stage(town.deal(booking)) == stage


def test_a_cancelled_booking_is_a_lost_deal(town: Town) -> None:
    booking = town.upcoming(1)[0]
    town.cancel(booking)
    town.come_to_rest()
    assert town.deal(booking)["status_id"] == 143


def test_everything_that_was_there_before_is_right(town: Town) -> None:
    town.assert_right()


def test_a_deal_that_a_person_moved_stays_until_its_booking_changes(town: Town) -> None:
    booking = town.upcoming(1)[0]
    deal = town.deal(booking)
    town.move(deal, "Call back")
    town.come_to_rest()
    town.sweep()
    assert town.stage(town.deal(booking)) == "Call back"
    town.set_status(booking, 2)
    town.come_to_rest()
    assert town.stage(town.deal(booking)) == "Confirmed"


def test_our_own_echo_is_dropped_unread(town: Town) -> None:
    booking = town.upcoming(1)[0]
    town.set_status(booking, 2)
    town.come_to_rest()
    since = time.time()
    time.sleep(1)
    town.come_to_rest()
    # Contacts may still get their totals meanwhile.
    assert [asked for asked in town.requests("kommo", since) if "/leads" in asked] == []
    assert any(line.get("counts", {}).get("echoes") for line in town.lines("deal_mover"))


def test_duplicated_and_reordered_hooks_change_nothing(town: Town) -> None:
    for side in ("altegio", "kommo"):
        town.tell(side, "webhooks", {"duplicate": 3, "reorder": True})
    booking = town.upcoming(1)[0]
    for attendance in (2, 0, 1, 2):
        town.set_status(booking, attendance)
    town.come_to_rest()
    assert town.stage(town.deal(booking)) == "Confirmed"
    town.assert_right()


def test_a_token_that_expires_while_ten_messages_run_is_renewed_once(town: Town) -> None:
    bookings = town.upcoming(10)
    since = time.time()
    town.tell("kommo", "clock", {"shift_seconds": 25 * 3600})
    for booking in bookings:
        town.set_status(booking, 2)
    town.come_to_rest()
    renewals = [one for one in town.requests("kommo", since) if one.endswith("/oauth2/access_token")]
    assert len(renewals) == 1
    for booking in bookings:
        assert town.stage(town.deal(booking)) == "Confirmed"


@pytest.mark.parametrize("side", ["kommo", "altegio"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 504},
        {"kind": "close"},
        {"kind": "commit_then_close"},
        {"kind": "status", "status": 429, "body": {"retry_after": 1}},
    ],
    ids=lambda fault: f"{fault['kind']}_{fault.get('status', '')}",
)
def test_a_fault_of_a_provider_loses_nothing(town: Town, side: str, fault: dict[str, Any]) -> None:
    bookings = town.upcoming(3)
    town.fault(side, {"method": "*", "route": "*", "times": 4, **fault})
    for booking in bookings:
        town.set_status(booking, 2)
    town.come_to_rest()
    town.sweep()
    for booking in bookings:
        assert town.stage(town.deal(booking)) == "Confirmed"
