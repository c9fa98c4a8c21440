"""Kommo's pages on the board run a widget as Kommo does; a tiny widget tells what it hears."""

import base64
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Browser, Page, Route, expect

from sandbox.board.app import create_app
from sandbox.board.connections import Connections
from sandbox.simulator import run_in_thread
from tests.browser.conftest import SIZE
from tests.browser.world import World

pytestmark = pytest.mark.browser

TINY = Path(__file__).parent / "tiny_widget"
CODE = "bookdeal"
WORKER = 12_100_003
LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def pack(path: Path, **changes: str) -> Path:
    """Write the tiny widget's archive; `changes` replace text in its script."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(TINY.rglob("*")):
            if file.is_file():
                text = file.read_text()
                for old, new in changes.items():
                    text = text.replace(old, new)
                archive.writestr(str(file.relative_to(TINY)), text)
        for name in ("logo_main", "logo_medium"):
            archive.writestr(f"images/{name}.png", LOGO)
    return path


async def answer(request: web.Request) -> web.Response:
    """An API that lets the browser in and says what it was asked."""
    headers = {
        "Access-Control-Allow-Origin": request.headers.get("Origin", ""),
        "Access-Control-Allow-Headers": "x-auth-token, content-type",
    }
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=headers)
    asked = {"token": request.headers.get("X-Auth-Token"), "method": request.method, "path": request.path}
    return web.json_response(asked, headers=headers)


def create_api() -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return app


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with run_in_thread(create_api) as address:
        yield address


@pytest.fixture
def other_origins(api: str) -> set[str]:
    return {api}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(tmp_path_factory.mktemp("widget") / "widget.zip")


@pytest.fixture(scope="module")
def address(simulators: World, archive: Path, api: str) -> Iterator[str]:
    connections = replace(Connections.of_simulators(simulators.kommo, simulators.altegio, archive), api=f"{api}/v1")
    with run_in_thread(lambda: create_app(connections)) as address:
        yield address


@pytest.fixture(scope="module")
def world(simulators: World) -> World:
    """The simulators, begun anew once: these tests change nothing but whether the widget is installed."""
    simulators.begin_anew()
    return simulators


@pytest.fixture(scope="module")
def deal(world: World) -> int:
    return int(world.deal_ids[world.ordinary()["id"]])


@pytest.fixture
def installed(world: World) -> Iterator[None]:
    """The widget is installed."""
    world.in_kommo(f"/widgets/{CODE}", {"key": "abc"}, "POST")
    yield
    world.in_kommo(f"/widgets/{CODE}", method="DELETE")


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    ready(page)


def ready(page: Page) -> None:
    expect(page.locator("[data-ready]")).to_have_count(1)


def heard(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.heard ?? []")
    return found


def ask(page: Page, path: str, options: str = "") -> Any:
    """Ask the API as a widget does; gives `[status, body or text]`."""
    return page.evaluate(
        """([url, options]) => new Promise((resolve) => {
            tiny.self.$authorizedAjax({ url, dataType: 'json', ...options }).then(
                (body, _, sent) => resolve([sent.status, body]),
                (sent, _, text) => resolve([sent.status, text]),
            );
        })""",
        [path, json.loads(options or "{}")],
    )


def claims(token: str) -> Any:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


@pytest.mark.usefixtures("installed")
class TestAreas:
    def test_the_card_calls_in_kommos_order(self, page: Page, address: str, deal: int) -> None:
        open_page(page, f"{address}/leads/detail/{deal}")
        assert heard(page) == ["render lcard", "init lcard", "bind_actions lcard"]
        panel = page.locator(f".card-widgets__widget-{CODE}")
        expect(panel.locator(".tiny-caption")).to_have_text("Tiny")
        expect(panel.locator(".card-widgets__widget__body")).to_have_text(f"Hello {deal}")

    def test_nothing_follows_a_render_that_says_no(self, page: Page, address: str, deal: int) -> None:
        page.add_init_script("window.tinyRenders = false")
        open_page(page, f"{address}/leads/detail/{deal}")
        assert heard(page) == ["render lcard"]

    def test_every_change_of_area_destroys(self, page: Page, address: str, deal: int) -> None:
        open_page(page, f"{address}/leads/detail/{deal}")
        page.get_by_role("link", name="Deals").click()
        expect(page.get_by_role("region", name="Deals")).to_be_visible()
        ready(page)
        assert heard(page)[3:] == ["destroy lcard", "render llist", "init llist", "bind_actions llist"]
        page.go_back()
        expect(page.get_by_role("region", name="Feed")).to_be_visible()
        ready(page)
        assert heard(page)[7:] == ["destroy llist", "render lcard", "init lcard", "bind_actions lcard"]

    def test_the_card_is_known(self, page: Page, address: str, deal: int) -> None:
        open_page(page, f"{address}/leads/detail/{deal}")
        seen = "[APP.data.current_card.id, APP.isCard(), APP.getBaseEntity(), APP.getWidgetsArea()]"
        assert page.evaluate(seen) == [deal, True, "leads", "leads_card"]
        open_page(page, f"{address}/leads/add/")
        assert page.evaluate(seen) == [0, True, "leads", "leads_card"]
        open_page(page, f"{address}/leads/list/")
        assert page.evaluate("[APP.data.current_card, APP.isCard(), APP.getWidgetsArea()]") == [False, False, "leads"]

    def test_the_cards_contacts_are_known(self, page: Page, address: str, world: World, deal: int) -> None:
        open_page(page, f"{address}/leads/detail/{deal}")
        booking = world.ordinary()["client"]
        [contact] = page.evaluate("tiny.self.get_current_card_contacts_data()")
        assert (contact["name"], contact["phones"]) == (booking["display_name"], [booking["phone"]])
        page.get_by_role("button", name=booking["phone"]).click()
        assert heard(page)[-1] == "phone lcard"

    @pytest.mark.parametrize("page", [{"timezone_id": "America/Lima"}], indirect=True)
    def test_dates_are_the_accounts(self, page: Page, address: str, world: World, deal: int) -> None:
        open_page(page, f"{address}/leads/detail/{deal}?lang=en")
        day = date.fromisoformat(world.ordinary()["date"][:10])
        expect(page.get_by_role("region", name="Deal", exact=True)).to_contain_text(f"{day:%b} {day.day}, {day.year}")

    def test_deals_are_chosen_in_the_list(self, page: Page, address: str, world: World) -> None:
        pipeline, _ = world.place("Confirmed")
        open_page(page, f"{address}/leads/pipeline/{pipeline}/")
        assert page.evaluate("APP.getWidgetsArea()") == "leads-pipeline"
        boxes = page.get_by_role("checkbox")
        expect(boxes).to_have_count(min(50, len(world.deal_ids)))
        boxes.nth(0).check()
        boxes.nth(2).check()
        page.get_by_role("button", name="Tiny by Vendor").click()
        name, told = heard(page)[-1].split(" ", 1)
        selected = json.loads(told)
        assert name == "selected"
        assert selected["count_selected"] == 2
        assert {one["type"] for one in selected["selected"]} == {"lead"}
        assert all(one["phones"] for one in selected["selected"])

    def test_the_left_menu_leads_to_the_widgets_page(self, page: Page, address: str) -> None:
        open_page(page, f"{address}/leads/list/?lang=es")
        page.get_by_role("link", name="Agenda").click()
        expect(page.locator(f"#work-area-{CODE}")).to_have_text("Diary of widget_page")
        assert heard(page)[-1] == "initMenuPage diary"

    def test_the_board_shows_the_widget_in_a_deals_card(self, page: Page, address: str, deal: int) -> None:
        page.goto(address)
        page.locator(f'.card[data-deal="{deal}"]').get_by_role("button").click()
        expect(page.frame_locator("iframe").locator(".tiny")).to_have_text(f"Hello {deal}")
        link = page.get_by_role("link", name="Open in Kommo")
        expect(link).to_have_attribute("href", f"/leads/detail/{deal}")


@pytest.mark.usefixtures("world")
class TestSettings:
    def test_installing_saves_and_tells_the_widget(self, page: Page, address: str, world: World) -> None:
        open_page(page, f"{address}/settings/widgets/")
        assert heard(page) == []
        page.get_by_role("button", name="Tiny by Vendor").click()
        order = ["render settings", "init settings", "bind_actions settings", "settings 1"]
        expect(page.locator(".widget-settings h2")).to_have_text("Tiny by Vendor")
        assert heard(page) == order
        install = page.get_by_role("button", name="Install", exact=True)
        install.click()
        expect(page.get_by_role("alert").filter(has_text="Key is missing")).to_be_visible()
        page.get_by_label("Key").fill("abc")
        install.click()
        expect(page.locator(".tile-status")).to_have_text("Installed")
        assert heard(page) == [*order, "onSave", "onInstall installed"]
        assert world.in_kommo(f"/widgets/{CODE}")["settings"] == {"key": "abc", "custom": ""}
        expect(page.get_by_role("link", name="Diary")).to_be_visible()
        page.get_by_role("button", name="Tiny by Vendor").click()
        page.get_by_role("button", name="Disable").click()
        expect(page.locator(".tile-status")).to_have_text("Not installed")
        assert heard(page)[-2:] == ["onSave", "destroy settings"]
        assert world.in_kommo(f"/widgets/{CODE}")["is_active_in_account"] is False

    @pytest.mark.usefixtures("installed")
    def test_saving_waits_for_a_change_and_for_the_widget(self, page: Page, address: str, world: World) -> None:
        open_page(page, f"{address}/settings/widgets/")
        page.get_by_role("button", name="Tiny by Vendor").click()
        save = page.get_by_role("button", name="Save")
        expect(save).to_be_disabled()
        page.evaluate(f"tiny.$('#{CODE}_custom').val('7').trigger('change')")
        expect(save).to_be_enabled()
        page.evaluate("() => { window.tinySaves = { then: (_, refuse) => refuse(new Error('not now')) }; }")
        save.click()
        expect(page.get_by_role("alert").filter(has_text="did not let its settings be saved")).to_be_visible()
        page.evaluate("() => { window.tinySaves = Promise.resolve(); }")
        save.click()
        expect(save).to_be_disabled()
        assert world.in_kommo(f"/widgets/{CODE}")["settings"] == {"key": "abc", "custom": "7"}

    @pytest.mark.usefixtures("installed")
    def test_only_administrators_change_it(self, page: Page, address: str) -> None:
        open_page(page, f"{address}/settings/widgets/?user={WORKER}")
        page.get_by_role("button", name="Tiny by Vendor").click()
        expect(page.get_by_role("alert").filter(has_text="Only administrators")).to_be_visible()
        expect(page.locator(".js-widget-save, .js-widget-uninstall")).to_have_count(0)

    @pytest.mark.usefixtures("installed")
    def test_the_advanced_page_has_its_holder(self, page: Page, address: str) -> None:
        open_page(page, f"{address}/settings/widgets/{CODE}/")
        expect(page.get_by_role("heading", name="All of Tiny")).to_be_visible()
        expect(page.locator("#list_page_holder")).to_have_text("Advanced")
        assert heard(page)[-1] == "advancedSettings"

    def test_a_widget_that_is_not_installed_is_not_started(self, page: Page, address: str, deal: int) -> None:
        open_page(page, f"{address}/leads/detail/{deal}")
        assert heard(page) == []
        expect(page.locator(".card-widgets__widget")).to_have_count(0)


@pytest.mark.usefixtures("installed")
class TestModal:
    @pytest.fixture
    def modal(self, page: Page, address: str, deal: int) -> Page:
        open_page(page, f"{address}/leads/detail/{deal}")
        page.evaluate("void tiny.openModal()")
        expect(page.locator(".tiny-modal .modal-body .tiny")).to_have_text("In the window")
        assert heard(page)[-1] == "modal init"
        return page

    def test_escape_closes(self, modal: Page) -> None:
        modal.keyboard.press("Escape")
        assert heard(modal)[-1] == "modal destroy"
        expect(modal.locator(".modal")).to_have_count(0)

    def test_the_overlay_closes(self, modal: Page) -> None:
        modal.locator(".modal-overlay").click(position={"x": 5, "y": 5})
        assert heard(modal)[-1] == "modal destroy"

    def test_the_cross_closes_once(self, modal: Page) -> None:
        modal.locator(".modal-body__close").click()
        modal.keyboard.press("Escape")
        assert heard(modal)[-2:] == ["modal init", "modal destroy"]


@pytest.mark.usefixtures("installed")
class TestTokens:
    def test_each_request_carries_a_token_of_its_own(self, page: Page, address: str, api: str, deal: int) -> None:
        open_page(page, f"{address}/leads/detail/{deal}?user={WORKER}")
        status, first = ask(
            page, f"{api}/v1/card", '{"method": "POST", "data": "{}", "contentType": "application/json"}'
        )
        assert (status, first["method"], first["path"]) == (200, "POST", "/v1/card")
        assert claims(first["token"])["user_id"] == WORKER
        assert claims(first["token"])["is_admin"] is False
        _, second = ask(page, f"{api}/v1/card")
        assert claims(second["token"])["jti"] != claims(first["token"])["jti"]

    def test_a_test_may_put_another_token_in(self, page: Page, address: str, api: str, deal: int) -> None:
        def forged(route: Route) -> None:
            route.fulfill(json={"token": "forged"})

        page.route("**/host/widget-token", forged)
        open_page(page, f"{address}/leads/detail/{deal}")
        assert ask(page, f"{api}/v1/card")[1]["token"] == "forged"

    def test_without_a_stack_there_is_no_token(
        self, page: Page, simulators: World, archive: Path, deal: int, other_origins: set[str]
    ) -> None:
        connections = Connections.of_simulators(simulators.kommo, simulators.altegio, archive)
        with run_in_thread(lambda: create_app(connections)) as alone:
            open_page(page, f"{alone}/leads/detail/{deal}")
            assert ask(page, "/anything") == [0, "There is no API here: the simulators run alone"]


@pytest.mark.usefixtures("installed")
class TestWhoLooks:
    def test_the_users_session_reads_kommo(self, page: Page, address: str, world: World) -> None:
        read = "fetch('/api/v4/account').then(answer => answer.json())"
        open_page(page, f"{address}/leads/list/?user={WORKER}")
        account = page.evaluate(read)
        assert account["current_user_id"] == WORKER
        assert account["_links"]["self"]["href"].startswith(address)
        assert page.evaluate("fetch('/api/v4/leads/1').then(answer => answer.status)") == 204
        assert page.evaluate("APP.constant('user').id") == WORKER
        page.get_by_label("User").select_option(label="Alba Torres (administrator)")
        expect(page).to_have_url(re.compile("user=12100001"))
        ready(page)
        assert page.evaluate(read)["current_user_id"] == 12_100_001

    @pytest.mark.parametrize(("lang", "hello"), [("en", "Hello"), ("es", "Hola"), ("pt", "Hello"), ("ru", "Hello")])
    def test_the_language_is_the_users(self, page: Page, address: str, deal: int, lang: str, hello: str) -> None:
        open_page(page, f"{address}/leads/detail/{deal}?lang={lang}")
        expect(page.locator(".card-widgets__widget__body")).to_have_text(f"{hello} {deal}")
        assert page.evaluate("[APP.lang_id, document.documentElement.lang]") == [lang, lang]
        open_page(page, f"{address}/leads/detail/{deal}")
        assert page.evaluate("APP.lang_id") == lang

    def test_the_theme_colours_the_page(self, page: Page, address: str) -> None:
        colour = "getComputedStyle(document.body).backgroundColor"
        open_page(page, f"{address}/leads/list/?theme=light")
        assert page.evaluate(colour) == "rgb(245, 245, 245)"
        page.get_by_label("Theme").select_option("dark")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        assert page.evaluate(colour) == "rgb(15, 23, 34)"


@pytest.fixture
def loose(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page whose errors are what the test is about."""
    with browser.new_context(viewport=SIZE) as context:  # type: ignore[arg-type]
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        yield page, said


