"""What stands in an archive: names, kinds, sizes, pictures."""

import re
import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from operations.widget.archive import LIBRARIES, TOKEN, Archive
from operations.widget.rules.rule import Problem

LOGOS = {
    "images/logo.png": (130, 100),
    "images/logo_small.png": (108, 108),
    "images/logo_main.png": (400, 272),
    "images/logo_medium.png": (240, 84),
    "images/logo_min.png": (84, 84),
}
TEXTS = (".js", ".css", ".json", ".txt", ".svg")
LARGEST_PICTURE = 300_000
LARGEST_ARCHIVE = 1_500_000
LEAST_CONTRAST = 3.0
# What an icon of the menu stands on: white, and the lightest of the greys that dark themes are made of.
GROUNDS = {"light": "#ffffff", "dark": "#2b3038"}

_PLACES = {"": (".js", ".css", ".json", ".txt"), "i18n": (".json",), "images": (".png", ".svg")}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PNG = b"\x89PNG\r\n\x1a\n"
_LIBRARY = re.compile(r"\S+  \S+  \S.*  https://\S+")
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_UNPAINTED = ("none", "transparent")


def what_is_needed(archive: Archive) -> Iterator[Problem]:
    """The files without which there is no widget."""
    for name in ("manifest.json", "script.js", *LOGOS):
        if name not in archive.files:
            yield Problem(name, "is missing", "Kommo takes no archive in without it.", "Add it at the archive's root.")


def names_and_kinds(archive: Archive) -> Iterator[Problem]:
    """Kommo looks for files at the archive's root; what it does not know may be refused with all the rest."""
    for name in archive.files:
        folder, _, file = name.rpartition("/")
        if folder not in _PLACES or not file.endswith(_PLACES[folder]) or not _NAME.fullmatch(file):
            yield Problem(
                name,
                "does not belong into an archive",
                "It holds scripts, styles and texts at its root, languages in i18n/ and pictures in images/, and names "
                "are of Latin letters, digits, dots, dashes and underscores.",
                "Rename it, or leave it out of the build.",
            )


def texts_are_plain(archive: Archive) -> Iterator[Problem]:
    """UTF-8 without a mark at its beginning, lines ended by LF."""
    for name, content in _texts(archive):
        if content.startswith(b"\xef\xbb\xbf"):
            yield Problem(name, "begins with a byte order mark", "Kommo wants UTF-8 without one.", "Save it without.")
        if b"\r" in content:
            yield Problem(name, "has line ends of Windows", "Kommo wants LF alone.", "Save it with LF.")
        try:
            content.decode()
        except UnicodeDecodeError as error:
            yield Problem(name, f"is not UTF-8 at byte {error.start}", "Kommo reads all as UTF-8.", "Save it as UTF-8.")


def brand_is_in(archive: Archive) -> Iterator[Problem]:
    """Nothing still waits for the brand."""
    for name, content in _texts(archive):
        if TOKEN in content:
            yield Problem(
                name,
                f"still holds {TOKEN.decode()}",
                "Only script.js is given the brand when it is packed.",
                "Pass the brand on from script.js.",
            )


def pictures(archive: Archive) -> Iterator[Problem]:
    """Logos of the sizes that Kommo shows, and pictures that are small and stand still."""
    for name, content in archive.files.items():
        if not name.endswith(".png"):
            continue
        size = png_size(content)
        if size is None:
            yield Problem(name, "is no PNG", "Kommo shows what the name says.", "Save it as PNG.")
            continue
        if name in LOGOS and size != LOGOS[name]:
            wanted = "{}×{}".format(*LOGOS[name])
            yield Problem(
                name,
                f"is {size[0]}×{size[1]}, not {wanted}",
                "Kommo takes logos in at exactly these sizes.",
                f"Draw it at {wanted}, or run make logos.",
            )
        if len(content) > LARGEST_PICTURE:
            yield Problem(name, f"has {len(content):,} bytes", "Kommo takes up to 300 kB.", "Use fewer colours.")
        if b"acTL" in content:
            yield Problem(name, "is animated", "Kommo takes in pictures that stand still.", "Save one frame of it.")


