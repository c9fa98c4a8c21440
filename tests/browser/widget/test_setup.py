"""Setting up: the first run, the set-up check with its fixes, the connection, people and fields."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from bookdeal.altegio.rights import Right, section_of
from bookdeal.installs.checks import Fix
from tests.browser.widget.kommo_page import LANGUAGES, OPEN, SLOW, KommoPage
from tests.browser.widget.newcomer import installation_of, newcomer
from tests.stack.town import Town
from tests.stack.widget_api import ask, save, settings, worker

GRACIA, SANTS = "Gràcia", "Sants"
TABS = ("check", "altegio", "people", "fields")


def stub(kommo: KommoPage, path: str, body: Any, status: int = 200, method: str = "GET") -> None:
    """Let the API answer this from now on."""
    address = re.compile(re.escape(kommo.stack.api + path) + r"(\?|$)")

    def answer(route: Any) -> None:
        if route.request.method == method:
            route.fulfill(json=body, status=status, headers=OPEN)
        else:
            route.fallback()

    kommo.page.route(address, answer)


def gap(code: str, fix: Fix, field: str = "", /, *, blocking: bool = False, **params: Any) -> dict[str, Any]:
    severity = "blocking" if blocking else "warning"
    return {"code": code, "severity": severity, "fix": fix.value, "params": params, "field": field}


def check_shows(kommo: KommoPage, *gaps: dict[str, Any]) -> None:
    works = not any(one["severity"] == "blocking" for one in gaps)
    stub(kommo, "/check", {"works": works, "at": 1_760_000_000, "gaps": list(gaps)})


def row(widget: Locator, code: str) -> Locator:
    """A gap as it is shown."""
    return widget.locator(f'[data-code="{code}"]')


def turn(widget: Locator, label: str) -> None:
    """Press a check box by its label: the box itself is drawn by the UI kit."""
    widget.locator("label", has_text=re.compile(f"^{label}$")).click()


def log_in(place: Locator, login: str, password: str) -> None:
    place.get_by_label("Phone or e-mail in Altegio").fill(login)
    place.get_by_label("Password in Altegio").fill(password)
    place.get_by_role("button", name="Connect", exact=True).click()


# -- the first run -----------------------------------------------------------------------------------------------------


def test_a_new_account_is_set_up_in_five_steps_and_only_the_login_is_typed(kommo: KommoPage, town: Town) -> None:
    altegio = town.stack.description.altegio
    with newcomer(town) as id:
        widget = kommo.open_settings()
        expect(widget.get_by_role("heading", name="Set up Bookdeal")).to_be_visible()
        log_in(widget, altegio.login, "wrong")
        expect(widget.get_by_role("alert")).to_contain_text("Authorization error")
        assert altegio.password not in widget.inner_html()
        log_in(widget, altegio.login, altegio.password)

        # All are chosen to begin with; one is enough here.
        expect(step(widget, "Choose locations")).to_have_attribute("aria-current", "step")
        for one in ask(town, "GET", "/connection/locations").json()["locations"]:
            if one["title"] != SANTS:
                turn(widget, re.escape(one["title"]))
        expect(widget.get_by_text(re.compile(r"^1 of \d+ chosen"))).to_be_visible()
        kommo.assert_accessible()
        widget.get_by_role("button", name="Save and continue").click()

        # It can be left, and goes on where it was; steps that are done can be looked at again.
        expect(step(widget, "Pipeline and fields")).to_have_attribute("aria-current", "step")
        widget = kommo.open_settings()
        expect(step(widget, "Pipeline and fields")).to_have_attribute("aria-current", "step")
        expect(step(widget, "Go live")).to_be_disabled()
        step(widget, "Connect Altegio").click()
        expect(widget.get_by_text("Altegio is connected.")).to_be_visible()
        step(widget, "Pipeline and fields").click()

        widget.get_by_label("My own pipeline and fields").check()
        expect(widget.get_by_role("radio", name="By rules")).to_be_visible()
        expect(widget.get_by_role("combobox", name="Kommo field for “Employee”")).to_be_visible()
        widget.get_by_label("The recommended pipeline and fields").check()
        widget.get_by_role("button", name="Create pipeline and fields").click()

        expect(step(widget, "Preview")).to_have_attribute("aria-current", "step", timeout=SLOW)
        widget.get_by_role("button", name="Show preview").click()
        expect(widget.get_by_text("Nothing was changed.")).to_be_visible(timeout=SLOW)
        expect(widget.locator(".first-preview-summary")).to_contain_text("New booking")
        widget.get_by_role("button", name="Continue").click()

        expect(widget.get_by_text(re.compile(r"\d+ deals? (is|are) made at once"))).to_be_visible(timeout=SLOW)
        expect(widget.get_by_text("automations")).to_be_visible()
        assert not installation_of(town, id).is_live
        widget.locator(".first-step").get_by_role("button", name="Go live").click()
        expect(widget.get_by_text("Bookdeal works.")).to_be_visible(timeout=SLOW)
        kommo.assert_accessible()

        found = installation_of(town, id)
        assert (found.is_live, found.paused) == (True, None)
        assert [location.title for location in found.locations] == [SANTS]
        assert found.settings.start_from == found.today(time.time())
        widget.get_by_role("button", name="To the settings").click()
        expect(widget.get_by_role("link", name="Set-up check")).to_have_attribute("aria-current", "page")


def step(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("navigation").get_by_role("button", name=name)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_step_in_every_language_dark_and_with_longer_texts(kommo: KommoPage, lang: str) -> None:
    not_live = {"is_live": False, "paused": "setting_up", "locations": [], "problems": [], "is_admin": True}
    stub(kommo, "/connection", {"kommo_host": "demo.kommo.com", "heard_at": None, **not_live})
    stub(kommo, "/connection/locations", {"error": {"code": "credentials", "params": {}}}, 404)
    wrong = {"error": {"code": "authorization_error", "params": {}, "field": "password"}}
    stub(kommo, "/connection/altegio", wrong, 400, "POST")
    kommo.lengthen_texts()
    widget = kommo.open_settings(lang=lang, theme="dark")
    widget.locator('input[type="text"], input:not([type])').first.fill("ada")
    widget.locator('input[type="password"]').fill("wrong")
    widget.locator("form").get_by_role("button").click()
    expect(widget.get_by_role("alert")).to_contain_text(AUTHORIZATION_ERROR[lang])
    kommo.assert_fits()
    kommo.assert_accessible()


@pytest.mark.parametrize("kommo", [{"viewport": {"width": 480, "height": 900}}], indirect=True, ids=["narrow"])
@pytest.mark.parametrize("lang", ["es", "ru"])
def test_every_step_fits_with_longer_texts(kommo: KommoPage, town: Town, lang: str) -> None:
    show_first_run(kommo, town)
    kommo.lengthen_texts()
    widget = kommo.open_settings(lang=lang, theme="dark" if lang == "ru" else "light")
    steps = widget.get_by_role("navigation").get_by_role("button")
    expect(steps).to_have_count(5)
    for number in range(5):
        steps.nth(number).click()
        expect(steps.nth(number)).to_have_attribute("aria-current", "step")
        if number == PREVIEW:
            widget.locator(".first-preview-days").get_by_role("button").click()
            expect(widget.locator(".first-preview-summary dd")).to_have_count(2)
        elif number == LIVE:
            expect(widget.locator(".first-live-count")).to_contain_text("38")
        kommo.assert_fits()
        kommo.assert_accessible()


PREVIEW, LIVE = 3, 4


def show_first_run(kommo: KommoPage, town: Town) -> None:
    """Show an account that has come as far as the preview, of which 38 deals would be made."""
    not_live = {"is_live": False, "paused": "setting_up", "problems": [], "is_admin": True}
    here = {"id": town.location, "title": GRACIA, "city": "Barcelona", "timezone": "Europe/Madrid", "active": True}
    far = {**here, "id": 1, "title": "Lisboa", "timezone": "", "active": False, "chosen": False}
    groups = [
        {"id": str(stage), "fate": "made", "before": None, "after": [1, stage], "rule": "simple", "count": count}
        for stage, count in ((1, 30), (2, 8))
    ]
    counts = {"stay": 2, "no_client": 1, "cancelled_when_first_seen": 4}
    done = {"id": "ab", "kind": "preview", "state": "done", "progress": None}
    stub(
        kommo, "/connection", {"kommo_host": "x.kommo.com", "heard_at": None, "locations": [town.location], **not_live}
    )
    stub(kommo, "/connection/locations", {"locations": [{**here, "chosen": True}, far]})
    stub(kommo, "/settings", {**settings(town), "version": 1})
    stub(kommo, "/preview", {"command": "ab"}, method="POST")
    stub(kommo, "/commands/ab", {**done, "result": {"bookings": 45, "groups": groups, "counts": counts}})
    check_shows(kommo, gap("deals_room", Fix.KOMMO_PLAN, most=2500), gap("not_live", Fix.GO_LIVE))


AUTHORIZATION_ERROR = {
    "en": "Authorization error",
    "es": "Error de autorización",
    "pt": "Erro de autorização",
    "ru": "Ошибка авторизации",
}


# -- the set-up check --------------------------------------------------------------------------------------------------


def test_when_all_is_well_the_good_news_come_first(kommo: KommoPage) -> None:
    check_shows(kommo)
    widget = kommo.open_settings()
    expect(widget.get_by_role("heading", name="Everything works.")).to_be_visible()
    expect(widget.get_by_text("Checked:")).to_be_visible()
    expect(widget.locator(".check-gap")).to_have_count(0)


def test_a_webhook_that_is_off_is_switched_on(kommo: KommoPage, town: Town) -> None:
    now = town.salon("GET", f"/hooks_settings/{town.location}")
    town.salon("POST", f"/hooks_settings/{town.location}", {**now, "active": 0})
    widget = kommo.open_settings()
    off = row(widget, "altegio_webhook")
    expect(off).to_contain_text(GRACIA)
    off.get_by_role("button", name="Switch on").click()
    expect(off).to_have_count(0, timeout=SLOW)
    assert town.salon("GET", f"/hooks_settings/{town.location}")["active"]


def test_a_right_that_is_missing_is_named_with_where_to_switch_it_on(kommo: KommoPage, town: Town) -> None:
    login = town.stack.description.altegio.login
    with rights(town, login, delete_records_access=0):
        widget = kommo.open_settings()
        missing = row(widget, "altegio_right")
        expect(missing).to_contain_text(f"In {GRACIA}, Bookdeal may not delete bookings")
        missing.get_by_text("Where to switch it on").click()
        expect(missing).to_contain_text("Access rights → Booking window. Switch on: delete bookings")
    widget.get_by_role("button", name="Check again").click()
    expect(missing).to_have_count(0)


@contextmanager
def rights(town: Town, login: str, **given: int) -> Iterator[None]:
    """Let a user lack rights in Altegio for a while."""
    town.admin("rights", login=login, location=town.location, rights=given)
    yield
    town.admin("rights", login=login, location=town.location, rights=dict.fromkeys(given, 1))


FIXES = [
    (gap("unknown_field", Fix.SETTINGS, "fields.deal.EMPLOYEE", code="EMPLOYEE", id=1), "#fields/fields.deal.EMPLOYEE"),
    (gap("unknown_stage", Fix.SETTINGS, "status_sync.mapping.stages.arrived", stage=1, pipeline=2), "#stages/"),
    (gap("unknown_user", Fix.SETTINGS, "task.responsible", user=1), "#deals/task.responsible"),
    (gap("paused", Fix.SETTINGS, blocking=True, reason="stage_gone"), "#stages"),
    (gap("paused", Fix.SETTINGS, blocking=True, reason="field_gone"), "#fields"),
    (gap("no_locations", Fix.CONNECT_ALTEGIO, blocking=True), "#altegio/access"),
    (gap("altegio_access", Fix.CONNECT_ALTEGIO, blocking=True, location=1, reason="token"), "#altegio/access"),
    (gap("users_untied", Fix.LOG_IN, count=3), "#people/"),
    (gap("paused", Fix.OPERATOR, blocking=True, reason="operator"), "https://"),
]


def test_each_fix_leads_to_where_it_is_done(kommo: KommoPage) -> None:
    check_shows(kommo, *(one for one, _ in FIXES))
    widget = kommo.open_settings()
    for one, leads_to in FIXES:
        expect(row(widget, one["code"]).locator(f'a[href^="{leads_to}"]').first).to_be_visible()


def test_the_way_to_a_field_ends_at_it(kommo: KommoPage, town: Town) -> None:
    check_shows(kommo, gap("field_type", Fix.SETTINGS, "fields.deal.EMPLOYEE", code="EMPLOYEE", id=1, type="date"))
    widget = kommo.open_settings()
    row(widget, "field_type").get_by_role("link").click()
    expect(widget.get_by_role("combobox", name="Kommo field for “Employee”")).to_be_focused()
    check_shows(kommo, gap("user_refused", Fix.LOG_IN, user=worker(town)))
    widget = kommo.open_settings()
    row(widget, "user_refused").get_by_role("link").click()
    expect(widget.locator(f'[data-field="{worker(town)}"]').get_by_role("button").first).to_be_focused()


HOW = [
    gap("kommo_webhooks_plan", Fix.KOMMO_PLAN),
    gap("deals_room", Fix.KOMMO_PLAN, most=10_000),
    gap("location_unpaid", Fix.ALTEGIO_LICENCE, blocking=True, location=1),
    gap("location_zone", Fix.ALTEGIO_LOCATION, blocking=True, location=1, zone=""),
    gap("zones_differ", Fix.KOMMO_ACCOUNT, location=1, zone="Europe/Madrid", account_zone="America/Lima"),
]


def test_what_is_done_elsewhere_is_explained(kommo: KommoPage) -> None:
    check_shows(kommo, *HOW)
    widget = kommo.open_settings()
    for one in HOW:
        found = row(widget, one["code"])
        found.get_by_text("How to do it").click()
        expect(found.locator("p")).to_contain_text(re.compile("In Kommo|Altegio"))


def test_access_to_kommo_is_given_on_kommos_page(kommo: KommoPage, town: Town) -> None:
    check_shows(kommo, gap("kommo_access", Fix.CONNECT_KOMMO, blocking=True, reason="token"))
    widget = kommo.open_settings()
    with kommo.page.expect_popup() as opened:
        row(widget, "kommo_access").get_by_role("button", name="Give access to Kommo").click()
    opened.value.wait_for_url(f"{town.stack.description.kommo.base_url}/oauth**")
    opened.value.close()
    expect(widget.get_by_text("Allow access in the new window")).to_be_visible()


def every_gap() -> list[dict[str, Any]]:
    """One of each kind that the API can tell."""
    lost = [
        gap("kommo_access", Fix.CONNECT_KOMMO, reason=reason) for reason in ("token", "rights", "payment", "moved")
    ] + [
        gap("altegio_access", Fix.CONNECT_ALTEGIO, location=900100, reason=reason)
        for reason in ("token", "rights", "payment", "gone")
    ]
    reasons = (
        "rebuilding",
        "stage_gone",
        "field_gone",
        "operator",
        "uninstalled",
        "kommo_token",
        "rebuild_links_failed",
    )
    paused = [gap("paused", Fix.OPERATOR, reason=reason) for reason in reasons]
    lacking = [
        gap("altegio_right", Fix.ALTEGIO_RIGHTS, location=900100, right=right.value, section=section_of(right).value)
        for right in Right
    ]
    hooks = [
        *(gap("kommo_webhook", Fix.WEBHOOKS, state=state) for state in ("off", "missing")),
        *(gap("altegio_webhook", Fix.WEBHOOKS, location=900100, state=state) for state in ("off", "missing")),
        gap("webhook_repaired", Fix.NONE, side="kommo", at=1_760_000_000),
        gap("webhook_repaired", Fix.NONE, side="altegio", location=900100, at=1_760_000_000),
        gap("kommo_rights", Fix.CONNECT_KOMMO),
    ]
    at_fields = [
        gap(code, Fix.SET_UP, "fields.deal.SERVICES", code="SERVICES") for code in ("field_missing", "own_field_type")
    ]
    renamed = gap("field_renamed", Fix.SETTINGS, "fields.deal.SERVICES", code="SERVICES", id=1)
    statuses = [
        gap("status_unmapped", Fix.SETTINGS, f"status_sync.{at}.stages.{status}", status=status)
        for at in ("mapping", "rules.1.mapping", "otherwise")
        for status in ("no_show", "cancelled")
    ]
    users = [
        gap("users_untied", Fix.LOG_IN, count=5),
        gap("user_refused", Fix.LOG_IN, user=1),
        gap("not_live", Fix.GO_LIVE),
        gap("no_locations", Fix.CONNECT_ALTEGIO),
        gap("fields_room", Fix.KOMMO_PLAN, left=2, missing=5),
    ]
    faults = [one for one, _ in FIXES if one["fix"] == Fix.SETTINGS]
    return [*lost, *paused, *lacking, *hooks, *at_fields, renamed, *statuses, *users, *faults, *HOW]


BRAND = "<b>Ö'Hé</b> & Söhne"
NO_WORDS = {"en": "this code", "es": "este código", "pt": "este código", "ru": "этот код"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_gap_is_said_in_words_and_under_the_brands_name(kommo: KommoPage, lang: str) -> None:
    check_shows(kommo, *every_gap())
    kommo.rename_brand(BRAND)
    widget = kommo.open_settings(lang=lang, theme="dark" if lang in ("es", "ru") else "light")
    # The statuses of a mapping are one gap to a person.
    expect(widget.locator(".check-gap")).to_have_count(len(every_gap()) - 3)
    said = widget.inner_text()
    assert NO_WORDS[lang] not in said
    assert not re.search(r"\w+_\w+|undefined|\{", said)
    assert BRAND in said
    assert "Bookdeal" not in said
    kommo.assert_accessible()


# -- people ------------------------------------------------------------------------------------------------------------


def person(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("row", name=re.compile(name))


def test_a_person_is_connected_and_disconnected(kommo: KommoPage, town: Town) -> None:
    altegio = town.stack.description.altegio
    widget = kommo.open_settings("people")
    elisa = person(widget, "Elisa")
    elisa.get_by_role("button", name="Connect Elisa").click()
    log_in(kommo.window, altegio.login, "wrong")
    expect(kommo.window.get_by_role("alert")).to_contain_text("Authorization error")
    kommo.assert_accessible()
    log_in(kommo.window, altegio.login, altegio.password)
    expect(kommo.window).to_have_count(0)
    expect(elisa).to_contain_text("Connected")
    elisa.get_by_role("button", name="Disconnect").click()
    elisa.get_by_role("button", name="Disconnect", exact=True).click()
    expect(elisa).to_contain_text("Not connected")


def test_what_people_see_is_saved_at_once_also_when_somebody_was_first(kommo: KommoPage, town: Town) -> None:
    before = ask(town, "GET", "/users").json()
    ids = {user["name"]: user["id"] for user in before["users"]}
    diego, elisa = (next(id for name, id in ids.items() if name.startswith(first)) for first in ("Diego", "Elisa"))
    try:
        widget = kommo.open_settings("people")
        seen = person(widget, "Diego")
        seen.locator("summary").click()
        turn(seen, SANTS)
        expect(widget.get_by_text("Changed for 1 person")).to_be_visible()
        # Another tab, and back: nothing is lost.
        widget.get_by_role("link", name="Altegio").click()
        widget.get_by_role("link", name="People").click()
        mine = [{"id": elisa, "locations": [town.location], "chains": []}]
        assert ask(town, "PUT", "/users", {"version": before["version"], "users": mine}).status_code == 200
        widget.get_by_role("button", name="Save people").click()
        expect(widget.get_by_text("Somebody else has saved")).to_be_visible()
        expect(person(widget, "Elisa")).to_contain_text(GRACIA)
        widget.get_by_role("button", name="Save people").click()
        expect(widget.get_by_text("Everything is saved.")).to_be_visible()
        stored = {user["id"]: user["locations"] for user in ask(town, "GET", "/users").json()["users"]}
        assert (stored[diego], stored[elisa]) == ([town.location], [town.location])
    finally:
        now = ask(town, "GET", "/users").json()["version"]
        assert ask(town, "PUT", "/users", {"version": now, "users": []}).status_code == 200


def test_a_hundred_people_are_searched(kommo: KommoPage) -> None:
    people = [
        {
            "id": number,
            "name": f"Manager {number}",
            "is_admin": False,
            "connection": "refused" if number % 2 else "none",
            "altegio_user": None,
            "locations": None,
            "chains": [],
            "sees": [],
        }
        for number in range(1, 101)
    ]
    stub(kommo, "/users", {"version": 1, "users": people})
    widget = kommo.open_settings("people")
    expect(widget.locator("tbody tr")).to_have_count(100)
    widget.get_by_label("Search by name").fill("manager 77")
    expect(widget.locator("tbody tr")).to_have_count(1)
    expect(person(widget, "Manager 77")).to_contain_text("Authorization error")
    widget.get_by_label("Search by name").fill("nobody")
    expect(widget.get_by_text("Nobody is called “nobody”")).to_be_visible()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_worker_sees_himself_only(kommo: KommoPage, town: Town, lang: str) -> None:
    widget = kommo.open_settings(user=worker(town), lang=lang)
    expect(widget.locator("form")).to_be_visible()
    expect(widget.get_by_role("navigation")).to_have_count(0)
    expect(widget).to_contain_text(ADMINISTRATORS[lang])
    kommo.assert_accessible()


ADMINISTRATORS = {"en": "administrators", "es": "administradores", "pt": "administradores", "ru": "администраторы"}


# -- fields ------------------------------------------------------------------------------------------------------------


def chooser(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("combobox", name=f"Kommo field for “{name}”")


@pytest.mark.usefixtures("settings_as_they_were")
def test_missing_fields_are_made_with_one_click(kommo: KommoPage, town: Town) -> None:
    codes = {"MEMBERSHIP_START", "MEMBERSHIP_END", "MEMBERSHIP_BALANCE"}
    save(town, memberships=False)
    for field in town.look("contacts/custom_fields"):
        if field["code"] in codes:
            town.in_kommo("DELETE", f"contacts/custom_fields/{field['id']}")
    save(town, memberships=True)
    ask(town, "GET", "/account?anew=true")
    widget = kommo.open_settings("fields")
    expect(widget.get_by_text("3 fields are not in Kommo yet")).to_be_visible()
    widget.get_by_role("button", name="Create all missing").click()
    expect(widget.get_by_text("All fields are in Kommo.")).to_be_visible(timeout=SLOW)
    assert codes <= {field["code"] for field in town.look("contacts/custom_fields")}


OPTIONAL_NAMES = {
    "PAID": "Paid",
    "PAYMENT_STATUS": "Payment status",
    "BOOKED_ONLINE": "Booked online",
    "VISITOR": "Visitor",
}


def optional_fields(town: Town) -> dict[str, int]:
    """Return the ids of those that the account has, by their code."""
    return {one["code"]: one["id"] for one in town.look("leads/custom_fields") if one["code"] in OPTIONAL_NAMES}


def remove_optional_fields(town: Town) -> None:
    for id in optional_fields(town).values():
        town.in_kommo("DELETE", f"leads/custom_fields/{id}")
    ask(town, "GET", "/account?anew=true")


@pytest.fixture
def without_optional_fields(town: Town, settings_as_they_were: None) -> Iterator[None]:
    """The account has none of them, before the test and after it."""
    remove_optional_fields(town)
    yield
    remove_optional_fields(town)


def field_row(widget: Locator, code: str) -> Locator:
    return widget.locator(f'[data-field="fields.deal.{code}"]')


def create_button(widget: Locator, code: str) -> Locator:
    return widget.get_by_role("button", name=f"Create {OPTIONAL_NAMES[code]}", exact=True)


@pytest.mark.usefixtures("without_optional_fields")
def test_optional_fields_are_made_at_their_rows_or_together(kommo: KommoPage, town: Town) -> None:
    widget = kommo.open_settings("fields")
    for code in OPTIONAL_NAMES:
        expect(create_button(widget, code)).to_be_visible()
    create_button(widget, "VISITOR").click()
    expect(field_row(widget, "VISITOR")).to_contain_text("Save, so that it is written.", timeout=SLOW)
    expect(chooser(widget, "Visitor").locator("option:checked")).to_have_text("Visitor")
    assert set(optional_fields(town)) == {"VISITOR"}
    widget.get_by_role("button", name="Create the optional fields too").click()
    expect(field_row(widget, "PAID")).to_contain_text("Save, so that it is written.", timeout=SLOW)
    for code in OPTIONAL_NAMES:
        expect(field_row(widget, code)).to_contain_text("In use")
    expect(widget.get_by_role("button", name="Create")).to_have_count(0)
    kommo.assert_fits()
    kommo.assert_accessible()
    widget.get_by_role("button", name="Save", exact=True).click()
    expect(widget.get_by_text("Everything is saved.")).to_be_visible()
    assert settings(town)["fields"]["deal"] == optional_fields(town)
    assert set(optional_fields(town)) == set(OPTIONAL_NAMES)


@pytest.mark.parametrize(("status", "why"), [(403, "lets only administrators do this"), (402, "does not hold more")])
@pytest.mark.usefixtures("without_optional_fields")
def test_a_refused_field_says_so_at_its_row(kommo: KommoPage, town: Town, status: int, why: str) -> None:
    refusal = {"title": "Refused", "status": status, "detail": "No more"}
    making = {"method": "POST", "route": "/api/v4/leads/custom_fields", "kind": "status", "times": 1}
    town.fault("kommo", {**making, "status": status, "body": refusal})
    widget = kommo.open_settings("fields")
    create_button(widget, "PAID").click()
    expect(field_row(widget, "PAID").get_by_role("alert")).to_contain_text(why, timeout=SLOW)
    expect(widget.get_by_role("alert")).to_have_count(1)
    kommo.assert_fits()
    create_button(widget, "PAID").click()
    expect(field_row(widget, "PAID")).to_contain_text("In use", timeout=SLOW)


@pytest.mark.parametrize("kommo", [{"viewport": {"width": 480, "height": 900}}], indirect=True, ids=["narrow"])
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.usefixtures("without_optional_fields")
def test_the_room_for_fields_is_told_before_they_are_made(kommo: KommoPage, town: Town, lang: str) -> None:
    account = ask(town, "GET", "/account").json()
    stub(kommo, "/account", {**account, "fields_left": 1})
    kommo.lengthen_texts()
    widget = kommo.open_settings("fields", lang=lang)
    expect(widget.get_by_role("status").filter(has_text=re.compile(r"Kommo.* 1 "))).to_be_visible()
    kommo.assert_fits()
    stub(kommo, "/account", {**account, "fields_left": len(OPTIONAL_NAMES)})
    kommo.page.reload()
    expect(widget.locator("table").first).to_be_visible()
    expect(widget.get_by_text(re.compile(r"Kommo.* 4 "))).to_have_count(0)


@pytest.mark.usefixtures("settings_as_they_were")
def test_another_field_is_chosen_and_one_that_is_taken_is_refused_there(kommo: KommoPage, town: Town) -> None:
    body = [{"name": "Our stylist", "type": "text"}]
    made = town.in_kommo("POST", "leads/custom_fields", body)["_embedded"]["custom_fields"][0]["id"]
    try:
        ask(town, "GET", "/account?anew=true")
        widget = kommo.open_settings("fields")
        chooser(widget, "Employee").select_option("Our stylist")
        chooser(widget, "Services").select_option("Our stylist")
        widget.get_by_role("button", name="Save", exact=True).click()
        fault = widget.locator('[data-field="fields.deal.SERVICES"]').get_by_role("alert")
        expect(fault).to_contain_text("already shows something else")
        expect(chooser(widget, "Services")).to_have_attribute("aria-invalid", "true")
        chooser(widget, "Services").select_option("Do not write")
        widget.get_by_role("button", name="Save", exact=True).click()
        expect(widget.get_by_text("Everything is saved.")).to_be_visible()
        assert settings(town)["fields"]["deal"] == {"EMPLOYEE": made, "SERVICES": None}
    finally:
        save(town, fields={"deal": {}, "contact": {}})
        town.in_kommo("DELETE", f"leads/custom_fields/{made}")
        ask(town, "GET", "/account?anew=true")


def test_what_deals_are_found_again_by_cannot_be_switched_off(kommo: KommoPage) -> None:
    widget = kommo.open_settings("fields")
    expect(chooser(widget, "Booking ID").locator("option", has_text="Do not write")).to_have_count(0)
    expect(chooser(widget, "Employee").locator("option", has_text="Do not write")).to_have_count(1)
    # Only fields of fitting types: no text for a date.
    expect(chooser(widget, "Booking date").locator("option", has_text="Services")).to_have_count(0)


# -- the connection, Kommo's window, and how it looks ------------------------------------------------------------------


def test_the_connection_is_shown_and_its_locations_chosen(kommo: KommoPage, town: Town) -> None:
    widget = kommo.open_settings("altegio")
    expect(widget.get_by_text("Altegio is connected.")).to_be_visible()
    expect(widget.locator('.hooks [data-tone="good"]')).to_have_count(3)
    try:
        turn(widget, SANTS)
        expect(widget.get_by_text("1 location will no longer be served")).to_be_visible()
        widget.get_by_role("button", name="Save locations").click()
        expect(widget.get_by_text("Saved.", exact=True)).to_be_visible()
        assert ask(town, "GET", "/connection").json()["locations"] == [town.location]
    finally:
        answer = ask(town, "PUT", "/connection/locations", {"locations": town.altegio.locations})
        assert answer.status_code == 200


def test_kommos_own_window_says_how_it_stands(kommo: KommoPage, town: Town) -> None:
    check_shows(kommo, gap("no_locations", Fix.CONNECT_ALTEGIO, blocking=True))
    kommo.open("/settings/widgets/")
    kommo.page.get_by_role("button", name=re.compile("Bookdeal")).click()
    window = kommo.page.locator(".widget-settings .settings-modal, .widget-settings .own-access")
    expect(window).to_contain_text("1 thing keeps it from working")
    expect(window.get_by_role("link", name="Open settings")).to_be_visible()
    kommo.open("/settings/widgets/", user=worker(town))
    kommo.page.get_by_role("button", name=re.compile("Bookdeal")).click()
    expect(window.get_by_label("Password in Altegio")).to_be_visible()


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("kommo", [{"viewport": {"width": 480, "height": 900}}], indirect=True, ids=["narrow"])
def test_longer_texts_fit_in_the_dark(kommo: KommoPage, tab: str) -> None:
    kommo.lengthen_texts()
    if tab == "check":
        check_shows(kommo, *every_gap())
    widget = kommo.open_settings(tab, theme="dark", lang="ru")
    expect(widget.locator(".settings-content h3, .settings-content table").first).to_be_visible()
    kommo.page.wait_for_load_state("networkidle")
    kommo.assert_fits()
    kommo.assert_accessible()
