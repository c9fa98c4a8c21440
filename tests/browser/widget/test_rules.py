"""The settings of stages, deals and tasks: what a person chooses there is what the mover does."""

import json
import re
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.widget.kommo_page import LANGUAGES, SLOW, KommoPage
from tests.sides import ARRIVED, CONFIRMED, DANI
from tests.stack.town import Town
from tests.stack.widget_api import ask, save, settings

pytestmark = pytest.mark.usefixtures("settings_as_they_were")

SALON, SALES = 5_100_002, 5_100_001
GRACIA, SANTS = "Gràcia", "Sants"

numbers = count(8100)


def mapping(town: Town, **stages: str) -> dict[str, Any]:
    """A mapping in the salon's pipeline, to stages of these names; a status that is not named is left alone."""
    ids = {name: stage for (pipeline, stage), name in town.stages().items() if pipeline == SALON}
    return {"pipeline": SALON, "landing": None, "stages": {status: ids[name] for status, name in stages.items()}}


def rule(id: str, mapping: dict[str, Any], **conditions: list[int]) -> dict[str, Any]:
    nothing: dict[str, list[int]] = {"locations": [], "employees": [], "service_categories": [], "pipelines": []}
    return {"id": id, "conditions": {**nothing, **conditions}, "mapping": mapping}


