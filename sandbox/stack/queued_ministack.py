"""MiniStack, with what a burst of webhooks asks for.

- The calls of a busy function wait for one of its processes. As it comes, MiniStack gives every call that finds no idle
  process a new one. A burst then starts dozens, each costs a second of a core to start, the calls before them time out
  and are repeated, and the machine never recovers. No function here calls another, so waiting cannot block.
- A FIFO queue's list of recent deduplication ids is cleared of old ones once a second, not whenever a message is sent.
- Threads hand over to each other more often: the one that answers requests waits for all the others.

Run by the emulator's own Python; nothing of Bookdeal is imported.
"""

import os
import sys
import threading
import time
from collections import defaultdict
from typing import Any

from ministack.app import main  # type: ignore[import-not-found] # in the emulator's environment only
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


_cleared_at: dict[int, float] = {}
_clear = sqs._prune_dedup


def _clear_now_and_then(queue: dict[str, Any]) -> None:
    now = time.monotonic()
    if now - _cleared_at.get(id(queue), 0.0) > CLEARING_SECONDS:
        _cleared_at[id(queue)] = now
        _clear(queue)


lambda_svc._execute_function_warm = _execute_in_turn
sqs._prune_dedup = _clear_now_and_then
sys.setswitchinterval(SWITCH_SECONDS)

if __name__ == "__main__":
    main()
