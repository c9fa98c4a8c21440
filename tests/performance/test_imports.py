"""What starting a function costs before its first event, as a ratio to what boto3 alone costs.

Each sample is a fresh process that finds the built layers and nothing else, as on Lambda: what a function imports but
no layer holds fails here too. Compared is the processor's time: what else the machine does meanwhile is not in it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = 5
BUDGETS = {
    "AltegioWebhook": 1.4,
    "KommoWebhook": 1.4,
    "KommoConnect": 1.5,
    "Sweep": 1.4,
    "DealMover": 3.4,
    "Operator": 3.4,
    "Settings": 3.8,
    "Bookings": 3.8,
    "ClientStats": 3.8,
    "HistoryImport": 3.8,
    "DealDecisions": 3.8,
    "Duplicates": 3.8,
    "Completeness": 3.8,
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
BOTO3_ALONE = "import boto3; boto3.client('sqs')"
PROGRAM = """
import sys, time
sys.path[:0] = {folders!r}
started = time.process_time()
{statement}
print(time.process_time() - started)
"""


def seconds(statement: str, *folders: Path) -> float:
    """The processor's time of a statement in a fresh process without site-packages."""
    program = PROGRAM.format(folders=[str(folder) for folder in folders], statement=statement)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        env={"PATH": os.environ["PATH"], **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def quickest(built: Path) -> dict[str, float]:
    """Seconds of the quickest start of each function, and of boto3 alone: it is the one least disturbed."""
    dependencies, bookdeal = built / "DependenciesLayer/python", built / "BookdealLayer/python"
    starts = {function: ("import app", dependencies, bookdeal, built / function) for function in BUDGETS}
    starts["boto3"] = (BOTO3_ALONE, dependencies)
    rounds = [{name: seconds(*start) for name, start in starts.items()} for _ in range(SAMPLES)]
    return {name: min(one[name] for one in rounds) for name in starts}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("function", BUDGETS)
def test_starting_stays_within_its_budget(function: str, quickest: dict[str, float]) -> None:
    ratio = quickest[function] / quickest["boto3"]
    assert ratio <= BUDGETS[function], f"{function} takes {ratio:.2f} times what boto3 takes"


@pytest.mark.parametrize("function", ["AltegioWebhook", "KommoWebhook"])
def test_intake_leaves_out_what_it_does_not_need(function: str, built: Path) -> None:
    heavy = ("pydantic", "requests", "phonenumbers", "bookdeal.bookings")
    seconds(
        f"import app; loaded = [name for name in {heavy!r} if name in sys.modules]; assert not loaded, loaded",
        built / "DependenciesLayer/python",
        built / "BookdealLayer/python",
        built / function,
    )
