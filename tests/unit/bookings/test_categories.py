"""Service categories come from the location's services, read as seldom as possible."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from bookdeal.bookings.deals.categories import KEPT, Categories
from bookdeal.installs.installation import Installation
from bookdeal.model.booking import Booking, ServiceCatalogue, ServiceLine
from bookdeal.model.settings import Conditions, Rule, Settings, StatusSync, SyncMode
from bookdeal.runtime.errors import NotFound, Rejected
from tests.manual_clock import ManualClock

from .examples import GRACIA, MAPPING, booking

HAIR, NAILS = 7100, 7101
ASKING = Settings(StatusSync(SyncMode.CONDITIONAL, None, (Rule("r", Conditions(frozenset({HAIR})), MAPPING),), None))


@dataclass
class Salon:
    """A location's services, and what is kept of them."""

    clock: ManualClock
    there: dict[int, int] = field(default_factory=lambda: {1: HAIR, 2: NAILS, 3: 0})
    error: Exception | None = None
    asked: int = 0
    kept: dict[int, ServiceCatalogue] = field(default_factory=dict)

    def services(self, location: int) -> dict[int, int]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.there

    def write_catalogue(self, installation: str, location: int, catalogue: ServiceCatalogue) -> None:
        self.kept[location] = catalogue

    def run(self, settings: Settings = ASKING) -> Categories:
        """Return the categories of one run."""
        installation = Installation(
            "i", "h", 1, (GRACIA,), 1, None, "s", settings, None, None, catalogues=dict(self.kept)
        )
        return Categories(installation, self, self, self.clock)  # type: ignore[arg-type]


@pytest.fixture
def salon() -> Salon:
    return Salon(ManualClock())


def with_services(*services: int) -> Booking:
    return booking(services=tuple(ServiceLine(one, "x", Decimal(1), Decimal(1)) for one in services))


def categories(told: Booking) -> list[int | None]:
    return [line.category for line in told.services]


def test_each_line_gets_the_category_of_its_service(salon: Salon) -> None:
    run = salon.run()
    assert categories(run.told(with_services(1, 2, 3))) == [HAIR, NAILS, 0]
    assert categories(run.told(with_services(2))) == [NAILS]
    assert salon.asked == 1
    assert categories(salon.run().told(with_services(1, 2))) == [HAIR, NAILS]
    assert salon.asked == 1


def test_an_unknown_service_is_looked_for_once(salon: Salon) -> None:
    salon.run().told(with_services(1))
    salon.there[4] = NAILS
    assert categories(salon.run().told(with_services(4))) == [NAILS]
    assert salon.asked == 2
    for _ in range(3):
        assert categories(salon.run().told(with_services(99))) == [0]
    assert salon.asked == 3


def test_a_service_that_is_gone_keeps_its_category(salon: Salon) -> None:
    salon.run().told(with_services(1))
    del salon.there[1]
    assert categories(salon.run().told(with_services(1, 99))) == [HAIR, 0]


def test_services_are_read_again_after_a_day(salon: Salon) -> None:
    salon.run().told(with_services(1))
    salon.there[1] = NAILS
    assert categories(salon.run().told(with_services(1))) == [HAIR]
    salon.clock.sleep(KEPT + 1)
    assert categories(salon.run().told(with_services(1))) == [NAILS]


@pytest.mark.parametrize(
    "settings",
    [Settings(), replace(ASKING, status_sync=replace(ASKING.status_sync, mode=SyncMode.SIMPLE, mapping=MAPPING))],
)
def test_nobody_is_asked_where_no_rule_depends_on_it(salon: Salon, settings: Settings) -> None:
    plain = with_services(1)
    assert salon.run(settings).told(plain) is plain
    assert salon.run().told(with_services()) == with_services()
    assert salon.asked == 0


@pytest.mark.parametrize("error", [Rejected("rights"), NotFound("location")])
def test_services_that_are_not_for_us_to_see_stay_unknown_and_close_nothing(salon: Salon, error: Exception) -> None:
    salon.error = error
    run: Any = salon.run()
    assert categories(run.told(with_services(1))) == categories(run.told(with_services(2))) == [None]
    assert salon.asked == 1
