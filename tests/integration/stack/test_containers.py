"""What functions in containers are given: ways to the stack, variables, events in an order that serves them all."""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from sandbox.stack.container import with_variables
from sandbox.stack.emulator import ROOT
from sandbox.stack.every_event import cases, said
from sandbox.stack.relay import relayed


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while content := self.request.recv(1024):
            self.request.sendall(content.upper())


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a service that answers in capitals."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_relay_passes_on_both_ways_for_many_at_once(echo: int) -> None:
    with (
        relayed(("127.0.0.1", 0), ("127.0.0.1", echo)) as outer,
        relayed(("127.0.0.1", 0), ("127.0.0.1", outer)) as port,
    ):
        connections = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(3)]
        for number, connection in enumerate(connections):
            connection.sendall(f"hello {number}".encode())
        for number, connection in reversed(list(enumerate(connections))):
            assert connection.recv(1024) == f"HELLO {number}".encode()
            connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_every_function_may_be_told_where_the_stack_is() -> None:
    template = (ROOT / "template.yaml").read_text()
    changed = with_variables(template)
    # They stand in the part that all functions have in common.
    common = changed.split("\nResources:\n")[0]
    assert (
        "        AWS_ENDPOINT_URL: ''\n        BOOKDEAL_WAYS: ''\n        POWERTOOLS_SERVICE_NAME: bookdeal\n" in common
    )
    assert changed.count("AWS_ENDPOINT_URL") == 1


def test_events_that_end_the_account_come_last() -> None:
    events = cases()
    assert len(events) == len(list(ROOT.glob("events/*/*.json")))
    assert events[-2:] == [("operator", "uninstall"), ("operator", "work_off_uninstalls")]
    functions = [function for function, _ in events]
    assert functions[functions.index("operator") :] == ["operator"] * functions.count("operator")
    assert {function for function, _ in cases("sweep")} == {"sweep"}


@pytest.mark.parametrize(
    ("answer", "gist"),
    [
        ({"statusCode": 204, "body": ""}, "204"),
        ({"error": {"code": "not_found", "reason": "", "params": {}}}, "error: not_found"),
        ({"batchItemFailures": []}, "batchItemFailures"),
        (None, "NoneType"),
    ],
)
def test_the_gist_of_an_answer_holds_none_of_its_content(answer: object, gist: str) -> None:
    assert said(json.dumps(answer)) == gist
