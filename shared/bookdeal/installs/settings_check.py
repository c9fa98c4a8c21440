"""Whether settings make sense in an account: every fault with its code, its parameters and the field it stands at."""

import dataclasses
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from bookdeal.installs.choices import Choices
from bookdeal.installs.installation import Installation
from bookdeal.model.booking import BookingStatus, Location
from bookdeal.model.deal import Field, Pipeline
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS, OPTIONAL, REQUIRED, accepts
from bookdeal.model.settings import (
    Conditions,
    FieldsMap,
    Responsible,
    ResponsibleBy,
    Rule,
    Settings,
    StatusSync,
    SyncMode,
    TaskTemplate,
)
from bookdeal.model.settings import Mapping as StageMapping
from bookdeal.model.templates import PLACEHOLDERS, placeholders

LONGEST_LEAD = 366 * 24 * 60
"""Minutes before or after a visit that a task may be due."""

INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an account and its locations are made of: that against which settings are checked.

    Names by id, employees and service categories by their location. None: it could not be read, and is not checked.
    """

    pipelines: tuple[Pipeline, ...]
    locations: tuple[Location, ...]
    deal_fields: tuple[Field, ...] | None = None
    contact_fields: tuple[Field, ...] | None = None
    users: Mapping[int, str] | None = None
    task_types: Mapping[int, str] | None = None
    employees: Mapping[int, Mapping[int, str]] | None = None
    service_categories: Mapping[int, Mapping[int, str]] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a set-up. `field` is the path in the JSON form; `params` are ids and codes for the screen."""

    code: str
    field: str
    params: Mapping[str, str | int] = dataclasses.field(default_factory=dict)


def facts_of(installation: Installation, choices: Choices) -> Facts:
    """Return what settings are checked against, from the lists that a person chooses from."""
    account = choices.account
    return Facts(
        pipelines=account.pipelines,
        locations=installation.locations,
        deal_fields=account.deal_fields,
        contact_fields=account.contact_fields,
        users={user.id: user.name for user in account.users} or None,
        task_types={type.id: type.name for type in account.task_types} or None,
        employees={
            location: {employee.id: employee.name for employee in lists.employees}
            for location, lists in choices.locations.items()
        },
        service_categories={
            location: {category.id: category.title for category in lists.categories}
            for location, lists in choices.locations.items()
        },
    )


def validate(settings: Settings, facts: Facts) -> list[Fault]:
    """Return all that is wrong with settings; empty: they may be saved."""
    return [
        *_status_sync(settings.status_sync, facts),
        *_text(settings.deal_name, "deal_name"),
        *(_task(settings.task, facts) if settings.task else ()),
        *_adoption(settings, facts),
        *_responsible(settings.responsible, facts),
        *_fields(settings.fields, facts),
        *_pipelines(settings.calendar_pipelines, facts, "calendar_pipelines"),
    ]


# -- stages and rules --------------------------------------------------------------------------------------------------


def _status_sync(sync: StatusSync, facts: Facts) -> Iterator[Fault]:
    """Check what the mode uses; what another mode left behind is not looked at."""
    at, only = "status_sync", sync.only_pipeline
    if sync.mode is not SyncMode.OFF and only is not None:
        yield from _pipelines([only], facts, f"{at}.only_pipeline")
    if sync.reverse and sync.mode is not SyncMode.OFF:
        yield from _reverse(sync, at)
    if sync.mode is SyncMode.CONDITIONAL:
        yield from _rules(sync, facts, at)
        return
    if sync.mode is SyncMode.SIMPLE and sync.mapping is None:
        yield Fault("mapping_missing", f"{at}.mapping")
    if sync.mapping is not None:
        yield from mapping_faults(sync.mapping, facts, f"{at}.mapping")
        known = {pipeline.id for pipeline in facts.pipelines}
        if sync.mode is SyncMode.SIMPLE and only in known - {sync.mapping.pipeline}:
            # Every new deal would land outside, and never be moved.
            yield Fault("outside_only_pipeline", f"{at}.mapping.pipeline", {"pipeline": sync.mapping.pipeline})


def _rules(sync: StatusSync, facts: Facts, at: str) -> Iterator[Fault]:
    if not sync.rules and sync.otherwise is None:
        yield Fault("no_rules", f"{at}.rules")
    for number, rule in enumerate(sync.rules):
        yield from _rule(rule, sync, facts, f"{at}.rules.{number}")
    yield from _together(sync.rules, f"{at}.rules")
    if sync.otherwise is not None:
        yield from mapping_faults(sync.otherwise, facts, f"{at}.otherwise")


def _reverse(sync: StatusSync, at: str) -> Iterator[Fault]:
    """Check that a stage means one status within each mapping: where it means two, a person's move says neither."""
    for path, mapping in mappings(sync):
        first: dict[int, BookingStatus] = {}
        for status in BookingStatus:
            stage = mapping.stages.get(status)
            if stage is None:
                continue
            if stage in first:
                params = {"stage": stage, "also": first[stage].value}
                yield Fault("ambiguous_stage", f"{at}.{path}.stages.{status}", params)
            first.setdefault(stage, status)


