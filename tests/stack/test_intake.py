"""The door: what is no webhook of ours is refused or ignored, and nothing stops or is lost."""

import time

import pytest
import requests

from bookdeal.runtime.webhook_key import server_keys, sign

from .town import Town

RECORD = {"company_id": 900100, "resource": "record", "resource_id": 1, "status": "update", "data": {"id": 1}}


def address(town: Town, source: str = "altegio", installation: str = "demo", generation: int = 1) -> str:
    key = sign(server_keys(town.stack.deployment.secret("webhook-keys"))[0], source, installation, generation)
    return f"{town.stack.description.api}/webhooks/{source}/{installation}/{key}"


def test_a_key_that_is_not_ours_gets_404_without_a_word(town: Town) -> None:
    right = address(town)
    wrong_keys = [
        right[:-1] + ("0" if right[-1] != "0" else "1"),
        right.replace("/demo/", "/other/"),
        right.replace("/altegio/", "/kommo/"),
        right.rsplit("/", 1)[0] + "/1.x",
        right.rsplit("/", 1)[0] + "/" + "9" * 2000,
    ]
    for url in wrong_keys:
        answer = requests.post(url, json=RECORD, timeout=10)
        assert (answer.status_code, answer.text) == (404, ""), url


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_refused(town: Town, method: str) -> None:
    answer = requests.request(method, address(town), timeout=10)
    assert answer.status_code in (403, 404, 405)


def test_an_unknown_route_is_refused(town: Town) -> None:
    answer = requests.post(f"{town.stack.description.api}/webhooks/other/demo/1.abc", json={}, timeout=10)
    assert answer.status_code in (403, 404)


@pytest.mark.parametrize("source", ["altegio", "kommo"])
@pytest.mark.parametrize(
    "body",
    [b"{broken", b"", b"\xff\xfe\x00", b"[]", b'"text"', b"x" * 1_000_000, b"a[b][=1&&&=%zz", b"null"],
    ids=["broken", "empty", "bytes", "list", "text", "1_MB", "brackets", "null"],
)
def test_a_body_that_cannot_be_read_is_taken_and_rings_for_everything(town: Town, source: str, body: bytes) -> None:
    booking = town.upcoming(1)[0]
    town.tell("altegio", "webhooks", {"paused": True})
    town.set_status(booking, 2)
    answer = requests.post(address(town, source), data=body, timeout=10)
    assert (answer.status_code, answer.text) == (204, "")
    town.come_to_rest()
    if source == "altegio" and body not in (b"[]", b""):
        assert town.stage(town.deal(booking)) == "Confirmed"
    else:
        town.sweep()
        assert town.stage(town.deal(booking)) == "Confirmed"


def test_what_is_about_nothing_of_interest_is_taken_and_dropped(town: Town) -> None:
    before = len(town.lines("deal_mover"))
    for given in ({**RECORD, "resource": "weather"}, {**RECORD, "resource": "good"}, {"hello": 1}):
        assert requests.post(address(town), json=given, timeout=10).status_code == 204
    town.come_to_rest()
    time.sleep(0.5)
    assert len(town.lines("deal_mover")) - before <= 1


def test_an_unknown_installation_is_ignored_with_a_reason_and_stops_nobody(town: Town) -> None:
    assert requests.post(address(town, installation="nobody"), json=RECORD, timeout=10).status_code == 204
    booking = town.upcoming(1)[0]
    town.set_status(booking, 2)
    town.come_to_rest()
    assert town.stage(town.deal(booking)) == "Confirmed"
    outcomes = {line.get("installation"): line["outcome"] for line in town.lines("deal_mover")}
    assert outcomes["nobody"] == "unknown_installation"


def test_a_key_of_an_older_generation_rings_nothing(town: Town) -> None:
    requests.post(address(town, generation=7), json=RECORD, timeout=10)
    town.come_to_rest()
    assert any(line["outcome"] == "outdated_key" for line in town.lines("deal_mover"))


def test_a_booking_of_a_foreign_location_is_ignored(town: Town) -> None:
    requests.post(address(town), json={**RECORD, "company_id": 5}, timeout=10)
    town.come_to_rest()
    assert any(line.get("counts", {}).get("foreign") for line in town.lines("deal_mover"))


def test_no_log_line_or_queue_message_names_a_person(town: Town) -> None:
    booking = town.upcoming(1)[0]
    client = booking["client"]
    town.set_status(booking, 2)
    town.come_to_rest()
    logs = "\n".join(
        line for name in ("altegio_webhook", "kommo_webhook", "deal_mover") for line in town.stack.logs(name)
    )
    secrets = [client["name"], client["phone"].lstrip("+"), town.altegio.partner_token, town.kommo.client_secret]
    assert [word for word in secrets if word and word in logs] == []
