"""The widget has words for every code that the server sends: the server sends no sentences."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookdeal.duplicates.pairs import Kind, Level, Reason
from bookdeal.installs.problems import REMEDIES
from bookdeal.installs.saving import FOR_SETTINGS
from bookdeal.model.booking import BookingStatus
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS
from bookdeal.runtime import errors

ROOT = Path(__file__).parents[2]

OF_ITS_KIND = {"RateLimited", "Transient", "UnknownOutcome", "Revoked"}
"""Errors of which the kind is told; the reason only says more."""
OF_A_REASON = {"Invalid", "Unauthorised", "Forbidden", "NotFound", "Conflict", "Rejected", "_DoesNotFit", "_TooLarge"}

# Where what a person does in the widget leads.
SOURCES = (
    "functions",
    "shared/bookdeal/bookings/card",
    "shared/bookdeal/bookings/commands",
    "shared/bookdeal/clients",
    "shared/bookdeal/duplicates",
    "shared/bookdeal/altegio/journal.py",
    "shared/bookdeal/installs/calls.py",
    "shared/bookdeal/installs/callers.py",
    "shared/bookdeal/installs/saving.py",
    "shared/bookdeal/installs/users.py",
    "shared/bookdeal/kommo/widget_token.py",
    "shared/bookdeal/runtime/api.py",
)


def texts(part: str) -> set[str]:
    """The names of a part's texts; that every language has the same is tested with the widget."""
    return set(json.loads((ROOT / f"widget/src/texts/en/{part}.json").read_text()))


def refusals(path: Path) -> Iterator[str]:
    """The reasons that a module gives to errors, as far as they stand there."""
    for node in ast.walk(ast.parse(path.read_text())):
        is_error = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OF_A_REASON
        if is_error and node.args and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def modules() -> list[Path]:
    found = [ROOT / source for source in SOURCES]
    return sorted(module for one in found for module in (one.rglob("*.py") if one.is_dir() else [one]))


def test_every_refusal_has_a_text() -> None:
    given = {reason for module in modules() for reason in refusals(module)}
    assert {"token_expired", "no_login", "booking_changed", "administrators_only"} <= given
    assert given - texts("errors") == set()


def test_every_kind_of_error_has_a_text() -> None:
    kinds = [getattr(errors, name).code for name in dir(errors) if hasattr(getattr(errors, name), "http_status")]
    assert {getattr(errors, name).code for name in OF_ITS_KIND} < set(kinds)
    assert set(kinds) - texts("errors") == set()


@pytest.mark.parametrize(
    ("part", "prefix", "codes"),
    [
        ("banner", "problem_", REMEDIES),
        ("banner", "remedy_", REMEDIES.values()),
        ("banner", "paused_", FOR_SETTINGS),
        ("duplicates", "reason_", Reason),
        ("duplicates", "level_", Level),
        ("duplicates", "title_", Kind),
        ("general", "status_", BookingStatus),
        ("setup", "notMade_", (errors.Revoked.RIGHTS, errors.Revoked.PAYMENT, "validation")),
        ("decisions", "status_", BookingStatus),
        ("decisions", "field_", {*DEAL_FIELDS, *CONTACT_FIELDS, "PRICE", "STATUS", "CLIENT"}),
    ],
)
def test_every_code_of_a_list_has_a_text(part: str, prefix: str, codes: set[str]) -> None:
    assert {f"{prefix}{code}" for code in codes} - texts(part) == set()
