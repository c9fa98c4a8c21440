"""What a deal shows of its booking."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bookdeal.bookings import fields
from bookdeal.model.booking import Booking, BookingStatus, ServiceLine

from .examples import BOOKING, GRACIA, SHAMPOO, booking


def unix(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_every_field_of_the_deal() -> None:
    assert fields.deal_fields(BOOKING, GRACIA, "Europe/Madrid") == {
        "BOOKING_DATE": unix("2026-05-03T22:00:00"),
        "BOOKING_TIME": "18:30",
        "BOOKING_DATETIME": unix("2026-05-04T16:30:00"),
        "BOOKING_ID": "640001",
        "COMPANY_ID": "900100",
        "EMPLOYEE": "Berta",
        "LOCATION": "Gràcia",
        "SERVICES": "Haircut",
        "PAID": "0",
        "PAYMENT_STATUS": "Not paid",
        "BOOKED_ONLINE": False,
        "VISITOR": None,
    }


def test_the_day_is_the_locations_even_where_the_account_is_elsewhere() -> None:
    late = booking(starts_at=datetime(2026, 5, 4, 23, 30))
    values = fields.deal_fields(late, GRACIA, "America/Sao_Paulo")
    assert values["BOOKING_DATE"] == unix("2026-05-04T03:00:00")  # midnight of 4 May in São Paulo
    assert values["BOOKING_DATETIME"] == unix("2026-05-04T21:30:00")


@pytest.mark.parametrize(
    ("zone", "wall_clock", "instant"),
    [
        ("Europe/Madrid", "2026-03-29T02:30:00", "2026-03-29T01:30:00"),  # missing: moves forward to 03:30
        ("Europe/Madrid", "2026-10-25T02:30:00", "2026-10-25T00:30:00"),  # doubled: the first
        ("Europe/Belgrade", "2026-07-01T12:00:00", "2026-07-01T10:00:00"),
        ("Asia/Almaty", "2026-04-20T18:30:00", "2026-04-20T13:30:00"),
        ("Asia/Kolkata", "2026-04-20T18:30:00", "2026-04-20T13:00:00"),
        ("America/Sao_Paulo", "2026-04-20T18:30:00", "2026-04-20T21:30:00"),
    ],
)
def test_the_instant_of_a_wall_clock(zone: str, wall_clock: str, instant: str) -> None:
    assert fields.starts_at(booking(starts_at=datetime.fromisoformat(wall_clock)), zone) == unix(instant)


@pytest.mark.parametrize(
    ("costs", "price"),
    [((), 0), (("30",), 30), (("30", "60.4"), 90), (("0.5",), 1), (("1.5",), 2), (("16204.93",), 16205), (("0",), 0)],
)
def test_price_is_the_total_in_whole_units(costs: tuple[str, ...], price: int) -> None:
    lines = tuple(ServiceLine(1, "x", Decimal(1), Decimal(cost)) for cost in costs)
    assert fields.price(booking(services=lines)) == price


def test_price_counts_products() -> None:
    assert fields.price(booking(products=(SHAMPOO,))) == 43


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{services} – {person}", "Haircut – Carla Ruiz"),
        ("{date} {time} {employee} @ {location}", "2026-05-04 18:30 Berta @ Gràcia"),
        ("{visitor} – {services}", "Haircut"),
        ("{unknown} {client}", "{unknown} Carla Ruiz"),
        ("broken {", "broken {"),
        ("", "Gràcia"),
    ],
)
def test_templates_are_filled_and_never_fail(template: str, text: str) -> None:
    assert fields.fill(template, BOOKING, GRACIA) == text


def test_a_visitor_is_named_with_the_client_who_pays() -> None:
    assert fields.fill("{person}", booking(visitor="Leo"), GRACIA) == "Leo (Carla Ruiz)"


def test_several_units_of_a_service_are_shown() -> None:
    lines = (ServiceLine(1, "Nails", Decimal("2"), Decimal(20)), ServiceLine(2, "Massage", Decimal(1), Decimal(50)))
    assert fields.deal_fields(booking(services=lines), GRACIA, "UTC")["SERVICES"] == "Nails ×2, Massage"


def test_without_employee_and_services_the_fields_are_cleared() -> None:
    values = fields.deal_fields(booking(employee=None, services=()), GRACIA, "UTC")
    assert values["EMPLOYEE"] is None
    assert values["SERVICES"] is None


# -- a visit's bookings ------------------------------------------------------------------------------------------------

NAILS = booking(
    id=640002,
    starts_at=datetime(2026, 5, 4, 17, 0),
    services=(ServiceLine(7009, "Manicure", Decimal(1), Decimal("25.5")),),
)


def test_a_visit_sums_services_and_money_in_the_order_of_its_times() -> None:
    values = fields.deal_fields(BOOKING, GRACIA, "UTC", (BOOKING, NAILS))
    assert values["SERVICES"] == "Manicure, Haircut"
    assert (values["BOOKING_ID"], values["BOOKING_TIME"]) == ("640001", "18:30")
    assert fields.price(BOOKING, (BOOKING, NAILS)) == 56


def test_a_cancelled_booking_counts_only_where_all_are_cancelled() -> None:
    cancelled = replace(NAILS, status=BookingStatus.CANCELLED)
    assert fields.price(BOOKING, (BOOKING, cancelled)) == 30
    assert fields.deal_fields(BOOKING, GRACIA, "UTC", (BOOKING, cancelled))["SERVICES"] == "Haircut"
    assert fields.price(cancelled, (cancelled,)) == 26


@pytest.mark.parametrize(
    ("visit", "paid", "status"),
    [
        ((BOOKING,), "0", "Not paid"),
        ((replace(BOOKING, paid_in_full=True),), "30", "Paid"),
        ((replace(BOOKING, paid_in_full=True), NAILS), "30", "Partly paid"),
        ((BOOKING, replace(NAILS, paid_in_full=True)), "25.5", "Partly paid"),
        ((replace(BOOKING, paid_in_full=True), replace(NAILS, services=())), "30", "Paid"),
        ((replace(BOOKING, services=()),), "0", None),
        ((replace(BOOKING, paid=Decimal("12.50")),), "12.5", "Partly paid"),
        ((replace(BOOKING, paid=Decimal(0)),), "0", "Not paid"),
        ((replace(BOOKING, paid=Decimal(25), paid_in_full=True),), "30", "Paid"),
    ],
)
def test_what_is_paid(visit: tuple[Booking, ...], paid: str, status: str | None) -> None:
    values = fields.deal_fields(visit[0], GRACIA, "UTC", visit)
    assert (values["PAID"], values["PAYMENT_STATUS"]) == (paid, status)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Not paid"), ("es", "No pagado"), ("pt", "Não pago"), ("ru", "Не оплачено"), ("de", "Not paid")],
)
def test_the_payment_status_speaks_the_accounts_language(language: str, text: str) -> None:
    assert fields.deal_fields(BOOKING, GRACIA, "UTC", language=language)["PAYMENT_STATUS"] == text


def test_who_booked_online_and_who_comes() -> None:
    values = fields.deal_fields(booking(online=True, visitor="Leo"), GRACIA, "UTC")
    assert (values["BOOKED_ONLINE"], values["VISITOR"]) == (True, "Leo")
