"""What a Kommo account holds, in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from .events import EventLog
    from .hooks import Outbox

WON, LOST = 142, 143
INCOMING = 1
RESULTS_KEPT = 16

type Values = dict[int, list[dict[str, Any]]]


@dataclass(slots=True, eq=False)
class Entity:
    """What leads, contacts and companies have in common.

    `values` maps a field id to its values as the API reads them, `tags` holds tag ids. The last three attributes serve
    full-text search: the text as of now (None: to be made), the text before the last change, and when that was.
    """

    id: int
    name: str
    responsible_user_id: int
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    group_id: int = 0
    is_deleted: bool = False
    closest_task_at: int | None = None
    values: Values = field(default_factory=dict)
    tags: list[int] = field(default_factory=list)
    elements: list[dict[str, Any]] = field(default_factory=list)
    text: str | None = None
    old_text: str = ""
    text_at: float = 0.0


@dataclass(slots=True, eq=False)
class Lead(Entity):
    """A deal; `contacts` holds ids, the main one first."""

    price: int = 0
    pipeline_id: int = 0
    status_id: int = 0
    loss_reason_id: int | None = None
    source_id: int | None = None
    closed_at: int | None = None
    price_by_robot: bool = False
    contacts: list[int] = field(default_factory=list)
    company_id: int | None = None


@dataclass(slots=True, eq=False)
class Contact(Entity):
    """A person; unsorted contacts are hidden until their incoming lead is accepted."""

    first_name: str = ""
    last_name: str = ""
    is_unsorted: bool = False
    leads: dict[int, None] = field(default_factory=dict)
    company_id: int | None = None


@dataclass(slots=True, eq=False)
class Company(Entity):
    """An organisation."""

    is_unsorted: bool = False
    leads: dict[int, None] = field(default_factory=dict)
    contacts: dict[int, None] = field(default_factory=dict)


class Collection[T: Entity]:
    """All entities of one type, deleted ones included, in the order of their ids."""

    def __init__(self) -> None:
        self._items: dict[int, T] = {}
        self._greatest = 0
        self._results: dict[object, list[T]] = {}

    def __len__(self) -> int:
        return sum(1 for _ in self.alive())

    def add(self, entity: T) -> None:
        """Take a new entity in; a late one takes its place among the ids."""
        self._items[entity.id] = entity
        if entity.id < self._greatest:
            self._items = dict(sorted(self._items.items()))
        self._greatest = max(self._greatest, entity.id)
        self.changed()

    def extend(self, entities: Iterable[T]) -> None:
        """Take many new entities in, in the order of growing ids."""
        for entity in entities:
            self._items[entity.id] = entity
            self._greatest = entity.id
        self.changed()

    def get(self, number: int) -> T | None:
        """The entity, unless it is unknown or deleted."""
        found = self._items.get(number)
        return None if found is None or found.is_deleted else found

    def get_deleted(self, number: int) -> T | None:
        """The entity, if it was deleted."""
        found = self._items.get(number)
        return found if found is not None and found.is_deleted else None

    def alive(self) -> Iterator[T]:
        """All that are not deleted."""
        return (entity for entity in self._items.values() if not entity.is_deleted)

    def deleted(self) -> Iterator[T]:
        """All that are deleted."""
        return (entity for entity in self._items.values() if entity.is_deleted)

    def changed(self) -> None:
        """To be called after every change: what lists were asked for is worked out anew."""
        self._results.clear()

    def result(self, key: object, work_out: Callable[[], list[T]]) -> list[T]:
        """The list for a query, remembered until something changes, so that paging on is quick."""
        found = self._results.get(key)
        if found is None:
            if len(self._results) >= RESULTS_KEPT:
                self._results.clear()
            found = self._results[key] = work_out()
        return found


@dataclass(slots=True)
class User:
    """A Kommo user; rights are all or, for managers, everything but the administrator's."""

    id: int
    name: str
    email: str
    is_admin: bool
    is_active: bool = True
    is_free: bool = False
    lang: str = "en"
    group_id: int = 0


@dataclass(slots=True)
class Status:
    """A stage; `type` 1 is the pipeline's stage of incoming leads."""

    id: int
    name: str
    sort: int
    color: str
    type: int = 0
    is_editable: bool = True


@dataclass(slots=True)
class Pipeline:
    """A pipeline with its stages by id, 142 and 143 among them."""

    id: int
    name: str
    sort: int
    is_main: bool
    statuses: dict[int, Status]
    is_unsorted_on: bool = True
    is_archive: bool = False

    def in_order(self) -> list[Status]:
        """The stages from left to right."""
        return sorted(self.statuses.values(), key=lambda status: status.sort)

    def first(self) -> Status:
        """The stage in which new deals land: the first one that is not for incoming leads."""
        return next(status for status in self.in_order() if status.type != INCOMING)

    def incoming(self) -> Status:
        """The stage of incoming leads."""
        return next(status for status in self.in_order() if status.type == INCOMING)


@dataclass(slots=True)
class Enum:
    """One choice of a field."""

    id: int
    value: str
    sort: int
    code: str | None = None


@dataclass(slots=True)
class Field:
    """The definition of a custom field (contract §6.1)."""

    id: int
    name: str
    type: str
    entity_type: str
    code: str | None = None
    sort: int = 500
    group_id: str | None = None
    is_predefined: bool = False
    is_deletable: bool = True
    is_api_only: bool = False
    is_computed: bool = False
    enums: dict[int, Enum] = field(default_factory=dict)
    required_statuses: list[dict[str, int]] = field(default_factory=list)
    hidden_statuses: list[dict[str, int]] = field(default_factory=list)
    remind: str | None = None
    currency: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class FieldGroup:
    """A tab of the card."""

    id: str
    name: str
    sort: int
    is_predefined: bool


