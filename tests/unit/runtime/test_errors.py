import inspect

import pytest

from bookdeal.runtime import errors
from bookdeal.runtime.errors import (
    BookdealError,
    Faulty,
    Invalid,
    RateLimited,
    Refusal,
    Rejected,
    Revoked,
    Transient,
    UnknownOutcome,
)

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, BookdealError) and kind is not Faulty and not kind.__name__.startswith("_")
]


def test_each_kind_has_a_code_of_its_own_and_an_http_answer() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    assert all(400 <= kind.http_status <= 504 for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_code_and_reason_alone(kind: type[BookdealError]) -> None:
    assert str(kind("gone", params={"deal": 7})) == f"{kind.code}: gone"
    assert str(kind()) == kind.code


@pytest.mark.parametrize("kind", [RateLimited, Transient])
def test_what_may_work_later_says_when(kind: type[RateLimited]) -> None:
    error = kind("provider", wait=2.25, params={"location": 1})
    assert error.wait == 2.25
    assert error.params == {"wait": 2.25, "location": 1}


def test_a_refused_batch_names_its_elements() -> None:
    assert Rejected("elements", elements={"m1": Refusal("InvalidType", "price")}).elements == {
        "m1": ("InvalidType", "price")
    }


def test_several_faults_are_one_error_that_speaks_of_the_first() -> None:
    error = Faulty([("unknown_stage", "mapping", {"stage": 9}), ("too_long", "deal_name", {})])
    assert (error.code, error.reason, error.field, error.params) == (
        Invalid.code,
        "unknown_stage",
        "mapping",
        {"stage": 9},
    )
    assert [field for _, field, _ in error.faults] == ["mapping", "deal_name"]


def test_access_is_lost_for_a_reason() -> None:
    assert Revoked(Revoked.PAYMENT).reason == "payment"


def test_an_unknown_outcome_remembers_the_answer() -> None:
    assert (UnknownOutcome("server_error", status=504).status, UnknownOutcome().status) == (504, 0)
    assert issubclass(errors.BatchTooHeavy, UnknownOutcome)
