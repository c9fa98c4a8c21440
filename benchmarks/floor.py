"""The least time that a number of requests takes when both providers' limits are kept, as Bookdeal is set to."""

KOMMO_A_SECOND = 5.6
ALTEGIO_A_SECOND = 4.0
ALTEGIO_A_MINUTE = 160


def kommo_seconds(requests: int) -> float:
    return requests / KOMMO_A_SECOND


def altegio_seconds(requests: int) -> float:
    """A minute's whole allowance may go out at the pace of the second; the next has to wait for the next minute."""
    minutes, rest = divmod(max(requests, 1) - 1, ALTEGIO_A_MINUTE)
    return minutes * 60 + (rest + 1) / ALTEGIO_A_SECOND if requests else 0.0


def floor_seconds(*, kommo: int, altegio: int) -> float:
    """Both providers may be asked side by side, so the slower one decides."""
    return max(kommo_seconds(kommo), altegio_seconds(altegio))
