"""Whatever happens to bookings that share a deal, and whichever of it rings: the deal ends right, and holds them."""

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookdeal.model.command import CommandKind
from bookdeal.model.hint import HintKind
from bookdeal.model.settings import Grouping

from .bed import ARRIVED, BLOW_DRY, COLOURING, CONFIRMED, ELENA, HAIRCUT, NO_SHOW, WAITING, Bed, person
from .conftest import Beds
from .oracle import Raw

numbers = count(100)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("status"), st.integers(0, 3), st.sampled_from([WAITING, CONFIRMED, ARRIVED, NO_SHOW])),
        st.tuples(st.just("time"), st.integers(0, 3), st.integers(9, 18)),
        st.tuples(st.just("services"), st.integers(0, 3), st.sampled_from([HAIRCUT, COLOURING, BLOW_DRY])),
        st.tuples(st.just("employee"), st.integers(0, 3), st.just(ELENA)),
        st.tuples(st.just("cancel"), st.integers(0, 3), st.none()),
        st.tuples(st.just("restore"), st.integers(0, 3), st.none()),
        st.tuples(st.just("book"), st.just(0), st.integers(9, 18)),
        st.tuples(st.just("bring"), st.just(3), st.none()),
        st.tuples(st.just("merge"), st.just(0), st.none()),
    ),
    min_size=1,
    max_size=7,
)


class Visit:
    """Two bookings of one visit on one deal, and one of somebody else that may be brought there."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.who = person(next(numbers))
        self.on_deal: list[Raw] = [bed.book(self.who, 3, "10:00"), bed.book(self.who, 3, "12:00", staff_id=ELENA)]
        self.elsewhere: list[Raw] = [bed.book(person(next(numbers)), 4)]
        bed.work(*self.on_deal, *self.elsewhere)
        self.deal = bed.deal_of(self.on_deal[0])["id"]
        self.is_merged = False

    def _is_his(self, record: Raw) -> bool:
        return bool(record["client"]["phone"] == self.on_deal[0]["client"]["phone"])

    def take(self, what: str, which: int, detail: Any) -> Raw | None:
        """Let it happen; returns the booking that rings for it."""
        bed = self.bed
        if what == "book":
            # Of a visit that is all cancelled, and of one whose booking is cancelled unseen, nothing is to be expected.
            if len(self.on_deal) < 4 and any(
                not bed.record(one)["deleted"] for one in self.on_deal if self._is_his(one)
            ):
                self.on_deal.append(bed.book(self.who, 3, f"{detail:02d}:00"))
                bed.work(self.on_deal[-1])
            return None
        if what == "bring":
            if self.elsewhere and not self.is_merged:
                moved = self.elsewhere.pop()
                self.on_deal.append(moved)
                bed.ask(CommandKind.MOVE_BOOKING, location=moved["company_id"], booking=moved["id"], deal=self.deal)
            return None
        if what == "merge":
            # Whose a deal is that was merged and holds somebody else's booking, people have made unclear.
            if self.elsewhere:
                self._merge()
            return None
        record = self.on_deal[which % len(self.on_deal)]
        now = bed.record(record)
        if now["deleted"] != (what == "restore"):
            return None
        match what:
            case "status":
                bed.set_status(record, detail)
            case "time":
                bed.change(record, datetime=f"{now['date'][:10]} {detail:02d}:00:00")
            case "services":
                bed.change(record, services=[{"id": detail}])
            case "employee":
                bed.change(record, staff_id=detail)
            case "cancel":
                bed.cancel(record)
            case "restore":
                bed.admin("restore", location=bed.location, ids=[record["id"]])
        return record

    def _merge(self) -> None:
        """Let a person merge the deal into one made by hand, which stands where the deal stood; Kommo rings for it."""
        bed, self.is_merged = self.bed, True
        (deal,) = [one for one in bed.deals() if one["id"] == self.deal]
        by_hand = {"name": "By hand", "pipeline_id": deal["pipeline_id"], "status_id": deal["status_id"]}
        (made,) = bed.in_kommo("POST", "leads", [by_hand])["_embedded"]["leads"]
        bed.person("merge", entity="leads", winner=made["id"], losers=[self.deal])
        bed.hint_of_deals({"id": self.deal}, kind=HintKind.DEALS_GONE)
        self.deal = made["id"]


@pytest.mark.timeout(300)
@settings(max_examples=20, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(history=steps, rings=st.lists(st.booleans(), min_size=7, max_size=7), pauses=st.sets(st.integers(0, 6)))
def test_any_history_of_a_shared_deal_ends_right(
    beds: Beds, history: list[tuple[str, int, Any]], rings: list[bool], pauses: set[int]
) -> None:
    bed = beds.take()
    bed.choose(grouping=Grouping.VISIT)
    visit = Visit(bed)
    for number, step in enumerate(history):
        record = visit.take(*step)
        if record is not None and rings[number]:
            bed.hint(record)
        if number in pauses:
            bed.drain()
    bed.drain()
    bed.sweep()
    groups = [visit.on_deal, *([one] for one in visit.elsewhere)]
    assert bed.assert_held(*groups)[0]["id"] == visit.deal
    assert bed.parked() == {}
