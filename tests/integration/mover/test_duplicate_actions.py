"""What is done about duplicates: closed, linked, tagged and cancelled, each with what was there before."""

from dataclasses import replace
from itertools import batched
from typing import Any

import pytest

from bookdeal.bookings.commands.duplicate_actions import TAGS
from bookdeal.duplicates.findings import Findings, Found, Scan
from bookdeal.duplicates.pairs import Kind, Level
from bookdeal.model.command import Command, CommandKind, CommandState
from sandbox.stack import demo

from .bed import ARRIVED, TABLES, Bed, person
from .conftest import MakeBed

WON, LOST = 142, 143


def make_deals(bed: Bed, count: int, contact: int | None = None, **more: Any) -> list[int]:
    """Make deals in the salon's pipeline, as people do."""
    body: dict[str, Any] = {"name": "Enquiry", **bed.deal_place(), **more}
    if contact is not None:
        body["_embedded"] = {"contacts": [{"id": contact, "is_main": True}]}
    made: list[int] = []
    for some in batched([body] * count, 250, strict=False):
        answer = bed.in_kommo("POST", "leads", list(some))
        made += [one["id"] for one in answer["_embedded"]["leads"]]
    return made


def stands(bed: Bed, deal: int) -> dict[str, Any]:
    found: dict[str, Any] = bed.in_kommo("GET", f"leads/{deal}", **{"with": "contacts,loss_reason"})
    return found


def handle(bed: Bed, **params: Any) -> Command:
    command = bed.ask(CommandKind.HANDLE_DUPLICATES, by=1, **params)
    bed.drain()
    done = bed.outcome(command)
    assert done.state is CommandState.DONE, done.result
    return done


def reason(bed: Bed) -> int:
    return int(bed.look("leads/loss_reasons")[0]["id"])


def decisions(bed: Bed, deal: int) -> list[dict[str, Any]]:
    return bed.items("Decisions", f"deal#{deal}#")


def test_others_are_closed_where_they_stand(bed: Bed) -> None:
    keep, other = make_deals(bed, 2)
    before, why = stands(bed, other), reason(bed)
    done = handle(bed, close=[{"keep": keep, "deals": [other], "reason": why}])
    assert done.result == {"done": 1, "refused": 0, "named": []}
    closed = stands(bed, other)
    assert (closed["pipeline_id"], closed["status_id"]) == (before["pipeline_id"], LOST)
    assert closed["loss_reason_id"] == why
    assert stands(bed, keep)["status_id"] == before["status_id"]
    (decision,) = decisions(bed, other)
    assert (decision["rule"], decision["other_deal"], decision["batch"]) == ("duplicate_closed", keep, done.id)
    assert decision["undo"]["before"] == {
        "place": [before["pipeline_id"], before["status_id"]],
        "loss_reason": None,
    }
    # Asked for again there is nothing to do.
    assert handle(bed, close=[{"keep": keep, "deals": [other], "reason": None}]).result["done"] == 1
    assert stands(bed, other)["loss_reason_id"] == why
    assert len(decisions(bed, other)) == 1


def test_what_cannot_be_closed_is_named_and_stops_no_other(bed: Bed) -> None:
    to_come, over = bed.book(person(1)), bed.book(person(2), day=-3)
    bed.choose(start_from=bed.day(-10))
    bed.sweep()
    with_booking, with_past = bed.deal_of(to_come)["id"], bed.deal_of(over)["id"]
    keep, other, won = make_deals(bed, 3)
    bed.in_kommo("PATCH", f"leads/{won}", {"pipeline_id": bed.deal_place()["pipeline_id"], "status_id": WON})
    gone = max(keep, other, won) + 1_000
    asked = [with_booking, with_past, won, gone, other]
    done = handle(
        bed,
        close=[
            {"keep": keep, "deals": asked, "reason": None},
            {"keep": gone, "deals": [keep], "reason": None},
        ],
    )
    assert (done.result["done"], done.result["refused"]) == (2, 4)
    assert {(one["id"], one["code"]) for one in done.result["named"]} == {
        (with_booking, "booking_to_come"),
        (won, "deal_won"),
        (gone, "deal_gone"),
        (keep, "kept_deal_gone"),
    }
    assert stands(bed, with_past)["status_id"] == stands(bed, other)["status_id"] == LOST
    assert stands(bed, won)["status_id"] == WON
    (skipped,) = [one for one in decisions(bed, with_booking) if one["event"] == "duplicates"]
    assert skipped["skipped"] == "booking_to_come"


