"""The queue of hints: one FIFO group per installation, so that one writer at a time serves an account."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from bookdeal.model.hint import Hint
from bookdeal.runtime import aws
from bookdeal.runtime.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_MOST_IN_BATCH = 10
_LARGEST_BATCH = 200 * 1024
_LONGEST_DEFERRAL = 12 * 3600


@dataclass(frozen=True, slots=True)
class Hints:
    """The queue, known by its address."""

    queue_url: str
    client: "SQSClient"

    def send(self, hints: Iterable[Hint]) -> int:
        """Put hints into the queue and return how many. Raises Transient when it does not take all of them.

        Some may be in the queue then; sending them again does no harm. Each gets a deduplication id of its own: two
        equal hints are two rings of the bell, and the second may be about a later change.
        """
        sent = 0
        for entries in _batches(hints):
            try:
                with aws.failures("queue"):
                    answer = self.client.send_message_batch(QueueUrl=self.queue_url, Entries=entries)
            except ClientError:
                raise Transient("queue") from None
            if answer.get("Failed"):
                raise Transient("queue")
            sent += len(entries)
        return sent

    def defer(self, receipt_handle: str, seconds: float) -> None:
        """Let a message that is being worked on come back after that many seconds. Raises Transient."""
        try:
            with aws.failures("queue"):
                self.client.change_message_visibility(
                    QueueUrl=self.queue_url,
                    ReceiptHandle=receipt_handle,
                    VisibilityTimeout=min(max(ceil(seconds), 0), _LONGEST_DEFERRAL),
                )
        except ClientError:
            raise Transient("queue") from None


def _batches(hints: Iterable[Hint]) -> Iterator[list[Any]]:
    entries: list[Any] = []
    size = 0
    for hint in hints:
        body = hint.to_json()
        if entries and (len(entries) == _MOST_IN_BATCH or size + len(body) > _LARGEST_BATCH):
            yield entries
            entries, size = [], 0
        entries.append(
            {
                "Id": str(len(entries)),
                "MessageBody": body,
                "MessageGroupId": hint.installation,
                "MessageDeduplicationId": str(uuid4()),
            }
        )
        size += len(body)
    if entries:
        yield entries
