"""Who is it? On both sides: chains, children, several phones, contacts that were merged or vanished, doubts."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import pytest

from bookdeal.bookings.deals.questions import Question, open_questions
from bookdeal.bookings.links import Links
from bookdeal.bookings.parking import ParkedWork
from bookdeal.model.command import Command, CommandKind, CommandState
from bookdeal.model.hint import HintKind
from sandbox.stack import demo

from .bed import CONFIRMED, TABLES, Bed, person
from .conftest import MakeBed
from .oracle import Raw, field

numbers = count(300)
CONTACTS = "GET /api/v4/contacts"
SANTS_STAFF, SANTS_SERVICE = 51_101, 7_201


@pytest.fixture(scope="module")
def bed(make_bed: MakeBed) -> Bed:
    return make_bed()


@pytest.fixture(autouse=True)
def _at_rest(bed: Bed) -> Iterator[None]:
    yield
    bed.drain()
    assert bed.installation.paused is None


def someone(name: str = "") -> dict[str, Any]:
    return person(next(numbers), name)


def book_there(bed: Bed, who: Any, day: int = 2, **changes: Any) -> dict[str, Any]:
    """Make a booking at the chain's other location."""
    there = {"location": bed.altegio.locations[1], "staff_id": SANTS_STAFF, "services": [{"id": SANTS_SERVICE}]}
    return bed.book(who, day, **there, **changes)


def change_client(bed: Bed, record: Raw, **changes: Any) -> None:
    """Change a client's card in Altegio."""
    known = record["client"]
    card = {"name": known["name"], "phone": known["phone"], "email": known["email"], **changes}
    bed.salon("PUT", f"/client/{record['company_id']}/{known['id']}", card)


def contact_of(bed: Bed, record: Raw) -> dict[str, Any]:
    return bed.contact(bed.deal(record))


def values(contact: Raw, code: str) -> list[tuple[str, str]]:
    """Return the values of a contact's phones or e-mails with their kinds."""
    for one in contact["custom_fields_values"] or ():
        if one["field_code"] == code:
            return [(value["value"], value["enum_code"]) for value in one["values"]]
    return []


def questions(bed: Bed) -> list[Question]:
    store = bed.store
    parked = ParkedWork(store.table(bed.deployment.table("Parked"), *TABLES["Parked"]), demo.INSTALLATION)
    links = Links(store.table(bed.deployment.table("Links"), *TABLES["Links"]), demo.INSTALLATION)
    return open_questions(parked, links)


def merge(bed: Bed, winner: int, *losers: int, heard: bool = True) -> None:
    """Let a person merge contacts, and Kommo ring for those that are gone."""
    bed.person("merge", entity="contacts", winner=winner, losers=list(losers))
    if heard:
        bed.ring(HintKind.CONTACTS_GONE, source="kommo", contacts=losers, generation=1)
        bed.drain()


# -- chains and children -----------------------------------------------------------------------------------------------


def test_another_name_at_another_location_is_another_person(bed: Bed) -> None:
    husband, wife = someone("Pau Vidal"), {}
    wife = {**husband, "name": "Mar Ruiz", "email": "mar.ruiz@example.test"}
    here, there = bed.book(husband), book_there(bed, wife)
    bed.work(here)
    bed.work(there)
    assert contact_of(bed, here)["id"] != contact_of(bed, there)["id"]
    # The next at the third hand's writing of a known name joins the right one.
    again = bed.book({**husband, "name": "VIDAL, Pau"}, 5)
    bed.work(again)
    assert contact_of(bed, again)["id"] == contact_of(bed, here)["id"]


def test_the_client_id_is_that_of_the_latest_visit(bed: Bed) -> None:
    both = someone("Jana Prat")
    here = bed.book(both, 3)
    bed.work(here)
    there = book_there(bed, both, 8)
    bed.work(there)
    contact = contact_of(bed, here)
    assert (contact["id"], field(contact, "CLIENT_ID")) == (contact_of(bed, there)["id"], str(there["client"]["id"]))
    earlier = bed.book(both, 5)
    bed.work(earlier)
    assert field(contact_of(bed, here), "CLIENT_ID") == str(there["client"]["id"])
    bed.change(earlier, datetime=f"{bed.day(12)} 09:00:00")
    bed.work(earlier)
    assert field(contact_of(bed, here), "CLIENT_ID") == str(here["client"]["id"])


