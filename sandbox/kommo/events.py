"""The account's events: what happened to deals and contacts (contract §8.4)."""

import random
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aiohttp import web

from .call import Call, call_of, filter_of, hal, nothing, page_of, paged
from .filters import Nested, numbers, pairs, span, texts, words
from .problems import Problem

LIMIT = 100
MOST_IDS = 10
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 26
SINGULAR = {"leads": "lead", "contacts": "contact", "companies": "company"}
PLURAL = {single: plural for plural, single in SINGULAR.items()}
TYPES = {
    "lead_added": "New lead",
    "lead_deleted": "Lead deleted",
    "lead_restored": "Lead restored",
    "lead_status_changed": "Lead stage changed",
    "lead_linked": "Lead linked",
    "lead_unlinked": "Lead unlinked",
    "contact_added": "New contact",
    "contact_deleted": "Contact deleted",
    "contact_restored": "Contact restored",
    "company_added": "New company",
    "company_deleted": "Company deleted",
    "company_restored": "Company restored",
    "entity_responsible_changed": "Responsible user changed",
    "entity_merged": "Merged",
    "entity_linked": "Linked",
    "entity_unlinked": "Unlinked",
    "entity_tag_added": "Tags added",
    "entity_tag_deleted": "Tags removed",
    "sale_field_changed": "Sale value changed",
    "name_field_changed": "Name changed",
    "custom_field_value_changed": "Field value changed",
    "task_added": "New task",
    "task_completed": "Task completed",
    "common_note_added": "New note",
}


@dataclass(slots=True)
class Event:
    """One event; `chance` makes its id unlike others of the same moment."""

    created_at: int
    type: str
    entity_type: str
    entity_id: int
    created_by: int
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    chance: int


class EventLog:
    """Events in the order of their moments."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._events: list[Event] = []

    def __len__(self) -> int:
        return len(self._events)

    def add(
        self,
        created_at: int,
        kind: str,
        entity_type: str,
        entity_id: int,
        created_by: int,
        *,
        before: list[dict[str, Any]] | None = None,
        after: list[dict[str, Any]] | None = None,
    ) -> None:
        """Note that something happened; `entity_type` is a plural such as leads."""
        bits = self._chance.getrandbits(80)
        event = Event(created_at, kind, entity_type, entity_id, created_by, before or [], after or [], bits)
        if self._events and created_at < self._events[-1].created_at:
            insort(self._events, event, key=_moment)
        else:
            self._events.append(event)

    def between(self, limits: tuple[float, float]) -> Iterator[Event]:
        """The events of a span of time, newest first."""
        first = bisect_left(self._events, limits[0], key=_moment)
        last = bisect_right(self._events, limits[1], key=_moment)
        return (self._events[place] for place in range(last - 1, first - 1, -1))

    def named(self, name: str) -> Event | None:
        """The event with that id."""
        if len(name) != ID_LENGTH or any(letter not in ALPHABET for letter in name):
            return None
        number = 0
        for letter in name:
            number = number << 5 | ALPHABET.index(letter)
        moment = (number >> 80) // 1000
        return next((event for event in self.between((moment, moment)) if event_id(event) == name), None)


def _moment(event: Event) -> int:
    return event.created_at


def event_id(event: Event) -> str:
    """An id that sorts by time: 48 bits of milliseconds and 80 of chance in base 32."""
    number = (event.created_at * 1000) << 80 | event.chance
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (ID_LENGTH - 1), -1, -5))


def render_event(call: Call, event: Event) -> dict[str, Any]:
    """An event as the API reads it."""
    name = event_id(event)
    return {
        "id": name,
        "type": event.type,
        "entity_id": event.entity_id,
        "entity_type": SINGULAR[event.entity_type],
        "created_by": event.created_by,
        "created_at": event.created_at,
        "value_after": event.after,
        "value_before": event.before,
        "account_id": call.account.id,
        "_links": call.href(f"/events/{name}"),
        "_embedded": {
            "entity": {"id": event.entity_id, "_links": call.href(f"/{event.entity_type}/{event.entity_id}")}
        },
    }


async def list_events(request: web.Request) -> web.Response:
    """`GET /events`."""
    call = call_of(request)
    page, limit = page_of(request, most=LIMIT)
    given = filter_of(request)
    found = call.account.events.between(span(given.get("created_at")) or (float("-inf"), float("inf")))
    for predicate in _predicates(given):
        found = filter(predicate, found)
    items = list(islice(found, (page - 1) * limit, page * limit + 1))
    shown = [render_event(call, event) for event in items[:limit]]
    return paged(request, "events", shown, page=page, limit=limit, more=len(items) > limit)


def _predicates(given: Nested) -> Iterator[Callable[[Event], bool]]:
    if authors := numbers(given.get("created_by")):
        yield lambda event: event.created_by in authors
    entities = {PLURAL.get(word, word) for word in words(given.get("entity"))}
    if entities:
        yield lambda event: event.entity_type in entities
    if ids := numbers(given.get("entity_id")):
        if len(entities) != 1 or len(ids) > MOST_IDS:
            raise Problem(400, "Request validation failed", **{"validation-errors": []})
        yield lambda event: event.entity_id in ids
    if kinds := set(words(given.get("type"))):
        yield lambda event: event.type in kinds or _generic(event.type) in kinds
    if isinstance(before := given.get("value_before"), dict):
        yield lambda event: _fits(event.before, before)
    if isinstance(after := given.get("value_after"), dict):
        yield lambda event: _fits(event.after, after)


def _generic(kind: str) -> str:
    return "custom_field_value_changed" if kind.startswith("custom_field_") else kind


def _fits(values: list[dict[str, Any]], wanted: dict[str, Any]) -> bool:
    """Whether a side of an event is one of those asked for."""
    if stages := pairs(wanted.get("leads_statuses"), "pipeline_id", "status_id"):
        return any(
            (one["lead_status"]["pipeline_id"], one["lead_status"]["id"]) in stages
            for one in _of(values, "lead_status")
        )
    if users := numbers(wanted.get("responsible_user_id")):
        return any(one["responsible_user"]["id"] in users for one in _of(values, "responsible_user"))
    if enums := numbers(wanted.get("custom_field_values")):
        return any(one["custom_field_value"]["enum_id"] in enums for one in _of(values, "custom_field_value"))
    sought = texts(wanted.get("value"))
    return not sought or any(text in str(one) for one in values for text in sought)


def _of(values: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [one for one in values if key in one]


async def get_event(request: web.Request) -> web.Response:
    """`GET /events/{id}`."""
    call = call_of(request)
    event = call.account.events.named(request.match_info["id"])
    return nothing() if event is None else hal(render_event(call, event))


async def list_types(request: web.Request) -> web.Response:
    """`GET /events/types`, in English whatever language is asked for."""
    call = call_of(request)
    items = [{"key": key, "type": place, "lang": text} for place, (key, text) in enumerate(TYPES.items(), start=1)]
    return hal({"_total_items": len(items), "_links": call.href("/events/types"), "_embedded": {"events_types": items}})


ROUTES = [
    web.get("/api/v4/events", list_events),
    web.get("/api/v4/events/types", list_types),
    web.get("/api/v4/events/{id}", get_event),
]
