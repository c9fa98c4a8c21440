"""How both sides must stand after a life, told from what happened and from the raw data of both sides alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.integration.mover import oracle
from tests.integration.mover.oracle import LOST as LOST_STAGE
from tests.integration.mover.oracle import Raw, field
from tests.sides import Sides

from .lives import BY_HAND, LOST, Course, Key, Life

ZONE = "Europe/Madrid"
FREE_OF_VISITS = {"reschedule", "client", "give", "delete", "cancel"}
"""What may let bookings of one visit be on several deals."""

type Items = Callable[[str, str], list[dict[str, Any]]]
"""Returns a table's items whose sort keys begin with the second text."""


@dataclass(frozen=True)
class Look:
    """Both sides, and which deal each booking is linked to, looked at once for many judgements."""

    records: Mapping[Key, Raw]
    deals: Mapping[int, Raw]
    shown: Mapping[Key, Sequence[int]]
    contacts: Sequence[dict[str, Any]]
    by_phone: Mapping[str, set[int]]
    tasks: Counter[int]
    stages: Mapping[int, str]
    locations: Mapping[int, Raw]
    links: Mapping[Key, int]
    claims: Mapping[int, set[Key]]
    parked: Mapping[Key, str]

    @staticmethod
    def at(sides: Sides, items: Items) -> "Look":
        view = sides.view()
        shown: dict[Key, list[int]] = defaultdict(list)
        for id, deal in view.deals.items():
            if field(deal, "BOOKING_ID"):
                shown[int(field(deal, "COMPANY_ID")), int(field(deal, "BOOKING_ID"))].append(id)
        by_phone: dict[str, set[int]] = defaultdict(set)
        for contact in view.contacts:
            for one in contact["custom_fields_values"] or ():
                if one["field_code"] == "PHONE":
                    for value in one["values"]:
                        by_phone[oracle.digits(value["value"])].add(contact["id"])
        return Look(
            records={(id, row["id"]): row for id in sides.altegio.locations for row in sides.records(id)},
            deals=view.deals,
            shown=shown,
            contacts=view.contacts,
            by_phone=by_phone,
            tasks=Counter(task["entity_id"] for task in sides.look("tasks")),
            stages=view.stages,
            locations=view.locations,
            links={_key(item["key"]): item["deal"] for item in items("Links", "booking#")},
            claims={
                item["deal"]: {_key(f"#{one}") for one in item["bookings"].split()} for item in items("Links", "deal#")
            },
            parked={_key(item["key"]): str(item["reason"]) for item in items("Parked", "")},
        )

    def deals_of(self, life: Life) -> dict[Key, Raw]:
        """Return the deals of a life's bookings, as far as there are."""
        links = {course.key: self.links.get(course.key, 0) for course in life.courses}
        return {key: self.deals[deal] for key, deal in links.items() if deal in self.deals}


def _key(text: str) -> Key:
    _, location, booking = text.split("#")
    return int(location), int(booking)


def judge(life: Life, look: Look) -> None:
    """Assert that both sides agree about a life that is at rest, and that nothing is there twice."""
    known = {course.key: course for course in life.courses}
    on_deal: dict[int, list[Course]] = defaultdict(list)
    for key, course in known.items():
        assert key not in look.parked, f"booking {key} is parked: {look.parked[key]}"
        deal = look.links.get(key)
        showing = look.shown.get(key, ())
        assert set(showing) <= {deal}, f"booking {key} is linked to {deal}, deals {showing} show it"
        is_there = deal in look.deals
        ways = {fate.exists for fate in course.fates}
        if not course.may_be_gone and (course.was_seen or not look.records[key]["deleted"]):
            assert is_there in ways, f"booking {key}: its deal {deal} {'is there' if is_there else 'is missing'}"
        if deal is not None and is_there:
            on_deal[deal].append(course)
    for id, courses in on_deal.items():
        _judge_deal(life, look, id, courses)
    _judge_emptied(life, look, set(on_deal))
    for phones in life.phones:
        contacts = set().union(*(look.by_phone.get(phone, set()) for phone in phones))
        assert len(contacts) <= 1, f"one person has the contacts {sorted(contacts)}"
    if life.by_visit and life.taken.isdisjoint(FREE_OF_VISITS):
        visits = defaultdict(set)
        for course in life.courses:
            visits[look.records[course.key]["visit_id"]].add(look.links.get(course.key))
        assert all(len(deals) == 1 for deals in visits.values()), f"a visit has several deals: {dict(visits)}"


def _judge_deal(life: Life, look: Look, id: int, courses: Sequence[Course]) -> None:
    deal = look.deals[id]
    keys = {course.key for course in courses}
    assert look.claims.get(id) == keys, f"deal {id} holds {keys}, is claimed for {look.claims.get(id)}"
    shares = life.by_visit or "give" in life.taken
    assert shares or len(courses) == 1, f"deal {id} holds {keys}"
    records = [look.records[key] for key in keys]
    shown = oracle.shown(records)
    found = (field(deal, "COMPANY_ID"), field(deal, "BOOKING_ID"))
    assert found == (str(shown["company_id"]), str(shown["id"])), f"deal {id} shows {found}, not {shown['id']}"
    beside = [record for record in records if record is not shown]
    location = look.locations[shown["company_id"]]
    oracle.assert_equal(shown, deal, location, look.stages, ZONE, stage_is_ours=False, beside=beside)
    if "give" in life.taken or {"client", "merge"} <= life.taken:
        # A deal that a person put somebody else's booking on may keep who was there before; so may one whose former
        # client was merged into another contact before the change of client was seen.
        linked = deal["_embedded"]["contacts"]
        his = [one for one in linked if one["id"] in _contacts_of(life, shown, look)]
        deal = {**deal, "_embedded": {"contacts": his}}
    oracle.assert_contact(shown, deal, look.contacts, is_question=False)
    stands = LOST if deal["status_id"] == LOST_STAGE else look.stages[deal["status_id"]]
    (course,) = [one for one in courses if one.key == (shown["company_id"], shown["id"])]
    if shares:
        allowed = {course.status} | ({BY_HAND} if any(one.was_moved for one in life.courses) else set())
    else:
        allowed = {fate.stage for fate in course.fates}
    assert stands in allowed, f"deal {id} stands in {stands}, not in {sorted(allowed)}"
    most, least = (len(life.courses) + 1, 0) if shares else (1, int(course.was_always_expected))
    assert least <= look.tasks[id] <= most, f"deal {id} has {look.tasks[id]} tasks"


def _contacts_of(life: Life, record: Raw, look: Look) -> set[int]:
    """Return the contacts of a booking's client by any phone that he has had: the bell of the newest may be lost."""
    phone = oracle.digits(record["client"]["phone"])
    (phones,) = [theirs for theirs in life.phones if phone in theirs]
    return set().union(*(look.by_phone.get(one, set()) for one in phones))


def _judge_emptied(life: Life, look: Look, held: set[int]) -> None:
    """A deal whose booking was put elsewhere shows none, and costs nothing."""
    for deal in {deal["id"] for deal in life.deals.values()} - held:
        if deal in look.deals and deal not in look.claims:
            there = look.deals[deal]
            assert (field(there, "BOOKING_ID"), there["price"]) == (None, 0), f"deal {deal} still shows a booking"
