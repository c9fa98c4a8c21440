"""Parked work is sent again, or dropped, because a person says so: one booking, or all that wait for one reason."""

from collections.abc import Mapping, Sequence
from itertools import batched

from bookdeal.bookings.commands.repairing import AT_ONCE, SLICE_SECONDS, work_off
from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.links import BookingKey
from bookdeal.bookings.parking import Parked
from bookdeal.model.command import Command, Done, GoesOn
from bookdeal.runtime.errors import NotFound
from bookdeal.runtime.limiter import Lane

EVENT = "sent_again"


def send_parked(command: Command, run: Run) -> Done | GoesOn:
    """Carry out `{"booking": [location, id]}` or `{"reason", "locations"}`; counts what is done and what waits again.

    What was dropped is sent too if it is named alone. Raises NotFound("parked") for a booking that is not parked.
    """
    if "booking" not in command.params:
        run = run.within(lane=Lane.BULK)
    until = run.clock.monotonic() + SLICE_SECONDS
    progress = command.progress or {"after": [0, 0], "done": 0, "left": 0}
    after, done, left = tuple(progress["after"]), int(progress["done"]), int(progress["left"])
    for chunk in batched([key for key in _named(command, run) if key > after], AT_ONCE, strict=False):
        run.deadline.check(run.margin)
        for key in chunk:
            run.records.parked.drop(key, run.clock.now(), dropped=False)
        for key in work_off(run, dict.fromkeys(chunk), EVENT).needless:
            run.records.parked.release(key)
        waiting = [key for key in chunk if key in run.records.parked.all()]
        done, left, after = done + len(chunk) - len(waiting), left + len(waiting), chunk[-1]
        if run.clock.monotonic() >= until:
            return GoesOn({"after": list(after), "done": done, "left": left})
    return Done({"done": done, "left": left})


def drop_parked(command: Command, run: Run) -> Done | GoesOn:
    """Carry out the same for nothing to be done about that content of the bookings; the result counts them."""
    until = run.clock.monotonic() + SLICE_SECONDS
    dropped = int((command.progress or {"dropped": 0})["dropped"])
    for key in _named(command, run):
        run.deadline.check(run.margin)
        dropped += run.records.parked.drop(key, run.clock.now())
        if run.clock.monotonic() >= until:
            return GoesOn({"dropped": dropped})
    return Done({"dropped": dropped})


def chosen(parked: Mapping[BookingKey, Parked], reason: str, locations: Sequence[int]) -> list[BookingKey]:
    """Return the bookings that wait for this reason at these locations, in order."""
    wanted = {int(location) for location in locations}
    return sorted(key for key, why in parked.items() if why.reason == reason and key[0] in wanted and not why.dropped)


def _named(command: Command, run: Run) -> list[BookingKey]:
    parked = run.records.parked.all()
    if "booking" in command.params:
        location, booking = command.params["booking"]
        key = (int(location), int(booking))
        if key not in parked and command.progress is None:
            raise NotFound("parked", params={"location": key[0], "booking": key[1]})
        return [key]
    return chosen(parked, str(command.params["reason"]), command.params["locations"])
