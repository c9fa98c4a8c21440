"""Bookings, deals and an account to test with; all invented."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from bookdeal.bookings.planning import Surroundings
from bookdeal.model.booking import Booking, BookingStatus, Client, Employee, Location, ProductLine, ServiceLine
from bookdeal.model.deal import Deal, Pipeline, Place, Stage
from bookdeal.model.field_codes import DEAL_FIELDS, OPTIONAL
from bookdeal.model.settings import Mapping, Settings, StatusSync, SyncMode

GRACIA = Location(
    id=900100, title="Gràcia", city="Barcelona", country="ES", timezone="Europe/Madrid", currency="EUR", active=True
)
CLIENT = Client(id=880001, name="Carla Ruiz", phone="+34600000101", email="carla@example.test")
BOOKING = Booking(
    location=GRACIA.id,
    id=640001,
    status=BookingStatus.WAITING,
    starts_at=datetime(2026, 5, 4, 18, 30),
    length=3600,
    employee=Employee(51001, "Berta"),
    services=(ServiceLine(7001, "Haircut", Decimal(1), Decimal("30")),),
    products=(),
    client=CLIENT,
    visitor="",
    seats=1,
    visit=549000001,
    event=None,
    online=False,
    paid_in_full=False,
    external_id="",
    changed="2026-05-02T14:22:50+0200",
)
SHAMPOO = ProductLine("Shampoo", Decimal("12.50"))

NEW, BOOKED, ARRIVED, CALL_BACK, WON, LOST = 1, 2, 3, 4, 142, 143
SALON = Pipeline(
    20,
    "Salon",
    False,
    (
        Stage(9, "Incoming", "incoming"),
        Stage(NEW, "New", "open"),
        Stage(BOOKED, "Booked", "open"),
        Stage(ARRIVED, "Arrived", "open"),
        Stage(CALL_BACK, "Call back", "open"),
        Stage(WON, "Won", "won"),
        Stage(LOST, "Lost", "lost"),
    ),
)
SALES = Pipeline(10, "Sales", True, (Stage(8, "Incoming", "incoming"), Stage(11, "First", "open")))
PIPELINES = (SALES, SALON)
MAPPING = Mapping(
    SALON.id,
    NEW,
    {
        BookingStatus.WAITING: NEW,
        BookingStatus.CONFIRMED: BOOKED,
        BookingStatus.ARRIVED: WON,
        BookingStatus.NO_SHOW: CALL_BACK,
        BookingStatus.CANCELLED: LOST,
    },
)
SIMPLE = StatusSync(SyncMode.SIMPLE, MAPPING)
FIELD_IDS = {code: 100 + number for number, code in enumerate(DEAL_FIELDS) if code not in OPTIONAL}
ALL_FIELD_IDS = {code: 100 + number for number, code in enumerate(DEAL_FIELDS)}


def at(stage: int) -> Place:
    """Return a stage of the salon's pipeline."""
    return Place(SALON.id, stage)


def booking(**changes: Any) -> Booking:
    """Return the example booking with changes."""
    return replace(BOOKING, **changes)


def around(**settings: Any) -> Surroundings:
    """Return the surroundings of a plan, with changes to the settings."""
    return Surroundings(
        settings=Settings(**{"status_sync": SIMPLE, **settings}),
        location=GRACIA,
        pipelines=PIPELINES,
        field_ids=FIELD_IDS,
        account_zone="Europe/Madrid",
    )


def deal(stage: int = NEW, **changes: Any) -> Deal:
    """Return the example booking's deal as we would have made it."""
    from bookdeal.bookings.planning import plan_new

    made, _ = plan_new(BOOKING, "mark", 5, around())
    plain = Deal(
        id=501,
        name=made.name,
        price=made.price,
        place=at(stage),
        fields=made.fields,
        contacts=(5,),
        created_at=1,
        updated_at=1,
    )
    return replace(plain, **changes)
