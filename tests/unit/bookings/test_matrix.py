"""Every status × mode × condition × adopted, new or known × closed or open × one or several bookings.

The product's planning is held against `stage_oracle`, which was written apart from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

import pytest

from bookdeal.bookings import fields
from bookdeal.bookings.planning import Applied, plan_new, plan_update
from bookdeal.bookings.rules import inputs_of
from bookdeal.bookings.visits import current
from bookdeal.installs.settings_form import SettingsForm
from bookdeal.model.booking import Booking, BookingStatus, Employee, ServiceLine
from bookdeal.model.deal import Place
from bookdeal.model.settings import Settings

from . import stage_oracle as oracle
from .examples import BOOKING, GRACIA, PIPELINES, SALES, SALON, around, deal

NEW, BOOKED, ARRIVED, CALL_BACK, WON, LOST = 1, 2, 3, 4, 142, 143
FIRST = 11
KINDS = {pipeline.id: {stage.id: stage.kind for stage in pipeline.stages} for pipeline in PIPELINES}
HAIR, NAILS = 7100, 7101
BERTA, DANI = 51001, 51002
STATUSES = tuple(BookingStatus)
STAGES = {"waiting": NEW, "confirmed": BOOKED, "arrived": WON, "no_show": CALL_BACK, "cancelled": LOST}
SALON_MAPPING = {"pipeline": SALON.id, "landing": None, "stages": STAGES}
ONLY_CONFIRMED = {"pipeline": SALON.id, "landing": CALL_BACK, "stages": {"confirmed": BOOKED, "arrived": None}}
SALES_MAPPING = {"pipeline": SALES.id, "landing": None, "stages": dict.fromkeys(STAGES, FIRST)}

FITTING: Mapping[str, list[int]] = {
    "locations": [GRACIA.id, 900200],
    "employees": [BERTA],
    "service_categories": [NAILS, HAIR],
    "pipelines": [SALON.id],
}
STRANGE: Mapping[str, list[int]] = {
    "locations": [900200],
    "employees": [59999],
    "service_categories": [7999],
    "pipelines": [99],
}


def rule(id: str, mapping: Mapping[str, Any], **conditions: list[int]) -> dict[str, Any]:
    return {"id": id, "mapping": mapping, "conditions": {**{entity: [] for entity in FITTING}, **conditions}}


def conditional(rules: list[dict[str, Any]], otherwise: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"mode": "conditional", "rules": rules, "otherwise": otherwise}


def setups() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "off", {"mode": "off"}
    yield "off, landing chosen", {"mode": "off", "mapping": ONLY_CONFIRMED}
    yield "simple", {"mode": "simple", "mapping": SALON_MAPPING}
    yield "simple, one status", {"mode": "simple", "mapping": ONLY_CONFIRMED}
    for entity in FITTING:
        for fits, otherwise in product((True, False), (None, SALES_MAPPING)):
            asked = {entity: (FITTING if fits else STRANGE)[entity]}
            name = f"{entity}, {'fits' if fits else 'does not fit'}, otherwise {'moves' if otherwise else 'nothing'}"
            yield name, conditional([rule("one", SALON_MAPPING, **asked)], otherwise)
    for entity in FITTING:
        nearly = {**FITTING, entity: STRANGE[entity]}
        yield f"all but {entity}", conditional([rule("one", SALON_MAPPING, **nearly)], ONLY_CONFIRMED)
    yield "all", conditional([rule("one", SALON_MAPPING, **FITTING)], None)
    two = [rule("sales", SALON_MAPPING, pipelines=[SALES.id]), rule("rest", SALES_MAPPING, locations=[GRACIA.id])]
    yield "the deal's pipeline leads elsewhere", conditional(two, None)
    yield "the first of two", conditional([*two[1:], rule("late", SALON_MAPPING, employees=[BERTA])], None)
    yield "a rule for one status", conditional([rule("one", ONLY_CONFIRMED, locations=[GRACIA.id])], SALES_MAPPING)


@dataclass(frozen=True)
class Known:
    """A deal that is there: where it stands, where we put it, the pipeline it came from, whether it shows a booking."""

    stands: tuple[int, int]
    put: tuple[int, int] | None
    home: int | None
    is_shown: bool = True


DEALS: Mapping[str, Known] = {
    "adopted in the salon": Known((SALON.id, ARRIVED), None, None, is_shown=False),
    "adopted in sales": Known((SALES.id, FIRST), None, None, is_shown=False),
    "found again after a crash": Known((SALON.id, NEW), (SALON.id, NEW), None, is_shown=False),
    "where we put it": Known((SALON.id, NEW), (SALON.id, NEW), SALON.id),
    "moved by a rule from sales": Known((SALON.id, NEW), (SALON.id, NEW), SALES.id),
    "moved by a person": Known((SALON.id, ARRIVED), (SALON.id, NEW), SALON.id),
    "moved by a person to sales": Known((SALES.id, FIRST), (SALON.id, NEW), SALON.id),
    "won by us": Known((SALON.id, WON), (SALON.id, WON), SALON.id),
    "lost by us": Known((SALON.id, LOST), (SALON.id, LOST), SALON.id),
    "won by a person": Known((SALON.id, WON), (SALON.id, NEW), SALON.id),
    "lost by a person": Known((SALON.id, LOST), (SALON.id, BOOKED), SALON.id),
    "of an older version": Known((SALON.id, BOOKED), (SALON.id, BOOKED), None),
}


@cache
def make(
    status: BookingStatus, employee: int = BERTA, categories: tuple[int, ...] = (HAIR,), id: int = BOOKING.id
) -> Booking:
    lines = tuple(ServiceLine(9000 + one, "Service", Decimal(1), Decimal(30), one) for one in categories)
    return replace(BOOKING, id=id, status=status, employee=Employee(employee, "Berta"), services=lines)


def raw(booking: Booking) -> dict[str, Any]:
    return {
        "status": booking.status.value,
        "location": booking.location,
        "employee": booking.employee.id if booking.employee else None,
        "categories": sorted({line.category for line in booking.services if line.category}),
        "price": int(booking.total),
        "starts": booking.starts_at,
        "id": booking.id,
    }


def chosen(sync: Mapping[str, Any], only: int | None, reopen: bool) -> tuple[dict[str, Any], Settings]:
    """The same settings for the oracle and for the product."""
    form = SettingsForm.model_validate(
        {"status_sync": {**sync, "only_pipeline": only}, "reopen_closed": reopen, "deal_name": "{person}"}
    )
    return form.to_json()["status_sync"], form.settings()


VISITS = ("one", "with a later one", "with a cancelled one")
VARIANTS = ((DANI, "one"), *((BERTA, visit) for visit in VISITS))
"""Another employee than was shown before, and the same with each kind of visit."""


@cache
def held(
    visit: str, status: BookingStatus, employee: int = BERTA, categories: tuple[int, ...] = (HAIR,)
) -> tuple[tuple[Booking, ...], Booking, list[dict[str, Any]]]:
    """The bookings of a deal, the one that the product lets it show, and all of them as the oracle sees them.

    Beside the first booking there may be one an hour later with its own service.
    """
    bookings: tuple[Booking, ...] = (make(status, employee, categories),)
    if visit != "one":
        other = BookingStatus.CANCELLED if visit == "with a cancelled one" else BookingStatus.WAITING
        later = BOOKING.starts_at + timedelta(hours=1)
        bookings = (*bookings, replace(make(other, DANI, (NAILS,), id=BOOKING.id + 1), starts_at=later))
    shown = current(bookings, lambda booking: fields.starts_at(booking, GRACIA.timezone))
    return bookings, shown, [raw(one) for one in bookings]


SETUPS = dict(setups())


@pytest.mark.parametrize("setup", SETUPS)
def test_new_deals(setup: str) -> None:
    for status, only, categories, visit in product(
        STATUSES, (None, SALON.id, SALES.id), ((HAIR,), (7999, NAILS), ()), VISITS
    ):
        sync, settings = chosen(SETUPS[setup], only, reopen=False)
        bookings, shown, seen = held(visit, status, categories=categories)
        made, verdict = plan_new(shown, "mark", 5, replace(around(), settings=settings), bookings)
        case = (setup, status, only, categories, visit)
        assert made.place == Place(*oracle.place_of_new_deal(sync, oracle.shown(seen), KINDS)), case
        assert made.price == oracle.price(seen), case
        assert verdict.rule


@pytest.mark.parametrize("known", DEALS)
@pytest.mark.parametrize("setup", SETUPS)
def test_known_and_adopted_deals(setup: str, known: str) -> None:
    it = DEALS[known]
    is_closed = KINDS[it.stands[0]][it.stands[1]] != "open"
    for only, reopen in product((None, SALON.id, SALES.id), (False, True) if is_closed else (False,)):
        sync, settings = chosen(SETUPS[setup], only, reopen)
        surroundings = replace(around(), settings=settings)
        stands = deal(place=Place(*it.stands))
        for status, before, (employee, visit) in product(STATUSES, STATUSES if it.is_shown else (None,), VARIANTS):
            bookings, shown, seen = held(visit, status, employee)
            inputs, put = inputs_of(make(before)) if before else None, Place(*it.put) if it.put else None
            applied = Applied(inputs, put, it.home, known=stands.place)
            update = plan_update(shown, applied, stands, surroundings, bookings)
            told = {
                "stands": it.stands,
                "put": it.put,
                "home": it.stands[0] if it.home is None else it.home,
                "shown": raw(make(before)) if before else None,
            }
            expected = oracle.place_of_known_deal(sync, reopen, oracle.shown(seen), told, KINDS)
            case = (setup, known, only, reopen, status, before, employee, visit)
            assert (update.choice.place or stands.place) == Place(*expected), case
            changed_price = update.change.price if update.change else None
            assert (stands.price if changed_price is None else changed_price) == oracle.price(seen), case
            assert update.choice.rule
