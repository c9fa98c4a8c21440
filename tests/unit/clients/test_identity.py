"""Who is it? Phones compared, candidates weighed."""

import pytest

from bookdeal.clients.identity import Match, e164, match
from bookdeal.model.deal import Contact


def contact(id: int, *phones: str) -> Contact:
    return Contact(id=id, name="", phones=phones, emails=(), fields={}, created_at=0, updated_at=0)


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("+34600000101", "ES", "+34600000101"),
        ("34600000101", "ES", "+34600000101"),
        ("600 000 101", "ES", "+34600000101"),
        ("+34 600-000-101", "", "+34600000101"),
        ("8 (700) 123-45-67", "KZ", "+77001234567"),
        ("+77001234567", "ES", "+77001234567"),
        ("", "ES", ""),
        ("none", "ES", ""),
        ("123", "ES", ""),
        ("+12345", "ES", ""),
    ],
)
def test_phones_in_e164(phone: str, country: str, expected: str) -> None:
    assert e164(phone, country) == expected


@pytest.mark.parametrize(
    ("case", "phone", "contacts", "taken", "expected"),
    [
        ("nobody", "+34600000101", [], [], Match()),
        ("no phone", "", [contact(1, "+34600000101")], [], Match()),
        ("the same phone", "+34600000101", [contact(1, "600000101")], [], Match(contact=1)),
        (
            "second phone of a contact",
            "+34600000101",
            [contact(1, "+34911111111", "+34600000101")],
            [],
            Match(contact=1),
        ),
        (
            "two contacts with it",
            "+34600000101",
            [contact(2, "+34600000101"), contact(1, "600000101")],
            [],
            Match(candidates=(1, 2)),
        ),
        (
            "two, one is another client's",
            "+34600000101",
            [contact(2, "+34600000101"), contact(1, "600000101")],
            [2],
            Match(contact=1),
        ),
        ("a family's phone", "+34600000101", [contact(1, "+34600000101")], [1], Match()),
        ("only the last ten digits", "+525512345678", [contact(1, "+15512345678")], [], Match(candidates=(1,))),
        ("a stranger", "+34600000101", [contact(1, "+34600000999")], [], Match()),
    ],
    ids=lambda value: value.replace(" ", "_") if isinstance(value, str) and " " in value else "",
)
def test_match(case: str, phone: str, contacts: list[Contact], taken: list[int], expected: Match) -> None:
    assert match(phone, contacts, taken, "ES") == expected, case
