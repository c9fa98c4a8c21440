"""Who gets in, which errors come back, and how limits and faults work (contract §1)."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from sandbox.altegio.routes import all_routes
from tests.integration.simulators.altegio_account import ACCEPT, GRACIA, SANTS, Account, fresh, running_account


@pytest.fixture(scope="module")
def server() -> Iterator[Account]:
    with running_account(scenario="demo") as account:
        yield account


@pytest.fixture
def account(server: Account) -> Account:
    return fresh(server)


def test_a_login_gives_the_token_that_the_control_call_grants(account: Account) -> None:
    body = {"login": account.granted["login"], "password": account.granted["password"]}
    partner_only = {"Authorization": f"Bearer {account.granted['partner_token']}"}
    for login in (body["login"], "34600000001", "OWNER@example.test"):
        data = account.data("POST", "/auth", {**body, "login": login}, status=201, headers=partner_only)
        assert data["user_token"] == account.granted["user_token"] != account.granted["look_token"]
    refused = account.call("POST", "/auth", {**body, "password": "wrong"}, headers=partner_only)
    assert refused.status_code == 401
    assert refused.json()["success"] is False


def test_a_changed_password_ends_the_token(account: Account) -> None:
    changed = account.control("POST", "/password", {"login": "ada", "password": "another"})
    refused = account.call("GET", f"/records/{GRACIA}")
    assert (refused.status_code, refused.json()["meta"]["message"]) == (401, "Authentication needed.")
    account.granted["user_token"] = changed["user_token"]
    assert account.call("GET", f"/records/{GRACIA}").status_code == 200


PARTNER, USER = "Bearer {partner_token}", "Bearer {partner_token}, User {user_token}"


@pytest.mark.parametrize(
    ("path", "authorization", "accept", "status"),
    [
        (f"/records/{GRACIA}", USER, ACCEPT, 200),
        (f"/records/{GRACIA}/", USER, ACCEPT, 200),
        (f"/records/{GRACIA}", USER, "application/vnd.yclients.v2+json", 200),
        (f"/records/{GRACIA}", USER, "*/*", 400),
        (f"/records/{GRACIA}", PARTNER, ACCEPT, 401),
        (f"/records/{GRACIA}", "", ACCEPT, 401),
        (f"/records/{GRACIA}", "Bearer stranger, User {user_token}", ACCEPT, 401),
        (f"/records/{GRACIA}", "Bearer {partner_token}, User stranger", ACCEPT, 401),
        (f"/records/{GRACIA}", "User {look_token}", "", 200),
        (f"/records/{GRACIA}", "Bearer anything, User {look_token}", "", 200),
        (f"/book_services/{GRACIA}", PARTNER, ACCEPT, 200),
        (f"/records/{SANTS}", "Bearer {partner_token}, User {application_token}", ACCEPT, 403),
        ("/records/123", USER, ACCEPT, 404),
        ("/records/salon", USER, ACCEPT, 404),
        ("/no/such/route", USER, ACCEPT, 404),
        (f"/records/{GRACIA}?changed_after=yesterday", USER, ACCEPT, 400),
    ],
)
def test_each_way_in_has_its_answer(account: Account, path: str, authorization: str, accept: str, status: int) -> None:
    headers = {"Authorization": authorization.format(**account.granted), "Accept": accept}
    answer = requests.get(f"{account.base_url}/api/v1{path}", headers=headers)
    assert answer.status_code == status
    assert answer.json()["success"] is (status == 200)
    if status == 404:
        assert answer.json()["meta"] == []


@pytest.mark.parametrize(
    ("right", "method", "path", "body"),
    [
        ("timetable_access", "GET", f"/records/{GRACIA}", None),
        ("create_records_access", "POST", f"/records/{GRACIA}", {}),
        ("webhook_read_access", "GET", f"/hooks_settings/{GRACIA}", None),
        ("clients_access", "POST", f"/company/{GRACIA}/clients/search", {}),
        ("loyalty_access", "GET", f"/loyalty/abonements/?company_id={GRACIA}&phone=34600000120", None),
        ("users_access", "GET", f"/company/{GRACIA}/users", None),
    ],
)
def test_a_missing_right_is_403_and_shows_in_the_rights(
    account: Account, right: str, method: str, path: str, body: Any
) -> None:
    account.control("POST", "/rights", {"login": "ada", "location": GRACIA, "rights": {right: False}})
    refused = account.call(method, path, body)
    assert (refused.status_code, refused.json()["meta"]["message"]) == (403, "Access denied.")
    groups = account.data("GET", f"/user/permissions/{GRACIA}")
    assert [slugs[right] for slugs in groups.values() if right in slugs] == [False]
    assert account.call("GET", f"/records/{SANTS}").status_code == 200


def test_rights_are_read_and_written_over_rest(account: Account) -> None:
    path = f"/company/{GRACIA}/users/300501/permissions"
    before = {one["slug"]: one["value"] for one in account.data("GET", path)["user_permissions"]}
    assert before["webhook_read_access"] is False
    change = {"user_permissions": [{"slug": "webhook_read_access", "value": 1}]}
    after = {one["slug"]: one["value"] for one in account.data("PUT", path, change)["user_permissions"]}
    assert after["webhook_read_access"] is True
    assert account.call("PUT", path, {"user_permissions": [{"slug": "no_such", "value": 1}]}).status_code == 422


def test_phones_are_masked_without_the_right_to_see_them(account: Account) -> None:
    account.control("POST", "/rights", {"login": "ada", "location": GRACIA, "rights": {"timetable_phones_access": 0}})
    shown = {one["client"]["phone"] for one in account.records() if one["client"]}
    assert shown
    assert all("*" in phone for phone in shown)


def test_an_unpaid_licence_is_402(account: Account) -> None:
    account.control("POST", "/licence", {"location": GRACIA, "paid": False})
    assert account.call("GET", f"/records/{GRACIA}").status_code == 402
    assert account.data("GET", f"/company/{GRACIA}")["active"] == 0
    assert account.call("GET", f"/records/{SANTS}").status_code == 200


def test_locations_and_chains(account: Account) -> None:
    mine = account.data("GET", "/companies?my=1")
    assert [(one["id"], one["title"], one["timezone_name"]) for one in mine] == [
        (GRACIA, "Gràcia", "Europe/Madrid"),
        (SANTS, "Sants", "Europe/Madrid"),
    ]
    chain = account.data("GET", "/groups")[0]
    assert (chain["id"], [one["id"] for one in chain["companies"]]) == (14500, [GRACIA, SANTS])
    found = account.data("GET", "/group/14500/clients/?phone=34600000101")
    assert {one["company_id"] for one in found["clients"]} == {GRACIA, SANTS}


def test_five_requests_a_second_pass_and_the_sixth_is_429(account: Account) -> None:
    account.control("POST", "/limits", {"enforce": True, "retry_after": True})
    answers = [account.call("GET", f"/company/{GRACIA}") for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert answers[-1].json()["success"] is False
    assert int(answers[-1].headers["Retry-After"]) >= 1
    looked = [
        account.session.get(f"{account.base_url}/api/v1/records/{GRACIA}", headers=account.look) for _ in range(8)
    ]
    assert {one.status_code for one in looked} == {200}


def test_two_hundred_a_minute_pass(account: Account) -> None:
    account.control("POST", "/limits", {"enforce": True, "per_second": 1000})
    statuses = [account.call("GET", f"/company/{GRACIA}").status_code for _ in range(201)]
    assert statuses == [200] * 200 + [429]
    account.control("POST", "/clock", {"shift_seconds": 61})
    moved = account.call("GET", f"/company/{GRACIA}")
    assert moved.status_code == 200


def test_faults_do_not_touch_the_one_who_looks(account: Account) -> None:
    route = "/api/v1/records/{company}"
    account.control("POST", "/faults", [{"method": "GET", "route": route, "times": 1, "kind": "status", "status": 502}])
    looked = account.session.get(f"{account.base_url}/api/v1/records/{GRACIA}", headers=account.look)
    assert looked.status_code == 200
    broken = account.call("GET", f"/records/{GRACIA}")
    assert (broken.status_code, broken.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert "<html>" in broken.text
    assert account.call("GET", f"/records/{GRACIA}").status_code == 200


def test_a_connection_closed_after_the_commit_leaves_a_booking_to_be_found_by_its_api_id(account: Account) -> None:
    account.control(
        "POST", "/faults", [{"method": "POST", "route": "/api/v1/records/{company}", "kind": "commit_then_close"}]
    )
    body = account.booking(api_id="intent-1")
    with pytest.raises(requests.ConnectionError):
        account.call("POST", f"/records/{GRACIA}", body)
    assert [one["api_id"] for one in account.records() if one["api_id"] == "intent-1"] == ["intent-1"]


def test_a_late_commit_carries_the_stamp_of_its_request(account: Account) -> None:
    account.control(
        "POST",
        "/faults",
        [{"method": "POST", "route": "/api/v1/records/{company}", "kind": "late_commit", "seconds": 3600}],
    )
    body = account.booking(api_id="late")
    assert account.call("POST", f"/records/{GRACIA}", body).status_code == 504
    other = account.book(client={"phone": "34600000501", "name": "Other"}, staff_id=51003)
    assert not [one for one in account.records() if one["api_id"] == "late"]
    account.control("POST", "/clock", {"shift_seconds": 3601})
    found: list[Any] = []
    while not found:
        found = [one for one in account.records() if one["api_id"] == "late"]
    assert found[0]["last_change_date"] <= other["last_change_date"]
    assert found[0]["id"] < other["id"]


def test_broken_json_is_400_and_the_date_follows_the_clock(account: Account) -> None:
    headers = {**account.headers, "Content-Type": "application/json"}
    broken = requests.post(f"{account.base_url}/api/v1/records/{GRACIA}", data="{no", headers=headers)
    assert (broken.status_code, broken.json()["success"]) == (400, False)
    account.control("POST", "/clock", {"shift_seconds": 86_400 * 400})
    ahead = account.call("GET", f"/company/{GRACIA}").headers["Date"]
    late = parsedate_to_datetime(ahead) - parsedate_to_datetime(broken.headers["Date"])
    assert late.days in (399, 400)


def test_marketplace_from_grant_to_uninstall(account: Account) -> None:
    application, partner = account.granted["application_id"], {"Authorization": PARTNER.format(**account.granted)}
    system = {"Authorization": "Bearer {partner_token}, User {application_token}".format(**account.granted)}
    status = f"/marketplace/salon/{GRACIA}/application/{application}"
    connect = {"salon_id": GRACIA, "application_id": application, "webhook_urls": ["https://hooks.example.test/1"]}
    assert account.call("GET", status, headers=partner).status_code == 404
    assert account.call("POST", "/marketplace/partner/callback", connect, headers=partner).status_code == 403
    grant = f"/company/{GRACIA}/marketplace/applications/{application}/grant_access"
    assert account.data("POST", grant, {}, status=201)["connection_status"]["status"] == "pending"
    assert account.call("GET", f"/records/{GRACIA}", headers=system).status_code == 403
    connected = account.call("POST", "/marketplace/partner/callback", connect, headers=partner)
    assert (connected.status_code, connected.json()["data"]["connection_status"]["status"]) == (201, "active")
    assert account.call("POST", "/marketplace/partner/callback", connect, headers=partner).status_code == 422
    assert account.call("GET", f"/records/{GRACIA}", headers=system).status_code == 200
    assert account.data("GET", f"/hooks_settings/{GRACIA}")["urls"] == ["https://hooks.example.test/1"]
    assert account.data("GET", "/companies?my=1", headers=system) == []
    inventory = account.data("GET", f"/marketplace/application/{application}/salons", headers=partner)
    assert [one["id"] for one in inventory] == [GRACIA]
    account.control("POST", "/application", {"location": GRACIA, "event": "freeze"})
    assert account.call("GET", f"/records/{GRACIA}", headers=system).status_code == 403
    payment = {
        "salon_id": GRACIA,
        "application_id": application,
        "payment_sum": 10,
        "currency_iso": "EUR",
        "payment_date": "2026-05-01",
        "period_from": "2026-05-01",
        "period_to": "2026-06-01",
    }
    assert account.call("POST", "/marketplace/partner/payment", payment, headers=partner).status_code == 201
    assert account.call("GET", f"/records/{GRACIA}", headers=system).status_code == 200
    assert account.call("POST", f"{status}/uninstall", headers=partner).status_code == 200
    assert account.call("GET", f"/records/{GRACIA}", headers=system).status_code == 403
    assert account.data("GET", f"/hooks_settings/{GRACIA}")["urls"] == [""]


def test_a_grant_runs_out_after_twelve_hours(account: Account) -> None:
    account.control("POST", "/application", {"location": GRACIA, "event": "grant"})
    account.control("POST", "/clock", {"shift_seconds": 12 * 3600 + 5})
    connect = {"salon_id": GRACIA, "application_id": account.granted["application_id"]}
    late = account.call("POST", "/marketplace/partner/callback", connect)
    assert late.status_code == 422


ODD_BODIES: list[Any] = [
    None,
    [1],
    "text",
    dict.fromkeys(("staff_id", "client", "services", "datetime", "seance_length", "attendance", "comment"), "x"),
    {name: [1] for name in ("appointments", "schedules_to_set", "filters", "user_permissions", "dates", "links")}
    | {"phone": 34600000101, "fullname": "x", "name": "x", "email": None},
    {name: {"a": 1} for name in ("urls", "client", "services", "record_labels", "date", "text", "amount", "state")},
    {"activity_id": 3101, "client": "x", "attendance": "x", "clients_count": "x"},
]


@pytest.mark.parametrize("place", range(len(ODD_BODIES)))
def test_no_route_breaks_on_an_odd_body(account: Account, place: int) -> None:
    record = next(one for one in account.records() if one["client"])
    known = {
        "company": GRACIA,
        "salon": GRACIA,
        "location": GRACIA,
        "record": record["id"],
        "visit": record["visit_id"],
        "client": record["client"]["id"],
        "staff": 51001,
        "service": 7001,
        "category": 7100,
        "event": 3101,
        "chain": 14500,
        "group": 14500,
        "application": account.granted["application_id"],
        "entity": "2",
        "attendance": f"visit_{record['visit_id']}",
        "date": "2026-12-01",
        "start": "2026-12-01",
        "end": "2026-12-02",
        "phone": "34600000101",
        "action": "set_balance",
        "membership": 659001,
        "deposit": 21000,
        "label": 1330,
        "document": record["documents"][0]["id"],
        "transaction": record["id"],
        "user": 300501,
        "payment": 1,
        "comment": 1,
        "hash": "x",
    }
    broken = []
    # What deletes comes last, so that the others find something.
    for route in sorted(all_routes(), key=lambda one: one.method == "DELETE"):
        path = re.sub(r"{(\w+)(:[^}]*)?}", lambda match: str(known[match[1]]), route.path)
        answer = account.call(route.method, path, ODD_BODIES[place], allow_redirects=False)
        if answer.status_code >= 500:
            broken.append((route.method, path))
    assert broken == []
