"""The appointment calendar: its views and filters, moving by hand and by keyboard, and how soon it is drawn."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.browser.widget.kommo_page import LANGUAGES, SLOW, KommoPage
from tests.sides import BERTA, DANI, ELENA, YOGA
from tests.stack.town import Town
from tests.stack.widget_api import administrator, ask, new_user, save, worker

MADRID = ZoneInfo("Europe/Madrid")
ROW = 38
"""Pixels of half an hour."""
DRAWN_WITHIN = 500

guests = count(8200)


@dataclass
class Day:
    """A day of the demo's first salon that no other test uses, and what stands in it."""

    town: Town
    day: date

    def at(self, time: str) -> str:
        return f"{self.day}T{time}:00"

    def book(self, time: str, **changes: Any) -> dict[str, Any]:
        """Let a new guest be booked; the name is in the booking's client."""
        number = next(guests)
        person = {"name": f"Guest {number}", "phone": f"3460000{number}"}
        return self.town.make_booking(person, f"{self.day} {time}:00", **changes)

    def starts(self, booking: dict[str, Any]) -> str:
        """When a booking starts, as the salon sees it now."""
        return str(self.town.record(booking)["date"])[11:16]


type Works = dict[int, bool]


@pytest.fixture(scope="session")
def to_come(stack: Any, logged_in: None) -> Iterator[tuple[date, Works]]:
    """Days from in three weeks on, each for one test alone, with who works then."""
    return coming(Town.of(stack))


def coming(town: Town) -> Iterator[tuple[date, Works]]:
    for shift in count(21, 28):
        first = date.today() + timedelta(days=shift)
        last = first + timedelta(days=27)
        path = f"/locations/{town.location}/schedule?first={first}&last={last}&length=86400"
        employees = ask(town, "GET", path).json()["employees"]
        for place in range(28):
            works = {one["employee"]: bool(one["days"][place]["hours"]) for one in employees}
            yield first + timedelta(days=place), works


@pytest.fixture
def day(town: Town, to_come: Iterator[tuple[date, Works]]) -> Day:
    """A day on which Berta, Dani and Elena work."""
    return Day(town, next(one for one, works in to_come if works[BERTA] and works[DANI] and works[ELENA]))


def remember(kommo: KommoPage, town: Town, **filters: Any) -> None:
    """Let the browser remember filters, as after an earlier visit."""
    text = json.dumps({"locations": [town.location], **filters})
    key = f"bookdeal:calendar:{administrator(town)}"
    kommo.page.add_init_script(
        f"localStorage.getItem({json.dumps(key)}) ?? localStorage.setItem({json.dumps(key)}, {json.dumps(text)})"
    )


def open_at(kommo: KommoPage, day: Day, view: str = "day", **options: Any) -> Locator:
    """Open the calendar at a day of the first salon."""
    remember(kommo, day.town, view=view, **options.pop("filters", {}))
    widget = kommo.open_calendar(**options)
    go_to(widget, day.day)
    return widget


def go_to(widget: Locator, day: date) -> None:
    widget.locator("input[type=date]").fill(str(day))
    expect(widget.locator(".calendar-body[aria-busy=false] .ec-main")).to_be_visible()


def entry(widget: Locator, booking: dict[str, Any]) -> Locator:
    return widget.locator(f'[data-entry="booking/{booking["company_id"]}/{booking["id"]}"]:not(.ec-preview)')


def head(widget: Locator, text: str) -> Locator:
    """The heads of columns in which this stands."""
    return widget.locator(".ec-col-head", has_text=text)


def tick(widget: Locator, text: str) -> None:
    """Choose, or no longer, one of those in the block that is open."""
    widget.locator(".popover-block label", has_text=text).click()


def drawer_of(widget: Locator, name: str = "") -> Locator:
    """What was clicked, beside the calendar."""
    return widget.get_by_role("complementary", name=name) if name else widget.locator(".calendar-drawer")


def box(one: Locator) -> FloatRect:
    one.scroll_into_view_if_needed()
    found = one.bounding_box()
    assert found is not None
    return found


def left(one: Locator) -> float:
    """Where it begins; what is drawn anew meanwhile is looked for again."""
    return float(one.evaluate("e => e.getBoundingClientRect().left"))


