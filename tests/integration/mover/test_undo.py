"""Undo: what was written is put back exactly, unless a person has touched it, whatever dies on the way."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bookdeal.bookings.commands import undoing
from bookdeal.bookings.commands.executors import EXECUTE
from bookdeal.bookings.deals.recording import change_contacts, change_deals
from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.decisions import Decision
from bookdeal.bookings.undo import (
    LOSS_REASON,
    MAIN_CONTACT,
    PLACE,
    Entity,
    Kept,
    contact_property,
    properties_of,
    tag_property,
)
from bookdeal.model.command import Command, CommandKind, CommandState, Done, GoesOn

from .bed import ARRIVED, CONFIRMED, DANI, ELENA, NO_SHOW, Bed, person
from .conftest import Beds, MakeBed
from .oracle import Raw

WRITE = CommandKind.SET_UP
"""The kind of command in whose place the tests' own executor writes."""

AT_ONCE = 150
numbers = count(100)


@pytest.fixture
def bed(beds: Beds) -> Bed:
    return beds.take()


@pytest.fixture(autouse=True)
def writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command write what its parameter `wanted` says, property by property, for each deal."""
    monkeypatch.setitem(EXECUTE, WRITE, write)


DECISION = Decision(
    deal=0,
    location=0,
    booking=0,
    event="test",
    rule="written",
    before=None,
    after=None,
    fields=("TEST",),
    skipped=None,
    at=0.0,
    correlation_id="c",
)


def write(command: Command, run: Run) -> Done | GoesOn:
    wanted: Mapping[str, Mapping[str, Kept]] = command.params["wanted"]
    done = int((command.progress or {}).get("done", 0))
    ids = [int(id) for id in sorted(wanted)][done : done + AT_ONCE]
    deals = run.kommo.deals(ids)
    decisions = []
    for id in ids:
        after = wanted[str(id)]
        undo = run.keeper.undo(Entity.DEAL, id, properties_of(deals[id], after), after)
        if undo.after:
            decisions.append(replace(DECISION, deal=id, at=run.clock.now(), batch=run.command, undo=undo))
    written = change_deals(run, decisions)
    assert not written.uncertain
    return GoesOn({"done": done + AT_ONCE}) if done + AT_ONCE < len(wanted) else Done({})


def asked(bed: Bed, kind: CommandKind, **params: Any) -> Command:
    command = bed.ask(kind, by=1, **params)
    bed.drain()
    outcome = bed.outcome(command)
    assert outcome.state is CommandState.DONE, outcome.result
    return outcome


def wrote(bed: Bed, wanted: Mapping[int, Mapping[str, Kept]]) -> Command:
    return asked(bed, WRITE, wanted={str(id): dict(after) for id, after in wanted.items()})


def undone(bed: Bed, batch: str) -> Mapping[str, Any]:
    return asked(bed, CommandKind.UNDO, batch=batch).result


def deal_alone(bed: Bed, *contacts: int) -> dict[str, Any]:
    """Make a deal of no booking, with these contacts."""
    linked = [{"id": contact, "is_main": place == 0} for place, contact in enumerate(contacts)]
    body = {"name": "By hand", "price": 100, "_embedded": {"contacts": linked}}
    made = bed.in_kommo("POST", "leads", [body])["_embedded"]["leads"][0]["id"]
    return next(deal for deal in bed.deals() if deal["id"] == made)


def state(bed: Bed, *ids: int) -> dict[int, Any]:
    """Return all that Kommo shows of deals, without stamps and the like."""
    shown = ("name", "price", "status_id", "pipeline_id", "loss_reason_id", "responsible_user_id", "is_deleted")
    return {
        deal["id"]: {name: deal[name] for name in shown}
        | {
            "fields": {
                field["field_id"]: [value["value"] for value in field["values"]]
                for field in deal["custom_fields_values"] or ()
            },
            "tags": {tag["id"] for tag in deal["_embedded"]["tags"]},
            "contacts": {(one["id"], one["is_main"]) for one in deal["_embedded"]["contacts"]},
        }
        for deal in bed.deals()
        if not ids or deal["id"] in ids
    }


def named(result: Mapping[str, Any]) -> dict[int, tuple[str, tuple[str, ...]]]:
    return {one["id"]: (one["code"], tuple(one.get("properties", ()))) for one in result["named"]}


def decisions(bed: Bed, deal: int) -> list[dict[str, Any]]:
    return bed.items("Decisions", f"deal#{deal}#")


def lost(bed: Bed, deals: Sequence[Raw]) -> dict[int, dict[str, Kept]]:
    """Return what closes these deals."""
    (reason, *_) = bed.look("leads/loss_reasons")
    return {deal["id"]: {PLACE: [deal["pipeline_id"], 143], LOSS_REASON: reason["id"]} for deal in deals}


def test_a_batch_of_five_hundred_is_put_back_but_for_what_people_touched(make_bed: MakeBed) -> None:
    bed = make_bed()
    bed.person("load", deals=650, contacts=100)
    open_deals = [deal for deal in bed.deals() if deal["status_id"] not in (142, 143)][:500]
    assert len(open_deals) == 500
    before = state(bed)
    batch = wrote(bed, lost(bed, open_deals))
    closed = state(bed)
    assert sum(deal["status_id"] == 143 for deal in closed.values()) >= 500
    (listed,) = bed.items("Decisions", "batch#")
    assert (listed["key"], listed["count"], listed["by"]) == (f"batch#{batch.id}", 500, 1)
    touched, gone = open_deals[3:400:40], open_deals[7]
    for deal in touched:
        bed.person("move", lead=deal["id"], pipeline_id=deal["pipeline_id"], status_id=142)
    bed.person("delete", entity="leads", ids=[gone["id"]])
    kept_by_people = state(bed, *(deal["id"] for deal in touched))
    with bed.counted() as counted:
        result = undone(bed, batch.id)
    assert (result["undone"], result["refused"]) == (500 - len(touched) - 1, len(touched) + 1)
    assert named(result) == {deal["id"]: ("changed_since", (PLACE,)) for deal in touched} | {gone["id"]: ("gone", ())}
    assert state(bed) == {id: deal for id, deal in (before | kept_by_people).items() if id != gone["id"]}
    assert counted.kommo["GET /api/v4/leads"] <= 5
    assert counted.kommo["PATCH /api/v4/leads"] <= 12


def test_what_was_put_back_is_not_put_back_again(bed: Bed) -> None:
    deal = deal_alone(bed)
    batch = wrote(bed, lost(bed, [deal]))
    assert undone(bed, batch.id) == {"undone": 1, "refused": 0, "named": []}
    with bed.counted() as counted:
        assert undone(bed, batch.id) == {"undone": 1, "refused": 0, "named": []}
    assert counted.kommo["PATCH /api/v4/leads"] == 0


def test_an_undo_can_be_undone_and_then_all_is_as_before_it(bed: Bed) -> None:
    deal = deal_alone(bed)
    before = state(bed)
    first = wrote(bed, lost(bed, [deal]))
    closed = state(bed)
    second = asked(bed, CommandKind.UNDO, batch=first.id)
    assert state(bed) == before
    (written, put_back) = decisions(bed, deal["id"])
    assert written["undone"] == second.id
    assert (put_back["event"], put_back["undoes"]) == ("undo", [written["key"]])
    asked(bed, CommandKind.UNDO, batch=second.id)
    assert state(bed) == closed
    assert decisions(bed, deal["id"])[0]["undone"] == ""


def test_the_two_changes_of_one_deal_in_one_batch_are_undone_from_the_last(
    bed: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = deal_alone(bed)
    before = state(bed)

    def twice(command: Command, run: Run) -> Done | GoesOn:
        for price in (10, 20):
            write(Command("", WRITE, {"wanted": {str(deal["id"]): {"price": price}}}, 1, 0.0), run)
        return Done()

    monkeypatch.setitem(EXECUTE, WRITE, twice)
    batch = asked(bed, WRITE)
    assert state(bed, deal["id"])[deal["id"]]["price"] == 20
    assert undone(bed, batch.id)["undone"] == 1
    assert state(bed) == before


@pytest.mark.parametrize("seed", range(4))
def test_write_then_undo_changes_nothing(bed: Bed, seed: int) -> None:
    """Whatever is written to whichever deals, the account is as it was once that is undone."""
    chance = random.Random(seed)
    contacts = [bed.make_contact(f"Somebody {number}", f"+34600{next(numbers):06d}") for number in range(3)]
    deals = [deal_alone(bed, *chance.sample(contacts, k=chance.randint(0, 3))) for _ in range(6)]
    bed.in_kommo("POST", "leads/tags", [{"name": name} for name in ("one", "two")])
    tags = [tag["id"] for tag in bed.look("leads/tags")]
    for deal in deals[:3]:
        bed.in_kommo("PATCH", f"leads/{deal['id']}", {"_embedded": {"tags": [{"id": chance.choice(tags)}]}})
    fields = {field["code"]: field["id"] for field in bed.look("leads/custom_fields")}
    before = state(bed)
    wanted: dict[int, dict[str, Kept]] = {}
    for deal in chance.sample(deals, k=4):
        free = [place for place, name in bed.stages().items() if name]
        main = chance.choice(contacts)
        former = [one["id"] for one in deal["_embedded"]["contacts"] if one["is_main"] and one["id"] != main]
        choices: dict[str, Kept] = {
            "price": chance.randint(0, 500),
            tag_property(chance.choice(tags)): chance.choice((True, None)),
            f"field:{fields['BOOKING_TIME']}": f"{chance.randint(10, 20)}:30",
            f"field:{fields['BOOKING_DATETIME']}": 1_800_000_000 + chance.randint(0, 10_000),
            f"field:{fields['BOOKING_ID']}": str(chance.randint(1, 10_000)),
        }
        after = dict(chance.sample(sorted(choices.items(), key=str), k=3))
        if chance.random() < 0.7:
            pipeline, stage = chance.choice([place for place in free if place[1] != 143])
            after[PLACE] = [pipeline, stage] if not _is_incoming(bed, pipeline, stage) else after.get(PLACE)
            if after[PLACE] is None:
                del after[PLACE]
        if chance.random() < 0.7:
            after |= {contact_property(main): True, MAIN_CONTACT: main}
            after |= {contact_property(one): None for one in former if chance.random() < 0.5}
        wanted[deal["id"]] = after
    batch = wrote(bed, wanted)
    assert state(bed) != before
    result = undone(bed, batch.id)
    assert (result["refused"], result["named"]) == (0, [])
    assert state(bed) == before


def _is_incoming(bed: Bed, pipeline: int, stage: int) -> bool:
    return any(
        status["type"]
        for one in bed.look("leads/pipelines")
        if one["id"] == pipeline
        for status in one["_embedded"]["statuses"]
        if status["id"] == stage
    )


def test_killed_at_any_moment_of_writing_and_undoing(bed: Bed) -> None:
    """Wherever it dies: what was written can be undone to the last bit, and each is named once."""
    fields = {field["code"]: field["id"] for field in bed.look("leads/custom_fields")}
    old, new = (bed.make_contact(f"Somebody {number}", f"+34600{next(numbers):06d}") for number in range(2))
    deals = [deal_alone(bed, old) for _ in range(3)]
    for moment in count(1):
        before = state(bed)
        closing = lost(bed, deals)
        for deal in deals:
            closing[deal["id"]] |= {
                f"field:{fields['BOOKING_TIME']}": "10:30",
                contact_property(old): None,
                contact_property(new): True,
                MAIN_CONTACT: new,
            }
        command = bed.ask(WRITE, by=1, wanted={str(id): after for id, after in closing.items()})
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        closed = state(bed)
        assert bed.outcome(command).state is CommandState.DONE
        bed.person("move", lead=deals[0]["id"], pipeline_id=deals[0]["pipeline_id"], status_id=142)
        by_person = state(bed, deals[0]["id"])
        undo = bed.ask(CommandKind.UNDO, by=1, batch=command.id)
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = was_killed or bed.wire.killed
        bed.drain()
        result = bed.outcome(undo).result
        assert (result["undone"], result["refused"]) == (2, 1), result
        assert set(named(result)) == {deals[0]["id"]}
        assert state(bed) == before | by_person
        assert closed != before
        again = before[deals[0]["id"]]
        put = {name: again[name] for name in ("status_id", "pipeline_id", "loss_reason_id")}
        bed.in_kommo("PATCH", f"leads/{deals[0]['id']}", put | {"custom_fields_values": None})
        bed.in_kommo("POST", f"leads/{deals[0]['id']}/unlink", [{"to_entity_id": new, "to_entity_type": "contacts"}])
        main = {"is_main": True}
        link = [{"to_entity_id": old, "to_entity_type": "contacts", "metadata": main}]
        bed.in_kommo("POST", f"leads/{deals[0]['id']}/link", link)
        if not was_killed:
            break
    assert moment > 10


def test_one_that_kommo_refuses_is_named_and_the_others_go_on(bed: Bed) -> None:
    first, second = deal_alone(bed), deal_alone(bed)
    before = state(bed)
    batch = wrote(bed, lost(bed, [first, second]))
    problem = {
        "status": 400,
        "validation-errors": [
            {"request_id": "0", "errors": [{"code": "NotSupportedChoice", "path": "name", "detail": "no"}]}
        ],
    }
    fault = {"method": "PATCH", "route": "/api/v4/leads", "times": 1, "kind": "status", "status": 400, "body": problem}
    bed.fault("kommo", fault)
    result = undone(bed, batch.id)
    assert (result["undone"], result["refused"]) == (1, 1)
    (refused,) = named(result)
    assert named(result)[refused][0] == "NotSupportedChoice"
    (other,) = {first["id"], second["id"]} - {refused}
    assert state(bed)[other] == before[other]
    assert undone(bed, batch.id)["undone"] == 2
    assert state(bed)[refused] == before[refused]


def test_a_stage_that_is_gone_takes_no_deal_back_and_stops_no_other(bed: Bed) -> None:
    stays, moves = deal_alone(bed), deal_alone(bed)
    pipeline = moves["pipeline_id"]
    stage = [{"name": "For a while", "sort": 35, "color": "#fffeb2"}]
    made = bed.in_kommo("POST", f"leads/pipelines/{pipeline}/statuses", stage)["_embedded"]["statuses"][0]["id"]
    bed.person("move", lead=moves["id"], pipeline_id=pipeline, status_id=made)
    before = state(bed)
    batch = wrote(bed, lost(bed, [stays, moves]))
    bed.in_kommo("DELETE", f"leads/pipelines/{pipeline}/statuses/{made}")
    result = undone(bed, batch.id)
    assert (result["undone"], result["refused"]) == (1, 1)
    assert set(named(result)) == {moves["id"]}
    assert state(bed, stays["id"]) == {stays["id"]: before[stays["id"]]}
    assert bed.installation.paused is None


def test_fields_of_contacts_are_put_back_but_for_what_people_touched(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, touched, gone = (bed.make_contact("Somebody", f"+34600{next(numbers):06d}") for _ in range(3))
    client_id = next(field["id"] for field in bed.look("contacts/custom_fields") if field["code"] == "CLIENT_ID")

    def write_contacts(command: Command, run: Run) -> Done | GoesOn:
        after: dict[str, Kept] = {f"field:{client_id}": "7"}
        before: dict[str, Kept] = dict.fromkeys(after)
        made = [
            replace(
                DECISION,
                batch=run.command,
                at=run.clock.now(),
                undo=run.keeper.undo(Entity.CONTACT, contact, before, after),
            )
            for contact in (mine, touched, gone)
        ]
        assert change_contacts(run, made).done == {mine, touched, gone}
        return Done()

    def shown(contact: int) -> list[str]:
        found = next(one for one in bed.look("contacts") if one["id"] == contact)
        values = [field["values"] for field in found["custom_fields_values"] if field["field_id"] == client_id]
        return [str(value["value"]) for one in values for value in one]

    monkeypatch.setitem(EXECUTE, WRITE, write_contacts)
    batch = asked(bed, WRITE)
    assert shown(mine) == ["7"]
    by_person = {"custom_fields_values": [{"field_id": client_id, "values": [{"value": "8"}]}]}
    bed.in_kommo("PATCH", f"contacts/{touched}", by_person)
    bed.person("delete", entity="contacts", ids=[gone])
    result = undone(bed, batch.id)
    assert named(result) == {touched: ("changed_since", (f"field:{client_id}",)), gone: ("gone", ())}
    assert (shown(mine), shown(touched)) == ([], ["8"])


# -- deals of bookings -------------------------------------------------------------------------------------------------


def last(bed: Bed, record: Raw) -> str:
    """Return the key of the newest decision about a booking's deal."""
    return str(decisions(bed, bed.deal_of(record)["id"])[-1]["key"])


