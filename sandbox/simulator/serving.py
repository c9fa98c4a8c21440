"""Running a simulator: as a program, or in a thread of a test."""

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

from aiohttp import web

from .delivery import CONNECTIONS
from .simulator import Options, Simulator, create_app

HOST = "127.0.0.1"


async def _start(app: web.Application, port: int) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, runner.addresses[0][1]


@contextlib.contextmanager
def run_in_thread(app_factory: Callable[[], web.Application], port: int = 0) -> Iterator[str]:
    """Serve the application on a local port, a free one for 0, from a thread of its own; gives its base URL.

    `app_factory` is called inside the thread, so that what it makes belongs to the thread's event loop.
    """
    ready = threading.Event()
    outcome: dict[str, str | BaseException] = {}
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        try:
            runner, bound = await _start(app_factory(), port)
        except BaseException as error:
            outcome["error"] = error
            raise
        finally:
            if "error" in outcome:
                ready.set()
        outcome["base_url"] = f"http://{HOST}:{bound}"
        ready.set()
        await stop.wait()
        await runner.cleanup()

    def run() -> None:
        asyncio.set_event_loop(loop)
        with contextlib.suppress(Exception):
            loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    if isinstance(error := outcome.get("error"), BaseException):
        raise error
    try:
        yield str(outcome["base_url"])
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def main(
    name: str,
    make: Callable[[Options, argparse.Namespace], Simulator],
    *,
    port: int,
    hook_delay: float,
    add_arguments: Callable[[argparse.ArgumentParser], None] | None = None,
    argv: Sequence[str] | None = None,
) -> int:
    """The command line of a simulator; returns the exit code.

    `make` builds the simulator from the options and all parsed arguments. Prints `<name> simulator on <base URL>` when
    it is ready, ends with 0 on SIGINT or SIGTERM, with 1 and one line when the port is taken.
    """
    parser = argparse.ArgumentParser(prog=f"python -m sandbox.{name.lower()}", description=f"Simulator of {name}.")
    parser.add_argument("--port", type=int, default=port, help="port on 127.0.0.1; 0 for any free one (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of everything random (%(default)s)")
    parser.add_argument("--hook-connections", type=int, default=CONNECTIONS, help="hooks side by side (%(default)s)")
    parser.add_argument("--hook-delay", type=float, default=hook_delay, help="seconds before a hook (%(default)s)")
    parser.add_argument("--scenario", default="demo", help="what the world holds at the start; empty for nothing")
    if add_arguments is not None:
        add_arguments(parser)
    given = parser.parse_args(argv)
    logging.basicConfig(format=f"{name}: %(levelname)s %(message)s")
    # The world is many long-lived objects: looking through all of them often would only cost time.
    gc.set_threshold(100_000, 50, 100)
    options = Options(
        seed=given.seed,
        hook_delay=given.hook_delay,
        hook_connections=given.hook_connections,
        scenario=given.scenario or None,
    )

    async def serve() -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            runner, bound = await _start(create_app(make(options, given)), given.port)
        except OSError as error:
            print(f"{name} simulator: port {given.port} on {HOST}: {error.strerror}", file=sys.stderr)
            return 1
        print(f"{name} simulator on http://{HOST}:{bound}", flush=True)
        await stop.wait()
        await runner.cleanup()
        return 0

    return asyncio.run(serve())
