"""What is written to make a deal equal to its booking."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.bookings import rules
from bookdeal.bookings.planning import Applied, StageChoice, choose_stage, plan_new, plan_update
from bookdeal.model.booking import BookingStatus, Employee
from bookdeal.model.deal import DealChange

from .examples import (
    ALL_FIELD_IDS,
    ARRIVED,
    BOOKED,
    BOOKING,
    CALL_BACK,
    FIELD_IDS,
    LOST,
    MAPPING,
    NEW,
    SALON,
    WON,
    around,
    at,
    booking,
    deal,
)

WAITING = rules.inputs_of(BOOKING)
CONFIRMED = booking(status=BookingStatus.CONFIRMED)


def test_a_new_deal_has_its_fields_price_name_place_and_contact() -> None:
    made, verdict = plan_new(BOOKING, "900100:640001", 5, around())
    assert (made.mark, made.name, made.price, made.place, made.contact) == (
        "900100:640001",
        "Haircut – Carla Ruiz",
        30,
        at(NEW),
        5,
    )
    assert made.fields[FIELD_IDS["BOOKING_ID"]] == "640001"
    assert set(made.fields) == set(FIELD_IDS.values())
    assert verdict.rule == "simple.waiting"


def test_an_equal_deal_gets_no_request() -> None:
    update = plan_update(BOOKING, Applied(WAITING, at(NEW)), deal(), around())
    assert update.change is None


def test_a_status_change_writes_the_stage_alone() -> None:
    update = plan_update(CONFIRMED, Applied(WAITING, at(NEW)), deal(), around())
    assert update.change == DealChange(id=501, place=at(BOOKED))


def test_a_reschedule_writes_its_fields_alone() -> None:
    moved = booking(starts_at=BOOKING.starts_at + timedelta(days=1, hours=1))
    update = plan_update(moved, Applied(WAITING, at(NEW)), deal(), around())
    assert update.change is not None
    assert update.change.place is None
    assert update.fields == ("BOOKING_DATE", "BOOKING_TIME", "BOOKING_DATETIME")


@pytest.mark.parametrize(
    ("case", "applied_status", "put", "present", "now", "settings", "choice"),
    [
        (
            "moves on",
            "waiting",
            NEW,
            NEW,
            "confirmed",
            {},
            StageChoice(at(BOOKED), "simple.confirmed", None, at(BOOKED), SALON.id),
        ),
        (
            "person moved it, status differs",
            "waiting",
            NEW,
            ARRIVED,
            "confirmed",
            {},
            StageChoice(at(BOOKED), "simple.confirmed", None, at(BOOKED), SALON.id),
        ),
        (
            "person moved it, same status",
            "waiting",
            NEW,
            ARRIVED,
            "waiting",
            {},
            StageChoice(None, "unchanged_inputs", home=SALON.id),
        ),
        (
            "person was faster",
            "waiting",
            NEW,
            BOOKED,
            "confirmed",
            {},
            StageChoice(None, "simple.confirmed", None, at(BOOKED), SALON.id),
        ),
        (
            "person closed it",
            "waiting",
            NEW,
            LOST,
            "confirmed",
            {},
            StageChoice(None, "simple.confirmed", "closed_by_person", home=SALON.id),
        ),
        (
            "person closed it, then it was cancelled",
            "waiting",
            NEW,
            LOST,
            "cancelled",
            {},
            StageChoice(None, "simple.cancelled", home=SALON.id),
        ),
        (
            "person closed it, may be reopened",
            "waiting",
            NEW,
            LOST,
            "confirmed",
            {"reopen_closed": True},
            StageChoice(at(BOOKED), "simple.confirmed", None, at(BOOKED), SALON.id),
        ),
        (
            "we closed it, restored",
            "cancelled",
            LOST,
            LOST,
            "waiting",
            {},
            StageChoice(at(NEW), "simple.waiting", None, at(NEW), SALON.id),
        ),
        (
            "found again after a crash",
            None,
            NEW,
            NEW,
            "confirmed",
            {},
            StageChoice(at(BOOKED), "simple.confirmed", None, at(BOOKED), SALON.id),
        ),
    ],
    ids=lambda value: value.replace(" ", "_") if isinstance(value, str) and " " in value else "",
)
def test_stage_choice(
    case: str,
    applied_status: str | None,
    put: int,
    present: int,
    now: str,
    settings: dict[str, bool],
    choice: StageChoice,
) -> None:
    before = rules.inputs_of(booking(status=BookingStatus(applied_status))) if applied_status else None
    inputs = rules.inputs_of(booking(status=BookingStatus(now)))
    assert choose_stage(inputs, Applied(before, at(put)), at(present), around(**settings)) == choice, case


def test_another_employee_moves_nothing_when_a_person_moved_the_deal() -> None:
    inputs = rules.inputs_of(booking(employee=Employee(51002, "Dani")))
    found = choose_stage(inputs, Applied(WAITING, at(NEW)), at(CALL_BACK), around())
    assert found == StageChoice(None, "simple.waiting", "moved_by_person", home=SALON.id)


@pytest.mark.parametrize(
    ("put", "present", "choice"),
    [
        (BOOKED, BOOKED, StageChoice(at(NEW), "simple.waiting", None, at(NEW), SALON.id)),
        (NEW, NEW, StageChoice(None, "simple.waiting", None, at(NEW), SALON.id)),
        (BOOKED, CALL_BACK, StageChoice(None, "simple.waiting", "moved_by_person", home=SALON.id)),
        (BOOKED, WON, StageChoice(None, "simple.waiting", "closed_by_person", home=SALON.id)),
    ],
    ids=["ours", "right already", "moved by a person", "closed by a person"],
)
def test_what_is_decided_anew_moves_only_what_nobody_moved(put: int, present: int, choice: StageChoice) -> None:
    """Other rules put the deal where it was put last; nothing of the booking has changed since."""
    assert choose_stage(WAITING, Applied(WAITING, at(put), anew=True), at(present), around()) == choice
    assert choose_stage(WAITING, Applied(WAITING, at(put)), at(present), around()).place is None


def test_the_price_follows_the_booking() -> None:
    update = plan_update(BOOKING, Applied(WAITING, at(NEW)), deal(price=25), around())
    assert update.change == DealChange(id=501, price=30)
    assert update.fields == ("PRICE",)


@given(st.lists(st.sampled_from(list(BookingStatus)), min_size=1), st.integers(0, 5))
def test_the_end_of_a_history_is_the_same_however_much_of_it_was_seen(history: list[BookingStatus], seen: int) -> None:
    """A deal driven through all steps stands where one that saw only some of them and the last one stands."""

    def end(steps: list[BookingStatus]) -> int:
        applied, stands = Applied(WAITING, at(NEW)), deal()
        for status in steps:
            now = booking(status=status)
            update = plan_update(now, applied, stands, around())
            place = update.choice.place or stands.place
            stands = deal(place.stage)
            applied = Applied(rules.inputs_of(now), update.choice.put or applied.put)
        return stands.place.stage

    assert end(history) == end([*history[: min(seen, len(history) - 1)], history[-1]])
    assert end(history) == (MAPPING.stages[history[-1]])


def test_won_by_us_is_ours_to_leave() -> None:
    arrived = rules.inputs_of(booking(status=BookingStatus.ARRIVED))
    back = rules.inputs_of(booking(status=BookingStatus.CONFIRMED, starts_at=datetime(2026, 5, 9, 10, 0)))
    found = choose_stage(back, Applied(arrived, at(WON)), at(WON), around())
    assert found.place == at(BOOKED)


@pytest.mark.parametrize(
    ("online", "shown", "written"),
    [(False, None, False), (False, False, False), (False, True, True), (True, None, True)],
)
def test_an_unset_checkbox_is_one_that_is_not_ticked(online: bool, shown: bool | None, written: bool) -> None:
    ticking = replace(around(), field_ids={"BOOKED_ONLINE": 110})
    stands = deal(fields={} if shown is None else {110: shown})
    update = plan_update(booking(online=online), Applied(WAITING, at(NEW)), stands, ticking)
    assert update.fields == (("BOOKED_ONLINE",) if written else ())


def test_only_the_fields_in_use_are_written() -> None:
    few = replace(around(), field_ids={"EMPLOYEE": 7})
    made, _ = plan_new(BOOKING, "mark", 5, few)
    assert made.fields == {7: "Berta"}
    update = plan_update(BOOKING, Applied(WAITING, at(NEW)), deal(fields={}), few)
    assert update.change == DealChange(id=501, fields={7: "Berta"})


def test_all_fields_can_be_shown() -> None:
    everything = replace(around(), field_ids=ALL_FIELD_IDS)
    made, _ = plan_new(booking(online=True, visitor="Leo"), "mark", 5, everything)
    assert set(made.fields) == set(ALL_FIELD_IDS.values())


MADE = int(datetime.fromisoformat("2026-04-30T09:00:00+02:00").timestamp())
BEGINS = int(datetime.fromisoformat("2026-05-04T18:30:00+02:00").timestamp())


@pytest.mark.parametrize(
    ("status", "made", "expected"),
    [
        (BookingStatus.WAITING, "2026-04-30T09:00:00+0200", (MADE, None)),
        (BookingStatus.ARRIVED, "2026-04-30T09:00:00+0200", (MADE, BEGINS)),
        (BookingStatus.ARRIVED, "2026-05-05T09:00:00+0200", (MADE + 5 * 86400, MADE + 5 * 86400)),
        (BookingStatus.ARRIVED, "", (BEGINS, BEGINS)),
        (BookingStatus.WAITING, "yesterday", (BEGINS, None)),
    ],
)
def test_an_imported_deal_bears_its_bookings_dates(
    status: BookingStatus, made: str, expected: tuple[int, int | None]
) -> None:
    """Made when it was booked, else when the visit begins; over with the visit, where it is closed."""
    record = booking(status=status, made=made)
    deal, _ = plan_new(record, "900100:640001", 5, replace(around(), keeps_dates=True))
    assert (deal.made_at, deal.closed_at) == expected
    live, _ = plan_new(record, "900100:640001", 5, around())
    assert (live.made_at, live.closed_at) == (None, None)
