"""Older bookings are imported: once, where the import says, with their dates, while live changes pass."""

from typing import Any

import pytest

from bookdeal.bookings.commands.steering import Steering
from bookdeal.bookings.imports import Import, Imports, ImportState, Wanted
from sandbox.stack import demo

from . import oracle
from .bed import TABLES, Bed, control
from .conftest import MakeBed

MOST_REQUESTS = 1 / 25
"""Requests to Kommo for each booking that gets a deal in an empty account."""


def imports(bed: Bed) -> Imports:
    return Imports(bed.store.table(bed.deployment.table("Installations"), *TABLES["Installations"]), demo.INSTALLATION)


def steering(bed: Bed) -> Steering:
    return Steering(bed.store, imports(bed), bed.commands, bed.queue)


def begin(bed: Bed, first: int = -60, last: int = 60, **more: Any) -> Import:
    """Ask for an import of the first location's visits between these days, counted from today."""
    return steering(bed).begin(Wanted((bed.location,), bed.day(first), bed.day(last), **more), 1)


def known(bed: Bed) -> Import:
    found = imports(bed).read()
    assert found is not None
    return found


def to_the_end(bed: Bed, most: int = 200) -> Import:
    """Let time pass, with the sweep ringing when it is due, until the import has come to its end."""
    for _ in range(most):
        bed.drain()
        if known(bed).state is not ImportState.RUNNING or steering(bed).failure(known(bed)):
            break
        bed.pass_time(max(1.0, bed.due() - bed.clock.now()))
        bed.sweep()
    return known(bed)


def load(bed: Bed, bookings: int, clients: int) -> None:
    """Let the salon have these bookings of the sixty days before and after today, all of them before going live."""
    bed.choose(start_from=bed.day(61))
    control(bed.altegio.base_url, "load", {"bookings": bookings, "clients": clients})
    bed.pass_time(600)
    bed.sweep()
    assert bed.deals() == []


def assert_imported(bed: Bed) -> list[dict[str, Any]]:
    """Assert that each booking of the salon that was not cancelled has one deal of its client's one contact."""
    records = [record for record in bed.records() if not record["deleted"] and record["client"]]
    deals, people = oracle.by_booking(bed.deals()), bed.look("contacts")
    assert {id for _, id in deals} == {record["id"] for record in records}
    oracle.assert_no_twin_contacts(people, {bed.location: records})
    for record in records:
        oracle.assert_contact(record, deals[bed.location, record["id"]], people, is_question=False)
    assert bed.parked() == {}
    assert bed.items("Installations", "intent#") == []
    return [dict(deal) for deal in deals.values()]


@pytest.fixture
def bed(make_bed: MakeBed) -> Bed:
    return make_bed()


@pytest.mark.timeout(300)
def test_a_thousand_bookings_into_an_empty_account(bed: Bed) -> None:
    load(bed, 1000, 600)
    with bed.counted() as counted:
        begin(bed)
        done = to_the_end(bed)
    assert_imported(bed)
    assert done.state is ImportState.DONE
    assert (done.progress.total, done.progress.seen, done.progress.made, done.progress.skipped) == (
        1000,
        1000,
        1000,
        {},
    )
    print(counted.kommo, counted.altegio)
    assert sum(counted.kommo.values()) <= 1000 * MOST_REQUESTS
