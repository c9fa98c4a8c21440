"""The bodies of the questions' routes, and what a person has to see to answer one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

from pydantic import BaseModel

from bookdeal.altegio.client import Row
from bookdeal.bookings.deals.questions import Question
from bookdeal.model.booking import Booking
from bookdeal.model.deal import Contact
from bookdeal.runtime.api import Body, Id


class ContactReader(Protocol):
    """What is asked of Kommo."""

    def contacts(self, ids: Sequence[int]) -> Mapping[int, Contact]:
        """Return these contacts, without the ones that are gone."""


class BookingReader(Protocol):
    """What is asked of Altegio."""

    def booking(self, location: int, id: int) -> Row | None:
        """Return one booking, None when there is none of that id."""


class QuestionScreen(BaseModel):
    """A client for whom a person has to say who he is.

    `doubt`: several_contacts fit him, or one has a similar_phone. `candidates` are contacts. `deals` have no contact
    until it is answered. `since` in unix seconds.
    """

    location: int
    client: int
    doubt: str
    candidates: tuple[int, ...]
    bookings: tuple[int, ...]
    deals: tuple[int, ...]
    since: int

    @staticmethod
    def of(question: Question) -> "QuestionScreen":
        """Return the body of a question."""
        return QuestionScreen(
            location=question.location,
            client=question.client,
            doubt=question.doubt,
            candidates=question.candidates,
            bookings=question.bookings,
            deals=question.deals,
            since=question.since,
        )


class QuestionsScreen(BaseModel):
    """All open questions, the oldest first."""

    questions: tuple[QuestionScreen, ...]

    @staticmethod
    def of(questions: Iterable[Question]) -> "QuestionsScreen":
        """Return the body of these questions."""
        return QuestionsScreen(questions=tuple(map(QuestionScreen.of, questions)))


class PersonScreen(BaseModel):
    """Somebody as one side knows him: a client, or a contact. `id` is that side's."""

    id: int
    name: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]


class QuestionDetail(BaseModel):
    """A question with both sides to compare. `client` None: his booking cannot be read now."""

    question: QuestionScreen
    client: PersonScreen | None
    candidates: tuple[PersonScreen, ...]

    @staticmethod
    def read(question: Question, kommo: ContactReader, altegio: BookingReader) -> "QuestionDetail":
        """Read both sides as they are now; candidates that are gone are left out. Raises what the readers raise."""
        row = altegio.booking(question.location, question.bookings[-1])
        client = row.client if isinstance(row, Booking) and row.client and row.client.id == question.client else None
        found = kommo.contacts(question.candidates)
        return QuestionDetail(
            question=QuestionScreen.of(question),
            client=PersonScreen(
                id=client.id,
                name=client.name,
                phones=(client.phone,) if client.phone else (),
                emails=(client.email,) if client.email else (),
            )
            if client
            else None,
            candidates=tuple(
                PersonScreen(id=contact.id, name=contact.name, phones=contact.phones, emails=contact.emails)
                for contact in found.values()
            ),
        )


class AnswerBody(Body):
    """Who the client is: a contact, one of the candidates or another; or nobody in Kommo yet."""

    contact: Id | Literal["new"]
