from .bed import Bed


def test_first(bed: Bed) -> None:
    bed.sweep()
    bed.assert_right()
