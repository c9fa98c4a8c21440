"""What the style sheets reach: our own elements, and nothing else of Kommo's page."""

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from typing import Any

import tinycss2
from tinycss2.color4 import parse_color

from operations.widget.archive import Archive
from operations.widget.rules.rule import Problem

ROOT = "bookdeal"
# Their contents are no selectors: they have names, and do nothing until an element of ours asks for them.
_NAMED = ("font-face", "keyframes", "-webkit-keyframes", "property", "counter-style")
# Their contents are rules in turn.
_AROUND = ("media", "supports", "layer", "container", "starting-style", "scope")
# What our root is told by the UI kit's theme, and how the dark one is called.
_THEME = "[data-crm-ui-kit-theme"
_DARK = re.compile(rf"(?<!:not\(){re.escape(_THEME)}=[\"']?alternative[\"']?\]")
# Shadows darken whatever is under them, and a mask's colours only say how much is seen.
_UNPAINTED = re.compile(r"(box|text)-shadow|(-webkit-)?mask.*")
# Elsewhere a word that names a colour may name something else, such as an animation.
_PAINTED = re.compile(r"--.*|.*color|(background|border|outline|column-rule|text-decoration|fill|stroke)\b.*")
_URL = re.compile(r"url\(\s*['\"]?([^'\")]*)", re.IGNORECASE)


def selectors_are_ours(archive: Archive) -> Iterator[Problem]:
    """Each selector begins at our root element."""
    for name, content in _sheets(archive):
        yield from _rules(name, tinycss2.parse_stylesheet(content, skip_comments=True, skip_whitespace=True))


def _rules(name: str, rules: Sequence[Any]) -> Iterator[Problem]:
    for rule in rules:
        where = f"{name}:{rule.source_line}"
        if rule.type == "error":
            yield Problem(where, f"cannot be read: {rule.message}", "Browsers would skip it.", "Correct it.")
        elif rule.type == "qualified-rule":
            for selector in _selectors(rule.prelude):
                if not _begins_at_root(selector):
                    yield Problem(
                        where,
                        f"has the selector {tinycss2.serialize(selector).strip()!r}",
                        "It reaches beyond our elements, into Kommo's page.",
                        f"Begin it with .{ROOT}.",
                    )
        elif rule.type == "at-rule" and rule.lower_at_keyword in _AROUND:
            if rule.content is not None:
                inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                yield from _rules(name, inside)
        elif rule.type == "at-rule" and rule.lower_at_keyword not in _NAMED:
            yield Problem(
                where,
                f"has @{rule.at_keyword}",
                "It loads from elsewhere, or holds for the whole page.",
                "Bundle what it loads, or leave it out.",
            )


def _selectors(prelude: Sequence[Any]) -> Iterator[list[Any]]:
    selector: list[Any] = []
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield selector
            selector = []
        else:
            selector.append(token)
    yield selector


def _begins_at_root(selector: Sequence[Any]) -> bool:
    tokens = [token for token in selector if token.type != "comment"]
    while tokens and tokens[0].type == "whitespace":
        tokens.pop(0)
    if len(tokens) < 2 or tokens[0] != "." or tokens[1].type != "ident":
        return False
    named = tokens[1].value
    # .bookdeal ~ div would be a neighbour of our root, and so Kommo's.
    after = dropwhile(lambda token: token.type != "whitespace" and token not in ("+", "~", ">"), tokens[2:])
    combinator = next((token for token in after if token.type != "whitespace"), None)
    return (named == ROOT or named.startswith((f"{ROOT}-", f"{ROOT}_"))) and combinator not in ("+", "~")


def nothing_is_loaded(archive: Archive) -> Iterator[Problem]:
    """Pictures and fonts come out of the archive, or stand in the sheet itself."""
    for name, content in _sheets(archive):
        for number, line in enumerate(content.splitlines(), 1):
            for address in _URL.findall(line):
                if not address.startswith(("data:", "#")) and address.removeprefix("./") not in archive.files:
                    yield Problem(
                        f"{name}:{number}", f"loads {address}", "It is not in the archive.", "Put it into the build."
                    )


def colours_follow_the_theme(archive: Archive) -> Iterator[Problem]:
    """A colour is held by a custom property, which has another in the dark theme; libraries bring theirs along."""
    held: dict[str, Problem] = {}
    dark: set[str] = set()
    for name, content in _sheets(archive):
        for declaration, is_for_one, is_for_dark in _declarations(_inside(content)):
            colour = _colour(declaration)
            if is_for_dark:
                dark.add(declaration.name)
            if colour is None or is_for_dark:
                continue
            problem = Problem(
                f"{name}:{declaration.source_line}",
                f"has {colour} as {declaration.name} in the dark theme too",
                "Kommo asks that a widget can be read in both.",
                f"Take it from a custom property --{ROOT}-… with a value for each theme.",
            )
            if declaration.name.startswith(f"--{ROOT}-"):
                held.setdefault(declaration.name, problem)
            elif not declaration.name.startswith("--") and not is_for_one:
                yield problem
    yield from (problem for name, problem in held.items() if name not in dark)


def _declarations(
    parts: Sequence[Any], *, is_for_one: bool = False, is_for_dark: bool = False
) -> Iterator[tuple[Any, bool, bool]]:
    """Return all declarations, nested ones too, each with whether it holds in one theme alone, and in the dark one."""
    for part in parts:
        if part.type == "declaration":
            yield part, is_for_one, is_for_dark
        elif part.type in ("qualified-rule", "at-rule") and part.content is not None:
            selectors = [tinycss2.serialize(selector) for selector in _selectors(part.prelude)]
            yield from _declarations(
                _inside(part.content),
                is_for_one=is_for_one or all(_THEME in selector for selector in selectors),
                is_for_dark=is_for_dark or all(_DARK.search(selector) for selector in selectors),
            )


def _inside(content: Any) -> list[Any]:
    inside: list[Any] = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    return inside


def _colour(declaration: Any) -> str | None:
    """Return the first colour that a declaration names, None if it names none that can be seen."""
    if _UNPAINTED.fullmatch(declaration.lower_name):
        return None
    are_words_colours = _PAINTED.fullmatch(declaration.lower_name)
    for token in _tokens(declaration.value):
        if token.type in ("hash", "function") or (token.type == "ident" and are_words_colours):
            colour = parse_color(token)
            if colour is not None and colour != "currentcolor" and colour.alpha > 0:  # type: ignore[attr-defined] # stubs
                return str(tinycss2.serialize([token]))
    return None


def _tokens(value: Sequence[Any]) -> Iterator[Any]:
    for token in value:
        yield token
        yield from _tokens(getattr(token, "arguments", None) or getattr(token, "content", None) or ())


def _sheets(archive: Archive) -> Iterator[tuple[str, str]]:
    for name, content in archive.files.items():
        if name.endswith(".css"):
            yield name, content.decode(errors="replace")


RULES = (selectors_are_ours, nothing_is_loaded, colours_follow_the_theme)
