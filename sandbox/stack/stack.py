"""The local stack as a whole: what is started, in which order, and what can be asked of it while it runs."""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import requests

from operations.widget.archive import KOMMO, WIDGET, NotPacked, pack

from . import demo, deployment, emulator
from .deployment import Deployment
from .description import AwsAccess, StackDescription
from .emulator import ROOT, NotStarted
from .processes import Child, Children

PLATFORM_LINES = ("START RequestId:", "END RequestId:", "REPORT RequestId:")


class AlreadyRunning(Exception):
    """A stack runs in this folder already."""


class FunctionFailed(Exception):
    """An invoked function raised, ended or ran out of time; the text is what Lambda answered."""


HOOKS = ("--hook-connections", "6")
"""The emulated AWS serves calls in turn: with more hooks at its door the mover would wait behind them."""

type Progress = Callable[[str], AbstractContextManager[Any]]
"""Shows a step, named by the text, while it is under way."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen on 127.0.0.1."""

    aws: int = 4566
    board: int = 8100
    kommo: int = 8101
    altegio: int = 8102

    @staticmethod
    def free() -> "Ports":
        """Return ports that nothing listens on now."""
        with contextlib.ExitStack() as held:
            numbers = []
            for _ in fields(Ports):
                listener = held.enter_context(socket.socket())
                listener.bind(("127.0.0.1", 0))
                numbers.append(listener.getsockname()[1])
        return Ports(*numbers)

    def require_free(self, *, board: bool) -> None:
        """Raise NotStarted naming the first port that is taken, and what to do."""
        for part in fields(self):
            port = getattr(self, part.name)
            if (board or part.name != "board") and not _is_free(port):
                option = f"{part.name.upper()}_PORT"
                raise NotStarted(
                    f"port {port} ({part.name}) is taken: stop what listens there, or choose another: "
                    f"make run {option}={port + 100}"
                )


