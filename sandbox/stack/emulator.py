"""MiniStack, the emulated AWS of the local stack.

What it does differently from AWS, as far as it shows (version 1.5):

- Functions run as child processes that are kept warm, a few of each (`queued_ministack`), for to start one keeps a core
  busy; about 100 calls a second go through the API.
- The event source mapping of a FIFO queue runs one batch at a time over all groups, whatever MaximumConcurrency says.
  It wakes when a message is sent; a message whose visibility ends is seen within a second; after a failed batch it
  rests for a second.
- A call whose function writes no log line is answered 50 ms later than one that does.
- `rate(1 minute)` schedules fire, the first time a minute after the deployment.
- An OpenAPI body's gateway responses are not read; the deployment sets them by their own call.
- Permissions are checked (AUTH): the functions run with the policies of their roles in the template.
"""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import boto3

from .description import AwsAccess
from .processes import Child, Children, environment_of, pids, wait_until_gone

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".local" / "emulator" / "bin" / "python"
LAUNCHER = Path(__file__).with_name("queued_ministack.py")
REGION = "eu-central-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
# What a program needs from the user's environment. Nothing else gets to the functions: no profile, proxy or token.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "USER", "SSL_CERT_FILE")


class NotStarted(Exception):
    """A part of the stack did not come up; the text is for the user."""


def plain_environment() -> dict[str, str]:
    """Return the user's environment without what could change how a child works."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def start(children: Children, port: int, *, check_permissions: bool) -> Child:
    """Start MiniStack on 127.0.0.1:`port`, with empty state and its files in the stack's folder."""
    folder = children.folder / "aws"
    folder.mkdir(parents=True, exist_ok=True)
    environment = (
        plain_environment()
        | KEYS
        | {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "AUTH": str(check_permissions).lower(),
            "TMPDIR": str(folder),
            "PERSIST_STATE": "0",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_WARM_TTL_SECONDS": "86400",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
    )
    return children.start("aws", [str(require_program(PYTHON)), str(LAUNCHER)], environment)


def wait_until_ready(child: Child, access: AwsAccess, seconds: float = 30.0) -> None:
    """Wait until MiniStack answers. Raises NotStarted."""
    wait_for(child, f"{access.endpoint_url}/_ministack/ready", seconds)


def wait_for(child: Child, url: str, seconds: float) -> None:
    """Wait until a child answers at `url`, whatever it answers. Raises NotStarted with the end of its log."""
    deadline = time.monotonic() + seconds
    while True:
        if not child.running:
            raise NotStarted(f"{child.name} ended while starting; {child.log} ends with:\n{child.last_words()}")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise NotStarted(f"{child.name} does not answer at {url}; see {child.log}") from None
            time.sleep(0.05)
        else:
            return


def session() -> boto3.Session:
    """Return a session with the emulator's keys, whatever the user has configured."""
    return boto3.Session(
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )


def command_environment(access: AwsAccess) -> Mapping[str, str]:
    """Return the environment of a command that is to speak to the emulator instead of AWS."""
    return plain_environment() | KEYS | {"AWS_ENDPOINT_URL": access.endpoint_url, "AWS_DEFAULT_REGION": access.region}


def function_processes(access: AwsAccess, function_name: str) -> list[int]:
    """Return the processes that run a function, busy or idle, of any process of the same user.

    They are found by what the emulator put into their environment.
    """
    return [
        pid
        for pid in pids()
        if (environment := environment_of(pid)).get("AWS_LAMBDA_FUNCTION_NAME") == function_name
        and environment.get("AWS_ENDPOINT_URL") == access.endpoint_url
    ]


def kill_function(access: AwsAccess, function_name: str) -> int:
    """Kill (SIGKILL) the processes that run a function; returns how many there were."""
    killed = function_processes(access, function_name)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
        wait_until_gone(pid, 2.0)
    return len(killed)


def require_program(path: Path) -> Path:
    """Return the path of a tool. Raises NotStarted where it is missing."""
    if not path.exists():
        raise NotStarted(f"{path} is missing: start the stack with `make run`, which installs it")
    return path


def python() -> str:
    """Return the interpreter that runs the stack's own programs."""
    return sys.executable
