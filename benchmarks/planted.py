"""Duplicates and what only looks like them, planted into an account, so that it is known what a search has to find."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

type Post = Callable[[str, list[dict[str, Any]]], list[int]]
"""Makes entities in Kommo, given the list and their bodies (up to 250); returns their ids."""

FIRST_NAMES = ("Amalia", "Bruno", "Celia", "Diego", "Estela", "Fermin", "Gloria", "Hector", "Ines", "Julio")
RECEPTION = 8
"""Guests with the reception's phone."""
OF_THEM = 10
"""One kind of planting out of so many is a reception; the other kinds are planted as often as is asked."""


@dataclass
class Planted:
    """What was planted. `certain` are groups that must be found whole; `alike` pairs that must be found at some level.

    `apart` are the contacts of families and receptions: no two of them may be brought together. `deals` are groups of
    deals that must be found.
    """

    certain: list[tuple[int, ...]] = field(default_factory=list)
    alike: list[tuple[int, ...]] = field(default_factory=list)
    apart: list[tuple[int, ...]] = field(default_factory=list)
    deals: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def contacts(self) -> int:
        return sum(map(len, (*self.certain, *self.alike, *self.apart)))


def plant(post: Post, each: int) -> Planted:
    """Plant so many of each kind."""
    planted = Planted()
    bodies: list[dict[str, Any]] = []
    places: list[tuple[list[tuple[int, ...]], int]] = []

    def add(where: list[tuple[int, ...]], *people: dict[str, Any]) -> None:
        places.append((where, len(people)))
        bodies.extend(people)

    for number in range(each):
        first, last = FIRST_NAMES[number % 10], _last_name(number)
        phone, email = f"+34 6{number:08d}", f"planted{number}@example.test"
        add(
            planted.certain,
            _person(f"{first} {last}", phone),
            _person(f"{last} {first}".upper(), f"06{number:08d}"[1:]),
        )
        add(planted.certain, *(_person(f"{first} {last}", "", f"x{email}") for _ in range(3)))
        add(planted.alike, _person(f"{first} {last}", f"+34 71{number:07d}"), _person(first, f"71{number:07d}"))
        slip = f"{last[:4]}f{last[5:]}"
        add(planted.alike, _person(f"{first} {last}", "", email), _person(f"{first} {slip}", "", email))
        family = [FIRST_NAMES[(number + child) % 10] for child in range(3)]
        add(planted.apart, *(_person(f"{child} {last}", f"+34 72{number:07d}", f"f{email}") for child in family))
        if number % OF_THEM == 0:
            guests = [f"{FIRST_NAMES[guest]} {_last_name(number + guest // 2)}" for guest in range(RECEPTION)]
            add(planted.apart, *(_person(name, f"+34 91{number:07d}") for name in (*guests, guests[0])))
    ids = iter(_made(post, "contacts", bodies))
    for where, count in places:
        where.append(tuple(next(ids) for _ in range(count)))
    # One of each two contacts of a person has a deal, and the other has the same one again.
    twice = [_deal("Bridal styling", contact) for both in planted.certain[::2] for contact in both]
    planted.deals = [*batched(_made(post, "leads", twice), 2, strict=True)]
    return planted


def missed(planted: Planted, found: Mapping[str, list[tuple[int, ...]]]) -> dict[str, int]:
    """Return how much was not found, and how much was that must not be; `found` are groups by kind."""
    people = {contact: group for group in found["contacts"] for contact in group}
    together = [set(group) for group in found["contacts"]]
    apart = {contact: family for family, group in enumerate(planted.apart) for contact in group}
    pairs = {frozenset(group) for group in found["contacts"] if len(group) == 2}
    return {
        "certain": sum(people.get(group[0]) != tuple(sorted(group)) for group in planted.certain),
        "alike": sum(frozenset(group) not in pairs for group in planted.alike),
        "deals": sum(tuple(sorted(group)) not in set(found["deals"]) for group in planted.deals),
        "false": sum(len(group & apart.keys()) > 0 for group in together),
    }


def _made(post: Post, entity: str, bodies: list[dict[str, Any]]) -> list[int]:
    return [id for some in batched(bodies, 250, strict=False) for id in post(entity, list(some))]


def _person(name: str, phone: str, email: str = "") -> dict[str, Any]:
    fields = [("PHONE", phone, "MOB"), ("EMAIL", email, "WORK")]
    values = [
        {"field_code": code, "values": [{"value": value, "enum_code": kind}]} for code, value, kind in fields if value
    ]
    return {"name": name, "custom_fields_values": values}


def _deal(name: str, contact: int) -> dict[str, Any]:
    return {"name": name, "_embedded": {"contacts": [{"id": contact, "is_main": True}]}}


def _last_name(number: int) -> str:
    """Return an invented name of its own for each number, of letters that no simplification touches."""
    letters = ""
    for _ in range(5):
        number, place = divmod(number, 10)
        letters += "bdgklmnprv"[place] + "aiou"[place % 4]
    return letters.capitalize()
