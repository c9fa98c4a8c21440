"""A small widget to pack: what Vite would build of it, and the archives made of that."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from operations.widget.archive import WIDGET, Archive, Packed, pack

API = "https://hub.example.test"
# A host that somebody owns, as the marketplace wants them.
OWNED = "https://demo.kommo.com"
SCRIPT = """define(["jquery"], (function ($) {
  "use strict";
  function Widget() {
    const brand = __BOOKDEAL_BRAND__;
    this.callbacks = {
      render: () => true,
      init: () => true,
      bind_actions: () => true,
      settings: () => window.require([`${this.params.path}/app.js?v=1`], app => app.mount(brand)),
      advancedSettings() {},
      initMenuPage() {},
      leads: { selected() {} },
      onSave: () => true,
      destroy() {}
    };
  }
  return Widget;
}));
"""
APP = """define(["require", "exports", "./libraries-abcd1234.js"], (function (require, exports, libraries) {
  exports.mount = brand => require(["./texts-en-abcd1234.js"], texts => libraries.draw(brand, texts));
}));
"""
TEXTS = 'define(["exports"], (function (exports) { exports.title = "Appointments"; }));\n'
LIBRARY = 'define(["exports"],function(e){e.draw=function(t){alert(t)}});\n'
STYLE = """.bookdeal { --bookdeal-text: #123456 }
.bookdeal[data-crm-ui-kit-theme="alternative"] { --bookdeal-text: #f0f4f8 }
.bookdeal .title, .bookdeal-menu { color: var(--bookdeal-text) }
@media print { .bookdeal { display: none } }
"""
LISTED = {
    "name": "drawing",
    "version": "1.2.3",
    "license": "MIT",
    "source": "https://github.com/example/drawing",
    "notice": "MIT License\r\n\r\nPermission is hereby granted …",
}


def make_build(folder: Path) -> Path:
    folder.mkdir()
    for name, text in {
        "script.js": SCRIPT,
        "app.js": APP,
        "texts-en-abcd1234.js": TEXTS,
        "libraries-abcd1234.js": LIBRARY,
        "style.css": STYLE,
        "libraries.json": json.dumps([LISTED]),
    }.items():
        (folder / name).write_bytes(text.encode())
    return folder


def make_brand(folder: Path, **changes: Any) -> Path:
    """Copy the brand of this repository without its tour, and change what `brand.json` says."""
    shutil.copytree(WIDGET / "brand", folder, ignore=shutil.ignore_patterns("tour"))
    told = json.loads((folder / "brand.json").read_text())
    (folder / "brand.json").write_text(json.dumps({**told, **changes}, ensure_ascii=False))
    return folder


def packed(tmp_path: Path, *, api: str = API, **changes: Any) -> list[Packed]:
    build = make_build(tmp_path / "build")
    return pack(build, make_brand(tmp_path / "brand", **changes), api, tmp_path / "out")


def with_file(archive: Archive, name: str, content: bytes | str) -> Archive:
    return replace(archive, files={**archive.files, name: content.encode() if isinstance(content, str) else content})


def without_file(archive: Archive, name: str) -> Archive:
    return replace(archive, files={one: content for one, content in archive.files.items() if one != name})


def with_json(archive: Archive, name: str, path: str, value: Any) -> Archive:
    """Change one value in a JSON file; None removes it."""
    content = archive.json(name)
    *way, last = path.split(".")
    block = content
    for key in way:
        block = block[key]
    if value is None:
        del block[last]
    else:
        block[last] = value
    return with_file(archive, name, json.dumps(content, ensure_ascii=False))
