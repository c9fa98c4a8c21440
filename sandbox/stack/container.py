"""Running a built function in the container that `sam local invoke` makes, against the local stack's emulated AWS.

`sam local invoke` alone gives a function no way to an emulated AWS, since it passes only variables that the template
names. So the function is run from a copy of the built template that names AWS_ENDPOINT_URL, with the variables that the
deployed function has, on the host's network.
"""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

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
    template = built.with_name("in-container.yaml")
    template.write_text(EVERY_FUNCTIONS_FIRST_VARIABLE.sub(r"\1AWS_ENDPOINT_URL: ''\n\g<0>", built.read_text()))
    variables = built.with_name("in-container-variables.json")
    variables.write_text(json.dumps({logical_id: _variables(function, deployed)}))
    environment = {**os.environ, **emulator.KEYS, "AWS_DEFAULT_REGION": emulator.REGION, "SAM_CLI_TELEMETRY": "0"}
    command = [str(emulator.require_program(SAM)), "local", "invoke", logical_id]
    command += ["--template-file", str(template), "--event", str(event), "--env-vars", str(variables)]
    command += ["--parameter-overrides", f"Architecture={deployment.architecture()}", "--docker-network", "host"]
    if _have_image():
        command.append("--skip-pull-image")
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _variables(function: str, deployed: Deployment) -> dict[str, str]:
    configuration = deployed.client("lambda").get_function_configuration(FunctionName=deployed.function_name(function))
    return {**configuration["Environment"]["Variables"], "AWS_ENDPOINT_URL": deployed.aws.endpoint_url}


def _have_image() -> bool:
    image = f"{RUNTIME_IMAGE}-{deployment.architecture()}"
    try:
        found = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)
    except OSError:
        raise NotStarted("make invoke needs Docker, which is not here") from None
    return found.returncode == 0