def conditional(*rules: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """The part of the settings that says how rules move deals."""
    return {"mode": "conditional", "rules": list(rules), "mapping": None, "otherwise": None, "reverse": False, **parts}


def book(town: Town, **changes: Any) -> dict[str, Any]:
    """Let a new guest book; returns the booking once it has its deal."""
    number = next(numbers)
    person = {"name": f"Guest {number}", "phone": f"3460000{number}"}
    day = date.today() + timedelta(days=4)
    record = town.make_booking(person, f"{day} {8 + number % 12:02d}:00:00", **changes)
    town.come_to_rest()
    return record


def stage_after(town: Town, record: dict[str, Any], attendance: int) -> str:
    """Set a booking's status as the salon does; returns where its deal stands then."""
    town.set_status(record, attendance)
    town.come_to_rest()
    return town.stage(town.deal(record))


def save_there(widget: Locator) -> None:
    widget.get_by_role("button", name="Save", exact=True).click()
    expect(widget.get_by_text("Everything is saved.")).to_be_visible()


def tab(widget: Locator, name: str) -> None:
    """Go to another tab, whose content is there then."""
    widget.get_by_role("navigation").get_by_role("link", name=name).click()
    expect(widget.get_by_role("heading", level=2)).to_have_text(name)


def cards(widget: Locator) -> Locator:
    """The rules, in their order."""
    return widget.locator("li.rule")


def sentences(widget: Locator) -> list[str]:
    return [text.strip() for text in widget.locator(".rule-sentence").all_inner_texts()]


def choose(widget: Locator, field: str, *names: str) -> None:
    """Choose several of many by typing their names."""
    box = widget.get_by_role("combobox", name=field, exact=True)
    for name in names:
        box.fill(name)
        box.press("Enter")
    box.press("Escape")


def two_rules(town: Town) -> dict[str, Any]:
    stages = mapping(town, arrived="Arrived")
    first, second = town.altegio.locations[:2]
    return conditional(rule("first", stages, locations=[first]), rule("second", stages, locations=[second]))


# -- modes ------------------------------------------------------------------------------------------------------------


def test_one_table_moves_deals_and_leaves_what_it_does_not_name(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync={"mode": "off"})
    widget = kommo.open_settings("stages")
    widget.get_by_role("radio", name="The same for all bookings").check()
    widget.get_by_label("Pipeline", exact=True).select_option("Salon")
    widget.get_by_label("Arrived", exact=True).select_option("Call back")
    save_there(widget)
    record = book(town)
    assert stage_after(town, record, CONFIRMED) == "New booking"
    assert stage_after(town, record, ARRIVED) == "Call back"


def test_statuses_that_are_not_synchronised_move_nothing(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync={"mode": "simple", "mapping": mapping(town, arrived="Arrived")})
    widget = kommo.open_settings("stages")
    widget.get_by_role("radio", name="Do not synchronise statuses").check()
    widget.get_by_label("Pipeline", exact=True).select_option("Salon")
    widget.get_by_label("New deals land in", exact=True).select_option("Call back")
    expect(widget.get_by_label("Arrived", exact=True)).to_have_count(0)
    save_there(widget)
    record = book(town)
    assert town.stage(town.deal(record)) == "Call back"
    assert stage_after(town, record, ARRIVED) == "Call back"


def test_rules_decide_and_otherwise_nothing_happens(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync={"mode": "simple", "mapping": mapping(town, waiting="New booking")})
    widget = kommo.open_settings("stages")
    widget.get_by_role("radio", name="By rules").check()
    widget.get_by_role("button", name="Add a rule").click()
    card = cards(widget).first
    choose(card, "Location", GRACIA)
    choose(card, "Employee", "Dani", "Elena")
    card.get_by_label("Arrived", exact=True).select_option("Closed - won")
    expect(card.locator(".rule-sentence")).to_have_text("When the location is Gràcia and the employee is Dani or Elena")
    expect(widget.get_by_label("Pipeline", exact=True).last).to_have_value("")
    save_there(widget)
    dani, berta = book(town, staff_id=DANI), book(town)
    before = town.stage(town.deal(berta))
    assert stage_after(town, dani, ARRIVED) == "Closed - won"
    assert stage_after(town, berta, ARRIVED) == before


def test_one_pipeline_alone_is_synchronised(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync={"mode": "simple", "mapping": mapping(town, arrived="Arrived")})
    widget = kommo.open_settings("stages")
    widget.get_by_label("Synchronise only one pipeline").select_option("Salon")
    save_there(widget)
    record = book(town)
    enquiry = next(place for place, name in town.stages().items() if name == "New enquiry")
    town.person("move", lead=town.deal(record)["id"], pipeline_id=enquiry[0], status_id=enquiry[1])
    town.come_to_rest()
    assert stage_after(town, record, ARRIVED) == "New enquiry"


def test_the_way_back_needs_a_stage_for_each_status(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync={"mode": "simple", "mapping": mapping(town, confirmed="Confirmed", arrived="Confirmed")})
    widget = kommo.open_settings("stages")
    widget.get_by_text("A deal that a person moves sets the status of its booking").click()
    expect(widget.get_by_role("alert")).to_contain_text("This stage already means “confirmed”")
    widget.get_by_label("Arrived", exact=True).select_option("Arrived")
    expect(widget.get_by_role("alert")).to_have_count(0)
    save_there(widget)
    record = book(town)
    town.move(town.deal(record), "Arrived")
    town.come_to_rest()
    town.wait_until(lambda: town.record(record)["attendance"] == ARRIVED, 30)


# -- rules ------------------------------------------------------------------------------------------------------------


def test_rules_are_dragged_by_mouse(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync=two_rules(town))
    widget = kommo.open_settings("stages")
    handle = widget.get_by_role("button", name="Move rule 2")
    handle.scroll_into_view_if_needed()
    grip, target = handle.bounding_box(), cards(widget).first.bounding_box()
    assert grip
    assert target
    mouse = kommo.page.mouse
    mouse.move(grip["x"] + 10, grip["y"] + 10)
    mouse.down()
    mouse.move(grip["x"] + 10, grip["y"] - 20, steps=4)
    mouse.move(grip["x"] + 10, target["y"] + 4, steps=8)
    mouse.up()
    expect(widget.locator(".rule-sentence").first).to_contain_text(SANTS)
    # A click within a moment of the drop counts as part of it.
    kommo.page.wait_for_timeout(200)
    save_there(widget)
    assert [one["id"] for one in settings(town)["status_sync"]["rules"]] == ["second", "first"]


def test_rules_are_moved_by_keyboard(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync=two_rules(town))
    widget = kommo.open_settings("stages")
    handle = widget.get_by_role("button", name="Move rule 1")
    handle.focus()
    keyboard = kommo.page.keyboard
    keyboard.press("Space")
    expect(widget.get_by_text("Rule 1 would be at place 1 of 2.")).to_be_attached()
    keyboard.press("ArrowDown")
    expect(widget.get_by_text("Rule 1 would be at place 2 of 2.")).to_be_attached()
    keyboard.press("Space")
    expect(widget.locator(".rule-sentence").first).to_contain_text(SANTS)
    # And back, by the card's menu.
    widget.get_by_role("button", name="Actions for rule 2").press("Enter")
    expect(widget.get_by_role("menuitem", name="Edit")).to_be_focused()
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(widget.locator(".rule-sentence").first).to_contain_text(GRACIA)


def test_a_rule_is_copied_and_removed_and_comes_back(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync=two_rules(town))
    widget = kommo.open_settings("stages")
    expect(cards(widget)).to_have_count(2)
    before = sentences(widget)
    widget.get_by_role("button", name="Actions for rule 1").click()
    widget.get_by_role("menuitem", name="Copy").click()
    expect(cards(widget)).to_have_count(3)
    assert sentences(widget) == [before[0], *before]
    widget.get_by_role("button", name="Actions for rule 2").click()
    widget.get_by_role("menuitem", name="Remove").click()
    expect(widget.get_by_text("Rule 2 was removed.")).to_be_visible()
    assert sentences(widget) == before
    widget.get_by_role("button", name="Bring it back").click()
    expect(cards(widget)).to_have_count(3)


def test_many_employees_are_searched(kommo: KommoPage, town: Town) -> None:
    def sixty(route: Route) -> None:
        answer = route.fetch()
        account = answer.json()
        account["locations"][0]["employees"] = [{"id": 9000 + one, "name": f"Employee {one:02d}"} for one in range(60)]
        route.fulfill(response=answer, json=account)

    kommo.page.route(f"{kommo.stack.api}/account", sixty)
    save(town, status_sync=two_rules(town))
    widget = kommo.open_settings("stages")
    widget.locator(".rule-sentence").first.click()
    box = widget.get_by_role("combobox", name="Employee")
    box.click()
    expect(widget.get_by_role("listbox").get_by_role("option")).to_have_count(60 + len(others(town)))
    box.fill("employee 4")
    expect(widget.get_by_role("listbox").get_by_role("option")).to_have_count(15)
    box.fill("41")
    expect(widget.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    box.press("Enter")
    expect(widget.get_by_role("button", name="Remove Employee 41")).to_be_visible()
    box.fill("")
    box.press("Backspace")
    expect(widget.get_by_role("button", name="Remove Employee 41")).to_have_count(0)
    box.press("Escape")
    expect(widget.get_by_role("listbox")).to_have_count(0)


def others(town: Town) -> list[Any]:
    """The employees of all locations but the first."""
    return [one for location in ask(town, "GET", "/account").json()["locations"][1:] for one in location["employees"]]


# -- faults -----------------------------------------------------------------------------------------------------------


def test_a_fault_stands_at_its_field_until_it_is_mended(kommo: KommoPage, town: Town) -> None:
    first, second = two_rules(town)["rules"]
    second["conditions"]["locations"] = first["conditions"]["locations"]
    save(town, status_sync=conditional(first))
    widget = kommo.open_settings("stages")
    widget.get_by_role("button", name="Add a rule").click()
    widget.get_by_role("button", name="Save", exact=True).click()
    expect(cards(widget).nth(1).get_by_role("alert")).to_contain_text("This rule asks for nothing")
    expect(widget.locator(".settings-save").get_by_role("alert")).to_contain_text("Nothing was saved")
    # A fault goes where its rule goes.
    widget.get_by_role("button", name="Actions for rule 2").click()
    widget.get_by_role("menuitem", name="Move up").click()
    expect(cards(widget).first.get_by_role("alert")).to_contain_text("This rule asks for nothing")
    choose(cards(widget).first, "Location", SANTS)
    expect(widget.get_by_role("alert")).to_have_count(0)
    save_there(widget)


def test_a_fault_of_another_tab_is_found_from_here(kommo: KommoPage) -> None:
    widget = kommo.open_settings("deals")
    widget.get_by_label("Name of the deal").fill("{nobody}")
    tab(widget, "Stages")
    widget.get_by_role("button", name="Save", exact=True).click()
    bar = widget.locator(".settings-save").get_by_role("alert")
    bar.get_by_role("link", name="Deals and tasks").click()
    expect(widget.get_by_text("There is no placeholder “nobody”")).to_be_visible()
    expect(widget.get_by_label("Name of the deal")).to_have_attribute("aria-invalid", "true")
    widget.get_by_role("button", name="Discard changes").click()
    expect(widget.get_by_label("Name of the deal")).not_to_have_value("{nobody}")


def test_a_stage_that_is_gone_stands_in_red(kommo: KommoPage, town: Town) -> None:
    made = town.in_kommo("POST", f"leads/pipelines/{SALON}/statuses", [{"name": "Lounge", "sort": 45}])
    stage = int(made["_embedded"]["statuses"][0]["id"])
    town.come_to_rest()
    save(town, status_sync={"mode": "simple", "mapping": mapping(town, waiting="New booking", no_show="Lounge")})
    town.in_kommo("DELETE", f"leads/pipelines/{SALON}/statuses/{stage}")
    assert ask(town, "GET", "/account?anew=true").status_code == 200
    widget = kommo.open_settings("stages")
    choice = widget.get_by_label("No-show", exact=True)
    expect(choice).to_have_attribute("aria-invalid", "true")
    expect(choice.locator("option:checked")).to_have_text(f"gone: no. {stage}")
    choice.select_option("No-show")
    expect(choice).not_to_have_attribute("aria-invalid", "true")
    save_there(widget)


def test_who_saved_meanwhile_is_told(kommo: KommoPage, town: Town) -> None:
    widget = kommo.open_settings("deals")
    widget.get_by_label("Name of the deal").fill("{client}: {services}")
    save(town, statistics=not settings(town)["statistics"])
    theirs = settings(town)["statistics"]
    widget.get_by_role("button", name="Save", exact=True).click()
    expect(widget.get_by_text("Somebody else has saved the settings meanwhile")).to_be_visible()
    widget.get_by_role("button", name="Go on with mine").click()
    save_there(widget)
    now = settings(town)
    assert (now["deal_name"], now["statistics"]) == ("{client}: {services}", theirs)


def test_leaving_with_changes_is_warned_of(kommo: KommoPage) -> None:
    widget = kommo.open_settings("deals")
    widget.get_by_label("Name of the deal").fill("{client}")
    # Between the tabs the changes are kept.
    tab(widget, "Stages")
    expect(widget.get_by_role("radio", name="By rules")).to_be_visible()
    tab(widget, "Deals and tasks")
    expect(widget.get_by_label("Name of the deal")).to_have_value("{client}")
    # And when one comes back to the page.
    kommo.page.get_by_role("navigation").get_by_role("link", name="Deals", exact=True).first.click()
    kommo.page.go_back()
    expect(widget.get_by_label("Name of the deal")).to_have_value("{client}")
    warned: list[str] = []
    kommo.page.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.accept()))
    kommo.page.reload()
    assert warned == ["beforeunload"]