def mappings(sync: StatusSync) -> Iterator[tuple[str, StageMapping]]:
    """Yield the mappings by which the mode moves deals, each with its path within the form's `status_sync`."""
    if sync.mode is SyncMode.SIMPLE and sync.mapping is not None:
        yield "mapping", sync.mapping
    if sync.mode is SyncMode.CONDITIONAL:
        for number, rule in enumerate(sync.rules):
            yield f"rules.{number}.mapping", rule.mapping
        if sync.otherwise is not None:
            yield "otherwise", sync.otherwise


def mapping_faults(mapping: StageMapping, facts: Facts, at: str) -> Iterator[Fault]:
    """Yield what is wrong with a mapping that stands at the path `at`."""
    pipeline = next((known for known in facts.pipelines if known.id == mapping.pipeline), None)
    if pipeline is None:
        yield Fault("unknown_pipeline", f"{at}.pipeline", {"pipeline": mapping.pipeline})
        return
    kinds = {stage.id: stage.kind for stage in pipeline.stages}
    if mapping.landing is None and "open" not in kinds.values():
        yield Fault("no_open_stage", f"{at}.landing", {"pipeline": pipeline.id})
    named = {"landing": mapping.landing} | {f"stages.{status}": stage for status, stage in mapping.stages.items()}
    for name, stage in named.items():
        if stage is not None and stage not in kinds:
            yield Fault("unknown_stage", f"{at}.{name}", {"pipeline": pipeline.id, "stage": stage})
        elif stage is not None and kinds[stage] == INCOMING:
            # Kommo alone puts deals there: those not accepted yet.
            yield Fault("incoming_stage", f"{at}.{name}", {"pipeline": pipeline.id, "stage": stage})


def _rule(rule: Rule, sync: StatusSync, facts: Facts, at: str) -> Iterator[Fault]:
    asked = rule.conditions
    if asked == Conditions():
        yield Fault("rule_without_conditions", f"{at}.conditions", {"rule": rule.id})
    yield from _pipelines(asked.pipelines, facts, f"{at}.conditions.pipelines")
    locations = {location.id for location in facts.locations}
    yield from _unknown(asked.locations, locations, "location", f"{at}.conditions.locations")
    yield from _of_locations(asked.employees, facts.employees, asked, "employee", f"{at}.conditions.employees")
    yield from _of_locations(
        asked.service_categories,
        facts.service_categories,
        asked,
        "service_category",
        f"{at}.conditions.service_categories",
    )
    if sync.only_pipeline is not None and asked.pipelines and sync.only_pipeline not in asked.pipelines:
        yield Fault("outside_only_pipeline", f"{at}.conditions.pipelines", {"pipeline": sync.only_pipeline})
    yield from mapping_faults(rule.mapping, facts, f"{at}.mapping")


def _of_locations(
    ids: frozenset[int], known: Mapping[int, Mapping[int, str]] | None, asked: Conditions, what: str, at: str
) -> Iterator[Fault]:
    """Check ids that belong to a location each: there must be such, and one of them at a location of the rule."""
    unknown = list(_unknown(ids, _all(known), what, at))
    yield from unknown
    if known is None or unknown or not ids or not asked.locations:
        return
    if ids.isdisjoint({id for location in asked.locations for id in known.get(location, ())}):
        yield Fault("never_matches", at, {"entity": what})


def _together(rules: tuple[Rule, ...], at: str) -> Iterator[Fault]:
    """Check what is wrong with rules only because of the ones before them."""
    shadowed: set[int] = set()
    for (first, earlier), (second, later) in combinations(enumerate(rules), 2):
        if earlier.id == later.id:
            yield Fault("duplicate_rule_id", f"{at}.{second}.id", {"rule": later.id, "first": first + 1})
        if second not in shadowed and shadows(earlier, later):
            shadowed.add(second)
            yield Fault("rule_shadowed", f"{at}.{second}.conditions", {"rule": later.id, "by": first + 1})


def shadows(earlier: Rule, later: Rule) -> bool:
    """Tell whether the earlier rule applies whenever the later one would."""
    asked, also = earlier.conditions, later.conditions
    pairs = (
        (asked.locations, also.locations),
        (asked.pipelines, also.pipelines),
        (asked.employees, also.employees),
        (asked.service_categories, also.service_categories),
    )
    if not all(not wide or (narrow and narrow <= wide) for wide, narrow in pairs):
        return False
    # Before there is a deal, each rule is asked about the pipeline of its own mapping.
    earlier_takes_new = not asked.pipelines or earlier.mapping.pipeline in asked.pipelines
    later_takes_new = not also.pipelines or later.mapping.pipeline in also.pipelines
    return earlier_takes_new or not later_takes_new


# -- texts, tasks, people ----------------------------------------------------------------------------------------------


