"""Settings as they are stored and as the widget reads and sends them: what goes in comes out."""

import json
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from bookdeal.installs.settings import settings_from, settings_item
from bookdeal.installs.settings_form import SettingsForm
from bookdeal.model.booking import BookingStatus
from bookdeal.model.settings import Mapping, Settings, StatusSync, SyncMode, TaskTemplate
from bookdeal.runtime.store import from_wire, to_wire

from .chosen import FULL, any_settings


def test_the_full_example_leaves_nothing_at_its_default() -> None:
    same = [each.name for each in fields(Settings) if getattr(FULL, each.name) == getattr(Settings(), each.name)]
    assert same == []


@given(any_settings)
def test_the_stored_form_comes_back(settings: Settings) -> None:
    assert settings_from(from_wire(to_wire(settings_item(settings)))) == settings


@given(any_settings)
def test_the_json_form_comes_back(settings: Settings) -> None:
    sent = json.loads(json.dumps(SettingsForm.of(settings).to_json()))
    assert SettingsForm.model_validate(sent).settings() == settings
    assert SettingsForm.model_validate_json(json.dumps(sent)).settings() == settings


def test_what_the_first_version_stored_is_read() -> None:
    stored: dict[str, Any] = {
        "mode": "simple",
        "mapping": {"pipeline": 20, "landing": None, "stages": {"waiting": 1, "arrived": None}},
        "start_from": "2026-05-01",
        "deal_name": "{client}",
        "deals_without_client": True,
        "reopen_closed": False,
        "task": {"text": "Call", "type": 1, "minutes_before": 60, "responsible": None},
    }
    mapping = Mapping(20, None, {BookingStatus.WAITING: 1, BookingStatus.ARRIVED: None})
    assert settings_from(stored) == Settings(
        status_sync=StatusSync(SyncMode.SIMPLE, mapping),
        start_from=date(2026, 5, 1),
        deal_name="{client}",
        deals_without_client=True,
        task=TaskTemplate("Call"),
    )


def test_nothing_stored_is_the_default() -> None:
    assert settings_from({}) == Settings()


@pytest.mark.parametrize("part", [name for name in settings_item(FULL) if name != "status_sync"])
def test_what_an_older_version_did_not_store_has_its_default(part: str) -> None:
    stored = {name: value for name, value in settings_item(FULL).items() if name != part}
    assert settings_from(stored) == replace(FULL, **{part: getattr(Settings(), part)})


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"surprise": 1}, "surprise"),
        ({"schema_version": 2}, "schema_version"),
        ({"version": "7"}, "version"),
        ({"version": -1}, "version"),
        ({"statistics": 1}, "statistics"),
        ({"start_from": 20000}, "start_from"),
        ({"start_from": "1 May"}, "start_from"),
        ({"grouping": "week"}, "grouping"),
        ({"calendar_pipelines": ["20"]}, "calendar_pipelines.0"),
        ({"calendar_pipelines": list(range(501))}, "calendar_pipelines"),
        ({"deal_name": "x" * 1001}, "deal_name"),
        ({"task": {"text": "Call", "type": 1.5}}, "task.type"),
        ({"responsible": {"users": {"x": 1}}}, "responsible.users.x.[key]"),
        ({"fields": {"deal": {"PAID": "5"}}}, "fields.deal.PAID"),
        ({"status_sync": {"mode": "sometimes"}}, "status_sync.mode"),
        ({"status_sync": {"mode": "off", "mapping": {"pipeline": 1, "stages": {"gone": 2}}}}, None),
        ({"status_sync": {"mode": "off", "rules": [{"id": "a b"}]}}, "status_sync.rules.0.id"),
    ],
)
def test_what_is_not_described_is_refused_at_its_field(change: dict[str, Any], at: str | None) -> None:
    body = SettingsForm.of(FULL).to_json() | change
    with pytest.raises(ValidationError) as raised:
        SettingsForm.model_validate(body)
    if at is not None:
        assert at in {".".join(str(part) for part in error["loc"]) for error in raised.value.errors()}


def test_ids_come_in_rising_order_and_once() -> None:
    form = SettingsForm.model_validate({"status_sync": {"mode": "off"}, "calendar_pipelines": [3, 1, 3]})
    assert form.to_json()["calendar_pipelines"] == [1, 3]