def drag(kommo: KommoPage, one: Locator, *, rows: float = 0, columns: float = 0, edge: bool = False) -> None:
    """Drag a booking so many half hours down and columns to the right; by its lower edge, that alone."""
    mouse = kommo.page.mouse
    width = float(kommo.widget.locator(".ec-body .ec-day").first.evaluate("e => e.offsetWidth"))
    found = box(one)
    x, y = found["x"] + 30, found["y"] + (found["height"] - 3 if edge else 8)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + columns * width / 2, y + rows * ROW / 2, steps=5)
    mouse.move(x + columns * width, y + rows * ROW, steps=5)


def drop(kommo: KommoPage) -> None:
    kommo.page.mouse.up()


def outcome(widget: Locator) -> Locator:
    return widget.locator(".calendar-outcome")


def name(booking: dict[str, Any]) -> str:
    return str(booking["client"]["name"])


# -- where it is ------------------------------------------------------------------------------------------------------


def test_it_stands_in_the_left_menu(kommo: KommoPage, day: Day) -> None:
    kommo.open("/leads/list/")
    kommo.page.get_by_role("link", name="Appointments").click()
    expect(kommo.widget.get_by_role("heading", name="Appointment calendar")).to_be_visible()
    expect(kommo.widget.locator(".calendar-entry").first).to_be_visible()


@pytest.fixture
def chosen_pipeline(town: Town) -> Iterator[int]:
    """The one pipeline that the calendar appears in."""
    pipelines = town.in_kommo("GET", "leads/pipelines")["_embedded"]["pipelines"]
    pipeline = next(one for one in pipelines if one["name"] == "Salon")["id"]
    save(town, calendar_pipelines=[pipeline])
    yield pipeline
    save(town, calendar_pipelines=[])


def test_it_opens_from_the_list_of_deals_in_the_chosen_pipelines_only(
    kommo: KommoPage, town: Town, chosen_pipeline: int, logged_in: None
) -> None:
    remember(kommo, town)
    panel = kommo.open(f"/leads/pipeline/{chosen_pipeline}/")
    panel.get_by_role("button", name="Open the calendar").click()
    expect(kommo.window.locator(".calendar-entry").first).to_be_visible()
    kommo.page.keyboard.press("Escape")
    expect(kommo.window).to_have_count(0)
    for elsewhere in ("/leads/list/", f"/leads/pipeline/{chosen_pipeline + 1}/"):
        panel = kommo.open(elsewhere, user=worker(town))
        expect(panel).to_contain_text("The appointment calendar is in the pipeline Salon.")
        expect(panel.get_by_role("button")).to_have_count(0)


def test_without_a_choice_it_opens_from_every_list(kommo: KommoPage, town: Town) -> None:
    for place in ("/leads/list/", "/leads/pipeline/1/"):
        expect(kommo.open(place).get_by_role("button", name="Open the calendar")).to_be_visible()


# -- what is seen -----------------------------------------------------------------------------------------------------