def test_a_deal_that_rules_moved_goes_back_and_stays_until_its_booking_changes(bed: Bed) -> None:
    record = bed.book(person(next(numbers)))
    bed.work(record)
    began = bed.stage(bed.deal_of(record))
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    moved = bed.deal_of(record)
    assert bed.stage(moved) != began
    asked(bed, CommandKind.UNDO, decision=last(bed, record))
    assert bed.stage(bed.deal_of(record)) == began
    bed.hint_of_deals(bed.deal_of(record))
    bed.change(record, datetime=f"{bed.day(4)} 12:00:00")
    bed.work(record)
    bed.come_to_rest()
    assert bed.stage(bed.deal_of(record)) == began, "the same status moves it no more"
    bed.set_status(record, ARRIVED)
    bed.work(record)
    bed.assert_shows(bed.deal_of(record), record)


def test_a_change_that_another_followed_is_refused(bed: Bed) -> None:
    record = bed.book(person(next(numbers)))
    bed.work(record)
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    decision = last(bed, record)
    bed.set_status(record, NO_SHOW)
    bed.work(record)
    before = state(bed)
    result = asked(bed, CommandKind.UNDO, decision=decision).result
    assert (result["undone"], result["refused"]) == (0, 1)
    assert state(bed) == before


def test_texts_that_may_name_somebody_are_not_kept_and_named(bed: Bed) -> None:
    record = bed.book(person(next(numbers)))
    bed.work(record)
    bed.change(record, staff_id=DANI, datetime=f"{bed.day(4)} 12:00:00")
    bed.work(record)
    deal = bed.deal_of(record)
    (_, written) = decisions(bed, deal["id"])
    fields = {field["id"]: field["code"] for field in bed.look("leads/custom_fields")}
    kept = {fields[int(name.split(":")[1])]: value for name, value in written["undo"]["before"].items()}
    assert kept["BOOKING_TIME"] == "10:00"
    assert str(kept["EMPLOYEE"]).startswith("~")
    assert "Dani" not in repr(written)
    result = asked(bed, CommandKind.UNDO, decision=last(bed, record)).result
    assert result["undone"] == 1
    (names,) = (properties for code, properties in named(result).values() if code == "not_kept")
    assert {fields[int(name.split(":")[1])] for name in names} == {"EMPLOYEE"}
    shown = {field["field_code"]: field["values"][0]["value"] for field in bed.deal_of(record)["custom_fields_values"]}
    assert shown["BOOKING_TIME"] == "10:00"
    bed.sweep()


