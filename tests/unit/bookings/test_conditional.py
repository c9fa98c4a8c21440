"""Rules with conditions: which one speaks, and how every evaluation is told."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.bookings import rules
from bookdeal.bookings.planning import Applied, choose_stage
from bookdeal.bookings.rules import Answer, Entity, Inputs
from bookdeal.model.booking import BookingStatus, ServiceLine
from bookdeal.model.deal import Pipeline, Place, Stage
from bookdeal.model.settings import Conditions, Mapping, Rule, StatusSync, SyncMode

from .examples import (
    ARRIVED,
    BOOKED,
    BOOKING,
    GRACIA,
    MAPPING,
    NEW,
    PIPELINES,
    SALES,
    SALON,
    SIMPLE,
    around,
    at,
    booking,
)

HAIR, NAILS, MASSAGE = 7100, 7101, 7102
BERTA, DANI = 51001, 51002


def ids(*some: int) -> frozenset[int]:
    return frozenset(some)


def services(*categories: int | None) -> tuple[ServiceLine, ...]:
    return tuple(ServiceLine(7000 + number, "x", Decimal(1), Decimal(1), one) for number, one in enumerate(categories))


def sync(*conditions: Conditions, otherwise: Mapping | None = None, only: int | None = None) -> StatusSync:
    several = tuple(
        Rule(f"r{number}", asked, Mapping(SALON.id, NEW + number)) for number, asked in enumerate(conditions)
    )
    several = tuple(
        replace(rule, mapping=Mapping(SALON.id, None, {BookingStatus.WAITING: NEW + number}))
        for number, rule in enumerate(several)
    )
    return StatusSync(SyncMode.CONDITIONAL, None, several, otherwise, only)


INPUTS = Inputs(BookingStatus.WAITING, GRACIA.id, BERTA, ids(HAIR, NAILS))


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        (Conditions(), True),
        (Conditions(locations=ids(GRACIA.id)), True),
        (Conditions(locations=ids(1, GRACIA.id)), True),
        (Conditions(locations=ids(1)), False),
        (Conditions(employees=ids(BERTA, DANI)), True),
        (Conditions(employees=ids(DANI)), False),
        (Conditions(service_categories=ids(NAILS)), True),
        (Conditions(service_categories=ids(NAILS, MASSAGE)), True),
        (Conditions(service_categories=ids(MASSAGE)), False),
        (Conditions(pipelines=ids(SALON.id)), True),
        (Conditions(pipelines=ids(SALES.id)), False),
        (Conditions(ids(HAIR), ids(SALON.id), ids(GRACIA.id), ids(BERTA)), True),
        (Conditions(ids(MASSAGE), ids(SALON.id), ids(GRACIA.id), ids(BERTA)), False),
        (Conditions(ids(HAIR), ids(SALES.id), ids(GRACIA.id), ids(BERTA)), False),
        (Conditions(ids(HAIR), ids(SALON.id), ids(1), ids(BERTA)), False),
        (Conditions(ids(HAIR), ids(SALON.id), ids(GRACIA.id), ids(DANI)), False),
    ],
)
def test_any_value_of_an_entity_and_all_entities_together(conditions: Conditions, fits: bool) -> None:
    found = rules.verdict(INPUTS, sync(conditions), PIPELINES, SALON.id)
    assert found.place == (at(NEW) if fits else None)
    assert found.rule == ("rule.r0.waiting" if fits else "nothing")


def test_the_first_rule_that_fits_wins() -> None:
    asked = (Conditions(employees=ids(DANI)), Conditions(locations=ids(GRACIA.id)), Conditions(employees=ids(BERTA)))
    assert rules.verdict(INPUTS, sync(*asked), PIPELINES, SALON.id).rule == "rule.r1.waiting"


def test_otherwise_speaks_when_none_fits() -> None:
    found = rules.verdict(INPUTS, sync(Conditions(employees=ids(DANI)), otherwise=MAPPING), PIPELINES, SALON.id)
    assert (found.place, found.rule) == (at(NEW), "otherwise.waiting")


def test_a_rule_that_fits_keeps_the_next_ones_quiet_even_where_it_moves_nothing() -> None:
    cancelled = replace(INPUTS, status=BookingStatus.CANCELLED)
    found = rules.verdict(cancelled, sync(Conditions(), Conditions(), otherwise=MAPPING), PIPELINES, SALON.id)
    assert (found.place, found.rule) == (None, "rule.r0.cancelled.unmapped")


@pytest.mark.parametrize(
    ("conditions", "otherwise", "only", "place", "rule"),
    [
        (Conditions(employees=ids(BERTA)), None, None, at(NEW), "rule.r0.waiting"),
        (Conditions(employees=ids(DANI)), None, None, Place(SALES.id, 11), "nothing.landing"),
        (Conditions(employees=ids(DANI)), None, SALON.id, at(NEW), "nothing.landing"),
        (Conditions(employees=ids(DANI)), MAPPING, None, at(NEW), "otherwise.waiting"),
        (
            Conditions(employees=ids(DANI)),
            Mapping(SALON.id, ARRIVED),
            None,
            at(ARRIVED),
            "otherwise.waiting.unmapped.landing",
        ),
        (Conditions(pipelines=ids(SALON.id)), None, None, at(NEW), "rule.r0.waiting"),
        (Conditions(pipelines=ids(SALES.id)), None, None, Place(SALES.id, 11), "nothing.landing"),
        (Conditions(employees=ids(BERTA)), None, SALES.id, at(NEW), "outside_pipeline.landing"),
    ],
)
def test_every_new_deal_lands_somewhere(
    conditions: Conditions, otherwise: Mapping | None, only: int | None, place: Place, rule: str
) -> None:
    found = rules.first_place(INPUTS, sync(conditions, otherwise=otherwise, only=only), PIPELINES)
    assert (found.place, found.rule) == (place, rule)


@pytest.mark.parametrize("mode", [SyncMode.SIMPLE, SyncMode.CONDITIONAL])
def test_deals_of_other_pipelines_are_left_alone_where_one_is_chosen(mode: SyncMode) -> None:
    limited = StatusSync(mode, MAPPING, (Rule("r", Conditions(), MAPPING),), None, SALON.id)
    assert rules.verdict(INPUTS, limited, PIPELINES, SALON.id).place == at(NEW)
    found = rules.verdict(INPUTS, limited, PIPELINES, SALES.id)
    assert (found.place, found.rule) == (None, "outside_pipeline")


# -- told --------------------------------------------------------------------------------------------------------------


def test_an_evaluation_tells_what_matched_and_what_was_not_asked() -> None:
    asked = (Conditions(ids(MASSAGE), locations=ids(GRACIA.id)), Conditions(locations=ids(GRACIA.id)), Conditions())
    why = rules.verdict(INPUTS, sync(*asked), PIPELINES, SALON.id).why
    assert (why.code, why.rule, why.number, why.stage, why.pipeline) == ("rule", "r1", 2, NEW + 1, SALON.id)
    assert [(trial.rule, trial.number, trial.matches) for trial in why.trials] == [("r0", 1, False), ("r1", 2, True)]
    assert why.trials[0].answers == (
        Answer(Entity.LOCATION, ids(GRACIA.id), ids(GRACIA.id), True),
        Answer(Entity.PIPELINE, ids(), ids(SALON.id), None),
        Answer(Entity.EMPLOYEE, ids(), ids(BERTA), None),
        Answer(Entity.SERVICE_CATEGORY, ids(MASSAGE), ids(HAIR, NAILS), False),
    )


def test_an_evaluation_goes_to_the_screen_as_codes_and_ids() -> None:
    asked = (Conditions(ids(MASSAGE)), Conditions(locations=ids(GRACIA.id)))
    unknown = replace(INPUTS, categories=None, employee=None)
    body = rules.verdict(unknown, sync(*asked, only=SALON.id), PIPELINES, SALON.id).why.to_json()
    assert body == {
        "code": "rule",
        "status": "waiting",
        "stage": NEW + 1,
        "rule": "r1",
        "number": 2,
        "pipeline": SALON.id,
        "only_pipeline": SALON.id,
        "trials": [
            {
                "rule": "r0",
                "number": 1,
                "matches": False,
                "conditions": [{"entity": "service_category", "fits": False, "wanted": [MASSAGE], "met": None}],
            },
            {
                "rule": "r1",
                "number": 2,
                "matches": True,
                "conditions": [{"entity": "location", "fits": True, "wanted": [GRACIA.id], "met": [GRACIA.id]}],
            },
        ],
    }


# -- inputs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("categories", "known"),
    [
        ((), ids()),
        ((HAIR,), ids(HAIR)),
        ((NAILS, HAIR, HAIR), ids(HAIR, NAILS)),
        ((HAIR, 0), ids(HAIR)),
        ((HAIR, None), None),
        ((None,), None),
    ],
)
def test_categories_are_known_wholly_or_not_at_all(
    categories: tuple[int | None, ...], known: frozenset[int] | None
) -> None:
    assert rules.inputs_of(booking(services=services(*categories))).categories == known


@pytest.mark.parametrize(
    ("change", "equal"),
    [
        ({}, True),
        ({"status": BookingStatus.CONFIRMED}, False),
        ({"location": 5}, False),
        ({"employee": DANI}, False),
        ({"employee": None}, False),
        ({"categories": ids(HAIR)}, False),
        ({"categories": ids()}, False),
        ({"categories": None}, True),
    ],
)
def test_to_learn_the_categories_is_no_change(change: dict[str, Any], equal: bool) -> None:
    other = replace(INPUTS, **change)
    assert INPUTS.equals(other) is equal
    assert other.equals(INPUTS) is equal


def test_another_service_of_the_same_category_is_no_change() -> None:
    before, after = booking(services=services(HAIR)), booking(services=services(HAIR, HAIR))
    assert rules.inputs_of(before) == rules.inputs_of(after)


@pytest.mark.parametrize(
    ("asked", "mode", "asks"),
    [
        (Conditions(ids(HAIR)), SyncMode.CONDITIONAL, True),
        (Conditions(employees=ids(BERTA)), SyncMode.CONDITIONAL, False),
        (Conditions(ids(HAIR)), SyncMode.SIMPLE, False),
    ],
)
def test_categories_are_asked_for_only_where_rules_depend_on_them(
    asked: Conditions, mode: SyncMode, asks: bool
) -> None:
    assert rules.asks_for_categories(replace(sync(asked), mode=mode)) is asks


# -- the deal's pipeline -----------------------------------------------------------------------------------------------

FROM_SALES = StatusSync(
    SyncMode.CONDITIONAL, None, (Rule("sales", Conditions(pipelines=ids(SALES.id)), MAPPING),), None
)
WAITING, CONFIRMED = rules.inputs_of(BOOKING), rules.inputs_of(booking(status=BookingStatus.CONFIRMED))
FIRST = Place(SALES.id, 11)


def test_a_rule_goes_on_to_move_the_deal_that_it_moved_to_another_pipeline() -> None:
    chosen = around(status_sync=FROM_SALES)
    first = choose_stage(WAITING, Applied(None, FIRST, None), FIRST, chosen)
    assert (first.place, first.home) == (at(NEW), SALES.id)
    then = choose_stage(CONFIRMED, Applied(WAITING, first.put, first.home, at(NEW)), at(NEW), chosen)
    assert (then.place, then.home) == (at(BOOKED), SALES.id)


def test_a_person_who_moves_the_deal_takes_it_from_the_rule() -> None:
    moved = at(ARRIVED)
    applied = Applied(WAITING, at(NEW), SALES.id, moved)
    found = choose_stage(CONFIRMED, applied, moved, around(status_sync=FROM_SALES))
    assert (found.place, found.rule, found.home) == (None, "nothing", SALON.id)


def test_what_we_wrote_before_a_crash_is_not_taken_for_a_persons_move() -> None:
    applied = Applied(WAITING, at(NEW), SALES.id, at(NEW))
    found = choose_stage(CONFIRMED, applied, at(BOOKED), around(status_sync=FROM_SALES))
    assert (found.place, found.put, found.home) == (None, at(BOOKED), SALES.id)


def test_a_move_is_remembered_even_while_nothing_else_changes() -> None:
    found = choose_stage(WAITING, Applied(WAITING, at(NEW), SALON.id, FIRST), FIRST, around())
    assert (found.rule, found.home) == ("unchanged_inputs", SALES.id)


# -- from a stage to a status ------------------------------------------------------------------------------------------

BY_PIPELINE = StatusSync(
    SyncMode.CONDITIONAL,
    rules=(
        Rule(
            "hair", Conditions(service_categories=ids(7100)), Mapping(SALON.id, None, {BookingStatus.ARRIVED: BOOKED})
        ),
        Rule("sales", Conditions(pipelines=ids(SALES.id)), Mapping(SALES.id, None, {BookingStatus.ARRIVED: 11})),
    ),
    otherwise=MAPPING,
)


@pytest.mark.parametrize(
    ("chosen", "place", "meant"),
    [
        (SIMPLE, at(BOOKED), (BookingStatus.CONFIRMED, "simple.confirmed")),
        (SIMPLE, at(ARRIVED), None),
        (SIMPLE, Place(SALES.id, BOOKED), None),
        (replace(SIMPLE, mode=SyncMode.OFF), at(BOOKED), None),
        (replace(SIMPLE, only_pipeline=SALON.id), at(BOOKED), (BookingStatus.CONFIRMED, "simple.confirmed")),
        (replace(SIMPLE, only_pipeline=SALES.id), at(BOOKED), None),
        (BY_PIPELINE, at(BOOKED), (BookingStatus.CONFIRMED, "otherwise.confirmed")),
        (BY_PIPELINE, FIRST, (BookingStatus.ARRIVED, "rule.sales.arrived")),
        (
            StatusSync(SyncMode.SIMPLE, Mapping(SALON.id, None, dict.fromkeys(BookingStatus, BOOKED))),
            at(BOOKED),
            None,
        ),
    ],
)
def test_a_stage_stands_for_a_status_by_the_mapping_that_applies(
    chosen: StatusSync, place: Place, meant: tuple[BookingStatus, str] | None
) -> None:
    found = rules.status_meant(WAITING, chosen, place)
    assert (found and (found.status, found.rule)) == meant


def test_the_bookings_own_rule_says_what_a_stage_stands_for() -> None:
    of_hair = replace(WAITING, categories=ids(7100))
    found = rules.status_meant(of_hair, BY_PIPELINE, at(BOOKED))
    assert found is not None
    assert (found.status, found.rule, found.why.rule) == (BookingStatus.ARRIVED, "rule.hair.arrived", "hair")


# -- properties --------------------------------------------------------------------------------------------------------

_ID = st.integers(1, 3)
_few = st.frozensets(_ID, max_size=3)
_conditions = st.builds(Conditions, service_categories=_few, pipelines=_few, locations=_few, employees=_few)
_mapping = st.builds(
    Mapping,
    pipeline=_ID,
    landing=st.none() | _ID,
    stages=st.dictionaries(st.sampled_from(list(BookingStatus)), st.none() | _ID),
)
_rules = st.lists(st.builds(Rule, id=st.uuids().map(str), conditions=_conditions, mapping=_mapping), max_size=4)
_sync = st.builds(
    StatusSync,
    mode=st.sampled_from(list(SyncMode)),
    mapping=st.none() | _mapping,
    rules=_rules.map(tuple),
    otherwise=st.none() | _mapping,
    only_pipeline=st.none() | _ID,
)
_inputs = st.builds(
    Inputs,
    status=st.sampled_from(list(BookingStatus)),
    location=_ID,
    employee=st.none() | _ID,
    categories=st.none() | _few,
)
_home = st.none() | _ID
_place = st.builds(Place, _ID, _ID)
ANY = tuple(
    Pipeline(id, "P", id == 1, tuple(Stage(stage, "S", "open" if stage < 3 else "won") for stage in (1, 2, 3)))
    for id in (1, 2, 3)
)


@given(_inputs, _sync, _home)
def test_rules_are_total_and_say_why(inputs: Inputs, chosen: StatusSync, home: int | None) -> None:
    found = rules.verdict(inputs, chosen, ANY, home)
    why = found.why
    assert found.rule
    assert (found.place is None) == (why.stage is None)
    assert (why.code == "rule") == bool(why.trials and why.trials[-1].matches and why.code != "outside_pipeline")
    assert all(not trial.matches for trial in why.trials[:-1])
    assert why.to_json()["code"] == why.code
    assert rules.first_place(inputs, chosen, ANY).place is not None


@given(_inputs, _sync, _home)
def test_nothing_else_is_asked_than_the_inputs(inputs: Inputs, chosen: StatusSync, home: int | None) -> None:
    assert rules.verdict(inputs, chosen, ANY, home) == rules.verdict(inputs, chosen, ANY[::-1], home)


@given(_inputs, _sync, _home)
def test_a_rule_that_does_not_fit_changes_nothing(inputs: Inputs, chosen: StatusSync, home: int | None) -> None:
    strange = Rule("strange", Conditions(locations=ids(99)), Mapping(1))
    for place in range(len(chosen.rules) + 1):
        more = replace(chosen, rules=(*chosen.rules[:place], strange, *chosen.rules[place:]))
        with_it, without = rules.verdict(inputs, more, ANY, home), rules.verdict(inputs, chosen, ANY, home)
        assert (with_it.place, with_it.rule) == (without.place, without.rule)


@given(_inputs, _sync, _home, _few)
def test_a_rule_with_more_values_fits_wherever_it_fitted(
    inputs: Inputs, chosen: StatusSync, home: int | None, more: frozenset[int]
) -> None:
    for trial in rules.verdict(inputs, chosen, ANY, home).why.trials:
        rule = chosen.rules[trial.number - 1]
        asked = rule.conditions
        wider = replace(
            asked,
            locations=asked.locations and asked.locations | more,
            employees=asked.employees and asked.employees | more,
            service_categories=asked.service_categories and asked.service_categories | more,
            pipelines=asked.pipelines and asked.pipelines | more,
        )
        alone = replace(chosen, rules=(replace(rule, conditions=wider),))
        if trial.matches:
            assert rules.verdict(inputs, alone, ANY, home).why.trials[0].matches


@given(_inputs, _sync, _place)
def test_a_stage_and_the_status_that_it_stands_for_never_send_each_other_on(
    inputs: Inputs, chosen: StatusSync, place: Place
) -> None:
    """By whatever rules: with the status that a person means, the deal belongs where he has put it."""
    meant = rules.status_meant(inputs, chosen, place)
    if meant is None:
        return
    now = replace(inputs, status=meant.status)
    assert rules.verdict(now, chosen, ANY, place.pipeline).place == place
    assert rules.status_meant(now, chosen, place) == meant
    choice = choose_stage(
        now, Applied(inputs, None, place.pipeline, place), place, replace(around(status_sync=chosen), pipelines=ANY)
    )
    assert choice.place is None


@given(_inputs, _sync, _place)
def test_a_stage_means_only_what_a_mapping_says(inputs: Inputs, chosen: StatusSync, place: Place) -> None:
    meant = rules.status_meant(inputs, chosen, place)
    mappings = [chosen.mapping, chosen.otherwise, *(rule.mapping for rule in chosen.rules)]
    said = [
        mapping
        for mapping in mappings
        if mapping is not None and mapping.pipeline == place.pipeline and place.stage in mapping.stages.values()
    ]
    assert meant is None or said
    assert rules.status_meant(inputs, replace(chosen, mode=SyncMode.OFF), place) is None


@given(_inputs, _sync)
def test_where_nothing_is_synchronised_nothing_moves(inputs: Inputs, chosen: StatusSync) -> None:
    assert rules.verdict(inputs, replace(chosen, mode=SyncMode.OFF), ANY, 1).place is None


@given(_inputs, _sync, st.sampled_from([Place(pipeline, stage) for pipeline in (1, 2, 3) for stage in (1, 2, 3)]))
def test_to_apply_twice_is_to_apply_once(inputs: Inputs, chosen: StatusSync, stands: Place) -> None:
    surroundings = replace(around(status_sync=chosen), pipelines=ANY)
    first = choose_stage(inputs, Applied(None, stands, stands.pipeline, stands), stands, surroundings)
    now = first.place or stands
    again = choose_stage(inputs, Applied(inputs, first.put or stands, first.home, now), now, surroundings)
    assert (again.place, again.home) == (None, first.home)
    # After a crash before it was written down, the same is found right.
    crashed = choose_stage(inputs, Applied(None, stands, stands.pipeline, stands), now, surroundings)
    assert (crashed.place, crashed.home) == (None, first.home)
