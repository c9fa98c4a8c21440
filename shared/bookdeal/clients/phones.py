"""Phones as people and systems write them: brought into E.164, and into the form in which they compare. Pure."""

import re
from collections.abc import Iterator

import phonenumbers

LIKENESS_DIGITS = 10
"""How many last digits make two numbers look alike: a likeness is a question for a person, never a match."""

SHARED_DIGITS = 8
"""Last digits that every writing of a number has in common; fewer make no number that could be anybody's own."""

_LEAST_NATIONAL_DIGITS = 10

_OLD_PREFIXES = {"MX": re.compile(r"0(?:44|45|1)")}
"""What used to be dialled before a national number and still stands in address books."""

_TRUNK_IS_NOT_WRITTEN = frozenset({"AR", "BR"})
"""Countries that have the trunk prefix 0 and whose people write their numbers without it."""

_OPTIONAL_DIGITS = (
    # Mexico: the 1 of mobiles was given up in 2019.
    (re.compile(r"\+521(?=\d{10}$)"), "+52"),
    # Argentina: the 9 of mobiles is dialled from abroad only.
    (re.compile(r"\+549(?=\d{10}$)"), "+54"),
    # Brazil: mobiles got a 9 before their eight digits; before 2 to 5 it makes another number, not an old one.
    (re.compile(r"(\+55[1-9]\d)9(?=[6-9]\d{7}$)"), r"\1"),
)

_SEVERAL = re.compile(r"[,;/|\n]+")


def e164(phone: str, country: str) -> str:
    """Return a phone in E.164, or "" when it is no possible number.

    `phone` may be digits with the country's code, with or without +, or national for `country` (ISO 3166, "" unknown).
    """
    digits = digits_of(phone)
    if not digits:
        return ""
    for number in _readings(phone, digits, country):
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phone.strip().startswith("+") and country:
        # Numbers of an old form, such as Brazil's eight digits, are no longer valid, and are still somebody's.
        for number in _parsed(phone, country):
            national = phonenumbers.national_significant_number(number)
            if len(national) >= _LEAST_NATIONAL_DIGITS and phonenumbers.is_possible_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    is_somebodys = len(digits) > LIKENESS_DIGITS and digits[0] != "0" and len(set(digits[-SHARED_DIGITS:])) > 1
    return f"+{digits}" if is_somebodys else ""


def numbers_in(text: str, country: str) -> frozenset[str]:
    """Return the numbers, in the form that compares, of a value into which people may have written several."""
    found = {comparable(e164(part, country) or digits_of(part)) for part in _SEVERAL.split(text)}
    return frozenset(found - {""})


def comparable(number: str) -> str:
    """Return the form in which two numbers in E.164 are equal when they reach the same person."""
    for optional, without in _OPTIONAL_DIGITS:
        number, replaced = optional.subn(without, number)
        if replaced:
            break
    return number


def tail(number: str) -> str:
    """Return the last ten digits of a number in the form that compares, "" where it has no more than they are."""
    digits = digits_of(number)
    return digits[-LIKENESS_DIGITS:] if len(digits) >= LIKENESS_DIGITS else ""


def shared_digits(number: str) -> str:
    """Return the last digits that stand in every writing of a number, "" for what is too short to be one."""
    digits = digits_of(number)
    return digits[-SHARED_DIGITS:] if len(digits) >= SHARED_DIGITS else ""


def search_text(number: str) -> str:
    """Return what to search for, so that a number in E.164 is found however it was written, and those alike too."""
    if comparable(number).startswith("+55"):
        # With or without the ninth digit, only the last eight are the same.
        return shared_digits(number)
    for parsed in _parsed(number, None):
        return phonenumbers.national_significant_number(parsed)[-LIKENESS_DIGITS:]
    return digits_of(number)[-LIKENESS_DIGITS:]


def digits_of(text: str) -> str:
    """Return the digits of a text, whatever script they are written in, as 0 to 9."""
    return str(phonenumbers.normalize_digits_only(text))


def _readings(phone: str, digits: str, country: str) -> Iterator[phonenumbers.PhoneNumber]:
    """Yield what a phone may mean, the likeliest first."""
    if phone.strip().startswith("+"):
        yield from _parsed(phone, None)
        yield from _parsed(f"+{digits}", None)
        return
    with_code = list(_parsed(f"+{digits}", None))
    national = list(_parsed(phone, country)) if country else []
    if old := _OLD_PREFIXES.get(country):
        national += _parsed(old.sub("", digits, count=1), country)
    # Where national numbers are written with a 0, one without it is more likely to begin with a country's code.
    trunk = phonenumbers.ndd_prefix_for_region(country, True) if country else None
    if trunk == "0" and not digits.startswith("0") and country not in _TRUNK_IS_NOT_WRITTEN:
        yield from (*with_code, *national)
    else:
        yield from (*national, *with_code)


def _parsed(text: str, country: str | None) -> Iterator[phonenumbers.PhoneNumber]:
    try:
        yield phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return