@pytest.mark.usefixtures("installed")
class TestFaults:
    @pytest.mark.parametrize(
        ("act", "fault"),
        [
            ("APP.lang_id = 'ru'", "APP.lang_id was written to"),
            ("APP.data.current_card.id = 7", "APP.data.current_card.id was written to"),
            ("APP.constant('amojo')", "APP.constant('amojo') is not known"),
            ("alert('x')", "alert() was called"),
            ("tiny.self.i18n('nothing')", "i18n('nothing')"),
            ("tiny.self.crm_post('https://a.example.test', {}, null)", "crm_post"),
            ("tiny.self.render_template({render: '{{ name }}'})", "Twig"),
        ],
    )
    def test_what_a_widget_must_not_do_is_seen(
        self, loose: tuple[Page, list[str]], address: str, deal: int, act: str, fault: str
    ) -> None:
        page, said = loose
        open_page(page, f"{address}/leads/detail/{deal}")
        assert said == []
        page.evaluate(f"() => {{ {act} }}")
        expect(page.locator("#faults")).to_contain_text(fault)
        assert any(fault in one for one in said)

    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            ("bind_actions: note", "bindActions: note", "lacks the mandatory callbacks bind_actions"),
            (
                "return function () {\n    var self",
                "return {} && function () {\n    throw Error('no'); var self",
                "failed",
            ),
            ("init: note('init')", "init: function () { throw new Error('broken'); }", "init() failed"),
            ("lcard-1", "lcard-0", "no right panel"),
        ],
    )
    def test_what_breaks_kommos_rules_is_seen(
        self, loose: tuple[Page, list[str]], address: str, archive: Path, deal: int, old: str, new: str, fault: str
    ) -> None:
        page, said = loose
        try:
            pack(archive, **{old: new})
            open_page(page, f"{address}/leads/detail/{deal}")
            expect(page.locator("#faults")).to_contain_text(fault)
            assert any(fault in one for one in said)
        finally:
            pack(archive)
