"""The bodies of the import's routes."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from bookdeal.bookings.commands.estimating import Estimate
from bookdeal.bookings.imports import Import, ImportState, Wanted
from bookdeal.installs.settings import mapping_from, mapping_item
from bookdeal.installs.settings_form import MappingForm
from bookdeal.runtime.api import Body, Id

FAILED: Literal["failed"] = "failed"


class HistoryBody(Body):
    """What to import: visits of these days, both included, at these locations (none: all).

    `mapping` says where the deals stand by their booking's status; null: in a pipeline of their own, which is made.
    """

    first: date
    last: date
    locations: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    mapping: MappingForm | None = None

    def wanted(self, locations: tuple[int, ...]) -> Wanted:
        """Return what is wanted at these locations."""
        mapping = mapping_from(self.mapping.model_dump(mode="json")) if self.mapping else None
        return Wanted(locations, self.first, self.last, mapping)


class EstimateScreen(BaseModel):
    """What an import would take.

    `bookings` were not cancelled, `linked` of them have a deal already; `deals` and `contacts` are the most that will
    be made (contacts null: that cannot be told). `deals_limit` and `contacts_limit` are what the smallest plan of Kommo
    holds in which they have room, null when they pass the largest. `warnings`: `automations` (those at the chosen
    stages run for each deal), `shared_pipeline` (live bookings' deals go there too, and their rules apply
    to all of them afterwards), `plan_full`.
    """

    bookings: int
    linked: int
    deals: int
    contacts: int | None
    deals_limit: int | None
    contacts_limit: int | None
    field_changes: int
    hours: float
    warnings: tuple[str, ...]

    @staticmethod
    def of(found: Estimate) -> "EstimateScreen":
        """Return the body."""
        return EstimateScreen(
            bookings=found.bookings,
            linked=found.linked,
            deals=found.deals,
            contacts=found.contacts,
            deals_limit=found.deals_limit,
            contacts_limit=found.contacts_limit,
            field_changes=found.field_changes,
            hours=found.hours,
            warnings=tuple(found.warnings),
        )


class HistoryScreen(BaseModel):
    """The import under way, or the last one.

    `state` is failed where it stands still for the reason `failure`: it can go on once that is put right. `seen` of
    `total` bookings were looked at, `left` are left: `made` got a deal, the others were `skipped`, counted by reason.
    """

    first: date
    last: date
    locations: tuple[int, ...]
    mapping: MappingForm | None
    state: ImportState | Literal["failed"]
    failure: Mapping[str, Any] | None
    by: int | None
    at: int
    total: int
    seen: int
    left: int
    made: int
    skipped: Mapping[str, int]

    @staticmethod
    def of(found: Import, failure: Mapping[str, Any] | None) -> "HistoryScreen":
        """Return the body."""
        wanted, progress = found.wanted, found.progress
        item = mapping_item(wanted.mapping)
        return HistoryScreen(
            first=wanted.first,
            last=wanted.last,
            locations=wanted.locations,
            mapping=MappingForm.model_validate(item) if item else None,
            state=FAILED if failure else found.state,
            failure=failure,
            by=found.by,
            at=int(found.at),
            total=progress.total,
            seen=progress.seen,
            left=progress.left if found.state is not ImportState.DONE else 0,
            made=progress.made,
            skipped=progress.skipped,
        )
