"""Creating and changing leads, contacts and companies: checks, then the change with its events and hooks."""

from dataclasses import dataclass, field
from typing import Any, TypeGuard

from .call import Call
from .events import SINGULAR
from .hook_bodies import Pairs, company_pairs, contact_pairs, lead_pairs
from .problems import Errors, choice, wrong_type
from .state import LOST, WON, Company, Contact, Entity, Lead, Tag, Values
from .values import parse_values, search_text

GROUPS = {"leads": "leads", "contacts": "contacts", "companies": "contacts"}

type TagRef = int | str


@dataclass(slots=True)
class Change:
    """A checked write: attributes to set, field values to set or clear, and what becomes of the tags.

    `tags` replaces the whole set (None: it stays), `tags_to_add` and `tags_to_delete` go by one.
    """

    attributes: dict[str, Any] = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    tags: list[TagRef] | None = None
    tags_to_add: list[TagRef] = field(default_factory=list)
    tags_to_delete: list[TagRef] = field(default_factory=list)
    stamped: dict[str, int] = field(default_factory=dict)


def check(call: Call, entity_type: str, given: dict[str, Any], errors: Errors) -> Change:
    """What a write says about the keys that all three types share; faults go to `errors`."""
    change = Change()
    for key in ("name", "first_name", "last_name") if entity_type == "contacts" else ("name",):
        if key in given:
            if isinstance(given[key], str):
                change.attributes[key] = given[key]
            else:
                errors.append(wrong_type(key, "string"))
    if "responsible_user_id" in given:
        user = call.account.users.get(given["responsible_user_id"])
        if user is None or not user.is_active:
            errors.append(choice("responsible_user_id"))
        else:
            change.attributes["responsible_user_id"] = user.id
    for key in ("created_by", "updated_by"):
        if key in given:
            if given[key] != 0 and given[key] not in call.account.users:
                errors.append(choice(key))
            else:
                change.stamped[key] = given[key]
    for key in ("created_at", "updated_at"):
        if key in given:
            if is_int(given[key]):
                change.stamped[key] = given[key]
            else:
                errors.append(wrong_type(key, "int"))
    if "custom_fields_values" in given:
        change.values = parse_values(call.account, entity_type, given["custom_fields_values"], errors)
        if given["custom_fields_values"] is None:
            change.values = {number: [] for number in call.account.fields[entity_type]}
    _check_tags(call, entity_type, given, change, errors)
    return change


def is_int(given: Any) -> TypeGuard[int]:
    """Whether a JSON value is a whole number."""
    return isinstance(given, int) and not isinstance(given, bool)


def embedded(given: dict[str, Any], key: str) -> Any:
    """`_embedded[key]` of a write, None when there is none."""
    inside = given.get("_embedded")
    return inside.get(key) if isinstance(inside, dict) else None


def _check_tags(call: Call, entity_type: str, given: dict[str, Any], change: Change, errors: Errors) -> None:
    inside = given.get("_embedded")
    if isinstance(inside, dict) and "tags" in inside:
        change.tags = _tag_refs(call, entity_type, inside["tags"] or [], "_embedded.tags", errors)
    elif "tags" in given and given["tags"] is None:
        change.tags = []
    for key in ("tags_to_add", "tags_to_delete"):
        if given.get(key) is not None:
            setattr(change, key, _tag_refs(call, entity_type, given[key], key, errors))


def _tag_refs(call: Call, entity_type: str, given: Any, path: str, errors: Errors) -> list[TagRef]:
    found: list[TagRef] = []
    if not isinstance(given, list):
        errors.append(wrong_type(path, "array"))
        return found
    for place, one in enumerate(given):
        number, name = (one.get("id"), one.get("name")) if isinstance(one, dict) else (None, None)
        if number is not None:
            if number in call.account.tags[entity_type].by_id:
                found.append(number)
            else:
                errors.append(choice(f"{path}.{place}.id"))
        elif isinstance(name, str) and name:
            found.append(name)
        else:
            errors.append(wrong_type(f"{path}.{place}.name", "string"))
    return found


def tag_id(call: Call, entity_type: str, reference: TagRef) -> int:
    """The id of a tag; a name that is new becomes a tag."""
    if isinstance(reference, int):
        return reference
    book = call.account.tags[entity_type]
    return (book.named(reference) or book.add(Tag(call.next_id("tag"), reference))).id


