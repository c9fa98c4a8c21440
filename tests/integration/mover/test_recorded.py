"""Bookings of a live location: every one with a client becomes a deal that shows it, the one without by the setting."""

import os
from pathlib import Path

import pytest

from sandbox.stack.deployment import ROOT

from .bed import Bed
from .conftest import MakeBed
from .oracle import assert_equal, by_booking

FOLDER = Path(os.environ.get("RECORDED") or ROOT.parent / "shared" / "recorded" / "altegio")

pytestmark = pytest.mark.skipif(
    not (FOLDER / "records.json").exists(),
    reason="no recorded bookings: neither RECORDED names a folder nor is there one beside the repository",
)


@pytest.fixture
def bed(make_bed: MakeBed) -> Bed:
    bed = make_bed(salon=f"recorded:{FOLDER}")
    bed.choose(task=None)
    return bed


def test_every_recorded_booking_with_a_client_is_a_right_deal(bed: Bed) -> None:
    bed.sweep()
    deals = bed.assert_right()
    with_client = [record for record in bed.records() if record["client"] and not record["deleted"]]
    assert {record["id"] for record in with_client} <= deals.keys()
    assert bed.parked() == {}
    with bed.counted() as counted:
        bed.sweep()
    assert counted.kommo == {}


def test_without_a_client_the_setting_decides(bed: Bed) -> None:
    bed.choose(deals_without_client=True)
    bed.sweep()
    records = [record for record in bed.records() if not record["deleted"]]
    assert not all(record["client"] for record in records)
    deals = by_booking(bed.deals())
    assert {id for _, id in deals} == {record["id"] for record in records}
    stages = {stage: name for (_, stage), name in bed.stages().items()}
    location = bed.salon("GET", f"/company/{bed.location}", my=1)
    for record in records:
        assert_equal(record, deals[bed.location, record["id"]], location, stages, "Europe/Madrid")
        if not record["client"]:
            assert deals[bed.location, record["id"]]["_embedded"]["contacts"] == []


def test_recorded_bookings_change_like_any_other(bed: Bed) -> None:
    bed.sweep()
    bed.admin("change", location=bed.location, count=20, attendance=-1)
    bed.sweep()
    bed.assert_right()
