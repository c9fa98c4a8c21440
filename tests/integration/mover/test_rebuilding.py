"""The table of links is lost: it is rebuilt from the deals, and no booking gets a second one."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bookdeal.bookings.commands import rebuilding
from bookdeal.bookings.commands.executors import EXECUTE
from bookdeal.installs.installation import REBUILDING
from bookdeal.model.command import Command, CommandKind, CommandState
from bookdeal.model.settings import Grouping
from sandbox.stack import demo
from tests.sides import control

from .bed import ARRIVED, CONFIRMED, NO_SHOW, TABLES, Bed, person
from .conftest import MakeBed
from .oracle import Raw

numbers = count(700)


def lose(bed: Bed, table: str) -> None:
    """Empty a table, as one that takes a lost one's place."""
    client, name = bed.deployment.client("dynamodb"), bed.deployment.table(table)
    for item in client.scan(TableName=name)["Items"]:
        client.delete_item(TableName=name, Key={key: item[key] for key in TABLES[table]})


def rebuild(bed: Bed, **params: Any) -> Command:
    """Ask for a rebuilding as the desk does."""
    bed.installations.pause(demo.INSTALLATION, REBUILDING)
    return bed.ask(CommandKind.REBUILD_LINKS, **params)


def booked(bed: Bed, many: int) -> list[Raw]:
    """Make bookings that have their deals."""
    records = [bed.book(person(next(numbers)), day=2 + day) for day in range(many)]
    bed.work(*records)
    return records


def ids(entities: Iterable[Raw]) -> set[int]:
    return {int(entity["id"]) for entity in entities}


def test_nothing_is_made_twice_and_nobodys_hand_is_undone(bed: Bed) -> None:
    records = booked(bed, 6)
    moved, deleted, changed, cancelled, plain, late = records
    bed.set_status(cancelled, ARRIVED)
    bed.work(cancelled)
    by_hand = bed.deal(moved)
    bed.move(by_hand, "Confirmed")
    bed.hint_of_deals(bed.deal(moved))
    gone = bed.deal(deleted)
    bed.person("delete", entity="leads", ids=[gone["id"]])
    bed.hint_of_deals(gone)
    bed.drain()
    bed.pass_time(10)
    lose(bed, "Links")
    # What happens while there are no links, and rings before anybody asks for a rebuilding.
    bed.set_status(changed, CONFIRMED)
    fresh = bed.book(person(next(numbers)), day=9)
    deals, contacts, tasks = ids(bed.deals()), ids(bed.look("contacts")), ids(bed.look("tasks"))
    bed.hint(*records, fresh)
    command = rebuild(bed)
    bed.drain()
    bed.come_to_rest()
    done = bed.outcome(command)
    assert (done.state, dict(done.result)) == (CommandState.DONE, {"links": 5, "deleted": 1, "twins": []})
    assert bed.installation.paused is None
    made = ids(bed.deals()) - deals
    assert made == {bed.deal(fresh)["id"]}
    assert len(ids(bed.look("contacts")) - contacts) == 1
    assert len(ids(bed.look("tasks")) - tasks) == 1
    bed.assert_right(moved={moved["id"]}, except_for={deleted["id"]})
    assert bed.stage(bed.deal(moved)) == "Confirmed"
    assert bed.stage(bed.deal(changed)) == "Confirmed"
    assert bed.parked() == {}
    # From here on all is as before: statuses move deals again, and what was deleted stays deleted.
    bed.set_status(late, NO_SHOW)
    bed.set_status(deleted, NO_SHOW)
    bed.set_status(moved, NO_SHOW)
    bed.work(late, deleted, moved)
    assert [bed.stage(bed.deal(record)) for record in (late, moved)] == ["No-show", "No-show"]
    assert ids(bed.deals()) == deals | made
    assert plain["id"] in {row["id"] for row in bed.records()}