def test_a_child_comes_on_the_parents_contact_whose_name_stays(bed: Bed) -> None:
    parent = someone("Laia Font")
    contact = bed.make_contact("Laia, mother of Nil", f"+{parent['phone']}")
    record = bed.book(parent, comer={"id": 1, "name": "Nil", "surname": "Font", "phone": "+34600999333"})
    bed.work(record)
    deal = bed.deal(record)
    assert deal["name"] == "Haircut – Nil Font (Laia Font)"
    found = bed.contact(deal)
    assert (found["id"], found["name"]) == (contact, "Laia, mother of Nil")
    assert [phone for phone, _ in values(found, "PHONE")] == [f"+{parent['phone']}"]


# -- several phones and e-mails ----------------------------------------------------------------------------------------


def test_what_a_contact_has_is_kept_and_what_it_lacks_is_added(bed: Bed) -> None:
    known = someone("Ona Serra")
    fields = [
        {
            "field_code": "PHONE",
            "values": [
                {"value": "93 000 00 77", "enum_code": "HOME"},
                {"value": known["phone"][2:], "enum_code": "OTHER"},
            ],
        },
        {"field_code": "EMAIL", "values": [{"value": "private@example.test", "enum_code": "PRIV"}]},
    ]
    made = bed.in_kommo("POST", "contacts", [{"name": "Ona", "custom_fields_values": fields}])
    record = bed.book(known)
    bed.work(record)
    found = contact_of(bed, record)
    assert (found["id"], found["name"]) == (made["_embedded"]["contacts"][0]["id"], "Ona")
    assert values(found, "PHONE") == [("93 000 00 77", "HOME"), (known["phone"][2:], "OTHER")]
    assert values(found, "EMAIL") == [("private@example.test", "PRIV"), (known["email"], "WORK")]


def client_rings(bed: Bed, record: Raw) -> None:
    """Let Altegio ring for a booking's client, and for nothing else."""
    bed.ring(HintKind.CLIENT, source="altegio", location=record["company_id"], clients=(record["client"]["id"],))
    bed.drain()


@pytest.mark.parametrize(
    ("rings", "statistics"),
    [("booking", False), ("client", False), ("client", True)],
    ids=["booking", "client", "both"],
)
def test_a_changed_phone_and_e_mail_are_added(bed: Bed, rings: str, statistics: bool) -> None:
    """By the next change of a booking, or by the client's bell alone, whether his totals are shown or not."""
    before = bed.choose(statistics=statistics)
    known = someone("Biel Mas")
    record = bed.book(known)
    bed.work(record)
    new_phone, new_email = f"+34600{next(numbers):06}", f"biel.mas.{next(numbers)}@example.test"
    change_client(bed, record, phone=new_phone, email=new_email, name="Biel Mas Soler")
    if rings == "client":
        client_rings(bed, record)
    else:
        bed.set_status(record, CONFIRMED)
        bed.work(record)
    found = contact_of(bed, record)
    assert found["name"] == "Biel Mas"
    assert values(found, "PHONE") == [(f"+{known['phone']}", "MOB"), (new_phone, "MOB")]
    assert values(found, "EMAIL") == [(known["email"], "WORK"), (new_email, "WORK")]
    # It is known now: neither the next bell nor the next change of the booking costs anything for the contact.
    with bed.counted() as counted:
        client_rings(bed, record)
        bed.change(record, datetime=f"{bed.day(2)} 16:00:00")
        bed.work(record)
    assert not [request for request in counted.kommo if "contacts" in request]
    # Elsewhere he is known by his new phone.
    there = book_there(bed, {"name": "Biel", "phone": new_phone})
    bed.work(there)
    assert contact_of(bed, there)["id"] == found["id"]
    bed.choose(statistics=before.statistics)


