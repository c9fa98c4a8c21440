"""What hints ask for: bookings, locations and deals to look at, less what is known already.

Most bells of a burst are late: one read has found all of its changes long before the last of them rings. And most
bells of Kommo are the echo of our own writes. Both are recognised here from the links alone.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from bookdeal.bookings.links import BookingKey, BookingLink, Links
from bookdeal.bookings.mover.reading import LIVE_OVERLAP, SURE_AFTER, SWEEP_OVERLAP
from bookdeal.bookings.mover.state import MoverState
from bookdeal.bookings.stamps import stamp_instant
from bookdeal.installs.installation import Installation
from bookdeal.model.booking import Location
from bookdeal.model.client import ClientKey
from bookdeal.model.deal import Place
from bookdeal.model.hint import Hint, HintKind


def demand_of(hints: Sequence[Hint], installation: Installation, links: Links, counts: Counter[str]) -> MoverState:
    """Return what the hints ask for, less what is known to be done: reads links, writes nothing.

    `counts` learns what was dropped and why.
    """
    demand = MoverState()
    stamps: dict[BookingKey, set[str]] = defaultdict(set)
    deleted: set[BookingKey] = set()
    seen_places: dict[int, set[Place | None]] = defaultdict(set)
    paid: set[BookingKey] = set()
    clients: set[ClientKey] = set()
    for hint in hints:
        match hint.kind:
            case HintKind.BOOKING | HintKind.PAYMENT if hint.location is not None:
                for booking in hint.bookings:
                    # A payment may leave the change stamp as it is, so that no stamp says it is done.
                    stamp = booking.changed if hint.kind is HintKind.BOOKING else ""
                    stamps[hint.location, booking.id].add(stamp)
                    if booking.deleted:
                        deleted.add((hint.location, booking.id))
                    if hint.kind is HintKind.PAYMENT:
                        paid.add((hint.location, booking.id))
            case HintKind.CLIENT if hint.location is not None:
                clients.update((hint.location, client) for client in hint.clients)
            case HintKind.LOCATION:
                for location in installation.locations:
                    if is_swept(location, [hint]):
                        demand = demand.with_location(location.id, replace(demand.location(location.id), owed=True))
            case HintKind.DEALS if not hint.deals:
                since = int(hint.seen_at) - SWEEP_OVERLAP
                demand = replace(demand, deals_since=min(since, demand.deals_since or since))
            case HintKind.DEALS:
                for seen in hint.deals:
                    seen_places[seen.id].add(Place(seen.pipeline, seen.stage))
                demand = replace(demand, deals_from=min(int(hint.seen_at), demand.deals_from or int(hint.seen_at)))
            case HintKind.DEALS_GONE | HintKind.DEALS_BACK:
                for seen in hint.deals:
                    seen_places[seen.id].add(None)
            case HintKind.CONTACTS_GONE:
                demand = replace(demand, contacts=(*demand.contacts, *hint.contacts))
            case HintKind.COMMAND:
                every = demand.every_command or not hint.commands
                demand = replace(demand, commands=(*demand.commands, *hint.commands), every_command=every)
            case _:
                pass
    demand = _with_bookings(demand, stamps, deleted, installation, links, counts)
    if installation.settings.shows_clients:
        clients |= _payers(paid, links)
    ours = [key for key in sorted(clients) if installation.location(key[0]) is not None]
    demand = demand.with_clients(ours, 0)
    return replace(demand, deals=moved_by_people(seen_places, links, counts))


def _with_bookings(
    demand: MoverState,
    stamps: Mapping[BookingKey, Collection[str]],
    deleted: Collection[BookingKey],
    installation: Installation,
    links: Links,
    counts: Counter[str],
) -> MoverState:
    known = links.of_bookings(stamps)
    for key, rung_with in stamps.items():
        location = installation.location(key[0])
        if location is None:
            counts["foreign"] += 1
            continue
        instants = {stamp: stamp_instant(stamp, location.timezone) or 0 for stamp in rung_with}
        link = known.get(key)
        # Hints come in any order: each of them has to be covered.
        if link and all(_is_covered(link, stamp, instant) for stamp, instant in instants.items()):
            counts["covered"] += 1
            continue
        state = replace(demand.location(key[0]), owed=True)
        gone = state.deleted | {key[1]} if key in deleted else state.deleted
        dirty = {**state.dirty, key[1]: min(instants.values())}
        demand = demand.with_location(key[0], replace(state, dirty=dirty, deleted=gone))
    return demand


def _payers(bookings: Collection[BookingKey], links: Links) -> set[ClientKey]:
    """Return the clients of these bookings, as far as they are known: others are new, and looked at anyway."""
    known = links.of_bookings(bookings) if bookings else {}
    return {(key[0], link.client) for key, link in known.items() if link.client is not None}


def _is_covered(link: BookingLink, stamp: str, instant: int) -> bool:
    return bool(instant) and link.changed == stamp and link.read_at >= instant + SURE_AFTER


def moved_by_people(
    seen: Mapping[int, Collection[Place | None]], links: Links, counts: Counter[str]
) -> tuple[int, ...]:
    """Return those of our deals that were seen elsewhere than we know them to stand (None: it is not known where).

    The rest is our own echo.
    """
    ours = links.of_deals(seen)
    counts["deals_not_ours"] += len(seen) - len(ours)
    moved = [
        deal
        for deal, link in ours.items()
        if any(place is None or place not in (link.known, link.tried) for place in seen[deal])
    ]
    counts["echoes"] += len(ours) - len(moved)
    return tuple(moved)


def is_swept(location: Location, hints: Iterable[Hint]) -> bool:
    """Tell whether one of the hints asks for all changes of a location."""
    return any(hint.kind is HintKind.LOCATION and hint.location in (None, location.id) for hint in hints)


def overlap_of(hints: Iterable[Hint]) -> int:
    """Return how far before the cursor to read, in seconds: the sweep looks further back than a bell."""
    return SWEEP_OVERLAP if any(hint.source == "sweep" for hint in hints) else LIVE_OVERLAP
