"""Webhooks of the Altegio simulator: settings, contents, delivery (contract §9)."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.simulators.altegio_account import GRACIA, SANTS, Account, fresh, running_account, wait_until
from tests.integration.simulators.receiver import Receiver

FLAGS = ("record", "client", "finances_operation", "goods_operations_sale")


@pytest.fixture(scope="module")
def server() -> Iterator[Account]:
    with running_account(scenario="demo") as account:
        yield account


@pytest.fixture
def account(server: Account) -> Account:
    return fresh(server)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def subscribe(account: Account, receiver: Receiver, **changes: Any) -> dict[str, Any]:
    body = {"urls": [receiver.url], "active": 1, "self_sending": 1, **dict.fromkeys(FLAGS, 1), **changes}
    found: dict[str, Any] = account.data("POST", f"/hooks_settings/{GRACIA}", body, status=201)
    return found


def heard(account: Account, receiver: Receiver) -> list[dict[str, Any]]:
    """All hooks received once nothing is queued any more."""
    wait_until(lambda: account.control("GET", "/idle")["idle"])
    return [json.loads(one.body) for one in receiver.received]


def named(hooks: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(one["resource"], one["status"], one["resource_id"]) for one in hooks]


class TestSettings:
    def test_saving_replaces_what_the_location_had(self, account: Account) -> None:
        path = f"/hooks_settings/{GRACIA}"
        assert account.data("GET", path)["urls"] == [""]
        first = {"urls": ["https://one.example.test", "https://one.example.test"], "active": 1, "record": "1"}
        saved = account.data("POST", path, first, status=201)
        assert saved["urls"] == ["https://one.example.test"]
        assert (saved["record"], saved["client"], saved["self_sending"]) == (1, 0, 0)
        account.data("POST", path, {"urls": ["https://two.example.test"], "client": 1}, status=201)
        now = account.data("GET", path)
        assert (now["urls"], now["record"], now["client"], now["active"]) == (["https://two.example.test"], 0, 1, 0)
        assert account.data("GET", f"/hooks_settings/{SANTS}")["urls"] == [""]

    @pytest.mark.parametrize(
        "urls", [[], [""], "https://one.example.test", ["ftp://x"], [f"https://{n}.example.test" for n in range(11)]]
    )
    def test_no_address_too_many_or_a_wrong_one_is_422(self, account: Account, urls: Any) -> None:
        assert account.call("POST", f"/hooks_settings/{GRACIA}", {"urls": urls}).status_code == 422

    def test_settings_outlive_a_reset_that_spares_them(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver)
        account.control("POST", "/reset", {"scenario": "empty"})
        account.control("POST", "/reset", {"scenario": "demo"})
        account.control("POST", "/change", {"count": 1, "attendance": 1})
        assert len(heard(account, receiver)) == 1


class TestContents:
    def test_a_booking_from_making_to_restoring(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver)
        made = account.book()
        account.data("PUT", f"/visits/{made['visit_id']}/{made['id']}", {"attendance": 2, "comment": "x"})
        account.call("DELETE", f"/record/{GRACIA}/{made['id']}")
        account.control("POST", "/restore", {"ids": [made["id"]]})
        account.control("POST", "/touch", {"ids": [made["id"]]})
        hooks = heard(account, receiver)
        number, client = made["id"], made["client"]["id"]
        assert sorted(named(hooks)) == sorted(
            [
                ("client", "create", client),
                ("record", "create", number),
                ("record", "update", number),
                ("record", "delete", number),
                ("record", "update", number),
                ("record", "update", number),
            ]
        )
        deleted = next(one for one in hooks if one["status"] == "delete")
        assert deleted["company_id"] == GRACIA
        data = deleted["data"]
        assert (data["deleted"], data["attendance"], data["comment"]) == (True, 2, "x")
        assert (data["composite"], data["comer_person_info"]) == ([], None)
        assert {"comment", "sex", "birthday"} <= set(data["client"])
        shown = account.record(number)
        latest = max(
            (one["data"] for one in hooks if one["resource"] == "record"), key=lambda one: one["last_change_date"]
        )
        assert {key: latest[key] for key in ("id", "date", "services", "visit_id", "api_id")} == {
            key: shown[key] for key in ("id", "date", "services", "visit_id", "api_id")
        }

    def test_payment_and_sale(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver)
        made = account.records()[0]
        account.control("POST", "/pay", {"ids": [made["id"]], "goods": [{"good_id": 26001}]})
        hooks = heard(account, receiver)
        assert sorted(one["resource"] for one in hooks) == [
            "finances_operation",
            "finances_operation",
            "goods_operations_sale",
        ]
        for one in hooks:
            assert one["data"]["record_id"] == made["id"]
        operation = next(one["data"] for one in hooks if one["data"].get("sold_item_type") == "service")
        assert (operation["visit_id"], operation["master"], operation["supplier"]) == (made["visit_id"], [], [])
        sale = next(one["data"] for one in hooks if one["resource"] == "goods_operations_sale")
        assert (sale["amount"], sale["good"]["title"]) == (-1, "Shampoo")

    def test_a_cancelled_event_cancels_its_bookings_aloud(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver)
        today = account.today().isoformat()
        event = account.data("GET", f"/activity/{GRACIA}/search/?from={today}&till={today}")[0]
        taken = [one["id"] for one in account.records() if one["activity_id"] == event["id"]]
        assert len(taken) == event["records_count"] == 3
        assert account.call("DELETE", f"/activity/{GRACIA}/{event['id']}").status_code == 202
        assert sorted(named(heard(account, receiver))) == [("record", "delete", one) for one in sorted(taken)]
        assert account.call("GET", f"/activity/{GRACIA}/{event['id']}").status_code == 404

    def test_a_changed_card_is_told(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver)
        client = account.records()[0]["client"]
        account.data("PUT", f"/client/{GRACIA}/{client['id']}", {"name": "New Name", "phone": client["phone"]})
        hooks = heard(account, receiver)
        assert named(hooks) == [("client", "update", client["id"])]
        assert (hooks[0]["data"]["name"], hooks[0]["data"]["phone"]) == ("New Name", client["phone"])

    def test_the_location_has_two_names_and_bodies_two_wrappings(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver, salon=1)
        for name in ("company", "salon"):
            account.control("POST", "/webhooks", {"location_resource": name, "array": name == "salon"})
            account.control("POST", "/licence", {"location": GRACIA, "paid": True})
            heard(account, receiver)
        first, second = heard(account, receiver)
        assert first["resource"] == "company"
        assert [one["resource"] for one in second] == ["salon"]  # type: ignore[index]


class TestWhoIsTold:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [({"record": 0}, 0), ({"active": 0}, 0), ({"self_sending": 0}, 0), ({"self_sending": 1}, 1)],
    )
    def test_flags_decide(self, account: Account, receiver: Receiver, changes: dict[str, int], expected: int) -> None:
        subscribe(account, receiver, client=0, **changes)
        account.book()
        assert len(heard(account, receiver)) == expected

    def test_what_the_salon_does_is_always_told(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver, self_sending=0)
        made = account.records()[0]
        path = f"{account.base_url}/api/v1/record/{GRACIA}/{made['id']}"
        assert account.session.delete(path, headers=account.look).status_code == 204
        assert named(heard(account, receiver)) == [("record", "delete", made["id"])]


class TestDelivery:
    def change(self, account: Account, count: int = 1) -> None:
        account.control("POST", "/change", {"count": count, "attendance": 1})

    @pytest.mark.parametrize(
        ("profile", "status", "attempts"),
        [("backend", 500, 3), ("backend", 429, 3), ("backend", 404, 1), ("docs", 500, 1)],
    )
    def test_retries_by_profile(
        self, account: Account, receiver: Receiver, profile: str, status: int, attempts: int
    ) -> None:
        subscribe(account, receiver)
        receiver.status = status
        account.control("POST", "/webhooks", {"profile": profile})
        self.change(account)
        for place in range(1, 4):
            wait_until(lambda: account.control("GET", "/idle")["idle"])
            account.control("POST", "/clock", {"shift_seconds": 1.6 * place})
        wait_until(lambda: len(receiver.received) >= attempts)
        wait_until(lambda: account.control("GET", "/webhooks")["retrying"] == 0)
        assert len(receiver.received) == attempts

    def test_a_lost_connection_is_tried_again(self, account: Account) -> None:
        body = {"urls": ["http://127.0.0.1:9/hook"], "active": 1, "record": 1}
        account.data("POST", f"/hooks_settings/{GRACIA}", body, status=201)
        self.change(account)
        wait_until(lambda: account.control("GET", "/webhooks")["retrying"] == 1)

    def test_the_queue_waits_by_the_clock(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver)
        account.control("POST", "/webhooks", {"delay_seconds": 5})
        self.change(account)
        time.sleep(0.05)
        assert receiver.received == []
        account.control("POST", "/clock", {"shift_seconds": 5})
        assert len(heard(account, receiver)) == 1

    def test_copies_losses_and_silence(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver)
        for profile, expected in (
            ({"duplicate": 3}, 8),
            ({"duplicate": 0, "drop": 1.0}, 0),
            ({"drop": 0, "paused": True}, 0),
        ):
            receiver.received.clear()
            account.control("POST", "/webhooks", profile)
            self.change(account, 2)
            assert len(heard(account, receiver)) == expected, profile

    def test_order_can_be_lost(self, account: Account, receiver: Receiver) -> None:
        subscribe(account, receiver)
        account.control("POST", "/webhooks", {"reorder": True, "reorder_seconds": 0.2})
        self.change(account, 40)
        order = [one["resource_id"] for one in heard(account, receiver)]
        assert len(order) == 40
        assert order != sorted(order)

    def test_an_uninstalled_application_is_told_at_its_own_address(self, account: Account, receiver: Receiver) -> None:
        for event in ("grant", "activate", "uninstall"):
            account.control("POST", "/application", {"event": event, "callback_url": receiver.url})
        told = heard(account, receiver)
        expected = {
            "salon_id": GRACIA,
            "application_id": account.granted["application_id"],
            "event": "uninstall",
            "partner_token": account.granted["partner_token"],
        }
        assert told == [expected]
