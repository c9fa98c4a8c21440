"""Settings as a file: copied to another account, everything is found again by its name or told as missing."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from bookdeal.installs.settings_check import Facts, validate
from bookdeal.installs.settings_file import Imported, SettingsFile, Unmatched, export, imported, to_json
from bookdeal.model.deal import Field, Pipeline
from bookdeal.model.settings import Conditions, Mapping, Responsible, ResponsibleBy, Rule, Settings
from tests.unit.bookings.examples import PIPELINES

from .chosen import BERTA, DAY, FACTS, FULL, HAIR, any_settings

HERE, THERE = 1001, 2002
MOVED = 100_000


def moved(id: int) -> int:
    """What has the same name in the other account: the closing stages alone have the same id everywhere."""
    return id if id in (142, 143) else id + MOVED


def other(facts: Facts) -> Facts:
    """The same account once more: the same names under other ids."""

    def named(names: object) -> dict[int, str]:
        assert isinstance(names, dict)
        return {moved(id): name for id, name in names.items()}

    def fields(some: tuple[Field, ...] | None) -> tuple[Field, ...]:
        return tuple(replace(one, id=moved(one.id)) for one in some or ())

    return Facts(
        pipelines=tuple(
            Pipeline(
                moved(one.id), one.name, one.is_main, tuple(replace(stage, id=moved(stage.id)) for stage in one.stages)
            )
            for one in facts.pipelines
        ),
        locations=tuple(replace(one, id=moved(one.id)) for one in facts.locations),
        deal_fields=fields(facts.deal_fields),
        contact_fields=fields(facts.contact_fields),
        users=named(facts.users),
        task_types=named(facts.task_types),
        employees={moved(id): named(names) for id, names in (facts.employees or {}).items()},
        service_categories={moved(id): named(names) for id, names in (facts.service_categories or {}).items()},
    )


def sent(settings: Settings, facts: Facts = FACTS) -> SettingsFile:
    """Write a file and read it as text."""
    return SettingsFile.model_validate_json(json.dumps(to_json(export(settings, HERE, facts))))


def moved_mapping(mapping: Mapping | None) -> Mapping | None:
    if mapping is None:
        return None
    stages = {status: None if stage is None else moved(stage) for status, stage in mapping.stages.items()}
    return Mapping(moved(mapping.pipeline), None if mapping.landing is None else moved(mapping.landing), stages)


def test_everything_is_found_by_its_name() -> None:
    seen = Settings(start_from=date(2026, 9, 9), version=3)
    found = imported(sent(FULL), THERE, other(FACTS), seen)
    assert found.unmatched == ()
    assert validate(found.settings, other(FACTS)) == []
    sync, task = found.settings.status_sync, found.settings.task
    assert (found.settings.version, found.settings.start_from) == (3, date(2026, 9, 9))
    assert sync.mapping == moved_mapping(FULL.status_sync.mapping)
    assert sync.otherwise == moved_mapping(FULL.status_sync.otherwise)
    assert sync.rules[0].conditions.service_categories == {moved(HAIR)}
    assert sync.rules[1].conditions.employees == {moved(BERTA)}
    assert task is not None
    assert FULL.task is not None
    assert (task.type, task.responsible) == (moved(FULL.task.type), moved(FULL.task.responsible or 0))
    assert found.settings.responsible.users == {moved(BERTA): moved(501)}
    assert found.settings.fields.deal == {"BOOKING_DATE": moved(DAY), "EMPLOYEE": None, "PAID": moved(33)}
    assert found.settings.calendar_pipelines == {moved(20)}


@given(any_settings)
def test_back_in_its_own_account_nothing_changes_or_it_is_told(settings: Settings) -> None:
    found = imported(sent(settings), HERE, FACTS, settings)
    assert found.settings == settings or found.unmatched


def test_a_file_comes_back_to_its_own_account_unchanged() -> None:
    assert imported(sent(FULL), HERE, FACTS, FULL) == Imported(FULL, ())


def test_the_file_names_nothing_that_the_settings_do_not_mean() -> None:
    plain = sent(Settings())
    assert plain.names.model_dump(exclude_defaults=True) == {}
    assert sent(FULL).names.users == {501: "Ann", 502: "Ben"}
    assert sent(replace(FULL, responsible=Responsible())).names.users == {501: "Ann"}


BARE = Facts(PIPELINES, (), (), (), {}, {}, {}, {})


def test_what_is_missing_is_listed_and_cannot_be_saved_unseen() -> None:
    found = imported(sent(FULL), THERE, BARE, Settings())
    assert {(one.what, one.name) for one in found.unmatched} == {
        ("service_category", "Hair"),
        ("location", "Gràcia"),
        ("employee", "Berta"),
        ("task_type", "Meeting"),
        ("user", "Ann"),
        ("user", "Ben"),
        ("field", "Day"),
        ("field", "Number"),
        ("field", "Moment"),
    }
    faults = {fault.field for fault in validate(found.settings, BARE)}
    kept = {one.field for one in found.unmatched if not one.field.startswith("responsible.users")}
    assert {field.removesuffix(".0") for field in kept} <= {field.removesuffix(".0") for field in faults}
    # A condition that lost its values must not become one that is not asked.
    assert found.settings.status_sync.rules[0].conditions.locations == {0}


def test_a_name_that_two_have_is_nobodys() -> None:
    two = replace(other(FACTS), users={1: "Ann", 2: "Ann", 3: "Ben"})
    found = imported(sent(FULL), THERE, two, Settings())
    assert Unmatched("user", "Ann", "task.responsible") in found.unmatched
    assert found.settings.responsible.fallback == 3


def test_the_same_id_under_another_name_is_not_taken() -> None:
    renamed = replace(FACTS, users={501: "Zoe", 600: "Ann", 502: "Ben"})
    found = imported(sent(FULL), THERE, renamed, Settings())
    assert found.settings.task is not None
    assert found.settings.task.responsible == 600


def test_closing_stages_are_found_whatever_they_are_called() -> None:
    renamed = tuple(
        replace(
            one,
            stages=tuple(
                replace(stage, name=f"Our {stage.name}") if stage.kind in ("won", "lost") else stage
                for stage in one.stages
            ),
        )
        for one in FACTS.pipelines
    )
    assert imported(sent(FULL), THERE, replace(FACTS, pipelines=renamed), FULL).unmatched == ()


@pytest.mark.parametrize(
    ("account", "missing"), [(HERE, ()), (THERE, (Unmatched("altegio_user", "", "responsible.users.77"),))]
)
def test_who_made_a_booking_is_known_to_his_own_account_only(account: int, missing: tuple[Unmatched, ...]) -> None:
    settings = Settings(responsible=Responsible(ResponsibleBy.CREATOR, {77: 501}))
    assert imported(sent(settings), account, FACTS, settings).unmatched == missing


def test_a_field_of_our_own_is_found_by_its_code_whatever_it_is_called() -> None:
    own = Settings(fields=replace(FULL.fields, deal={"EMPLOYEE": 40}, contact={}))
    assert FACTS.deal_fields is not None
    fields = tuple(replace(one, name="Empleado") if one.code else one for one in FACTS.deal_fields)
    assert imported(sent(own), THERE, replace(FACTS, deal_fields=fields), own) == Imported(own, ())


def test_rules_keep_their_order_and_ids() -> None:
    rules = tuple(Rule(id, Conditions(locations=frozenset({900100})), Mapping(20)) for id in ("z", "a", "m"))
    settings = replace(FULL, status_sync=replace(FULL.status_sync, rules=rules))
    found = imported(sent(settings), THERE, other(FACTS), Settings())
    assert [rule.id for rule in found.settings.status_sync.rules] == ["z", "a", "m"]
