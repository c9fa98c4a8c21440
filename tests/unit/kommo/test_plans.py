import pytest

from bookdeal.kommo.plans import DEALS_A_SEAT, fields_left, holding, nearly_full


@pytest.mark.parametrize(
    ("count", "limit", "asked"),
    [
        (0, None, 1),
        (2249, None, 1),
        (2250, 2500, 2),
        (2499, 2500, 2),
        (2500, None, 3),
        (4700, 5000, 4),
        (9999, 10000, 6),
        (50000, None, 6),
    ],
)
def test_an_account_near_a_plans_limit_is_told(count: int, limit: int | None, asked: int) -> None:
    questions: list[int] = []

    def has(number: int) -> bool:
        questions.append(number)
        return count >= number

    assert nearly_full(has, DEALS_A_SEAT) == limit
    assert len(questions) == asked


@pytest.mark.parametrize(
    ("count", "more", "limit", "asked"),
    [
        (0, 0, 2500, 1),
        (0, 2500, 2500, 1),
        (1, 2500, 5000, 2),
        (0, 2501, 5000, 1),
        (2500, 0, 2500, 1),
        (2501, 0, 5000, 2),
        (9000, 1000, 10000, 3),
        (9001, 1000, None, 3),
        (0, 10001, None, 0),
    ],
)
def test_the_smallest_plan_with_room_for_more(count: int, more: int, limit: int | None, asked: int) -> None:
    questions: list[int] = []

    def has(number: int) -> bool:
        questions.append(number)
        return count >= number

    assert holding(has, DEALS_A_SEAT, more) == limit
    assert len(questions) == asked
    assert all(number > 0 for number in questions), "there is no page of that number"


@pytest.mark.parametrize(("used", "left"), [(0, 100), (100, 0), (101, 99), (400, 0), (401, None)])
def test_room_for_fields(used: int, left: int | None) -> None:
    assert fields_left(used) == left
