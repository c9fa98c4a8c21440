"""Doorbells that ring for real: both simulators send their hooks, and what the product reads in them is rung for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from bookdeal.altegio import webhooks as altegio_webhooks
from bookdeal.installs.webhooks import KOMMO_RINGS
from bookdeal.kommo import webhooks as kommo_webhooks
from sandbox.stack import demo
from tests.sides import control, outside

from .bed import Bed

READERS = {"/kommo": kommo_webhooks.hints_from, "/altegio": altegio_webhooks.hints_from}
ALTEGIO_RINGS = ("active", "client", "record", "finances_operation", "goods_operations_sale", "self_sending")
STEP = 6.0
"""Seconds after which a hook has surely been sent."""


@dataclass
class Doorbells:
    """The doorbells of a bed. `rung` counts the hooks that came."""

    bed: Bed
    rung: int = 0

    def settle(self, most_rounds: int = 12) -> None:
        """Let hooks come and be worked off until both sides are quiet."""
        quiet = 0
        for _ in range(most_rounds):
            before = self.rung
            self.bed.pass_time(STEP)
            for url in (self.bed.kommo.base_url, self.bed.altegio.base_url):
                while not outside.get(f"{url}/_control/idle", timeout=10).json()["idle"]:
                    pass
            quiet = quiet + 1 if self.rung == before and not self.bed.queue.waiting else 0
            self.bed.drain()
            if quiet == 2:
                return
        raise AssertionError(f"not quiet after {most_rounds} rounds")


@contextmanager
def doorbells(bed: Bed, *, duplicate: int = 0, reorder: bool = False) -> Iterator[Doorbells]:
    """Let both simulators ring for the bed: each hook `duplicate` times more, and in another order than it happened."""
    bells = Doorbells(bed)

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hints = READERS[self.path](
                body, installation=demo.INSTALLATION, generation=1, seen_at=bed.clock.now(), correlation_id="hook"
            )
            bed.queue.send(hints)
            bells.rung += 1
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    here = f"http://127.0.0.1:{server.server_port}"
    for hook in bed.look("webhooks"):
        bed.in_kommo("DELETE", "webhooks", {"destination": hook["destination"]})
    bed.in_kommo("POST", "webhooks", {"destination": f"{here}/kommo", "settings": sorted(KOMMO_RINGS)})
    for location in bed.altegio.locations:
        bed.salon(
            "POST", f"/hooks_settings/{location}", {"urls": [f"{here}/altegio"], **dict.fromkeys(ALTEGIO_RINGS, 1)}
        )
    for url in (bed.kommo.base_url, bed.altegio.base_url):
        control(url, "webhooks", {"paused": False, "duplicate": duplicate, "reorder": reorder, "reorder_seconds": 4.0})
    try:
        yield bells
    finally:
        for url in (bed.kommo.base_url, bed.altegio.base_url):
            control(url, "webhooks", {"paused": True, "duplicate": 0, "reorder": False})
        server.shutdown()
        server.server_close()
        thread.join()
