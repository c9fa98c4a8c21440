"""Takes Kommo's webhooks: `POST /webhooks/kommo/{installation}/{key}`."""

from typing import Any

from bookdeal.kommo.webhooks import hints_from
from bookdeal.runtime.intake import Answer, Intake

# Built while the function starts: a first webhook has to be answered within two seconds.
INTAKE = Intake.from_environment("kommo", hints_from)


def handler(event: dict[str, Any], context: object) -> Answer:  # noqa: ARG001 - Lambda passes both
    """Answer one webhook; see `Intake.answer`."""
    return INTAKE.answer(event)
