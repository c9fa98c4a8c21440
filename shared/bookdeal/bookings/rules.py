"""Where a deal should stand. Pure and total: every input gets an answer, and the answer says which rule gave it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bookdeal.model.booking import Booking, BookingStatus
from bookdeal.model.deal import Pipeline, Place
from bookdeal.model.settings import Mapping, Settings, StatusSync, SyncMode

WON, LOST = "won", "lost"


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the choice of a stage may depend on. While it stays equal, a person's hand on the stage wins."""

    status: BookingStatus
    location: int
    employee: int | None
    services: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The stage the rules want (None: leave it) and the rule that said so, as a code for the reader's screen."""

    place: Place | None
    rule: str


class UnknownStage(Exception):
    """A mapping names a pipeline or stage that the account does not have (any more)."""

    def __init__(self, pipeline: int, stage: int | None) -> None:
        """Remember which one."""
        super().__init__(f"pipeline {pipeline}, stage {stage}")
        self.pipeline = pipeline
        self.stage = stage


def inputs_of(booking: Booking) -> Inputs:
    """Return what the choice of a stage depends on."""
    return Inputs(
        status=booking.status,
        location=booking.location,
        employee=booking.employee.id if booking.employee else None,
        services=tuple(sorted({line.service for line in booking.services})),
    )


def landing_place(sync: StatusSync, pipelines: Sequence[Pipeline]) -> Place:
    """Return where a new deal lands when no status puts it elsewhere.

    Without a mapping this is the first stage of the main pipeline. Raises UnknownStage for one that vanished.
    """
    if sync.mapping is None:
        main = next((pipeline for pipeline in pipelines if pipeline.is_main), None) or next(iter(pipelines), None)
        if main is None:
            raise UnknownStage(0, None)
        return Place(main.id, _first_stage(main))
    pipeline = _pipeline(sync.mapping, pipelines)
    if sync.mapping.landing is None:
        return Place(pipeline.id, _first_stage(pipeline))
    return _place(pipeline, sync.mapping.landing)


def verdict(inputs: Inputs, sync: StatusSync, pipelines: Sequence[Pipeline]) -> Verdict:
    """Return the stage that a booking with these inputs belongs to, or None when its status moves nothing.

    Raises UnknownStage for a vanished pipeline or stage.
    """
    if sync.mode is SyncMode.OFF or sync.mapping is None:
        return Verdict(None, "off")
    stage = sync.mapping.stages.get(inputs.status)
    if stage is None:
        return Verdict(None, f"simple.{inputs.status}.unmapped")
    return Verdict(_place(_pipeline(sync.mapping, pipelines), stage), f"simple.{inputs.status}")


def first_place(inputs: Inputs, sync: StatusSync, pipelines: Sequence[Pipeline]) -> Verdict:
    """Return where the deal of a booking seen for the first time is made: by its status, else the landing stage."""
    by_status = verdict(inputs, sync, pipelines)
    if by_status.place is not None:
        return by_status
    return Verdict(landing_place(sync, pipelines), f"{by_status.rule}.landing")


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
    if settings.start_from is not None and booking.starts_at.date() < settings.start_from:
        return "before_start"
    if booking.client is None and not settings.deals_without_client:
        return "no_client"
    return None


def _pipeline(mapping: Mapping, pipelines: Sequence[Pipeline]) -> Pipeline:
    for pipeline in pipelines:
        if pipeline.id == mapping.pipeline:
            return pipeline
    raise UnknownStage(mapping.pipeline, None)


def _place(pipeline: Pipeline, stage: int) -> Place:
    if any(known.id == stage for known in pipeline.stages):
        return Place(pipeline.id, stage)
    raise UnknownStage(pipeline.id, stage)


def _first_stage(pipeline: Pipeline) -> int:
    for stage in pipeline.stages:
        if stage.kind == "open":
            return stage.id
    raise UnknownStage(pipeline.id, None)
