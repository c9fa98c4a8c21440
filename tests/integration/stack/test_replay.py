"""Replaying recorded webhooks: each kind of file goes to its provider's address, as that provider would send it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses
from requests import PreparedRequest

from sandbox.stack.replay import NotReplayable, replay

from .test_starting import DESCRIPTION

KOMMO = f"{DESCRIPTION.api}/webhooks/kommo/demo/1.key"
ALTEGIO = f"{DESCRIPTION.api}/webhooks/altegio/demo/1.key"


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        web.get(
            f"{DESCRIPTION.kommo.base_url}/api/v4/webhooks",
            json={"_embedded": {"webhooks": [{"destination": "https://other.example.test/"}, {"destination": KOMMO}]}},
        )
        web.get(
            f"{DESCRIPTION.altegio.base_url}/api/v1/hooks_settings/900100",
            json={"data": {"urls": ["https://other.example.test/", ALTEGIO]}},
        )
        web.post(KOMMO, status=204)
        web.post(ALTEGIO, status=204)
        yield web


def posted(web: responses.RequestsMock, address: str) -> list[PreparedRequest]:
    return [call.request for call in web.calls if call.request.url == address]


def write(folder: Path, content: object) -> Path:
    file = folder / "recorded.json"
    file.write_text(json.dumps(content))
    return file


def test_a_recorded_webhook_goes_to_kommos_address_unchanged(web: responses.RequestsMock, tmp_path: Path) -> None:
    body = "leads%5Bstatus%5D%5B0%5D%5Bid%5D=5&leads%5Bstatus%5D%5B0%5D%5B="
    file = write(tmp_path, {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": body})
    assert list(replay(file, DESCRIPTION)) == [("recorded.json", 204)]
    (request,) = posted(web, KOMMO)
    assert request.body == body.encode()
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("wrapped", [False, True])
def test_records_become_hooks_of_altegio(web: responses.RequestsMock, tmp_path: Path, wrapped: bool) -> None:
    records = [{"id": 1, "company_id": 900100}, {"id": 2, "company_id": 900100, "deleted": True}]
    file = write(tmp_path, {"data": records} if wrapped else records)
    assert list(replay(file, DESCRIPTION)) == [("record 1", 204), ("record 2", 204)]
    hooks = [json.loads(request.body or b"") for request in posted(web, ALTEGIO)]
    assert [(hook["resource"], hook["resource_id"], hook["status"]) for hook in hooks] == [
        ("record", 1, "update"),
        ("record", 2, "delete"),
    ]
    assert [hook["data"] for hook in hooks] == records


@pytest.mark.parametrize("content", [{"something": "else"}, [1, 2], [{"no": "id"}], "text"])
def test_what_is_no_recording_is_refused(web: responses.RequestsMock, tmp_path: Path, content: object) -> None:
    with pytest.raises(NotReplayable, match="holds neither"):
        list(replay(write(tmp_path, content), DESCRIPTION))


def test_an_account_that_rings_nowhere_is_said(web: responses.RequestsMock, tmp_path: Path) -> None:
    web.replace("GET", f"{DESCRIPTION.kommo.base_url}/api/v4/webhooks", status=204)
    with pytest.raises(NotReplayable, match="not installed"):
        list(replay(write(tmp_path, {"headers": {}, "body": "a=1"}), DESCRIPTION))
