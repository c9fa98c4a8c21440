"""The recommended pipelines: found by their names, made where they are not there, so that a repetition makes none."""

from collections.abc import Mapping

from bookdeal.installs.layout import AccountReader
from bookdeal.model.booking import BookingStatus
from bookdeal.model.deal import NewPipeline, Pipeline
from bookdeal.model.settings import Mapping as StageMapping
from bookdeal.runtime.errors import UnknownOutcome

PIPELINE: Mapping[str, str] = {"en": "Bookings", "es": "Citas", "pt": "Agendamentos", "ru": "Записи"}
"""What the pipeline is called, by the account's language."""

HISTORY_PIPELINE: Mapping[str, str] = {
    "en": "Earlier bookings",
    "es": "Citas anteriores",
    "pt": "Agendamentos anteriores",
    "ru": "Прежние записи",
}
"""What the pipeline of imported bookings is called: no automation runs in one that is new."""

STAGES: Mapping[BookingStatus, Mapping[str, str]] = {
    BookingStatus.WAITING: {"en": "New booking", "es": "Nueva cita", "pt": "Novo agendamento", "ru": "Новая запись"},
    BookingStatus.CONFIRMED: {"en": "Confirmed", "es": "Confirmada", "pt": "Confirmado", "ru": "Подтверждена"},
    BookingStatus.NO_SHOW: {"en": "No-show", "es": "No asistió", "pt": "Não compareceu", "ru": "Не пришёл"},
}
"""The open stages; who arrived is won, what was cancelled is lost."""

_CLOSED = {BookingStatus.ARRIVED: "won", BookingStatus.CANCELLED: "lost"}


def recommended(kommo: AccountReader, language: str, names: Mapping[str, str] = PIPELINE) -> StageMapping:
    """Return the mapping into a recommended pipeline, which is made if the account has none of its names.

    Raises Rejected("rights") where the token is no administrator's, UnknownOutcome when it cannot be seen afterwards.
    """
    found = _found(kommo.pipelines(), names)
    if found is None:
        stages = tuple(stage.get(language, stage["en"]) for stage in STAGES.values())
        kommo.create_pipeline(NewPipeline(names.get(language, names["en"]), stages))
        found = _found(kommo.pipelines(), names)
    if found is None:
        raise UnknownOutcome("pipeline")
    return found


def _found(pipelines: tuple[Pipeline, ...], names: Mapping[str, str]) -> StageMapping | None:
    named = (pipeline for pipeline in pipelines if pipeline.name in names.values())
    return next(filter(None, map(_mapping, named)), None)


def _mapping(pipeline: Pipeline) -> StageMapping | None:
    """Return the mapping into a pipeline that has all the stages, None for one that has not."""
    stages: dict[BookingStatus, int | None] = {}
    for stage in pipeline.stages:
        for status, names in STAGES.items():
            if stage.kind == "open" and stage.name in names.values():
                stages.setdefault(status, stage.id)
        for status, kind in _CLOSED.items():
            if stage.kind == kind:
                stages[status] = stage.id
    is_whole = stages.keys() == set(BookingStatus)
    return StageMapping(pipeline.id, stages[BookingStatus.WAITING], stages) if is_whole else None