def keep_searchable_text(call: Call, entity_type: str, entity: Entity) -> None:
    """Before a change: remember what search still sees of the entity while it lags."""
    lag = call.simulator.limits.search_lag_seconds
    if lag > 0:
        now = call.simulator.clock.present()
        if now - entity.text_at >= lag:
            entity.old_text = entity.text or search_text(call.account, entity_type, entity)
        entity.text_at = now
    entity.text = None


def finish_new(call: Call, entity_type: str, entity: Entity, change: Change) -> None:
    """Fill a new entity with what was written, and announce it."""
    entity.values = {number: stored for number, stored in change.values.items() if stored}
    wanted = [*(change.tags or []), *change.tags_to_add]
    entity.tags = list(dict.fromkeys(tag_id(call, entity_type, one) for one in wanted))
    if call.simulator.limits.search_lag_seconds > 0:
        entity.text_at = call.simulator.clock.present()
    call.account.collection(entity_type).add(entity)
    announce_new(call, entity_type, entity)


def announce_new(call: Call, entity_type: str, entity: Entity) -> None:
    """The event and hooks of a new entity."""
    single = SINGULAR[entity_type]
    call.account.events.add(call.stamp(), f"{single}_added", entity_type, entity.id, call.user.id)
    ring(call, entity_type, entity, "add")
    if entity_type == "leads" and call.account.behaviour.update_after_add:
        ring(call, entity_type, entity, "update")


def pairs_of(call: Call, entity: Entity) -> Pairs:
    """An entity as hooks show it."""
    if isinstance(entity, Lead):
        return lead_pairs(call.account, entity)
    if isinstance(entity, Contact):
        return contact_pairs(call.account, entity)
    assert isinstance(entity, Company)
    return company_pairs(call.account, entity)


def ring(
    call: Call, entity_type: str, entity: Entity, action: str, *, more: Pairs | None = None, path: str | None = None
) -> None:
    """Note the hook of an action; `path` is the action's key where it differs from the setting's name."""
    call.account.outbox.add(
        f"{action}_{SINGULAR[entity_type]}",
        f"{GROUPS[entity_type]}[{path or action}]",
        entity.id,
        lambda: [*pairs_of(call, entity), *(more or [])],
    )


def update(call: Call, entity_type: str, entity: Entity, change: Change) -> None:
    """Carry a checked change out, with its stamps, events and hooks."""
    keep_searchable_text(call, entity_type, entity)
    attributes = dict(change.attributes)
    if isinstance(entity, Lead):
        _close_or_open(call, entity, attributes)
    old = {key: getattr(entity, key) for key, new in attributes.items() if getattr(entity, key) != new}
    for key in old:
        setattr(entity, key, attributes[key])
    old_values = _set_values(entity, change.values)
    added, removed = _set_tags(call, entity_type, entity, change)
    differs = bool(old or old_values or added or removed)
    if not differs and call.account.behaviour.unchanged_patch == "silent":
        return
    entity.updated_at = change.stamped.get("updated_at", call.stamp())
    entity.updated_by = change.stamped.get("updated_by", call.user.id)
    entity.created_at = change.stamped.get("created_at", entity.created_at)
    entity.created_by = change.stamped.get("created_by", entity.created_by)
    call.account.collection(entity_type).changed()
    _note_changes(call, entity_type, entity, old, old_values)
    _note_tags(call, entity_type, entity, added, removed)
    _ring_changes(call, entity_type, entity, old)


def _close_or_open(call: Call, lead: Lead, attributes: dict[str, Any]) -> None:
    """Entering 142 or 143 closes a deal, leaving them opens it (contract §4.3)."""
    status = attributes.get("status_id", lead.status_id)
    if status in (WON, LOST):
        if lead.closed_at is None:
            attributes.setdefault("closed_at", call.stamp())
    else:
        attributes["closed_at"] = None
    if status != LOST and lead.loss_reason_id is not None:
        attributes.setdefault("loss_reason_id", None)


def _set_values(entity: Entity, values: Values) -> Values:
    """Set and clear field values; the old ones of those that differ."""
    old: Values = {}
    for number, stored in values.items():
        before = entity.values.get(number, [])
        if before == stored:
            continue
        old[number] = before
        if stored:
            entity.values[number] = stored
        else:
            del entity.values[number]
    return old