@dataclass(slots=True)
class Tag:
    """A tag of one entity type."""

    id: int
    name: str
    color: str | None = None


class TagBook:
    """The tags of one entity type, by id and by name."""

    def __init__(self) -> None:
        self.by_id: dict[int, Tag] = {}
        self._by_name: dict[str, Tag] = {}

    def named(self, name: str) -> Tag | None:
        """The tag of that name, in whatever case."""
        return self._by_name.get(name.casefold())

    def add(self, tag: Tag) -> Tag:
        """Take a new tag in."""
        self.by_id[tag.id] = self._by_name[tag.name.casefold()] = tag
        return tag


@dataclass(slots=True)
class Task:
    """A task; `entity_type` is leads, contacts or companies, or None for a free one."""

    id: int
    text: str
    complete_till: int
    responsible_user_id: int
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    entity_id: int | None = None
    entity_type: str | None = None
    task_type_id: int = 1
    duration: int = 0
    is_completed: bool = False
    result: str | None = None
    group_id: int = 0


@dataclass(slots=True)
class Note:
    """A note on an entity."""

    id: int
    entity_id: int
    entity_type: str
    note_type: str
    params: dict[str, Any]
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    responsible_user_id: int
    is_pinned: bool = False
    group_id: int = 0


@dataclass(slots=True)
class Subscription:
    """A webhook destination; `invalid` holds the moments of the refused attempts of the last two hours."""

    id: int
    destination: str
    settings: list[str]
    sort: int
    created_by: int
    created_at: int
    updated_at: int
    disabled: bool = False
    invalid: deque[float] = field(default_factory=deque)


@dataclass(slots=True)
class Incoming:
    """An incoming lead that waits to be accepted ("unsorted")."""

    uid: str
    category: str
    source_uid: str
    source_name: str
    pipeline_id: int
    created_at: int
    metadata: dict[str, Any]
    lead_id: int
    contact_ids: list[int]
    company_ids: list[int]


@dataclass(slots=True)
class Behaviour:
    """Switches for what is optional, contradictory or unknown about Kommo; set by `POST /_control/behaviour`."""

    unpaid: str = "no"  # no | writes | everything: what is answered 402
    api_filter: str = "on"  # on | ignored | refused: accounts without the paid option
    unchanged_patch: str = "touches"  # touches | silent: whether equal values bump updated_at and ring update hooks
    batch_refusal: str = "all"  # all | elements: what one bad element takes down with it
    old_refresh_token: str = "until_new_is_used"  # until_new_is_used | single_use
    update_after_add: bool = False  # an update hook after every add hook of a lead
    link_touches: bool = True  # linking bumps updated_at and rings update hooks on both sides
    duplicate_control: bool = False  # whether /leads/complex merges into what is there
    webhooks_in_plan: bool = True  # without, subscribing is answered 402


class Account:
    """One Kommo account: its set-up and its data."""

    def __init__(self, number: int, subdomain: str, name: str, timezone: str, created_at: int) -> None:
        self.id = number
        self.subdomain = subdomain
        self.name = name
        self.timezone = ZoneInfo(timezone)
        self.created_at = created_at
        self.country, self.currency, self.currency_symbol, self.language = "ES", "EUR", "€", "en"
        self.behaviour = Behaviour()
        self.users: dict[int, User] = {}
        self.pipelines: dict[int, Pipeline] = {}
        self.loss_reasons: dict[int, dict[str, Any]] = {}
        self.task_types: list[dict[str, Any]] = []
        self.fields: dict[str, dict[int, Field]] = {"leads": {}, "contacts": {}, "companies": {}}
        self.field_groups: dict[str, dict[str, FieldGroup]] = {"leads": {}, "contacts": {}, "companies": {}}
        self.leads: Collection[Lead] = Collection()
        self.contacts: Collection[Contact] = Collection()
        self.companies: Collection[Company] = Collection()
        self.tags: dict[str, TagBook] = {"leads": TagBook(), "contacts": TagBook(), "companies": TagBook()}
        self.tasks: dict[int, Task] = {}
        self.tasks_of: dict[tuple[str, int], list[Task]] = {}
        self.notes: dict[str, dict[int, Note]] = {"leads": {}, "contacts": {}, "companies": {}}
        self.incoming: dict[str, Incoming] = {}
        self.incoming_seen: dict[str, list[str]] = {"accepted": [], "declined": []}
        self.sources: dict[int, dict[str, Any]] = {}
        self.catalogs: dict[int, dict[str, Any]] = {}
        self.catalog_elements: dict[int, dict[int, dict[str, Any]]] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.events: EventLog
        self.outbox: Outbox

    @property
    def host(self) -> str:
        """The account's own host."""
        return f"{self.subdomain}.kommo.com"

    def collection(self, entity_type: str) -> Collection[Any]:
        """The entities of `leads`, `contacts` or `companies`."""
        found: Collection[Any] = getattr(self, entity_type)
        return found

    def main_pipeline(self) -> Pipeline:
        """The main pipeline."""
        return next(pipeline for pipeline in self.pipelines.values() if pipeline.is_main)

    def field_with_code(self, entity_type: str, code: str) -> Field | None:
        """The field of that code."""
        return next((one for one in self.fields[entity_type].values() if one.code == code), None)
