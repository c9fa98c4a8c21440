"""What a contact's memberships show, one row for each situation."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bookdeal.clients.memberships import balance_text, current, membership_values
from bookdeal.model.booking import Location
from bookdeal.model.client import Membership
from bookdeal.model.deal import FieldType

MADRID, ALMATY = "Europe/Madrid", "Asia/Almaty"
LOCATIONS = (
    Location(900100, "Gràcia", "Barcelona", "ES", MADRID, "EUR", True),
    Location(900200, "Medeu", "Almaty", "KZ", ALMATY, "KZT", True),
)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC).timestamp()


def at(year: int, month: int, day: int, hour: int = 0, zone: str = MADRID) -> int:
    return int(datetime(year, month, day, hour, tzinfo=ZoneInfo(zone)).timestamp())


TEN = Membership(1, 900100, "10 classes", at(2026, 4, 3, 18), at(2026, 7, 3, 18), 7)
CLUB = Membership(2, 900100, "Hair club", at(2026, 1, 1), at(2026, 6, 1), 5)
USED_UP = Membership(3, 900100, "5 classes", at(2026, 4, 1), at(2026, 5, 20), 0)
EXPIRED = Membership(4, 900100, "Old", at(2026, 1, 1), at(2026, 5, 1), 3)
NOT_STARTED = Membership(5, 900100, "Gift", None, None, 4)
UNLIMITED = Membership(6, 900100, "Gym", at(2026, 4, 1), at(2026, 5, 30), None)
NONE_ENDS = Membership(7, 900100, "For ever", at(2026, 2, 1), None, 2)

START_OF_TEN, END_OF_TEN = at(2026, 4, 3), at(2026, 7, 3)
NOTHING = (None, None, None)


@pytest.mark.parametrize(
    ("memberships", "shown"),
    [
        pytest.param([], NOTHING, id="none"),
        pytest.param([TEN], (START_OF_TEN, END_OF_TEN, "10 classes: 7"), id="one"),
        pytest.param([USED_UP], (None, None, "5 classes: 0"), id="used up shows 0"),
        pytest.param([EXPIRED], NOTHING, id="expired is cleared"),
        pytest.param([replace(TEN, is_over=True)], NOTHING, id="expired by its state"),
        pytest.param(
            [TEN, CLUB],
            (at(2026, 1, 1), at(2026, 6, 1), "Hair club: 5; 10 classes: 7"),
            id="of several the one that ends first",
        ),
        pytest.param(
            [TEN, USED_UP],
            (START_OF_TEN, END_OF_TEN, "5 classes: 0; 10 classes: 7"),
            id="one that is used up lends no dates",
        ),
        pytest.param([EXPIRED, TEN], (START_OF_TEN, END_OF_TEN, "10 classes: 7"), id="expired beside another"),
        pytest.param([NOT_STARTED], (None, None, "Gift: 4"), id="not in use yet"),
        pytest.param(
            [NOT_STARTED, TEN], (START_OF_TEN, END_OF_TEN, "10 classes: 7; Gift: 4"), id="one not in use comes last"
        ),
        pytest.param(
            [NOT_STARTED, NONE_ENDS],
            (at(2026, 2, 1), None, "For ever: 2; Gift: 4"),
            id="none ends: the one that has begun",
        ),
        pytest.param([NONE_ENDS], (at(2026, 2, 1), None, "For ever: 2"), id="started, without an end"),
        pytest.param(
            [UNLIMITED, TEN], (at(2026, 4, 1), at(2026, 5, 30), "Gym: ∞; 10 classes: 7"), id="without a count"
        ),
        pytest.param(
            [replace(TEN, is_frozen=True)], (START_OF_TEN, END_OF_TEN, "10 classes: 7 ❄"), id="frozen still has a rest"
        ),
        pytest.param(
            [replace(TEN, parts=(("Yoga", 5), ("Massage", 2)))],
            (START_OF_TEN, END_OF_TEN, "10 classes: Yoga 5, Massage 2"),
            id="by category",
        ),
        pytest.param([TEN, TEN], (START_OF_TEN, END_OF_TEN, "10 classes: 7"), id="the same from two locations"),
    ],
)
def test_what_is_shown(memberships: list[Membership], shown: tuple[int | None, int | None, str | None]) -> None:
    values = membership_values(memberships, NOW, LOCATIONS, {}, MADRID)
    assert values == dict(zip(("MEMBERSHIP_START", "MEMBERSHIP_END", "MEMBERSHIP_BALANCE"), shown, strict=True))


def test_a_date_is_the_locations_day_in_the_accounts_zone() -> None:
    ends = at(2026, 7, 3, 2, ALMATY)  # still July 2nd in Madrid
    almaty = replace(TEN, location=900200, starts=at(2026, 4, 3, 1, ALMATY), ends=ends)
    values = membership_values([almaty], NOW, LOCATIONS, {"MEMBERSHIP_START": FieldType.DATE}, MADRID)
    assert (values["MEMBERSHIP_START"], values["MEMBERSHIP_END"]) == (at(2026, 4, 3), at(2026, 7, 3))


def test_a_field_of_date_and_time_gets_the_instant() -> None:
    types = {"MEMBERSHIP_START": FieldType.DATE_TIME, "MEMBERSHIP_END": FieldType.DATE_TIME}
    values = membership_values([TEN], NOW, LOCATIONS, types, ALMATY)
    assert (values["MEMBERSHIP_START"], values["MEMBERSHIP_END"]) == (TEN.starts, TEN.ends)


def test_it_ends_at_its_moment() -> None:
    assert TEN.ends is not None
    assert current([TEN], TEN.ends - 1) is TEN
    assert current([TEN], TEN.ends) is None


def test_a_used_up_one_with_categories_is_a_plain_zero() -> None:
    assert balance_text(replace(TEN, remaining=0, parts=(("Yoga", 0), ("Massage", 0)))) == "10 classes: 0"
