"""Child processes of the local stack: they never outlive it, and nothing else is ever ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.stack.processes import MARK, Children, environment_of, wait_until_gone

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STARTER = """
import sys, time
from pathlib import Path
from sandbox.stack.processes import Children
child = Children(Path(sys.argv[1]), Path(sys.argv[1])).start("sleeper", sys.argv[2:], {{}})
print(child.process.pid, flush=True)
{then}
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    children = Children(tmp_path, tmp_path)
    yield children
    children.stop_all()


def wait_for_text(log: Path) -> str:
    deadline = time.monotonic() + 20
    while not (text := log.read_text()).endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return text


def wait_for_environment(pid: int) -> None:
    """Wait until a process that was just started shows its environment: for a moment of its start it has none."""
    deadline = time.monotonic() + 20
    while not environment_of(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def start_elsewhere(folder: Path, then: str) -> tuple[subprocess.Popen[str], int]:
    """Start a child from a process of its own; gives that process and the child's id."""
    program = STARTER.format(then=then)
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder), *SLEEP], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_output_goes_to_a_log_of_the_childs_name(children: Children) -> None:
    child = children.run("speaker", [sys.executable, "-c", "print('one'); print('two')"], {})
    assert child.log == children.folder / "logs" / "speaker.log"
    assert child.last_words(1) == "two"
    assert (child.process.returncode, children.running) == (0, [])


def test_a_child_gets_the_given_environment_and_its_mark_only(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    program = "import os; print('AWS_PROFILE' in os.environ, os.environ['COLOUR'])"
    child = children.run("teller", [sys.executable, "-c", program], {"COLOUR": "blue"})
    assert child.last_words() == "False blue"


def test_stopping_ends_what_a_child_has_started_too(children: Children) -> None:
    program = f"import subprocess, time; print(subprocess.Popen({SLEEP!r}).pid, flush=True); time.sleep(60)"
    child = children.start("parent", [sys.executable, "-c", program], {})
    grandchild = int(wait_for_text(child.log))
    children.stop(child)
    assert wait_until_gone(grandchild, 5)


def test_a_child_that_does_not_listen_is_killed(children: Children) -> None:
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    child = children.start("deaf", [sys.executable, "-c", program], {})
    wait_for_text(child.log)
    children.stop(child, patience=0.2)
    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends leftovers")
def test_a_child_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    process, child = start_elsewhere(tmp_path, "time.sleep(60)")
    wait_for_environment(child)
    process.kill()
    process.wait()
    assert wait_until_gone(child, 5)


def test_leftovers_of_a_crash_are_ended(tmp_path: Path) -> None:
    leftover = subprocess.Popen(SLEEP, env={MARK: str(tmp_path)}, start_new_session=True)
    wait_for_environment(leftover.pid)
    (tmp_path / "processes.json").write_text(f"[{leftover.pid}]")
    assert Children(tmp_path, tmp_path).end_leftovers() == [leftover.pid]
    assert leftover.wait(5) == -signal.SIGKILL


def test_a_process_that_only_has_a_leftovers_number_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(SLEEP, env={MARK: "/somewhere/else"}, start_new_session=True)
    try:
        (tmp_path / "processes.json").write_text(f"[{stranger.pid}, {os.getpid()}, 999999999]")
        assert Children(tmp_path, tmp_path).end_leftovers() == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