def test_a_closed_deal_stays_closed_and_keeps_its_past_booking(bed: Bed) -> None:
    booking = bed.book(person(1), day=-3)
    bed.choose(start_from=bed.day(-10))
    bed.sweep()
    deal = bed.deal_of(booking)["id"]
    (keep,) = make_deals(bed, 1)
    handle(bed, close=[{"keep": keep, "deals": [deal], "reason": None}])
    bed.set_status(booking, ARRIVED)
    bed.work(booking)
    bed.come_to_rest()
    assert bed.deal_of(booking)["id"] == deal
    assert stands(bed, deal)["status_id"] == LOST


def test_closing_sets_no_status_in_altegio(bed: Bed) -> None:
    """Also where a stage that a person chooses does: it is the deal that is one too many, not the visit."""
    bed.choose(start_from=bed.day(-10), status_sync=replace(bed.installation.settings.status_sync, reverse=True))
    booking = bed.book(person(1), day=-3)
    bed.sweep()
    deal = bed.deal_of(booking)["id"]
    (keep,) = make_deals(bed, 1)
    done = handle(bed, close=[{"keep": keep, "deals": [deal], "reason": None}])
    bed.hint_of_deals(stands(bed, deal))
    bed.drain()
    undone = bed.ask(CommandKind.UNDO, by=1, batch=done.id)
    bed.drain()
    assert bed.outcome(undone).result["undone"] == 1
    bed.hint_of_deals(stands(bed, deal))
    bed.drain()
    assert not [route for route in bed.requests("altegio") if route.startswith(("PUT", "DELETE"))]
    assert bed.record(booking)["attendance"] == booking["attendance"]
    assert not bed.record(booking)["deleted"]


def test_a_contact_becomes_the_main_one(bed: Bed) -> None:
    mine, other = bed.make_contact("Carla", "+34600000101"), bed.make_contact("Carla Ruiz", "+34600000101")
    with_other, with_none = *make_deals(bed, 1, other), *make_deals(bed, 1)
    done = handle(bed, link=[{"contact": mine, "deals": [with_other, with_none]}])
    assert done.result["done"] == 2
    linked = stands(bed, with_other)["_embedded"]["contacts"]
    assert [(one["id"], one["is_main"]) for one in linked] == [(mine, True), (other, False)]
    assert [one["id"] for one in stands(bed, with_none)["_embedded"]["contacts"]] == [mine]
    nobody = handle(bed, link=[{"contact": other + 1_000, "deals": [with_none]}])
    assert [one["code"] for one in nobody.result["named"]] == ["contact_gone"]


def test_deals_are_tagged(bed: Bed) -> None:
    first, second = make_deals(bed, 2)
    bed.in_kommo("PATCH", f"leads/{first}", {"tags_to_add": [{"name": "vip"}]})
    handle(bed, tag=[{"deals": [first, second], "tag": None}])
    tags = {one["name"]: one["id"] for one in bed.look("leads/tags")}
    layout = bed.installation.layout
    assert layout is not None
    usual = TAGS[layout.account.language]
    assert {one["name"] for one in stands(bed, first)["_embedded"]["tags"]} == {"vip", usual}
    handle(bed, tag=[{"deals": [second], "tag": tags["vip"]}])
    assert {one["name"] for one in stands(bed, second)["_embedded"]["tags"]} == {"vip", usual}
    assert [one["name"] for one in bed.look("leads/tags")].count(usual) == 1


