"""Where a deal should stand. Pure and total: every input gets an answer, and the answer says which rule gave it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bookdeal.model.booking import Booking, BookingStatus
from bookdeal.model.deal import Pipeline, Place
from bookdeal.model.settings import Conditions, Mapping, Rule, Settings, StatusSync, SyncMode

WON, LOST = "won", "lost"

BEFORE_START = "before_start"
"""Why a booking gets no deal whose visit was before the account went live."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """All of a booking that the choice of a stage may depend on. While it stays equal, a person's hand wins.

    `categories` are those of its services, None while they are not known.
    """

    status: BookingStatus
    location: int
    employee: int | None
    categories: frozenset[int] | None = None

    def equals(self, other: "Inputs") -> bool:
        """Tell whether nothing differs, as far as it is known: learning the categories alone changes nothing."""
        known = self.categories is not None and other.categories is not None
        return (self.status, self.location, self.employee) == (other.status, other.location, other.employee) and not (
            known and self.categories != other.categories
        )


class Entity(StrEnum):
    """What a rule may ask about."""

    LOCATION = "location"
    PIPELINE = "pipeline"
    EMPLOYEE = "employee"
    SERVICE_CATEGORY = "service_category"


@dataclass(frozen=True, slots=True)
class Answer:
    """One condition of a rule: what it asks for and what it met, as ids.

    `met` None: it is not known. `fits` None: the rule does not ask about this.
    """

    entity: Entity
    wanted: frozenset[int]
    met: frozenset[int] | None
    fits: bool | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule that was tried: its id, its number in the user's order (from 1), and what its conditions met."""

    rule: str
    number: int
    answers: tuple[Answer, ...]

    @property
    def matches(self) -> bool:
        """Tell whether every condition fits."""
        return all(answer.fits is not False for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a verdict is as it is, for a screen to put into words.

    `code` says what spoke: `off`, `import`, `outside_pipeline`, `simple`, `rule`, `otherwise` or `nothing`. `rule` and
    `number` name the rule that matched. `trials` are the rules tried, the matching one last; the others were not tried.
    `only_pipeline` is the one to which moves are limited, `pipeline` the one that was taken as the deal's (None: that
    of each mapping, because there is no deal yet). `stage` None: the status has none, and moves nothing.
    """

    code: str
    status: BookingStatus
    stage: int | None = None
    rule: str | None = None
    number: int | None = None
    pipeline: int | None = None
    only_pipeline: int | None = None
    trials: tuple[Trial, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return it as codes and ids; what does not apply is left out. A condition that is not named was not asked."""
        body: dict[str, object] = {"code": self.code, "status": self.status.value, "stage": self.stage}
        named = {
            "rule": self.rule,
            "number": self.number,
            "pipeline": self.pipeline,
            "only_pipeline": self.only_pipeline,
        }
        body |= {name: value for name, value in named.items() if value is not None}
        if self.trials:
            body["trials"] = [_trial_json(trial) for trial in self.trials]
        return body


@dataclass(frozen=True, slots=True)
class Verdict:
    """The stage the rules want (None: leave it), the rule that said so as a short code, and the whole reason."""

    place: Place | None
    rule: str
    why: Explanation


@dataclass(frozen=True, slots=True)
class Meaning:
    """The status that a stage stands for, the rule that says so as a short code, and the whole reason."""

    status: BookingStatus
    rule: str
    why: Explanation


class UnknownStage(Exception):
    """A mapping names a pipeline or stage that the account does not have (any more)."""

    def __init__(self, pipeline: int, stage: int | None) -> None:
        """Remember which one."""
        super().__init__(f"pipeline {pipeline}, stage {stage}")
        self.pipeline = pipeline
        self.stage = stage


def inputs_of(booking: Booking) -> Inputs:
    """Return what the choice of a stage depends on."""
    categories = {line.category for line in booking.services}
    known = {category for category in categories if category is not None}
    return Inputs(
        status=booking.status,
        location=booking.location,
        employee=booking.employee.id if booking.employee else None,
        categories=frozenset(known - {0}) if len(known) == len(categories) else None,
    )


def asks_for_categories(sync: StatusSync) -> bool:
    """Tell whether any rule depends on service categories: otherwise nobody has to know them."""
    return sync.mode is SyncMode.CONDITIONAL and any(rule.conditions.service_categories for rule in sync.rules)


def named_pipelines(sync: StatusSync) -> set[int]:
    """Return the pipelines into which the mappings of the mode in use put deals."""
    used = [sync.mapping]
    if sync.mode is SyncMode.CONDITIONAL:
        used = [*(rule.mapping for rule in sync.rules), sync.otherwise]
    return {mapping.pipeline for mapping in used if mapping is not None}


