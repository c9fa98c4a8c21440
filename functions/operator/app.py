"""The operator's desk: called directly, by nobody but who may call the function; see `bookdeal.desk.requests`."""

from typing import Any

from bookdeal.desk.serving import Operator

operator = Operator.from_environment()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Serve one request."""
    return operator.serve(event, context.get_remaining_time_in_millis() / 1000)
