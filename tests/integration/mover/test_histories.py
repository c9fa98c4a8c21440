"""Whatever happens in a salon, in whatever order, how often and how late the bells of it ring: the deals end right."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookdeal.model.hint import HintKind, SeenBooking

from .bed import (
    ARRIVED,
    BERTA,
    BLOW_DRY,
    COLOURING,
    CONFIRMED,
    ELENA,
    HAIRCUT,
    NO_SHOW,
    WAITING,
    Bed,
    person,
)
from .conftest import MakeBed
from .oracle import Raw, field

EXAMPLES = 60
BOOKINGS = 2
numbers = count(100)

type Step = tuple[int, str, Any]
"""Which booking, what happens to it, and a detail of that."""

steps = st.tuples(
    st.integers(0, BOOKINGS - 1),
    st.one_of(
        st.tuples(st.just("status"), st.sampled_from([WAITING, CONFIRMED, ARRIVED, NO_SHOW])),
        st.tuples(st.just("reschedule"), st.tuples(st.integers(1, 9), st.integers(9, 17))),
        st.tuples(st.just("employee"), st.sampled_from([BERTA, ELENA])),
        st.tuples(st.just("services"), st.lists(st.sampled_from([HAIRCUT, COLOURING, BLOW_DRY]), max_size=3)),
        st.tuples(st.just("client"), st.integers(0, 3)),
        st.tuples(st.just("pay"), st.integers(0, 10)),
        st.tuples(st.just("cancel"), st.none()),
        st.tuples(st.just("restore"), st.none()),
    ),
).map(lambda step: (step[0], *step[1]))

histories = st.lists(steps, min_size=1, max_size=8)

deliveries = st.fixed_dictionaries(
    {
        # For each bell in turn: how many copies of it are sent (0: it is lost), and where in the line they are put.
        "copies": st.lists(st.sampled_from([0, 1, 1, 1, 2]), min_size=12, max_size=12),
        "places": st.lists(st.integers(0, 5), min_size=12, max_size=12),
        "runs_after": st.sets(st.integers(0, 9), max_size=5),
        "joined": st.booleans(),
    }
)


@dataclass
class Salon:
    """A few bookings of one history. Each history has bookings and clients of its own."""

    bed: Bed
    people: list[dict[str, Any]]
    records: list[Raw]

    @staticmethod
    def opened(bed: Bed) -> "Salon":
        people = [person(next(numbers)) for _ in range(4)]
        return Salon(bed, people, [bed.book(people[place], 2 + place) for place in range(BOOKINGS)])

    def take(self, step: Step) -> tuple[HintKind, SeenBooking]:
        """Let it happen; returns the bell that rings for it."""
        which, what, detail = step
        bed, record = self.bed, self.records[which]
        now = bed.record(record)
        kind = HintKind.BOOKING
        if now["deleted"] != (what == "restore"):
            return kind, SeenBooking(record["id"], now["last_change_date"])
        match what:
            case "status":
                bed.set_status(record, detail)
            case "reschedule":
                bed.change(record, datetime=f"{bed.day(detail[0])} {detail[1]:02d}:00:00")
            case "employee":
                bed.change(record, staff_id=detail)
            case "services":
                bed.change(record, services=[{"id": one} for one in detail])
            case "client":
                bed.change(record, client=self.people[detail])
            case "pay":
                full = sum(line["cost"] for line in now["services"])
                bed.admin("pay", location=bed.location, ids=[record["id"]], cost_to_pay=min(detail, full))
                return HintKind.PAYMENT, SeenBooking(record["id"])
            case "cancel":
                bed.cancel(record)
            case "restore":
                bed.admin("restore", location=bed.location, ids=[record["id"]])
        return kind, SeenBooking(record["id"], bed.record(record)["last_change_date"])


class Bells:
    """The bells of a history on their way: lost, copied, overtaken by others, joined into one hint."""

    def __init__(self, bed: Bed, delivery: dict[str, Any]) -> None:
        self.bed = bed
        self.delivery = delivery
        self.line: list[tuple[HintKind, SeenBooking]] = []
        self._number = 0

    def ring(self, kind: HintKind, seen: SeenBooking) -> None:
        copies, place = self.delivery["copies"][self._number], self.delivery["places"][self._number]
        self._number += 1
        # A payment that rings for nobody is found by no reading of changes: its bell has to come once at least.
        for _ in range(max(copies, kind is HintKind.PAYMENT)):
            self.line.insert(max(0, len(self.line) - place), (kind, seen))

    def arrive(self) -> None:
        """Let all that are on their way come in, and work."""
        location = self.bed.location
        if self.delivery["joined"]:
            for kind in {kind for kind, _ in self.line}:
                seen = tuple(one for its, one in self.line if its is kind)
                self.bed.ring(kind, source="altegio", location=location, bookings=seen, generation=1)
        else:
            for kind, one in self.line:
                self.bed.ring(kind, source="altegio", location=location, bookings=(one,), generation=1)
        self.line.clear()
        self.bed.drain()


@pytest.fixture(scope="module")
def bed(make_bed: MakeBed) -> Bed:
    return make_bed()


def played(bed: Bed, history: list[Step], delivery: dict[str, Any]) -> list[Raw | None]:
    """Play a history with its bells delivered so; returns its deals, after a sweep, as the oracle has judged them."""
    salon, bells = Salon.opened(bed), Bells(bed, delivery)
    for record in salon.records:
        bells.ring(HintKind.BOOKING, SeenBooking(record["id"], record["last_change_date"]))
    for number, step in enumerate(history):
        bells.ring(*salon.take(step))
        if number in delivery["runs_after"]:
            bells.arrive()
    bells.arrive()
    bed.sweep()
    deals = bed.assert_right(only=salon.records)
    assert bed.parked() == {}
    return [deals.get(record["id"]) for record in salon.records]


def seen_from_outside(bed: Bed, deal: Raw | None) -> Any:
    """Return what does not depend on which of several equal histories a deal comes from."""
    if deal is None:
        return None
    codes = ("BOOKING_DATE", "BOOKING_TIME", "EMPLOYEE", "SERVICES", "LOCATION")
    return [deal["price"], deal["status_id"], *(field(deal, code) for code in codes)]


@settings(max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(history=histories, one=deliveries, other=deliveries)
def test_any_delivery_of_a_history_ends_in_the_same_deals(
    bed: Bed, history: list[Step], one: dict[str, Any], other: dict[str, Any]
) -> None:
    show: Callable[[Raw | None], Any] = lambda deal: seen_from_outside(bed, deal)  # noqa: E731
    first = [show(deal) for deal in played(bed, history, one)]
    second = [show(deal) for deal in played(bed, history, other)]
    for here, there in zip(first, second, strict=True):
        # A booking that was cancelled before anybody looked has no deal: that alone may differ.
        if here is not None and there is not None:
            assert here == there
