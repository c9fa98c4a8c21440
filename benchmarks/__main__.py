"""`python -m benchmarks`: measure what was promised about speed and write docs/performance.md.

Exit code 1 when a promise is not kept, or a result is wrong. `--quick` takes a tenth of everything, for development,
and leaves the page alone: a small burst pays more per change than a large one.
"""

import argparse
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sandbox.stack import deployment
from sandbox.stack.emulator import ROOT, NotStarted
from sandbox.stack.processes import Children
from sandbox.stack.stack import running

from . import burst, duplicates, fairness, history, latency, naive, report, simulators, starting
from .salon import Salon, Wrong
from .steps import Steps

PAGE = ROOT / "docs" / "performance.md"
QUICK_PAGE = ROOT / ".local" / "performance.md"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything: `back` are bookings changed there and back, `seconds` those of steady changes.

    `unfair` are the changes of one installation that `others` have beside them.
    """

    bookings: int = 10_000
    back: int = 400
    seconds: int = 60
    naive: int = 100
    processes: int = 15
    deals: int = 100_000
    imported: int = 10_000
    scanned: int = 50_000
    others: int = 49
    unfair: int = 5_000


QUICK = Sizes(
    bookings=1_000,
    back=40,
    seconds=6,
    naive=20,
    processes=3,
    deals=10_000,
    imported=1_000,
    scanned=5_000,
    others=10,
    unfair=400,
)


def measure(sizes: Sizes) -> report.Results:
    """Measure everything, one thing after the other. Raises Wrong, NotStarted."""
    load = os.getloadavg()[0]
    machine = report.Machine(os.cpu_count() or 1, platform.machine(), platform.python_version(), load)
    if load > 1:
        print(f"  The machine is busy (load {load:.1f}): times will be worse than they need be.")
    steps = Steps()
    with running(progress=steps, check_permissions=False, statistics=False) as stack:
        started = dict(steps.seconds)
        salon = Salon(stack)
        with steps("waiting for the demo's own deals"):
            salon.wait_until_drained(burst.DRAIN_SECONDS)
        salon.ring(on=False)
        bookings_load = salon.load(sizes.bookings)
        linking = f"making deals for {sizes.bookings:,} bookings"
        with steps(linking):
            burst.link(salon)
        with steps(f"changing {sizes.bookings:,} statuses at once"):
            changed = burst.change_all(salon)
        with steps("ringing all webhooks again"):
            again = burst.ring_again(salon, salon.statuses)
        with steps(f"changing {sizes.back} there and back, and ringing"):
            back = burst.there_and_back(salon, sizes.back)
        with steps(f"changing {latency.PER_SECOND} a second for {sizes.seconds} s"):
            steady = latency.measure(salon, sizes.seconds)
        with steps(f"changing {sizes.naive} the naive way"):
            slow = naive.measure(salon, sizes.naive)
        with steps(f"loading {sizes.deals:,} deals and reading pages"):
            simulated = simulators.measure(salon, bookings_load, sizes.deals)
    clients = sizes.imported * 6 // 10
    with steps(f"importing {sizes.imported:,} older bookings into an empty account"):
        empty = history.measure(sizes.imported, clients, 0, kill=False)
    known = sizes.imported * 4 // 10
    with steps(f"importing them where {known:,} contacts are known, and killing the mover"):
        among = history.measure(sizes.imported, clients, known, kill=True)
    contacts = sizes.scanned * 8 // 10
    with steps(f"searching {sizes.scanned:,} deals and {contacts:,} contacts for duplicates"):
        scanned = duplicates.measure(sizes.scanned, contacts, sizes.scanned // 125)
    with steps(f"changing {sizes.unfair:,} bookings of one installation beside {sizes.others} others"):
        street = fairness.measure(sizes.others, sizes.unfair)
    with tempfile.TemporaryDirectory() as folder, steps("starting functions in fresh processes"):
        built = deployment.build(Children(Path(folder), ROOT)).parent
        fresh = starting.measure(built, sizes.processes)
    return report.Results(
        machine=machine,
        steps=started,
        linking=steps.seconds[linking],
        burst=changed,
        again=again,
        back=back,
        latency=steady,
        naive=slow,
        simulators=simulated,
        starting=fresh,
        history=empty,
        history_known=among,
        duplicates=scanned,
        fairness=street,
    )


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what was promised about speed.")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, and another page")
    quick = parser.parse_args().quick
    try:
        results = measure(QUICK if quick else Sizes())
    except (Wrong, NotStarted) as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    page = QUICK_PAGE if quick else PAGE
    page.write_text(report.render(results))
    print(f"\nWritten to {page.relative_to(ROOT)}.")
    missed = [target for target in report.targets(results) if not target.is_met]
    for target in missed:
        print(f"missed: {target.promise}: {target.result:.4g}, promised at most {target.limit:g}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
