"""The archives that Kommo and amoCRM take in: made of the build, the manifest, Kommo's own texts and a brand."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.widget import brand as brands
from operations.widget.brand import Brand

WIDGET = Path(__file__).resolve().parents[2] / "widget"
TOKEN = b"__BOOKDEAL_BRAND__"
LIBRARIES = "libraries.txt"
# Tour pictures: tour/<language>/<anything>.png in the brand folder, shown in the order of their names.
TOUR_FALLBACK = "en"
# The same bytes whenever and wherever it is packed: an archive that differs has changed.
_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_UNIX = 3


class NotPacked(Exception):
    """There is nothing to pack an archive from; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One of the two houses that take in the widget."""

    title: str
    file: str
    locales: tuple[str, ...]


# Kommo knows three languages and refuses links to .ru; whether it would take a Russian text in is not known.
KOMMO = Edition("Kommo", "widget.zip", ("en", "es", "pt"))
AMOCRM = Edition("amoCRM", "widget-amocrm.zip", ("ru", "en", "es", "pt"))
EDITIONS = (KOMMO, AMOCRM)


@dataclass(frozen=True, slots=True)
class Archive:
    """What is in an archive, by name."""

    edition: Edition
    public: bool
    addresses: tuple[str, ...]
    """The only ones that the brand's widget may name: of its API, its support and its privacy policy."""
    files: Mapping[str, bytes]

    def json(self, name: str) -> Any:
        """Return a file's content. Raises KeyError or ValueError."""
        return json.loads(self.files[name].decode())


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive on the disk, and what was put into it."""

    path: Path
    archive: Archive


def pack(
    build: Path, brand: Path, api: str, out: Path, *, public: bool | None = None, source: Path = WIDGET
) -> list[Packed]:
    """Write an archive for each edition into a folder.

    `build` is what Vite made; `brand` a brand folder; `api` the address of the stack. `public` goes before what the
    brand says. Raises NotPacked, BadBrand, and ValueError for an address that cannot be one.
    """
    told = brands.load(brand)
    api = brands.address(api)
    public = told.public if public is None else public
    common = {**_built(build, told.for_script(api)), **_pictures(brand)}
    out.mkdir(parents=True, exist_ok=True)
    packed = []
    for edition in EDITIONS:
        tour = _tour(brand, edition)
        manifest = _manifest(source, told, edition, tour, public=public)
        path = out / edition.file
        _write(
            path,
            {
                **common,
                **{name: content for pictures in tour.values() for name, content in pictures.items()},
                **{f"i18n/{language}.json": _texts(source, told, language) for language in edition.locales},
                "manifest.json": _json(manifest),
            },
        )
        addresses = (api, told.support.link, told.privacy)
        packed.append(Packed(path, Archive(edition, public, addresses, _read(path))))
    return packed


def _read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _built(build: Path, brand: str) -> dict[str, bytes]:
    if not (build / "script.js").is_file():
        raise NotPacked(f"there is no {build / 'script.js'}: build the widget with make widget/build")
    files = {file.relative_to(build).as_posix(): file.read_bytes() for file in build.rglob("*") if file.is_file()}
    if TOKEN not in files["script.js"]:
        raise NotPacked(f"{build / 'script.js'} does not ask for the brand: it lacks the token {TOKEN.decode()}")
    files["script.js"] = files["script.js"].replace(TOKEN, brand.encode())
    listed = json.loads(files.pop("libraries.json", b"[]"))
    files[LIBRARIES] = _libraries(listed)
    return files


def _libraries(listed: list[Mapping[str, str]]) -> bytes:
    """Return what libraries there are, a line for each, and after them their licences: those ask to be passed on."""
    lines: dict[str, None] = {}
    named: dict[str, list[str]] = {}
    for one in sorted(listed, key=lambda one: (one["name"], one["version"])):
        line = "  ".join(one[key] for key in ("name", "version", "license", "source"))
        if line not in lines and one["notice"].strip():
            named.setdefault(one["notice"].replace("\r\n", "\n").strip(), []).append(one["name"])
        lines[line] = None
    notices = [f"---- {', '.join(names)}\n\n{notice}" for notice, names in named.items()]
    head = "Libraries in this archive: name, version, licence, source."
    return ("\n\n".join([head, "\n".join(lines), *notices]).rstrip() + "\n").encode()


def _pictures(brand: Path) -> dict[str, bytes]:
    found = {f"images/{file.name}": file.read_bytes() for file in brand.glob("logos/*.png")}
    return {**found, "images/menu.svg": (brand / "logos" / "menu.svg").read_bytes()}


def _tour(brand: Path, edition: Edition) -> dict[str, dict[str, bytes]]:
    tour = {}
    for language in edition.locales:
        pictures = sorted(brand.glob(f"tour/{language}/*.png"))
        shown = language if pictures else TOUR_FALLBACK
        pictures = pictures or sorted(brand.glob(f"tour/{TOUR_FALLBACK}/*.png"))
        if pictures:
            tour[language] = {
                f"images/tour_{shown}_{number}.png": file.read_bytes() for number, file in enumerate(pictures, 1)
            }
    return tour


def _manifest(
    source: Path, brand: Brand, edition: Edition, tour: Mapping[str, Mapping[str, bytes]], *, public: bool
) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((source / "manifest.json").read_text())
    support = brand.support.model_dump(exclude_defaults=True)
    manifest["widget"] |= {"version": _version(source), "locale": list(edition.locales), "support": support}
    if tour:
        images = {language: [f"/{name}" for name in sorted(pictures)] for language, pictures in tour.items()}
        manifest["tour"] = {"is_tour": True, "tour_images": images, "tour_description": "widget.tour_description"}
    if not public:
        # The left menu is open to public integrations only, made in a technical account.
        manifest["locations"].remove("widget_page")
        del manifest["left_menu"]
    return manifest


def _version(source: Path) -> str:
    version: str = json.loads((source / "package.json").read_text())["version"]
    return version


def _texts(source: Path, brand: Brand, language: str) -> bytes:
    text = (source / "i18n" / f"{language}.json").read_text()
    named = text.replace("{brand}", json.dumps(brand.name, ensure_ascii=False)[1:-1])
    return _json({"widget": brand.texts(language), **json.loads(named)})


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=9)