# -- preview ----------------------------------------------------------------------------------------------------------


def test_a_preview_shows_what_would_move_and_moves_nothing(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync={"mode": "simple", "mapping": mapping(town, waiting="New booking", arrived="Arrived")})
    record = book(town)
    assert stage_after(town, record, ARRIVED) == "Arrived"
    deal = town.deal(record)
    before = {deal["id"]: deal["status_id"] for deal in town.deals()}
    version = settings(town)["version"]
    widget = kommo.open_settings("stages")
    widget.get_by_role("radio", name="By rules").check()
    widget.get_by_role("button", name="Add a rule").click()
    choose(cards(widget).first, "Location", GRACIA)
    cards(widget).first.get_by_label("Arrived", exact=True).select_option("Call back")
    widget.get_by_role("button", name="Show what would move").click()
    expect(widget.get_by_text("This is a preview: no deal and no booking was changed.")).to_be_visible(timeout=SLOW)
    group = widget.locator("summary", has_text="Salon: Arrived → Salon: Call back")
    expect(group).to_contain_text(re.compile(r"\d+ deals?by rule 1"))
    group.click()
    address = f"/leads/detail/{deal['id']}"
    row = widget.locator(".rules-preview-row").filter(has=kommo.page.locator(f'a[href="{address}"]'))
    expect(row.get_by_role("link", name=deal["name"])).to_be_visible()
    expect(row).to_contain_text("The booking is “arrived”; rule 1 says so.")
    row.get_by_text("1 rule was tried").click()
    expect(row).to_contain_text("Location: Gràcia is among Gràcia")
    # What was shown is of the settings of then.
    cards(widget).first.get_by_label("Arrived", exact=True).select_option("Confirmed")
    expect(widget.get_by_text("The settings have changed since this preview.")).to_be_visible()
    assert settings(town)["version"] == version
    assert {deal["id"]: deal["status_id"] for deal in town.deals()} == before


