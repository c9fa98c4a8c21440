"""Settings as a file that is copied between accounts: ids go with their names, and are found again by them.

What the other account does not have is listed, and stands as 0 in what is imported: no account has such an id, so it
cannot be saved before a person has chosen something there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bookdeal.installs.settings_check import Facts
from bookdeal.installs.settings_form import FieldsForm, MappingForm, SettingsForm
from bookdeal.model.deal import Field, FieldType
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS
from bookdeal.model.settings import ResponsibleBy, Settings

KIND: Literal["bookdeal-settings"] = "bookdeal-settings"
UNMATCHED = 0


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StageName(_Part):
    """A stage's name; `kind` finds the closing stages whatever they are called."""

    name: str
    kind: str


class PipelineName(_Part):
    """A pipeline's name and those of its stages."""

    name: str
    stages: dict[int, StageName]


class FieldName(_Part):
    """A field's name, its code ("" for none), and its type."""

    name: str
    code: str
    type: FieldType


class LocatedName(_Part):
    """The name of what belongs to a location."""

    name: str
    location: str


class Names(_Part):
    """What the ids of the settings are called."""

    pipelines: dict[int, PipelineName] = {}
    locations: dict[int, str] = {}
    employees: dict[int, LocatedName] = {}
    service_categories: dict[int, LocatedName] = {}
    users: dict[int, str] = {}
    task_types: dict[int, str] = {}
    deal_fields: dict[int, FieldName] = {}
    contact_fields: dict[int, FieldName] = {}


class SettingsFile(_Part):
    """The file. `account` is the Kommo account that it comes from."""

    kind: Literal["bookdeal-settings"] = KIND
    account: int
    names: Names
    settings: SettingsForm


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Something that the other account does not have, or has more than once under this name.

    `field` is the path in the JSON form, `name` what it was called there: "" where not even that is known.
    """

    what: str
    name: str
    field: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Settings made from a file, and what of it could not be matched: it stands as 0 there, or is left out."""

    settings: Settings
    unmatched: tuple[Unmatched, ...]


def export(settings: Settings, account: int, facts: Facts) -> SettingsFile:
    """Return the file of settings, with the names of all that they mean."""
    form = SettingsForm.of(settings)
    all_names = Names(
        pipelines={
            pipeline.id: PipelineName(
                name=pipeline.name,
                stages={stage.id: StageName(name=stage.name, kind=stage.kind) for stage in pipeline.stages},
            )
            for pipeline in facts.pipelines
        },
        locations={location.id: location.title for location in facts.locations},
        employees=_located(facts.employees, facts),
        service_categories=_located(facts.service_categories, facts),
        users=dict(facts.users or {}),
        task_types=dict(facts.task_types or {}),
        deal_fields=_field_names(facts.deal_fields),
        contact_fields=_field_names(facts.contact_fields),
    )
    reader = _Translation(all_names, facts, is_same_account=True)
    reader.translate(form.model_copy(deep=True))
    names = Names(
        pipelines=reader.named("pipeline", all_names.pipelines),
        locations=reader.named("location", all_names.locations),
        employees=reader.named("employee", all_names.employees),
        service_categories=reader.named("service_category", all_names.service_categories),
        users=reader.named("user", all_names.users),
        task_types=reader.named("task_type", all_names.task_types),
        deal_fields=reader.named("field", all_names.deal_fields),
        contact_fields=reader.named("field", all_names.contact_fields),
    )
    return SettingsFile(account=account, names=names, settings=form)


def imported(file: SettingsFile, account: int, facts: Facts, seen: Settings) -> Imported:
    """Translate a file for another account, as a next version of the settings `seen` there. Saves nothing.

    The go-live day stays that of the account: it is about its past, not about how it works.
    """
    form = file.settings.model_copy(deep=True)
    reader = _Translation(file.names, facts, is_same_account=file.account == account)
    reader.translate(form)
    form.version, form.start_from = seen.version, seen.start_from
    return Imported(form.settings(), tuple(reader.unmatched))