def png_size(content: bytes) -> tuple[int, int] | None:
    """Return a PNG's width and height, None if it is none."""
    if content[:8] != _PNG or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def icons_are_seen(archive: Archive) -> Iterator[Problem]:
    """An icon of the menu, which must be seen in the light theme and in the dark one."""
    for name, content in archive.files.items():
        if not name.endswith(".svg"):
            continue
        try:
            drawing = ElementTree.fromstring(content)  # noqa: S314 – it is our own file
        except ElementTree.ParseError as error:
            yield Problem(name, f"is no SVG: {error}", "Kommo could not draw it.", "Save it as plain SVG.")
            continue
        yield from _foreign_parts(name, drawing)
        for colour in sorted(_colours(drawing)):
            yield from _contrast(name, colour)


def _foreign_parts(name: str, drawing: ElementTree.Element) -> Iterator[Problem]:
    for element in drawing.iter():
        tag = element.tag.rpartition("}")[2]
        if tag in ("script", "style", "foreignObject", "image", "use") or any(
            attribute.startswith("on") for attribute in element.attrib
        ):
            yield Problem(
                name, f"holds <{tag}>", "An icon in Kommo's menu draws, and does nothing else.", "Use shapes alone."
            )


def _colours(drawing: ElementTree.Element) -> set[str]:
    named = {element.get(paint, "") for element in drawing.iter() for paint in ("fill", "stroke")}
    painted = named - {"", *_UNPAINTED}
    # A shape that nobody gives a colour is black.
    return painted or {"black"}


def _contrast(name: str, colour: str) -> Iterator[Problem]:
    if not _COLOUR.fullmatch(colour):
        yield Problem(
            name, f"is painted {colour}", "Whether it can be seen is judged by its colours.", "Write them as #rrggbb."
        )
        return
    for theme, ground in GROUNDS.items():
        ratio = contrast(colour, ground)
        if ratio < LEAST_CONTRAST:
            yield Problem(
                name,
                f"is painted {colour}: its contrast in the {theme} theme is {ratio:.1f}",
                f"Kommo wants {LEAST_CONTRAST} in both themes.",
                "Take a colour between both, such as #7c8798.",
            )


def contrast(one: str, other: str) -> float:
    """Return how much two colours, #rrggbb, differ: from 1 to 21, by the definition of WCAG."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def libraries_are_named(archive: Archive) -> Iterator[Problem]:
    """Each library that is in the archive, with its version, licence and source."""
    held = [name for name in archive.files if name.startswith("libraries") and name.endswith(".js")]
    _, _, told = archive.files.get(LIBRARIES, b"").decode(errors="replace").partition("\n\n")
    listed = told.strip().partition("\n\n")[0].splitlines()
    if held and not listed:
        yield Problem(
            LIBRARIES,
            f"names nothing of what is in {', '.join(sorted(held))}",
            "Reviewers ask what shortened code is, and licences ask to be named.",
            "Let the build write libraries.json.",
        )
    for line in listed:
        if not _LIBRARY.fullmatch(line):
            yield Problem(
                LIBRARIES,
                f"does not say all of {line!r}",
                "Of each library its name, version, licence and source are told.",
                "Complete libraries.json in the build.",
            )


def archive_is_small(archive: Archive) -> Iterator[Problem]:
    """What people wait for when they open a deal, and what an upload may weigh; the tour is only in the marketplace."""
    size = sum(len(zlib.compress(content, 9)) for name, content in archive.files.items() if "/tour_" not in name)
    if size > LARGEST_ARCHIVE:
        yield Problem(
            archive.edition.file,
            f"has {size:,} bytes",
            f"It may have {LARGEST_ARCHIVE:,} without the tour's pictures: the card must open at once.",
            "See in the list of make widget what grew.",
        )


def _texts(archive: Archive) -> Iterator[tuple[str, bytes]]:
    return ((name, content) for name, content in archive.files.items() if name.endswith(TEXTS))


RULES = (
    what_is_needed,
    names_and_kinds,
    texts_are_plain,
    brand_is_in,
    pictures,
    icons_are_seen,
    libraries_are_named,
    archive_is_small,
)
