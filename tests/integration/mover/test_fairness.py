"""One installation's burst must not make the others wait: their bells are answered almost as if it were not there."""

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bookdeal.bookings.mover.serving import Server
from bookdeal.installs.connections import ALTEGIO, KOMMO
from bookdeal.model.hint import Hint, HintKind, SeenBooking
from bookdeal.runtime import aws as product_aws
from bookdeal.runtime import http
from bookdeal.runtime.credentials import Vault
from sandbox.simulator import Options, create_app, run_in_thread
from sandbox.stack import demo
from sandbox.stack.description import AwsAccess

from .bed import ARRIVED, CONFIRMED, NO_SHOW, TABLES, WAITING, Bed, control, person
from .conftest import MakeBed
from .oracle import Raw
from .street import GroupedQueue, SalonsInARow, SlowWire, Street, Timetable
from .wire import Wire

STATUSES = (WAITING, CONFIRMED, ARRIVED, NO_SHOW)
"""Each of the others gives its booking each of these once."""
MOVERS = 5
MOST = 2.0
"""The others' median may be so many times what it is without the burst."""


@pytest.fixture
def street_url(salons: int) -> Iterator[str]:
    class Salons(SalonsInARow):
        more = salons

    with run_in_thread(lambda: create_app(Salons(Options(scenario="empty")))) as url:
        yield url


@pytest.fixture
def bed(kommo_url: str, street_url: str, aws: AwsAccess, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Bed:
    """A bed whose own installation has the first salon alone; each other salon belongs to one of its own."""
    monkeypatch.setattr(demo, "SECONDS", 600.0)  # for so many salons
    bed = Bed.made(kommo_url, street_url, aws, wire)
    bed.choose(task=None)
    first, *others = bed.installation.locations
    table = bed.store.table(bed.deployment.table("Credentials"), *TABLES["Credentials"])
    vault = Vault(table, product_aws.kms(), bed.server.environment.tokens_key_id, bed.clock)
    secrets = {provider: vault.read(demo.INSTALLATION, provider) for provider in (KOMMO, ALTEGIO)}
    for location in others:
        bed.installations.write(replace(bed.installation, id=f"salon-{location.id}", locations=(location,)))
        for provider, secret in secrets.items():
            vault.store(f"salon-{location.id}", provider, secret)
    bed.installations.write(replace(bed.installation, locations=(first,)))
    return bed


def measured(
    bed: Bed, clock: Timetable, monkeypatch: pytest.MonkeyPatch, records: dict[str, Raw], seconds: float, burst: int
) -> float:
    """Let each of the others change its booking now and then, and return the median of their waits in seconds."""
    queue = GroupedQueue(clock)
    chance = random.Random(3)
    number = 0

    def bell(installation: str, location: int, seen: SeenBooking) -> Hint:
        nonlocal number
        number += 1
        id, now = f"{installation}/{number}", clock.now()
        hint = Hint(HintKind.BOOKING, "altegio", installation, seen_at=now, correlation_id=id, location=location)
        return replace(hint, bookings=(seen,), generation=1)

    def tell() -> None:
        for url in (bed.kommo.base_url, bed.altegio.base_url):
            control(url, "clock", {"shift_seconds": clock.now() - time.time()})

    def one_changes(installation: str, attendance: int) -> Callable[[], None]:
        def change() -> None:
            tell()
            record = records[installation]
            bed.set_status(record, attendance)
            seen = SeenBooking(record["id"], bed.record(record)["last_change_date"])
            queue.send([bell(installation, record["company_id"], seen)])

        return change

    def many_change() -> None:
        tell()
        ids = bed.admin("change", location=bed.location, count=burst, attendance=NO_SHOW)["ids"]
        assert len(ids) > 0.9 * burst
        # Without a stamp each has to be read: the most that a burst can ask for, over all of the time.
        queue.send([bell(demo.INSTALLATION, bed.location, SeenBooking(id)) for id in ids])

    events = [
        (chance.uniform(5.0, seconds), one_changes(installation, status))
        for installation in records
        for status in STATUSES
    ]
    if burst:
        events.append((1.0, many_change))
    with monkeypatch.context() as patch:
        inner = http._session
        patch.setattr(http, "_session", lambda: SlowWire(clock, inner()))
        street = Street(clock, queue, lambda: Server(bed.server.environment, queue, clock), MOVERS)
        street.live(events)
    waits = [seconds for id, seconds in queue.done.items() if not id.startswith(f"{demo.INSTALLATION}/")]
    assert len(waits) == len(records) * len(STATUSES)
    return statistics.median(waits)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("salons", "burst", "seconds"),
    [
        pytest.param(10, 400, 60.0, id="10-400"),
        pytest.param(49, 5000, 600.0, id="49-5000", marks=pytest.mark.soak),
    ],
)
def test_a_burst_of_one_makes_the_others_wait_at_most_twice_as_long(
    bed: Bed,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
    salons: int,
    burst: int,
    seconds: float,
) -> None:
    control(bed.altegio.base_url, "load", {"bookings": burst, "clients": burst // 4})
    records: dict[str, Raw] = {}
    for number in range(1, salons + 1):
        location = bed.location + 1000 + number
        records[f"salon-{location}"] = bed.book(person(number), location=location)
    for installation in (demo.INSTALLATION, *records):
        hint = Hint(HintKind.LOCATION, "sweep", installation, seen_at=bed.clock.now(), correlation_id="first")
        bed.queue.send([hint])
    bed.drain()
    clock = Timetable(bed.clock.now())
    alone = measured(bed, clock, monkeypatch, records, seconds, burst=0)
    beside = measured(bed, clock, monkeypatch, records, seconds, burst=burst)
    bed.assert_right(only=[*records.values()])
    record_property("alone", alone)
    record_property("beside", beside)
    assert beside <= MOST * alone, f"{alone:.2f} s without, {beside:.2f} s beside the burst"


def test_in_a_batch_of_several_who_has_most_to_do_comes_last(
    make_bed: MakeBed, capsys: pytest.CaptureFixture[str]
) -> None:
    bed = make_bed()
    rung = [
        *(("goes-on", HintKind.CONTINUE), ("busy", HintKind.BOOKING), ("busy", HintKind.BOOKING)),
        *(("quiet", HintKind.BOOKING), ("busy", HintKind.BOOKING)),
    ]
    bed.queue.send(Hint(kind, "altegio", name, seen_at=bed.clock.now(), correlation_id="c") for name, kind in rung)
    capsys.readouterr()
    bed.serve()
    served = [json.loads(line)["installation"] for line in capsys.readouterr().out.splitlines() if '"run"' in line]
    assert served == ["quiet", "busy", "goes-on"]
