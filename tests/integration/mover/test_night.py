"""Five thousand clients in one night, in real time and under the providers' real limits, with bells in between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import batched

import pytest

from bookdeal.clients.contacts import ContactBook, ContactIndex, Owners
from bookdeal.model.hint import HintKind
from sandbox.stack import demo

from .bed import CONFIRMED, MADRID, TABLES, WAITING, Bed, BedClock, Counted, control, person
from .conftest import MakeBed
from .oracle import field

CLIENTS = 5000
MOST_REQUESTS_A_CLIENT = 0.02
MOST_REQUESTS_A_RUN = 30
"""A run ends with its slice of five seconds, in which the providers' limits allow so many of its requests."""
NIGHT = datetime(2026, 5, 6, 4, 10, tzinfo=MADRID)
RUNS_OF_A_BELL = 3
SEARCH = "POST /api/v1/company/{company}/clients/search"
WRITTEN = "PATCH /api/v4/contacts"


@pytest.fixture
def bed(make_bed: MakeBed) -> Iterator[Bed]:
    """A salon whose clients are all known in Kommo, though they have no booking in scope."""
    bed = make_bed(at=NIGHT)
    # The hourly cap of field changes would put the first night off for longer than anybody can wait here.
    bed.server.environment = replace(bed.server.environment, kommo_field_changes_per_hour=1e9)
    bed.choose(task=None, start_from=bed.day(70), statistics=True)
    control(bed.altegio.base_url, "load", {"bookings": CLIENTS, "clients": CLIENTS})
    control(bed.kommo.base_url, "load", {"contacts": CLIENTS})
    _link(bed)
    bed.pass_time(3600)  # so that a bell does not look back to what was loaded
    yield bed
    for provider in (bed.kommo, bed.altegio):
        control(provider.base_url, "limits", {"enforce": False})


@pytest.mark.timeout(400)
def test_five_thousand_clients(bed: Bed) -> None:
    live = bed.book(person(1), day=80)
    bed.in_real_time()
    for provider in (bed.kommo, bed.altegio):
        control(provider.base_url, "limits", {"enforce": True})
    first, passed = _night(bed, live)
    assert passed, "no bell came between two slices"
    _assert_right(bed)
    assert first.kommo[WRITTEN] + first.altegio[SEARCH] <= MOST_REQUESTS_A_CLIENT * CLIENTS
    assert bed.refused_by("kommo") == bed.refused_by("altegio") == 0

    assert isinstance(bed.clock, BedClock)
    bed.clock.waits = False
    bed.pass_time(86400)
    bed.in_real_time()
    second, _ = _night(bed, live)
    # Nothing has changed, so nothing is written.
    assert second.kommo[WRITTEN] == 0
    assert second.altegio[SEARCH] <= CLIENTS / 160


def _night(bed: Bed, live: dict[str, object]) -> tuple[Counted, int]:
    """Let the sweep ring, and after each run a bell of a booking; return what all cost, and how many bells passed."""
    passed = 0
    with bed.counted() as counted:
        bed.ring(HintKind.LOCATION, source="sweep")
        while bed.queue.waiting:
            with bed.counted() as run:
                bed.serve()
            assert run.altegio[SEARCH] + run.kommo[WRITTEN] <= MOST_REQUESTS_A_RUN
            if not bed.commands.waiting():
                continue
            bed.set_status(live, CONFIRMED if passed % 2 else WAITING)
            bed.hint(live)
            # On a slow machine its run may have no time left for it: then the next one has.
            for _ in range(RUNS_OF_A_BELL):
                bed.serve()
                if bed.stage(bed.deal(live)) == ("Confirmed" if passed % 2 else "New booking"):
                    passed += bool(bed.commands.waiting())
                    break
            else:
                pytest.fail("the bell did not pass between the slices")
    return counted, passed


def _link(bed: Bed) -> None:
    clients = [client["id"] for page in range(1, CLIENTS // 200 + 1) for client in _page(bed, page)]
    contacts = [contact["id"] for contact in bed.look("contacts")]
    book = _book(bed)
    pairs = zip(contacts[-CLIENTS:], clients, strict=True)
    for chunk in batched(pairs, 500, strict=False):
        owners = [Owners(contact, {(bed.location, client): ""}) for contact, client in chunk]
        bed.store.transact(book.remember(owners))


def _book(bed: Bed) -> ContactBook:
    table = bed.store.table(bed.deployment.table("Links"), *TABLES["Links"])
    return ContactBook(table, demo.INSTALLATION, "salt", ContactIndex(), bed.clock)


def _page(bed: Bed, page: int) -> list[dict[str, int]]:
    body = {"page": page, "page_size": 200, "order_by": "id", "order_by_direction": "ASC", "fields": ["id"]}
    rows: list[dict[str, int]] = bed.salon("POST", f"/company/{bed.location}/clients/search", body)
    return rows


def _assert_right(bed: Bed) -> None:
    """Every linked contact shows what its client's card says."""
    links = {contact: client for contact, clients in _book(bed).everybody() for _, client in clients}
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
