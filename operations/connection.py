"""The way to a stack's desk: the deployed one in an AWS account, or the one that runs on this machine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

LOCAL_STACK = "bookdeal-local"
DESCRIPTION = Path(__file__).resolve().parents[1] / ".local" / "stack.json"
# A request is never sent twice by itself: what was asked may have been done although no answer came.
_CONFIG = Config(read_timeout=70, retries={"total_max_attempts": 1})


class NotReached(Exception):
    """There is no stack to ask, or it did not answer as a desk does."""


class Refused(Exception):
    """The desk refuses what was asked: its code, reason and parameters."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        params = ", ".join(f"{name} {value}" for name, value in error["params"].items())
        super().__init__(": ".join(filter(None, (error["code"], error["reason"]))) + (f" ({params})" if params else ""))
        self.error = dict(error)


@dataclass(frozen=True, slots=True)
class Connection:
    """One stack's desk."""

    client: "LambdaClient"
    function: str

    def ask(self, command: str, **params: Any) -> dict[str, Any]:
        """Ask one thing; returns the answer. Raises Refused, NotReached, and boto3's own errors."""
        request = {"command": command, **params}
        answer = self.client.invoke(FunctionName=self.function, Payload=json.dumps(request).encode())
        said = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError") or not isinstance(said, dict):
            raise NotReached("the desk crashed; its log says where")
        if "error" in said:
            raise Refused(said["error"])
        found: dict[str, Any] = said["answer"]
        return found


def connect(*, stack: str = "", profile: str = "", region: str = "", description: Path = DESCRIPTION) -> Connection:
    """Return the desk of a deployed stack by its name, without a name that of the stack on this machine."""
    if stack:
        session = boto3.Session(profile_name=profile or None, region_name=region or None)
        return Connection(session.client("lambda", config=_CONFIG), f"{stack}-operator")
    try:
        aws = json.loads(description.read_text())["aws"]
    except OSError:
        raise NotReached("no stack runs on this machine; name a deployed one with --stack") from None
    session = boto3.Session("test", "test", region_name=aws["region"])
    client = session.client("lambda", endpoint_url=aws["endpoint_url"], config=_CONFIG)
    return Connection(client, f"{LOCAL_STACK}-operator")
