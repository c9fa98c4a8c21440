"""What the board reads of the emulated AWS: decisions about deals, how many hints wait. And the mover's end."""

from typing import Any

from sandbox.stack import deployment, emulator
from sandbox.stack.description import AwsAccess

from .wire import Wire

QUEUE_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
MILLISECOND_DIGITS = 13
SHOWN_IN_CARD = 20


class Cloud:
    """The deployed stack. Its methods block: call them in a thread."""

    def __init__(self, aws: AwsAccess, installation: str) -> None:
        self._deployment = deployment.attach(aws)
        self._installation = installation
        self._dynamodb = self._deployment.client("dynamodb")
        self._sqs = self._deployment.client("sqs")

    def decisions(self, deal: int, newest: int = SHOWN_IN_CARD) -> list[Wire]:
        """A deal's latest decisions, latest first: `{"at", "event", "rule", "before", "after", "fields", "skipped"}`.

        `before` and `after` are `[pipeline, stage]` or None, `at` unix seconds.
        """
        answer = self._dynamodb.query(
            TableName=self._deployment.outputs["DecisionsTable"],
            KeyConditionExpression="installation = :installation AND begins_with(#key, :deal)",
            ExpressionAttributeNames={"#key": "key"},
            ExpressionAttributeValues={":installation": {"S": self._installation}, ":deal": {"S": f"deal#{deal}#"}},
            ScanIndexForward=False,
            Limit=newest,
        )
        return [_decision(item) for item in answer["Items"]]

    def hints_waiting(self) -> int:
        """How many hints wait or are in work."""
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._deployment.outputs["HintsQueueUrl"], AttributeNames=list(QUEUE_COUNTS)
        )["Attributes"]
        return sum(int(attributes.get(one, 0)) for one in QUEUE_COUNTS)

    def kill_mover(self) -> int:
        """Kill the mover's processes; gives how many there were."""
        return emulator.kill_function(self._deployment.aws, self._deployment.function_name("deal_mover"))


def _decision(item: dict[str, dict[str, Any]]) -> Wire:
    stamp = item["key"]["S"].rsplit("#", 1)[1]
    return {
        "at": int(stamp[:MILLISECOND_DIGITS]) / 1000,
        "event": _plain(item.get("event")),
        "rule": _plain(item.get("rule")),
        "before": _plain(item.get("before")),
        "after": _plain(item.get("after")),
        "fields": _plain(item.get("fields")) or [],
        "skipped": _plain(item.get("skipped")),
    }


def _plain(value: dict[str, Any] | None) -> Any:
    """A stored attribute as a plain value."""
    match value:
        case {"S": str(text)}:
            return text
        case {"N": str(number)}:
            return int(number)
        case {"L": list(items)}:
            return [_plain(one) for one in items]
        case _:
            return None
