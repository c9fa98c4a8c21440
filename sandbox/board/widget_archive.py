"""The widget's archive as Kommo serves it: files out of the zip, never unpacked."""

import zipfile
from pathlib import Path, PurePosixPath

import orjson

from .wire import Refused, Wire

KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".txt": "text/plain",
    ".twig": "text/plain",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


class WidgetArchive:
    """A `widget.zip`, read anew when the file has changed. It is empty while there is no such file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._files: dict[str, bytes] = {}

    def read(self, name: str) -> tuple[bytes, str] | None:
        """Give a file and its media type; None when the archive has no such file, or is not there."""
        content = self._current().get(name)
        kind = KINDS.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
        return None if content is None else (content, kind)

    def describe(self) -> Wire | None:
        """Give `{"manifest", "texts": by language}`; None when there is no archive. Raises Refused for a broken one."""
        files = self._current()
        if not files:
            return None
        try:
            manifest = orjson.loads(files["manifest.json"])
            languages = [str(language) for language in manifest["widget"]["locale"]]
            texts = {language: orjson.loads(files[f"i18n/{language}.json"]) for language in languages}
        except KeyError as error:
            raise Refused(f"The widget's archive lacks {error}") from error
        except orjson.JSONDecodeError as error:
            raise Refused(f"The widget's archive holds broken JSON: {error}") from error
        return {"manifest": manifest, "texts": texts}

    def _current(self) -> dict[str, bytes]:
        if self._path is None or not self._path.exists():
            self._stamp, self._files = None, {}
            return self._files
        found = self._path.stat()
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp != self._stamp:
            try:
                with zipfile.ZipFile(self._path) as archive:
                    names = [name for name in archive.namelist() if not name.endswith("/")]
                    self._files = {name: archive.read(name) for name in names}
            except zipfile.BadZipFile as error:
                raise Refused(f"The widget's archive {self._path} cannot be read: {error}") from error
            self._stamp = stamp
        return self._files