def test_what_a_person_wrote_stays_when_a_client_rings(bed: Bed) -> None:
    """A phone that a person corrected by hand is neither removed nor added to by a bell that says nothing new."""
    record = bed.book(someone("Jan Pons"))
    bed.work(record)
    by_hand = [{"field_code": "PHONE", "values": [{"value": "93 555 00 88", "enum_code": "HOME"}]}]
    changes = {"name": "Jan, the tall one", "custom_fields_values": by_hand}
    bed.person("edit", entity="contacts", id=contact_of(bed, record)["id"], changes=changes)
    client_rings(bed, record)
    assert values(contact_of(bed, record), "PHONE") == [("93 555 00 88", "HOME")]
    change_client(bed, record, email="jan.pons@example.test")
    client_rings(bed, record)
    found = contact_of(bed, record)
    assert found["name"] == "Jan, the tall one"
    assert ("93 555 00 88", "HOME") in values(found, "PHONE")
    assert ("jan.pons@example.test", "WORK") in values(found, "EMAIL")


def test_a_clients_bell_survives_kills_and_a_contact_that_is_gone(bed: Bed) -> None:
    record = bed.book(someone("Mar Vives"))
    bed.work(record)
    for kill_at in range(1, 9):
        email = f"mar.vives.{kill_at}@example.test"
        change_client(bed, record, email=email)
        bed.ring(HintKind.CLIENT, source="altegio", location=bed.location, clients=(record["client"]["id"],))
        with bed.wire.killing(kill_at):
            bed.drain()
        bed.drain()
        assert (email, "WORK") in values(contact_of(bed, record), "EMAIL"), kill_at
    contact = contact_of(bed, record)["id"]
    bed.person("delete", entity="contacts", ids=[contact])
    change_client(bed, record, email="mar.vives@example.test")
    client_rings(bed, record)
    assert bed.items("Links", f"contact#{contact}") == []


def test_a_name_is_never_overwritten(bed: Bed) -> None:
    known = someone("Nora Pi")
    record = bed.book(known)
    bed.work(record)
    bed.person(
        "edit", entity="contacts", id=contact_of(bed, record)["id"], changes={"name": "Nora, comes with her dog"}
    )
    change_client(bed, record, name="Nora Pi Sala")
    bed.set_status(record, CONFIRMED)
    bed.work(record, bed.book(known, 6))
    assert contact_of(bed, record)["name"] == "Nora, comes with her dog"


def test_a_client_is_known_by_his_e_mail(bed: Bed) -> None:
    known = someone("Iris Roca")
    fields = [{"field_code": "EMAIL", "values": [{"value": known["email"].upper(), "enum_code": "WORK"}]}]
    bed.in_kommo("POST", "contacts", [{"name": "Iris", "custom_fields_values": fields}])
    record = bed.book(known)
    bed.work(record)
    found = contact_of(bed, record)
    assert (found["name"], values(found, "PHONE")) == ("Iris", [(f"+{known['phone']}", "MOB")])


# -- contacts that vanish, contacts that are merged --------------------------------------------------------------------


@pytest.mark.parametrize("heard", [True, False])
def test_a_merged_contacts_clients_follow_to_the_winner(bed: Bed, heard: bool) -> None:
    """Two clients of one location: a person says that they are one, and stays right."""
    one, other = someone("Pol Riera"), someone("Pol Riera i Sala")
    first, second = bed.book(one), bed.book(other)
    bed.work(first, second)
    winner, loser = contact_of(bed, first)["id"], contact_of(bed, second)["id"]
    assert winner != loser
    merge(bed, winner, loser, heard=heard)
    again = bed.book(other, 9)
    bed.work(again)
    bed.set_status(second, CONFIRMED)
    bed.work(second)
    assert {contact_of(bed, record)["id"] for record in (first, second, again)} == {winner}
    found = contact_of(bed, again)
    assert {phone for phone, _ in values(found, "PHONE")} == {f"+{one['phone']}", f"+{other['phone']}"}
    assert field(found, "CLIENT_ID") == str(again["client"]["id"])
    assert bed.parked() == {}
    (link,) = bed.items("Links", f"booking#{bed.location}#{second['id']}")
    assert link["contact"] == winner
    assert bed.items("Links", f"contact#{loser}") == []


