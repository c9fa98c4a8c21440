"""What the style sheets reach: our own elements, and nothing else of Kommo's page."""

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from typing import Any

import tinycss2

from operations.widget.archive import Archive
from operations.widget.rules.rule import Problem

ROOT = "bookdeal"
# Their contents are no selectors: they have names, and do nothing until an element of ours asks for them.
_NAMED = ("font-face", "keyframes", "-webkit-keyframes", "property", "counter-style")
# Their contents are rules in turn.
_AROUND = ("media", "supports", "layer", "container", "starting-style", "scope")
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


def _sheets(archive: Archive) -> Iterator[tuple[str, str]]:
    for name, content in archive.files.items():
        if name.endswith(".css"):
            yield name, content.decode(errors="replace")


RULES = (selectors_are_ours, nothing_is_loaded)
