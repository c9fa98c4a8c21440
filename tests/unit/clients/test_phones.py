"""Phones as people write them, in nine countries."""

import pytest

from bookdeal.clients.phones import comparable, e164, numbers_in, search_text, shared_digits, tail

WRITINGS = [
    ("ES", "+34600000101", ["+34600000101", "34600000101", "600 000 101", "600-000-101", "0034 600 000 101"]),
    ("ES", "+34600000101", ["(+34) 600.000.101", "+34 600 00 01 01", "600000101 ext. 5", "٦٠٠٠٠٠١٠١"]),
    ("PT", "+351912000101", ["912 000 101", "+351 912 000 101", "351912000101", "00351912000101"]),
    ("MX", "+525512000101", ["55 1200 0101", "+52 55 1200 0101", "+52 1 55 1200 0101", "5215512000101"]),
    ("MX", "+525512000101", ["044 55 1200 0101", "045 5512000101", "01 55 1200 0101", "525512000101"]),
    ("AR", "+541123000101", ["+54 9 11 2300-0101", "+54 11 2300 0101", "011 15-2300-0101", "5491123000101"]),
    ("AR", "+541123000101", ["11 2300-0101", "9 11 2300 0101", "+54 11 15 2300 0101"]),
    ("BR", "+551187000101", ["+55 11 98700-0101", "+55 11 8700-0101", "(11) 98700-0101", "011 98700-0101"]),
    ("BR", "+551187000101", ["5511987000101", "551187000101", "(11) 8700-0101", "11 987000101"]),
    ("RU", "+74950000101", ["8 (495) 000-01-01", "+7 495 000 01 01", "74950000101"]),
    ("KZ", "+77010000101", ["8 701 000 01 01", "+7 (701) 000-01-01", "77010000101", "701 000 01 01"]),
    ("DE", "+4915123000101", ["0151 23000101", "+49 151 23000101", "+49 (0) 151 23000101", "4915123000101"]),
    ("GB", "+447400000101", ["07400 000101", "+44 7400 000101", "447400000101", "+44 (0)7400 000 101"]),
    ("US", "+12015550101", ["(201) 555-0101", "1-201-555-0101", "+1 201 555 0101", "2015550101"]),
]


@pytest.mark.parametrize(
    ("country", "number", "writing"),
    [(country, number, writing) for country, number, writings in WRITINGS for writing in writings],
)
def test_every_writing_of_a_phone_is_the_same_number(country: str, number: str, writing: str) -> None:
    assert comparable(e164(writing, country)) == number
    assert numbers_in(writing, country) == {number}


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("+34600000101", "ES", "+34600000101"),
        ("+34 600-000-101", "", "+34600000101"),
        ("+77001234567", "ES", "+77001234567"),
        ("34600000101", "", "+34600000101"),
        ("34600000101", "DE", "+34600000101"),
        ("", "ES", ""),
        ("none", "ES", ""),
        ("123", "ES", ""),
        ("+12345", "ES", ""),
        ("600000101", "", ""),
        ("+", "BR", ""),
        ("²³⁴", "ES", ""),
        # What receptions write who have no phone to write.
        ("+00000000000", "ES", ""),
        ("+70000000000", "KZ", ""),
    ],
)
def test_phones_in_e164(phone: str, country: str, expected: str) -> None:
    assert e164(phone, country) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A Brazilian landline does not become a mobile by a 9.
        ("+551133330101", "+5511933330101"),
        ("+525512000101", "+525512000102"),
        ("+541123000101", "+551123000101"),
        # An Italian 0 is a digit.
        ("+390212000101", "+39212000101"),
    ],
)
def test_other_numbers_stay_other_numbers(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


def test_several_phones_in_one_value() -> None:
    assert numbers_in("600 000 101, +34 600 000 102 / 600000103", "ES") == {
        "+34600000101",
        "+34600000102",
        "+34600000103",
    }
    assert numbers_in(" ", "ES") == frozenset()


@pytest.mark.parametrize(
    ("number", "query", "writings"),
    [
        ("+34600000101", "600000101", ["600000101", "+34600000101"]),
        ("+5511987000101", "87000101", ["+551187000101", "11987000101"]),
        ("+5491123000101", "1123000101", ["+541123000101", "91123000101"]),
        ("+525512000101", "5512000101", ["+5215512000101", "5512000101"]),
        ("+4915123000101", "5123000101", ["+4915123000101", "015123000101"]),
    ],
)
def test_what_is_searched_for_stands_in_every_writing(number: str, query: str, writings: list[str]) -> None:
    assert search_text(number) == query
    assert all(query in writing and shared_digits(writing) == shared_digits(number) for writing in writings)


def test_the_last_ten_digits() -> None:
    assert tail("+525512000101") == tail("+15512000101") == "5512000101"
    assert tail("+34600000") == ""
