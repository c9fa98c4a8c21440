"""`python -m benchmarks.cost`: what a month costs, and how many locations an address can serve; writes docs/cost.md.

The counters are measured (`ordinary_day`), the prices are AWS's (`prices`), the life of a chain is assumed (`Chain`).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from cfnlint.decode import cfn_yaml

from sandbox.stack.emulator import ROOT, NotStarted
from sandbox.stack.stack import running

from . import floor, ordinary_day, prices
from .ordinary_day import OrdinaryDay, Used
from .report import table
from .salon import Salon, Wrong
from .steps import Steps

PAGE = ROOT / "docs" / "cost.md"
TIMES = 10
CHAINS = (1, 10, 100)
DAYS, DAY_SECONDS = 30, 86_400
POLLING = 5 * 3 * 60 * 24 * DAYS
"""Requests with which Lambda waits for messages in a month: five pollers, three a minute each."""

HINTS_REQUESTS = 3
"""A message is sent, received and deleted."""

DECRYPTIONS_A_DAY = 96 * 2
"""Tokens of an installation are decrypted anew every 15 minutes, for two providers."""

LINK_GB, DECISION_GB = 0.9e-6, 0.5e-6
DECISION_MONTHS = 3
BUSIEST_HOUR = 0.15
"""The part of a day's webhooks that comes in the busiest hour."""


@dataclass(frozen=True, slots=True)
class Chain:
    """How a chain lives, by day and location: bookings made, changes of each, cards opened for each."""

    locations: int = 4
    bookings: int = 40
    changes: int = 3
    cards: int = 2
    sweep_seconds: int = 300

    def day(self, measured: OrdinaryDay) -> Used:
        """Return what one location uses in a day."""
        each = measured.booking + measured.change * self.changes + measured.card * self.cards
        return each * self.bookings + measured.sweep * (DAY_SECONDS / self.sweep_seconds)


@dataclass(frozen=True, slots=True)
class Bill:
    """A month in dollars, by service."""

    rows: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        return sum(dollars for _, dollars in self.rows)


def bill(chains: int, chain: Chain, measured: OrdinaryDay, alarms: int) -> Bill:
    """Return what a month costs for so many chains alike."""
    used = chain.day(measured) * (chain.locations * chains * DAYS) + measured.look * (DAYS * 24 * 60)
    bookings = chains * chain.locations * chain.bookings * DAYS
    stored = bookings * 12 * LINK_GB + bookings * (1 + chain.changes) * DECISION_MONTHS * DECISION_GB
    log_gb = used.log_bytes / prices.GB
    metrics = len(measured.metrics) + 1  # and the loss of access
    return Bill(
        (
            ("Lambda, GB-seconds", used.gb_seconds * prices.LAMBDA_GB_SECOND),
            ("Lambda, requests", used.invocations * prices.LAMBDA_REQUEST),
            ("API Gateway, requests", used.api_requests * prices.API_REQUEST),
            ("DynamoDB, written", used.writes * prices.DYNAMODB_WRITE_UNIT),
            ("DynamoDB, read", used.reads * prices.DYNAMODB_READ_UNIT),
            ("DynamoDB, stored and backed up after a year", stored * prices.DYNAMODB_GB_MONTH),
            ("SQS", (used.messages * HINTS_REQUESTS + POLLING) * prices.SQS_REQUEST),
            ("KMS", prices.KMS_KEY_MONTH + chains * DECRYPTIONS_A_DAY * DAYS * prices.KMS_REQUEST),
            ("CloudWatch, logs", log_gb * (prices.LOG_GB + 3 * prices.LOG_GB_MONTH)),
            (f"CloudWatch, {metrics} metrics", metrics * prices.METRIC_MONTH),
            (f"CloudWatch, {alarms} alarms", alarms * prices.ALARM_MONTH),
            ("CloudWatch, dashboard", prices.DASHBOARD_MONTH),
        )
    )


def locations_per_address(chain: Chain, measured: OrdinaryDay) -> dict[str, float]:
    """Return how many locations one address can serve in the busiest hour, by provider."""
    sweeps = measured.sweep * (3600 / chain.sweep_seconds)
    each = measured.booking + measured.change * chain.changes + measured.card * chain.cards
    hour = sweeps + each * (chain.bookings * BUSIEST_HOUR)
    return {
        "Altegio": floor.ALTEGIO_A_MINUTE * 60 / hour.altegio,
        "Kommo": floor.KOMMO_A_SECOND * 3600 / hour.kommo,
    }


