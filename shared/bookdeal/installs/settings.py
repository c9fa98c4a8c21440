"""Settings as they are stored: read whatever version wrote them, saved only over the version that was seen."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bookdeal.model.booking import BookingStatus
from bookdeal.model.settings import (
    Adoption,
    Conditions,
    FieldsMap,
    Grouping,
    Responsible,
    ResponsibleBy,
    Rule,
    Settings,
    StatusSync,
    SyncMode,
    TaskTemplate,
)
from bookdeal.model.settings import Mapping as StageMapping
from bookdeal.runtime.errors import Conflict
from bookdeal.runtime.store import Item, Table, made_of

SETTINGS = "settings"
"""The part of an installation that holds its settings."""

CHANGED = "settings_changed"
"""The reason of the Conflict when somebody else saved in between; its parameter `version` is what stands there now."""


class SettingsStore:
    """The stored settings of all installations."""

    def __init__(self, table: Table) -> None:
        """Bind to the installations table."""
        self._table = table

    def read(self, installation: str) -> Settings:
        """Return an installation's settings, the default ones where none were saved."""
        return settings_from(self._table.get(installation, SETTINGS, consistent=True) or {})

    def save(self, installation: str, settings: Settings, seen_version: int) -> Settings:
        """Store settings made from the version `seen_version`; return them with their own version.

        Raises Conflict(CHANGED) when another version stands there; what was to be saved may be, when the answer to the
        first try was lost: then nothing differs, and this counts as saved.
        """
        saved = replace(settings, version=seen_version + 1)
        is_first = f" OR {self._table.absent} OR attribute_not_exists(#version)" if seen_version == 0 else ""
        try:
            self._table.put(
                {"installation": installation, "part": SETTINGS, **settings_item(saved)},
                when=f"#version = :seen{is_first}",
                values={"seen": seen_version},
            )
        except Conflict:
            present = self.read(installation)
            if present != saved:
                raise Conflict(CHANGED, params={"version": present.version}) from None
        return saved


def settings_item(settings: Settings) -> Item:
    """Return the stored form of settings, without the item's key. Settings that are equal have equal forms."""
    sync, task, responsible = settings.status_sync, settings.task, settings.responsible
    return {
        "status_sync": {
            "mode": sync.mode.value,
            "mapping": mapping_item(sync.mapping),
            "rules": [
                {
                    "id": rule.id,
                    "conditions": {
                        "service_categories": sorted(rule.conditions.service_categories),
                        "pipelines": sorted(rule.conditions.pipelines),
                        "locations": sorted(rule.conditions.locations),
                        "employees": sorted(rule.conditions.employees),
                    },
                    "mapping": mapping_item(rule.mapping),
                }
                for rule in sync.rules
            ],
            "otherwise": mapping_item(sync.otherwise),
            "only_pipeline": sync.only_pipeline,
            "reverse": sync.reverse,
        },
        "start_from": settings.start_from.isoformat() if settings.start_from else None,
        "deal_name": settings.deal_name,
        "deals_without_client": settings.deals_without_client,
        "reopen_closed": settings.reopen_closed,
        "task": {
            "text": task.text,
            "type": task.type,
            "minutes_before": task.minutes_before,
            "responsible": task.responsible,
        }
        if task
        else None,
        "grouping": settings.grouping.value,
        "adoption": {"on": settings.adoption.on, "pipelines": sorted(settings.adoption.pipelines)},
        "responsible": {
            "by": responsible.by.value,
            "users": {str(who): user for who, user in sorted(responsible.users.items())},
            "turns": list(responsible.turns),
            "fallback": responsible.fallback,
        },
        "fields": {"deal": dict(settings.fields.deal), "contact": dict(settings.fields.contact)},
        "statistics": settings.statistics,
        "memberships": settings.memberships,
        "calendar_pipelines": sorted(settings.calendar_pipelines),
        "version": settings.version,
    }


def settings_from(item: Mapping[str, Any]) -> Settings:
    """Read the stored form of settings; what an older version did not store has its default."""
    plain = Settings()
    # The first version had the one mapping that it knew at the top.
    sync = item.get("status_sync") or {"mode": item.get("mode", SyncMode.OFF), "mapping": item.get("mapping")}
    task, start_from, fields = item.get("task"), item.get("start_from"), item.get("fields") or {}
    adoption, responsible = item.get("adoption") or {}, item.get("responsible") or {}
    return Settings(
        status_sync=StatusSync(
            mode=SyncMode(sync["mode"]),
            mapping=mapping_from(sync.get("mapping")),
            rules=tuple(_rule_from(rule) for rule in sync.get("rules", ())),
            otherwise=mapping_from(sync.get("otherwise")),
            only_pipeline=sync.get("only_pipeline"),
            reverse=sync.get("reverse", False),
        ),
        start_from=date.fromisoformat(start_from) if start_from else None,
        deal_name=item.get("deal_name", plain.deal_name),
        deals_without_client=item.get("deals_without_client", plain.deals_without_client),
        reopen_closed=item.get("reopen_closed", plain.reopen_closed),
        task=made_of(TaskTemplate, task) if task else None,
        grouping=Grouping(item.get("grouping", plain.grouping)),
        adoption=Adoption(adoption.get("on", False), _ids(adoption.get("pipelines"))),
        responsible=Responsible(
            by=ResponsibleBy(responsible.get("by", ResponsibleBy.NOBODY)),
            users={int(who): int(user) for who, user in responsible.get("users", {}).items()},
            turns=tuple(responsible.get("turns", ())),
            fallback=responsible.get("fallback"),
        ),
        fields=FieldsMap(dict(fields.get("deal", {})), dict(fields.get("contact", {}))),
        statistics=item.get("statistics", plain.statistics),
        memberships=item.get("memberships", plain.memberships),
        calendar_pipelines=_ids(item.get("calendar_pipelines")),
        version=item.get("version", plain.version),
    )


def mapping_item(mapping: StageMapping | None) -> Item | None:
    """Return the stored form of a mapping."""
    if mapping is None:
        return None
    return {
        "pipeline": mapping.pipeline,
        "landing": mapping.landing,
        "stages": {status.value: stage for status, stage in mapping.stages.items()},
    }


def mapping_from(stored: Mapping[str, Any] | None) -> StageMapping | None:
    """Read the stored form of a mapping."""
    if stored is None:
        return None
    stages = {BookingStatus(status): stage for status, stage in stored["stages"].items()}
    return StageMapping(stored["pipeline"], stored["landing"], stages)


def _rule_from(stored: Mapping[str, Any]) -> Rule:
    conditions, mapping = stored["conditions"], mapping_from(stored["mapping"])
    assert mapping is not None  # noqa: S101 - a rule is stored with its mapping
    return Rule(stored["id"], Conditions(**{entity: _ids(ids) for entity, ids in conditions.items()}), mapping)


def _ids(stored: Iterable[int] | None) -> frozenset[int]:
    return frozenset(stored or ())
