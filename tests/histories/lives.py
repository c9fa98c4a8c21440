"""A history as it happens: what was done on both sides, and what may be true of its deals since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from bookdeal.model.hint import HintKind, SeenBooking, SeenDeal
from tests.integration.mover.oracle import STATUS, Raw
from tests.sides import CONFIRMED, WAITING, Sides

from .steps import PEOPLE, Step

BY_HAND = "Call back"
"""Where people put deals: a stage in which no status puts them."""
LOST = "lost"

type Key = tuple[int, int]
"""Location and id of a booking."""


@dataclass(frozen=True, slots=True)
class Bell:
    """What a provider rings for: bookings or clients on Altegio's side; deals or contacts on Kommo's."""

    kind: HintKind
    bookings: tuple[SeenBooking, ...] = ()
    deals: tuple[SeenDeal, ...] = ()
    contacts: tuple[int, ...] = ()
    clients: tuple[int, ...] = ()

    @property
    def is_needed(self) -> bool:
        """No reading of changes would find what it rings for."""
        return self.kind is HintKind.PAYMENT

    def with_those_of(self, other: "Bell") -> "Bell":
        """Return one bell for what both ring for."""
        return Bell(
            self.kind,
            self.bookings + other.bookings,
            self.deals + other.deals,
            self.contacts + other.contacts,
            self.clients + other.clients,
        )


@dataclass(frozen=True, slots=True)
class Fate:
    """One way in which a deal may stand: the status that was applied last (None: none), its stage, whether it is there.

    Whether the mover has looked between two steps nobody knows, so a deal has several fates at once.
    """

    applied: str | None = None
    stage: str = ""
    exists: bool = True

    def after_a_look(self, status: str) -> "Fate":
        """A stage follows its booking's status when that has changed; else a person's choice stays."""
        return self if status == self.applied or not self.exists else Fate(status, status)


@dataclass
class Course:
    """One booking of a life: how it is now, and how its deal may stand."""

    record: Raw
    fates: set[Fate] = field(default_factory=lambda: {Fate()})
    statuses: set[str] = field(default_factory=set)
    was_seen: bool = False
    was_moved: bool = False
    may_be_gone: bool = False

    @property
    def key(self) -> Key:
        return self.record["company_id"], self.record["id"]

    @property
    def status(self) -> str:
        """The name of the stage for the booking's status."""
        return LOST if self.record["deleted"] else STATUS[self.record["attendance"]]

    @property
    def was_always_expected(self) -> bool:
        """Whenever the mover may have looked, the client was still to come."""
        return self.statuses <= {STATUS[WAITING], STATUS[CONFIRMED]}

    def may_be_looked_at(self) -> None:
        self.statuses.add(self.status)
        self.fates |= {fate.after_a_look(self.status) for fate in self.fates}

    def was_looked_at(self) -> None:
        self.fates = {fate.after_a_look(self.status) for fate in self.fates}
        self.was_seen = self.was_seen or not self.record["deleted"]


