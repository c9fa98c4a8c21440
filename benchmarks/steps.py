"""Showing the steps of a measurement."""

import contextlib
import time
from collections.abc import Iterator


class Steps:
    """Shows each step and its time while it goes on, and remembers the times."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def __call__(self, text: str) -> Iterator[None]:
        print(f"  {text} …", end="", flush=True)
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[text] = time.monotonic() - started
            print(f" {self.seconds[text]:.1f} s", flush=True)
