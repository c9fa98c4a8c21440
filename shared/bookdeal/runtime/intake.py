"""A webhook at the door: check the key, turn the body into hints, ring, answer. Kommo gives it two seconds."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from bookdeal.model.hint import Hint
from bookdeal.runtime import aws, parameters, webhook_key
from bookdeal.runtime.clock import Clock, SystemClock
from bookdeal.runtime.environment import IntakeEnvironment, load
from bookdeal.runtime.errors import NotFound, Transient
from bookdeal.runtime.observe import WEBHOOKS_NOT_TAKEN, Unit, unit
from bookdeal.runtime.queue import Hints

type Answer = dict[str, Any]
"""What a function behind the REST API returns: statusCode and body."""


class HintReader(Protocol):
    """Reads a provider's webhook body. Never raises: a body that it cannot read rings the hint for "everything"."""

    def __call__(
        self, body: bytes, *, installation: str, generation: int, seen_at: float, correlation_id: str
    ) -> list[Hint]:
        """Return the hints, none when the body is about nothing of interest."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """The intake of one provider's webhooks. `source` is the provider's name in keys and hints."""

    source: str
    hints_from: HintReader
    environment: IntakeEnvironment
    hints: Hints
    clock: Clock

    @staticmethod
    def from_environment(source: str, hints_from: HintReader) -> "Intake":
        """Return the intake that the function's environment describes. Raises BadEnvironment."""
        environment = load(IntakeEnvironment)
        return Intake(source, hints_from, environment, Hints(environment.hints_queue_url, aws.sqs()), SystemClock())

    def answer(self, event: Mapping[str, Any]) -> Answer:
        """Answer a request of the REST API to `/webhooks/{source}/{installation}/{key}`, always with an empty body.

        204: taken, also where the body is too large, broken or about nothing of interest, since a refusal would get
        the hook disabled. 404: not a key of ours. 405: not a POST. 503: the queue or the keys cannot be reached.
        """
        correlation_id = str((event.get("requestContext") or {}).get("requestId") or uuid4())
        try:
            with unit("intake", "webhook", source=self.source, correlation_id=correlation_id) as current:
                if event.get("httpMethod") != "POST":
                    current.note(status=405, outcome="wrong_method")
                    return _answer(405)
                try:
                    self._ring(event, correlation_id, current)
                except Transient:
                    current.measure(WEBHOOKS_NOT_TAKEN, 1)
                    raise
                current.note(status=204)
                return _answer(204)
        except (NotFound, Transient) as error:
            return _answer(error.http_status)

    def _ring(self, event: Mapping[str, Any], correlation_id: str, current: Unit) -> None:
        path = event.get("pathParameters") or {}
        installation = str(path.get("installation") or "")
        keys = webhook_key.server_keys(parameters.secret(self.environment.webhook_keys_parameter))
        generation = webhook_key.verify(keys, self.source, installation, str(path.get("key") or ""))
        if generation is None:
            raise NotFound("webhook_key")
        body = _body(event)
        current.note(installation=installation, generation=generation, bytes=len(body))
        hints = self.hints_from(
            body,
            installation=installation,
            generation=generation,
            seen_at=self.clock.now(),
            correlation_id=correlation_id,
        )
        current.note(hints=self.hints.send(hints), kinds=sorted({hint.kind.value for hint in hints}))


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(text).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return b""  # Nothing that can be read: the reader rings for everything.


def _answer(status: int) -> Answer:
    return {"statusCode": status, "body": ""}
