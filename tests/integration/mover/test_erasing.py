"""One person's data: the export shows what is kept of him, and after the erasing nothing is, but all of the others'."""

from typing import Any

import pytest

from bookdeal.desk.persons import PersonFiles
from bookdeal.desk.requests import ExportPerson
from bookdeal.duplicates.findings import Findings, Found
from bookdeal.duplicates.pairs import Kind, Level
from bookdeal.installs.uninstalling import Tables
from bookdeal.model.command import CommandKind, CommandState
from sandbox.stack import demo

from .bed import ARRIVED, TABLES, Bed, person
from .conftest import MakeBed
from .oracle import Raw

SANTS_STAFF, SANTS_SERVICE = 51_101, 7_201


@pytest.fixture(scope="module")
def bed(make_bed: MakeBed) -> Bed:
    bed = make_bed()
    bed.choose(statistics=True, memberships=True)
    return bed


def book_there(bed: Bed, who: Any) -> dict[str, Any]:
    """Make a booking at the chain's other location."""
    place = {"location": bed.altegio.locations[1], "staff_id": SANTS_STAFF}
    return bed.book(who, services=[{"id": SANTS_SERVICE}], **place)


def files(bed: Bed) -> PersonFiles:
    store = bed.store
    made = {name: store.table(bed.deployment.table(name), *keys) for name, keys in TABLES.items()}
    tables = Tables(store, made["Installations"], made["Credentials"], made["Links"], made["Parked"], made["Decisions"])
    return PersonFiles(tables, bed.clock)


def exported(bed: Bed, **named: Any) -> dict[str, Any]:
    request = ExportPerson(command="export_person", installation=demo.INSTALLATION, **named)
    return files(bed).export(bed.installation, request)


def erased(bed: Bed, **named: Any) -> dict[str, Any]:
    """Let the mover erase a person who is named so; return what the command says of it."""
    request = ExportPerson(command="export_person", installation=demo.INSTALLATION, **named)
    command = bed.ask(CommandKind.ERASE_PERSON, **files(bed).who(bed.installation, request).params())
    bed.drain()
    outcome = bed.outcome(command)
    assert outcome.state is CommandState.DONE
    return dict(outcome.result)


def kinds(export: dict[str, Any]) -> set[str]:
    return {str(item["key"]).split("#")[0] for item in export["links"]}


def contact_of(bed: Bed, record: Raw) -> int:
    return int(bed.contact(bed.deal(record))["id"])


def client_key(record: Raw) -> tuple[int, int]:
    return record["company_id"], record["client"]["id"]


def test_nothing_is_kept_of_an_erased_person_and_all_of_his_family(bed: Bed) -> None:
    husband = person(701, "Pau Vidal")
    wife = {**husband, "name": "Mar Ruiz"}
    his, hers = bed.book(husband), book_there(bed, wife)
    bed.work(his)
    bed.work(hers)
    for record in (his, hers):
        bed.set_status(record, ARRIVED)
        bed.work(record)
    him, her = contact_of(bed, his), contact_of(bed, hers)
    assert him != her
    before = exported(bed, contact=him)
    assert before["person"] == {"clients": [list(client_key(his))], "contacts": [him]}
    assert kinds(before) == {"booking", "client", "contact", "phone", "email", "statistics"}
    assert {item["booking"] for item in before["decisions"]} == {his["id"]}
    of_hers = exported(bed, contact=her)
    assert erased(bed, contact=him)["removed"] == len(before["links"])
    for table in ("Links", "Parked"):
        for item in bed.items(table):
            assert item.get("contact") != him
            assert him not in item.get("contacts", ())
            assert list(client_key(his)) not in item.get("clients", ())
            assert str(item["key"]) not in {
                f"statistics#{him}",
                f"contact#{him}",
                "client#{}#{}".format(*client_key(his)),
            }
    decided = [item for item in bed.items("Decisions", "deal#") if item["booking"] == his["id"]]
    assert not [item for item in decided if item["location"] == his["company_id"]]
    (link,) = bed.items("Links", f"booking#{his['company_id']}#{his['id']}")
    assert (link["client"], link["deal"]) == (None, bed.deal(his)["id"])
    after = exported(bed, contact=her)
    assert kinds(after) == kinds(of_hers)
    assert after["decisions"] == of_hers["decisions"]
    (phone,) = [item for item in after["links"] if str(item["key"]).startswith("phone#")]
    assert phone["contacts"] == [her]


