"""Starting the local stack: what stands in the way is said in one line."""

import fcntl
import socket
from pathlib import Path

import pytest

from sandbox.stack.description import AltegioAccess, AwsAccess, KommoAccess, StackDescription
from sandbox.stack.emulator import NotStarted, require_program, wait_for
from sandbox.stack.processes import Children
from sandbox.stack.stack import AlreadyRunning, Ports, running

DESCRIPTION = StackDescription(
    api="http://127.0.0.1:1/api",
    board="http://127.0.0.1:2",
    widget="widget.zip",
    installation="demo",
    kommo=KommoAccess("http://127.0.0.1:3", "http://127.0.0.1:3/_control", 1, "example", "id", "secret", "token"),
    altegio=AltegioAccess(
        "http://127.0.0.1:4", "http://127.0.0.1:4/_control", "partner", "user", "ada", "secret", [900100]
    ),
    aws=AwsAccess("http://127.0.0.1:5", "eu-central-1"),
)


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = Ports(aws=Ports.free().aws, board=port, kommo=Ports.free().kommo, altegio=Ports.free().altegio)
        with pytest.raises(NotStarted, match=rf"port {port} \(board\) is taken: .*make run BOARD_PORT={port + 100}"):
            ports.require_free(board=True)
        ports.require_free(board=False)


def test_free_ports_are_free_and_different() -> None:
    ports = Ports.free()
    assert len({ports.aws, ports.board, ports.kommo, ports.altegio}) == 4
    ports.require_free(board=True)


def test_a_missing_tool_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match=r"nothing is missing: .*make run"):
        require_program(tmp_path / "nothing")


def test_a_second_stack_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AlreadyRunning), running(folder=tmp_path):
            pass


def test_a_part_that_ends_while_starting_is_quoted(tmp_path: Path) -> None:
    children = Children(tmp_path, tmp_path)
    child = children.start("broken", ["/bin/sh", "-c", "echo no such thing"], {})
    with pytest.raises(NotStarted, match=r"(?s)broken ended while starting.*no such thing"):
        wait_for(child, "http://127.0.0.1:1/", 20)
    children.stop_all()


def test_the_description_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text(DESCRIPTION.to_json())
    assert StackDescription.load(tmp_path / "stack.json") == DESCRIPTION
