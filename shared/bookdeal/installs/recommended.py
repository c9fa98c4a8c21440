"""The recommended pipeline: found by its names, made when it is not there, so that asking twice makes no second one."""

from collections.abc import Mapping

from bookdeal.installs.layout import AccountReader
from bookdeal.model.booking import BookingStatus
from bookdeal.model.deal import NewPipeline, Pipeline
from bookdeal.model.settings import Mapping as StageMapping
from bookdeal.runtime.errors import UnknownOutcome

PIPELINE: Mapping[str, str] = {"en": "Bookings", "es": "Citas", "pt": "Reservas", "ru": "Записи"}
"""What the pipeline is called, by the account's language."""

STAGES: Mapping[BookingStatus, Mapping[str, str]] = {
    BookingStatus.WAITING: {"en": "New booking", "es": "Nueva cita", "pt": "Nova reserva", "ru": "Новая запись"},
    BookingStatus.CONFIRMED: {"en": "Confirmed", "es": "Confirmada", "pt": "Confirmada", "ru": "Подтверждена"},
    BookingStatus.NO_SHOW: {"en": "No-show", "es": "No asistió", "pt": "Não compareceu", "ru": "Не пришёл"},
}
"""The open stages; who arrived is won, what was cancelled is lost."""

_CLOSED = {BookingStatus.ARRIVED: "won", BookingStatus.CANCELLED: "lost"}


def recommended(kommo: AccountReader, language: str) -> StageMapping:
    """Return the mapping into the recommended pipeline, which is made if the account has none in any language.

    Raises Rejected("rights") where the token is no administrator's, UnknownOutcome when it cannot be seen afterwards.
    """
    found = _found(kommo.pipelines())
    if found is None:
        stages = tuple(names.get(language, names["en"]) for names in STAGES.values())
        kommo.create_pipeline(NewPipeline(PIPELINE.get(language, PIPELINE["en"]), stages))
        found = _found(kommo.pipelines())
    if found is None:
        raise UnknownOutcome("pipeline")
    return found


def _found(pipelines: tuple[Pipeline, ...]) -> StageMapping | None:
    named = (pipeline for pipeline in pipelines if pipeline.name in PIPELINE.values())
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
