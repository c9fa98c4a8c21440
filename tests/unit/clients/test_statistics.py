"""A contact's totals are the sums over his clients."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.clients.statistics import Sums, plain, statistics_values, summed
from bookdeal.model.booking import Location
from bookdeal.model.client import ClientKey, ClientTotals

MADRID = Location(900100, "Gràcia", "Barcelona", "ES", "Europe/Madrid", "EUR", True)
SANTS = Location(900101, "Sants", "Barcelona", "ES", "Europe/Madrid", "EUR", True)
ALMATY = Location(900200, "Medeu", "Almaty", "KZ", "Asia/Almaty", "KZT", True)


def totals(client: int, purchases: str, visits: int, last_visit: str = "") -> ClientTotals:
    seen = datetime.fromisoformat(last_visit) if last_visit else None
    return ClientTotals(client, "", Decimal(purchases), visits, seen)


def test_two_locations_of_a_chain_add_up() -> None:
    clients = {
        (900100, 1): totals(1, "264.5", 12, "2026-05-02 10:30:00"),
        (900101, 7): totals(7, "35.5", 1, "2026-03-01 09:00:00"),
    }
    last = int(datetime(2026, 5, 2, 10, 30, tzinfo=ZoneInfo("Europe/Madrid")).timestamp())
    assert summed(clients, [MADRID, SANTS]) == Sums(Decimal(300), 13, last, "EUR")


def test_a_location_that_is_not_synchronised_does_not_count() -> None:
    clients = {(900100, 1): totals(1, "10", 1), (900101, 7): totals(7, "20", 2)}
    assert summed(clients, [MADRID]) == Sums(Decimal(10), 1, None, "EUR")


def test_the_last_visit_is_the_last_instant_not_the_latest_clock() -> None:
    clients = {
        (900100, 1): totals(1, "0", 1, "2026-05-02 10:00:00"),  # 08:00 UTC
        (900200, 2): totals(2, "0", 1, "2026-05-02 12:00:00"),  # 07:00 UTC
    }
    last = int(datetime(2026, 5, 2, 10, tzinfo=ZoneInfo("Europe/Madrid")).timestamp())
    assert summed(clients, [MADRID, ALMATY]).last_visit == last


def test_currencies_that_differ_are_not_named() -> None:
    clients = {(900100, 1): totals(1, "10", 1), (900200, 2): totals(2, "5000", 1)}
    assert summed(clients, [MADRID, ALMATY]).currency == ""


@pytest.mark.parametrize(
    ("amount", "text"), [("264.50", "264.5"), ("0", "0"), ("0.00", "0"), ("1E+3", "1000"), ("-14.5", "-14.5")]
)
def test_amounts_are_plain(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


def test_who_never_bought_shows_zeros() -> None:
    assert statistics_values(summed({(900100, 1): totals(1, "0", 0)}, [MADRID])) == {"PURCHASES": "0", "VISITS": "0"}


@given(st.dictionaries(st.tuples(st.sampled_from([900100, 900101]), st.integers(1, 9)), st.integers(0, 10**7)))
def test_cents_are_never_lost(cents: dict[ClientKey, int]) -> None:
    clients = {key: totals(key[1], f"{amount / 100:.2f}", 1) for key, amount in cents.items()}
    sums = summed(clients, [MADRID, SANTS])
    assert (sums.purchases * 100, sums.visits) == (sum(cents.values()), len(cents))
