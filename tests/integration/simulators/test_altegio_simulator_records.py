"""Records and visits: lists, rules of making and changing, shapes of the wire (contract §4, §11, §14)."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.simulators.altegio_account import GRACIA, Account, fresh, running_account

CARLA = "34600000101"


@pytest.fixture(scope="module")
def server() -> Iterator[Account]:
    with running_account(scenario="demo") as account:
        yield account


@pytest.fixture
def account(server: Account) -> Account:
    return fresh(server)


def full_body(record: dict[str, Any]) -> dict[str, Any]:
    """A PUT body that leaves a record as it is."""
    keys = ("id", "first_cost", "discount", "cost", "amount")
    return {
        "staff_id": record["staff_id"],
        "services": [{key: line[key] for key in keys} for line in record["services"]],
        "client": {"phone": record["client"]["phone"], "name": record["client"]["name"]},
        "datetime": record["date"],
        "seance_length": record["seance_length"],
        "attendance": record["attendance"],
        "comment": record["comment"],
        "record_labels": [str(one["id"]) for one in record["record_labels"]],
        "custom_color": record["custom_color"],
        "custom_fields": record["custom_fields"] or {},
        "api_id": record["api_id"],
        "save_if_busy": True,
    }


class TestMaking:
    def test_what_is_derived(self, account: Account) -> None:
        made = account.book(
            services=[{"id": 7001, "first_cost": 60, "amount": 2, "discount": 30}, {"id": 7003}],
            record_labels=["1324"],
            custom_color="#F44336",
            custom_fields={"source": "kommo"},
            comment="first time",
        )
        line = {
            "id": 7001,
            "title": "Haircut",
            "amount": 2,
            "cost_per_unit": 30,
            "first_cost": 60,
            "discount": 30,
            "manual_cost": 42,
            "cost": 42,
            "cost_to_pay": 42,
        }
        assert made["services"][0] == line
        assert made["services"][1]["cost"] == 20
        assert made["length"] == made["seance_length"] == 3600
        assert made["create_date"] == made["last_change_date"]
        assert made["visit_id"] > 0
        assert made["created_user_id"] == 300500
        assert (made["online"], made["confirmed"], made["attendance"], made["paid_full"]) == (False, 1, 0, 0)
        assert [one["type_id"] for one in made["documents"]] == [7]
        assert made["record_labels"][0]["color"] == "009800"
        assert made["custom_color"] == "F44336"
        assert re.fullmatch(r"[0-9a-f-]{36}", made["api_id"])
        assert made["client"]["phone"] == "+34600000500"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"staff_id": None}, "staff_id"),
            ({"seance_length": None}, "seance_length"),
            ({"save_if_busy": None}, "save_if_busy"),
            ({"services": None}, "services"),
            ({"datetime": None}, "datetime"),
            ({"datetime": "soon"}, "datetime"),
            ({"services": [{"id": 1}]}, "services"),
            ({"staff_id": 1}, "staff_id"),
            ({"attendance": 7}, "attendance"),
            ({"record_labels": ["9"]}, "record_labels"),
            ({"technical_break_duration": 301}, "technical_break_duration"),
            ({"client": {"phone": "123", "name": "Short"}}, "phone"),
            ({"client": {"id": 5}}, "client"),
        ],
    )
    def test_what_is_refused_makes_nothing(self, account: Account, changes: dict[str, Any], field: str) -> None:
        before = account.control("GET", "/state")["locations"]
        body = {**account.booking(), **changes}
        answer = account.call("POST", f"/records/{GRACIA}", {key: one for key, one in body.items() if one is not None})
        assert answer.status_code == 422
        assert field in answer.json()["meta"]["errors"]
        assert account.control("GET", "/state")["locations"] == before

    def test_a_busy_time_is_refused_unless_it_may_be_busy(self, account: Account) -> None:
        body = account.booking()
        day = body["datetime"][:10]
        account.data("POST", f"/records/{GRACIA}", body, status=201)
        stranger = {"client": {"phone": "34600000777", "name": "Stranger"}}
        overlapping = {**body, **stranger, "datetime": f"{day} 15:45:00"}
        assert account.call("POST", f"/records/{GRACIA}", overlapping).status_code == 409
        assert account.data("GET", f"/clients/{GRACIA}?id[]=0&phone=34600000777") != []
        found = account.data(
            "POST", f"/company/{GRACIA}/clients/search", {"filters": [quick("34600000777")], "fields": ["phone"]}
        )
        assert found == [], "a refused booking leaves no client behind"
        after = {**body, **stranger, "datetime": f"{day} 16:00:00"}
        assert account.call("POST", f"/records/{GRACIA}", after).status_code == 201
        assert account.call("POST", f"/records/{GRACIA}", {**overlapping, "save_if_busy": True}).status_code == 201
        night = {**body, "datetime": f"{day} 03:00:00"}
        assert account.call("POST", f"/records/{GRACIA}", night).status_code == 409
        account.control("POST", "/rules", {"busy_status": 422})
        assert account.call("POST", f"/records/{GRACIA}", night).status_code == 422

    def test_a_resource_is_held_by_one_booking_only(self, account: Account) -> None:
        body = account.booking(staff_id=51003, resource_instance_ids=[135001])
        holder = {**body, "staff_id": 51001, "save_if_busy": True}
        account.data("POST", f"/records/{GRACIA}", holder, status=201)
        assert account.call("POST", f"/records/{GRACIA}", body).status_code == 409
        other = {**body, "resource_instance_ids": [135002]}
        assert account.call("POST", f"/records/{GRACIA}", other).status_code == 201

    def test_a_client_is_found_by_phone_or_made(self, account: Account) -> None:
        known = account.book(client={"phone": f"+{CARLA}", "name": "Another Name"})
        assert known["client"]["name"] == "Carla"
        nobody = account.book(client={"phone": "", "name": ""}, save_if_busy=True)
        assert (nobody["client"], nobody["visit_id"]) == (None, 0)

    def test_an_instant_with_an_offset_becomes_the_locations_wall_clock(self, account: Account) -> None:
        body = account.booking(save_if_busy=True)
        made = account.data("POST", f"/records/{GRACIA}", {**body, "datetime": "2027-07-01T10:00:00+00:00"}, status=201)
        assert made["date"] == "2027-07-01 12:00:00"

    def test_the_array_answer_is_a_switch(self, account: Account) -> None:
        account.control("POST", "/rules", {"create_answer": "array"})
        made = account.data("POST", f"/records/{GRACIA}", account.booking(), status=201)
        assert [one["company_id"] for one in made] == [GRACIA]


def quick(text: str) -> dict[str, Any]:
    return {"type": "quick_search", "state": {"value": text}}


class TestChanging:
    def test_put_replaces_the_whole_record(self, account: Account) -> None:
        made = account.book(comment="keep?", custom_color="4caf50", record_labels=["1324"], attendance=2)
        body = full_body(made)
        answer = account.call("PUT", f"/record/{GRACIA}/{made['id']}", {**body, "comment": "new"})
        assert answer.status_code == 201
        assert "last_change_date" not in answer.json()["data"]
        same = account.record(made["id"])
        assert (same["comment"], same["custom_color"], same["attendance"]) == ("new", "4caf50", 2)
        for key in ("comment", "custom_color", "record_labels", "attendance"):
            del body[key]
        account.data("PUT", f"/record/{GRACIA}/{made['id']}", body, status=201)
        emptied = account.record(made["id"])
        assert (emptied["comment"], emptied["custom_color"], emptied["record_labels"]) == ("", "", [])
        assert emptied["attendance"] == 0
        assert emptied["api_id"] == made["api_id"]

    def test_the_client_is_told_where_the_request_says_so(self, account: Account) -> None:
        first = account.book(send_sms=True)
        moved = f"{first['date'][:10]} 17:00:00"
        for body in ({"datetime": moved, "send_sms": True}, {"comment": "quiet"}, {"send_sms": False}):
            account.data("PUT", f"/record/{GRACIA}/{first['id']}", {**full_body(first), **body}, status=201)
        account.book(datetime=first["date"], save_if_busy=True)
        account.book(datetime=first["date"], save_if_busy=True, client=None, send_sms=True)
        told = account.control("GET", "/messages")["messages"]
        assert [(one["record"], one["date"]) for one in told] == [(first["id"], first["date"]), (first["id"], moved)]
        assert {(one["location"], one["phone"]) for one in told} == {(GRACIA, "+34600000500")}
        account.control("POST", "/reset", {"scenario": "demo"})
        assert account.control("GET", "/messages") == {"messages": []}

    @pytest.mark.parametrize("missing", ["staff_id", "services", "client", "datetime", "seance_length"])
    def test_put_without_something_required_is_422(self, account: Account, missing: str) -> None:
        record = account.book()
        body = full_body(record)
        del body[missing]
        answer = account.call("PUT", f"/record/{GRACIA}/{record['id']}", body)
        assert (answer.status_code, list(answer.json()["meta"]["errors"])) == (422, [missing])
        account.control("POST", "/rules", {"put_lenient": True})
        assert account.call("PUT", f"/record/{GRACIA}/{record['id']}", body).status_code == 201
        assert account.record(record["id"])["date"] == record["date"]

    def test_every_write_moves_the_change_stamp(self, account: Account) -> None:
        made = account.book()
        stamps = [made["last_change_date"]]
        visit = f"/visits/{made['visit_id']}/{made['id']}"
        for place, (method, path, body) in enumerate(
            (
                ("PUT", f"/record/{GRACIA}/{made['id']}", full_body(made)),
                ("PUT", visit, {"attendance": 2, "comment": ""}),
                ("POST", f"/company/{GRACIA}/records/{made['id']}/attendance", {"attendance": 1}),
            ),
            start=1,
        ):
            account.control("POST", "/clock", {"shift_seconds": 10 * place})
            assert account.call(method, path, body).status_code in (200, 201)
            stamps.append(account.record(made["id"])["last_change_date"])
        assert stamps == sorted(set(stamps))

    def test_a_payment_moves_the_stamp_only_by_the_switch(self, account: Account) -> None:
        made = account.book()
        for shift, switched, moves in ((10, False, False), (20, True, True)):
            account.control("POST", "/rules", {"payment_changes_stamp": switched})
            account.control("POST", "/clock", {"shift_seconds": shift})
            before = account.record(made["id"])["last_change_date"]
            account.control("POST", "/pay", {"ids": [made["id"]], "amount": 5})
            assert (account.record(made["id"])["last_change_date"] != before) is moves

    def test_moving_to_another_day_leaves_the_shared_visit(self, account: Account) -> None:
        first = account.book()
        second = account.book(staff_id=51003, datetime=first["date"], save_if_busy=True)
        assert second["visit_id"] == first["visit_id"]
        body = {**full_body(second), "datetime": "2027-03-01 10:00:00"}
        account.data("PUT", f"/record/{GRACIA}/{second['id']}", body, status=201)
        moved = account.record(second["id"])
        assert moved["visit_id"] not in (0, first["visit_id"])
        again = {**full_body(moved), "datetime": "2027-03-02 10:00:00"}
        account.data("PUT", f"/record/{GRACIA}/{second['id']}", again, status=201)
        assert account.record(second["id"])["visit_id"] == moved["visit_id"]

    def test_a_status_on_the_visit_reaches_all_its_records(self, account: Account) -> None:
        first = account.book()
        second = account.book(staff_id=51003, datetime=first["date"], save_if_busy=True)
        path = f"/visits/{first['visit_id']}/{first['id']}"
        for wrong in ({"attendance": 1}, {"comment": ""}, {"attendance": 5, "comment": ""}):
            assert account.call("PUT", path, wrong).status_code == 422
        account.data("PUT", path, {"attendance": 1, "comment": "came"})
        assert [account.record(one["id"])["attendance"] for one in (first, second)] == [1, 1]
        assert account.record(second["id"])["comment"] == ""
        visit = account.data("GET", f"/visits/{first['visit_id']}")
        assert (visit["attendance"], len(visit["records"])) == (1, 2)
        account.data("POST", f"/company/{GRACIA}/records/{second['id']}/attendance", {"attendance": -1})
        assert [account.record(one["id"])["visit_attendance"] for one in (first, second)] == [-1, -1]
        body = {**full_body(account.record(first["id"])), "attendance": 2}
        account.data("PUT", f"/record/{GRACIA}/{first['id']}", body, status=201)
        assert [account.record(one["id"])["attendance"] for one in (first, second)] == [2, -1]

    def test_a_deleted_record_is_gone_but_listed_when_asked_for(self, account: Account) -> None:
        made = account.book()
        deleted = account.call("DELETE", f"/record/{GRACIA}/{made['id']}")
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert account.call("GET", f"/record/{GRACIA}/{made['id']}").status_code == 404
        assert account.call("GET", f"/visits/{made['visit_id']}").status_code == 404
        assert account.call("DELETE", f"/record/{GRACIA}/{made['id']}").status_code == 404
        assert made["id"] not in [one["id"] for one in account.records()]
        listed = [one for one in account.records(with_deleted=1) if one["id"] == made["id"]]
        assert [one["deleted"] for one in listed] == [True]
        account.control("POST", "/rules", {"deleted_get_status": 200})
        assert account.record(made["id"])["deleted"] is True
        account.control("POST", "/restore", {"location": GRACIA, "ids": [made["id"]]})
        assert account.record(made["id"])["deleted"] is False

    @pytest.mark.parametrize(
        ("right", "value", "attendance", "pays", "method"),
        [
            ("records_edit_last_days_count", 0, 0, False, "PUT"),
            ("record_edit_full_paid_access", False, 0, True, "PUT"),
            ("edit_records_attendance_access", False, 1, False, "PUT"),
            ("delete_customer_came_records_access", False, 1, False, "DELETE"),
            ("delete_paid_records_access", False, 0, True, "DELETE"),
        ],
    )
    def test_refused_changes_need_their_right(
        self, account: Account, right: str, value: Any, attendance: int, pays: bool, method: str
    ) -> None:
        yesterday = (account.today() - timedelta(days=1)).isoformat()
        made = account.book(datetime=f"{yesterday} 12:00:00", save_if_busy=True, attendance=attendance)
        if pays:
            account.control("POST", "/pay", {"ids": [made["id"]]})
        path, body = f"/record/{GRACIA}/{made['id']}", full_body(made)
        account.control("POST", "/rights", {"login": "ada", "location": GRACIA, "rights": {right: value}})
        assert account.call(method, path, body).status_code == 403
        restored = -1 if right.endswith("count") else True
        account.control("POST", "/rights", {"login": "ada", "location": GRACIA, "rights": {right: restored}})
        assert account.call(method, path, body).status_code in (201, 204)


class TestMoney:
    def test_a_payment_makes_one_operation_per_line_and_the_flags(self, account: Account) -> None:
        made = account.book(services=[{"id": 7001}, {"id": 7003}], attendance=1)
        account.control("POST", "/pay", {"ids": [made["id"]], "amount": 35})
        part = account.record(made["id"])
        assert (part["paid_full"], [one["amount"] for one in part["finance_transactions"]]) == (0, [30, 5])
        account.control("POST", "/pay", {"ids": [made["id"]]})
        paid = account.record(made["id"])
        assert (paid["paid_full"], paid["payment_status"]) == (1, 1)
        assert sum(one["amount"] for one in paid["finance_transactions"]) == 50
        card = account.data("GET", f"/client/{GRACIA}/{made['client']['id']}")
        assert (card["visits"], card["spent"], card["paid"], card["balance"]) == (1, 50, 50, 0)

    def test_what_a_payment_may_take_off_is_spread_over_the_lines(self, account: Account) -> None:
        made = account.book(services=[{"id": 7001}, {"id": 7003}])
        account.control("POST", "/pay", {"ids": [made["id"]], "cost_to_pay": 33.33})
        paid = account.record(made["id"])
        assert [one["cost_to_pay"] for one in paid["services"]] == [20, 13.33]
        assert [one["manual_cost"] for one in paid["services"]] == [30, 20]
        assert paid["paid_full"] == 1

    def test_products_and_quick_payments_through_the_visit(self, account: Account) -> None:
        made = account.book()
        body = {
            "attendance": 1,
            "comment": "",
            "goods_transactions": [{"good_id": 26001, "amount": 2}],
            "fast_payment": 2,
        }
        account.data("PUT", f"/visits/{made['visit_id']}/{made['id']}", body)
        paid = account.record(made["id"])
        assert [(one["amount"], one["cost_to_pay"]) for one in paid["goods_transactions"]] == [(-2, 36)]
        assert [one["expense_id"] for one in paid["finance_transactions"]] == [5, 7]
        assert paid["paid_full"] == 1
        details = account.data("GET", f"/visit/details/{GRACIA}/{made['id']}/{made['visit_id']}")
        assert sum(one["cost"] for one in details["items"]) == 66
        assert len(details["payment_transactions"]) == 2
        number = paid["finance_transactions"][0]["id"]
        assert account.call("DELETE", f"/finance_transactions/{GRACIA}/{number}").status_code == 204
        assert account.record(made["id"])["paid_full"] == 0
        listed = account.data("GET", f"/timetable/transactions/{GRACIA}?record_id={made['id']}")
        assert [(one["amount"], one["record_id"]) for one in listed] == [("36.00", str(made["id"]))]

    def test_the_sale_behind_a_visit_document(self, account: Account) -> None:
        made = account.book()
        account.control("POST", "/pay", {"ids": [made["id"]], "goods": [{"good_id": 26002}]})
        sale = account.data("GET", f"/company/{GRACIA}/sale/{made['documents'][0]['id']}")["state"]
        assert [one["cost_to_pay_total"] for one in sale["items"]] == [30, 24.5]
        assert sum(one["amount"] for one in sale["payment_transactions"]) == 54.5

    def test_free_transactions(self, account: Account) -> None:
        body = {
            "expense_id": 9,
            "amount": 15.5,
            "account_id": 9001001,
            "comment": "rent",
            "date": "2026-05-04 10:00:00",
        }
        made = account.data("POST", f"/finance_transactions/{GRACIA}", body, status=201)
        path = f"/finance_transactions/{GRACIA}/{made['id']}"
        assert account.data("PUT", path, {**body, "amount": 16})["amount"] == 16
        assert account.data("GET", path)["date"] == "2026-05-04T10:00:00+0200"
        assert account.call("POST", f"/finance_transactions/{GRACIA}", {"amount": 1}).status_code == 422


class TestLists:
    def test_pages_come_newest_visit_first_and_cover_everything(self, account: Account) -> None:
        account.control("POST", "/load", {"bookings": 700, "clients": 50})
        seen: list[dict[str, Any]] = []
        page, total = 1, 1
        while len(seen) < total:
            answer = account.call("GET", f"/records/{GRACIA}?page={page}&count=1000").json()
            total = answer["meta"]["total_count"]
            assert answer["meta"]["page"] == page
            assert len(answer["data"]) == min(300, total - len(seen))
            seen += answer["data"]
            page += 1
        order = [(one["date"], one["id"]) for one in seen]
        assert order == sorted(order, reverse=True)
        assert len(set(order)) == total
        assert account.records(page=99) == []

    def test_filters_agree_with_a_plain_reading(self, account: Account) -> None:
        account.control("POST", "/load", {"bookings": 200, "clients": 10})
        some = account.records()[::3]
        account.control("POST", "/cancel", {"location": GRACIA, "ids": [one["id"] for one in some[:20]]})
        account.control("POST", "/clock", {"shift_seconds": 100})
        account.control(
            "POST", "/change", {"location": GRACIA, "ids": [one["id"] for one in some[20:40]], "attendance": 1}
        )
        everything = account.records(with_deleted=1) + account.records(with_deleted=1, page=2)
        latest = max(one["last_change_date"] for one in everything)
        client = some[0]["client"]["id"]
        day = some[5]["date"][:10]
        queries: list[tuple[dict[str, Any], Any]] = [
            ({}, lambda one: not one["deleted"]),
            ({"staff_id": 51003}, lambda one: not one["deleted"] and one["staff_id"] == 51003),
            ({"client_id": client, "with_deleted": 1}, lambda one: (one["client"] or {}).get("id") == client),
            ({"start_date": day, "end_date": day, "with_deleted": 1}, lambda one: one["date"][:10] == day),
            ({"changed_after": latest[:19], "with_deleted": 1}, lambda one: one["last_change_date"] >= latest),
            (
                {"changed_after": latest[:19], "changed_before": latest[:19]},
                lambda one: one["last_change_date"] == latest,
            ),
            (
                {"changed_before": latest[:19], "start_date": day, "with_deleted": 1},
                lambda one: one["last_change_date"] <= latest and one["date"] >= day,
            ),
            ({"created_user_id": 0}, lambda one: not one["deleted"] and one["created_user_id"] == 0),
            ({"c_start_date": latest[:10]}, lambda one: not one["deleted"] and one["create_date"] >= latest[:10]),
        ]
        for query, test in queries:
            expected = [one["id"] for one in everything if test(one)][:300]
            answer = account.call("GET", f"/records/{GRACIA}", params={"count": 300, **query}).json()
            assert [one["id"] for one in answer["data"]] == expected, query

    def test_arrays_come_only_when_asked_for(self, account: Account) -> None:
        assert "finance_transactions" not in account.records()[0]
        asked = account.records(include_finance_transactions=1, include_consumables=1)[0]
        assert {"finance_transactions", "consumables"} <= set(asked)


class TestClockChanges:
    """Naive stamps in a zone with daylight saving: Madrid, autumn 2026 and summer 2027."""

    def shift_to(self, account: Account, utc: str) -> None:
        target = datetime.fromisoformat(f"{utc}+00:00").timestamp()
        account.control("POST", "/clock", {"shift_seconds": 0})
        now = account.control("GET", "/clock")["now"]
        account.control("POST", "/clock", {"shift_seconds": target - now})

    def test_the_doubled_hour_hides_order_from_a_naive_filter(self, account: Account) -> None:
        made = account.book()
        stamps = []
        for utc in ("2027-10-31T00:30:00", "2027-10-31T01:15:00"):
            self.shift_to(account, utc)
            account.data("PUT", f"/record/{GRACIA}/{made['id']}", full_body(made), status=201)
            stamps.append(account.record(made["id"])["last_change_date"])
        assert [one[11:16] for one in stamps] == ["02:30", "02:15"]
        assert [one[-5:] for one in stamps] == ["+0200", "+0100"]
        after = account.records(changed_after="2027-10-31T02:20:00")
        assert made["id"] not in [one["id"] for one in after]

    def test_datetime_carries_the_winter_offset_in_summer(self, account: Account) -> None:
        summer = account.book(datetime="2027-07-01 10:00:00", save_if_busy=True)
        assert (summer["date"], summer["datetime"]) == ("2027-07-01 10:00:00", "2027-07-01T10:00:00+01:00")
        account.control("POST", "/rules", {"wrong_offset": False})
        assert account.record(summer["id"])["datetime"] == "2027-07-01T10:00:00+02:00"


class TestShapes:
    def test_what_is_always_odd(self, account: Account) -> None:
        records = {bool(one["client"]): one for one in account.records(include_finance_transactions=1)}
        assert records[False]["services"] == []
        assert records[False]["client"] is None
        one = records[True]
        assert re.search(r"[+-]\d{4}$", one["create_date"])
        assert one["custom_fields"] == []
        labelled = next(one for one in account.records() if one["record_labels"])
        assert not labelled["record_labels"][0]["color"].startswith("#")
        tagged = next(one for one in account.records() if one["client"] and one["client"]["client_tags"])
        assert tagged["client"]["client_tags"][0]["color"].startswith("#")
        paid = next(one for one in account.records(include_finance_transactions=1) if one["finance_transactions"])
        payment = paid["finance_transactions"][0]
        assert (payment["master"], payment["supplier"]) == ([], [])
        assert payment["date"][11:13] == f"{int(paid['date'][11:13]) - 1:02d}"
        card = account.data("GET", f"/client/{GRACIA}/{one['client']['id']}")
        assert card["last_change_date"].endswith("+0400")
        assert card["custom_fields"] == {}
        staff = account.data("GET", f"/company/{GRACIA}/staff/")
        assert [] in [one["user"] for one in staff]
        assert [one["fired"] for one in staff].count(1) == 1

    def test_quirks_come_with_their_level(self, account: Account) -> None:
        def shapes() -> set[str]:
            found = set()
            for _ in range(3):
                answer = account.call("GET", f"/records/{GRACIA}?count=50").json()
                for one in answer["data"]:
                    found.add(f"id {type(one['id']).__name__}")
                    found.add(f"visit {type(one['visit_id']).__name__}")
                    found.add(f"online {type(one['online']).__name__}")
                    phone = (one["client"] or {"phone": ""}).get("phone")
                    found.add(f"phone {type(phone).__name__}")
            return found

        assert shapes() == {"id int", "visit int", "online bool", "phone str"}
        account.control("POST", "/quirks", {"level": 0.5})
        assert shapes() >= {"id str", "id int", "visit str", "online int", "phone int", "phone NoneType"}
        body = account.booking(datetime=f"{account.today()} 10:00:00", save_if_busy=True)
        made = [account.call("POST", f"/records/{GRACIA}", body).json() for _ in range(12)]
        assert {type(one["data"]) for one in made} == {list, dict}
        assert {str(one["meta"]) for one in made} == {"[]", "{}"}
