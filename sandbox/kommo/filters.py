"""Query strings with PHP brackets, and reading filters from them (contract §4.2)."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

MAX_DEPTH = 8

type Nested = dict[str, Any]


def parse_brackets(query: str) -> Nested:
    """`filter[id][]=1&filter[id][]=2` as `{"filter": {"id": {"0": "1", "1": "2"}}}`.

    Indexes may be given or left empty. Where a scalar and a nested key share a path the later one stays, as in PHP.
    """
    found: Nested = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        head, *keys = _path(name)
        place = found
        for key in keys:
            inner = place.get(head)
            if not isinstance(inner, dict):
                inner = place[head] = {}
            place, head = inner, key or str(len(inner))
        place[head] = value
    return found


def _path(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    if not bracket or not head or not rest.endswith("]"):
        return [name]
    return [head, *rest[:-1].split("][")][:MAX_DEPTH]


def texts(given: Any) -> list[str]:
    """The values at one place: a scalar, a list, or nothing."""
    if given is None:
        return []
    if isinstance(given, dict):
        return [text for one in given.values() for text in texts(one)]
    return [str(given)]


def words(given: Any) -> list[str]:
    """Like `texts`, with commas separating values too."""
    return [word for text in texts(given) for word in text.split(",") if word]


def numbers(given: Any) -> set[int]:
    """The values at one place as ints; what is not a number matches nothing and is left out."""
    return {int(word) for word in words(given) if _is_number(word)}


def number(given: Any) -> int | None:
    """One value as an int."""
    return int(given) if isinstance(given, str) and _is_number(given) else None


def span(given: Any) -> tuple[float, float] | None:
    """`[from]` and `[to]`, both inclusive and each optional; a scalar is an exact value. None when nothing is asked."""
    if isinstance(given, dict):
        lower, upper = _decimal(given.get("from")), _decimal(given.get("to"))
        if lower is None and upper is None:
            return None
        return (float("-inf") if lower is None else lower, float("inf") if upper is None else upper)
    exact = _decimal(given)
    return None if exact is None else (exact, exact)


def pairs(given: Any, first: str, second: str) -> set[tuple[int, int]]:
    """`[0][first]=1&[0][second]=2` as `{(1, 2)}`; entries without both are left out."""
    if not isinstance(given, dict):
        return set()
    entries: Iterable[Any] = given.values()
    found = ((number(one.get(first)), number(one.get(second))) for one in entries if isinstance(one, dict))
    return {(one, other) for one, other in found if one is not None and other is not None}


def within(value: float | None, limits: tuple[float, float]) -> bool:
    """Whether a value lies in a span; nothing lies in none."""
    return value is not None and limits[0] <= value <= limits[1]


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()


def _decimal(given: Any) -> float | None:
    try:
        return float(given)
    except (TypeError, ValueError):
        return None
