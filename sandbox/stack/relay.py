"""A relay of TCP connections. It needs Python alone, because the image that functions run in gets this file, too."""

import contextlib
import os
import select
import socket
import socketserver
import threading
from collections.abc import Iterator

type Address = tuple[str, int]


@contextlib.contextmanager
def relayed(listening: Address, target: Address) -> Iterator[int]:
    """Pass on what is sent to `listening` (port 0: any that is free) to `target`; gives the port."""

    class Passing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(target) as inside:
                ends = {self.request: inside, inside: self.request}
                while True:
                    for end in select.select(list(ends), [], [])[0]:
                        content = end.recv(65536)
                        if not content:
                            return
                        ends[end].sendall(content)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(listening, Passing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def main(ways: str) -> None:
    """Relay inside a container until it ends: `ways` is "4566=172.17.0.1:40001,…", ports of 127.0.0.1 and targets."""
    with contextlib.ExitStack() as running:
        for way in filter(None, ways.split(",")):
            port, _, target = way.partition("=")
            host, _, number = target.partition(":")
            running.enter_context(relayed(("127.0.0.1", int(port)), (host, int(number))))
        threading.Event().wait()


if __name__ == "__main__":
    main(os.environ.get("BOOKDEAL_WAYS", ""))