def _set_tags(call: Call, entity_type: str, entity: Entity, change: Change) -> tuple[list[int], list[int]]:
    """Replace, add and take away tags; the ids added and removed."""
    before = entity.tags
    kept = before if change.tags is None else [tag_id(call, entity_type, one) for one in change.tags]
    more = [tag_id(call, entity_type, one) for one in change.tags_to_add]
    book = call.account.tags[entity_type]
    named = {one if isinstance(one, int) else getattr(book.named(one), "id", None) for one in change.tags_to_delete}
    entity.tags = [number for number in dict.fromkeys([*kept, *more]) if number not in named]
    added = [number for number in entity.tags if number not in before]
    return added, [number for number in before if number not in entity.tags]


def _note_changes(call: Call, entity_type: str, entity: Entity, old: dict[str, Any], old_values: Values) -> None:
    def note(kind: str, before: Any, after: Any) -> None:
        call.account.events.add(
            call.stamp(), kind, entity_type, entity.id, call.user.id, before=[before], after=[after]
        )

    if isinstance(entity, Lead) and ("status_id" in old or "pipeline_id" in old):
        was = {"id": old.get("status_id", entity.status_id), "pipeline_id": old.get("pipeline_id", entity.pipeline_id)}
        now = {"id": entity.status_id, "pipeline_id": entity.pipeline_id}
        note("lead_status_changed", {"lead_status": was}, {"lead_status": now})
    if isinstance(entity, Lead) and "price" in old:
        sums = ({"sale_field_value": {"sale": sale}} for sale in (old["price"], entity.price))
        note("sale_field_changed", *sums)
    if "responsible_user_id" in old:
        users = (
            {"responsible_user": {"id": user}} for user in (old["responsible_user_id"], entity.responsible_user_id)
        )
        note("entity_responsible_changed", *users)
    if "name" in old:
        note("name_field_changed", *({"name_field_value": {"name": name}} for name in (old["name"], entity.name)))
    fields = call.account.fields[entity_type]
    for number, before in old_values.items():
        kind = fields[number].type
        sides = (_value_of_event(number, kind, stored) for stored in (before, entity.values.get(number, [])))
        note(f"custom_field_{number}_value_changed", *sides)


def _value_of_event(number: int, kind: str, stored: list[dict[str, Any]]) -> dict[str, Any]:
    first = stored[0] if stored else {}
    text = first.get("value")
    return {
        "custom_field_value": {
            "field_id": number,
            "field_type": kind,
            "enum_id": first.get("enum_id"),
            "text": None if text is None else str(text),
        }
    }


def _note_tags(call: Call, entity_type: str, entity: Entity, added: list[int], removed: list[int]) -> None:
    names = call.account.tags[entity_type].by_id
    for kind, numbers, side in (("entity_tag_added", added, "after"), ("entity_tag_deleted", removed, "before")):
        for number in numbers:
            told: dict[str, Any] = {side: [{"tag": {"name": names[number].name}}]}
            call.account.events.add(call.stamp(), kind, entity_type, entity.id, call.user.id, **told)


def _ring_changes(call: Call, entity_type: str, entity: Entity, old: dict[str, Any]) -> None:
    moved: Pairs = [(f"[old_{key}]", str(old[key])) for key in ("status_id", "pipeline_id") if key in old]
    ring(call, entity_type, entity, "update", more=moved)
    if moved:
        # A change of pipeline alone names the status too, unchanged: receivers expect the pair.
        ring(call, entity_type, entity, "status", more=moved)
    if "responsible_user_id" in old:
        more = [("[old_responsible_user_id]", str(old["responsible_user_id"]))]
        ring(call, entity_type, entity, "responsible", more=more, path=None if entity_type == "leads" else "update")


def note_removed(call: Call, entity_type: str, entity: Entity) -> None:
    """The event and hook of a deletion: the hook names only ids."""
    single = SINGULAR[entity_type]
    call.account.events.add(call.stamp(), f"{single}_deleted", entity_type, entity.id, call.user.id)
    pairs: Pairs = [("[id]", str(entity.id))]
    if isinstance(entity, Lead):
        pairs += [("[status_id]", str(entity.status_id)), ("[pipeline_id]", str(entity.pipeline_id))]
    else:
        pairs.append(("[type]", single))
    call.account.outbox.add(f"delete_{single}", f"{GROUPS[entity_type]}[delete]", entity.id, lambda: pairs)
