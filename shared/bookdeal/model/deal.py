"""Deals and contacts as the rules see them. Field values are keyed by the field's id in the account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

type FieldValue = str | int | bool | None
"""Text and numbers as text, dates and times as unix seconds, checkboxes as bool; None clears the field."""


class FieldType(StrEnum):
    """Kinds of custom field that Bookdeal writes; `OTHER` stands for the rest."""

    TEXT = "text"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    DATE = "date"
    DATE_TIME = "date_time"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Field:
    """A custom field of the account. `code` is "" where the account gave none."""

    id: int
    name: str
    code: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class NewField:
    """A custom field to be made."""

    name: str
    code: str
    type: FieldType
    read_only_for_people: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline. `kind` is open, won, lost or incoming (not yet accepted requests)."""

    id: int
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline with its stages in the account's order."""

    id: int
    name: str
    is_main: bool
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class NewPipeline:
    """A pipeline to be made, with the names of its open stages in order; won and lost every pipeline has."""

    name: str
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deal stands: a stage is unique only within its pipeline."""

    pipeline: int
    stage: int


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as it stands. `price` is in whole units of the account's currency. `contacts`: the main one first.

    `loss_reason` and `tags` are the account's ids of them.
    """

    id: int
    name: str
    price: int
    place: Place
    fields: Mapping[int, FieldValue]
    contacts: tuple[int, ...]
    created_at: int
    updated_at: int
    loss_reason: int | None = None
    tags: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NewDeal:
    """A deal to be made. `mark` comes back with its answer; place None leaves the account's own default.

    `responsible` is a user of Kommo; None leaves it to Kommo. `made_at` and `closed_at` are dates of old, in unix
    seconds: when what it stands for was agreed and was over; None is now.
    """

    mark: str
    name: str
    price: int
    place: Place | None
    fields: Mapping[int, FieldValue] = field(default_factory=dict)
    contact: int | None = None
    responsible: int | None = None
    made_at: int | None = None
    closed_at: int | None = None


@dataclass(frozen=True, slots=True)
class DealChange:
    """What to change on a deal; None leaves a value as it is, a field that is not named is left alone.

    `loss_reason` 0 takes the reason away. Tags go by their ids in the account.
    """

    id: int
    name: str | None = None
    price: int | None = None
    place: Place | None = None
    fields: Mapping[int, FieldValue] = field(default_factory=dict)
    loss_reason: int | None = None
    tags_added: tuple[int, ...] = ()
    tags_removed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A person in Kommo. Phones and e-mails as the account writes them.

    `phone_kinds` and `email_kinds` are the account's words for each of them ("WORK", "" where it has none).
    """

    id: int
    name: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    fields: Mapping[int, FieldValue]
    created_at: int
    updated_at: int
    phone_kinds: tuple[str, ...] = ()
    email_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact to be made. `phone` in E.164 or ""."""

    mark: str
    name: str
    phone: str
    email: str
    fields: Mapping[int, FieldValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactChange:
    """What to change on a contact; a field that is not named is left alone.

    `phones` and `emails`, each with its kind ("" leaves that to the account), replace all that the contact has: whoever
    adds one names the old ones too. Empty, they leave them alone.
    """

    id: int
    fields: Mapping[int, FieldValue] = field(default_factory=dict)
    phones: Mapping[str, str] = field(default_factory=dict)
    emails: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be made on a deal (0: on none). `due` in unix seconds; `type` is the account's task type."""

    mark: str
    deal: int
    type: int
    text: str
    due: int
    responsible: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a deal as it stands. `created_at` in unix seconds, 0 where it is not told."""

    id: int
    deal: int
    text: str
    due: int
    done: bool
    type: int = 0
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """The Kommo account. `timezone` is an IANA name; `language` a two-letter code; `country` ISO 3166 in capitals."""

    id: int
    name: str
    subdomain: str
    country: str
    currency: str
    language: str
    timezone: str


@dataclass(frozen=True, slots=True)
class User:
    """A user of the Kommo account. `is_active` is False once he has been dismissed."""

    id: int
    name: str
    is_admin: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class LossReason:
    """Why a deal was lost, as the account knows it."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of the account's deals."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class TaskType:
    """A kind of task that the account knows."""

    id: int
    name: str