def test_a_preview_of_faulty_settings_names_the_field(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync=two_rules(town))
    widget = kommo.open_settings("stages")
    widget.get_by_role("button", name="Add a rule").click()
    widget.get_by_role("button", name="Show what would move").click()
    expect(widget.get_by_text("There is no preview of settings that could not be saved")).to_be_visible()
    expect(cards(widget).nth(2).get_by_role("alert")).to_contain_text("This rule asks for nothing")


# -- deals and tasks --------------------------------------------------------------------------------------------------


def test_texts_with_placeholders_become_names_and_tasks(kommo: KommoPage, town: Town) -> None:
    widget = kommo.open_settings("deals")
    name = widget.get_by_label("Name of the deal")
    name.fill("Visit of !")
    name.press("ArrowLeft")
    deals = widget.get_by_role("region", name="New deals")
    deals.get_by_role("button", name="+ Client").click()
    expect(name).to_have_value("Visit of {client}!")
    expect(deals.get_by_text("Visit of Carla Ruiz!")).to_be_visible()
    widget.get_by_label("Text of the task").fill("Call {client} about {services}")
    widget.get_by_label("Type of task").select_option("Meeting")
    widget.get_by_label("Who does it").select_option("Bruno Gil")
    widget.get_by_label("Due", exact=True).fill("2")
    widget.get_by_label("Unit").select_option("hours")
    save_there(widget)
    record = book(town)
    deal = town.deal(record)
    (task,) = town.tasks(deal)
    guest = record["client"]["name"]
    assert deal["name"] == f"Visit of {guest}!"
    assert task["text"] == f"Call {guest} about {record['services'][0]['title']}"
    assert (task["task_type_id"], task["responsible_user_id"]) == (2, 12_100_002)
    assert settings(town)["task"]["minutes_before"] == 120


