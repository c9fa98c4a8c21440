"""What an installation has chosen: how bookings become deals."""

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bookdeal.model.booking import BookingStatus


class SyncMode(StrEnum):
    """Whether a booking's status moves its deal: not at all, by one mapping, or by rules."""

    OFF = "off"
    SIMPLE = "simple"
    CONDITIONAL = "conditional"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where deals stand. `landing` None is the pipeline's first stage; a status without a stage moves nothing."""

    pipeline: int
    landing: int | None = None
    stages: MappingOf[BookingStatus, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a rule applies: any value within an entity, all entities together; an empty entity is not asked.

    `pipelines` means where the deal stands now. Service categories and employees are Altegio's ids.
    """

    service_categories: frozenset[int] = frozenset()
    pipelines: frozenset[int] = frozenset()
    locations: frozenset[int] = frozenset()
    employees: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One variation of the conditional mode, in the user's order. `id` stays the same when rules are reordered."""

    id: str
    conditions: Conditions
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class StatusSync:
    """How a booking's status moves its deal.

    `mapping` is the one of the simple mode; with `off` it only says where new deals land, if it is there. `rules` and
    `otherwise` (None: nothing moves) are those of the conditional mode. `only_pipeline` limits all moves to deals that
    stand in that pipeline. `reverse`: a stage to which a person moves a deal sets its booking's status, by the mapping
    that applies to the booking. `imports` are mappings of pipelines that older bookings were imported into: unless the
    mode is off, deals whose home is one of these pipelines move by its mapping alone, if nothing
    else here names it.
    """

    mode: SyncMode = SyncMode.OFF
    mapping: Mapping | None = None
    rules: tuple[Rule, ...] = ()
    otherwise: Mapping | None = None
    only_pipeline: int | None = None
    reverse: bool = False
    imports: tuple[Mapping, ...] = ()


class Grouping(StrEnum):
    """What one deal stands for: a booking, or a visit (a client's bookings of one day at one location)."""

    BOOKING = "booking"
    VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Adoption:
    """Whether a booking takes over an open deal of its contact instead of making a new one, and in which pipelines."""

    on: bool = False
    pipelines: frozenset[int] = frozenset()


class ResponsibleBy(StrEnum):
    """What decides who is responsible for a new deal; `nobody` leaves it to Kommo."""

    NOBODY = "nobody"
    CREATOR = "creator"
    EMPLOYEE = "employee"
    LOCATION = "location"
    ROUND_ROBIN = "round_robin"


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who is responsible for a new deal, as a Kommo user id.

    `users` maps the Altegio user who made the booking, the employee or the location, by `by`, to a Kommo user.
    `turns` are the users of the round robin. `fallback` serves when nobody fits; None leaves it to Kommo.
    """

    by: ResponsibleBy = ResponsibleBy.NOBODY
    users: MappingOf[int, int] = field(default_factory=dict)
    turns: tuple[int, ...] = ()
    fallback: int | None = None


@dataclass(frozen=True, slots=True)
class FieldsMap:
    """Which Kommo fields show what, by our field code (`bookdeal.bookings.fields`).

    A code that is not named has a field of our own making, unless it is optional; None switches it off. BOOKING_ID and
    COMPANY_ID cannot be switched off: they are how a deal is found again.
    """

    deal: MappingOf[str, int | None] = field(default_factory=dict)
    contact: MappingOf[str, int | None] = field(default_factory=dict)


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
    `reopen_closed` lets a status change move a deal out of a closed stage that a person chose. `statistics` and
    `memberships` say whether contacts show them. The calendar appears in `calendar_pipelines` only; none means all.
    `version` counts the saves: a save names the version that it was made from.
    """

    status_sync: StatusSync = StatusSync()
    start_from: date | None = None
    deal_name: str = "{services} – {person}"
    deals_without_client: bool = False
    reopen_closed: bool = False
    task: TaskTemplate | None = None
    grouping: Grouping = Grouping.BOOKING
    adoption: Adoption = Adoption()
    responsible: Responsible = Responsible()
    fields: FieldsMap = FieldsMap()
    statistics: bool = True
    memberships: bool = False
    calendar_pipelines: frozenset[int] = frozenset()
    version: int = 0

    @property
    def shows_clients(self) -> bool:
        """Whether contacts show anything of what their clients bought."""
        return self.statistics or self.memberships
