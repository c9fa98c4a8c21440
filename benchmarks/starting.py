"""What starting a function costs before its first event, beside what boto3 alone costs.

Each sample is a fresh process that finds the built layers, bytecode and all, and nothing else, as on Lambda.
"""

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BOTO3, BOTO3_SQS = "`import boto3` alone", "boto3 with an SQS client"
FUNCTIONS = {
    "altegio_webhook": "AltegioWebhook",
    "kommo_webhook": "KommoWebhook",
    "sweep": "Sweep",
    "deal_mover": "DealMover",
}
ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "example",
    "AWS_SECRET_ACCESS_KEY": "example",
    "HINTS_QUEUE_URL": "https://sqs.example.test/000000000000/hints.fifo",
    "WEBHOOK_KEYS_PARAMETER": "/example/webhook-keys",
    "INSTALLATIONS_TABLE": "installations",
    "CREDENTIALS_TABLE": "credentials",
    "LINKS_TABLE": "links",
    "PARKED_TABLE": "parked",
    "DECISIONS_TABLE": "decisions",
    "SCRATCH_TABLE": "scratch",
    "TOKENS_KEY_ID": "example",
    "ALTEGIO_PARTNER_TOKEN_PARAMETER": "/example/altegio-partner-token",
    "ALTEGIO_BASE_URL": "https://api.example.test",
}
PROGRAM = """
import sys, time
sys.path[:0] = {folders!r}
started = time.perf_counter()
{statement}
print(time.perf_counter() - started)
"""


@dataclass(frozen=True, slots=True)
class Starting:
    """Median seconds by what is started, and the median ratio to boto3 with an SQS client, taken in turn."""

    samples: int
    seconds: dict[str, float]
    ratios: dict[str, float]


def measure(built: Path, samples: int) -> Starting:
    """Start each function's code in fresh processes; `built` is the folder that `sam build` filled."""
    dependencies, bookdeal = built / "DependenciesLayer" / "python", built / "BookdealLayer" / "python"
    taken: dict[str, list[float]] = {}
    for _ in range(samples):
        # In turn, so that what else the machine does weighs on all alike.
        taken.setdefault(BOTO3, []).append(seconds("import boto3", dependencies))
        taken.setdefault(BOTO3_SQS, []).append(seconds("import boto3; boto3.client('sqs')", dependencies))
        for function, folder in FUNCTIONS.items():
            taken.setdefault(function, []).append(seconds("import app", dependencies, bookdeal, built / folder))
    ratios = {
        name: statistics.median(one / base for one, base in zip(times, taken[BOTO3_SQS], strict=True))
        for name, times in taken.items()
    }
    return Starting(samples, {name: statistics.median(times) for name, times in taken.items()}, ratios)


def seconds(statement: str, *folders: Path) -> float:
    """Return the time of a statement in a fresh process without site-packages."""
    program = PROGRAM.format(folders=[str(folder) for folder in folders], statement=statement)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        env={"PATH": os.environ["PATH"], **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])
