"""The restore drill: a table comes back as it was some time ago, and all is right again with nothing made twice."""

from itertools import count

import pytest

from bookdeal.bookings.mover.serving import Server
from bookdeal.installs.installation import REBUILDING
from bookdeal.model.command import CommandKind, CommandState
from sandbox.stack import demo

from .bed import ARRIVED, CONFIRMED, TABLES, Bed, person
from .oracle import Raw

numbers = count(2_000)


class Backup:
    """A table's items as they are now, to be put back later as point-in-time recovery would."""

    def __init__(self, bed: Bed, table: str) -> None:
        self.client, self.name, self.keys = (
            bed.deployment.client("dynamodb"),
            bed.deployment.table(table),
            TABLES[table],
        )
        self.items = self._scan()

    def restore(self) -> None:
        for item in self._scan():
            self.client.delete_item(TableName=self.name, Key={key: item[key] for key in self.keys})
        for item in self.items:
            self.client.put_item(TableName=self.name, Item=item)

    def _scan(self) -> list[Raw]:
        pages = self.client.get_paginator("scan").paginate(TableName=self.name)
        return [item for page in pages for item in page["Items"]]


def life(bed: Bed, bookings: int = 4) -> list[Raw]:
    """Let bookings be made and change, and work all of it off."""
    records = [bed.book(person(next(numbers)), day=2 + day) for day in range(bookings)]
    bed.work(*records)
    bed.set_status(records[0], CONFIRMED)
    bed.set_status(records[1], ARRIVED)
    bed.work(*records)
    return records


def forget(bed: Bed) -> None:
    """Go on in a new process, which remembers nothing."""
    bed.server = Server(bed.server.environment, bed.queue, bed.clock)


def all_ids(bed: Bed) -> dict[str, set[int]]:
    return {kind: {one["id"] for one in bed.look(kind)} for kind in ("leads", "contacts", "tasks")}


@pytest.mark.parametrize("table", ["Installations", "Parked", "Decisions", "Scratch"])
def test_an_earlier_table_makes_nothing_twice_and_all_comes_right(bed: Bed, table: str) -> None:
    before = life(bed)
    backup = Backup(bed, table)
    bed.pass_time(3600)
    since = life(bed)
    bed.set_status(before[2], CONFIRMED)
    bed.work(before[2])
    there = all_ids(bed)
    backup.restore()
    forget(bed)
    bed.set_status(since[2], CONFIRMED)
    bed.sweep()
    bed.come_to_rest()
    assert all_ids(bed) == there
    bed.assert_right()
    assert bed.stage(bed.deal(since[2])) == "Confirmed"


def test_earlier_links_make_nothing_twice_once_they_are_rebuilt(bed: Bed) -> None:
    life(bed)
    backup = Backup(bed, "Links")
    bed.pass_time(3600)
    since = life(bed)
    there = all_ids(bed)
    # The runbook's order: ask for the rebuilding, then put the table in its place.
    bed.installations.pause(demo.INSTALLATION, REBUILDING)
    command = bed.ask(CommandKind.REBUILD_LINKS)
    backup.restore()
    forget(bed)
    # What changed after the deal did was not applied to it: that can be told once a moment lies between them.
    bed.pass_time(10)
    bed.set_status(since[2], CONFIRMED)
    bed.drain()
    bed.come_to_rest()
    assert bed.outcome(command).state is CommandState.DONE
    assert all_ids(bed) == there
    bed.assert_right()


def test_earlier_tokens_are_told_as_lost_access_and_work_waits_for_new_ones(bed: Bed) -> None:
    life(bed)
    backup = Backup(bed, "Credentials")
    bed.pass_time(25 * 3600)
    since = life(bed)
    # The pair of the backup was replaced and the new one used: the provider takes neither of the old two.
    backup.restore()
    forget(bed)
    bed.set_status(since[2], CONFIRMED)
    bed.work(since[2])
    assert bed.installation.paused == "kommo_token"