class _Translation:
    """Translates one file's ids and notes what it does not find."""

    def __init__(self, names: Names, facts: Facts, *, is_same_account: bool) -> None:
        self.unmatched: list[Unmatched] = []
        self._asked: set[tuple[str, int]] = set()
        self._names = names
        self._facts = facts
        self._is_same_account = is_same_account

    def translate(self, form: SettingsForm) -> None:
        """Replace every id in the form."""
        sync = form.status_sync
        for mapping, at in (
            (sync.mapping, "status_sync.mapping"),
            (sync.otherwise, "status_sync.otherwise"),
            *((rule.mapping, f"status_sync.rules.{number}.mapping") for number, rule in enumerate(sync.rules)),
        ):
            if mapping is not None:
                self._mapping(mapping, at)
        for number, rule in enumerate(sync.rules):
            asked, at = rule.conditions, f"status_sync.rules.{number}.conditions"
            asked.pipelines = self._each(asked.pipelines, self._pipeline, f"{at}.pipelines")
            asked.locations = self._each(asked.locations, self._location, f"{at}.locations")
            asked.employees = self._each(asked.employees, self._employee, f"{at}.employees")
            asked.service_categories = self._each(
                asked.service_categories, self._service_category, f"{at}.service_categories"
            )
        sync.only_pipeline = self._one(sync.only_pipeline, self._pipeline, "status_sync.only_pipeline")
        form.adoption.pipelines = self._each(form.adoption.pipelines, self._pipeline, "adoption.pipelines")
        form.calendar_pipelines = self._each(form.calendar_pipelines, self._pipeline, "calendar_pipelines")
        if form.task is not None:
            form.task.type = self._task_type(form.task.type, "task.type")
            form.task.responsible = self._one(form.task.responsible, self._user, "task.responsible")
        self._responsible(form)
        self._fields(form.fields_map)

    def named[N](self, what: str, names: Mapping[int, N]) -> dict[int, N]:
        """Return those of these names that were asked for."""
        return {id: name for id, name in names.items() if (what, id) in self._asked}

    def _mapping(self, mapping: MappingForm, at: str) -> None:
        source = self._names.pipelines.get(mapping.pipeline)
        mapping.pipeline = self._pipeline(mapping.pipeline, f"{at}.pipeline")

        def stage(id: int, path: str) -> int:
            known = source.stages.get(id) if source else None
            target = next((one for one in self._facts.pipelines if one.id == mapping.pipeline), None)
            there = [(one.id, (one.name, one.kind)) for one in target.stages] if target else []
            if known is not None and known.kind in ("won", "lost"):
                there = [(id, (known.name, kind)) for id, (_, kind) in there]
            wanted = (known.name, known.kind) if known else None
            return self._found(id, wanted, there, "stage", known.name if known else "", path)

        mapping.landing = self._one(mapping.landing, stage, f"{at}.landing")
        mapping.stages = {
            status: self._one(id, stage, f"{at}.stages.{status}") for status, id in mapping.stages.items()
        }

    def _responsible(self, form: SettingsForm) -> None:
        responsible, at = form.responsible, "responsible"
        keys: Mapping[ResponsibleBy, Callable[[int, str], int]] = {
            ResponsibleBy.EMPLOYEE: self._employee,
            ResponsibleBy.LOCATION: self._location,
        }
        users: dict[str, int] = {}
        for who, user in responsible.users.items():
            key = keys.get(responsible.by, self._creator)(int(who), f"{at}.users.{who}")
            found = self._user(user, f"{at}.users.{who}")
            if key != UNMATCHED:
                users[str(key)] = found
        responsible.users = users
        responsible.turns = [self._user(user, f"{at}.turns.{place}") for place, user in enumerate(responsible.turns)]
        responsible.fallback = self._one(responsible.fallback, self._user, f"{at}.fallback")

    def _fields(self, form: FieldsForm) -> None:
        facts, names = self._facts, self._names
        form.deal = self._fields_of(form.deal, names.deal_fields, facts.deal_fields, DEAL_FIELDS, "fields.deal")
        form.contact = self._fields_of(
            form.contact, names.contact_fields, facts.contact_fields, CONTACT_FIELDS, "fields.contact"
        )

    def _fields_of(
        self,
        chosen: Mapping[str, int | None],
        names: Mapping[int, FieldName],
        there: tuple[Field, ...] | None,
        codes: Iterable[str],
        at: str,
    ) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        for code, id in chosen.items():
            known = names.get(id) if id is not None else None
            if id is None:
                found[code] = None
                continue
            # Names are the account's own; a code, where there is one, says the same in every account.
            by_code = bool(known and known.code)
            candidates = [
                (one.id, (one.code if by_code else one.name, one.type))
                for one in there or ()
                if by_code or one.code not in codes
            ]
            wanted = ((known.code if by_code else known.name), known.type) if known else None
            found[code] = self._found(id, wanted, candidates, "field", known.name if known else "", f"{at}.{code}")
        return found

    # -- one id of each kind; 0 where there is none ----------------------------------------------------------------

    def _pipeline(self, id: int, at: str) -> int:
        known = self._names.pipelines.get(id)
        there = [(pipeline.id, pipeline.name) for pipeline in self._facts.pipelines]
        name = known.name if known else None
        return self._found(id, name, there, "pipeline", name or "", at)

    def _location(self, id: int, at: str) -> int:
        name = self._names.locations.get(id)
        there = [(location.id, location.title) for location in self._facts.locations]
        return self._found(id, name, there, "location", name or "", at)

    def _employee(self, id: int, at: str) -> int:
        return self._of_location(id, self._names.employees, self._facts.employees, "employee", at)

    def _service_category(self, id: int, at: str) -> int:
        return self._of_location(
            id, self._names.service_categories, self._facts.service_categories, "service_category", at
        )

    def _of_location(
        self,
        id: int,
        names: Mapping[int, LocatedName],
        known: Mapping[int, Mapping[int, str]] | None,
        what: str,
        at: str,
    ) -> int:
        named = names.get(id)
        there = [(one, (place.name, place.location)) for one, place in _located(known, self._facts).items()]
        wanted = (named.name, named.location) if named else None
        return self._found(id, wanted, there, what, named.name if named else "", at)

    def _user(self, id: int, at: str) -> int:
        name = self._names.users.get(id)
        return self._found(id, name, (self._facts.users or {}).items(), "user", name or "", at)

    def _task_type(self, id: int, at: str) -> int:
        name = self._names.task_types.get(id)
        return self._found(id, name, (self._facts.task_types or {}).items(), "task_type", name or "", at)

    def _creator(self, id: int, at: str) -> int:
        # What Altegio's users are called is not known: only the account itself knows them again.
        return id if self._is_same_account else self._found(id, None, (), "altegio_user", "", at)

    def _found[N](self, id: int, name: N | None, there: Iterable[tuple[int, N]], what: str, shown: str, at: str) -> int:
        """Return the id that has this name there: the same id where it has, else the only one; 0 for none."""
        self._asked.add((what, id))
        named = [other for other, its_name in there if name is not None and its_name == name]
        if id in named:
            return id
        if len(named) == 1:
            return named[0]
        self.unmatched.append(Unmatched(what, shown, at))
        return UNMATCHED

    @staticmethod
    def _one(id: int | None, one: Callable[[int, str], int], at: str) -> int | None:
        return None if id is None else one(id, at)

    @staticmethod
    def _each(ids: Iterable[int], one: Callable[[int, str], int], at: str) -> list[int]:
        return sorted({one(id, at) for id in ids})


def _located(known: Mapping[int, Mapping[int, str]] | None, facts: Facts) -> dict[int, LocatedName]:
    titles = {location.id: location.title for location in facts.locations}
    return {
        id: LocatedName(name=name, location=titles.get(location, ""))
        for location, named in (known or {}).items()
        for id, name in named.items()
    }


def _field_names(fields: tuple[Field, ...] | None) -> dict[int, FieldName]:
    return {one.id: FieldName(name=one.name, code=one.code, type=one.type) for one in fields or ()}


def to_json(file: SettingsFile) -> dict[str, Any]:
    """Return the file as plain JSON."""
    return file.model_dump(mode="json", by_alias=True)