def render(chain: Chain, measured: OrdinaryDay, alarms: int) -> str:
    """Return the page."""
    bills = [bill(chains, chain, measured, alarms) for chains in CHAINS]
    rows = [(name, *(f"{one.rows[number][1]:,.2f}" for one in bills)) for number, (name, _) in enumerate(bills[0].rows)]
    rows.append(("**all**", *(f"**{one.total:,.2f}**" for one in bills)))
    nat = prices.HOURS_A_MONTH * (prices.NAT_HOUR + prices.ADDRESS_HOUR)
    day = chain.day(measured)
    per_address = locations_per_address(chain, measured)
    sections = [
        "# Cost, and locations per address",
        "Written by `make cost`. What things use is measured on the local stack, one at a time, so that nothing is "
        "saved by doing much at once. Prices are AWS's list prices "
        f"({prices.REGION}, {prices.READ_ON}, no free tier, `benchmarks/prices.py` names the pages); they were not "
        "looked up when this page was written. How a chain lives is assumed (`benchmarks/cost.py`): "
        f"{chain.locations} locations with {chain.bookings} bookings a day each, {chain.changes} changes of each "
        f"booking, {chain.cards} openings of its deal's card, a sweep every {chain.sweep_seconds} s.",
        "## A month, in US dollars",
        table(("", *(f"{chains} chain{'s' if chains > 1 else ''}" for chains in CHAINS)), rows),
        f"Besides, only where a fixed address is wanted: a NAT gateway with its address, ${nat:,.2f} and "
        f"${prices.NAT_GB:.3f} a GB. Functions have no fixed address without it, and need none.",
        "## What is used",
        _used(chain, measured, day),
        f"A provider's answer is reckoned with {ordinary_day.PROVIDER_SECONDS} s, own computing as slow as with "
        f"{ordinary_day.MEMORY_GB} GB on Lambda, waiting for tables as on the emulated AWS, which is slower. Items in "
        "transactions count twice, those of installations too.",
        "## Locations per address",
        "Both providers count requests by the address that they come from. In the busiest hour, with "
        f"{BUSIEST_HOUR:.0%} of the day's bookings, one address can serve:",
        table(
            ("provider", "allowed an hour", "requests of a location and day", "locations"),
            [
                (
                    "Altegio",
                    f"{floor.ALTEGIO_A_MINUTE * 60:,}",
                    f"{day.altegio:,.0f}",
                    f"{per_address['Altegio']:,.0f}",
                ),
                ("Kommo", f"{floor.KOMMO_A_SECOND * 3600:,.0f}", f"{day.kommo:,.0f}", f"{per_address['Kommo']:,.0f}"),
            ],
        ),
        "More are served late, not wrongly: what is over the budget waits. The less is wanted at once, the more "
        "bookings share a request; a longer `SweepInterval` saves most. For more locations, deploy another stack that "
        "leaves from another address, with its own name in `EgressAddress`.",
    ]
    return "\n\n".join(sections) + "\n"


def _used(chain: Chain, measured: OrdinaryDay, day: Used) -> str:
    named: Sequence[tuple[str, Used]] = (
        ("a booking is made", measured.booking),
        ("a booking is changed", measured.change),
        ("a deal's card is opened", measured.card),
        ("a location is swept", measured.sweep),
        ("the sweep looks who is due", measured.look),
        (f"**a location's day**: {chain.bookings} bookings", day),
    )
    head = ("", "runs", "GB-s", "API", "hints", "items read", "write units", "log, KB", "to Kommo", "to Altegio")
    return table(
        head,
        [
            (
                name,
                *(
                    f"{value:,.2f}"
                    for value in (
                        used.invocations,
                        used.gb_seconds,
                        used.api_requests,
                        used.messages,
                        used.reads,
                        used.writes,
                        used.log_bytes / 1000,
                        used.kommo,
                        used.altegio,
                    )
                ),
            )
            for name, used in named
        ],
    )


def alarms_in_template() -> int:
    """Count the alarms of template.yaml."""
    resources = cfn_yaml.load(str(ROOT / "template.yaml"))["Resources"].values()
    return sum(one["Type"] == "AWS::CloudWatch::Alarm" for one in resources)


def main() -> int:
    """Measure and write the page; returns the exit code."""
    steps = Steps()
    try:
        with running(progress=steps, check_permissions=False) as stack, steps("measuring an ordinary day"):
            measured = ordinary_day.measure(Salon(stack), TIMES)
    except (Wrong, NotStarted) as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    PAGE.write_text(render(Chain(), measured, alarms_in_template()))
    print(f"\nWritten to {PAGE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
