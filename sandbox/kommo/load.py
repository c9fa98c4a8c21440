"""Many invented deals and contacts at once, from the seed."""

import random
from collections.abc import Mapping
from typing import Any

from sandbox.simulator import ControlError

from .call import Call
from .state import INCOMING, LOST, WON, Contact, Lead, Pipeline
from .values import search_text
from .writing import announce_new

FIRST_NAMES = (
    "Ana",
    "Berta",
    "Carla",
    "Dani",
    "Elena",
    "Fran",
    "Gala",
    "Hugo",
    "Irene",
    "Jon",
    "Karla",
    "Leo",
    "Marta",
)
LAST_NAMES = (
    "Alonso",
    "Bravo",
    "Campos",
    "Duran",
    "Esteve",
    "Ferrer",
    "Gallardo",
    "Haro",
    "Iglesias",
    "Jordan",
    "Lara",
)
TREATMENTS = ("Haircut", "Colouring", "Manicure", "Massage", "Yoga", "Peeling", "Brows", "Consultation")
YEAR = 365 * 86400
KEYS = {"deals", "contacts", "pipeline_id", "account_id", "user_id"}


def load(call: Call, chance: random.Random, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make `{"deals": n, "contacts": n}`; deals go to the main pipeline or `pipeline_id` and to the contacts in turn.

    Rings the hooks and stamps now; with hooks paused the stamps lie evenly in the past year.
    """
    if unknown := set(given) - KEYS:
        raise ControlError(f"unknown keys {sorted(unknown)}; known: {sorted(KEYS)}")
    account = call.account
    pipeline = account.pipelines.get(given.get("pipeline_id") or account.main_pipeline().id)
    if pipeline is None:
        raise ControlError("no such pipeline")
    contacts = _contacts(call, chance, int(given.get("contacts") or 0))
    deals = _deals(call, chance, int(given.get("deals") or 0), pipeline, contacts)
    account.contacts.extend(contacts)
    account.leads.extend(deals)
    for contact in contacts:
        announce_new(call, "contacts", contact)
    for deal in deals:
        announce_new(call, "leads", deal)
    account.outbox.flush()
    return {"deals": len(deals), "contacts": len(contacts)}


def _moments(call: Call, count: int) -> list[int]:
    now = call.stamp()
    if not call.simulator.deliveries.paused:
        return [now] * count
    return [now - YEAR + YEAR * place // count for place in range(count)]


def _contacts(call: Call, chance: random.Random, count: int) -> list[Contact]:
    phone, email = (call.account.field_with_code("contacts", code) for code in ("PHONE", "EMAIL"))
    assert phone is not None
    assert email is not None
    mobile = next(enum for enum in phone.enums.values() if enum.code == "MOB")
    work = next(enum for enum in email.enums.values() if enum.code == "WORK")
    firsts, lasts = chance.choices(FIRST_NAMES, k=count), chance.choices(LAST_NAMES, k=count)
    users = chance.choices(list(call.account.users), k=count)
    made: list[Contact] = []
    for number, moment in zip(call.simulator.sequences.take("contact", count), _moments(call, count), strict=True):
        first, last, user = firsts[len(made)], lasts[len(made)], users[len(made)]
        # 800 000 000 onwards is no Spanish mobile: never the phone of a demo client.
        text, address = f"+34 {800_000_000 + number % 100_000_000}", f"{first}.{last}.{number}@example.test".lower()
        contact = Contact(number, f"{first} {last}", user, user, user, moment, moment, first_name=first, last_name=last)
        contact.values = {
            phone.id: [{"value": text, "enum_id": mobile.id, "enum_code": mobile.code}],
            email.id: [{"value": address, "enum_id": work.id, "enum_code": work.code}],
        }
        contact.text = search_text(call.account, "contacts", contact)
        made.append(contact)
    return made


def _deals(call: Call, chance: random.Random, count: int, pipeline: Pipeline, contacts: list[Contact]) -> list[Lead]:
    users, names = chance.choices(list(call.account.users), k=count), chance.choices(TREATMENTS, k=count)
    stages = [status.id for status in pipeline.in_order() if status.type != INCOMING and status.id not in (WON, LOST)]
    made: list[Lead] = []
    for number, moment in zip(call.simulator.sequences.take("lead", count), _moments(call, count), strict=True):
        user, fate = users[len(made)], chance.random()
        deal = Lead(number, names[len(made)], user, user, user, moment, moment, pipeline_id=pipeline.id)
        deal.price = 15 + int(chance.random() * 185)
        deal.status_id = WON if fate < 0.12 else LOST if fate < 0.2 else chance.choice(stages)
        if deal.status_id in (WON, LOST):
            deal.closed_at = moment
        if contacts:
            contact = contacts[len(made) % len(contacts)]
            deal.contacts = [contact.id]
            contact.leads[number] = None
        made.append(deal)
    return made