def test_nothing_is_done_between_the_loss_and_the_end_of_the_rebuilding(
    bed: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = booked(bed, 3)
    lose(bed, "Links")
    bed.installations.pause(demo.INSTALLATION, REBUILDING)
    bed.hint(*records)
    with bed.counted() as before:
        bed.drain()
    assert not any(method.split()[0] != "GET" for method in before.kommo)
    monkeypatch.setattr(rebuilding, "SLICE_SECONDS", 0.0)
    bed.ask(CommandKind.REBUILD_LINKS)
    with bed.counted() as during:
        bed.drain()
    assert not any(method == "POST /api/v4/leads" for method in during.kommo)
    bed.assert_right()


def test_a_family_with_one_phone_stays_apart(make_bed: MakeBed) -> None:
    bed = make_bed(salon="demo")
    bed.sweep()
    deals = {deal["id"]: bed.contact(deal)["id"] for deal in bed.assert_right().values()}
    contacts = ids(bed.look("contacts"))
    lose(bed, "Links")
    rebuild(bed)
    bed.drain()
    bed.come_to_rest()
    after = bed.assert_right().values()
    assert {deal["id"]: bed.contact(deal)["id"] for deal in after} == deals
    assert ids(bed.look("contacts")) == contacts
    assert bed.parked() == {}


def test_a_visit_stays_on_its_one_deal(bed: Bed) -> None:
    bed.choose(grouping=Grouping.VISIT)
    first = bed.book(person(next(numbers)), 4, "10:00")
    client = {"id": first["client"]["id"]}
    second = bed.book(client, 4, "12:00")
    bed.work(first, second)
    (deal,) = bed.deals()
    for tables in (("Links",), ("Links", "Decisions")):
        for table in tables:
            lose(bed, table)
        third = bed.book(client, 4, f"{14 + len(tables)}:00")
        bed.hint(first, second, third)
        rebuild(bed)
        bed.drain()
        assert ids(bed.deals()) == {deal["id"]}
        assert {item["deal"] for item in bed.items("Links", "booking#")} == {deal["id"]}


def test_bookings_that_share_a_deal_share_it_again(bed: Bed) -> None:
    first = bed.book(person(next(numbers)), 3)
    bed.work(first)
    deal = bed.deal(first)
    second = bed.book(person(next(numbers)), 4)
    bed.work(second)
    bed.ask(CommandKind.MOVE_BOOKING, location=first["company_id"], booking=second["id"], deal=deal["id"])
    bed.drain()
    deals = ids(bed.deals())
    held = {item["key"]: item["deal"] for item in bed.items("Links", "booking#")}
    assert set(held.values()) == {deal["id"]}
    lose(bed, "Links")
    rebuild(bed)
    bed.drain()
    bed.sweep()
    assert ids(bed.deals()) == deals
    assert {item["key"]: item["deal"] for item in bed.items("Links", "booking#")} == held


def copied(bed: Bed, ours: Raw) -> int:
    """Make a deal with another's mark, as a person who copies it; returns its id."""
    bed.pass_time(5)
    copy = {name: ours[name] for name in ("name", "price", "pipeline_id", "status_id", "custom_fields_values")}
    fields = [{"field_id": one["field_id"], "values": one["values"]} for one in copy.pop("custom_fields_values")]
    answer = bed.in_kommo("POST", "leads", [{**copy, "custom_fields_values": fields}])
    return int(answer["_embedded"]["leads"][0]["id"])


def test_of_two_deals_with_one_mark_the_older_is_linked_and_the_other_named(bed: Bed) -> None:
    (record,) = booked(bed, 1)
    ours = bed.deal(record)
    twin = copied(bed, ours)
    lose(bed, "Links")
    command = rebuild(bed)
    bed.drain()
    assert bed.outcome(command).result["twins"] == [twin]
    assert [item["deal"] for item in bed.items("Links", "booking#")] == [ours["id"]]


def test_of_two_deals_with_one_mark_the_linked_one_counts_although_it_is_younger(bed: Bed) -> None:
    (record,) = booked(bed, 1)
    ours = bed.deal(record)
    twin = copied(bed, ours)
    table = bed.store.table(bed.deployment.table("Links"), *TABLES["Links"])
    (link,) = bed.items("Links", "booking#")
    (claim,) = bed.items("Links", "deal#")
    table.delete(demo.INSTALLATION, claim["key"])
    table.put({**link, "deal": twin})
    table.put({**claim, "key": f"deal#{twin}", "deal": twin})
    command = rebuild(bed)
    bed.drain()
    assert bed.outcome(command).result["twins"] == [ours["id"]]
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert [item["deal"] for item in bed.items("Links", "booking#")] == [twin]
    stages = {deal["id"]: bed.stage(deal) for deal in bed.deals()}
    assert stages == {ours["id"]: bed.stage(ours), twin: "Confirmed"}


def test_what_is_linked_stays_linked(bed: Bed) -> None:
    records = booked(bed, 3)
    client, name = bed.deployment.client("dynamodb"), bed.deployment.table("Links")
    lost = bed.items("Links", "booking#")[0]
    for key in (lost["key"], f"deal#{lost['deal']}"):
        client.delete_item(TableName=name, Key={"installation": {"S": demo.INSTALLATION}, "key": {"S": key}})
    kept = bed.items("Links", "booking#")
    command = rebuild(bed)
    bed.drain()
    assert bed.outcome(command).result["links"] == 1
    after = {item["key"]: item["deal"] for item in bed.items("Links", "booking#")}
    assert after == {item["key"]: item["deal"] for item in [lost, *kept]}
    bed.assert_right(only=records)


def test_a_pause_of_its_own_stands_again_after_it(bed: Bed) -> None:
    booked(bed, 2)
    lose(bed, "Links")
    rebuild(bed, paused="operator")
    with bed.counted() as during:
        bed.drain()
    assert bed.installation.paused == "operator"
    assert not any(method.split()[0] != "GET" for method in during.kommo)
    bed.let_go_on()
    bed.drain()
    bed.assert_right()


def test_a_rebuilding_that_fails_lets_nothing_be_made(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    records = booked(bed, 2)
    deals = ids(bed.deals())
    lose(bed, "Links")

    def failing(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setitem(EXECUTE, CommandKind.REBUILD_LINKS, failing)  # type: ignore[arg-type]
        command = rebuild(bed)
        bed.hint(*records)
        bed.drain()
    assert bed.outcome(command).state is CommandState.REFUSED
    assert bed.installation.paused == "rebuild_links_failed"
    assert ids(bed.deals()) == deals
    rebuild(bed)
    bed.drain()
    assert ids(bed.deals()) == deals
    bed.assert_right()


def test_killed_at_any_moment(bed: Bed) -> None:
    records = booked(bed, 3)
    deals = ids(bed.deals())
    for moment in count(1):
        lose(bed, "Links")
        bed.hint(*records)
        rebuild(bed)
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        bed.come_to_rest()
        assert ids(bed.deals()) == deals, moment
        bed.assert_right()
        if not was_killed:
            break
    assert moment > 4


def test_more_deals_than_a_page_are_read_to_the_end(bed: Bed) -> None:
    control(bed.kommo.base_url, "load", {"deals": 300, "contacts": 1})
    records = booked(bed, 2)
    lose(bed, "Links")
    command = rebuild(bed)
    with bed.counted() as during:
        bed.drain()
    assert bed.outcome(command).result["links"] == 2
    # Two pages, and the same again because something was found.
    assert during.kommo["GET /api/v4/leads"] >= 4
    linked = {int(item["key"].split("#")[2]) for item in bed.items("Links", "booking#")}
    assert linked == ids(records)


def test_settings_that_reset_every_cursor_make_no_twin(bed: Bed) -> None:
    """Everything is forgotten but the account itself, as when it comes back after it was forgotten."""
    records = booked(bed, 4)
    deals = ids(bed.deals())
    for table in ("Links", "Decisions", "Parked"):
        lose(bed, table)
    installation = bed.installation
    bed.installations.write(replace(installation, generation=installation.generation + 1, phone_salt="another"))
    client, name = bed.deployment.client("dynamodb"), bed.deployment.table("Installations")
    client.delete_item(TableName=name, Key={"installation": {"S": demo.INSTALLATION}, "part": {"S": "state"}})
    rebuild(bed)
    bed.drain()
    bed.sweep()
    assert ids(bed.deals()) == deals
    bed.assert_right(only=records)
