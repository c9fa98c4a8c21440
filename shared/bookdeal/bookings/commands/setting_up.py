"""The command that sets an account up: the recommended pipeline, and the fields that the settings want."""

from typing import Any

from bookdeal.bookings.deals.run import Run
from bookdeal.installs.layout import create_fields
from bookdeal.installs.recommended import recommended
from bookdeal.model.command import Command, Done
from bookdeal.model.field_codes import Entity, field_plan

_ENTITIES: tuple[Entity, ...] = ("deals", "contacts")


def set_up(command: Command, run: Run) -> Done:
    """Make what `params` ask for: `pipeline`, `fields`, and by their codes `optional` fields of deals.

    The result has the mapping to choose, how many fields there are, and the ids to choose for the optional ones. What
    is there is found again and not made twice, so that a repetition after a kill ends in the same.
    """
    result: dict[str, Any] = {}
    language = run.layout.account.language
    if command.params.get("pipeline"):
        run.deadline.check(run.margin)
        mapping = recommended(run.kommo, language)
        stages = {status.value: stage for status, stage in mapping.stages.items()}
        result["mapping"] = {"pipeline": mapping.pipeline, "landing": mapping.landing, "stages": stages}
    if command.params.get("fields"):
        result["fields"] = 0
        for entity in _ENTITIES:
            run.deadline.check(run.margin)
            wanted = [code for code, id in field_plan(run.installation.settings).of(entity).items() if id is None]
            result["fields"] += len(create_fields(run.kommo, entity, wanted, language))
    if optional := command.params.get("optional"):
        run.deadline.check(run.margin)
        made = create_fields(run.kommo, "deals", optional, language)
        result["optional"] = {code: field.id for code, field in made.items()}
    return Done(result)
