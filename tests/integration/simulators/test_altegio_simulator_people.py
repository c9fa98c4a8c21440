"""Clients, events, memberships, catalogue, availability, online booking and v2 of the Altegio simulator."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.simulators.altegio_account import ACCEPT, GRACIA, SANTS, Account, fresh, running_account

ALL_FIELDS = ["id", "name", "phone", "email", "visits_count", "last_visit_date", "sold_amount"]


@pytest.fixture(scope="module")
def server() -> Iterator[Account]:
    with running_account(scenario="demo") as account:
        yield account


@pytest.fixture
def account(server: Account) -> Account:
    return fresh(server)


def partner_only(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.granted['partner_token']}", "Accept": ACCEPT}


def find(account: Account, *filters: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    body = {"fields": ALL_FIELDS, "page_size": 200, "filters": list(filters), **options}
    found: list[dict[str, Any]] = account.data("POST", f"/company/{GRACIA}/clients/search", body)
    return found


def state(kind: str, **content: Any) -> dict[str, Any]:
    return {"type": kind, "state": content}


class TestClients:
    def test_search_filters(self, account: Account) -> None:
        everyone = find(account)
        arrived = {one["client"]["id"] for one in account.records() if one["client"] and one["attendance"] == 1}
        assert len(everyone) == 30
        assert {one["id"] for one in find(account, state("record", status=[3]))} == arrived
        assert len(find(account, state("quick_search", value="34600000104"))) == 3, "a family shares its phone"
        assert [one["name"] for one in find(account, state("quick_search", value="arla"))] == ["Carla"]
        ids = [one["id"] for one in everyone[:2]]
        assert {one["id"] for one in find(account, state("id", value=ids))} == set(ids)
        both = find(account, state("id", value=ids[:1]), state("id", value=ids[1:]), operation="OR")
        assert {one["id"] for one in both} == set(ids)
        assert find(account, state("id", value=ids[:1]), state("id", value=ids[1:])) == []
        rich = find(account, state("sold_amount", **{"from": 50, "to": None}))
        assert {one["id"] for one in rich} == {one["id"] for one in everyone if one["sold_amount"] >= 50} != set()
        vips = find(account, state("category", value=[42]))
        assert 0 < len(vips) < len(everyone)

    def test_search_pages_order_and_refusals(self, account: Account) -> None:
        path = f"/company/{GRACIA}/clients/search"
        answer = account.call(
            "POST", path, {"page_size": 7, "page": 2, "order_by": "name", "order_by_direction": "ASC"}
        )
        assert (len(answer.json()["data"]), answer.json()["meta"]) == (7, {"total_count": 30})
        assert set(answer.json()["data"][0]) == {"id"}
        names = [one["name"] for one in find(account, order_by="name", order_by_direction="ASC")]
        assert names == sorted(names)
        for wrong in ({"page_size": 201}, {"order_by": "age"}, {"filters": [state("nobody")]}, {"fields": ["spouse"]}):
            assert account.call("POST", path, wrong).status_code == 422
        never = [one["last_visit_date"] for one in find(account) if not one["visits_count"]]
        assert set(never) <= {""}

    def test_a_card_from_making_to_deleting(self, account: Account) -> None:
        body = {"name": "Sofia", "phone": "34600000600", "categories": [42], "custom_fields": {"shoe_size": 38}}
        made = account.data("POST", f"/clients/{GRACIA}", body, status=201)
        assert (made["phone"], made["custom_fields"]) == ("+34600000600", {"shoe_size": 38})
        assert [one["title"] for one in made["categories"]] == ["VIP"]
        for wrong in (body, {"name": "X"}, {"phone": "34600000601"}, {"name": "X", "phone": "12"}):
            assert account.call("POST", f"/clients/{GRACIA}", wrong).status_code == 422
        path = f"/client/{GRACIA}/{made['id']}"
        changed = account.data("PUT", path, {"name": "Sofía", "phone": "34600000602", "labels": [43]})
        assert (changed["phone"], [one["id"] for one in changed["categories"]]) == ("+34600000602", [43])
        taken = {"name": "Sofía", "phone": "34600000101"}
        assert account.call("PUT", path, taken).status_code == 422
        booked = account.book(client={"phone": "34600000602", "name": ""})
        assert booked["client"]["id"] == made["id"]
        assert account.call("DELETE", path).status_code == 204
        assert account.call("GET", path).status_code == 404
        assert account.record(booked["id"])["client"] is None

    def test_bulk_lists_what_it_refused(self, account: Account) -> None:
        rows = [
            {"name": "One", "phone": "34600000700"},
            {"name": "Twice", "phone": "34600000700"},
            {"phone": "34600000701"},
        ]
        found = account.data("POST", f"/clients/{GRACIA}/bulk", rows)
        assert [one["name"] for one in found["created"]] == ["One"]
        assert [one["phone"] for one in found["errors"]] == ["34600000700", "34600000701"]

    def test_the_old_list_has_its_traps(self, account: Account) -> None:
        def total(**query: Any) -> int:
            answer = account.call("GET", f"/clients/{GRACIA}", params={"count": 300, **query}).json()
            return int(answer["meta"]["total_count"])

        assert total() == 30
        assert total(phone="34600000105") == 1
        assert total(phone="34699999999") == 30
        assert total(paid_min=1) == 0
        assert total(paid_min=1, paid_max=10_000) > 0
        account.control("POST", "/rules", {"clients_list_traps": False})
        assert total(phone="34699999999") == 0
        assert total(paid_min=1) > 0
        newest = account.data("POST", f"/clients/{GRACIA}", {"name": "New", "phone": "34600000800"}, status=201)
        account.control("POST", "/clock", {"shift_seconds": 86_400})
        account.data("PUT", f"/client/{GRACIA}/{newest['id']}", {"name": "Newer", "phone": "34600000800"})
        tomorrow = account.today() + timedelta(days=1)
        assert total(changed_after=f"{tomorrow}T00:00:00") == 1
        assert account.data("GET", f"/clients/{GRACIA}?id[]={newest['id']}")[0]["name"] == "Newer"

    def test_counters_follow_status_and_payment(self, account: Account) -> None:
        made = account.book()
        path = f"/client/{GRACIA}/{made['client']['id']}"

        def counters() -> tuple[int, float, float, int]:
            card = account.data("GET", path)
            failed = account.record(made["id"])["client"]["fail_visits_count"] if not deleted else 0
            return card["visits"], card["spent"], card["paid"], failed

        deleted = False
        seen = [counters()]
        for attendance in (1, -1, 1):
            account.control("POST", "/change", {"ids": [made["id"]], "attendance": attendance})
            seen.append(counters())
        account.control("POST", "/pay", {"ids": [made["id"]]})
        seen.append(counters())
        account.call("DELETE", f"/record/{GRACIA}/{made['id']}")
        deleted = True
        seen.append(counters())
        assert seen == [(0, 0, 0, 0), (1, 30, 0, 0), (0, 0, 0, 1), (1, 30, 0, 0), (1, 30, 30, 0), (0, 0, 30, 0)]

    def test_visit_history_pages_by_its_cursor_without_loss(self, account: Account) -> None:
        account.control("POST", "/load", {"bookings": 300, "clients": 3})
        client = account.records()[0]["client"]
        query = {
            "client_id": None,
            "client_phone": client["phone"],
            "from": None,
            "to": None,
            "payment_statuses": [],
            "attendance": None,
        }
        path = f"/company/{GRACIA}/clients/visits/search"
        assert account.call("POST", path, {"client_id": client["id"]}).status_code == 422
        seen: list[int] = []
        while True:
            answer = account.call("POST", path, query).json()
            seen += [one["id"] for one in answer["data"]["records"]]
            following = answer["meta"]["dateCursor"]["next"]
            if following is None:
                break
            query = {**query, "from": following["from"], "to": following["to"]}
        expected = account.data("GET", f"/records/{GRACIA}", params={"client_id": client["id"], "count": 300})
        assert sorted(seen) == sorted(one["id"] for one in expected)
        assert len(seen) > 25
        arrived = account.data("POST", path, {**query, "to": None, "attendance": 1})["records"]
        assert {one["attendance"] for one in arrived} <= {1}

    def test_comments(self, account: Account) -> None:
        client = account.records()[0]["client"]["id"]
        path = f"/company/{GRACIA}/clients/{client}/comments"
        made = account.data("POST", path, {"text": "allergic"}, status=201)
        assert [one["text"] for one in account.data("GET", path)] == ["allergic"]
        assert [account.call("POST", path, {"text": one}).status_code for one in (" ", "x" * 256)] == [422, 422]
        assert account.call("DELETE", f"{path}/{made['id']}").status_code == 204
        assert account.data("GET", path) == []
        assert account.data("GET", f"/company/{GRACIA}/clients/files/{client}") == []
        assert account.data("GET", "/validation/validate_phone/34600000101") == {"is_valid": True}


class TestEvents:
    def event(self, account: Account) -> dict[str, Any]:
        today = account.today().isoformat()
        found: dict[str, Any] = account.data("GET", f"/activity/{GRACIA}/search/?from={today}&till={today}")[0]
        return found

    def test_search_writes_epochs_and_reading_texts(self, account: Account) -> None:
        found = self.event(account)
        read = account.data("GET", f"/activity/{GRACIA}/{found['id']}")
        assert found["date"] == read["timestamp"] == found["timestamp"]
        assert read["date"] == f"{account.today()} 18:00:00"
        assert (read["capacity"], read["records_count"]) == (8, 3)
        account.control("POST", "/rules", {"records_count_seats": True})
        assert self.event(account)["records_count"] == 4

    def test_seats_run_out(self, account: Account) -> None:
        event = self.event(account)["id"]
        body: dict[str, Any] = {
            "activity_id": event,
            "client": {"phone": "34600000501", "name": "A"},
            "clients_count": 5,
        }
        refused = account.call("POST", f"/records/{GRACIA}", body)
        assert refused.status_code == 422
        made = account.data("POST", f"/records/{GRACIA}", {**body, "clients_count": 4, "send_sms": True}, status=201)
        assert [one["record"] for one in account.control("GET", "/messages")["messages"]] == [made["id"]]
        shown = account.record(made["id"])
        assert (shown["activity_id"], shown["clients_count"], shown["staff_id"]) == (event, 4, 51002)
        assert [(one["id"], one["cost"]) for one in shown["services"]] == [(7050, 48)]
        full = {"fullname": "B", "phone": "34600000502", "email": ""}
        answer = account.call("POST", f"/activity/{GRACIA}/{event}/book", full, headers=partner_only(account))
        assert answer.status_code == 422
        account.call("DELETE", f"/record/{GRACIA}/{made['id']}")
        booked = account.data("POST", f"/activity/{GRACIA}/{event}/book", full, headers=partner_only(account))
        assert account.record(booked["id"])["online"] is True

    def test_moving_an_event_moves_its_participants(self, account: Account) -> None:
        event = self.event(account)
        path = f"/activity/{GRACIA}/{event['id']}"
        tomorrow = (account.today() + timedelta(days=9)).isoformat()
        body = {"date": f"{tomorrow} 11:00:00", "service_id": 7050, "staff_id": 51002, "capacity": 8, "force": True}
        assert account.call("PUT", path, {**body, "capacity": 3}).status_code == 422
        account.data("PUT", path, body)
        moved = [one["date"] for one in account.records() if one["activity_id"] == event["id"]]
        assert moved == [f"{tomorrow} 11:00:00"] * 3

    def test_an_event_needs_a_free_trainer(self, account: Account) -> None:
        body = {
            "date": f"{account.today()} 18:30:00",
            "service_id": 7051,
            "staff_id": 51002,
            "capacity": 4,
            "force": False,
        }
        assert account.call("POST", f"/activity/{GRACIA}", body).status_code == 409
        made = account.data("POST", f"/activity/{GRACIA}", {**body, "force": True})
        assert made["length"] == 3600
        missing = account.call("POST", f"/activity/{GRACIA}", {"date": body["date"]})
        assert set(missing.json()["meta"]["errors"]) == {"service_id", "staff_id", "capacity", "force"}
        copied = account.data(
            "POST", f"/activity/{GRACIA}/{made['id']}/duplicate", {"dates": ["2027-06-01"], "force": 1}
        )
        assert {"salon_id", "master_id"} <= set(copied[0])
        assert account.data("GET", f"/activity/{GRACIA}/search_dates/?from=2027-01-01") == ["2027-06-01"]

    def test_v2(self, account: Account) -> None:
        event = self.event(account)["id"]
        base = f"/api/v2/locations/{GRACIA}"
        today, tomorrow = account.today(), account.today() + timedelta(days=1)
        listed = account.data("GET", f"{base}/events?filter[from]={today}&filter[to]={tomorrow}")
        assert [one["attributes"]["clients_count"] for one in listed] == [4]
        past = account.call("GET", f"{base}/events?filter[from]=2020-01-01")
        assert past.status_code == 422
        keys = ("email", "surname", "patronymic", "gender", "birthday", "custom_field_values", "agreements")
        client = {"id": None, "name": "Vera Two", "phone": "34600000555", **dict.fromkeys(keys)}
        short = {"client": {"name": "X", "phone": "34600000556"}}
        assert account.call("POST", f"{base}/events/{event}/appointments", short).status_code == 422
        made = account.data("POST", f"{base}/events/{event}/appointments", {"client": client}, status=201)
        attributes = made["attributes"]
        assert (attributes["activity_id"], attributes["attendance_status_slug"]) == (event, "waiting")
        path = f"{base}/events/{event}/appointments/{made['id']}"
        changed = account.data("PUT", path, {"client": client, "attendance": 2, "comment": "hi"})
        assert changed["attributes"]["attendance_status_slug"] == "confirmed"
        assert account.call("PATCH", path, {"event_id": event + 1}).status_code == 422
        account.data("PUT", path, {"client": client})
        assert account.data("PATCH", path, {"event_id": event + 1})["attributes"]["activity_id"] == event + 1
        rows = {"appointments": [{"client": {**client, "phone": "34600000557"}}, short]}
        bulk = account.call("POST", f"{base}/events/{event}/appointments/bulk", rows)
        assert (len(bulk.json()["data"]), [one["index"] for one in bulk.json()["meta"]["errors"]]) == (1, [1])
        found = account.data("GET", f"{base}/appointments?filter[activity_id]={event}&limit=250")
        assert len(found) == 4
        visit = found[0]["attributes"]["visit_id"]
        assert len(account.data("GET", f"{base}/attendances/visit_{visit}/appointments")) == 1
        assert account.call("DELETE", f"{base}/appointments/{found[0]['id']}").status_code == 204
        many = {"appointment_ids": [int(one["id"]) for one in found[1:]]}
        assert account.call("POST", f"{base}/timetable/appointments/delete", many).status_code == 204
        assert account.data("GET", f"{base}/appointments?filter[activity_id]={event}") == []
        assert {one["attributes"]["entity"] for one in account.data("GET", f"{base}/tags?entity=2")} == {2}


class TestLoyalty:
    def test_memberships_of_a_phone_and_what_is_left(self, account: Account) -> None:
        def of(phone: str) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = account.data("GET", f"/loyalty/abonements/?company_id={GRACIA}&phone={phone}")
            return found

        yoga = of("34600000120")[0]
        assert (yoga["status"]["id"], yoga["balance_container"]["links"][0]["count"]) == (2, 7)
        assert yoga["expiration_date"].endswith(("+0100", "+0200"))
        issued = of("34600000121")[0]
        assert (issued["activated_date"], issued["expiration_date"]) == (None, None)
        club = of("34600000101")[0]
        assert (club["is_united_balance"], club["united_balance_services_count"]) == (True, 5)
        assert (of("600000120"), of("120"), of("34600000122")) == ([], [], []), "unknown, short, expired"
        chain = account.data("GET", "/chain/14500/loyalty/abonements")
        assert {type(one["created_date"]) for one in chain} == {int}
        assert {one["status"]["id"] for one in chain} == {1, 2, 3}
        record = next(
            one for one in account.records() if one["activity_id"] and one["client"]["phone"] == "+34600000121"
        )
        account.control("POST", "/pay", {"ids": [record["id"]], "membership": True})
        assert account.record(record["id"])["paid_full"] == 1
        used = of("34600000121")[0]
        assert (used["status"]["id"], used["balance_container"]["links"][0]["count"]) == (2, 9)

    def test_memberships_change_over_the_chain(self, account: Account) -> None:
        number = account.data("GET", f"/loyalty/abonements/?company_id={GRACIA}&phone=34600000120")[0]["id"]
        path = f"/chain/14500/loyalty/abonements/{number}"
        before = account.data("GET", f"/chain/14500/loyalty/abonements?abonements_ids[]={number}")[0]
        now = int(account.control("GET", "/clock")["now"])
        frozen = account.data("POST", f"{path}/freeze", {"freeze_till": now + 86_400})
        assert frozen["is_frozen"]
        assert 86_390 <= frozen["expiration_date"] - before["expiration_date"] <= 86_400
        assert account.data("POST", f"{path}/unfreeze")["is_frozen"] is False
        longer = account.data("POST", f"{path}/set_period", {"period": 1, "period_unit_id": 4})
        assert longer["expiration_date"] - longer["activated_date"] == 365 * 86_400
        links = {"services_balance_count_list": [{"category_id": 7101, "balance": 0}]}
        assert account.data("POST", f"{path}/set_balance", links)["status"]["id"] == 4
        assert account.call("POST", f"{path}/vanish", {}).status_code == 404

    def test_deposits_cards_certificates_and_statistics(self, account: Account) -> None:
        first, second = sorted(one["id"] for one in find(account))[:2]
        deposit = account.data("GET", f"/deposits/company/{GRACIA}/client/{second}")[0]["deposit"]
        assert deposit["balance"] == 42.5
        assert len(account.data("GET", "/deposits/chain/14500/phone/34600000102")) == 1
        assert account.data("GET", f"/loyalty/client_cards/{first}")[0]["balance"] == 120
        assert len(account.data("GET", f"/loyalty/cards/34600000101/14500/{GRACIA}")) == 1
        assert account.data("GET", f"/loyalty/certificates/?company_id={GRACIA}&phone=34600000101") == []
        assert len(account.data("GET", f"/company/{GRACIA}/loyalty/abonement_types/search")) == 2
        card = account.data("GET", f"/client/{GRACIA}/{first}")
        statistic = account.data("GET", f"/api/v2/locations/{GRACIA}/clients/{first}/attendances_statistic")
        assert statistic["attributes"]["successful_attendances_count"] == card["visits"]
        assert statistic["attributes"]["spent_amount"] == card["spent"]
        chain = account.data("GET", f"/api/v2/chains/14500/clients/{first}/attendances_statistic")
        assert [one["attributes"]["company_id"] for one in chain] == [GRACIA, SANTS]


class TestCatalogue:
    def test_what_the_salon_offers(self, account: Account) -> None:
        services = account.data("GET", f"/company/{GRACIA}/services")
        haircut = next(one for one in services if one["id"] == 7001)
        assert [(one["id"], one["seance_length"], one["price"]) for one in haircut["staff"]] == [
            (51001, 3600, None),
            (51003, 4500, 35),
        ]
        assert (haircut["price_min"], haircut["price_max"]) == (30, 35)
        assert account.data("GET", f"/company/{GRACIA}/services/7050")["is_multi"] is True
        assert account.call("GET", f"/company/{GRACIA}/services/1").status_code == 404
        assert len(account.data("GET", f"/services/{GRACIA}?category_id=7100")) == 6
        categories = account.data("GET", f"/company/{GRACIA}/service_categories?staff_id=51005")
        assert [one["title"] for one in categories] == ["Nails"]
        assert len(account.data("GET", f"/company/{GRACIA}/staff/positions/")) == 5
        assert account.data("GET", f"/company/{GRACIA}/staff/51002")["user"]["name"] == "Dani Trainer"
        assert account.data("GET", f"/resources/{GRACIA}")[0]["instances"][0]["resource_id"] == 11350
        assert account.data("GET", f"/custom_fields/record/{GRACIA}")[0]["custom_field"]["code"] == "source"
        field = {"type": "text", "code": "kommo", "title": "Kommo"}
        assert account.call("POST", f"/custom_fields/client/{GRACIA}", field).status_code == 201
        assert account.call("POST", f"/custom_fields/client/{GRACIA}", {"type": "blob"}).status_code == 422

    def test_labels(self, account: Account) -> None:
        shown = account.data("GET", f"/labels/{GRACIA}/2")
        assert sum(one["not_editable"] for one in shown) == 4
        assert all(one["color"].startswith("#") for one in shown)
        made = account.data("POST", f"/labels/{GRACIA}?title=Late&color=%23ff0000&entity=2", status=201)
        assert made["id"] == str(int(made["id"]))
        path = f"/labels/{GRACIA}/{made['id']}"
        changed = account.call("PUT", path, {"title": "Very late"})
        assert (changed.status_code, changed.json()) == (202, {"success": True, "meta": {"message": "Accepted"}})
        record = account.book(record_labels=[made["id"]])
        assert record["record_labels"][0]["title"] == "Very late"
        assert account.call("DELETE", path).status_code == 200
        assert account.call("PUT", f"/labels/{GRACIA}/1321", {"title": "x"}).status_code == 403
        assert account.call("POST", f"/labels/{GRACIA}/clients/create", {"title": "Shy"}).status_code == 201
        assert [one["title"] for one in account.data("GET", f"/labels/{GRACIA}/clients?search=shy")] == ["Shy"]

    def test_the_common_schedule_shows_what_keeps_people_busy(self, account: Account) -> None:
        today = account.today().isoformat()
        path = f"/company/{GRACIA}/staff/schedule"
        query = f"start_date={today}&end_date={today}&staff_ids[]=51002&include[]=busy_intervals&include[]=off_day_type"
        day = account.data("GET", f"{path}?{query}")[0]
        assert day["slots"] == [{"from": "09:00", "to": "21:00"}]
        assert [(one["entity_type"], one["from"], one["to"]) for one in day["busy_intervals"]] == [
            ("record", "10:00", "11:00"),
            ("record", "13:30", "14:30"),
            ("activity", "18:00", "19:00"),
        ]
        day_off = {"schedules_to_set": [{"staff_id": 51002, "dates": ["2027-01-04"], "slots": []}]}
        account.data("PUT", path, day_off)
        row = account.data("GET", f"{path}?start_date=2027-01-04&end_date=2027-01-04&staff_ids[]=51002")[0]
        assert row["slots"] == []
        old = account.data("GET", f"/schedule/{GRACIA}/51002/2027-01-04/2027-01-05")
        assert (old[0]["is_working"], len(old)) == (0, 2)
        assert "2027-01-04" not in account.data("GET", f"/timetable/dates/{GRACIA}/2027-01-01?staff_id=51002")
        grid = account.data("GET", f"/timetable/seances/{GRACIA}/51002/{today}")
        busy = [one["time"] for one in grid if not one["is_free"]]
        assert {"10:00", "10:45", "18:45"} <= set(busy)
        assert "19:00" not in busy
        assert account.call("GET", f"{path}?start_date=2027-01-04&end_date=2026-01-04").status_code == 400


class TestOnlineBooking:
    def test_from_a_free_time_to_a_booking_and_back(self, account: Account) -> None:
        headers = partner_only(account)
        services = account.data("GET", f"/book_services/{GRACIA}?staff_id=51001", headers=headers)
        assert {one["id"] for one in services["services"]} >= {7001, 7003}
        dates = account.data("GET", f"/book_dates/{GRACIA}?service_ids[]=7001&staff_id=51001", headers=headers)
        day = dates["booking_dates"][3]
        times = account.data("GET", f"/book_times/{GRACIA}/51001/{day}?service_ids[]=7001", headers=headers)
        assert times[0]["seance_length"] == 3600
        start = f"{day} {times[0]['time']}:00" if len(times[0]["time"]) == 5 else f"{day} 0{times[0]['time']}:00"
        staff = account.data("GET", f"/book_staff/{GRACIA}?service_ids[]=7001&datetime={start}", headers=headers)
        assert {one["id"]: one["bookable"] for one in staff}[51001] is True
        appointment = {"id": 5, "services": [7001], "staff_id": 51001, "datetime": start}
        body = {"phone": "34600000900", "fullname": "Olga", "email": "o@example.test", "appointments": [appointment]}
        assert account.call("POST", f"/book_check/{GRACIA}", body, headers=headers).status_code == 201
        made = account.data("POST", f"/book_record/{GRACIA}", body, status=201, headers=headers)[0]
        shown = account.record(made["record_id"])
        assert (made["id"], shown["online"], shown["created_user_id"], shown["is_mobile"]) == (5, True, 0, 1)
        assert shown["record_from"] != ""
        again = account.call("POST", f"/book_record/{GRACIA}", body, headers=headers)
        assert (again.status_code, again.json()["meta"]["errors"]) == (
            422,
            {"code": 433, "message": "The time is already taken", "id": 5},
        )
        path = f"/user/records/{made['record_id']}/{made['record_hash']}"
        assert account.data("GET", path, headers=headers)["id"] == made["record_id"]
        moved = account.call(
            "PUT", f"/book_record/{GRACIA}/{made['record_id']}", {"datetime": f"{day} 03:00:00"}, headers=headers
        )
        assert moved.status_code == 422
        later = dates["booking_dates"][4]
        start = account.data("GET", f"/book_times/{GRACIA}/51001/{later}?service_ids[]=7001", headers=headers)[-1][
            "time"
        ]
        change = {"datetime": f"{later} {start}:00", "comment": "later please"}
        account.data("PUT", f"/book_record/{GRACIA}/{made['record_id']}", change, headers=headers)
        assert account.record(made["record_id"])["date"] == change["datetime"]
        listed = account.data("GET", f"/records/partner/?salon_id={GRACIA}&editable_length=100")
        assert made["record_id"] in [one["id"] for one in listed]
        assert account.call("DELETE", path, headers=headers).status_code == 204
        assert account.call("GET", path, headers=headers).status_code == 404
        nearest = account.data("GET", f"/book_staff_seances/{GRACIA}/51001?service_ids[]=7001", headers=headers)
        assert nearest["seances"]

    @pytest.mark.parametrize(
        ("changes", "appointment", "status", "code"),
        [
            ({"phone": "12"}, {}, 422, 431),
            ({"code": "0"}, {}, 422, 432),
            ({"fullname": ""}, {}, 422, 435),
            ({}, {"services": [1]}, 422, 438),
            ({}, {"datetime": "2027-01-05 02:00:00", "staff_id": 0}, 422, 436),
            ({}, {"datetime": "2027-01-05 02:00:00"}, 422, 433),
        ],
    )
    def test_each_refusal_has_its_code(
        self, account: Account, changes: dict[str, Any], appointment: dict[str, Any], status: int, code: int
    ) -> None:
        wanted = {"id": 1, "services": [7001], "staff_id": 51001, "datetime": account.free_time(51001), **appointment}
        body = {"phone": "34600000900", "fullname": "Olga", "email": "", "appointments": [wanted], **changes}
        answer = account.call("POST", f"/book_record/{GRACIA}", body, headers=partner_only(account))
        assert (answer.status_code, answer.json()["meta"]["code"]) == (status, code)

    def test_overlapping_appointments_and_the_blacklist(self, account: Account) -> None:
        one = {"id": 1, "services": [7001], "staff_id": 51001, "datetime": account.free_time(51001)}
        body = {"phone": "34600000102", "fullname": "Marc", "email": "", "appointments": [one, {**one, "id": 2}]}
        answer = account.call("POST", f"/book_record/{GRACIA}", body, headers=partner_only(account))
        assert (answer.json()["meta"]["code"], answer.json()["meta"]["errors"]["id"]) == (437, 2)
        client = next(one["id"] for one in find(account) if one["phone"] == "+34600000102")
        account.control("POST", "/blacklist", {"location": GRACIA, "client": client})
        answer = account.call(
            "POST", f"/book_record/{GRACIA}", {**body, "appointments": [one]}, headers=partner_only(account)
        )
        assert (answer.status_code, answer.json()["meta"]["code"]) == (403, 434)