@dataclass
class Life:
    """A history under way, with people and bookings of its own.

    `first` is the number of the first of its people; `by_visit`: bookings of one visit share a deal.
    """

    sides: Sides
    first: int
    today: date
    by_visit: bool = False
    courses: list[Course] = field(default_factory=list)
    deals: Mapping[Key, Raw] = field(default_factory=dict)
    phones: list[set[str]] = field(default_factory=list)
    given: list[tuple[Key, int]] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.phones = [{_phone(self.first + number)} for number in range(PEOPLE)]

    @staticmethod
    def numbers(life: int) -> int:
        """Return the number of the first person of the so-manieth life: enough for all his phones."""
        return life * 40

    def take(self, step: Step) -> list[Bell]:
        """Let it happen, where it can; returns the bells that ring for it."""
        self.taken.add(step.what)
        for course in self.courses:
            course.may_be_looked_at()
        if step.what == "book":
            bells = self._book(*step.detail) if len(self.courses) < 3 else []
        elif not self.courses:
            return []
        else:
            course = self.courses[step.which % len(self.courses)]
            bells = getattr(self, f"_{step.what}")(course, step.detail)
        for course in self.courses:
            course.may_be_looked_at()
        return bells

    def came_to_rest(self, deals: Mapping[Key, Raw]) -> None:
        """All is quiet, and these are the deals: people may now do something with them."""
        self.deals = deals
        for course in self.courses:
            course.was_looked_at()

    # -- in the salon ----------------------------------------------------------------------------------------------

    def _book(self, who: int, day: int, hour: int, service: int) -> list[Bell]:
        someone = {
            "name": f"Guest {self.first + who}",
            "phone": sorted(self.phones[who])[-1],
            "email": f"guest{self.first + who}@example.test",
        }
        starts = f"{self.today + timedelta(days=day)} {hour:02}:00:00"
        record = self.sides.make_booking(someone, starts, services=[{"id": service}])
        self.courses.append(Course(record))
        return [_rung(record)]

    def _rewrite(self, course: Course, **changes: Any) -> list[Bell]:
        if course.record["deleted"]:
            return []
        course.record = self.sides.rewrite(course.record, **changes)
        return [_rung(course.record)]

    def _reschedule(self, course: Course, time: tuple[int, int]) -> list[Bell]:
        return self._rewrite(course, datetime=f"{self.today + timedelta(days=time[0])} {time[1]:02}:00:00")

    def _employee(self, course: Course, employee: int) -> list[Bell]:
        return self._rewrite(course, staff_id=employee)

    def _services(self, course: Course, services: list[int]) -> list[Bell]:
        return self._rewrite(course, services=[{"id": one} for one in services])

    def _client(self, course: Course, who: int) -> list[Bell]:
        someone = {"name": f"Guest {self.first + who}", "phone": sorted(self.phones[who])[-1]}
        return self._rewrite(course, client=someone)

    def _status(self, course: Course, attendance: int) -> list[Bell]:
        return [] if course.record["deleted"] else self._administered(course, "change", attendance=attendance)

    def _cancel(self, course: Course, _: None) -> list[Bell]:
        return [] if course.record["deleted"] else self._administered(course, "cancel")

    def _restore(self, course: Course, _: None) -> list[Bell]:
        return self._administered(course, "restore") if course.record["deleted"] else []

    def _pay(self, course: Course, amount: int) -> list[Bell]:
        full = sum(line["manual_cost"] for line in course.record["services"])
        if course.record["deleted"] or not full:
            return []
        self._administered(course, "pay", cost_to_pay=min(amount, full))
        return [Bell(HintKind.PAYMENT, bookings=(SeenBooking(course.record["id"]),))]

    def _administered(self, course: Course, call: str, **given: Any) -> list[Bell]:
        location, id = course.key
        self.sides.admin(call, location=location, ids=[id], **given)
        course.record = self.sides.record(course.record)
        return [_rung(course.record)]

    def _phone(self, course: Course, _: None) -> list[Bell]:
        """The client has another phone."""
        client = course.record["client"]
        who = next(number for number, theirs in enumerate(self.phones) if _digits(client["phone"]) in theirs)
        if len(self.phones[who]) == 9:
            return []
        new = _phone(self.first + PEOPLE + 10 * (who + 1) + len(self.phones[who]))
        location, _ = course.key
        now = self.sides.salon("GET", f"/client/{location}/{client['id']}")
        body = {"name": now["name"], "phone": f"+{new}", "email": now["email"]}
        self.sides.salon("PUT", f"/client/{location}/{client['id']}", body)
        self.phones[who].add(new)
        for one in self.courses:
            if one.record["client"]["id"] == client["id"]:
                one.record = self.sides.record(one.record)
        return [Bell(HintKind.CLIENT, clients=(client["id"],))]

    # -- in Kommo --------------------------------------------------------------------------------------------------

    def _move(self, course: Course, _: None) -> list[Bell]:
        deal = self.deals.get(course.key)
        if deal is None or course.may_be_gone:
            return []
        self.sides.move(deal, BY_HAND)
        for one in self._beside(deal):
            one.was_moved = True
            one.fates = {replace(fate, stage=BY_HAND) if fate.exists else fate for fate in one.fates}
        stands = self.sides.in_kommo("GET", f"leads/{deal['id']}")
        return [Bell(HintKind.DEALS, deals=(SeenDeal(deal["id"], stands["pipeline_id"], stands["status_id"]),))]

    def _delete(self, course: Course, _: None) -> list[Bell]:
        deal = self.deals.get(course.key)
        if deal is None or course.may_be_gone or "give" in self.taken:
            return []
        self.sides.person("delete", entity="leads", ids=[deal["id"]])
        for one in self._beside(deal):
            one.may_be_gone = True
            one.fates = {Fate(exists=False)}
        # What was booked since for the same visit may have been put on this deal, or not yet.
        for one in self.courses:
            one.may_be_gone |= self.by_visit and one.key not in self.deals
        return [Bell(HintKind.DEALS_GONE, deals=(SeenDeal(deal["id"], 0, 0),))]

    def _merge(self, course: Course, _: None) -> list[Bell]:
        """A person merges the deal's contact into one that was made by hand."""
        deal = self.deals.get(course.key)
        if deal is None or course.may_be_gone:
            return []
        stands = self.sides.in_kommo("GET", f"leads/{deal['id']}", **{"with": "contacts"})
        linked = [one["id"] for one in stands["_embedded"]["contacts"]]
        made = self.sides.in_kommo("POST", "contacts", [{"name": f"By hand {self.first}"}])
        winner = made["_embedded"]["contacts"][0]["id"]
        self.sides.person("merge", entity="contacts", winner=winner, losers=linked)
        return [Bell(HintKind.CONTACTS_GONE, contacts=tuple(linked))]

    def _give(self, course: Course, which: int) -> list[Bell]:
        """A person puts the booking on the deal of another one."""
        other = self.courses[which % len(self.courses)]
        deal = self.deals.get(other.key)
        if deal is None or course.key not in self.deals or "delete" in self.taken:
            return []
        self.given.append((course.key, deal["id"]))
        return []

    def _beside(self, deal: Raw) -> Iterable[Course]:
        return [one for one in self.courses if one.key in self.deals and self.deals[one.key]["id"] == deal["id"]]


def _rung(record: Raw) -> Bell:
    return Bell(HintKind.BOOKING, bookings=(SeenBooking(record["id"], record["last_change_date"]),))


def _phone(number: int) -> str:
    return f"34{600_000_000 + number}"


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))
