"""Where a deal should stand."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.bookings import rules
from bookdeal.model.booking import BookingStatus
from bookdeal.model.deal import Place
from bookdeal.model.settings import Mapping, Settings, StatusSync, SyncMode

from .examples import BOOKED, BOOKING, CALL_BACK, MAPPING, NEW, PIPELINES, SALES, SALON, SIMPLE, at, booking


@pytest.mark.parametrize("status", list(BookingStatus))
def test_simple_mapping_gives_each_status_its_stage(status: BookingStatus) -> None:
    found = rules.verdict(rules.inputs_of(booking(status=status)), SIMPLE, PIPELINES)
    assert (found.place, found.rule) == (at(MAPPING.stages[status] or 0), f"simple.{status}")


@pytest.mark.parametrize("status", list(BookingStatus))
def test_one_mapped_status_alone_is_a_valid_setup(status: BookingStatus) -> None:
    sync = StatusSync(SyncMode.SIMPLE, Mapping(SALON.id, None, {BookingStatus.CONFIRMED: BOOKED}))
    found = rules.verdict(rules.inputs_of(booking(status=status)), sync, PIPELINES)
    assert found.place == (at(BOOKED) if status is BookingStatus.CONFIRMED else None)


@pytest.mark.parametrize("mapping", [None, MAPPING])
@pytest.mark.parametrize("status", list(BookingStatus))
def test_off_moves_nothing(status: BookingStatus, mapping: Mapping | None) -> None:
    found = rules.verdict(rules.inputs_of(booking(status=status)), StatusSync(SyncMode.OFF, mapping), PIPELINES)
    assert (found.place, found.rule) == (None, "off")


@pytest.mark.parametrize(
    ("sync", "landing"),
    [
        (StatusSync(), Place(SALES.id, 11)),
        (StatusSync(SyncMode.OFF, Mapping(SALON.id)), at(NEW)),
        (StatusSync(SyncMode.OFF, Mapping(SALON.id, BOOKED)), at(BOOKED)),
        (StatusSync(SyncMode.SIMPLE, Mapping(SALON.id, BOOKED, {})), at(BOOKED)),
        (StatusSync(SyncMode.SIMPLE, Mapping(SALON.id, None, {BookingStatus.WAITING: None})), at(NEW)),
        (SIMPLE, at(NEW)),
    ],
)
def test_a_new_deal_lands_somewhere_in_every_setup(sync: StatusSync, landing: Place) -> None:
    assert rules.first_place(rules.inputs_of(BOOKING), sync, PIPELINES).place == landing


def test_a_new_deal_of_a_confirmed_booking_is_made_where_confirmed_ones_stand() -> None:
    confirmed = rules.inputs_of(booking(status=BookingStatus.CONFIRMED))
    found = rules.first_place(confirmed, SIMPLE, PIPELINES)
    assert (found.place, found.rule) == (at(BOOKED), "simple.confirmed")


@pytest.mark.parametrize(
    "mapping", [Mapping(77), Mapping(SALON.id, 999), Mapping(SALON.id, None, {BookingStatus.WAITING: 999})]
)
def test_a_vanished_stage_is_named_and_never_guessed(mapping: Mapping) -> None:
    with pytest.raises(rules.UnknownStage):
        rules.first_place(rules.inputs_of(BOOKING), StatusSync(SyncMode.SIMPLE, mapping), PIPELINES)


@pytest.mark.parametrize(
    ("changes", "settings", "reason"),
    [
        ({}, {}, None),
        ({"status": BookingStatus.CANCELLED}, {}, "cancelled_when_first_seen"),
        ({}, {"start_from": date(2026, 5, 4)}, None),
        ({}, {"start_from": date(2026, 5, 5)}, "before_start"),
        ({"starts_at": datetime(2026, 5, 5, 0, 0)}, {"start_from": date(2026, 5, 5)}, None),
        ({"client": None}, {}, "no_client"),
        ({"client": None}, {"deals_without_client": True}, None),
        ({"status": BookingStatus.NO_SHOW}, {}, None),
    ],
)
def test_scope(changes: dict[str, object], settings: dict[str, object], reason: str | None) -> None:
    assert rules.out_of_scope(booking(**changes), Settings(**settings)) == reason  # type: ignore[arg-type]


@given(
    st.sampled_from(list(BookingStatus)), st.dictionaries(st.sampled_from(list(BookingStatus)), st.none() | st.just(2))
)
def test_rules_are_total(status: BookingStatus, stages: dict[BookingStatus, int | None]) -> None:
    sync = StatusSync(SyncMode.SIMPLE, Mapping(SALON.id, None, stages))
    found = rules.verdict(rules.inputs_of(booking(status=status)), sync, PIPELINES)
    assert found.place == (at(2) if stages.get(status) else None)
    assert found.rule


# -- the pipelines of imports --------------------------------------------------------------------------------------

IMPORT = Mapping(SALES.id, None, {BookingStatus.CONFIRMED: 11, BookingStatus.ARRIVED: None, BookingStatus.NO_SHOW: 999})
RULED = StatusSync(SyncMode.CONDITIONAL, otherwise=MAPPING)


@pytest.mark.parametrize("sync", [SIMPLE, RULED, replace(SIMPLE, only_pipeline=SALON.id)])
@pytest.mark.parametrize(
    ("status", "place", "rule"),
    [
        (BookingStatus.CONFIRMED, Place(SALES.id, 11), "import.confirmed"),
        (BookingStatus.ARRIVED, None, "import.arrived.unmapped"),
        (BookingStatus.WAITING, None, "import.waiting.unmapped"),
        (BookingStatus.NO_SHOW, None, "import.no_show.unmapped"),
    ],
)
def test_deals_at_home_in_an_imports_pipeline_keep_to_its_mapping(
    sync: StatusSync, status: BookingStatus, place: Place | None, rule: str
) -> None:
    """A stage that the account no longer has is none: it stops nothing."""
    imported = replace(sync, imports=(Mapping(5), IMPORT))
    found = rules.verdict(rules.inputs_of(booking(status=status)), imported, PIPELINES, SALES.id)
    assert (found.place, found.rule, found.why.code) == (place, rule, "import")


@pytest.mark.parametrize("home", [SALON.id, None])
@pytest.mark.parametrize("sync", [SIMPLE, RULED, StatusSync(SyncMode.OFF, MAPPING)])
def test_all_others_go_by_the_settings(sync: StatusSync, home: int | None) -> None:
    inputs = rules.inputs_of(booking(status=BookingStatus.CONFIRMED))
    imported = replace(sync, imports=(IMPORT,))
    assert rules.verdict(inputs, imported, PIPELINES, home) == rules.verdict(inputs, sync, PIPELINES, home)
    assert rules.first_place(inputs, imported, PIPELINES) == rules.first_place(inputs, sync, PIPELINES)


def test_where_statuses_are_not_synchronised_imported_deals_are_not_moved_either() -> None:
    sync = StatusSync(SyncMode.OFF, imports=(IMPORT,))
    found = rules.verdict(rules.inputs_of(booking(status=BookingStatus.CONFIRMED)), sync, PIPELINES, SALES.id)
    assert (found.place, found.rule) == (None, "off")


def test_in_a_pipeline_that_the_settings_name_they_apply() -> None:
    inputs = rules.inputs_of(booking(status=BookingStatus.CONFIRMED))
    shared = (Mapping(SALON.id, NEW, {BookingStatus.CONFIRMED: CALL_BACK}),)
    for sync in (SIMPLE, RULED):
        assert rules.verdict(inputs, replace(sync, imports=shared), PIPELINES, SALON.id).place == at(BOOKED)


def test_a_pipeline_that_is_gone_moves_nothing() -> None:
    sync = replace(SIMPLE, imports=(IMPORT,))
    found = rules.verdict(rules.inputs_of(booking(status=BookingStatus.CONFIRMED)), sync, (SALON,), SALES.id)
    assert found.place is None


def test_moving_a_deal_within_an_imports_pipeline_sets_no_status() -> None:
    sync = replace(SIMPLE, reverse=True, imports=(IMPORT,))
    assert rules.status_meant(rules.inputs_of(BOOKING), sync, Place(SALES.id, 11)) is None
