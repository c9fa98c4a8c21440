"""Whatever happens in a salon, in whatever order, how often and how late the bells of it ring: the deals end right."""

from dataclasses import dataclass
from itertools import count
from typing import Any

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
from .conftest import Beds
from .oracle import Raw

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
        full = sum(line["manual_cost"] for line in now["services"])
        if now["deleted"] != (what == "restore") or (what == "pay" and not full):
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


@settings(max_examples=EXAMPLES, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(history=histories, delivery=deliveries)
def test_any_delivery_of_a_history_ends_in_the_deals_of_its_end(
    beds: Beds, history: list[Step], delivery: dict[str, Any]
) -> None:
    """The oracle knows how a history ended, not how its bells rang: so any delivery ends in the same deals."""
    bed = beds.take()
    salon, bells = Salon.opened(bed), Bells(bed, delivery)
    for record in salon.records:
        bells.ring(HintKind.BOOKING, SeenBooking(record["id"], record["last_change_date"]))
    for number, step in enumerate(history):
        bells.ring(*salon.take(step))
        if number in delivery["runs_after"]:
            bells.arrive()
    bells.arrive()
    bed.sweep()
    bed.assert_right(only=salon.records)
    assert bed.parked() == {}
