"""What hooks say about a thing: pairs of bracketed key and text with the names of the old API (contract §9.2)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, quote_plus

import orjson

from .state import Account, Company, Contact, Entity, Incoming, Lead, Note, Task
from .values import hook_values

ELEMENT_TYPES = {"contacts": 1, "leads": 2, "companies": 3}
NOTE_TYPES = {
    "common": 4,
    "attachment": 5,
    "call_in": 10,
    "call_out": 11,
    "service_message": 25,
    "extended_service_message": 25,
    "message_cashier": 28,
    "geolocation": 29,
    "sms_in": 102,
    "sms_out": 103,
}

type Pairs = list[tuple[str, str]]


def text(value: object) -> str:
    """A value as PHP writes it into a form: true 1, false 0, null empty."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def lead_pairs(account: Account, lead: Lead) -> Pairs:
    """A deal. The hook does not name its contacts."""
    pairs = [
        ("[id]", str(lead.id)),
        ("[name]", lead.name),
        ("[status_id]", str(lead.status_id)),
        ("[price]", str(lead.price)),
        ("[responsible_user_id]", str(lead.responsible_user_id)),
        ("[last_modified]", str(lead.updated_at)),
        ("[modified_user_id]", str(lead.updated_by)),
        ("[created_user_id]", str(lead.created_by)),
        ("[date_create]", str(lead.created_at)),
        ("[pipeline_id]", str(lead.pipeline_id)),
    ]
    if lead.loss_reason_id is not None:
        pairs.append(("[loss_reason_id]", str(lead.loss_reason_id)))
    return [*pairs, *_end(account, "leads", lead)]


def contact_pairs(account: Account, contact: Contact) -> Pairs:
    """A contact, its deals as a map keyed by their ids."""
    company = account.companies.get(contact.company_id) if contact.company_id else None
    return [
        *_start(contact),
        ("[company_name]", company.name if company else ""),
        ("[linked_company_id]", str(company.id) if company else ""),
        *_linked(contact.leads),
        ("[type]", "contact"),
        *_end(account, "contacts", contact),
    ]


def company_pairs(account: Account, company: Company) -> Pairs:
    """A company, which comes among the contacts."""
    return [*_start(company), *_linked(company.leads), ("[type]", "company"), *_end(account, "companies", company)]


def _start(entity: Entity) -> Iterator[tuple[str, str]]:
    yield "[id]", str(entity.id)
    yield "[name]", entity.name
    yield "[responsible_user_id]", str(entity.responsible_user_id)
    yield "[date_create]", str(entity.created_at)
    yield "[last_modified]", str(entity.updated_at)
    yield "[created_user_id]", str(entity.created_by)
    yield "[modified_user_id]", str(entity.updated_by)


def _linked(leads: Iterable[int]) -> Iterator[tuple[str, str]]:
    for number in leads:
        yield f"[linked_leads_id][{number}][ID]", str(number)


def _end(account: Account, entity_type: str, entity: Entity) -> Iterator[tuple[str, str]]:
    yield "[account_id]", str(account.id)
    tags = account.tags[entity_type].by_id
    for place, number in enumerate(entity.tags):
        yield f"[tags][{place}][id]", str(number)
        yield f"[tags][{place}][name]", tags[number].name
    yield from hook_values(account, entity_type, entity.values)
    yield "[created_at]", str(entity.created_at)
    yield "[updated_at]", str(entity.updated_at)


def task_pairs(account: Account, task: Task, *, old_text: str | None = None) -> Pairs:
    """A task, its times both as account-local text and as unix seconds."""

    def local(moment: int) -> str:
        return datetime.fromtimestamp(moment, account.timezone).strftime("%Y-%m-%d %H:%M:%S")

    pairs = [
        ("[id]", str(task.id)),
        ("[element_id]", text(task.entity_id)),
        ("[element_type]", text(ELEMENT_TYPES.get(task.entity_type or ""))),
        ("[task_type]", str(task.task_type_id)),
        ("[date_create]", local(task.created_at)),
        ("[text]", task.text),
        ("[status]", text(task.is_completed)),
        ("[account_id]", str(account.id)),
        ("[created_user_id]", str(task.created_by)),
        ("[last_modified]", local(task.updated_at)),
        ("[modified_user_id]", str(task.updated_by)),
        ("[responsible_user_id]", str(task.responsible_user_id)),
        ("[complete_till]", local(task.complete_till)),
        ("[action_close]", text(task.is_completed)),
        ("[created_at]", str(task.created_at)),
        ("[updated_at]", str(task.updated_at)),
        ("[complete_before]", str(task.complete_till)),
    ]
    if task.result is not None:
        pairs += [("[result][id]", str(task.id)), ("[result][text]", task.result)]
    if old_text is not None:
        pairs.append(("[old_text]", old_text))
    return pairs


def note_pairs(account: Account, note: Note) -> Pairs:
    """A note, below a key `note` of its own; contacts' and companies' have their type beside it."""
    created = datetime.fromtimestamp(note.created_at, account.timezone).strftime("%Y-%m-%d %H:%M:%S")
    pairs = [
        ("[note][id]", str(note.id)),
        ("[note][note_type]", str(NOTE_TYPES[note.note_type])),
        ("[note][element_type]", str(ELEMENT_TYPES[note.entity_type])),
        ("[note][element_id]", str(note.entity_id)),
        ("[note][text]", str(note.params.get("text", ""))),
        ("[note][attachement]", str(note.params.get("file_name", ""))),
        ("[note][metadata]", orjson.dumps(note.params).decode()),
        ("[note][date_create]", created),
        ("[note][timestamp_x]", created),
        ("[note][created_by]", str(note.created_by)),
        ("[note][main_user_id]", str(note.responsible_user_id)),
        ("[note][account_id]", str(account.id)),
    ]
    if note.entity_type != "leads":
        pairs.append(("[type]", "contact" if note.entity_type == "contacts" else "company"))
    return pairs


def incoming_pairs(incoming: Incoming) -> Pairs:
    """An incoming lead."""
    return [
        ("[uid]", incoming.uid),
        ("[source_uid]", incoming.source_uid),
        ("[source]", incoming.source_name),
        ("[category]", incoming.category),
        ("[pipeline_id]", str(incoming.pipeline_id)),
        ("[lead_id]", str(incoming.lead_id)),
        ("[date_create]", str(incoming.created_at)),
        ("[created_at]", str(incoming.created_at)),
    ]


@lru_cache(maxsize=20_000)
def _quoted(key: str) -> str:
    return quote(key, safe="")


def encode(account: Account, path: str, items: Iterable[Pairs]) -> bytes:
    """The form body of one hook: items numbered below `path` such as `leads[update]`, then the account."""
    parts = []
    for place, pairs in enumerate(items):
        start = _quoted(f"{path}[{place}]")
        parts += [f"{start}{_quoted(key)}={quote_plus(value)}" for key, value in pairs]
    ends = {
        "account[subdomain]": account.subdomain,
        "account[id]": str(account.id),
        "account[_links][self]": f"https://{account.host}",
    }
    parts += [f"{_quoted(key)}={quote_plus(value)}" for key, value in ends.items()]
    return "&".join(parts).encode()
