"""What tells contacts, deals and bookings apart is taken from them, and kept in lines that name nobody."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.duplicates import traits
from bookdeal.duplicates.bookings import BookingTraits
from bookdeal.duplicates.contacts import ContactTraits
from bookdeal.duplicates.deals import DealTraits
from bookdeal.duplicates.likeness import words
from bookdeal.model.booking import Booking, BookingStatus, Client
from bookdeal.model.deal import Contact, Deal, Pipeline, Place, Stage

HERE = 900100
STAGES = (
    Stage(11, "New", "open"),
    Stage(10, "Incoming", "incoming"),
    Stage(142, "Won", "won"),
    Stage(143, "Lost", "lost"),
)
FIELDS = {"COMPANY_ID": 21, "BOOKING_ID": 22}
CARLA = Contact(301, "Carla Ruiz", ("600 000 101, +34600000102",), (" Carla@Example.test ", "none"), {5: "55"}, 1, 2)


def test_a_contact() -> None:
    found = traits.of_contact(CARLA, "ES", 5)
    assert found.phones == {"+34600000101", "+34600000102"}
    assert (found.emails, found.client, found.words) == ({"carla@example.test"}, "55", words("Ruiz Carla"))
    assert traits.of_contact(CARLA, "ES", None).client == ""
    assert traits.of_contact(replace(CARLA, fields={5: "see notes"}), "ES", 5).client == ""


@pytest.mark.parametrize(
    ("fields", "booking"),
    [
        ({21: str(HERE), 22: "640001"}, (HERE, 640001)),
        ({21: HERE, 22: 640001}, (HERE, 640001)),
        ({21: str(HERE)}, None),
        ({21: str(HERE), 22: "by phone"}, None),
        ({21: None, 22: None}, None),
        ({}, None),
    ],
)
def test_a_deal_shows_its_booking(fields: dict[int, str | int | None], booking: tuple[int, int] | None) -> None:
    deal = Deal(501, "Haircut", 30, Place(100, 11), fields, (301, 302), 7, 8)
    found = traits.of_deal(deal, FIELDS, traits.open_places([Pipeline(100, "Salon", True, STAGES)]))
    assert (found.booking, found.person, found.is_open, found.created_at) == (booking, 301, True, 7)


def test_stages_that_are_open() -> None:
    places = traits.open_places([Pipeline(100, "Salon", True, STAGES)])
    assert places == {Place(100, 11), Place(100, 10)}
    # A pipeline that the account does not list is archived: nobody works on its deals.
    deal = Deal(501, "Haircut", 30, Place(200, 11), {}, (), 7, 8)
    assert not traits.of_deal(deal, {}, places).is_open


def booking(id: int = 1, client: Client | None = None, visitor: str = "") -> Booking:
    at = datetime(2026, 5, 5, 10, 30)
    none: tuple[()] = ()
    return Booking(
        HERE,
        id,
        BookingStatus.WAITING,
        at,
        3600,
        None,
        none,
        none,
        client,
        visitor,
        1,
        None,
        None,
        False,
        False,
        "",
        "",
    )


def test_a_booking_tells_whose_it_is_in_several_ways() -> None:
    carla = Client(11, "Carla Ruiz", "600000101", "")
    found = traits.of_booking(booking(client=carla), "ES", 301)
    assert {"contact 301", f"client {HERE} 11"} < found.persons
    assert len(found.persons) == 3
    assert (found.starts_at % 1440, found.minutes) == (630, 60)
    # The same person under another client id, and a child without a name of its own.
    other = traits.of_booking(booking(2, Client(12, "RUIZ Carla", "+34 600 000 101", "")), "ES", None)
    assert found.persons & other.persons
    nameless = traits.of_booking(booking(3, Client(13, "", "600000101", "")), "ES", None)
    assert not found.persons & nameless.persons
    assert traits.of_booking(booking(4), "ES", None).persons == frozenset()


def test_a_person_with_several_contacts_is_one_person() -> None:
    found = traits.of_booking(booking(client=Client(11, "Carla", "", "")), "ES", 302)
    assert traits.person_of_contact(301) in traits.with_person(found, {302: 301}).persons
    assert traits.with_person(found, {}).persons == found.persons


NAMES = st.sampled_from(("", "Carla", "Carla Ruiz", "Ruiz Carla", "Dani Ruiz", "Карла Руис", "C. Ruiz"))
TEXTS = st.frozensets(st.sampled_from(("+34600000101", "+34600000102", "carla@example.test")), max_size=3)
CONTACTS = st.builds(
    ContactTraits,
    id=st.integers(1, 2**53),
    words=NAMES.map(words),
    phones=TEXTS,
    emails=TEXTS,
    client=st.sampled_from(("", "55")),
)


@given(CONTACTS, CONTACTS)
def test_lines_of_contacts_tell_what_is_the_same_and_nothing_else(one: ContactTraits, other: ContactTraits) -> None:
    lines = traits.Lines("salt")
    written = lines.contact(one), lines.contact(other)
    first, second = map(traits.contact_from, written)
    assert (first.id, first.client, len(first.words)) == (one.id, one.client, len(one.words))
    assert (first.words == second.words) is (one.words == other.words)
    assert len(first.phones & second.phones) == len(one.phones & other.phones)
    assert len(first.emails & second.emails) == len(one.emails & other.emails)
    for secret in (*one.phones, *one.emails, *(word for word in one.words if len(word) > 2)):
        assert secret not in written[0]
    # Another account's marks are others.
    assert not one.phones or traits.contact_from(traits.Lines("pepper").contact(one)).phones != first.phones


@given(
    st.builds(
        DealTraits,
        id=st.integers(1, 2**53),
        person=st.integers(0, 2**53),
        words=NAMES.map(words),
        is_open=st.booleans(),
        pipeline=st.integers(1, 9),
        created_at=st.integers(0, 2**40),
        booking=st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)),
    )
)
def test_lines_of_deals(deal: DealTraits) -> None:
    read = traits.deal_from(traits.Lines("salt").deal(deal))
    assert replace(read, words=deal.words) == deal
    assert len(read.words) == len(deal.words)


@given(
    st.builds(
        BookingTraits,
        key=st.tuples(st.integers(1, 9), st.integers(1, 9)),
        persons=st.frozensets(st.sampled_from(("contact 5", "client 9 11", "phone +34600000101 karla")), max_size=3),
        starts_at=st.integers(0, 2**32),
        minutes=st.integers(0, 600),
        services=st.frozensets(st.integers(1, 5), max_size=3),
        event=st.none() | st.integers(1, 5),
        visitor=NAMES.map(words),
    )
)
def test_lines_of_bookings(booking: BookingTraits) -> None:
    written = traits.Lines("salt").booking(booking)
    read = traits.booking_from(written)
    assert replace(read, persons=booking.persons, visitor=booking.visitor) == booking
    assert (len(read.persons), len(read.visitor)) == (len(booking.persons), len(booking.visitor))
    assert "contact 5" in read.persons or "contact 5" not in booking.persons
    assert "34600000101" not in written
