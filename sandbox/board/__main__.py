"""`python -m sandbox.board`: the board as a program."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import web

from sandbox.stack.description import StackDescription

from .app import create_app
from .connections import Connections

HOST = "127.0.0.1"
WIDGET = Path(".local/widget/widget.zip")


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.board", description="The board of the sandbox.")
    parser.add_argument("--port", type=int, default=8100, help="port on 127.0.0.1; 0 for any free one (%(default)s)")
    parser.add_argument("--stack", type=Path, metavar="FILE", help="the running stack's stack.json")
    parser.add_argument("--kommo", default="http://127.0.0.1:8101", help="without a stack: Kommo's simulator")
    parser.add_argument("--altegio", default="http://127.0.0.1:8102", help="without a stack: Altegio's simulator")
    parser.add_argument(
        "--widget", type=Path, default=WIDGET, help="without a stack: the widget's archive (%(default)s)"
    )
    given = parser.parse_args()
    try:
        if given.stack:
            connections = Connections.of_stack(StackDescription.load(given.stack))
        else:
            connections = Connections.of_simulators(given.kommo, given.altegio, given.widget)
    except OSError as error:
        return _fail(f"nothing to look at: {error}")
    try:
        return asyncio.run(_serve(connections, given.port))
    except OSError as error:
        return _fail(f"port {given.port} on {HOST}: {error.strerror}")


async def _serve(connections: Connections, port: int) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # Pages keep their streams open: they are cut at once.
    runner = web.AppRunner(create_app(connections), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        print(f"The board on http://{HOST}:{runner.addresses[0][1]}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()
    return 0


def _fail(text: str) -> int:
    print(f"board: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
