"""Open questions: clients for whom a person has to say who they are, and the bookings that wait for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bookdeal.bookings.deals.run import Run
from bookdeal.bookings.links import BookingKey, Links
from bookdeal.bookings.parking import Parked, ParkedWork
from bookdeal.model.client import ClientKey

AMBIGUOUS = "ambiguous_contact"
"""Why a booking is parked whose client is a question."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who is this client? `doubt` says why it is asked (`identity.Doubt`), `candidates` are contacts that may be his.

    `bookings` and `deals` wait for the answer; the deals are there, without a contact. `since` in unix seconds.
    """

    location: int
    client: int
    doubt: str
    candidates: tuple[int, ...]
    bookings: tuple[int, ...]
    deals: tuple[int, ...]
    since: int

    @property
    def key(self) -> ClientKey:
        """The client's key."""
        return self.location, self.client


def open_questions(parked: ParkedWork, links: Links) -> list[Question]:
    """Return an installation's open questions, the oldest first."""
    waiting: dict[ClientKey, dict[BookingKey, Parked]] = defaultdict(dict)
    for booking, why in parked.waiting().items():
        if (asked := asked_about(booking, why)) is not None:
            waiting[asked][booking] = why
    known = links.of_bookings(booking for bookings in waiting.values() for booking in bookings)
    questions = []
    for (location, client), bookings in waiting.items():
        latest = max(bookings.values(), key=lambda why: why.since)
        questions.append(
            Question(
                location,
                client,
                str(latest.params.get("doubt", "")),
                _contacts(latest),
                tuple(sorted(id for _, id in bookings)),
                tuple(sorted({known[booking].deal for booking in bookings if booking in known})),
                min(why.since for why in bookings.values()),
            )
        )
    return sorted(questions, key=lambda question: (question.since, question.key))


def asked_about(booking: BookingKey, parked: Parked) -> ClientKey | None:
    """Return the client that a parked booking asks about, None where it is parked for something else."""
    client = parked.params.get("client")
    return (booking[0], client) if parked.reason == AMBIGUOUS and isinstance(client, int) else None


def ask_again(run: Run, bookings: Iterable[BookingKey]) -> None:
    """Let these bookings be worked off once more, although they have not changed, as soon as time allows."""
    asked = set(bookings)
    links = run.records.links.of_bookings(asked) if asked else {}
    run.transact(
        [[run.records.links.change(replace(link, digest="", changed=""), link)] for link in links.values()],
    )
    run.owed |= asked


def about_contacts(parked: ParkedWork, contacts: Iterable[int]) -> set[BookingKey]:
    """Return the bookings that wait for an answer between contacts of which one of these is."""
    named = set(contacts)
    return {booking for booking, why in parked.all().items() if why.reason == AMBIGUOUS and named & {*_contacts(why)}}


def _contacts(parked: Parked) -> tuple[int, ...]:
    contacts = parked.params.get("contacts")
    return tuple(int(id) for id in contacts) if isinstance(contacts, Sequence) and not isinstance(contacts, str) else ()
