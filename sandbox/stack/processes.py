"""Child processes: started on a leash, stopped with everything they started, found again after a crash.

Each child leads a process group of its own, so that Ctrl-C in a terminal reaches only the stack itself, which then
stops the children in order. Each carries the stack's folder in its environment: a recorded process id is only believed
when the process that has it now carries the same folder.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import leash

MARK = "BOOKDEAL_STACK_FOLDER"


@dataclass(slots=True)
class Child:
    """A running child process."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def last_words(self, lines: int = 15) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass(slots=True)
class Children:
    """The processes of one stack, whose files lie in `folder` (logs/, processes.json) and which run in `home`."""

    folder: Path
    home: Path
    running: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start a command with exactly this environment; its output goes to logs/<name>.log.

        Must be called from a thread that lives as long as the stack: the leash is tied to it.
        """
        log = self.folder / "logs" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, leash.__file__, str(os.getpid()), *command],
                cwd=self.home,
                env={**environment, MARK: str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(name, process, log)
        self.running.append(child)
        self._record()
        return child

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Run a command to its end, as `start` does; `process.returncode` tells how it ended."""
        child = self.start(name, command, environment)
        child.process.wait()
        self.stop(child)
        return child

    def stop(self, child: Child, patience: float = 5.0) -> None:
        """End a child and everything it started; what does not end by itself within `patience` seconds is killed."""
        _signal_group(child.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(patience)
        _signal_group(child.process.pid, signal.SIGKILL)
        child.process.wait()
        self.running.remove(child)
        self._record()

    def stop_all(self) -> None:
        """End all children, the last started first."""
        for child in reversed(self.running.copy()):
            self.stop(child)

    def end_leftovers(self) -> list[int]:
        """Kill what an earlier run of this folder left running; returns the process ids."""
        ended = []
        for pid in self._recorded():
            if environment_of(pid).get(MARK) == str(self.folder):
                _signal_group(pid, signal.SIGKILL)
                ended.append(pid)
        self._record()
        return ended

    def _recorded(self) -> list[int]:
        try:
            return [int(pid) for pid in json.loads((self.folder / "processes.json").read_text())]
        except (OSError, ValueError):
            return []

    def _record(self) -> None:
        pids = [child.process.pid for child in self.running]
        (self.folder / "processes.json").write_text(json.dumps(pids))


def environment_of(pid: int) -> dict[str, str]:
    """Return the environment that a process of this user was started with; empty when there is no such process."""
    if Path("/proc/self/environ").exists():
        try:
            entries = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return {}
    else:
        entries = _ps("eww", "-o", "command=", "-p", str(pid))
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def pids() -> Iterator[int]:
    """Give the id of every process of this machine that can be seen."""
    names = os.listdir("/proc") if Path("/proc/self").exists() else _ps("axo", "pid=")
    yield from (int(name) for name in names if name.isdigit())


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait until a process has ended; False when it has not after `seconds`."""
    deadline = time.monotonic() + seconds
    while environment_of(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _ps(*arguments: str) -> list[str]:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout.split()


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