def test_a_deal_that_was_made_cannot_be_unmade(bed: Bed) -> None:
    record = bed.book(person(next(numbers)))
    bed.work(record)
    result = asked(bed, CommandKind.UNDO, decision=last(bed, record)).result
    assert [one["code"] for one in result["named"]] == ["not_undoable"]


@pytest.mark.parametrize("with_other", [False, True])
def test_a_booking_that_was_moved_to_another_deal_comes_back(bed: Bed, with_other: bool) -> None:
    moved, other = bed.book(person(next(numbers))), bed.book(person(next(numbers)), 3, staff_id=ELENA)
    bed.work(moved, other)
    source = bed.deal_of(moved)["id"]
    target = bed.deal_of(other)["id"] if with_other else deal_alone(bed)["id"]
    before = state(bed)
    move = asked(bed, CommandKind.MOVE_BOOKING, location=moved["company_id"], booking=moved["id"], deal=target)
    assert bed.deal_of(moved)["id"] == target
    result = undone(bed, move.id)
    assert result["refused"] == 0
    assert bed.deal_of(moved)["id"] == source
    assert state(bed) == before
    bed.come_to_rest()
    assert state(bed) == before


def test_a_moved_booking_comes_back_wherever_the_undo_is_killed(bed: Bed) -> None:
    for moment in count(1):
        moved = bed.book(person(next(numbers)))
        bed.work(moved)
        target = deal_alone(bed)["id"]
        before = state(bed)
        move = asked(bed, CommandKind.MOVE_BOOKING, location=moved["company_id"], booking=moved["id"], deal=target)
        undo = bed.ask(CommandKind.UNDO, by=1, batch=move.id)
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        assert bed.outcome(undo).state is CommandState.DONE
        assert state(bed) == before
        if not was_killed:
            break
    assert moment > 8