@dataclass(slots=True)
class Stack:
    """A running local stack. Start one with `running`."""

    description: StackDescription
    deployment: Deployment
    children: Children
    ports: Ports

    def logs(self, function: str, since: float = 0.0) -> list[str]:
        """Return the lines that a function (`deal_mover`) has written, in order of time, without Lambda's own.

        `since` in unix seconds.
        """
        client = self.deployment.client("logs")
        group = f"/aws/lambda/{self.deployment.function_name(function)}"
        events: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            page = client.filter_log_events(logGroupName=group, startTime=int(since * 1000), **token)
            events += page["events"]
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        events.sort(key=lambda event: event["timestamp"])
        lines = [line for event in events for line in event["message"].splitlines()]
        return [line for line in lines if not line.startswith(PLATFORM_LINES)]

    def mover_processes(self) -> int:
        """Return how many processes of the mover there are: none before its first run and after a kill."""
        return len(emulator.function_processes(self.deployment.aws, self.deployment.function_name("deal_mover")))

    def kill_mover(self) -> int:
        """Kill the mover's process as a failing host would; returns how many there were (0 before its first run)."""
        return emulator.kill_function(self.deployment.aws, self.deployment.function_name("deal_mover"))

    def invoke(self, function: str, payload: object) -> Any:
        """Call a function (`sweep`) with an event and return its answer. Raises FunctionFailed."""
        answer = self.deployment.client("lambda").invoke(
            FunctionName=self.deployment.function_name(function), Payload=json.dumps(payload).encode()
        )
        content = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise FunctionFailed(f"{function}: {content}")
        return content

    def queue_depth(self) -> int:
        """Return how many hints wait or are in work."""
        return self._messages("HintsQueueUrl")

    def dead_hints(self) -> int:
        """Return how many hints were given up."""
        return self._messages("DeadHintsQueueUrl")

    def drain(self, seconds: float = 60.0) -> None:
        """Wait until no hint waits or is in work. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while depth := self.queue_depth():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{depth} hints are left after {seconds} s")
            time.sleep(0.05)

    def _messages(self, queue: str) -> int:
        counted = ("", "NotVisible", "Delayed")
        attributes = self.deployment.client("sqs").get_queue_attributes(
            QueueUrl=self.deployment.outputs[queue], AttributeNames=["All"]
        )["Attributes"]
        return sum(int(attributes.get(f"ApproximateNumberOfMessages{kind}", 0)) for kind in counted)


@contextlib.contextmanager
def running(
    *,
    ports: Ports | None = None,
    folder: Path | None = None,
    description: Path | None = None,
    recorded: Path | None = None,
    board: bool = False,
    widget: bool = False,
    scheduled_sweep: bool = False,
    check_permissions: bool = True,
    statistics: bool = True,
    parameters: Mapping[str, str] = MappingProxyType({}),
    limits: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
    progress: Progress = contextlib.nullcontext,
) -> Iterator[Stack]:
    """Start a stack, give it, and stop it again whatever happens.

    ports: free ones when not given. folder: for logs and state; a temporary one when not given. description: where to
    write the stack's JSON, `stack.json` in the folder when not given. recorded: folder of recorded Altegio data to load
    instead of the demo. widget: pack the widget, which must have been built, for this stack's API. scheduled_sweep: let
    the sweep run every minute by itself.
    statistics: let contacts show their clients' totals, which costs requests of its own.
    parameters: values of the template's parameters that differ from those of the local stack.
    limits: by simulator ("kommo", "altegio"), limits in place of the provider's own, as in `POST /limits`.
    check_permissions: run the functions with their roles' permissions only (the emulated tables are a third slower).

    Raises NotStarted, with a text for the user, when a part does not come up, AlreadyRunning when a stack runs in
    `folder`.
    """
    with contextlib.ExitStack() as cleanup:
        if folder is None:
            folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="bookdeal-stack-")))
        children = cleanup.enter_context(_alone_in(folder.resolve()))
        if ports is None:
            ports = Ports.free()
        ports.require_free(board=board)
        cleanup.callback(children.stop_all)
        with progress("starting the emulated AWS and both simulators"):
            aws = AwsAccess(f"http://127.0.0.1:{ports.aws}", emulator.REGION)
            ministack = emulator.start(children, ports.aws, check_permissions=check_permissions)
            kommo = _start_program(children, "kommo", ["--port", str(ports.kommo), *HOOKS])
            altegio = _start_program(
                children,
                "altegio",
                ["--port", str(ports.altegio), *HOOKS, *(["--recorded", str(recorded)] if recorded else [])],
            )
            kommo_url, altegio_url = f"http://127.0.0.1:{ports.kommo}", f"http://127.0.0.1:{ports.altegio}"
            emulator.wait_until_ready(ministack, aws)
            emulator.wait_for(kommo, f"{kommo_url}/_control/webhooks", 30)
            emulator.wait_for(altegio, f"{altegio_url}/_control/webhooks", 30)
            for url, wanted in ((kommo_url, limits.get("kommo")), (altegio_url, limits.get("altegio"))):
                if wanted:
                    requests.post(f"{url}/_control/limits", json=dict(wanted), timeout=30).raise_for_status()
        with progress("building the functions and layers"):
            template = deployment.build(children)
        with progress("deploying the template"):
            deployed = deployment.deploy(
                children,
                aws,
                template,
                {
                    "KommoBaseUrl": kommo_url,
                    "AltegioBaseUrl": altegio_url,
                    "WidgetOrigins": f"http://127.0.0.1:{ports.board},http://localhost:{ports.board}",
                    "KommoConsentUrl": f"{kommo_url}/oauth",
                    "AltegioApplication": str(demo.APPLICATION),
                    "SweepState": "ENABLED" if scheduled_sweep else "DISABLED",
                    **parameters,
                },
            )
        deployed.warm_up()
        with progress("installing the account" if recorded else "installing the demo account"):
            account = demo.install(
                deployed,
                kommo_base_url=kommo_url,
                altegio_base_url=altegio_url,
                recorded=recorded,
                statistics=statistics,
            )
        described = StackDescription(
            api=deployed.api,
            board=f"http://127.0.0.1:{ports.board}" if board else "",
            widget=str(_pack_widget(deployed.api, folder.resolve())) if widget else "",
            installation=account.installation,
            kommo=account.kommo,
            altegio=account.altegio,
            aws=aws,
        )
        written = description or folder / "stack.json"
        written.write_text(described.to_json())
        cleanup.callback(written.unlink, missing_ok=True)
        if board:
            with progress("starting the board"):
                page = _start_program(children, "board", ["--port", str(ports.board), "--stack", str(written)])
                emulator.wait_for(page, described.board, 30)
        yield Stack(described, deployed, children, ports)


def _pack_widget(api: str, folder: Path) -> Path:
    """Pack the widget as for the marketplace, which allows all of its places; returns the archive's path."""
    try:
        packed = pack(WIDGET / "build", WIDGET / "brand", api, folder / "widget", public=True)
    except NotPacked as error:
        raise NotStarted(f"the widget cannot be packed: {error}") from error
    return next(one.path for one in packed if one.archive.edition == KOMMO)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[Children]:
    """Hold the folder for this process; what a crashed predecessor left in it is ended and removed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(str(folder)) from None
        children = Children(folder, ROOT)
        children.end_leftovers()
        shutil.rmtree(folder / "aws", ignore_errors=True)
        try:
            yield children
        finally:
            shutil.rmtree(folder / "aws", ignore_errors=True)


def _start_program(children: Children, name: str, arguments: list[str]) -> Child:
    environment = emulator.plain_environment() | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "shared")])}
    return children.start(name, [emulator.python(), "-m", f"sandbox.{name}", *arguments], environment)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
