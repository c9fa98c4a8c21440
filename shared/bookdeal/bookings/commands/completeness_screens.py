"""The bodies of the routes about completeness: what was proved, what differs, and what waits among parked work."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from bookdeal.bookings.differences import Difference, DifferenceKind, Proof, Tally
from bookdeal.bookings.links import BookingKey, BookingLink
from bookdeal.bookings.parking import Parked
from bookdeal.model.command import Command
from bookdeal.runtime.api import Body, Id

MOST_DAYS = 366

type Days = Annotated[int, Field(ge=0, le=MOST_DAYS)]
type ParkedReason = Annotated[str, Field(pattern=r"^[a-z_]{1,60}$")]


# -- what was proved ---------------------------------------------------------------------------------------------------


class TallyScreen(BaseModel):
    """What the last comparison found at one location; `differ` is what is not as it ought to be."""

    location: int
    compared: int
    agree: int
    repaired: int
    parked: int
    differ: int

    @staticmethod
    def of(location: int, tally: Tally) -> "TallyScreen":
        """Return the body."""
        return TallyScreen(
            location=location,
            compared=tally.compared,
            agree=tally.agree,
            repaired=tally.repaired,
            parked=tally.parked,
            differ=tally.differ,
        )


class RunningScreen(BaseModel):
    """A comparison under way: `GET /commands/{command}` tells what comes of it. `asked_at` in unix seconds.

    `compared` counts the bookings that it has looked at so far, at all locations.
    """

    command: str
    asked_at: int
    compared: int

    @staticmethod
    def of(command: Command) -> "RunningScreen":
        """Return the body."""
        tallies = (command.progress or {}).get("tallies", {}).values()
        compared = sum(Tally(*counts).compared for counts in tallies)
        return RunningScreen(command=command.id, asked_at=int(command.at), compared=compared)


class ProofScreen(BaseModel):
    """What is known of completeness at the locations that the user sees.

    `ended` is when the last comparison ended (unix seconds), None before the first; it looked at the visits of `back`
    days before and `ahead` days after it began. `differences` counts what is listed now, by kind.
    """

    began: int | None
    ended: int | None
    back: int | None
    ahead: int | None
    locations: tuple[TallyScreen, ...]
    differences: Mapping[str, int]
    running: RunningScreen | None

    @staticmethod
    def of(
        proof: Proof | None, seen: Iterable[int], counts: Mapping[DifferenceKind, int], running: Command | None
    ) -> "ProofScreen":
        """Return the body for these locations."""
        tallies = {location: proof.tallies[location] for location in seen if location in proof.tallies} if proof else {}
        return ProofScreen(
            began=proof.began if proof else None,
            ended=proof.ended if proof else None,
            back=proof.back if proof else None,
            ahead=proof.ahead if proof else None,
            locations=tuple(TallyScreen.of(location, tally) for location, tally in tallies.items()),
            differences={kind.value: number for kind, number in counts.items()},
            running=RunningScreen.of(running) if running else None,
        )


class WindowBody(Body):
    """The visits to compare: so many days back and ahead; by default those of every night."""

    back: Days | None = None
    ahead: Days | None = None


# -- what differs ------------------------------------------------------------------------------------------------------


class DifferenceScreen(BaseModel):
    """One difference. `params` are ids and codes; `is_fault`: else it is only told; `since` in unix seconds."""

    id: str
    kind: DifferenceKind
    location: int
    booking: int | None
    deal: int | None
    params: Mapping[str, str | int | Sequence[str]]
    since: int
    is_fault: bool
    is_repairable: bool

    @staticmethod
    def of(one: Difference) -> "DifferenceScreen":
        """Return the body."""
        return DifferenceScreen(
            id=one.id,
            kind=one.kind,
            location=one.location,
            booking=one.booking or None,
            deal=one.deal or None,
            params=one.params,
            since=one.since,
            is_fault=not one.is_for_information,
            is_repairable=one.is_repairable,
        )


class DifferencesScreen(BaseModel):
    """A page of differences; `next` is what the next page is asked for by, "" at the end."""

    differences: tuple[DifferenceScreen, ...]
    next: str


class KindBody(Body):
    """All differences of a kind, at one location or at all."""

    kind: DifferenceKind
    location: Id | None = None


# -- parked work -------------------------------------------------------------------------------------------------------


class ParkedScreen(BaseModel):
    """A booking that could not be worked off. `params` are ids and codes; `deal` is there if it has one.

    `dropped`: nothing is done about it until the booking changes. `since` in unix seconds.
    """

    location: int
    booking: int
    deal: int | None
    reason: str
    params: Mapping[str, str | int | Sequence[int]]
    since: int
    dropped: bool

    @staticmethod
    def of(key: BookingKey, parked: Parked, link: BookingLink | None) -> "ParkedScreen":
        """Return the body."""
        return ParkedScreen(
            location=key[0],
            booking=key[1],
            deal=link.deal if link else None,
            reason=parked.reason,
            params=parked.params,
            since=parked.since,
            dropped=parked.dropped,
        )


class HeldScreen(BaseModel):
    """All work waits for one `reason`, such as a stage that is gone. `since` in unix seconds, None if not known.

    `bookings` counts those that are known to wait.
    """

    reason: str
    since: int | None
    bookings: int


class ParkedWorkScreen(BaseModel):
    """A page of parked work, the oldest first; `next` as in the differences. `reasons` counts all that waits."""

    held: HeldScreen | None
    parked: tuple[ParkedScreen, ...]
    reasons: Mapping[str, int]
    next: str


class ReasonBody(Body):
    """All that is parked for a reason, at one location or at all."""

    reason: ParkedReason
    location: Id | None = None


def parked_page(
    parked: Mapping[BookingKey, Parked], *, reason: str, dropped: bool, after: str, limit: int
) -> tuple[list[BookingKey], str]:
    """Return the bookings of a page, the oldest first, and what the next page is asked for by."""
    places = sorted(
        (one.since, *key) for key, one in parked.items() if one.dropped is dropped and reason in ("", one.reason)
    )
    behind = tuple(int(part) for part in after.split(".")) if after else ()
    shown = [place for place in places if place > behind][: limit + 1]
    further = ".".join(map(str, shown[limit - 1])) if len(shown) > limit else ""
    return [(location, booking) for _, location, booking in shown[:limit]], further


def reasons(parked: Iterable[Parked]) -> Mapping[str, int]:
    """Return how many wait for each reason."""
    return Counter(one.reason for one in parked if not one.dropped)
