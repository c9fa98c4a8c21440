"""The rules: a good archive keeps all of them, and each breach is found, told where, and what to do."""

import random
import re
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from operations.widget.archive import AMOCRM, KOMMO, Archive
from operations.widget.rules import RULES, files, manifest, modules, problems

from .widget_archives import API, OWNED, SCRIPT, packed, with_file, with_json, without_file


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return packed(tmp_path_factory.mktemp("good"))[0].archive


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive for the marketplace, with addresses that somebody could own."""
    own = {"support": {"link": f"{OWNED}/support"}, "privacy": f"{OWNED}/privacy", "public": True}
    return packed(tmp_path_factory.mktemp("listed"), api=OWNED, **own)[0].archive


def found(archive: Archive) -> list[str]:
    return [str(problem) for problem in problems(archive)]


def only(archive: Archive) -> str:
    told = found(archive)
    assert len(told) == 1, told
    return told[0]


def png(width: int, height: int, *, animated: bool = False) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            chunk(b"acTL", struct.pack(">II", 2, 0)) if animated else b"",
            chunk(b"IDAT", rows),
            chunk(b"IEND", b""),
        )
    )


def test_a_good_archive_keeps_every_rule(tmp_path: Path) -> None:
    for one in packed(tmp_path):
        assert found(one.archive) == []


def test_a_good_archive_for_the_marketplace_keeps_every_rule(listed: Archive) -> None:
    assert found(listed) == []


def test_every_rule_is_run_and_says_what_it_is_for() -> None:
    assert len(RULES) == len(set(RULES))
    assert all(rule.__doc__ for rule in RULES)


# ---- Files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["images/logo_small.png", "images/logo_medium.png", "script.js"])
def test_a_missing_file(archive: Archive, name: str) -> None:
    assert f"{name} is missing" in only(without_file(archive, name))


def test_a_missing_manifest(archive: Archive) -> None:
    assert any("manifest.json is missing" in told for told in found(without_file(archive, "manifest.json")))


@pytest.mark.parametrize(
    "name",
    [
        "widget/notes.txt",
        "app.js.map",
        ".hidden.json",
        "größe.txt",
        "images/logo.gif",
        "i18n/en.txt",
        "../outside.txt",
        "font.woff2",
        "fonts/",
    ],
)
def test_a_file_that_does_not_belong_into_an_archive(archive: Archive, name: str) -> None:
    assert f"{name} does not belong into an archive" in only(with_file(archive, name, b"{}"))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xef\xbb\xbf.bookdeal {}", "byte order mark"),
        (b".bookdeal {}\r\n", "line ends of Windows"),
        (b".bookdeal { content: '\xe9' }", "is not UTF-8 at byte 22"),
    ],
)
def test_a_text_that_is_not_plain(archive: Archive, content: bytes, what: str) -> None:
    assert what in " ".join(found(with_file(archive, "style.css", content)))


def test_a_brand_that_was_not_filled_in(archive: Archive) -> None:
    assert "still holds __BOOKDEAL_BRAND__" in only(with_file(archive, "style.css", "/* __BOOKDEAL_BRAND__ */"))


def test_a_logo_of_another_size(archive: Archive) -> None:
    assert "is 130×101, not 130×100" in only(with_file(archive, "images/logo.png", png(130, 101)))


def test_a_logo_that_is_no_png(archive: Archive) -> None:
    assert "is no PNG" in only(with_file(archive, "images/logo.png", b"GIF89a" + bytes(20)))


def test_a_logo_that_moves(archive: Archive) -> None:
    assert "is animated" in only(with_file(archive, "images/logo.png", png(130, 100, animated=True)))


def test_a_heavy_picture(archive: Archive) -> None:
    content = png(84, 84) + bytes(300_000)

    assert "has 300,1" in only(with_file(archive, "images/logo_min.png", content))


def icon(paint: str, inside: str = "") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0H9" {paint}/>{inside}</svg>'


@pytest.mark.parametrize(
    ("drawing", "what"),
    [
        (icon('stroke="#f5d90a"'), "is painted #f5d90a: its contrast in the light theme is 1."),
        (icon('stroke="#123456"'), "is painted #123456: its contrast in the dark theme is 1."),
        (icon('stroke="navy"'), "is painted navy"),
        (icon(""), "is painted black"),
        (icon('stroke="#7c8798"', "<script>1</script>"), "holds <script>"),
        (icon('stroke="#7c8798" onclick="go()"'), "holds <path>"),
        ("<svg", "is no SVG"),
    ],
)
def test_an_icon_that_cannot_be_seen_or_does_more_than_draw(archive: Archive, drawing: str, what: str) -> None:
    assert f"images/menu.svg {what}" in only(with_file(archive, "images/menu.svg", drawing))


def test_contrast_is_that_of_the_definition() -> None:
    assert files.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert files.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_library_without_a_licence(archive: Archive) -> None:
    listed = "Libraries:\n\ndrawing  1.2.3    https://github.com/example/drawing\n"

    assert "does not say all of" in only(with_file(archive, "libraries.txt", listed))


@pytest.mark.parametrize("listed", ["", "Libraries:\n\n\n"])
def test_libraries_that_nobody_named(archive: Archive, listed: str) -> None:
    assert "names nothing of what is in libraries-abcd1234.js" in only(with_file(archive, "libraries.txt", listed))


def test_an_archive_that_is_too_large(archive: Archive) -> None:
    noise = random.Random(1).randbytes(1_600_000).hex()
    told = only(with_file(archive, "libraries-noise000.js", f'define([], function () {{ return "{noise}" }});'))

    assert re.match(r"widget\.zip has 1,\d{3},\d{3} bytes", told)


# ---- Manifest and texts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["{/* no */}", "[1]", ""])
def test_a_file_that_is_no_json_object(archive: Archive, content: str) -> None:
    told = found(with_file(archive, "i18n/en.json", content))

    assert any(one.startswith(("i18n/en.json is not JSON", "i18n/en.json is no object")) for one in told)


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("widget.name", "Bookdeal", "has 'Bookdeal' as widget.name"),
        ("widget.short_description", None, "has None as widget.short_description"),
        ("widget.interface_version", 1, "has 1 as widget.interface_version"),
        ("widget.version", "1.0", "has '1.0' as widget.version"),
        ("widget.init_once", "yes", "has 'yes' as widget.init_once"),
        ("widget.code", "bookdeal", "has widget.code"),
        ("widget.secret_key", "abc", "has widget.secret_key"),
        ("widget.locale", ["en"], "has ['en'] as widget.locale"),
        ("widget.support.link", "http://help.example.test", "as widget.support.link"),
        ("widget.support", None, "has None as widget.support.link"),
        ("locations", [], "has no locations"),
        ("locations", ["settings", "advanced_settings", "leads"], "has the location 'leads'"),
        ("locations", ["settings", "advanced_settings", "lcard-2"], "has the location 'lcard-2'"),
        ("locations", ["settings", "advanced_settings", "lcard-1", "lcard-1"], "has the location 'lcard-1' twice"),
        ("locations", ["settings", "advanced_settings", "everywhere"], "has the location 'everywhere'"),
        ("locations", ["lcard-1", "advanced_settings"], "lacks the location settings"),
        ("locations", ["settings", "advanced_settings", "sms"], "lacks sms"),
        ("advanced", None, "lacks advanced"),
        ("settings", None, "has no settings"),
        ("settings.setup.type", "checkbox", "has settings.setup of no known type"),
        ("settings.setup.required", None, "lacks name or required in settings.setup"),
        ("settings.more", {"name": "settings.setup", "type": "custom", "required": False}, "has several custom"),
    ],
)
def test_a_manifest_that_kommo_would_refuse(archive: Archive, path: str, value: object, what: str) -> None:
    broken = with_json(archive, "manifest.json", path, value)

    assert what in " ".join(found(broken))


def test_a_private_widget_in_the_left_menu(archive: Archive, listed: Archive) -> None:
    claimed = with_file(archive, "manifest.json", listed.files["manifest.json"])

    assert "claims a place in the left menu" in only(claimed)


def test_a_menu_without_its_icon(listed: Archive) -> None:
    told = only(with_json(listed, "manifest.json", "left_menu.appointments.icon", "images/none.svg"))

    assert "has 'images/none.svg' as icon of left_menu.appointments" in told


def test_a_language_without_its_file(archive: Archive) -> None:
    assert "i18n/pt.json is missing" in only(without_file(archive, "i18n/pt.json"))


def test_a_language_that_the_manifest_does_not_name(archive: Archive) -> None:
    told = only(with_file(archive, "i18n/ru.json", archive.files["i18n/en.json"]))

    assert "i18n/ru.json is in no language of the manifest" in told


def test_a_text_that_is_missing_in_one_language(archive: Archive) -> None:
    told = only(with_json(archive, "i18n/pt.json", "left_menu.appointments", None))

    assert "i18n/pt.json lacks left_menu.appointments" in told


def test_a_text_that_is_empty(archive: Archive) -> None:
    told = only(with_json(archive, "i18n/es.json", "settings.setup", " "))

    assert "i18n/es.json has nothing to show for settings.setup" in told


def test_a_text_that_only_the_manifest_knows(archive: Archive) -> None:
    told = found(with_json(archive, "manifest.json", "advanced.title", "advanced.heading"))

    assert len(told) == len(KOMMO.locales)
    assert "i18n/en.json lacks advanced.heading. The manifest points to it with advanced.title." in told[0]


@pytest.mark.parametrize(
    ("key", "text", "what"),
    [
        ("name", "Altegio and a lot more by Bookdeal", "has 34 letters in widget.name"),
        ("short_description", "x" * 51, "has 51 letters in widget.short_description"),
        ("name", "Appointmentsandbookings by Us", "has a long word in its name"),
    ],
)
def test_a_listing_that_does_not_fit(archive: Archive, key: str, text: str, what: str) -> None:
    assert what in only(with_json(archive, "i18n/en.json", f"widget.{key}", text))


def test_a_name_for_the_marketplace_says_whose_work_it_is(archive: Archive, listed: Archive) -> None:
    assert "calls the widget 'Bookings'" in only(with_json(listed, "i18n/en.json", "widget.name", "Bookings"))
    assert found(with_json(archive, "i18n/en.json", "widget.name", "Bookings")) == []


def with_tour(archive: Archive, count: int, picture: bytes) -> Archive:
    names = [f"images/tour_en_{number}.png" for number in range(1, count + 1)]
    shown = {language: [f"/{name}" for name in names] for language in archive.edition.locales}
    told = {"is_tour": True, "tour_images": shown, "tour_description": "widget.tour_description"}
    for name in names:
        archive = with_file(archive, name, picture)
    return with_json(archive, "manifest.json", "tour", told)


def test_a_tour_of_one_to_five_pictures(archive: Archive) -> None:
    assert found(with_tour(archive, 1, png(*manifest.TOUR_SIZE))) == []
    assert found(with_tour(archive, 5, png(*manifest.TOUR_SIZE))) == []


def test_a_tour_of_six_pictures(archive: Archive) -> None:
    told = found(with_tour(archive, 6, png(*manifest.TOUR_SIZE)))

    assert len(told) == len(KOMMO.locales)
    assert "has 6 pictures of the tour in en" in told[0]


def test_a_tour_of_other_sizes(archive: Archive) -> None:
    told = found(with_tour(archive, 1, png(1188, 600)))

    assert "images/tour_en_1.png is 1188×600" in told[0]


def test_a_russian_link_is_refused_by_kommo_alone(archive: Archive) -> None:
    linked = with_file(archive, "texts-en-abcd1234.js", 'define([], function () { return "See https://a.b.ru/x"; });')

    assert any("links to https://a.b.ru" in told for told in found(linked))
    assert not any("links to" in told for told in found(replace(linked, edition=AMOCRM)))


@pytest.mark.parametrize("address", [API, "https://example.com/privacy", "http://127.0.0.1:4566"])
def test_the_marketplace_is_given_no_address_that_leads_nowhere(listed: Archive, address: str) -> None:
    addresses = (*listed.addresses, address)

    assert f"has the address {address}" in only(replace(listed, addresses=addresses))


# ---- Modules, loaded in Node ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("import x from './x.js';", "does not load: SyntaxError"),
        ("define([], function () {", "does not load: SyntaxError"),
        ("document.title = 'x'; define([], function () {});", "does not load: ReferenceError: document"),
        ("define([], function () {}); define([], function () {});", "does not load: it does not call define once"),
        ("define({});", "does not load: it does not call define once"),
        ("var nothing = 1;", "does not load: it does not call define once"),
        ("while (true) {}", "does not load: Error: Script execution timed out"),
        ("define(['lodash'], function () {});", "asks for 'lodash'"),
        ("define(['https://cdn.example.test/x.js'], function () {});", "asks for 'https://cdn.example.test/x.js'"),
        ("define(['./gone.js'], function () {});", "asks for ./gone.js"),
    ],
)
def test_a_script_that_kommos_page_cannot_load(archive: Archive, content: str, what: str) -> None:
    assert f"libraries-abcd1234.js {what}" in only(with_file(archive, "libraries-abcd1234.js", content))


@pytest.mark.parametrize("module", ["jquery", "require", "exports", "moment", "lib/components/base/modal"])
def test_what_kommos_page_gives_may_be_asked_for(archive: Archive, module: str) -> None:
    script = f"define(['{module}'], function () {{}});"

    assert found(with_file(archive, "libraries-abcd1234.js", script)) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("init: () => true,", "", "has no callback init"),
        ("render: () => true,", "", "has no callback render"),
        ("bind_actions: () => true,", "bind_actions: true,", "has no callback bind_actions"),
        ("onSave: () => true,", "", "has no callback onSave"),
        ("advancedSettings() {},", "", "has no callback advancedSettings"),
        ("onSave:", "onsave() {}, onSave:", "has the callback onsave"),
        ("leads: { selected() {} },", "leads() {},", "has the callback leads, of type function"),
        ("destroy() {}", "destroy: 1", "has the callback destroy, of type number"),
        ("return Widget;", "", "makes no widget: it gives no constructor back"),
        ("const brand", "document.title = 'x'; const brand", "makes no widget: its constructor fails: ReferenceError"),
    ],
)
def test_a_widget_that_kommo_cannot_call(archive: Archive, old: str, new: str, what: str) -> None:
    script = SCRIPT.replace("__BOOKDEAL_BRAND__", "{}").replace(old, new)

    assert what in " ".join(found(with_file(archive, "script.js", script)))


def test_the_left_menu_needs_its_callback(archive: Archive, listed: Archive) -> None:
    script = SCRIPT.replace("__BOOKDEAL_BRAND__", "{}").replace("initMenuPage() {},", "")

    assert "has no callback initMenuPage" in only(with_file(listed, "script.js", script))
    assert found(with_file(archive, "script.js", script)) == []


def test_without_node_nothing_is_called_good(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "ENVIRONMENT", tmp_path)

    with pytest.raises(modules.NoNode, match=r"make \.local/node"):
        problems(with_file(archive, "texts-xx-abcd1234.js", "define([], function () { return 'new'; });"))


# ---- Code -----------------------------------------------------------------------------------------------------------


CLICKS = "clicks where it looks elements of the page up"


def in_code(archive: Archive, body: str, file: str = "app.js") -> Archive:
    return with_file(archive, file, f'define(["exports"], function (exports) {{\n  {body}\n}});\n')


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("eval('1')", "calls eval"),
        ("window.eval('1')", "calls eval"),
        ("new Function('return 1')", "calls Function"),
        ("alert('hello')", "calls alert"),
        ("if (globalThis.confirm('sure?')) {}", "calls confirm"),
        ("prompt('name')", "calls prompt"),
        ("document.write('x')", "writes into the document"),
        ("console.log(1)", "calls console.log"),
        ("console.error(1)", "calls console.error"),
        ("window.console.warn(1)", "calls console.warn"),
        ("console.trace(1)", "calls console.trace"),
        ("$.ajax({ url: '/x', async: false })", "asks without async"),
        ("$.ajax({ url: '/x', 'async': false })", "asks without async"),
        ("request.open('GET', '/x', false)", "asks without async"),
        ("for (const one of all) { self.$authorizedAjax(one) }", "calls $authorizedAjax in a loop"),
        ("while (more) more = self.crm_post(url)", "calls crm_post in a loop"),
        ("fetch('https://tracker.example.test/x')", "names the host tracker.example.test"),
        ("load(`//cdn.example.test/${name}`)", "names the host cdn.example.test"),
        ("load('https://hub.example.test.evil.test/x')", "names the host hub.example.test.evil.test"),
        ("document.createElement('script')", "adds a script to the page"),
        ("require(['./gone.js'])", "loads gone.js"),
        ("require([`${path}/gone.js?v=1`])", "loads gone.js"),
        ("APP.data.current_card = null", "sets APP.data.current_card"),
        ("window.APP.lang_id += 'x'", "sets APP.lang_id"),
        ("AMOCRM.constant('user')", "asks for AMOCRM"),
        ("window.AMOCRM.constant('user')", "asks for AMOCRM"),
        ("const key = self.system().amohash", "asks for amohash"),
        ("document.querySelector('.install').click()", CLICKS),
        ("const found = window.document.getElementById('install'); found?.click()", CLICKS),
        ("for (const one of document.querySelectorAll('button')) { one.click() }", CLICKS),
        ("$('.install').click()", CLICKS),
        ("jQuery(body).find('button').click()", CLICKS),
        ("body.find('button').trigger('click')", CLICKS),
        ("form.triggerHandler(`submit.ours`)", CLICKS),
        ("document.elementFromPoint(1, 2).dispatchEvent(new MouseEvent('click', { bubbles: true }))", CLICKS),
        ("body[0].querySelector('button.js-widget-install').disabled = false", "names 'button.js-widget-install'"),
        ("find(`.js-widget-save`)", "names '.js-widget-save'"),
    ],
)
def test_code_that_kommo_forbids(archive: Archive, body: str, what: str) -> None:
    assert f"app.js:2 {what}" in only(in_code(archive, body))


@pytest.mark.parametrize(
    "body",
    [
        "console.debug(1)",
        "try { go() } catch (error) { console.trace(error) }",
        "// eval('1'), alert('x'), https://elsewhere.example.test",
        "const text = 'Do not alert() or eval()'",
        "dialog.confirm('sure?')",
        "request.open('GET', '/x', true)",
        "$.ajax({ url: '/x', async: true })",
        "all.forEach(one => draw(one)); self.$authorizedAjax({})",
        f"fetch('{API}/bookings?deal=1')",
        "document.createElementNS('http://www.w3.org/2000/svg', 'svg')",
        "document.createElement('div')",
        "require(['./texts-en-abcd1234.js'])",
        "fetch('/api/v4/leads/1')",
        "const user = APP.constant('user')",
        "const link = document.createElement('a'); link.click()",
        "radios[place].click(); menu.querySelector('button').click()",
        "document.getElementById('work-area').append(place)",
        "$('.ours').click(() => go()); $('.ours').on('click', go)",
        "body.trigger('modal:loaded')",
        "document.querySelector('link'); window.dispatchEvent(new HashChangeEvent('hashchange'))",
    ],
)
def test_code_that_kommo_allows(archive: Archive, body: str) -> None:
    assert found(in_code(archive, body)) == []


def test_libraries_are_not_held_to_what_our_code_is(archive: Archive) -> None:
    assert found(in_code(archive, f"alert('{'x' * 2000}')", "libraries-other000.js")) == []


def test_code_in_one_long_line(archive: Archive) -> None:
    assert "app.js:2 has 1,2" in only(in_code(archive, "go();" * 250))


def test_code_with_the_names_of_a_minifier(archive: Archive) -> None:
    letters = "abcdefghijklmnopqrstuvwxy"
    short = "\n".join(f"const {letter} = {letter}{letter};" for letter in letters)
    named = "\n".join(f"const {letter}mount = {letter}{letter};" for letter in letters)

    assert "app.js has names of 1 letters" in only(in_code(archive, short))
    assert found(in_code(archive, named)) == []


# ---- Styles ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "what"),
    [
        ("a { color: red }", "has the selector 'a'"),
        (".bookdeal a, .card { color: red }", "has the selector '.card'"),
        ("body .bookdeal { color: red }", "has the selector 'body .bookdeal'"),
        (".bookdealer { color: red }", "has the selector '.bookdealer'"),
        (":root { --x: 1 }", "has the selector ':root'"),
        ("* { margin: 0 }", "has the selector '*'"),
        (".bookdeal ~ div { color: red }", "has the selector '.bookdeal ~ div'"),
        (".bookdeal.dark~div { color: red }", "has the selector '.bookdeal.dark~div'"),
        (".bookdeal + div { color: red }", "has the selector '.bookdeal + div'"),
        ("@media print { .bookdeal {} p { color: red } }", "has the selector 'p'"),
        ("@supports (x: y) { @layer a { p { color: red } } }", "has the selector 'p'"),
        ("@import url(x.css);", "has @import"),
        ("@page { margin: 0 }", "has @page"),
        (".bookdeal {} }", "cannot be read"),
    ],
)
def test_styles_that_reach_kommos_page(archive: Archive, sheet: str, what: str) -> None:
    assert what in " ".join(found(with_file(archive, "style.css", sheet)))


@pytest.mark.parametrize(
    "sheet",
    [
        ".bookdeal, .bookdeal.dark > a, .bookdeal[data-theme='dark'] b { margin: 0 }",
        ".bookdeal-panel .a + .b ~ .c { margin: 0 }",
        ".bookdeal :is(a, b) { margin: 0 }",
        "@keyframes spin { from { top: 0 } 50% { top: 1px } }",
        "@font-face { font-family: X; src: url(data:font/woff2;base64,AA) }",
        "@media (width > 1px) { @layer x { .bookdeal a { margin: 0 } } }",
        "/* a */ .bookdeal /* b */ a { background: url('images/logo.png') }",
    ],
)
def test_styles_that_stay_inside(archive: Archive, sheet: str) -> None:
    assert found(with_file(archive, "style.css", sheet)) == []


@pytest.mark.parametrize("address", ["https://fonts.example.test/a.woff2", "gone.png", "/images/logo.png"])
def test_styles_that_load_from_elsewhere(archive: Archive, address: str) -> None:
    told = only(with_file(archive, "style.css", f".bookdeal {{\n  background: url('{address}');\n}}"))

    assert f"style.css:2 loads {address}" in told


DARK = '[data-crm-ui-kit-theme="alternative"]'


@pytest.mark.parametrize(
    ("sheet", "what"),
    [
        (".bookdeal a {\n  color: #fff;\n}", "style.css:2 has #fff as color"),
        (".bookdeal a { background: linear-gradient(0deg, transparent, White) }", "has White as background"),
        (".bookdeal a { border-top: 1px solid rgb(0 0 0 / 20%) }", "has rgb(0 0 0 / 20%) as border-top"),
        (".bookdeal a { color: var(--bookdeal-gone, #fff) }", "has #fff as color"),
        (".bookdeal a { color: color-mix(in srgb, var(--bookdeal-text), black 10%) }", "has black as color"),
        (".bookdeal { a { &:hover { fill: oklch(1 0 0) } } }", "has oklch(1 0 0) as fill"),
        ("@media (width > 1px) { .bookdeal a { outline-color: red } }", "has red as outline-color"),
        ("@keyframes glow { from { color: red } }", "has red as color"),
        (f".bookdeal{DARK} a, .bookdeal b {{ color: red }}", "has red as color"),
        (".bookdeal { --bookdeal-text: #000 }", "has #000 as --bookdeal-text in the dark theme too"),
        (".bookdeal[data-crm-ui-kit-theme=default] { --bookdeal-text: #000 }", "has #000 as --bookdeal-text"),
        (f".bookdeal {{ --bookdeal-text: #000 }} .bookdeal:not({DARK}) {{ --bookdeal-text: #111 }}", "has #000"),
        (f".bookdeal {{ --bookdeal-text: #000 }} .bookdeal{DARK} {{ --bookdeal-ground: #000 }}", "has #000"),
    ],
)
def test_colours_that_the_dark_theme_does_not_change(archive: Archive, sheet: str, what: str) -> None:
    assert what in only(with_file(archive, "style.css", sheet))


@pytest.mark.parametrize(
    "sheet",
    [
        f".bookdeal {{ --bookdeal-text: #000 }} .bookdeal{DARK} {{ --bookdeal-text: #fff }}",
        f".bookdeal {{ --bookdeal-text: #000; &{DARK} {{ --bookdeal-text: #fff }} }}",
        f".bookdeal{DARK} a, .bookdeal{DARK} b {{ color: #fff }} .bookdeal:not({DARK}) a {{ color: #000 }}",
        ".bookdeal a { color: currentcolor; background: transparent; border-color: #0000 }",
        ".bookdeal a { box-shadow: 0 1px 2px rgb(0 0 0 / 20%); mask-image: linear-gradient(#000, transparent) }",
        ".bookdeal a { color: color-mix(in srgb, var(--bookdeal-text) 6%, transparent); animation: tan 1s }",
        ".bookdeal a { color: rgb(from var(--bookdeal-text) r g b / 20%); background: url(#fff) }",
        ".bookdeal { --crm-ui-kit-color-white: #fff; --ec-bg-color: white }",
    ],
)
def test_colours_that_follow_the_theme(archive: Archive, sheet: str) -> None:
    assert found(with_file(archive, "style.css", sheet)) == []
