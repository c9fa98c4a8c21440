"""What Kommo's plans hold (contract §3; Kommo's own page on plan limits, in force since June 2026).

The API does not tell the plan, so its room is judged by the smallest plan that what is there fits in.
"""

from collections.abc import Callable, Sequence

DEALS_A_SEAT = (2_500, 5_000, 10_000)
"""Deals for each paid user, by plan; above these the number is agreed with Kommo."""

CONTACTS_A_SEAT = (12_500, 25_000, 50_000)
"""Contacts and companies together for each paid user, by plan; above these too the number is agreed."""

FIELDS = (100, 200, 400)
"""Custom fields of the whole account, by plan."""

_NEARLY = 0.9


def nearly_full(has: Callable[[int], bool], limits: Sequence[int]) -> int | None:
    """Return the limit that the account is about to reach, None when it is far from one.

    `has` tells whether the account holds at least so many; it is asked one to two times for each limit passed.
    """
    for limit in limits:
        if not has(int(limit * _NEARLY)):
            return None
        if not has(limit):
            return limit
    return None


def holding(has: Callable[[int], bool], limits: Sequence[int], more: int) -> int | None:
    """Return the least of these limits that the account stays within when so many are made, None when it passes all.

    `has` as in `nearly_full`; it is asked once for each limit passed, and once for the one that holds.
    """
    return next((limit for limit in limits if more <= limit and not has(limit - more + 1)), None)


def fields_left(used: int) -> int | None:
    """Return how many custom fields the account may still make if its plan is the smallest one, None for no limit."""
    return next((limit - used for limit in FIELDS if used <= limit), None)
