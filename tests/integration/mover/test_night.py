"""Five thousand clients in one night, in real time and under the providers' real limits, with bells in between."""

from collections.abc import Iterator
from datetime import datetime
from itertools import batched

import pytest

from bookdeal.clients.contacts import ContactBook, ContactIndex, Owners
from bookdeal.model.hint import HintKind
from sandbox.stack import demo

from .bed import CONFIRMED, MADRID, TABLES, WAITING, Bed, Counted, control, person
from .conftest import MakeBed
from .oracle import field

CLIENTS = 5000
MOST_REQUESTS_A_CLIENT = 0.02
LONGEST_RUN = 6.5
"""Seconds that a run takes at the most: its slice, and what it was doing when that ended."""
NIGHT = datetime(2026, 5, 6, 4, 30, tzinfo=MADRID)
SEARCH = "POST /api/v1/company/{company}/clients/search"
WRITTEN = "PATCH /api/v4/contacts"


@pytest.fixture
def bed(make_bed: MakeBed) -> Iterator[Bed]:
    """A salon whose clients are all known in Kommo, though they have no booking in scope."""
    bed = make_bed(at=NIGHT)
    bed.choose(task=None, start_from=bed.day(70), statistics=True)
    control(bed.altegio.base_url, "load", {"bookings": 2 * CLIENTS, "clients": CLIENTS})
    control(bed.kommo.base_url, "load", {"contacts": CLIENTS})
    _link(bed)
    yield bed
    for provider in (bed.kommo, bed.altegio):
        control(provider.base_url, "limits", {"enforce": False})


def test_five_thousand_clients(bed: Bed) -> None:
    live = bed.book(person(1), day=80)
    bed.in_real_time()
    for provider in (bed.kommo, bed.altegio):
        control(provider.base_url, "limits", {"enforce": True})
    first = _night(bed, live)
    assert len(bed.items("Links", "statistics#")) >= CLIENTS
    _assert_right(bed)
    assert first.kommo[WRITTEN] + first.altegio[SEARCH] <= MOST_REQUESTS_A_CLIENT * CLIENTS
    assert bed.refused_by("kommo") == bed.refused_by("altegio") == 0

    bed.pass_time(86400)
    second = _night(bed, live)
    # Nothing changed but the client of the live booking: nothing is written for the others.
    assert second.kommo[WRITTEN] <= 1
    assert second.altegio[SEARCH] <= CLIENTS / 160


def _night(bed: Bed, live: dict[str, object]) -> Counted:
    """Let the sweep ring, and after each run a bell of a booking; return what all of it cost."""
    passed = 0
    with bed.counted() as counted:
        bed.ring(HintKind.LOCATION, source="sweep")
        while bed.queue.waiting:
            began = bed.clock.monotonic()
            bed.serve()
            assert bed.clock.monotonic() - began < LONGEST_RUN
            if not bed.commands.waiting():
                continue
            bed.set_status(live, CONFIRMED if passed % 2 else WAITING)
            bed.hint(live)
            bed.serve()
            assert bed.stage(bed.deal(live)) == ("Confirmed" if passed % 2 else "New booking")
            passed += 1
    assert passed > 1
    return counted


def _link(bed: Bed) -> None:
    clients = [client["id"] for page in range(1, CLIENTS // 200 + 1) for client in _page(bed, page)]
    contacts = [contact["id"] for contact in bed.look("contacts")]
    table = bed.store.table(bed.deployment.table("Links"), *TABLES["Links"])
    book = ContactBook(table, demo.INSTALLATION, "salt", ContactIndex(), bed.clock)
    pairs = zip(contacts[-CLIENTS:], clients, strict=True)
    for chunk in batched(pairs, 500, strict=False):
        owners = [Owners(contact, {(bed.location, client): ""}) for contact, client in chunk]
        bed.store.transact(book.remember(owners))


def _page(bed: Bed, page: int) -> list[dict[str, int]]:
    body = {"page": page, "page_size": 200, "order_by": "id", "order_by_direction": "ASC", "fields": ["id"]}
    rows: list[dict[str, int]] = bed.salon("POST", f"/company/{bed.location}/clients/search", body)
    return rows


def _assert_right(bed: Bed) -> None:
    """Every linked contact shows what its client's card says."""
    links = {item["contact"]: item["clients"][0][1] for item in bed.items("Links", "contact#")}
    cards: dict[int, dict[str, float]] = {}
    for page in range(1, CLIENTS // 300 + 2):
        rows = bed.salon("GET", f"/clients/{bed.location}", page=page, count=300)
        cards |= {card["id"]: card for card in rows}
    shown = {contact["id"]: contact for contact in bed.look("contacts") if contact["id"] in links}
    assert len(shown) >= CLIENTS
    for contact, client in links.items():
        card = cards[client]
        values = field(shown[contact], "PURCHASES"), field(shown[contact], "VISITS")
        assert (float(values[0]), int(values[1])) == (card["spent"], card["visits"])
    assert any(card["visits"] for card in cards.values())