def landing_place(sync: StatusSync, pipelines: Sequence[Pipeline], mapping: Mapping | None = None) -> Place:
    """Return where a new deal lands when no status puts it elsewhere: where the mapping says that applies to it.

    Without one it is the first stage of the pipeline to which moves are limited, else of the main one. Raises
    UnknownStage for one that vanished.
    """
    mapping = mapping or (sync.mapping if sync.mode is not SyncMode.CONDITIONAL else None)
    if mapping is not None:
        pipeline = _pipeline(mapping.pipeline, pipelines)
        return Place(pipeline.id, _first_stage(pipeline)) if mapping.landing is None else _place(mapping, pipelines)
    if sync.mode is not SyncMode.OFF and sync.only_pipeline is not None:
        pipeline = _pipeline(sync.only_pipeline, pipelines)
        return Place(pipeline.id, _first_stage(pipeline))
    main = next((pipeline for pipeline in pipelines if pipeline.is_main), None) or next(iter(pipelines), None)
    if main is None:
        raise UnknownStage(0, None)
    return Place(main.id, _first_stage(main))


def verdict(inputs: Inputs, sync: StatusSync, pipelines: Sequence[Pipeline], home: int | None = None) -> Verdict:
    """Return the stage that a booking with these inputs belongs to, or None when its status moves nothing.

    `home` is the pipeline where a person or our making last put the deal: conditions on pipelines mean that one. None:
    there is no deal yet, and each mapping is asked about its own pipeline. Raises UnknownStage for a vanished stage.
    """
    imported = _imported(sync, pipelines, home)
    found = _speaking(inputs, sync, home) if imported is None else _of_import(inputs, imported)
    return Verdict(found.place(pipelines), found.rule, found.why)


def status_meant(inputs: Inputs, sync: StatusSync, place: Place) -> Meaning | None:
    """Return the status that a stage stands for by the mapping that applies to a booking with these inputs.

    The deal stands there by a person's hand, so that conditions on pipelines mean that pipeline. None: no status, or
    more than one. With the status that is returned the verdict is this stage again: the two never send each other on.
    """
    if sync.mode is SyncMode.OFF:
        return None
    meant = _statuses_at(place, _speaking(inputs, sync, place.pipeline).mapping)
    if len(meant) != 1:
        return None
    found = _speaking(replace(inputs, status=meant[0]), sync, place.pipeline)
    return Meaning(meant[0], found.rule, found.why)


def first_place(inputs: Inputs, sync: StatusSync, pipelines: Sequence[Pipeline]) -> Verdict:
    """Return where the deal of a booking seen for the first time is made: by its status, else the landing stage."""
    found = _speaking(inputs, sync, None)
    place = found.place(pipelines)
    if place is not None:
        return Verdict(place, found.rule, found.why)
    return Verdict(landing_place(sync, pipelines, found.mapping), f"{found.rule}.landing", found.why)


def is_closed(place: Place, pipelines: Sequence[Pipeline]) -> bool:
    """Tell whether a deal that stands here is won or lost."""
    return any(
        stage.kind in (WON, LOST)
        for pipeline in pipelines
        if pipeline.id == place.pipeline
        for stage in pipeline.stages
        if stage.id == place.stage
    )


def out_of_scope(booking: Booking, settings: Settings) -> str | None:
    """Return why a booking without a deal gets none, as a code; None when it gets one (design, 5.6)."""
    if booking.status is BookingStatus.CANCELLED:
        return "cancelled_when_first_seen"
    if is_before_start(booking, settings):
        return BEFORE_START
    if booking.client is None and not settings.deals_without_client:
        return "no_client"
    return None


def is_before_start(booking: Booking, settings: Settings) -> bool:
    """Tell whether the visit is of the time before going live: only an import makes deals of those."""
    return settings.start_from is not None and booking.starts_at.date() < settings.start_from


@dataclass(frozen=True, slots=True)
class _Speaking:
    """The mapping that applies to a booking (None: none), under which short code, and why."""

    mapping: Mapping | None
    rule: str
    why: Explanation

    def place(self, pipelines: Sequence[Pipeline]) -> Place | None:
        """Return the stage that is meant."""
        if self.mapping is None or self.why.stage is None:
            return None
        return _place(self.mapping, pipelines, self.why.stage)


