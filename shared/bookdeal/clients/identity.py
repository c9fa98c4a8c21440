"""Who is it? Pure: phones compared, candidates weighed, and no guess where two fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import phonenumbers

from bookdeal.model.deal import Contact

NATIONAL_DIGITS = 10
"""How many last digits make two numbers look alike: a likeness is a question for a person, never a match."""


@dataclass(frozen=True, slots=True)
class Match:
    """Who a client is: a contact, nobody yet (both empty), or several that fit and wait for a person."""

    contact: int | None = None
    candidates: tuple[int, ...] = ()


def e164(phone: str, country: str) -> str:
    """Return a phone in E.164, or "" when it is no possible number.

    `phone` may be digits with the country's code, with or without +, or national for `country` (ISO 3166, "" unknown).
    """
    digits = "".join(character for character in phone if character.isdigit())
    if not digits:
        return ""
    readings: list[tuple[str, str | None]] = [(f"+{digits}", None)]
    if not phone.strip().startswith("+") and country:
        readings.append((phone, country))
    for text, region in readings:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"+{digits}" if len(digits) > NATIONAL_DIGITS else ""


def looks_like(phone: str, other: str) -> bool:
    """Tell whether two phones share their last ten digits."""
    return len(phone) > NATIONAL_DIGITS and phone[-NATIONAL_DIGITS:] == other[-NATIONAL_DIGITS:]


def match(phone: str, contacts: Iterable[Contact], taken: Sequence[int], country: str) -> Match:
    """Weigh the contacts that might be the owner of `phone` (E.164, "" unknown).

    `taken` are contacts that belong to another client of the same location: one phone, two people, a family. They are
    never matched. One contact with the same phone is the person; two are a question; so is a mere likeness.
    """
    if not phone:
        return Match()
    same: set[int] = set()
    alike: set[int] = set()
    for contact in contacts:
        numbers = {e164(number, country) or _digits(number) for number in contact.phones}
        if phone in numbers:
            same.add(contact.id)
        elif any(looks_like(phone, number) for number in numbers):
            alike.add(contact.id)
    free = same.difference(taken)
    if len(free) == 1:
        return Match(contact=free.pop())
    if len(free) > 1:
        return Match(candidates=tuple(sorted(free)))
    if same:
        return Match()
    return Match(candidates=tuple(sorted(alike.difference(taken))))


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())