def test_a_vanished_contact_is_met_anew_by_a_change_of_his_data(bed: Bed) -> None:
    known = someone("Roc Vila")
    record = bed.book(known)
    bed.work(record)
    old = contact_of(bed, record)["id"]
    bed.person("delete", entity="contacts", ids=[old])
    change_client(bed, record, email="roc.vila@example.test")
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    bed.come_to_rest()
    assert contact_of(bed, record)["id"] != old
    assert values(contact_of(bed, record), "EMAIL") == [("roc.vila@example.test", "WORK")]


# -- doubts ------------------------------------------------------------------------------------------------------------


def twofold(bed: Bed, name: str) -> tuple[dict[str, Any], list[int]]:
    """Return somebody whose phone two contacts have."""
    who = someone(name)
    return who, [bed.make_contact(f"{name} {number}", f"+{who['phone']}") for number in ("one", "two")]


def test_open_questions_name_the_client_the_candidates_and_what_waits(bed: Bed) -> None:
    who, candidates = twofold(bed, "Gal")
    records = [bed.book(who, 2), bed.book(who, 3)]
    bed.work(*records)
    (question,) = [one for one in questions(bed) if one.client == records[0]["client"]["id"]]
    assert (question.location, question.doubt) == (bed.location, "several_contacts")
    assert list(question.candidates) == candidates
    assert list(question.bookings) == sorted(record["id"] for record in records)
    assert set(question.deals) == {bed.deal(record)["id"] for record in records}
    # Merged in Kommo, it is answered.
    merge(bed, candidates[0], candidates[1])
    bed.come_to_rest()
    assert_answered(bed, records, candidates[0])


def test_a_similar_phone_is_a_question(bed: Bed) -> None:
    who = someone("Teo")
    like = bed.make_contact("Teo?", f"+15{who['phone'][1:]}")
    record = bed.book(who)
    bed.work(record)
    (question,) = [one for one in questions(bed) if one.client == record["client"]["id"]]
    assert (question.doubt, question.candidates) == ("similar_phone", (like,))
    assert bed.deal(record)["_embedded"]["contacts"] == []
    bed.person("delete", entity="contacts", ids=[like])
    bed.ring(HintKind.CONTACTS_GONE, source="kommo", contacts=(like,), generation=1)
    bed.drain()
    bed.come_to_rest()
    assert contact_of(bed, record)["name"] == "Teo"
    assert bed.parked() == {}


def answer(bed: Bed, record: Raw, contact: int | str) -> Command:
    """Say who a booking's client is, and let the mover carry it out."""
    client = record["client"]["id"]
    command = bed.ask(CommandKind.RESOLVE_CLIENT, 501, location=record["company_id"], client=client, contact=contact)
    bed.drain()
    return bed.outcome(command)


def test_a_person_chooses_a_candidate(bed: Bed) -> None:
    who, candidates = twofold(bed, "Aleix")
    records = [bed.book(who, 2), bed.book(who, 3), bed.book(who, 4)]
    bed.work(*records)
    bed.cancel(records[2])
    done = answer(bed, records[0], candidates[1])
    assert (done.state, done.result) == (CommandState.DONE, {"contact": candidates[1]})
    assert_answered(bed, records[:2], candidates[1])
    assert contact_of(bed, records[2])["id"] == candidates[1]
    later = bed.book(who, 9)
    bed.work(later)
    assert_answered(bed, [*records, later], candidates[1])
    # Once more is no harm, and something else comes too late.
    assert answer(bed, records[0], candidates[1]).state is CommandState.DONE
    refused = answer(bed, records[0], candidates[0])
    assert (refused.state, refused.result["code"]) == (CommandState.REFUSED, "already_answered")


def test_a_person_says_that_it_is_nobody_of_them(bed: Bed) -> None:
    who, candidates = twofold(bed, "Bruna")
    record = bed.book(who)
    bed.work(record)
    done = answer(bed, record, "new")
    made = contact_of(bed, record)
    assert done.result == {"contact": made["id"]}
    assert made["id"] not in candidates
    assert (made["name"], field(made, "CLIENT_ID")) == ("Bruna", str(record["client"]["id"]))
    assert_answered(bed, [record], made["id"])


