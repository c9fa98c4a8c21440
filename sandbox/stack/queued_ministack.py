"""MiniStack, with one change: the calls of a busy function wait for one of its processes.

As it comes, MiniStack gives every call that finds no idle process a new one. A burst of webhooks then starts dozens,
each costs a second of a core to start, the calls before them time out and are repeated, and the machine never recovers.
No function here calls another, so waiting cannot block.

Run by the emulator's own Python; nothing of Bookdeal is imported.
"""

import os
import threading
from collections import defaultdict
from typing import Any

from ministack.app import main  # type: ignore[import-not-found] # in the emulator's environment only
from ministack.services import lambda_svc  # type: ignore[import-not-found]

PROCESSES = max(2, (os.cpu_count() or 2) // 2)
"""How many processes one function gets at most."""

_free: defaultdict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(PROCESSES))
_execute = lambda_svc._execute_function_warm


def _execute_in_turn(func: dict[str, Any], event: Any, request_id: str) -> Any:
    with _free[func["config"]["FunctionName"]]:
        return _execute(func, event, request_id)


lambda_svc._execute_function_warm = _execute_in_turn

if __name__ == "__main__":
    main()
