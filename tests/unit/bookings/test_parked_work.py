"""What an operator hears of parked work: what nobody has seen to for a day, or much of it at once."""

import pytest

from bookdeal.bookings.parking import MANY, Parked, overdue_work

NOW, DAY = 1_760_000_000, 86_400
OLD, NEW = Parked("deal_refused", {}, "v", NOW - DAY - 1), Parked("deal_refused", {}, "v", NOW - 60)
QUESTION = Parked("ambiguous_contact", {}, "v", NOW - 9 * DAY)


@pytest.mark.parametrize(
    ("waiting", "overdue"),
    [
        ([], 0),
        ([NEW] * (MANY - 1), 0),
        ([OLD, NEW, OLD], 2),
        ([QUESTION, OLD], 1),
        ([QUESTION] * (MANY - 1), 0),
        ([NEW] * MANY, MANY),
        ([QUESTION] * MANY, MANY),
    ],
)
def test_overdue_work(waiting: list[Parked], overdue: int) -> None:
    assert overdue_work(waiting, NOW) == overdue
