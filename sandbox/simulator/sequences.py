"""Ids that only grow, per kind of thing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_held: ContextVar[dict[str, list[int]] | None] = ContextVar("held", default=None)


class Sequences:
    """One growing number per name; a late commit draws from numbers held back when its request came in."""

    def __init__(self, first: Mapping[str, int]) -> None:
        """`first` maps each name to its first id."""
        self._next = dict(first)

    def next(self, name: str) -> int:
        """The next id of `name`."""
        held = _held.get()
        if held is not None and held.get(name):
            return held[name].pop(0)
        number = self._next[name]
        self._next[name] = number + 1
        return number

    def take(self, name: str, count: int) -> range:
        """`count` consecutive ids of `name` at once, for bulk loading."""
        first = self._next[name]
        self._next[name] = first + count
        return range(first, first + count)

    def pass_over(self, name: str, number: int) -> None:
        """Never give out `number` or a smaller one again: a scenario has used it."""
        self._next[name] = max(self._next.get(name, 0), number + 1)

    def hold(self, count: int) -> dict[str, list[int]]:
        """Set `count` ids of every name aside, for `drawing`."""
        return {name: list(self.take(name, count)) for name in self._next}

    @contextmanager
    def drawing(self, held: dict[str, list[int]]) -> Iterator[None]:
        """Inside, `next` gives the held ids first."""
        token = _held.set(held)
        try:
            yield
        finally:
            _held.reset(token)
