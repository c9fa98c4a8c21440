"""Texts of the settings with placeholders in braces: what they may name, and how they are read."""

from collections.abc import Mapping
from string import Formatter

PLACEHOLDERS = frozenset({"client", "visitor", "person", "services", "employee", "location", "date", "time"})
"""What a text may name. `person` is the visitor where there is one, else the client."""


def placeholders(template: str) -> list[str]:
    """Return the names in braces, in their order. Raises ValueError where the braces do not fit together."""
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return the text with its placeholders filled.

    What cannot be read as a placeholder stays as it is written: a person sees it and can mend it.
    """
    try:
        pieces = list(Formatter().parse(template))
    except ValueError:
        return template
    parts = []
    for text, name, _, _ in pieces:
        parts.append(text)
        if name is not None:
            parts.append(values.get(name, f"{{{name}}}"))
    return "".join(parts)
