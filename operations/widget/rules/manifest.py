"""What the manifest says, and the texts that it points to."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from operations.widget.archive import KOMMO, Archive
from operations.widget.rules.files import png_size
from operations.widget.rules.rule import Problem

MANIFEST = "manifest.json"
TOUR_SIZE = (1188, 616)
LONGEST = {"name": 30, "short_description": 50}
LONGEST_WORD = 19
# A location with a panel is written with -1 (shown in the right column) or -0 (only loaded).
WITH_PANEL = (
    "lcard", "ccard", "comcard", "cucard", "llist", "clist", "culist", "tlist", "tline", "tcalendar",
)  # fmt: skip
WITHOUT_PANEL = (
    "settings", "advanced_settings", "card_sdk", "catalogs", "digital_pipeline", "lead_sources", "whatsapp_modal",
    "salesbot_designer", "everywhere", "widget_page", "sms", "mobile_card", "amoforms", "ai_agent",
)  # fmt: skip
# What a location needs beside its name.
BLOCKS = {
    "advanced_settings": "advanced",
    "digital_pipeline": "dp",
    "salesbot_designer": "salesbot_designer",
    "sms": "sms",
    "mobile_card": "mobile",
    "amoforms": "amoforms_settings",
    "widget_page": "left_menu",
}
SETTING_TYPES = ("text", "pass", "users", "users_lp", "custom")
# Names that nobody can own: an address there leads nowhere.
RESERVED = re.compile(r"(.*\.)?(example(\.(com|net|org))?|test|invalid|localhost)|127\.0\.0\.1|\[::1\]")

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_RUSSIAN_LINK = re.compile(rb"https?://[\w.-]+\.ru\b")
_MADE_FOR = re.compile(r".+ (via|by) .+")


def json_is_valid(archive: Archive) -> Iterator[Problem]:
    """Each JSON file is one object. The other rules of this page look at those that are."""
    for name in archive.files:
        if not name.endswith(".json"):
            continue
        try:
            content = archive.json(name)
        except ValueError as error:
            yield Problem(name, f"is not JSON: {error}", "Kommo reads it as JSON, without comments.", "Correct it.")
            continue
        if not isinstance(content, dict):
            yield Problem(name, "is no object", "Kommo looks things up in it by name.", "Write it as {…}.")


def widget_block(archive: Archive) -> Iterator[Problem]:
    """The block that says what the widget is."""
    widget = _block(archive, "widget")
    for key in ("name", "description", "short_description"):
        if widget.get(key) != f"widget.{key}":
            yield _wrong(f"widget.{key}", widget, key, f'"widget.{key}"', "It is the way to the text in i18n/.")
    if widget.get("interface_version") != 2:
        yield _wrong("widget.interface_version", widget, "interface_version", "2", "Kommo has no other today.")
    if not _VERSION.fullmatch(str(widget.get("version", ""))):
        yield _wrong("widget.version", widget, "version", '"1.2.3"', "Browsers keep files by it: raise it each time.")
    for key in ("init_once", "installation"):
        if not isinstance(widget.get(key), bool):
            yield _wrong(f"widget.{key}", widget, key, "true or false", "Kommo asks for it.")
    for key in ("code", "secret_key"):
        if key in widget:
            yield Problem(
                MANIFEST, f"has widget.{key}", "Kommo makes it itself since integrations use OAuth.", "Remove it."
            )


def support(archive: Archive) -> Iterator[Problem]:
    """Users are told where to turn to, over a secure connection."""
    told = _block(archive, "widget").get("support")
    link = told.get("link") if isinstance(told, dict) else None
    if not isinstance(link, str) or not link.startswith("https://"):
        yield Problem(
            MANIFEST,
            f"has {link!r} as widget.support.link",
            "Kommo shows users where to turn to.",
            "Write an address with https:// into brand.json.",
        )


def languages(archive: Archive) -> Iterator[Problem]:
    """The languages in the manifest are those of the edition, and each has its file, with the same texts."""
    wanted = list(archive.edition.locales)
    named = _block(archive, "widget").get("locale")
    if named != wanted:
        yield Problem(
            MANIFEST,
            f"has {named!r} as widget.locale",
            f"{archive.edition.title} is given {', '.join(wanted)}.",
            "Pack it anew.",
        )
    files = {f"i18n/{language}.json" for language in wanted}
    for name in sorted(files - set(archive.files)):
        yield Problem(name, "is missing", "Each language of widget.locale has a file.", "Add it to widget/i18n/.")
    for name in sorted(set(_texts(archive)) - files):
        yield Problem(name, "is in no language of the manifest", "Kommo compares both.", "Leave it out.")
    texts = _texts(archive)
    keys = {key for found in texts.values() for key in found}
    for name, found in sorted(texts.items()):
        for key in sorted(keys - set(found)):
            yield Problem(name, f"lacks {key}", "All languages have the same texts.", "Translate it.")
        for key, text in found.items():
            if not isinstance(text, str) or not text.strip():
                yield Problem(name, f"has nothing to show for {key}", "Kommo would show nothing.", "Write it.")


def texts_are_there(archive: Archive) -> Iterator[Problem]:
    """Each text that the manifest points to."""
    texts = _texts(archive)
    for where, path in _pointed_to(_manifest(archive)):
        for name, found in sorted(texts.items()):
            if path not in found:
                yield Problem(name, f"lacks {path}", f"The manifest points to it with {where}.", "Write it.")


def listing(archive: Archive) -> Iterator[Problem]:
    """How long name and description may be; in the marketplace the name says what it joins, and whose work it is."""
    for file, found in sorted(_texts(archive).items()):
        for key, longest in LONGEST.items():
            text = str(found.get(f"widget.{key}", ""))
            if len(text) > longest:
                yield Problem(
                    file, f"has {len(text)} letters in widget.{key}", f"There is room for {longest}.", "Shorten it."
                )
        name = str(found.get("widget.name", ""))
        if any(len(word) > LONGEST_WORD for word in name.split()):
            yield Problem(
                file, f"has a long word in its name, {name!r}", f"A word has up to {LONGEST_WORD} letters.", "Part it."
            )
        if archive.public and not _MADE_FOR.fullmatch(name):
            yield Problem(
                file,
                f"calls the widget {name!r}",
                "In the marketplace a name says what is joined and by whom.",
                'Write "<what it joins> by <vendor>".',
            )


def locations(archive: Archive) -> Iterator[Problem]:
    """Where the widget is started."""
    manifest = _manifest(archive)
    named = manifest.get("locations")
    if not isinstance(named, list) or not named:
        yield Problem(MANIFEST, "has no locations", "Kommo starts a widget only there.", "List them.")
        return
    known = {*WITHOUT_PANEL, *WITH_PANEL, *(f"{one}-{panel}" for one in WITH_PANEL for panel in (0, 1))}
    for one in named:
        if one not in known:
            yield Problem(MANIFEST, f"has the location {one!r}", "Kommo knows no such place.", "Correct it.")
        if named.count(one) > 1:
            yield Problem(MANIFEST, f"has the location {one!r} twice", "Once is enough.", "Remove one.")
    if "everywhere" in named:
        yield Problem(
            MANIFEST,
            "has the location 'everywhere'",
            "The widget would be loaded on each page of Kommo, for nothing.",
            "List the pages where it has something to show.",
        )
    for location, block in BLOCKS.items():
        if location in named and not manifest.get(block):
            yield Problem(
                MANIFEST, f"lacks {block}", f"The location {location} needs it.", "Add it, or remove the location."
            )
    if not archive.public and ("widget_page" in named or "left_menu" in manifest):
        yield Problem(
            MANIFEST,
            "claims a place in the left menu",
            "Kommo gives it only to public integrations, made in a technical account.",
            'Say "public": true in brand.json if it is one.',
        )


def menu_icons(archive: Archive) -> Iterator[Problem]:
    """The icons of the left menu are in the archive."""
    for item, one in _block(archive, "left_menu").items():
        icon = one.get("icon") if isinstance(one, dict) else None
        if icon not in archive.files:
            yield Problem(
                MANIFEST, f"has {icon!r} as icon of left_menu.{item}", "It is not in the archive.", "Add the picture."
            )


def settings(archive: Archive) -> Iterator[Problem]:
    """What the settings window asks for."""
    manifest = _manifest(archive)
    asked = manifest.get("settings")
    if not isinstance(asked, dict):
        asked = {}
    if _block(archive, "widget").get("installation") and not asked:
        yield Problem(
            MANIFEST, "has no settings", "A widget that is installed must have some.", "Add one of custom type."
        )
    if asked and "settings" not in manifest.get("locations", []):
        yield Problem(MANIFEST, "lacks the location settings", "Nobody could open its settings.", "Add it.")
    for key, one in asked.items():
        if not isinstance(one, dict) or one.get("type") not in SETTING_TYPES:
            yield Problem(
                MANIFEST,
                f"has settings.{key} of no known type",
                f"Types are {', '.join(SETTING_TYPES)}.",
                "Correct it.",
            )
        elif not isinstance(one.get("required"), bool) or not isinstance(one.get("name"), str):
            yield Problem(
                MANIFEST, f"lacks name or required in settings.{key}", "Kommo asks for both.", "Add what is missing."
            )
    if sum(isinstance(one, dict) and one.get("type") == "custom" for one in asked.values()) > 1:
        yield Problem(MANIFEST, "has several custom settings", "Kommo has room for one.", "Keep one.")


def tour(archive: Archive) -> Iterator[Problem]:
    """The pictures that the marketplace shows; without any there is no tour."""
    manifest = _manifest(archive)
    if "tour" not in manifest:
        return
    images = manifest["tour"].get("tour_images", {})
    for language in archive.edition.locales:
        shown = images.get(language, [])
        if not 1 <= len(shown) <= 5:
            yield Problem(
                MANIFEST,
                f"has {len(shown)} pictures of the tour in {language}",
                "Kommo takes 1 to 5.",
                "Add or remove.",
            )
        for path in shown:
            name = path.removeprefix("/")
            size = png_size(archive.files.get(name, b""))
            if size != TOUR_SIZE:
                found = "{}×{}".format(*size) if size else "no picture"
                yield Problem(
                    name, f"is {found}", "Pictures of the tour are {}×{}.".format(*TOUR_SIZE), "Take it at that size."
                )


def links(archive: Archive) -> Iterator[Problem]:
    """No links to .ru for Kommo, and for the marketplace none that lead nowhere."""
    if archive.edition is KOMMO:
        for name, content in archive.files.items():
            found = None if name.endswith(".png") else _RUSSIAN_LINK.search(content)
            if found:
                yield Problem(
                    name, f"links to {found[0].decode()}", "Kommo refuses links to .ru.", "Link to another host."
                )
    if archive.public:
        for address in archive.addresses:
            if RESERVED.fullmatch(urlsplit(address).hostname or ""):
                yield Problem(
                    "script.js",
                    f"has the address {address}",
                    "Reviewers open each link, and this one leads nowhere.",
                    "Write your own into brand.json.",
                )


def _manifest(archive: Archive) -> Mapping[str, Any]:
    return _object(archive, MANIFEST)


def _block(archive: Archive, name: str) -> Mapping[str, Any]:
    block = _manifest(archive).get(name)
    return block if isinstance(block, dict) else {}


def _object(archive: Archive, name: str) -> Mapping[str, Any]:
    """Return a file's content; nothing where another rule already says what is wrong with it."""
    try:
        content = archive.json(name)
    except (KeyError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _texts(archive: Archive) -> dict[str, dict[str, Any]]:
    """Return the texts of each language by their paths."""
    names = (name for name in archive.files if name.startswith("i18n/") and name.endswith(".json"))
    return {name: dict(_paths(_object(archive, name))) for name in names}


def _paths(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _pointed_to(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for where, value in _paths(manifest):
        key = where.rpartition(".")[2]
        if key in ("name", "title", "description", "short_description", "tour_description") and isinstance(value, str):
            yield where, value


def _wrong(where: str, block: Mapping[str, Any], key: str, wanted: str, why: str) -> Problem:
    return Problem(MANIFEST, f"has {block.get(key)!r} as {where}", why, f"Write {wanted}.")


RULES = (
    json_is_valid,
    widget_block,
    support,
    languages,
    texts_are_there,
    listing,
    locations,
    menu_icons,
    settings,
    tour,
    links,
)
