"""Packing: what is in the archives, in which languages, under whose name, and always the same bytes."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from operations.widget import __main__ as command_line
from operations.widget import logos
from operations.widget.archive import AMOCRM, KOMMO, WIDGET, NotPacked, pack
from operations.widget.brand import BadBrand, load
from operations.widget.rules import files as file_rules

from .widget_archives import API, SCRIPT, make_brand, make_build, packed

VERSION = json.loads((WIDGET / "package.json").read_text())["version"]


def test_each_edition_has_its_languages(tmp_path: Path) -> None:
    kommo, amocrm = packed(tmp_path)

    assert (kommo.path.name, amocrm.path.name) == ("widget.zip", "widget-amocrm.zip")
    for one, edition in ((kommo, KOMMO), (amocrm, AMOCRM)):
        manifest = one.archive.json("manifest.json")
        assert manifest["widget"]["locale"] == list(edition.locales)
        assert {name for name in one.archive.files if name.startswith("i18n/")} == {
            f"i18n/{language}.json" for language in edition.locales
        }
    assert "i18n/ru.json" in amocrm.archive.files
    assert "i18n/ru.json" not in kommo.archive.files


def test_everything_stands_at_the_root_of_the_archive(tmp_path: Path) -> None:
    kommo, _ = packed(tmp_path)

    with zipfile.ZipFile(kommo.path) as archive:
        names = archive.namelist()

    assert names == sorted(names)
    assert {"manifest.json", "script.js", "app.js", "style.css", "images/logo.png", "images/menu.svg"} <= set(names)
    assert "libraries.json" not in names
    assert not [name for name in names if name.endswith("/")]


def test_packing_twice_makes_the_same_bytes(tmp_path: Path) -> None:
    build, brand = make_build(tmp_path / "build"), make_brand(tmp_path / "brand")

    first, second = (pack(build, brand, API, tmp_path / name) for name in ("one", "two"))

    assert [one.path.read_bytes() for one in first] == [one.path.read_bytes() for one in second]


def test_the_script_is_told_the_brand(tmp_path: Path) -> None:
    build = make_build(tmp_path / "build")
    brand = make_brand(
        tmp_path / "brand",
        name='Salón "Uno"',
        support={"link": "https://uno.example.test/help/"},
        privacy="https://uno.example.test/privacy",
    )

    kommo, amocrm = pack(build, brand, f"{API}/v1/", tmp_path / "out")

    before, after = SCRIPT.split("__BOOKDEAL_BRAND__")
    script = kommo.archive.files["script.js"].decode()
    assert script.startswith(before)
    assert script.endswith(after)
    assert json.loads(script.removeprefix(before).removesuffix(after)) == {
        "api": f"{API}/v1",
        "name": 'Salón "Uno"',
        "support": "https://uno.example.test/help",
        "privacy": "https://uno.example.test/privacy",
    }
    assert kommo.archive.json("i18n/en.json")["advanced"]["title"] == 'Salón "Uno"'
    assert amocrm.archive.files["script.js"] == kommo.archive.files["script.js"]


def test_the_manifest_carries_version_support_and_the_listing(tmp_path: Path) -> None:
    kommo, _ = packed(tmp_path)

    manifest = kommo.archive.json("manifest.json")
    assert manifest["widget"]["version"] == VERSION
    assert manifest["widget"]["support"] == {
        "link": "https://bookdeal.example.test/support",
        "email": "support@bookdeal.example.test",
    }
    assert kommo.archive.json("i18n/es.json")["widget"] == load(WIDGET / "brand").texts("es")


@pytest.mark.parametrize(("public", "menu"), [(True, True), (False, False)])
def test_only_a_public_widget_claims_a_place_in_the_left_menu(tmp_path: Path, public: bool, menu: bool) -> None:
    for one in packed(tmp_path, public=public):
        manifest = one.archive.json("manifest.json")
        assert ("widget_page" in manifest["locations"]) is menu
        assert ("left_menu" in manifest) is menu


def test_who_packs_may_decide_that_it_is_public(tmp_path: Path) -> None:
    build, brand = make_build(tmp_path / "build"), make_brand(tmp_path / "brand", public=False)

    kommo, _ = pack(build, brand, API, tmp_path / "out", public=True)

    assert kommo.archive.public
    assert "widget_page" in kommo.archive.json("manifest.json")["locations"]


def test_libraries_are_named_with_their_licences(tmp_path: Path) -> None:
    kommo, _ = packed(tmp_path)

    assert kommo.archive.files["libraries.txt"].decode() == (
        "Libraries in this archive: name, version, licence, source.\n\n"
        "drawing  1.2.3  MIT  https://github.com/example/drawing\n\n"
        "---- drawing\n\nMIT License\n\nPermission is hereby granted …\n"
    )


def test_a_tour_is_there_when_its_pictures_are(tmp_path: Path) -> None:
    build, brand = make_build(tmp_path / "build"), make_brand(tmp_path / "brand")
    for language, names in {"en": ("1 card", "2 calendar"), "es": ("1 card",)}.items():
        (brand / "tour" / language).mkdir(parents=True)
        for name in names:
            (brand / "tour" / language / f"{name}.png").write_bytes(f"{language} {name}".encode())

    kommo, _ = pack(build, brand, API, tmp_path / "out")

    assert kommo.archive.json("manifest.json")["tour"] == {
        "is_tour": True,
        "tour_images": {
            "en": ["/images/tour_en_1.png", "/images/tour_en_2.png"],
            "es": ["/images/tour_es_1.png"],
            "pt": ["/images/tour_en_1.png", "/images/tour_en_2.png"],
        },
        "tour_description": "widget.tour_description",
    }
    assert kommo.archive.files["images/tour_en_2.png"] == b"en 2 calendar"


def test_without_a_build_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotPacked, match="make widget/build"):
        pack(tmp_path, make_brand(tmp_path / "brand"), API, tmp_path / "out")


def test_a_script_without_a_place_for_the_brand_is_refused(tmp_path: Path) -> None:
    build = make_build(tmp_path / "build")
    (build / "script.js").write_text("define([], function () {});")

    with pytest.raises(NotPacked, match="__BOOKDEAL_BRAND__"):
        pack(build, make_brand(tmp_path / "brand"), API, tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"support": {"link": "http://uno.example.test"}}, "support.link: .*must begin with https"),
        ({"privacy": "uno.example.test/privacy"}, "privacy: .*is no address"),
        ({"name": ""}, "name: "),
        ({"name": "Two\nlines"}, "name: "),
        ({"color": "red"}, "color: "),
        ({"listing": {}}, "listing lacks en, es, pt, ru"),
    ],
)
def test_a_bad_brand_is_refused_at_its_field(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadBrand, match=said):
        load(make_brand(tmp_path / "brand", **changes))


def test_a_missing_brand_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadBrand, match=re.escape(f"there is no {tmp_path / 'brand.json'}")):
        load(tmp_path)


@pytest.mark.parametrize("api", ["hub.example.test", "http://hub.example.test", "https://hub.example.test?stage=1"])
def test_an_address_that_cannot_be_asked_is_refused(tmp_path: Path, api: str) -> None:
    build, brand = make_build(tmp_path / "build"), make_brand(tmp_path / "brand")

    with pytest.raises(ValueError, match=r"address|https"):
        pack(build, brand, api, tmp_path / "out")


def test_the_stack_on_this_machine_may_be_asked_without_encryption(tmp_path: Path) -> None:
    build, brand = make_build(tmp_path / "build"), make_brand(tmp_path / "brand")

    kommo, _ = pack(build, brand, "http://127.0.0.1:4566/stage", tmp_path / "out")

    assert b'"api": "http://127.0.0.1:4566/stage"' in kommo.archive.files["script.js"]


def test_the_logos_in_the_repository_are_what_their_drawings_show() -> None:
    folder = WIDGET / "brand" / "logos"
    mark, wordmark = ((folder / f"{name}.svg").read_text() for name in ("mark", "wordmark"))

    for logo in logos.LOGOS:
        assert (folder / logo.file).read_bytes() == logos.draw(logo, mark, wordmark), f"run make logos: {logo.file}"


def test_all_logos_are_drawn_at_the_sizes_that_kommo_asks_for() -> None:
    assert {f"images/{logo.file}": (logo.width, logo.height) for logo in logos.LOGOS} == file_rules.LOGOS


def test_another_brand_draws_its_own_logos(tmp_path: Path) -> None:
    brand = make_brand(tmp_path / "brand")
    before = (brand / "logos" / "logo_min.png").read_bytes()

    assert logos.main(["--brand", str(brand), "--ground", "#402060"]) == 0

    assert (brand / "logos" / "logo_min.png").read_bytes() != before


def test_a_mark_that_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert logos.main(["--brand", str(tmp_path)]) == 1
    assert "mark.svg" in capsys.readouterr().err


def arguments(tmp_path: Path, brand: Path) -> list[str]:
    build = make_build(tmp_path / "build")
    return ["--build", str(build), "--brand", str(brand), "--out", str(tmp_path / "out")]


def test_the_command_packs_checks_and_tells_the_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = arguments(tmp_path, make_brand(tmp_path / "brand"))

    assert command_line.main([*given, "--api", API]) == 0

    said = capsys.readouterr().out
    assert re.search(r"^  libraries-….js +0\.1 +0\.1$", said, re.MULTILINE)
    assert re.search(r"^  texts-en-….js ", said, re.MULTILINE)
    assert re.search(r"packed \S+/widget.zip \([\d.]+ kB\) for Kommo", said)
    assert (tmp_path / "out" / "widget-amocrm.zip").exists()


def test_the_command_takes_the_address_from_the_brand(tmp_path: Path) -> None:
    given = arguments(tmp_path, make_brand(tmp_path / "brand", api="https://own.example.test"))

    assert command_line.main(given) == 0

    with zipfile.ZipFile(tmp_path / "out" / "widget.zip") as archive:
        assert b'"api": "https://own.example.test"' in archive.read("script.js")


def test_the_command_asks_for_an_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(arguments(tmp_path, make_brand(tmp_path / "brand"))) == 1
    assert "API=https://" in capsys.readouterr().err


def test_the_command_prints_problems_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    brand = make_brand(tmp_path / "brand")
    shutil.copy(brand / "logos" / "logo.png", brand / "logos" / "logo_min.png")

    assert command_line.main([*arguments(tmp_path, brand), "--api", API]) == 1

    said = capsys.readouterr().err
    assert "widget.zip: images/logo_min.png is 130×100, not 84×84." in said
    assert "make widget: 2 problems" in said
    assert list((tmp_path / "out").iterdir()) == []
