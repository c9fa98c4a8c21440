"""Kommo's objects as they come over the wire, and their translation from and into Bookdeal's own (contract §4–§8).

Reading is tolerant: null and `[]` stand for each other, ids may be texts, keys may be missing. Writing is exact.
"""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bookdeal.kommo.values import FIELD_TYPES, NEW_FIELD_TYPES, canonical, values_to_write
from bookdeal.model import deal as model
from bookdeal.model.deal import FieldType, FieldValue, Place
from bookdeal.model.happening import Happening, HappeningKind

type _Text = Annotated[str, BeforeValidator(lambda value: value or "")]
type _Whole = Annotated[int, BeforeValidator(lambda value: value or 0)]
type _Price = Annotated[float, BeforeValidator(lambda value: value or 0)]
type _Flag = Annotated[bool, BeforeValidator(lambda value: value or False)]
type _List[T] = Annotated[list[T], BeforeValidator(lambda value: value or [])]
type _Map[T] = Annotated[T, BeforeValidator(lambda value: value or {})]

WON, LOST = 142, 143
"""The ids of the two closing stages, the same in every pipeline (contract §4.6)."""

_INCOMING_TYPE = 1


class _Wire(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore")


class _Values(_Wire):
    """One custom field of an entity. A value is an object or, from older senders, bare."""

    field_id: int
    field_code: str | None = None
    field_type: str | None = None
    values: list[Any] | None = None

    def texts_and_kinds(self) -> tuple[tuple[str, str], ...]:
        """Return all values as texts, each with the code of its kind, "" where it has none (contract §6.2)."""
        texts = ((canonical(FieldType.TEXT, _bare(value), UTC), _kind(value)) for value in self.values or ())
        return tuple((str(text), kind) for text, kind in texts if text is not None)

    def value(self, zone: tzinfo) -> FieldValue:
        """Return the first value, in the form that compares."""
        first = _bare(self.values[0]) if self.values else None
        return canonical(FIELD_TYPES.get(self.field_type or "", FieldType.OTHER), first, zone)


def _bare(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value


def _kind(value: Any) -> str:
    # Some answers call it `enum`; a number there is an id, which differs by account.
    kind = (value.get("enum_code") or value.get("enum")) if isinstance(value, dict) else None
    return kind if isinstance(kind, str) and not kind.isdigit() else ""


class _LinkedContact(_Wire):
    id: int
    is_main: _Flag = False


class _Id(_Wire):
    id: int


class _LeadParts(_Wire):
    contacts: _List[_LinkedContact] = []
    tags: _List[_Id] = []


class Lead(_Wire):
    """A deal (contract §4.1)."""

    id: int
    name: _Text = ""
    price: _Price = 0
    pipeline_id: int
    status_id: int
    loss_reason_id: _Whole = 0
    created_at: _Whole = 0
    updated_at: _Whole = 0
    is_deleted: _Flag = False
    custom_fields_values: list[_Values] | None = None
    parts: _Map[_LeadParts] = Field(_LeadParts(), alias="_embedded")

    def deal(self, zone: tzinfo) -> model.Deal:
        """Return the deal; `zone` is the account's."""
        contacts = sorted(self.parts.contacts, key=lambda contact: not contact.is_main)
        return model.Deal(
            id=self.id,
            name=self.name,
            price=round(self.price),
            place=Place(self.pipeline_id, self.status_id),
            fields={field.field_id: field.value(zone) for field in self.custom_fields_values or ()},
            contacts=tuple(contact.id for contact in contacts),
            created_at=self.created_at,
            updated_at=self.updated_at,
            loss_reason=self.loss_reason_id or None,
            tags=tuple(tag.id for tag in self.parts.tags),
        )


class WireContact(_Wire):
    """A contact (contract §5.1). Phones and e-mails are fields known by their code, whose ids differ by account."""

    id: int
    name: _Text = ""
    created_at: _Whole = 0
    updated_at: _Whole = 0
    is_deleted: _Flag = False
    custom_fields_values: list[_Values] | None = None

    def contact(self, zone: tzinfo) -> model.Contact:
        """Return the contact; `zone` is the account's."""
        known: dict[str, tuple[tuple[str, str], ...]] = {_PHONE: (), _EMAIL: ()}
        fields: dict[int, FieldValue] = {}
        for field in self.custom_fields_values or ():
            if field.field_code in known:
                known[field.field_code] += field.texts_and_kinds()
            else:
                fields[field.field_id] = field.value(zone)
        return model.Contact(
            id=self.id,
            name=self.name,
            phones=tuple(text for text, _ in known[_PHONE]),
            emails=tuple(text for text, _ in known[_EMAIL]),
            fields=fields,
            created_at=self.created_at,
            updated_at=self.updated_at,
            phone_kinds=tuple(kind for _, kind in known[_PHONE]),
            email_kinds=tuple(kind for _, kind in known[_EMAIL]),
        )


_PHONE, _EMAIL = "PHONE", "EMAIL"
_USUAL_KIND = {_PHONE: "MOB", _EMAIL: "WORK"}


class ContactDeals(_Wire):
    """A contact with the deals that hang on it (contract §5.1)."""

    class Parts(_Wire):
        """What is embedded."""

        leads: _List[_Id] = []

    id: int
    is_deleted: _Flag = False
    parts: _Map[Parts] = Field(Parts(), alias="_embedded")


class _LeadStatus(_Wire):
    id: _Whole = 0
    pipeline_id: _Whole = 0


class _EventValue(_Wire):
    lead_status: _LeadStatus | None = None


EVENTS: Mapping[HappeningKind, tuple[str, str]] = {
    HappeningKind.DEAL_MOVED: ("lead", "lead_status_changed"),
    HappeningKind.DEAL_GONE: ("lead", "lead_deleted"),
    HappeningKind.DEAL_BACK: ("lead", "lead_restored"),
    HappeningKind.DEALS_MERGED: ("lead", "entity_merged"),
    HappeningKind.CONTACT_GONE: ("contact", "contact_deleted"),
    HappeningKind.CONTACTS_MERGED: ("contact", "entity_merged"),
}
"""Kommo's words for what happens: of which entity, and the type of the event (contract §8.4)."""

_KINDS = {words: kind for kind, words in EVENTS.items()}


class Event(_Wire):
    """Something that happened to an entity (contract §8.4)."""

    type: _Text = ""
    entity_type: _Text = ""
    entity_id: _Whole = 0
    created_at: _Whole = 0
    value_after: Any = None

    def happening(self) -> Happening | None:
        """Return what happened, None for what Bookdeal has no word for."""
        kind = _KINDS.get((self.entity_type, self.type))
        return Happening(kind, self.entity_id, self.created_at, self._place()) if kind and self.entity_id else None

    def _place(self) -> Place | None:
        """Return where a deal was moved to; the values of other events have forms of their own."""
        for value in self.value_after if isinstance(self.value_after, list) else ():
            try:
                status = _EventValue.model_validate(value).lead_status
            except ValidationError:
                continue
            if status is not None and status.id and status.pipeline_id:
                return Place(status.pipeline_id, status.id)
        return None


class WireTask(_Wire):
    """A task (contract §8.1)."""

    id: int
    entity_id: _Whole = 0
    entity_type: _Text = ""
    text: _Text = ""
    complete_till: _Whole = 0
    is_completed: _Flag = False
    task_type_id: _Whole = 0
    created_at: _Whole = 0

    def task(self) -> model.Task:
        """Return the task of a deal."""
        return model.Task(
            self.id,
            self.entity_id,
            self.text,
            self.complete_till,
            self.is_completed,
            self.task_type_id,
            self.created_at,
        )


class _Status(_Wire):
    id: int
    name: _Text = ""
    sort: _Whole = 0
    type: _Whole = 0

    def stage(self) -> model.Stage:
        kind = "open"
        if self.id in (WON, LOST):
            kind = "won" if self.id == WON else "lost"
        elif self.type == _INCOMING_TYPE:
            kind = "incoming"
        return model.Stage(self.id, self.name, kind)


class _PipelineParts(_Wire):
    statuses: _List[_Status] = []


class WirePipeline(_Wire):
    """A pipeline with its stages (contract §7)."""

    id: int
    name: _Text = ""
    sort: _Whole = 0
    is_main: _Flag = False
    is_archive: _Flag = False
    parts: _Map[_PipelineParts] = Field(_PipelineParts(), alias="_embedded")

    def pipeline(self) -> model.Pipeline:
        """Return the pipeline, its stages in the account's order."""
        stages = sorted(self.parts.statuses, key=lambda status: status.sort)
        return model.Pipeline(self.id, self.name, self.is_main, tuple(status.stage() for status in stages))


class CustomField(_Wire):
    """The definition of a custom field (contract §6.1)."""

    id: int
    name: _Text = ""
    code: _Text = ""
    type: _Text = ""

    def field(self) -> model.Field:
        """Return the field."""
        return model.Field(self.id, self.name, self.code, FIELD_TYPES.get(self.type, FieldType.OTHER))


class _DateTimeSettings(_Wire):
    timezone: _Text = ""


class _AccountParts(_Wire):
    datetime_settings: _Map[_DateTimeSettings] = _DateTimeSettings()


class WireAccount(_Wire):
    """The account (contract §7). Its language is not documented; some accounts name it."""

    id: int
    name: _Text = ""
    subdomain: _Text = ""
    country: _Text = ""
    currency: _Text = ""
    language: _Text = ""
    current_user_id: _Whole = 0
    parts: _Map[_AccountParts] = Field(_AccountParts(), alias="_embedded")

    def account(self, language: str) -> model.Account:
        """Return the account, speaking `language` where it does not say itself."""
        return model.Account(
            id=self.id,
            name=self.name,
            subdomain=self.subdomain,
            country=self.country.upper(),
            currency=self.currency.upper(),
            language=(self.language or language)[:2].lower(),
            timezone=self.parts.datetime_settings.timezone,
        )


class Webhook(_Wire):
    """A subscription to webhooks (contract §9.1)."""

    destination: _Text = ""
    disabled: _Flag = False
    settings: _List[str] = []


_COLOURS = ("#99ccff", "#ffcc66", "#ffeab2", "#d6eaff", "#ebffb1", "#f9deff")


def new_pipeline(pipeline: model.NewPipeline) -> dict[str, Any]:
    """Write a pipeline to be made, behind the others, without Kommo's stage for requests not yet accepted (§7)."""
    stages = [
        {"name": name, "sort": 20 + 10 * place, "color": _COLOURS[place % len(_COLOURS)]}
        for place, name in enumerate(pipeline.stages)
    ]
    return {
        "name": pipeline.name,
        "sort": 1000,
        "is_main": False,
        "is_unsorted_on": False,
        "_embedded": {"statuses": stages},
    }


def new_lead(deal: model.NewDeal, zone: tzinfo, now: int) -> dict[str, Any]:
    """Write a deal to be made (contract §4.3). `now` in unix seconds.

    One that is dated back says itself that it was changed now: by that it is found among the newest.
    """
    body: dict[str, Any] = {"request_id": deal.mark, "name": deal.name, "price": deal.price}
    if deal.place is not None:
        body |= _place(deal.place)
    if deal.responsible is not None:
        body["responsible_user_id"] = deal.responsible
    if deal.made_at is not None:
        body |= {"created_at": deal.made_at, "updated_at": now}
    if deal.closed_at is not None:
        body["closed_at"] = deal.closed_at
    if deal.fields:
        body["custom_fields_values"] = _fields(deal.fields, zone)
    if deal.contact is not None:
        body["_embedded"] = {"contacts": [{"id": deal.contact, "is_main": True}]}
    return body


def changed_lead(change: model.DealChange, zone: tzinfo) -> dict[str, Any]:
    """Write a deal's changes. A move names pipeline and stage, for a stage is known only within its pipeline."""
    body: dict[str, Any] = {"id": change.id}
    if change.name is not None:
        body["name"] = change.name
    if change.price is not None:
        body["price"] = change.price
    if change.place is not None:
        body |= _place(change.place)
    if change.loss_reason is not None:
        body["loss_reason_id"] = change.loss_reason or None
    for key, tags in (("tags_to_add", change.tags_added), ("tags_to_delete", change.tags_removed)):
        if tags:
            body[key] = [{"id": tag} for tag in tags]
    if change.fields:
        body["custom_fields_values"] = _fields(change.fields, zone)
    return body


def new_contact(contact: model.NewContact, zone: tzinfo) -> dict[str, Any]:
    """Write a contact to be made (contract §5.1)."""
    fields = _fields(contact.fields, zone)
    if contact.email:
        fields.insert(0, {"field_code": _EMAIL, "values": [{"value": contact.email, "enum_code": _USUAL_KIND[_EMAIL]}]})
    if contact.phone:
        fields.insert(0, {"field_code": _PHONE, "values": [{"value": contact.phone, "enum_code": _USUAL_KIND[_PHONE]}]})
    body: dict[str, Any] = {"request_id": contact.mark, "name": contact.name}
    if fields:
        body["custom_fields_values"] = fields
    return body


def changed_contact(change: model.ContactChange, zone: tzinfo) -> dict[str, Any]:
    """Write a contact's changes. Phones and e-mails go as a whole: what is written replaces all (contract §5.1)."""
    fields = _fields(change.fields, zone)
    for code, values in ((_PHONE, change.phones), (_EMAIL, change.emails)):
        if values:
            written = [{"value": value, "enum_code": kind or _USUAL_KIND[code]} for value, kind in values.items()]
            fields.append({"field_code": code, "values": written})
    return {"id": change.id, "custom_fields_values": fields}


def new_task(task: model.NewTask) -> dict[str, Any]:
    """Write a task to be made (contract §8.1)."""
    body: dict[str, Any] = {
        "request_id": task.mark,
        "text": task.text,
        "complete_till": task.due,
        "task_type_id": task.type,
    }
    if task.deal:
        body |= {"entity_id": task.deal, "entity_type": "leads"}
    if task.responsible is not None:
        body["responsible_user_id"] = task.responsible
    return body


def new_field(field: model.NewField) -> dict[str, Any]:
    """Write a custom field to be made (contract §6.1). Raises KeyError for a type that cannot be made."""
    return {
        "name": field.name,
        "code": field.code,
        "type": NEW_FIELD_TYPES[field.type],
        "is_api_only": field.read_only_for_people,
    }


def contact_link(deal: int, contact: int, *, is_main: bool = False) -> dict[str, Any]:
    """Write a link between a deal and a contact (contract §5.4)."""
    link: dict[str, Any] = {"entity_id": deal, "to_entity_id": contact, "to_entity_type": "contacts"}
    if is_main:
        link["metadata"] = {"is_main": True}
    return link


def _place(place: Place) -> dict[str, int]:
    return {"pipeline_id": place.pipeline, "status_id": place.stage}


def _fields(fields: Mapping[int, FieldValue], zone: tzinfo) -> list[dict[str, Any]]:
    return [{"field_id": id, "values": values_to_write(value, zone)} for id, value in fields.items()]


class _Rights(_Wire):
    is_admin: _Flag = False
    is_active: bool = True


class WireUser(_Wire):
    """A user of the account (contract §7)."""

    id: int
    name: _Text = ""
    rights: _Map[_Rights] = _Rights()

    def user(self) -> model.User:
        """Return the user."""
        return model.User(self.id, self.name, is_admin=self.rights.is_admin, is_active=self.rights.is_active)


class WireLossReason(_Wire):
    """Why a deal was lost (contract §4.5)."""

    id: int
    name: _Text = ""

    def loss_reason(self) -> model.LossReason:
        """Return the reason."""
        return model.LossReason(self.id, self.name)


class WireTag(_Wire):
    """A tag (contract §8.3)."""

    id: int
    name: _Text = ""

    def tag(self) -> model.Tag:
        """Return the tag."""
        return model.Tag(self.id, self.name)


class WireTaskType(_Wire):
    """A kind of task (contract §7)."""

    id: int
    name: _Text = ""

    def task_type(self) -> model.TaskType:
        """Return the task type."""
        return model.TaskType(self.id, self.name)
