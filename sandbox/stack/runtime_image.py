"""The image that functions run in on this machine: Lambda's own, with ways out to the local stack.

Where Lambda's image was not pulled but built on this machine, from its interpreter, it may lack libraries that Lambda
has and the layers' binaries ask for (pydantic's: librt, libdl, libpthread); they are added from this machine.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import deployment, relay
from .emulator import NotStarted

LAMBDA_IMAGE = "public.ecr.aws/lambda/python:3.13"
WAYS = "BOOKDEAL_WAYS"
"""The variable by which a function's container is told where to pass things on to."""

RUNTIME = Path("var/runtime")
BOOTSTRAP = """#!/bin/sh
{python} /{runtime}/relay.py &
exec /{runtime}/bootstrap-of-lambda "$@"
"""


def make(build: Path) -> str:
    """Return the name of the image, made anew from what is in the folder of the built template.

    Raises NotStarted without a Docker engine, or without an image that could be pulled or was built.
    """
    base = f"{LAMBDA_IMAGE}-{deployment.architecture()}"
    if not _exists(base):
        docker("pull", "--quiet", base)
    bootstrap = docker("run", "--rm", "--entrypoint", "cat", base, f"/{RUNTIME}/bootstrap")
    python = re.search(r"/\S+/python3\.\d+", bootstrap)
    if python is None:
        raise NotStarted(f"{base} is not an image that functions run in")
    with tempfile.TemporaryDirectory() as folder:
        added = Path(folder) / "added"
        runtime = added / RUNTIME
        runtime.mkdir(parents=True)
        shutil.copy(relay.__file__, runtime / "relay.py")
        _write_program(runtime / "bootstrap-of-lambda", bootstrap)
        _write_program(runtime / "bootstrap", BOOTSTRAP.format(python=python[0], runtime=RUNTIME))
        if docker("image", "inspect", base, "--format", "{{len .RepoDigests}}").strip() == "0":
            _add_libraries(added, build)
        (Path(folder) / "Dockerfile").write_text(f"FROM {base}\nCOPY added/ /\n")
        name = f"bookdeal/runtime:3.13-{deployment.architecture()}"
        docker("build", "--quiet", "--tag", name, folder)
    return name


def docker(*arguments: str) -> str:
    """Run a docker command and return what it says. Raises NotStarted."""
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    except OSError:
        raise NotStarted("functions in containers need Docker, which is not here") from None
    if done.returncode:
        raise NotStarted(f"docker {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def _exists(image: str) -> bool:
    return bool(docker("image", "ls", "--quiet", image).strip())


def _add_libraries(added: Path, build: Path) -> None:
    """Add what this machine's loader finds for the layers' binaries, each where it lies here."""
    machine = "aarch64" if deployment.architecture() == "arm64" else "x86_64"
    binaries = [str(path) for path in build.rglob(f"*-{machine}-linux-gnu.so")]
    found = subprocess.run(["ldd", *binaries], capture_output=True, text=True, check=False).stdout
    for library in {Path(path) for path in re.findall(r"=> (/\S+)", found)}:
        target = added / library.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)


def _write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
