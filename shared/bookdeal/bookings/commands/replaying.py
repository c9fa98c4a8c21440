"""Replaying bookings, because a person says so: both sides are read, and deals made right by the rules of today.

It does not matter whether the booking seems unchanged or is parked. A stage is decided anew; one that a person chose
stays until the booking's status changes, as ever.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bookdeal.bookings import rules
from bookdeal.bookings.deals.holding import read_linked
from bookdeal.bookings.deals.run import NOT_TIMED, Change, Run
from bookdeal.bookings.deals.writing import Writer
from bookdeal.bookings.links import BookingKey
from bookdeal.model.booking import Booking
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.runtime.errors import Rejected

EVENT = "replayed"

AT_ONCE = 50
"""Bookings that are read and worked off in one slice."""


def replay(command: Command, run: Run) -> Done | GoesOn:
    """Replay the `bookings`, each a location and an id.

    The result counts those that were `replayed`, and names with a code those that were not: `foreign`, `not_readable`,
    `deal_deleted_by_hand`, out of scope as `rules.out_of_scope` says, or the reason for which they are parked now.
    """
    asked = [(int(location), int(booking)) for location, booking in command.params["bookings"]]
    progress = command.progress or {"done": 0, "replayed": 0, "named": []}
    done = int(progress["done"])
    keys = asked[done : done + AT_ONCE]
    run.deadline.check(run.margin)
    named = _replay(run, keys)
    result = {
        "replayed": int(progress["replayed"]) + len(keys) - len(named),
        "named": [*progress["named"], *named],
    }
    return GoesOn({"done": done + AT_ONCE, **result}) if done + AT_ONCE < len(asked) else Done(result)


def _replay(run: Run, keys: Sequence[BookingKey]) -> list[dict[str, Any]]:
    """Replay some bookings; return those that are not as they should be, each with its code."""
    links = run.records.links.of_bookings(keys)
    codes = {key: "foreign" for key in keys if run.installation.location(key[0]) is None}
    codes |= {key: "deal_deleted_by_hand" for key, link in links.items() if link.gone}
    wanted = [key for key in keys if key not in codes]
    found = _read(run, wanted)
    changes = []
    for key in wanted:
        booking, link = found.get(key), links.get(key)
        reason = rules.out_of_scope(booking, run.installation.settings) if booking and link is None else None
        if booking is None or reason is not None:
            codes[key] = reason or "not_readable"
        else:
            changes.append(Change(booking, link, EVENT, NOT_TIMED, anew=True))
    writer = Writer(run)
    writer.settle_open_intents()
    writer.write(changes)
    links = run.records.links.of_bookings(change.key for change in changes)
    codes |= {key: "deal_deleted_by_hand" for key, link in links.items() if link.gone}
    parked = run.records.parked.all()
    codes |= {change.key: parked[change.key].reason for change in changes if change.key in parked}
    codes |= {change.key: "later" for change in changes if change.key in run.owed}
    return [{"location": key[0], "booking": key[1], "code": code} for key, code in codes.items()]


def _read(run: Run, keys: Sequence[BookingKey]) -> Mapping[BookingKey, Booking]:
    """Read bookings as they are now: those that are linked by their day where that costs less, the others alone."""
    links = run.records.links.of_bookings(keys)
    found = read_linked(run, list(links.values()))
    # Asked for alone a cancelled booking may be denied; among those of its day it is there.
    denied = [link for key, link in links.items() if key not in found and link.day]
    found |= read_linked(run, denied, 1)
    for location, booking in keys:
        if (location, booking) not in links:
            run.deadline.check(run.margin)
            try:
                row = run.altegio.booking(location, booking)
            except Rejected as error:
                if "booking" not in error.params:
                    raise
                continue  # not for us to see
            if isinstance(row, Booking):
                found[location, booking] = row
    return found
