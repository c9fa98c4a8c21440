"""Where a deal has to stand, told once more from the requirements (A12–A17, A28, design 5.3 and 5.6).

It knows nothing of the product but plain data: the settings' JSON, pipelines as `{id: {stage: kind}}` with the main one
first, a booking and a deal as dictionaries. Places are pairs of pipeline and stage.
"""

from collections.abc import Mapping, Sequence
from typing import Any

type Spot = tuple[int, int]
type Kinds = Mapping[int, Mapping[int, str]]
type Raw = Mapping[str, Any]


def applying(sync: Raw, booking: Raw, stands_in: int | None) -> Raw | None:
    """The mapping that speaks for a booking. `stands_in`: the deal's pipeline; None before there is a deal."""
    if sync["mode"] == "off":
        return None
    chosen: Raw | None
    if sync["mode"] == "simple":
        chosen = sync["mapping"]
    else:
        chosen = sync["otherwise"]
        for rule in reversed(sync["rules"]):
            has = {
                "locations": {booking["location"]},
                "employees": {booking["employee"]},
                "service_categories": set(booking["categories"]),
                "pipelines": {rule["mapping"]["pipeline"] if stands_in is None else stands_in},
            }
            if all(not values or has[entity] & set(values) for entity, values in rule["conditions"].items()):
                chosen = rule["mapping"]
    return chosen


def is_limited_away(sync: Raw, mapping: Raw | None, stands_in: int | None) -> bool:
    """Synchronisation is limited to a pipeline, and the deal is not in it."""
    if sync["mode"] == "off" or sync["only_pipeline"] is None:
        return False
    where = stands_in if stands_in is not None else mapping and mapping["pipeline"]
    return where is not None and where != sync["only_pipeline"]


def wanted(sync: Raw, booking: Raw, stands_in: int | None) -> Spot | None:
    """Where the booking's status wants its deal; None: it moves nothing."""
    mapping = applying(sync, booking, stands_in)
    if mapping is None or is_limited_away(sync, mapping, stands_in):
        return None
    stage = mapping["stages"].get(booking["status"])
    return None if stage is None else (mapping["pipeline"], stage)


def place_of_new_deal(sync: Raw, booking: Raw, pipelines: Kinds) -> Spot:
    """Every booking in scope gets a deal, and every deal a stage."""
    by_status = wanted(sync, booking, None)
    if by_status is not None:
        return by_status
    mapping = sync["mapping"] if sync["mode"] == "off" else applying(sync, booking, None)
    if mapping is not None:
        pipeline, landing = mapping["pipeline"], mapping["landing"]
    else:
        limited = None if sync["mode"] == "off" else sync["only_pipeline"]
        pipeline, landing = limited or next(iter(pipelines)), None
    first = next(stage for stage, kind in pipelines[pipeline].items() if kind == "open")
    return pipeline, landing or first


def place_of_known_deal(sync: Raw, reopen_closed: bool, booking: Raw, deal: Raw, pipelines: Kinds) -> Spot:
    """Where a deal stands afterwards.

    `deal`: `stands` now, `put` where Bookdeal put it last (None: never), `home` the pipeline in which a person or its
    making put it, `shown` the booking as it was applied last (None: never).
    """
    stands: Spot = deal["stands"]
    before = deal["shown"]
    matters = ("status", "location", "employee", "categories")
    if before is not None and all(before[part] == booking[part] for part in matters):
        return stands  # nothing that rules depend on has changed: a person's hand stays
    is_persons = stands != deal["put"]
    target = wanted(sync, booking, deal["home"] if not is_persons else stands[0])
    if target is None:
        return stands
    if is_persons and pipelines[stands[0]][stands[1]] in ("won", "lost") and not reopen_closed:
        return stands
    same_status = before is not None and before["status"] == booking["status"]
    return stands if is_persons and same_status else target


def shown(bookings: Sequence[Raw]) -> Raw:
    """The booking that a deal with several of them shows: the next that is expected, else the last not cancelled."""
    by_time = sorted(bookings, key=lambda booking: (booking["starts"], booking["id"]))
    for booking in by_time:
        if booking["status"] in ("waiting", "confirmed"):
            return booking
    left = [booking for booking in by_time if booking["status"] != "cancelled"]
    return (left or by_time)[-1]


def price(bookings: Sequence[Raw]) -> int:
    """A visit's deal costs what its bookings cost together; cancelled ones cost nothing while others are left."""
    left = [booking for booking in bookings if booking["status"] != "cancelled"] or bookings
    return sum(int(booking["price"]) for booking in left)
