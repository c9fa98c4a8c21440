"""What an installation has chosen: how bookings become deals."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bookdeal.model.booking import BookingStatus


class SyncMode(StrEnum):
    """Whether a booking's status moves its deal: not at all, or by one mapping."""

    OFF = "off"
    SIMPLE = "simple"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where deals stand. `landing` None is the pipeline's first stage; a status without a stage moves nothing."""

    pipeline: int
    landing: int | None = None
    stages: MappingOf[BookingStatus, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatusSync:
    """How a booking's status moves its deal. With `off` the mapping only says where new deals land, if it is there."""

    mode: SyncMode = SyncMode.OFF
    mapping: Mapping | None = None


@dataclass(frozen=True, slots=True)
class TaskTemplate:
    """The task made with a booking's deal. `text` and deal names may hold placeholders (`bookdeal.bookings.fields`).

    The task is due `minutes_before` the visit; negative is after it. `type` is the account's task type.
    """

    text: str
    type: int = 1
    minutes_before: int = 60
    responsible: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person has chosen for an installation.

    Visits dated before `start_from` (the location's calendar) are out of scope; None means from the beginning.
    `reopen_closed` lets a status change move a deal out of a closed stage that a person chose.
    """

    status_sync: StatusSync = StatusSync()
    start_from: date | None = None
    deal_name: str = "{services} – {person}"
    deals_without_client: bool = False
    reopen_closed: bool = False
    task: TaskTemplate | None = None
