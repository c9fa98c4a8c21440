"""What is kept of one person: ids and keyed marks, never a name, a phone or an e-mail; and how it is removed.

What is removed comes back with the person's next booking, as long as Altegio and Kommo still know him.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.decisions import names_contact
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.model.client import ClientKey
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.runtime.store import Item

SLICE_SECONDS = 5.0
"""A slice removes nothing further after so long."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person as he is known here: his clients at all locations, and his contacts."""

    clients: frozenset[ClientKey]
    contacts: frozenset[int]

    @staticmethod
    def of(params: Mapping[str, Any]) -> "Who":
        """Read what a command names."""
        clients = frozenset((int(location), int(client)) for location, client in params["clients"])
        return Who(clients, frozenset(int(contact) for contact in params["contacts"]))

    def params(self) -> dict[str, Any]:
        """Return what a command names him by."""
        return {"clients": [list(key) for key in sorted(self.clients)], "contacts": sorted(self.contacts)}


def is_about(item: Item, who: Who) -> bool:
    """Tell whether an item of the table of links says something about a person."""
    kind, *rest = str(item["key"]).split("#")
    match kind:
        case "booking":
            return (int(rest[0]), item["client"]) in who.clients or item["contact"] in who.contacts
        case "client":
            return (int(rest[0]), int(rest[1])) in who.clients or item["contact"] in who.contacts
        case "contact" | "statistics" if rest:
            return int(rest[0]) in who.contacts
        case "phone" | "email":
            return not who.contacts.isdisjoint(item["contacts"])
        case "visit" if len(rest) > 1 and rest[1].startswith("c"):
            return (int(rest[0]), int(rest[1][1:])) in who.clients
    return False


def names(booking: BookingKey, params: Mapping[str, Any], who: Who) -> bool:
    """Tell whether the params of a parked booking name a person: as its client, or as a contact that may be his."""
    return (booking[0], params.get("client")) in who.clients or not who.contacts.isdisjoint(_contacts(params))


def erase_person(command: Command, run: Run) -> Done | GoesOn:
    """Remove what is kept of the person; the result counts the items. Deals and bookings stay linked, without him."""
    who = Who.of(command.params)
    progress = command.progress or {"after": "", "removed": 0}
    after, removed = str(progress["after"]), int(progress["removed"])
    until = run.clock.monotonic() + SLICE_SECONDS
    if "decided" in progress:
        return _forget_decisions(run, who, str(progress["decided"]), removed, until)
    if not after:
        run.deadline.check(run.margin)
        removed += _remove_from_questions(run, who)
        for contact in who.contacts:
            run.records.findings.forget_contact(contact)
    for item in run.records.links.all(after):
        if is_about(item, who):
            run.deadline.check(run.margin)
            _remove(run, item, who)
            removed += 1
        after = str(item["key"])
        if run.clock.monotonic() >= until:
            return GoesOn({"after": after, "removed": removed})
    return _forget_decisions(run, who, "", removed, until)


def _forget_decisions(run: Run, who: Who, after: str, removed: int, until: float) -> Done | GoesOn:
    """Remove the decisions that name one of the person's contacts; the others about him went with his bookings."""
    for item in run.records.decisions.everything(after):
        if names_contact(item, who.contacts):
            run.deadline.check(run.margin)
            run.records.decisions.remove(item)
        after = str(item["key"])
        if run.clock.monotonic() >= until:
            return GoesOn({"after": "", "removed": removed, "decided": after})
    return Done({"removed": removed})


def _remove_from_questions(run: Run, who: Who) -> int:
    """Let nothing that waits name the person; somebody else's question stays, without him among its candidates."""
    parked = run.records.parked
    named = {booking: why for booking, why in parked.all().items() if names(booking, why.params, who)}
    for booking, why in named.items():
        others = [contact for contact in _contacts(why.params) if contact not in who.contacts]
        if (booking[0], why.params.get("client")) in who.clients or not others:
            parked.release(booking)
        else:
            parked.park(booking, why.reason, why.version, run.clock.now(), **{**why.params, "contacts": others})
    return len(named)


def _contacts(params: Mapping[str, Any]) -> list[int]:
    return [int(contact) for contact in params.get("contacts", ())]


def _remove(run: Run, item: Item, who: Who) -> None:
    links, key = run.records.links, str(item["key"])
    if key.startswith("booking#"):
        link = BookingLink.from_item(item)
        run.records.parked.release(link.key)
        run.records.decisions.forget(link.deal, link.key)
        run.transact([[links.change(replace(link, client=None, contact=None), link)]])
    elif key.startswith(("phone#", "email#")) and not who.contacts.issuperset(item["contacts"]):
        others = [contact for contact in item["contacts"] if contact not in who.contacts]
        run.transact([[links.keep({**item, "contacts": others})]])
    else:
        run.transact([[links.drop(key)]])
