"""The widget's API as it is deployed: asked with the tokens that Kommo would give."""

import re
from datetime import date, timedelta
from uuid import uuid4

import requests

from tests.integration.mover.oracle import field
from tests.sides import DANI, YOGA

from .town import Town
from .widget_api import BOARD, administrator, ask, save, settings, worker


def test_a_browser_may_ask_and_only_from_kommos_pages(town: Town) -> None:
    address = f"{town.stack.description.api}/settings"
    headers = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-auth-token"}
    answer = requests.options(address, headers={"Origin": BOARD, **headers}, timeout=60)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == BOARD
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    stranger = requests.options(address, headers={"Origin": "https://evil.example.test", **headers}, timeout=60)
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_settings_pass_through_the_deployed_api(town: Town) -> None:
    read = ask(town, "GET", "/settings")
    assert read.status_code == 200, read.text
    assert read.headers["Access-Control-Allow-Origin"] == BOARD
    saved = ask(town, "PUT", "/settings", read.json())
    assert saved.status_code == 200, saved.text
    assert saved.json()["version"] == read.json()["version"] + 1
    # The very same again is taken for a repetition whose first answer was lost; something else is a conflict.
    assert ask(town, "PUT", "/settings", {**read.json(), "deal_name": "{client}"}).status_code == 409


def test_who_asks_decides(town: Town) -> None:
    settings = ask(town, "GET", "/settings").json()
    for claims in ({"user_id": worker(town)}, {"user_id": worker(town), "with_is_admin": False}):
        refused = ask(town, "PUT", "/settings", settings, **claims)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "administrators_only")
    silent = ask(town, "PUT", "/settings", settings, with_is_admin=False)
    assert silent.status_code == 200, silent.text
    address = f"{town.stack.description.api}/settings"
    assert requests.get(address, headers={"X-Auth-Token": "a.b.c"}, timeout=60).status_code == 401
    assert requests.get(address, timeout=60).status_code == 401


def test_the_demo_account_works(town: Town) -> None:
    checked = ask(town, "GET", "/check")
    assert checked.status_code == 200, checked.text
    assert checked.json()["works"], checked.json()["gaps"]


def test_a_login_ties_a_user(town: Town) -> None:
    user, altegio = worker(town), town.stack.description.altegio
    wrong = ask(town, "POST", f"/users/{user}/login", {"login": altegio.login, "password": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "authorization_error")
    right = ask(town, "POST", f"/users/{user}/login", {"login": altegio.login, "password": altegio.password})
    assert right.status_code == 200, right.text
    assert {one["id"]: one["connection"] for one in right.json()["users"]}[user] == "connected"
    assert ask(town, "DELETE", f"/users/{user}/login").status_code == 200


def test_nothing_of_a_person_is_in_the_log(town: Town) -> None:
    ask(town, "GET", "/users")
    ask(town, "GET", "/account")
    altegio = town.stack.description.altegio
    text = "\n".join(town.stack.logs("settings"))
    assert '"route":"/account"' in text
    names = [user["name"] for user in ask(town, "GET", "/users").json()["users"]]
    private = (*names, altegio.login, altegio.password, altegio.user_token)
    assert not [one for one in private if re.search(rf"\b{re.escape(one)}\b", text)]


def test_a_participant_is_moved_through_the_deployed_api(town: Town) -> None:
    """The route, with the function's own permissions; he has one deal before and after."""
    days = (date.today() + timedelta(days=ahead) for ahead in (40, 42))
    common = {"staff_id": DANI, "service_id": YOGA, "length": 3600, "capacity": 8, "force": True}
    old, to = (town.salon("POST", f"/activity/{town.location}", {**common, "date": f"{day} 18:00:00"}) for day in days)
    guest = {"name": "Yoga Guest", "phone": "34600480042"}
    record = town.salon("POST", f"/records/{town.location}", {"activity_id": old["id"], "client": guest})
    town.come_to_rest()
    deal = deal_of(town, record["id"])
    address = f"/bookings/{town.location}/{record['id']}/place"
    asked = {"request": str(uuid4()), "event": to["id"], "starts_at": str(to["date"]).replace(" ", "T")}
    moved = ask(town, "POST", address, asked, user_id=administrator(town))
    assert moved.status_code == 200, moved.text
    assert (moved.json()["outcome"], moved.json()["deal"]) == ("done", deal)
    town.come_to_rest()
    assert deal_of(town, moved.json()["parts"][0]["booking"]) == deal
    again = ask(town, "POST", address, asked, user_id=administrator(town))
    assert again.json() == moved.json()


def deal_of(town: Town, booking: int) -> int:
    """Return the only deal that shows a booking."""
    (deal,) = [deal["id"] for deal in town.deals() if field(deal, "BOOKING_ID") == str(booking)]
    return int(deal)


def test_an_import_is_steered_through_the_deployed_api(town: Town) -> None:
    """Each route, with the function's own permissions; the mover carries it out."""
    settings = ask(town, "GET", "/settings").json()
    today = date.today()
    first, last = (today - timedelta(days=days) for days in (30, 1))
    window = {"first": first.isoformat(), "last": last.isoformat()}
    assert ask(town, "PUT", "/settings", {**settings, "start_from": today.isoformat()}).status_code == 200
    try:
        query = f"/history/estimate?first={first}&last={last}"
        estimate = ask(town, "GET", query)
        assert estimate.status_code == 200, estimate.text
        begun = ask(town, "POST", "/history", window)
        assert (begun.status_code, begun.json()["state"]) == (200, "running"), begun.text
        # It may be done before it is told to rest.
        for path in ("pause", "continue"):
            steered = ask(town, "POST", f"/history/{path}")
            assert steered.status_code in (200, 409), steered.text
        town.wait_until(lambda: ask(town, "GET", "/history").json()["state"] == "done", 60)
        found = ask(town, "GET", "/history").json()
        assert found["seen"] == found["total"] == found["made"] + sum(found["skipped"].values())
        assert ask(town, "POST", "/history/stop").json()["state"] == "done"
    finally:
        settings = ask(town, "GET", "/settings").json() | {"start_from": settings["start_from"]}
        assert ask(town, "PUT", "/settings", settings).status_code == 200


def test_an_optional_field_is_made_and_shows_what_is_paid(town: Town) -> None:
    """Choosing it is all: from then on payments are read."""
    asked = ask(town, "POST", "/setup", {"pipeline": False, "fields": False, "optional": ["PAID"]})
    assert asked.status_code == 200, asked.text
    path = f"/commands/{asked.json()['id']}"
    town.wait_until(lambda: ask(town, "GET", path).json()["state"] == "done", 60)
    made = ask(town, "GET", path).json()["result"]["optional"]
    assert made == {one["code"]: one["id"] for one in town.look("leads/custom_fields") if one["code"] == "PAID"}
    before = settings(town)["fields"]
    try:
        save(town, fields={**before, "deal": {**before["deal"], **made}})
        person = {"name": "Guest who pays", "phone": "34600777001", "email": "pays@example.test"}
        booking = town.make_booking(person, f"{date.today() + timedelta(days=3)} 10:00:00")
        town.admin("pay", location=town.location, ids=[booking["id"]], amount=5)
        town.come_to_rest()
        assert field(town.deal(booking), "PAID") == "5"
    finally:
        save(town, fields=before)