def test_who_is_responsible_follows_the_employee(kommo: KommoPage, town: Town) -> None:
    widget = kommo.open_settings("deals")
    widget.get_by_label("Decided by").select_option("The employee of the visit")
    widget.get_by_role("button", name="Save", exact=True).click()
    expect(widget.get_by_text("Choose at least one user, here or for “If nobody fits”.")).to_be_visible()
    widget.get_by_label("Responsible for Dani").select_option("Carmen Vidal")
    save_there(widget)
    deal = town.deal(book(town, staff_id=DANI))
    assert deal["responsible_user_id"] == 12_100_003


def test_what_else_there_is_to_choose_is_saved(kommo: KommoPage, town: Town) -> None:
    save(town, statistics=True, memberships=False)
    widget = kommo.open_settings("deals")
    widget.get_by_text("Make a task for every upcoming visit").click()
    widget.get_by_role("radio", name="One visit").check()
    for name in ("Also for bookings without a client", "Reopen closed deals", "Show memberships"):
        widget.get_by_text(name, exact=True).click()
    widget.get_by_label("First day").fill("2026-02-01")
    widget.get_by_text("Go on with an open deal").click()
    choose(widget, "In these pipelines", "Sales")
    choose(widget, "Pipelines with the calendar", "Salon")
    widget.get_by_label("Decided by").select_option("Taking turns")
    choose(widget, "Users who take turns", "Bruno", "Alba")
    save_there(widget)
    now = settings(town)
    assert now["task"] is None
    assert (now["grouping"], now["start_from"]) == ("visit", "2026-02-01")
    assert [now[name] for name in ("deals_without_client", "reopen_closed", "memberships", "statistics")] == [True] * 4
    assert now["adoption"] == {"on": True, "pipelines": [SALES]}
    assert now["calendar_pipelines"] == [SALON]
    assert (now["responsible"]["by"], now["responsible"]["turns"]) == ("round_robin", [12_100_002, 12_100_001])


# -- the file ---------------------------------------------------------------------------------------------------------


