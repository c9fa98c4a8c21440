"""Runs a command that ends when the process that started it ends: `python leash.py PARENT COMMAND...`.

Replaces itself by the command, so it costs one interpreter start and leaves no process behind.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # Elsewhere the next start cleans up by the recorded process ids.
    if os.getppid() != parent:
        return  # it ended before the leash was on
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
