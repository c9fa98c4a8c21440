"""What a rule is, and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from operations.widget.archive import Archive


@dataclass(frozen=True, slots=True)
class Problem:
    """One breach: in which file, what is there, why that is none of Kommo's ways, and what to do."""

    file: str
    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        """Return it as one paragraph."""
        return f"{self.file} {self.what}. {self.why} {self.remedy}"


type Rule = Callable[[Archive], Iterator[Problem]]