def test_settings_go_out_as_a_file_and_come_back(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync=two_rules(town))
    widget = kommo.open_settings("deals")
    with kommo.page.expect_download() as loading:
        widget.get_by_role("button", name="Download settings").click()
    download = loading.value
    assert download.suggested_filename == "bookdeal-lindasalon.json"
    file = json.loads(download.path().read_text())
    save(town, status_sync={"mode": "off"}, deal_name="{client}")
    kommo.open_settings("deals")
    kommo.page.reload()
    take(widget, file)
    expect(widget.get_by_text("Everything in the file fits this account.")).to_be_visible()
    widget.get_by_role("button", name="Save these settings").click()
    expect(widget.get_by_text("The settings of the file are saved.")).to_be_visible()
    now = settings(town)
    assert [one["id"] for one in now["status_sync"]["rules"]] == ["first", "second"]
    assert now["deal_name"] == file["settings"]["deal_name"]


def test_a_file_of_another_account_is_mended_here(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync=two_rules(town))
    file = ask(town, "GET", "/settings/export").json()
    place = str(town.altegio.locations[1])
    file["names"]["locations"][place] = "Poblenou"
    save(town, status_sync={"mode": "off"})
    widget = kommo.open_settings("deals")
    take(widget, file)
    expect(widget.get_by_text("1 place in the file does not fit this account.")).to_be_visible()
    expect(widget.get_by_text("Location “Poblenou”")).to_be_visible()
    expect(widget.get_by_text("Stages, rule 2")).to_be_visible()
    version = settings(town)["version"]
    widget.get_by_role("button", name="Open them here").click()
    card = cards(widget).nth(1)
    expect(card.get_by_role("alert")).to_contain_text("This location is not synchronised any more")
    assert settings(town)["version"] == version
    card.get_by_role("button", name="Remove not in this account").click()
    choose(card, "Location", SANTS)
    save_there(widget)


def test_a_file_that_is_none_of_ours_is_refused(kommo: KommoPage) -> None:
    widget = kommo.open_settings("deals")
    take(widget, {"something": "else"})
    expect(widget.get_by_role("alert")).to_contain_text("This is no settings file of Bookdeal.")


def take(widget: Locator, file: Any) -> None:
    """Choose a settings file."""
    given = {"name": "settings.json", "mimeType": "application/json", "buffer": json.dumps(file).encode()}
    widget.get_by_label("Take settings from a file").set_input_files(given)


# -- for everybody ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_speaks_the_users_language(kommo: KommoPage, town: Town, lang: str) -> None:
    save(town, status_sync=two_rules(town))
    rule, task = {
        "en": ("When the location is Gràcia", "Task after a booking"),
        "es": ("Cuando la sede es Gràcia", "Tarea tras la cita"),
        "pt": ("Quando a unidade é Gràcia", "Tarefa após o agendamento"),
        "ru": ("Когда филиал — Gràcia", "Задача после записи"),
    }[lang]
    for name, words in (("stages", rule), ("deals", task)):
        expect(kommo.open_settings(name, lang=lang).get_by_text(words)).to_be_visible()
        kommo.assert_fits()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(kommo: KommoPage, town: Town, theme: str) -> None:
    save(town, status_sync=two_rules(town))
    widget = kommo.open_settings("stages", theme=theme)
    widget.locator(".rule-sentence").first.click()
    widget.get_by_role("combobox", name="Employee").click()
    kommo.assert_accessible()
    tab(widget, "Deals and tasks")
    widget.get_by_label("Decided by").select_option("The employee of the visit")
    expect(widget.get_by_label("Responsible for Berta")).to_be_visible()
    kommo.assert_accessible()


@pytest.mark.parametrize("kommo", [{"viewport": {"width": 390, "height": 800}}], indirect=True)
def test_longer_texts_fit_a_small_window(kommo: KommoPage, town: Town) -> None:
    save(town, status_sync=two_rules(town))
    kommo.lengthen_texts()
    widget = kommo.open_settings("stages", lang="ru")
    widget.locator(".rule-sentence").first.click()
    expect(widget.get_by_role("combobox").first).to_be_visible()
    kommo.assert_fits()
    widget = kommo.open_settings("deals", lang="ru")
    expect(widget.locator(".settings-section").nth(2)).to_be_visible()
    kommo.assert_fits()
