"""Running a built function in the container that `sam local invoke` makes, against the local stack's emulated AWS.

`sam local invoke` alone gives a function no way to an emulated AWS: it passes only variables that the template names,
and the container cannot reach what listens on this machine's loopback. So the function is run from a copy of the built
template that names AWS_ENDPOINT_URL, with the variables that the deployed function has, and as long as it runs a relay
listens on Docker's bridge, which other machines cannot reach. The simulators stay out of reach: the product speaks
plain HTTP to 127.0.0.1 alone. A mover that has to ask them defers its hint.
"""

import contextlib
import ipaddress
import json
import os
import re
import select
import socket
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from . import deployment, emulator
from .deployment import SAM, Deployment
from .emulator import ROOT, NotStarted
from .processes import Children

EVERY_FUNCTIONS_FIRST_VARIABLE = re.compile(r"^( +)POWERTOOLS_SERVICE_NAME: bookdeal$", re.MULTILINE)
RUNTIME_IMAGE = "public.ecr.aws/lambda/python:3.13"


def invoke(function: str, case: str, deployed: Deployment) -> int:
    """Run a function (`deal_mover`) with the event events/<function>/<case>.json; returns sam's exit code.

    sam writes the function's log and answer to the terminal. Raises NotStarted when something is missing.
    """
    event = ROOT / "events" / function / f"{case}.json"
    if not event.exists():
        known = ", ".join(sorted(f"{path.parent.name} {path.stem}" for path in ROOT.glob("events/*/*.json")))
        raise NotStarted(f"there is no {event.relative_to(ROOT)}; there are: {known}")
    with tempfile.TemporaryDirectory() as logs:
        built = deployment.build(Children(Path(logs), ROOT))
    logical_id = "".join(word.capitalize() for word in function.split("_"))
    with _relay(_bridge_address(), urlsplit(deployed.aws.endpoint_url).port or 80) as endpoint_url:
        return _invoke(logical_id, event, built, _variables(function, deployed) | {"AWS_ENDPOINT_URL": endpoint_url})


def _invoke(logical_id: str, event: Path, built: Path, variables: dict[str, str]) -> int:
    template = built.with_name("in-container.yaml")
    template.write_text(EVERY_FUNCTIONS_FIRST_VARIABLE.sub(r"\1AWS_ENDPOINT_URL: ''\n\g<0>", built.read_text()))
    values = built.with_name("in-container-variables.json")
    values.write_text(json.dumps({logical_id: variables}))
    environment = {**os.environ, **emulator.KEYS, "AWS_DEFAULT_REGION": emulator.REGION, "SAM_CLI_TELEMETRY": "0"}
    command = [str(emulator.require_program(SAM)), "local", "invoke", logical_id]
    command += ["--template-file", str(template), "--event", str(event), "--env-vars", str(values)]
    command += ["--parameter-overrides", f"Architecture={deployment.architecture()}"]
    if _have_image():
        command.append("--skip-pull-image")
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _variables(function: str, deployed: Deployment) -> dict[str, str]:
    name = deployed.function_name(function)
    configuration = deployed.client("lambda").get_function_configuration(FunctionName=name)
    return dict(configuration["Environment"]["Variables"])


@contextlib.contextmanager
def _relay(address: str, port: int) -> Iterator[str]:
    """Pass on what is sent to a free port of `address` to 127.0.0.1:`port`; gives the URL."""

    class Passing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as inside:
                ends = {self.request: inside, inside: self.request}
                while True:
                    for end in select.select(list(ends), [], [])[0]:
                        content = end.recv(65536)
                        if not content:
                            return
                        ends[end].sendall(content)

    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer((address, 0), Passing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{address}:{server.server_address[1]}"
        server.shutdown()


def _bridge_address() -> str:
    """Return this machine's address on the network that containers are on."""
    found = _docker("network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}")
    if found.returncode:
        raise NotStarted(f"make invoke needs a running Docker engine: {found.stderr.strip()}")
    configured = json.loads(found.stdout)
    first = next(ipaddress.ip_network(configured["Subnet"]).hosts())
    return str(configured.get("Gateway") or first)


def _have_image() -> bool:
    return _docker("image", "inspect", f"{RUNTIME_IMAGE}-{deployment.architecture()}").returncode == 0


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    except OSError:
        raise NotStarted("make invoke needs Docker, which is not here") from None
