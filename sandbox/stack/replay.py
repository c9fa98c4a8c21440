"""Posting recorded webhooks to the running stack, as their provider would.

A recorded webhook is `{"headers": {…}, "body": "…"}` and goes to Kommo's address. A list of Altegio records (or
`{"data": […]}`) becomes one record hook each and goes to Altegio's. The addresses are those where the simulators ring.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from .description import StackDescription

JSON_HEADERS = {"Content-Type": "application/json"}
ALTEGIO_TYPE = "application/vnd.api.v2+json"
TIMEOUT = 30


class NotReplayable(Exception):
    """The file holds no webhooks, or nothing listens; the text is for the user."""


def replay(file: Path, stack: StackDescription) -> Iterator[tuple[str, int]]:
    """Post what the file holds, one after the other; gives what was posted and the status that was answered.

    Raises NotReplayable, OSError when the file cannot be read, requests.RequestException when the stack is not there.
    """
    try:
        content = json.loads(file.read_text())
    except ValueError:
        raise NotReplayable(f"{file} is no JSON") from None
    if isinstance(content, dict) and isinstance(content.get("body"), str):
        yield file.name, _post(_kommo_address(stack), content["body"].encode(), content.get("headers") or {})
        return
    records = content.get("data") if isinstance(content, dict) else content
    if not isinstance(records, list) or not all(isinstance(record, dict) and "id" in record for record in records):
        raise NotReplayable(f"{file} holds neither a webhook (headers, body) nor a list of records")
    address = _altegio_address(stack)
    for record in records:
        yield f"record {record['id']}", _post(address, json.dumps(_hook(record)).encode(), JSON_HEADERS)


def _hook(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "company_id": record.get("company_id"),
        "resource": "record",
        "resource_id": record["id"],
        "status": "delete" if record.get("deleted") else "update",
        "data": record,
    }


def _post(address: str, body: bytes, headers: dict[str, str]) -> int:
    return requests.post(address, data=body, headers=headers, timeout=TIMEOUT).status_code


def _kommo_address(stack: StackDescription) -> str:
    answer = requests.get(
        f"{stack.kommo.base_url}/api/v4/webhooks",
        headers={"Authorization": f"Bearer {stack.kommo.access_token}"},
        timeout=TIMEOUT,
    )
    found = answer.json()["_embedded"]["webhooks"] if answer.status_code == requests.codes.ok else []
    return _ours([webhook["destination"] for webhook in found], stack, "kommo")


def _altegio_address(stack: StackDescription) -> str:
    tokens = f"Bearer {stack.altegio.partner_token}, User {stack.altegio.user_token}"
    answer = requests.get(
        f"{stack.altegio.base_url}/api/v1/hooks_settings/{stack.altegio.locations[0]}",
        headers={"Authorization": tokens, "Accept": ALTEGIO_TYPE},
        timeout=TIMEOUT,
    )
    found = answer.json()["data"]["urls"] if answer.status_code == requests.codes.ok else []
    return _ours(found, stack, "altegio")


def _ours(addresses: list[str], stack: StackDescription, source: str) -> str:
    for address in addresses:
        if address.startswith(f"{stack.api}/webhooks/{source}/"):
            return address
    raise NotReplayable(f"{source} rings nowhere: the account is not installed")
