"""Works off the queue of hints: each installation's hints in one run, each installation its own fault boundary."""

from typing import Any

from bookdeal.bookings.mover.serving import Server

server = Server.from_environment()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Serve one batch of hints; return the messages that must come again, as SQS expects it."""
    again = server.serve(event["Records"], context.get_remaining_time_in_millis() / 1000)
    return {"batchItemFailures": [{"itemIdentifier": message} for message in again]}
