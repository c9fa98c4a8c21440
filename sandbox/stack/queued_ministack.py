"""MiniStack, with what a burst of webhooks, and a start within seconds, ask for.

- The calls of a busy function wait for one of its processes. As it comes, MiniStack gives every call that finds no idle
  process a new one. A burst then starts dozens, each keeps a core busy, the calls before them time out and are
  repeated, and the machine never recovers. No function here calls another, so waiting cannot block.
- A layer is unpacked once, however many processes run with it: as it comes, each unpacks its thousands of files for
  itself, which takes longer than all else that starting one does, and as long again when the stack ends.
- A FIFO queue's list of recent deduplication ids is cleared of old ones once a second, not whenever a message is sent.
- Threads hand over to each other more often: the one that answers requests waits for all the others.

Run by the emulator's own Python; nothing of Bookdeal is imported.
"""

import hashlib
import os
import sys
import tempfile
import threading
import time
import zipfile
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.app import main  # type: ignore[import-not-found] # in the emulator's environment only
from ministack.core import lambda_runtime  # type: ignore[import-not-found]
from ministack.services import lambda_svc, sqs  # type: ignore[import-not-found]

PROCESSES = max(2, (os.cpu_count() or 2) // 2)
"""How many processes one function gets at most."""

CLEARING_SECONDS = 1.0
SWITCH_SECONDS = 0.0005

_free: defaultdict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(PROCESSES))
_execute = lambda_svc._execute_function_warm


def _execute_in_turn(func: dict[str, Any], event: Any, request_id: str) -> Any:
    with _free[func["config"]["FunctionName"]]:
        return _execute(func, event, request_id)


_unpacking = threading.Lock()


class _Archive:
    """A function's code or layer, as MiniStack opens it with `zipfile.ZipFile`."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def __enter__(self) -> "_Archive":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def namelist(self) -> list[str]:
        """Return none: they are looked at for paths that lead outside, which none of ours has."""
        return []

    def extractall(self, folder: str) -> None:
        """Let an empty folder be what is in the archive."""
        os.rmdir(folder)
        os.symlink(self._unpacked(), folder)

    def _unpacked(self) -> Path:
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found = Path(tempfile.gettempdir()) / f"unpacked-{digest}"
        with _unpacking:
            if not found.exists():
                begun = found.with_suffix(".begun")
                with zipfile.ZipFile(self._path) as archive:
                    archive.extractall(begun)
                begun.rename(found)
        return found


_cleared_at: dict[int, float] = {}
_clear = sqs._prune_dedup


def _clear_now_and_then(queue: dict[str, Any]) -> None:
    now = time.monotonic()
    if now - _cleared_at.get(id(queue), 0.0) > CLEARING_SECONDS:
        _cleared_at[id(queue)] = now
        _clear(queue)


lambda_runtime.zipfile = SimpleNamespace(
    ZipFile=_Archive, BadZipFile=zipfile.BadZipFile, LargeFileError=zipfile.LargeZipFile
)
lambda_svc._execute_function_warm = _execute_in_turn
sqs._prune_dedup = _clear_now_and_then
sys.setswitchinterval(SWITCH_SECONDS)

if __name__ == "__main__":
    main()