def test_a_person_may_say_that_two_clients_are_one(bed: Bed) -> None:
    known = bed.book(someone("Carme Pons"))
    bed.work(known)
    contact = contact_of(bed, known)["id"]
    who, _ = twofold(bed, "Carme P.")
    record = bed.book(who, 6)
    bed.work(record)
    assert answer(bed, record, contact).state is CommandState.DONE
    assert_answered(bed, [record], contact)
    found = contact_of(bed, record)
    assert field(found, "CLIENT_ID") == str(record["client"]["id"])
    assert f"+{who['phone']}" in [phone for phone, _ in values(found, "PHONE")]


@pytest.mark.parametrize("at", range(1, 14))
def test_an_answer_that_is_killed_is_carried_out_once(bed: Bed, at: int) -> None:
    who, candidates = twofold(bed, "Dolors")
    record = bed.book(who)
    bed.work(record)
    wanted = "new" if at % 2 else candidates[0]
    with bed.wire.killing(at):
        answer(bed, record, wanted)
    bed.drain()
    bed.come_to_rest()
    found = contact_of(bed, record)
    assert found["id"] == wanted or wanted == "new"
    assert_answered(bed, [record], found["id"])
    by_name = [one for one in bed.look("contacts") if field(one, "PHONE") == f"+{who['phone']}"]
    assert len(by_name) == (3 if wanted == "new" else 2)


@pytest.mark.parametrize(("contact", "code"), [(999_999_999, "contact"), ("new", "question")])
def test_what_makes_no_sense_is_refused(bed: Bed, contact: int | str, code: str) -> None:
    who, candidates = twofold(bed, "Enric")
    record = bed.book(who)
    bed.work(record)
    asked = record if code == "contact" else {**record, "client": {"id": 424_242}}
    refused = answer(bed, asked, contact)
    assert (refused.state, refused.result["code"]) == (CommandState.REFUSED, code)
    assert bed.parked()[record["id"]] == "ambiguous_contact"
    answer(bed, record, candidates[0])


def assert_answered(bed: Bed, records: Sequence[Raw], contact: int) -> None:
    assert [contact_of(bed, record)["id"] for record in records] == [contact] * len(records)
    assert not [one for one in questions(bed) if one.client == records[0]["client"]["id"]]


# -- many at once (on a bed of its own, which ends the use of the other) ----------------------------------------------


def test_many_unknown_clients_are_looked_for_by_one_listing(make_bed: MakeBed) -> None:
    bed = make_bed()
    some = [person(number) for number in range(60)]
    for who in some[:10]:
        bed.make_contact(f"By phone {who['phone']}", who["phone"][2:])
    emails = [
        [{"field_code": "EMAIL", "values": [{"value": who["email"], "enum_code": "WORK"}]}] for who in some[10:20]
    ]
    bed.in_kommo("POST", "contacts", [{"name": "", "custom_fields_values": fields} for fields in emails])
    records = [bed.book(who, 2 + place % 20) for place, who in enumerate(some)]
    with bed.counted() as counted:
        bed.sweep()
    # One page of the listing, and one reading of those who may be meant.
    assert counted.kommo[CONTACTS] == 2
    assert counted.kommo["POST /api/v4/contacts"] == 1
    assert counted.kommo["PATCH /api/v4/contacts"] == 1
    bed.assert_right(only=records)
    assert len(bed.look("contacts")) == len(some)


def test_who_was_made_since_the_last_listing_is_found_by_the_next(make_bed: MakeBed) -> None:
    bed = make_bed()
    first, later = ([person(number) for number in numbers] for numbers in (range(30), range(30, 60)))
    for who in first:
        bed.book(who)
    bed.sweep()
    for who in later:
        bed.make_contact(who["name"], who["phone"])
    bed.clock.sleep(10)
    records = [bed.book(who, 3) for who in later]
    with bed.counted() as counted:
        bed.sweep()
    assert (counted.kommo[CONTACTS], counted.kommo["POST /api/v4/contacts"]) == (2, 0)
    bed.assert_right(only=records)
    assert len(bed.look("contacts")) == len(first) + len(later)