def test_a_day_has_a_column_for_each_employee_who_works(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00", custom_color="9c27b0")
    widget = open_at(kommo, day)
    one = entry(widget, booking)
    for text in ("10:00–11:00", name(booking), "Haircut", "30"):
        expect(one).to_contain_text(text)
    assert one.evaluate("e => getComputedStyle(e).borderLeftColor") == "rgb(156, 39, 176)"
    # It stands in Berta's column, once it is known who works that day.
    day.town.wait_until(lambda: left(head(widget, "Berta")) < left(one) + 4 < left(head(widget, "Dani")), 10)


def test_who_is_off_is_shown_when_asked_for(
    kommo: KommoPage, town: Town, to_come: Iterator[tuple[date, Works]]
) -> None:
    remember(kommo, town)
    widget = kommo.open_calendar()
    go_to(widget, next(one for one, works in to_come if works[ELENA] and not works[BERTA]))
    expect(head(widget, "Elena")).to_be_visible()
    expect(head(widget, "Berta")).to_have_count(0)
    widget.get_by_text("Employees who are off").click()
    expect(head(widget, "Berta")).to_be_visible()


def test_a_week_has_a_column_for_each_day_or_for_each_employee_of_each_day(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00")
    widget = open_at(kommo, day, "week")
    expect(widget.locator(".ec-body .ec-day")).to_have_count(7)
    expect(entry(widget, booking)).to_contain_text("Berta")
    widget.get_by_role("button", name="Week by employee").click()
    expect(entry(widget, booking)).to_be_visible()
    columns = widget.locator(".ec-body .ec-day").count()
    assert columns > 7
    assert columns % 7 == 0
    widget.get_by_role("button", name="Day", exact=True).click()
    expect(widget.locator(".calendar-toolbar h3")).to_contain_text(str(day.day.day))


def test_each_status_has_a_sign_and_a_word(kommo: KommoPage, day: Day) -> None:
    statuses = {"09:00": (0, "Waiting"), "11:00": (2, "Confirmed"), "13:00": (1, "Arrived"), "15:00": (-1, "No-show")}
    made = {word: day.book(time, attendance=attendance) for time, (attendance, word) in statuses.items()}
    widget = open_at(kommo, day)
    signs = set()
    for word, booking in made.items():
        expect(entry(widget, booking)).to_contain_text(word)
        signs.add(entry(widget, booking).locator("svg path").get_attribute("d"))
    assert len(signs) == 4


def test_hours_when_nobody_works_are_hatched_and_the_present_is_a_line(kommo: KommoPage, day: Day) -> None:
    noon = datetime.combine(day.day, datetime.min.time(), MADRID).replace(hour=12)
    kommo.page.clock.install(time=noon)
    remember(kommo, day.town)
    widget = kommo.open_calendar()
    line = widget.locator(".ec-now-indicator")
    expect(line).to_be_visible()
    noon_row = widget.locator(".ec-body .ec-sidebar time", has_text=re.compile("^12:00$"))
    assert abs(box(line)["y"] - box(noon_row)["y"]) < ROW
    early = day.book("07:00")
    kommo.page.clock.run_for(31_000)
    expect(entry(widget, early)).to_be_visible()
    expect(widget.locator(".calendar-off").first).to_be_attached()
    assert "gradient" in widget.locator(".calendar-off").first.evaluate("e => getComputedStyle(e).backgroundImage")


def test_group_events_show_places_and_stay_where_they_are(kommo: KommoPage, day: Day) -> None:
    made = day.town.salon(
        "POST",
        f"/activity/{day.town.location}",
        {
            "staff_id": DANI,
            "service_id": YOGA,
            "date": f"{day.day} 18:00:00",
            "capacity": 8,
            "length": 3600,
            "force": True,
        },
    )
    day.town.salon(
        "POST",
        f"/records/{day.town.location}",
        {
            "staff_id": DANI,
            "services": [{"id": YOGA}],
            "client": {"name": "Yoga Guest", "phone": f"3460000{next(guests)}"},
            "save_if_busy": True,
            "datetime": f"{day.day} 18:00:00",
            "seance_length": 3600,
            "activity_id": made["id"],
        },
    )
    widget = open_at(kommo, day)
    event = widget.locator(f'[data-entry="event/{day.town.location}/{made["id"]}"]')
    expect(event).to_contain_text("1 of 8")
    before = box(event)
    drag(kommo, event, rows=-2)
    drop(kommo)
    assert box(event)["y"] == pytest.approx(before["y"], abs=2)
    assert not [one for one in kommo.asked if one.startswith("PUT")]
    event.press("Enter")
    drawer = drawer_of(widget)
    expect(drawer).to_contain_text("1 of 8 places taken")
    expect(drawer).to_contain_text("The event itself stays where it is.")
    drawer.get_by_text("Yoga Guest").click()
    expect(drawer.get_by_role("button", name="Arrived")).to_be_visible()
    drawer.get_by_role("button", name="Move", exact=True).click()
    expect(kommo.page.get_by_role("radio", name=re.compile("present place$"))).to_be_disabled()


# -- filters ----------------------------------------------------------------------------------------------------------


def test_filters_narrow_what_is_shown_and_are_remembered(kommo: KommoPage, day: Day) -> None:
    hers, his = day.book("10:00"), day.book("10:00", staff_id=ELENA)
    gone = day.book("15:00")
    day.town.cancel(gone)
    widget = open_at(kommo, day)
    expect(entry(widget, hers)).to_be_visible()
    expect(entry(widget, gone)).to_have_count(0)
    widget.get_by_role("button", name="All employees").click()
    tick(widget, "Elena")
    kommo.page.keyboard.press("Escape")
    expect(entry(widget, hers)).to_have_count(0)
    expect(entry(widget, his)).to_be_visible()
    widget.get_by_role("button", name="4 statuses").click()
    tick(widget, "Waiting")
    kommo.page.keyboard.press("Escape")
    expect(widget).to_contain_text("hidden by the filters")
    kommo.page.reload()
    go_to(widget, day.day)
    expect(widget.get_by_role("button", name="3 statuses")).to_be_visible()
    widget.get_by_role("button", name="Show all").click()
    expect(entry(widget, hers)).to_be_visible()
    widget.get_by_role("button", name="4 statuses").click()
    tick(widget, "Cancelled")
    expect(entry(widget, gone)).to_be_visible()


def test_only_my_deals_are_those_that_i_am_responsible_for(kommo: KommoPage, day: Day) -> None:
    mine, other = day.book("10:00"), day.book("12:00")
    day.town.come_to_rest()
    users = [int(one["id"]) for one in day.town.look("users")]
    deals = [int(day.town.deal(one)["id"]) for one in (mine, other)]
    for deal, user in zip(deals, users[:2], strict=True):
        day.town.in_kommo("PATCH", f"leads/{deal}", {"responsible_user_id": user})
    widget = open_at(kommo, day)
    expect(entry(widget, other)).to_be_visible()
    widget.get_by_text("Only my deals").click()
    expect(entry(widget, other)).to_have_count(0)
    expect(entry(widget, mine)).to_be_visible()


def test_locations_are_chosen_and_one_that_is_closed_is_told(kommo: KommoPage, day: Day) -> None:
    town = day.town
    widget = open_at(kommo, day, filters={"locations": None})
    expect(head(widget, "Sants").first).to_be_visible()
    widget.get_by_role("button", name="All locations").click()
    tick(widget, "Sants")
    expect(head(widget, "Berta")).to_be_visible()
    expect(head(widget, "Hugo")).to_have_count(0)
    route = f"/api/v1/records/{town.altegio.locations[1]}"
    town.fault("altegio", {"method": "GET", "route": route, "kind": "status", "status": 403, "probability": 1})
    tick(widget, "Sants")
    expect(head(widget, "Hugo")).to_be_visible()
    kommo.page.reload()
    expect(widget).to_contain_text("The location Sants could not be read.")
    expect(head(widget, "Berta")).to_be_visible()


# -- moving -----------------------------------------------------------------------------------------------------------


def test_a_booking_is_dragged_to_another_time_and_its_deal_follows(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00")
    day.town.come_to_rest()
    widget = open_at(kommo, day)
    drag(kommo, entry(widget, booking), rows=3)
    expect(widget.locator(".ec-preview")).to_contain_text("11:30–12:30")
    drop(kommo)
    expect(outcome(widget)).to_contain_text("11:30")
    expect(entry(widget, booking)).to_contain_text("11:30–12:30")
    assert day.starts(booking) == "11:30"
    day.town.come_to_rest()
    fields = {one["field_name"]: one["values"][0]["value"] for one in day.town.deal(booking)["custom_fields_values"]}
    assert "11:30" in {str(value)[:5] for value in fields.values()}, fields
    outcome(widget).get_by_role("button", name="Undo").click()
    expect(outcome(widget)).to_contain_text("10:00")
    assert day.starts(booking) == "10:00"


def test_a_booking_is_dragged_to_another_employee_and_made_longer(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00")
    widget = open_at(kommo, day, filters={"employees": [f"{day.town.location}/{one}" for one in (BERTA, ELENA)]})
    drag(kommo, entry(widget, booking), columns=1)
    drop(kommo)
    expect(outcome(widget)).to_contain_text(name(booking))
    assert day.town.record(booking)["staff_id"] == ELENA
    length = day.town.record(booking)["seance_length"]
    outcome(widget).get_by_role("button", name="Close").click()
    drag(kommo, entry(widget, booking), rows=1, edge=True)
    drop(kommo)
    expect(outcome(widget)).to_contain_text(name(booking))
    assert day.town.record(booking)["seance_length"] == length + 1800


def test_a_move_to_a_time_that_is_taken_goes_back_and_offers_others(kommo: KommoPage, day: Day) -> None:
    booking, _ = day.book("10:00"), day.book("12:00")
    widget = open_at(kommo, day)
    before = box(entry(widget, booking))
    drag(kommo, entry(widget, booking), rows=3)
    drop(kommo)
    expect(outcome(widget).get_by_role("alert")).to_contain_text("has no time then")
    expect(entry(widget, booking)).to_contain_text("10:00–11:00")
    assert box(entry(widget, booking))["y"] == pytest.approx(before["y"], abs=2)
    assert day.starts(booking) == "10:00"
    free = outcome(widget).get_by_role("button", name="Berta").first
    time = str(re.findall(r"\d\d:\d\d", free.inner_text())[0])
    free.click()
    expect(entry(widget, booking)).to_contain_text(time)
    expect(outcome(widget)).to_contain_text("is booked for")
    assert day.starts(booking) == time


def test_a_booking_that_was_changed_meanwhile_is_not_moved(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00")
    widget = open_at(kommo, day)
    expect(entry(widget, booking)).to_be_visible()
    kommo.page.wait_for_timeout(1100)  # Altegio's stamps are whole seconds
    day.town.change(booking, comment="bring the dog")
    drag(kommo, entry(widget, booking), rows=3)
    drop(kommo)
    expect(outcome(widget).get_by_role("alert")).to_be_visible()
    expect(entry(widget, booking)).to_contain_text("10:00–11:00")
    assert day.starts(booking) == "10:00"


def test_a_move_without_an_answer_is_told_and_looked_at_again(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00")
    widget = open_at(kommo, day)
    expect(entry(widget, booking)).to_be_visible()
    kommo.page.route(re.compile(r"/bookings/\d+/\d+$"), lambda route: route.abort())
    drag(kommo, entry(widget, booking), rows=3)
    drop(kommo)
    expect(outcome(widget)).to_contain_text("has not answered yet")
    expect(entry(widget, booking)).to_contain_text("10:00–11:00")
    kommo.said.clear()  # the browser's own words about the connection that was cut


def test_what_changes_in_altegio_shows_up_and_nothing_else_is_drawn_again(kommo: KommoPage, day: Day) -> None:
    booking, other = day.book("10:00"), day.book("12:00")
    kommo.page.clock.install()
    widget = open_at(kommo, day)
    entry(widget, other).evaluate("e => { e.dataset.seen = 'yes' }")
    kommo.page.clock.run_for(2_000)
    kommo.page.wait_for_timeout(1_000)  # the neighbouring days are read
    day.town.set_status(booking, 1)
    asked = len(kommo.asked)
    kommo.page.clock.run_for(31_000)
    expect(entry(widget, booking)).to_contain_text("Arrived")
    expect(entry(widget, other)).to_have_attribute("data-seen", "yes")
    assert kommo.asked[asked:].count("GET /calendar") == 1


# -- what was clicked -------------------------------------------------------------------------------------------------


def test_a_click_opens_the_booking_with_its_status_and_deal(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00")
    day.town.come_to_rest()
    deal = int(day.town.deal(booking)["id"])
    widget = open_at(kommo, day)
    entry(widget, booking).click()
    drawer = drawer_of(widget, name(booking))
    drawer.get_by_role("button", name="Confirmed").click()
    expect(entry(widget, booking)).to_contain_text("Confirmed")
    assert day.town.record(booking)["attendance"] == 2
    drawer.get_by_role("link", name="Open deal").click()
    expect(kommo.page).to_have_url(re.compile(f"/leads/detail/{deal}"))


def test_a_booking_is_cancelled_with_a_reason(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00")
    widget = open_at(kommo, day)
    entry(widget, booking).click()
    drawer_of(widget, name(booking)).get_by_role("button", name="Cancel", exact=True).click()
    kommo.window.get_by_label("Reason").fill("Has fallen ill")
    kommo.window.get_by_role("button", name="Cancel the booking").click()
    expect(kommo.window).to_have_count(0)
    expect(entry(widget, booking)).to_have_count(0)
    drawer = drawer_of(widget, name(booking))
    expect(drawer).to_contain_text("was cancelled")
    expect(drawer.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)
    now = day.town.record(booking)
    assert (now["deleted"], now["comment"]) == (True, "Has fallen ill")


def test_all_of_it_can_be_done_by_keyboard(kommo: KommoPage, day: Day) -> None:
    booking, next_one = day.book("10:00"), day.book("12:00")
    widget = open_at(kommo, day, filters={"employees": [f"{day.town.location}/{BERTA}"]})
    expect(entry(widget, booking)).to_be_visible()
    widget.get_by_text("Employees who are off").focus()
    widget.locator(".calendar-filters input").last.focus()
    for _ in range(3):
        kommo.page.keyboard.press("Tab")
        if kommo.page.evaluate("document.activeElement.dataset.entry"):
            break
    expect(entry(widget, booking)).to_be_focused()
    kommo.page.keyboard.press("ArrowDown")
    expect(entry(widget, next_one)).to_be_focused()
    kommo.page.keyboard.press("Enter")
    drawer = drawer_of(widget, name(next_one))
    expect(drawer.get_by_role("heading", name=name(next_one))).to_be_focused()
    drawer.get_by_role("button", name="Move", exact=True).press("Enter")
    expect(kommo.window).to_be_visible()
    kommo.page.keyboard.press("Escape")
    expect(kommo.window).to_have_count(0)
    drawer.get_by_role("button", name="Close").press("Escape")
    expect(drawer).to_have_count(0)
    expect(entry(widget, next_one)).to_be_focused()


def test_a_click_into_an_empty_place_books_there(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00")
    widget = open_at(kommo, day)
    found = box(entry(widget, booking))
    kommo.page.mouse.click(found["x"] + 30, found["y"] + 4 * ROW + 4)
    window = kommo.window
    expect(window.get_by_role("radio", name="Berta", exact=True)).to_be_checked()
    window.get_by_text("Haircut", exact=True).first.click()
    expect(window.get_by_role("radio", name="12:00, Berta")).to_be_checked()
    window.get_by_label("Client’s name").fill("Ola Newcomer")
    window.get_by_label("Phone").fill(f"+34 600 00 {next(guests)}")
    window.get_by_role("button", name="Book").click()
    expect(window).to_have_count(0)
    expect(widget.locator(".calendar-entry", has_text="Ola Newcomer")).to_contain_text("12:00–13:00")


# -- size -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(stack: Any, logged_in: None) -> Iterator[int]:
    """A salon with ten employees and 400 bookings next week. Its hooks are off: their deals are not what is tested."""
    town = Town.of(stack)
    opened = town.admin("open", title="Passeig", employees=10)["location"]
    usual = list(town.altegio.locations)
    chosen = ask(town, "PUT", "/connection/locations", {"locations": [*usual, opened]})
    assert chosen.status_code == 200, chosen.text
    town.come_to_rest()
    town.tell("altegio", "webhooks", {"paused": True})
    first = monday() - date.today()
    town.admin("load", location=opened, bookings=400, days=[first.days, first.days + 6], apart=True)
    yield opened
    assert ask(town, "PUT", "/connection/locations", {"locations": usual}).status_code == 200
    town.tell("altegio", "webhooks", {"paused": False})


def monday() -> date:
    """The next one."""
    return date.today() + timedelta(days=7 - date.today().weekday())


@pytest.mark.parametrize("view", ["week", "team"])
def test_a_week_of_ten_employees_and_400_bookings_is_drawn_at_once(
    kommo: KommoPage, town: Town, large: int, view: str
) -> None:
    remember(kommo, town, view=view, locations=[large])
    widget = kommo.open_calendar()
    expect(widget.locator(".ec-main")).to_be_visible()
    kommo.page.wait_for_timeout(500)
    asked = len(kommo.asked)
    widget.get_by_role("button", name="Next week").click()
    expect(widget.locator(".calendar-entry")).to_have_count(400)
    # One request for these days, unless they were read already, and one for each neighbour.
    kommo.page.wait_for_timeout(2000)
    assert kommo.asked[asked:].count("GET /calendar") <= 3
    read = kommo.asked.count("GET /calendar")
    took = drawn(kommo, 400)
    # The best of some: others use the machine too.
    while len(took) < 12 and min(took) >= DRAWN_WITHIN:
        widget.get_by_role("button", name="Previous week").click()
        expect(widget.locator(".calendar-entry")).to_have_count(0)
        widget.get_by_role("button", name="Next week").click()
        expect(widget.locator(".calendar-entry")).to_have_count(400)
        took = drawn(kommo, 400)
    assert kommo.asked.count("GET /calendar") <= read + 4  # looked at again, as ever half a minute
    assert min(took) < DRAWN_WITHIN, took


def drawn(kommo: KommoPage, entries: int) -> list[float]:
    """How many milliseconds each drawing of so many entries took, once their data was there."""
    measured = kommo.page.evaluate(
        "performance.getEntriesByName('bookdeal:calendar-drawn').map(one => [one.detail.entries, one.duration])"
    )
    return [float(duration) for count, duration in measured if count == entries]


def test_one_of_many_employees_is_found_by_a_few_letters(kommo: KommoPage, town: Town, large: int) -> None:
    remember(kommo, town, locations=[large])
    widget = kommo.open_calendar()
    go_to(widget, monday())
    expect(head(widget, "Marc")).to_be_visible()
    widget.get_by_role("button", name="All employees").click()
    widget.get_by_label("Search employees").fill("núr")
    expect(widget.locator(".popover-block label", has_text="Marc")).to_have_count(0)
    tick(widget, "Núria")
    expect(head(widget, "Núria")).to_be_visible()
    expect(head(widget, "Marc")).to_have_count(0)


# -- everybody --------------------------------------------------------------------------------------------------------


TITLES = {
    "en": "Appointment calendar",
    "es": "Calendario de citas",
    "pt": "Calendário de agendamentos",
    "ru": "Журнал записи",
}


@pytest.mark.parametrize(("lang", "theme"), list(zip(LANGUAGES, ("light", "dark", "light", "dark"), strict=True)))
def test_it_speaks_every_language_and_is_accessible(kommo: KommoPage, day: Day, lang: str, theme: str) -> None:
    booking = day.book("10:00")
    widget = open_at(kommo, day, lang=lang, theme=theme)
    expect(widget.get_by_role("heading", name=TITLES[lang])).to_be_visible()
    entry(widget, booking).click()
    expect(drawer_of(widget)).to_be_visible()
    kommo.assert_accessible()
    kommo.assert_fits()
    widget.locator(".calendar-views button").last.click()
    expect(entry(widget, booking)).to_be_visible()
    kommo.assert_accessible()


def test_texts_that_are_longer_fit(kommo: KommoPage, day: Day) -> None:
    kommo.lengthen_texts()
    booking = day.book("10:00")
    widget = open_at(kommo, day)
    entry(widget, booking).click()
    expect(drawer_of(widget)).to_be_visible()
    kommo.assert_fits()
    for place in (1, 2):
        widget.locator(".calendar-views button").nth(place).click()
        expect(entry(widget, booking)).to_be_visible()
        kommo.assert_fits()


@pytest.mark.parametrize("kommo", [{"viewport": {"width": 480, "height": 800}}], indirect=True)
def test_a_narrow_page_shows_one_employee_at_a_time(kommo: KommoPage, day: Day) -> None:
    hers, his = day.book("10:00"), day.book("11:00", staff_id=ELENA)
    widget = open_at(kommo, day, "week")
    expect(widget.locator(".ec-body .ec-day")).to_have_count(1)
    chooser = widget.get_by_label("Employee", exact=True)
    chooser.select_option(label="Berta")
    expect(entry(widget, hers)).to_be_visible()
    expect(entry(widget, his)).to_have_count(0)
    chooser.select_option(label="Elena")
    expect(entry(widget, his)).to_be_visible()
    kommo.assert_fits()
    kommo.assert_accessible()


def test_who_has_no_login_gives_it_in_place(kommo: KommoPage, town: Town) -> None:
    user = new_user(town)
    widget = kommo.open_calendar(user=user)
    widget.get_by_label("Phone or e-mail in Altegio").fill(town.altegio.login)
    widget.get_by_label("Password in Altegio").fill(town.altegio.password)
    widget.get_by_role("button", name="Connect").click()
    expect(widget.locator(".calendar-entry").first).to_be_visible()
    assert ask(town, "DELETE", f"/users/{user}/login").status_code == 200


def test_a_provider_that_is_down_is_told_and_tried_again(kommo: KommoPage, day: Day) -> None:
    booking = day.book("10:00")
    route = "/api/v1/records/{company}"
    day.town.fault("altegio", {"method": "GET", "route": route, "kind": "status", "status": 503, "probability": 1})
    remember(kommo, day.town)
    kommo.hasten()
    widget = kommo.open_calendar()
    expect(widget.get_by_role("alert")).to_be_visible(timeout=SLOW)
    day.town.fault("altegio")
    widget.get_by_role("alert").get_by_role("button").click()
    go_to(widget, day.day)
    expect(entry(widget, booking)).to_be_visible()