def test_an_erased_person_comes_back_with_his_next_booking_only(bed: Bed) -> None:
    who = person(702)
    record = bed.book(who)
    bed.work(record)
    contact = contact_of(bed, record)
    erased(bed, client=client_key(record))
    bed.sweep()
    assert not bed.items("Links", f"contact#{contact}")
    again = bed.book(who, 5)
    bed.work(again)
    assert contact_of(bed, again) == contact
    assert bed.deal(record)["id"] != bed.deal(again)["id"]


def test_no_decision_names_a_contact_of_who_is_erased(bed: Bed) -> None:
    one, two = (bed.book(person(number)) for number in (705, 706))
    bed.work(one, two)
    his = contact_of(bed, one)
    bed.change(one, client=person(706))
    bed.work(one)
    bed.ask(CommandKind.MOVE_BOOKING, location=two["company_id"], booking=two["id"], deal=bed.deal(one)["id"])
    bed.drain()
    named = {item["key"] for item in bed.items("Decisions", "deal#") if f"contact:{his}" in repr(item)}
    assert named
    before = {item["key"] for item in bed.items("Decisions", "deal#")}
    bed.ask(CommandKind.ERASE_PERSON, clients=[], contacts=[his])
    bed.drain()
    after = bed.items("Decisions", "deal#")
    assert f"contact:{his}" not in repr(after)
    assert {item["key"] for item in after} == before - named
    listed = {item["decision"] for item in bed.items("Decisions", "done#")}
    assert listed
    assert not listed & named


def test_no_duplicates_are_kept_of_who_is_erased(bed: Bed) -> None:
    findings = Findings(bed.store.table(bed.deployment.table("Decisions"), *TABLES["Decisions"]), demo.INSTALLATION)
    mine, others = Found(Kind.CONTACTS, (1, 2), Level.CERTAIN, ()), Found(Kind.CONTACTS, (3, 4), Level.CERTAIN, ())
    deals = Found(Kind.DEALS, (2, 5), Level.CERTAIN, ())
    findings.keep_groups("1", [mine, others, deals])
    findings.ignore(Kind.CONTACTS, [(2, 7), (3, 8)], by=1)
    findings.ignore(Kind.DEALS, [(2, 7)], by=1)
    shown = exported(bed, contact=2)["duplicates"]
    assert [(one.get("members"), one.get("ignored")) for one in shown] == [([1, 2], None), (None, [2, 7])]
    bed.ask(CommandKind.ERASE_PERSON, clients=[], contacts=[2])
    bed.drain()
    assert exported(bed, contact=2)["duplicates"] == []
    assert findings.groups("1", Kind.CONTACTS, 1)[0] == [others]
    assert findings.groups("1", Kind.DEALS, 1)[0] == [deals]
    assert (findings.ignored(Kind.CONTACTS), findings.ignored(Kind.DEALS)) == ({(3, 8)}, {(2, 7)})


def test_a_question_names_nobody_who_is_erased(bed: Bed) -> None:
    who = person(703)
    one, two, three = (bed.make_contact(f"Nil {number}", f"+{who['phone']}") for number in ("one", "two", "three"))
    record = bed.book(who)
    bed.work(record)
    key = f"booking#{record['company_id']}#{record['id']}"
    assert bed.items("Parked", key)[0]["params"]["contacts"] == [one, two, three]
    bed.ask(CommandKind.ERASE_PERSON, clients=[], contacts=[two])
    bed.drain()
    (parked,) = bed.items("Parked", key)
    assert (parked["params"]["client"], parked["params"]["contacts"]) == (record["client"]["id"], [one, three])
    client = client_key(record)
    shown = exported(bed, client=client)
    assert [item["key"] for item in shown["parked"]] == [key]
    erased(bed, client=client)
    assert not bed.items("Parked", key)
    assert not exported(bed, client=client)["links"]
