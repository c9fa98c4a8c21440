"""Settings as JSON: what the widget reads and sends. Exact: what is not described here is refused.

Ids are numbers, except as the names of an object's members, where JSON wants text. Sets are lists in rising order.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt

from bookdeal.installs.settings import settings_from, settings_item
from bookdeal.model.booking import BookingStatus
from bookdeal.model.settings import Grouping, ResponsibleBy, Settings, SyncMode

SCHEMA_VERSION: Literal[1] = 1

TEXT = 1000
"""The longest text of a name or a task."""

MANY = 500
"""The most ids in one list."""

RULES = 200
"""The most rules."""


def _is_text(value: Any) -> Any:
    if not isinstance(value, str | date):
        raise ValueError("not a text")
    return value


type Id = Annotated[StrictInt, Field(ge=0, lt=2**53)]
type Ids = Annotated[list[Id], Field(max_length=MANY), AfterValidator(lambda ids: sorted(set(ids)))]
type IdText = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]
type Day = Annotated[date, BeforeValidator(_is_text)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MappingForm(_Form):
    """Where deals stand: a landing stage (null: the pipeline's first), and per status a stage or null."""

    pipeline: Id
    landing: Id | None = None
    stages: dict[BookingStatus, Id | None] = {}


class ConditionsForm(_Form):
    """When a rule applies; an empty list is not asked."""

    service_categories: Ids = []
    pipelines: Ids = []
    locations: Ids = []
    employees: Ids = []


class RuleForm(_Form):
    """One rule."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    conditions: ConditionsForm
    mapping: MappingForm


class StatusSyncForm(_Form):
    """How a booking's status moves its deal; `reverse`: a person who moves the deal sets the status."""

    mode: SyncMode
    mapping: MappingForm | None = None
    rules: Annotated[list[RuleForm], Field(max_length=RULES)] = []
    otherwise: MappingForm | None = None
    only_pipeline: Id | None = None
    reverse: StrictBool = False


class TaskForm(_Form):
    """The task made with a booking's deal, due so many minutes before the visit."""

    text: Annotated[str, Field(max_length=TEXT)]
    type: Id = 1
    minutes_before: StrictInt = 60
    responsible: Id | None = None


class AdoptionForm(_Form):
    """Whether a booking takes over an open deal of its contact, and in which pipelines."""

    on: StrictBool = False
    pipelines: Ids = []


class ResponsibleForm(_Form):
    """Who is responsible for a new deal: `users` maps who made it, the employee or the location to a Kommo user."""

    by: ResponsibleBy = ResponsibleBy.NOBODY
    users: Annotated[dict[IdText, Id], Field(max_length=MANY)] = {}
    turns: Annotated[list[Id], Field(max_length=MANY)] = []
    fallback: Id | None = None


class FieldsForm(_Form):
    """Which Kommo field shows what, by code: an id, or null for switched off; what is missing is a field of our own."""

    deal: Annotated[dict[str, Id | None], Field(max_length=MANY)] = {}
    contact: Annotated[dict[str, Id | None], Field(max_length=MANY)] = {}


class SettingsForm(_Form):
    """Everything a person has chosen for an installation. `version` is that of the settings it was made from."""

    schema_version: Literal[1] = SCHEMA_VERSION
    version: Annotated[StrictInt, Field(ge=0)] = 0
    status_sync: StatusSyncForm
    start_from: Day | None = None
    deal_name: Annotated[str, Field(max_length=TEXT)] = Settings().deal_name
    deals_without_client: StrictBool = False
    reopen_closed: StrictBool = False
    task: TaskForm | None = None
    grouping: Grouping = Grouping.BOOKING
    adoption: AdoptionForm = AdoptionForm()
    responsible: ResponsibleForm = ResponsibleForm()
    fields_map: Annotated[FieldsForm, Field(alias="fields")] = FieldsForm()
    statistics: StrictBool = True
    memberships: StrictBool = False
    calendar_pipelines: Ids = []

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the form of settings."""
        return cls.model_validate(settings_item(settings))

    def settings(self) -> Settings:
        """Return the settings that the form holds, whether they make sense or not."""
        return settings_from(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """Return the form as plain JSON."""
        return self.model_dump(mode="json", by_alias=True)