def test_a_tag_that_may_not_be_made_is_named_and_closes_no_account(bed: Bed) -> None:
    first, second = make_deals(bed, 2)
    bed.fault("kommo", {"method": "POST", "route": "/api/v4/leads/tags", "times": 1, "kind": "status", "status": 403})
    done = handle(
        bed, tag=[{"deals": [first], "tag": None}], close=[{"keep": first, "deals": [second], "reason": None}]
    )
    assert done.result["done"] == 1
    assert [(one["id"], one["code"]) for one in done.result["named"]] == [(first, "rights")]
    assert bed.installation.paused is None


def test_a_booking_is_cancelled_and_its_deal_follows(bed: Bed) -> None:
    booking, elsewhere = bed.book(person(1)), 987_654
    bed.sweep()
    deal = bed.deal_of(booking)
    key = [booking["company_id"], booking["id"]]
    done = handle(bed, cancel=[key, [elsewhere, 1]])
    assert (done.result["done"], done.result["refused"]) == (1, 1)
    assert done.result["named"] == [{"entity": "booking", "location": elsewhere, "id": 1, "code": "location"}]
    assert bed.record(booking)["deleted"]
    assert bed.deal_of(booking)["status_id"] == LOST
    assert [one["rule"] for one in decisions(bed, deal["id"])].count("duplicate_booking_cancelled") == 1


def test_a_cancellation_that_altegio_refuses_is_named(bed: Bed) -> None:
    booking = bed.book(person(1))
    bed.fault(
        "altegio",
        {"method": "DELETE", "route": "/api/v1/record/{company}/{record}", "times": 1, "kind": "status", "status": 403},
    )
    done = handle(bed, cancel=[[booking["company_id"], booking["id"]]])
    assert bed.faults_to_come("altegio") == []
    assert [one["code"] for one in done.result["named"]] == ["rights"]
    assert not bed.record(booking)["deleted"]


def test_all_at_once_survives_a_kill_anywhere(make_bed: MakeBed) -> None:
    bed = make_bed()
    mine, other = bed.make_contact("Carla", "+34600000101"), bed.make_contact("Carla Ruiz", "+34600000101")
    moment = 0
    while True:
        moment += 1
        booking = bed.book(person(moment))
        bed.work(booking)
        keep, first, second = make_deals(bed, 3, other)
        before = stands(bed, first)
        command = bed.ask(
            CommandKind.HANDLE_DUPLICATES,
            by=1,
            link=[{"contact": mine, "deals": [keep]}],
            tag=[{"deals": [first], "tag": None}],
            close=[{"keep": keep, "deals": [first, second], "reason": reason(bed)}],
            cancel=[[booking["company_id"], booking["id"]]],
        )
        with bed.wire.killing(moment):
            bed.drain()
        killed = bed.wire.killed
        if killed:
            bed.pass_time(60)  # the lease of the killed process runs out
            bed.drain()
        assert bed.outcome(command).result == {"done": 5, "refused": 0, "named": []}
        assert [stands(bed, one)["status_id"] for one in (first, second)] == [LOST, LOST]
        assert [one["id"] for one in stands(bed, keep)["_embedded"]["contacts"]] == [mine, other]
        assert bed.record(booking)["deleted"]
        of_booking = decisions(bed, bed.deal_of(booking)["id"])
        assert [one["rule"] for one in of_booking].count("duplicate_booking_cancelled") == 1
        mine_alone = [one for one in decisions(bed, first) if one.get("batch") == command.id]
        assert sorted(one["rule"] for one in mine_alone) == ["duplicate_closed", "duplicate_tagged"]
        (closed,) = [one for one in mine_alone if one["rule"] == "duplicate_closed"]
        assert closed["undo"]["before"]["place"] == [before["pipeline_id"], before["status_id"]]
        if not killed:
            break
    assert moment > 8


