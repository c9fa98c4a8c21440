"""The bodies of the import's routes."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

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