def test_an_answer_stands_though_its_contact_is_taken_off_the_deals(bed: Bed) -> None:
    who = person(next(numbers))
    contacts = [bed.make_contact(f"Twofold {number}", f"+{who['phone']}") for number in range(2)]
    record = bed.book(who)
    bed.work(record)
    deal = bed.deal_of(record)
    assert deal["_embedded"]["contacts"] == []
    client = record["client"]["id"]
    answer = asked(bed, CommandKind.RESOLVE_CLIENT, location=record["company_id"], client=client, contact=contacts[1])
    assert [one["id"] for one in bed.deal_of(record)["_embedded"]["contacts"]] == [contacts[1]]
    result = undone(bed, answer.id)
    assert bed.deal_of(record)["_embedded"]["contacts"] == []
    assert {one["entity"]: one["code"] for one in result["named"]} == {"contact": "not_undoable"}
    bed.come_to_rest()
    assert bed.deal_of(record)["_embedded"]["contacts"] == [], "it is as if a person had taken it off"


def test_nothing_that_is_kept_names_anybody(bed: Bed) -> None:
    name, visitor = "Philippa Quisling", "Wenceslas"
    who = person(next(numbers), name)
    record = bed.book(who, comer={"id": 1, "name": visitor, "surname": ""})
    bed.work(record)
    target = deal_alone(bed)["id"]
    bed.in_kommo("PATCH", f"leads/{target}", {"name": f"Call {name}"})
    bed.change(record, staff_id=DANI, client=person(next(numbers), f"{name} junior"))
    bed.work(record)
    place = {"location": record["company_id"], "booking": record["id"]}
    move = asked(bed, CommandKind.MOVE_BOOKING, **place, deal=target)
    asked(bed, CommandKind.REPLAY, bookings=[[*place.values()]])
    undone(bed, move.id)
    kept = repr(bed.items("Decisions"))
    assert str(target) in kept
    for secret in ("Quisling", visitor, "Dani", "Berta", who["phone"], who["email"], "Haircut"):
        assert secret not in kept


@pytest.mark.parametrize(
    ("params", "code"), [({"batch": "17"}, "batch"), ({"decision": "deal#1#0000000000000abc"}, "decision")]
)
def test_what_is_not_there_is_refused(bed: Bed, params: dict[str, str], code: str) -> None:
    command = bed.ask(CommandKind.UNDO, by=1, **params)
    bed.drain()
    assert bed.outcome(command).result["code"] == code


def test_pages_of_a_batch_do_not_tear_what_belongs_together(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing, "READ_AT_ONCE", 2)
    deals = [deal_alone(bed) for _ in range(5)]
    before = state(bed)
    batch = wrote(bed, lost(bed, deals))
    assert undone(bed, batch.id) == {"undone": 5, "refused": 0, "named": []}
    assert state(bed) == before