def _speaking(inputs: Inputs, sync: StatusSync, home: int | None) -> _Speaking:
    """Find the mapping that applies."""
    status, only = inputs.status, sync.only_pipeline
    if sync.mode is SyncMode.OFF:
        return _Speaking(sync.mapping, "off", Explanation("off", status))
    if only is not None and home is not None and home != only:
        return _outside(inputs, None, home, only, ())
    trials: list[Trial] = []
    code, mapping, matched = ("simple", sync.mapping, None)
    if sync.mode is SyncMode.CONDITIONAL:
        code, mapping = "otherwise", sync.otherwise
        for number, rule in enumerate(sync.rules, 1):
            trials.append(_trial(rule, number, inputs, home))
            if trials[-1].matches:
                code, mapping, matched = "rule", rule.mapping, trials[-1]
                break
    if mapping is None:
        return _Speaking(None, "nothing", Explanation("nothing", status, None, None, None, home, only, tuple(trials)))
    if only is not None and home is None and mapping.pipeline != only:
        return _outside(inputs, mapping, home, only, tuple(trials))
    stage = mapping.stages.get(status)
    name = f"rule.{matched.rule}" if matched else code
    why = Explanation(
        code=code,
        status=status,
        stage=stage,
        rule=matched.rule if matched else None,
        number=matched.number if matched else None,
        pipeline=home,
        only_pipeline=only,
        trials=tuple(trials),
    )
    return _Speaking(mapping, f"{name}.{status}" if stage is not None else f"{name}.{status}.unmapped", why)


def _imported(sync: StatusSync, pipelines: Sequence[Pipeline], home: int | None) -> Mapping | None:
    """Return the mapping of the import whose pipeline is a deal's home; None where the settings apply.

    They do in a pipeline that they name themselves. A stage of the import that the account no longer has is none.
    """
    if sync.mode is SyncMode.OFF or home in named_pipelines(sync):
        return None
    mapping = next((mapping for mapping in sync.imports if mapping.pipeline == home), None)
    if mapping is None:
        return None
    there = {stage.id for pipeline in pipelines if pipeline.id == home for stage in pipeline.stages}
    stages = {status: stage if stage in there else None for status, stage in mapping.stages.items()}
    return Mapping(mapping.pipeline, mapping.landing, stages)


def _of_import(inputs: Inputs, mapping: Mapping) -> _Speaking:
    stage = mapping.stages.get(inputs.status)
    why = Explanation("import", inputs.status, stage, pipeline=mapping.pipeline)
    return _Speaking(mapping, f"import.{inputs.status}{'' if stage is not None else '.unmapped'}", why)


def _outside(
    inputs: Inputs, mapping: Mapping | None, home: int | None, only: int, trials: tuple[Trial, ...]
) -> _Speaking:
    why = Explanation("outside_pipeline", inputs.status, pipeline=home, only_pipeline=only, trials=trials)
    return _Speaking(mapping, "outside_pipeline", why)


def _trial(rule: Rule, number: int, inputs: Inputs, home: int | None) -> Trial:
    """Try one rule: any of the values within an entity, all entities together."""
    asked: Conditions = rule.conditions
    pipeline = rule.mapping.pipeline if home is None else home
    employee = frozenset() if inputs.employee is None else frozenset({inputs.employee})
    return Trial(
        rule.id,
        number,
        (
            _answer(Entity.LOCATION, asked.locations, frozenset({inputs.location})),
            _answer(Entity.PIPELINE, asked.pipelines, frozenset({pipeline})),
            _answer(Entity.EMPLOYEE, asked.employees, employee),
            _answer(Entity.SERVICE_CATEGORY, asked.service_categories, inputs.categories),
        ),
    )


def _answer(entity: Entity, wanted: frozenset[int], met: frozenset[int] | None) -> Answer:
    fits = None if not wanted else met is not None and not wanted.isdisjoint(met)
    return Answer(entity, wanted, met, fits)


def _trial_json(trial: Trial) -> dict[str, object]:
    return {
        "rule": trial.rule,
        "number": trial.number,
        "matches": trial.matches,
        "conditions": [
            {
                "entity": answer.entity.value,
                "fits": answer.fits,
                "wanted": sorted(answer.wanted),
                "met": None if answer.met is None else sorted(answer.met),
            }
            for answer in trial.answers
            if answer.fits is not None
        ],
    }


def _statuses_at(place: Place, mapping: Mapping | None) -> tuple[BookingStatus, ...]:
    """Return the statuses that a mapping puts at a stage."""
    if mapping is None or mapping.pipeline != place.pipeline:
        return ()
    return tuple(status for status in BookingStatus if mapping.stages.get(status) == place.stage)


def _pipeline(id: int, pipelines: Sequence[Pipeline]) -> Pipeline:
    for pipeline in pipelines:
        if pipeline.id == id:
            return pipeline
    raise UnknownStage(id, None)


def _place(mapping: Mapping, pipelines: Sequence[Pipeline], stage: int | None = None) -> Place:
    """Return a stage of the mapping, its landing stage by default."""
    pipeline, wanted = _pipeline(mapping.pipeline, pipelines), mapping.landing if stage is None else stage
    for known in pipeline.stages:
        if known.id == wanted:
            return Place(pipeline.id, known.id)
    raise UnknownStage(pipeline.id, wanted)


def _first_stage(pipeline: Pipeline) -> int:
    for stage in pipeline.stages:
        if stage.kind == "open":
            return stage.id
    raise UnknownStage(pipeline.id, None)
