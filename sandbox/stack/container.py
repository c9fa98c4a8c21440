"""Running a built function in the container that `sam local invoke` makes, against the local stack.

`sam local invoke` alone gives a function no way to a stack on this machine: it passes only variables that the template
names, and a container has a loopback of its own. So the function is run from a copy of the built template that names
what it needs besides, with the variables that the deployed function has. The emulated AWS and both simulators are found
where they are outside: on 127.0.0.1, to which alone the product speaks plain HTTP. The image listens there
(`runtime_image`), and as long as the function runs, relays on Docker's bridge, which other machines cannot reach, pass
on what it hears.
"""

import contextlib
import ipaddress
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from . import deployment, emulator, runtime_image
from .deployment import SAM
from .description import StackDescription
from .emulator import ROOT, NotStarted
from .processes import Children
from .relay import relayed

EVERY_FUNCTIONS_FIRST_VARIABLE = re.compile(r"^( +)POWERTOOLS_SERVICE_NAME: bookdeal$", re.MULTILINE)
TOKEN_TO_FILL_IN = "a token from POST /_control/widget-token"


@dataclass(frozen=True, slots=True)
class Invoked:
    """What came of it: `answer` is the function's, as text; `log` what it and `sam` said; `crashed`: it raised."""

    answer: str
    log: str
    crashed: bool


@dataclass(frozen=True, slots=True)
class Containers:
    """What containers of functions are made from. Get one with `containers`."""

    stack: StackDescription
    built: Path
    image: str
    ways: str
    folder: Path

    def invoke(self, function: str, case: str) -> Invoked:
        """Run a function (`deal_mover`) with the event events/<function>/<case>.json.

        An event of the widget gets a token of the running stack. Raises NotStarted when there is no such event.
        """
        logical_id = "".join(word.capitalize() for word in function.split("_"))
        event, variables = self.folder / "event.json", self.folder / "variables.json"
        event.write_text(_event(function, case, self.stack))
        variables.write_text(json.dumps({logical_id: self._variables(function)}))
        command = [str(emulator.require_program(SAM)), "local", "invoke", logical_id]
        command += ["--template-file", str(self.built), "--event", str(event), "--env-vars", str(variables)]
        command += ["--parameter-overrides", f"Architecture={deployment.architecture()}"]
        command += ["--invoke-image", self.image, "--skip-pull-image"]
        environment = {**os.environ, **emulator.KEYS, "AWS_DEFAULT_REGION": emulator.REGION, "SAM_CLI_TELEMETRY": "0"}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        answer = done.stdout.strip()
        return Invoked(answer, done.stderr, crashed=done.returncode != 0 or _is_error(answer))

    def _variables(self, function: str) -> dict[str, str]:
        """Return what the deployed function is told, and what it needs in a container besides."""
        deployed = deployment.attach(self.stack.aws)
        name = deployed.function_name(function)
        told = deployed.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        return {**told, "AWS_ENDPOINT_URL": self.stack.aws.endpoint_url, runtime_image.WAYS: self.ways}


@contextlib.contextmanager
def containers(stack: StackDescription) -> Iterator[Containers]:
    """Give what functions are run with in containers. Raises NotStarted when something is missing."""
    ports = [_port(url) for url in (stack.aws.endpoint_url, stack.kommo.base_url, stack.altegio.base_url)]
    with tempfile.TemporaryDirectory() as folder:
        built = deployment.build(Children(Path(folder), ROOT))
        # It stays where it was built: it names the functions' code by their way from there.
        template = built.with_name("in-container.yaml")
        template.write_text(with_variables(built.read_text()))
        image = runtime_image.make(built.parent)
        with _relays(ports) as ways:
            yield Containers(stack, template, image, ways, Path(folder))


def with_variables(template: str) -> str:
    """Return a template whose functions may be told what they need in a container besides."""
    added = rf"\1AWS_ENDPOINT_URL: ''\n\1{runtime_image.WAYS}: ''\n\g<0>"
    return EVERY_FUNCTIONS_FIRST_VARIABLE.sub(added, template)


def _is_error(answer: str) -> bool:
    """Tell whether Lambda answers for a function that raised, or could not even be started."""
    try:
        content = json.loads(answer)
    except ValueError:
        return True
    return isinstance(content, dict) and "errorType" in content


def _event(function: str, case: str, stack: StackDescription) -> str:
    path = ROOT / "events" / function / f"{case}.json"
    if not path.exists():
        known = ", ".join(sorted(f"{path.parent.name} {path.stem}" for path in ROOT.glob("events/*/*.json")))
        raise NotStarted(f"there is no {path.relative_to(ROOT)}; there are: {known}")
    event = path.read_text()
    if TOKEN_TO_FILL_IN not in event:
        return event
    return event.replace(TOKEN_TO_FILL_IN, widget_token(stack))


def widget_token(stack: StackDescription) -> str:
    """Return a token of the account's administrator, as Kommo gives the widget one."""
    answer = requests.post(f"{stack.kommo.control_url}/widget-token", json={}, timeout=10)
    return str(answer.json()["token"])


@contextlib.contextmanager
def _relays(ports: list[int]) -> Iterator[str]:
    """Pass on what comes from containers to these ports of 127.0.0.1; gives the ways as the image reads them."""
    address = _bridge_address()
    with contextlib.ExitStack() as running:
        ends = [running.enter_context(relayed((address, 0), ("127.0.0.1", port))) for port in ports]
        yield ",".join(f"{port}={address}:{end}" for port, end in zip(ports, ends, strict=True))


def _port(url: str) -> int:
    return urlsplit(url).port or 80


def _bridge_address() -> str:
    """Return this machine's address on the network that containers are on."""
    found = runtime_image.docker("network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}")
    configured = json.loads(found)
    first = next(ipaddress.ip_network(configured["Subnet"]).hosts())
    return str(configured.get("Gateway") or first)
