"""The HTTP core against a server of sockets: what canned answers cannot show."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bookdeal.runtime.clock import Deadline, SystemClock
from bookdeal.runtime.errors import Transient, UnknownOutcome
from bookdeal.runtime.http import Http, HttpResponse
from bookdeal.runtime.observe import Counters

type Script = Callable[[socket.socket], None]


class Server:
    """Answers the n-th request with the n-th script; each script may write, wait or hang up."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self.requests = 0
        self.heads: list[bytes] = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread, which would keep the port open
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while True:
                data = b""
                while b"\r\n\r\n" not in data:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    data += piece
                self.heads.append(data.lower())
                script = self.scripts[self.requests]
                self.requests += 1
                try:
                    script(connection)
                except OSError:
                    return
                if script is hang_up:
                    return


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def says(*pieces: bytes, gap: float = 0.0) -> Script:
    def script(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(gap)

    return script


def plain(body: bytes, headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def ask(server: Server) -> Callable[..., HttpResponse]:
    clock = SystemClock()
    http = Http(clock, lambda host: host == "127.0.0.1", Counters(), "local")

    def ask(*, repeatable: bool = True, seconds: float = 5.0, read_timeout: float = 1.0) -> HttpResponse:
        return http.request(
            "GET",
            f"http://127.0.0.1:{server.port}/things",
            route="/things",
            headers={},
            deadline=Deadline.within(clock, seconds),
            repeatable=repeatable,
            read_timeout=read_timeout,
        )

    return ask


type Ask = Callable[..., HttpResponse]


def test_bodies_arrive_whole_however_they_are_sent(server: Server, ask: Ask) -> None:
    body = bytes(range(256)) * 1000
    packed = gzip.compress(body)
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(body[at : at + 999]), body[at : at + 999]) for at in range(0, len(body), 999)
    )
    server.scripts = [
        says(plain(body)),
        says(plain(packed, b"Content-Encoding: gzip\r\n")),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunks, b"0\r\n\r\n"),
        says(b"HTTP/1.1 204 No Content\r\n\r\n"),
        says(plain(b"")),
    ]
    assert [ask().content for _ in server.scripts] == [body, body, body, b"", b""]


def test_a_cookie_of_one_request_does_not_go_out_with_the_next(server: Server, ask: Ask) -> None:
    server.scripts = [says(plain(b"{}", b"Set-Cookie: session=acme; Path=/\r\n")), says(plain(b"{}"))]
    ask()
    ask()
    assert not any(b"cookie" in head for head in server.heads)


def test_connections_are_kept_open(server: Server, ask: Ask) -> None:
    server.scripts = [says(plain(b"{}"))] * 5
    for _ in range(5):
        ask()
    assert (server.requests, server.connections) == (5, 1)


def test_a_connection_closed_before_the_answer(server: Server, ask: Ask) -> None:
    server.scripts = [hang_up, says(plain(b"{}"))]
    assert ask().content == b"{}"
    server.scripts.append(hang_up)
    with pytest.raises(UnknownOutcome, match="connection_lost"):
        ask(repeatable=False)


def test_a_kept_connection_that_the_server_gave_up_is_not_used_for_a_write(server: Server, ask: Ask) -> None:
    def answer_and_leave(connection: socket.socket) -> None:
        connection.sendall(plain(b"{}"))
        hang_up(connection)

    server.scripts = [answer_and_leave, says(plain(b"[]"))]
    ask()
    time.sleep(0.1)
    assert ask(repeatable=False).content == b"[]"


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
    ],
)
def test_an_answer_cut_short_is_not_taken_for_whole(server: Server, ask: Ask, start: bytes) -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(start)
        hang_up(connection)

    server.scripts = [cut, says(plain(b"{}")), cut]
    assert ask().content == b"{}"
    with pytest.raises(UnknownOutcome, match="connection_lost"):
        ask(repeatable=False)


def test_silence_ends_with_the_read_timeout(server: Server, ask: Ask) -> None:
    server.scripts = [says(b"", gap=1.0)]
    started = time.monotonic()
    with pytest.raises(UnknownOutcome, match="no_answer"):
        ask(repeatable=False, read_timeout=0.2)
    assert time.monotonic() - started < 0.9


def test_a_trickle_ends_with_the_deadline(server: Server, ask: Ask) -> None:
    server.scripts = [says(plain(b"x" * 1000)[:-990], *[b"x"] * 100, gap=0.05)]
    started = time.monotonic()
    with pytest.raises(UnknownOutcome, match="no_answer"):
        ask(repeatable=False, seconds=0.6)
    assert time.monotonic() - started < 1.5


def test_nobody_listening_is_no_connection_for_writes_too(server: Server, ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        server.port = other.getsockname()[1]
    with pytest.raises(Transient, match="no_connection"):
        ask(repeatable=False)