def test_what_is_taken_care_of_stands_no_longer_on_the_list(bed: Bed) -> None:
    keep, first, second = make_deals(bed, 3)
    findings = Findings(bed.store.table(bed.deployment.table("Decisions"), *TABLES["Decisions"]), demo.INSTALLATION)
    findings.keep_groups("1", [Found(Kind.DEALS, (keep, first, second), Level.CERTAIN, (), keep)])
    findings.replace_newest(Scan("1", 1.0, {}))
    handle(bed, close=[{"keep": keep, "deals": [first], "reason": None}])
    assert [one.members for one in findings.groups("1", Kind.DEALS, 1)[0]] == [(keep, second)]
    last = handle(bed, close=[{"keep": keep, "deals": [second], "reason": None}])
    assert findings.groups("1", Kind.DEALS, 1) == ([], False)
    # Once that is undone it stands there again.
    assert last.id in findings.handlers("1", Kind.DEALS)
    assert [one.members for one in findings.groups("1", Kind.DEALS, 1, {last.id})[0]] == [(keep, second)]


def everything(deals: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return deals by id without what every write moves on."""
    return {deal["id"]: {name: deal[name] for name in deal.keys() - {"updated_at", "updated_by"}} for deal in deals}


@pytest.mark.timeout(300)
def test_five_hundred_are_closed_at_once_and_come_back_but_for_those_that_a_person_touched(bed: Bed) -> None:
    (keep,) = make_deals(bed, 1)
    place = bed.deal_place()
    by_name = {name: stage for (pipeline, stage), name in bed.stages().items() if pipeline == place["pipeline_id"]}
    others = make_deals(bed, 250) + make_deals(bed, 250, status_id=by_name["Confirmed"])
    before = everything(bed.deals())
    with bed.counted() as spent:
        done = handle(bed, close=[{"keep": keep, "deals": others, "reason": reason(bed)}])
    assert done.result["done"] == 500
    assert {deal["status_id"] for deal in bed.deals() if deal["id"] in set(others)} == {LOST}
    assert spent.kommo["PATCH /api/v4/leads"] <= 8
    assert spent.kommo["GET /api/v4/leads"] <= 8

    touched = others[::50]
    for deal in touched[::2]:
        bed.person("move", lead=deal, **{**place, "status_id": by_name["No-show"]})
    for deal in touched[1::2]:
        bed.in_kommo("PATCH", f"leads/{deal}", {"loss_reason_id": bed.look("leads/loss_reasons")[-1]["id"]})
    by_people = everything(bed.deals())
    undone = bed.ask(CommandKind.UNDO, by=1, batch=done.id)
    bed.drain()
    result = bed.outcome(undone).result
    assert (result["undone"], result["refused"]) == (500 - len(touched), len(touched))
    assert sorted((one["id"], one["code"]) for one in result["named"]) == sorted(
        (id, "changed_since") for id in touched
    )
    now = everything(bed.deals())
    assert now == {id: by_people[id] if id in set(touched) else deal for id, deal in before.items()}


def test_links_and_tags_are_undone(bed: Bed) -> None:
    mine, other = bed.make_contact("Carla", "+34600000101"), bed.make_contact("Carla Ruiz", "+34600000101")
    deals = make_deals(bed, 3, other) + make_deals(bed, 1)
    before = everything(bed.deals())
    done = handle(bed, link=[{"contact": mine, "deals": deals}], tag=[{"deals": deals, "tag": None}])
    assert done.result["done"] == 8
    undone = bed.ask(CommandKind.UNDO, by=1, batch=done.id)
    bed.drain()
    assert bed.outcome(undone).result["refused"] == 0
    assert everything(bed.deals()) == before


def test_a_cancelled_booking_is_named_as_what_cannot_be_undone(bed: Bed) -> None:
    booking = bed.book(person(1))
    bed.sweep()
    done = handle(bed, cancel=[[booking["company_id"], booking["id"]]])
    undone = bed.ask(CommandKind.UNDO, by=1, batch=done.id)
    bed.drain()
    outcome = bed.outcome(undone)
    assert outcome.state is CommandState.DONE
    assert outcome.result["named"] == [{"entity": "booking", "id": booking["id"], "code": "not_undoable"}]
    assert bed.record(booking)["deleted"]