def _text(text: str, at: str) -> Iterator[Fault]:
    if not text.strip():
        yield Fault("empty_text", at)
    try:
        names = placeholders(text)
    except ValueError:
        yield Fault("broken_template", at)
        return
    yield from (
        Fault("unknown_placeholder", at, {"name": name}) for name in dict.fromkeys(names) if name not in PLACEHOLDERS
    )


def _task(task: TaskTemplate, facts: Facts) -> Iterator[Fault]:
    yield from _text(task.text, "task.text")
    yield from _unknown([task.type], facts.task_types, "task_type", "task.type")
    if abs(task.minutes_before) > LONGEST_LEAD:
        yield Fault("out_of_range", "task.minutes_before", {"most": LONGEST_LEAD})
    yield from _user(task.responsible, facts, "task.responsible")


def _adoption(settings: Settings, facts: Facts) -> Iterator[Fault]:
    adoption = settings.adoption
    if adoption.on and not adoption.pipelines:
        yield Fault("no_pipelines", "adoption.pipelines")
    yield from _pipelines(adoption.pipelines, facts, "adoption.pipelines")


def _responsible(responsible: Responsible, facts: Facts) -> Iterator[Fault]:
    by, at = responsible.by, "responsible"
    if by is ResponsibleBy.ROUND_ROBIN and not responsible.turns:
        yield Fault("no_users", f"{at}.turns")
    is_nobody = not responsible.users and responsible.fallback is None
    if by in (ResponsibleBy.EMPLOYEE, ResponsibleBy.LOCATION) and is_nobody:
        yield Fault("no_users", f"{at}.users")
    if by is ResponsibleBy.LOCATION:
        locations = {location.id for location in facts.locations}
        yield from _unknown_keys(responsible.users, locations, "location", f"{at}.users")
    if by is ResponsibleBy.EMPLOYEE:
        yield from _unknown_keys(responsible.users, _all(facts.employees), "employee", f"{at}.users")
    for who, user in responsible.users.items():
        yield from _user(user, facts, f"{at}.users.{who}")
    for place, user in enumerate(responsible.turns):
        yield from _user(user, facts, f"{at}.turns.{place}")
    yield from _user(responsible.fallback, facts, f"{at}.fallback")


# -- fields ------------------------------------------------------------------------------------------------------------


def _fields(chosen: FieldsMap, facts: Facts) -> Iterator[Fault]:
    yield from _fields_of(chosen.deal, DEAL_FIELDS, facts.deal_fields, "fields.deal")
    yield from _fields_of(chosen.contact, CONTACT_FIELDS, facts.contact_fields, "fields.contact")


def _fields_of(
    chosen: Mapping[str, int | None], codes: Iterable[str], there: tuple[Field, ...] | None, at: str
) -> Iterator[Fault]:
    known = {field.id: field for field in there or ()}
    own = {field.code: field.id for field in there or () if field.code in codes and accepts(field.code, field.type)}
    # A field of our own making is in use unless its code is switched off, shown elsewhere, or optional.
    used = {own[code]: code for code in own if code not in chosen and code not in OPTIONAL}
    for code, id in chosen.items():
        if code not in codes:
            yield Fault("unknown_field_code", f"{at}.{code}", {"code": code})
        elif id is None and code in REQUIRED:
            yield Fault("field_required", f"{at}.{code}", {"code": code})
        elif id is not None and not _is_known(id, None if there is None else known):
            yield Fault("unknown_field", f"{at}.{code}", {"code": code, "id": id})
        elif id is not None and there is not None and not accepts(code, known[id].type):
            yield Fault("field_type", f"{at}.{code}", {"code": code, "id": id, "type": known[id].type.value})
        elif id is not None and id in used:
            yield Fault("field_used_twice", f"{at}.{code}", {"code": code, "id": id, "by": used[id]})
        elif id is not None:
            used[id] = code


# -- ids ---------------------------------------------------------------------------------------------------------------


def _pipelines(ids: Iterable[int], facts: Facts, at: str) -> Iterator[Fault]:
    yield from _unknown(ids, {pipeline.id for pipeline in facts.pipelines}, "pipeline", at)


def _user(user: int | None, facts: Facts, at: str) -> Iterator[Fault]:
    if user is not None:
        yield from _unknown([user], facts.users, "user", at)


def _unknown(ids: Iterable[int], known: Container[int] | None, what: str, at: str) -> Iterator[Fault]:
    yield from (Fault(f"unknown_{what}", at, {what: id}) for id in sorted(ids) if not _is_known(id, known))


def _unknown_keys(ids: Iterable[int], known: Container[int] | None, what: str, at: str) -> Iterator[Fault]:
    yield from (Fault(f"unknown_{what}", f"{at}.{id}", {what: id}) for id in sorted(ids) if not _is_known(id, known))


def _is_known(id: int, known: Container[int] | None) -> bool:
    """Tell whether there is something of this id; where that could not be read, only 0 is surely nothing's."""
    return id != 0 if known is None else id in known


def _all(known: Mapping[int, Mapping[int, str]] | None) -> Container[int] | None:
    return None if known is None else {id for of_location in known.values() for id in of_location}
