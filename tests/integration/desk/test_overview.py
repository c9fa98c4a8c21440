"""What an operator sees of all installations, from the tables as the template describes them."""

from typing import Any

from bookdeal.bookings.mover.state import LocationState, MoverState, Walk, state_item
from bookdeal.bookings.parking import ParkedWork
from bookdeal.desk.overview import Overview
from bookdeal.desk.requests import Parked
from bookdeal.installs.installation import STATE
from bookdeal.installs.uninstalling import Uninstalls

from .conftest import MADRID, World


def parked(**changes: Any) -> Parked:
    return Parked(command="parked", installation="salon", **changes)


def overview(world: World) -> Overview:
    return Overview(world.tables.installations, world.tables.parked, world.tables.decisions, world.clock.now())


def all_pages(world: World, limit: int) -> list[str]:
    found, after = [], ""
    while True:
        page, after = overview(world).page(after, limit)
        assert len(page) <= limit
        found += [summary.installation for summary in page]
        if not after:
            return found


def test_every_installation_is_listed_once_whatever_the_page(world: World) -> None:
    ids = [f"salon-{number:02d}" for number in range(7)]
    for id in reversed(ids):
        world.install(id)
    # Parts of that name which are no installation, as other parts of the product may keep them.
    world.tables.installations.put({"installation": "account#1", "part": "profile", "id": "salon-01"})
    for limit in (1, 3, 7, 33):
        assert all_pages(world, limit) == ids


def test_nobody_is_nobody(world: World) -> None:
    assert overview(world).page("", 33) == ([], "")
    assert overview(world).one("nobody") is None


def test_listing_reads_no_more_than_it_shows(world: World) -> None:
    for number in range(30):
        world.install(f"salon-{number:02d}")
    tables = world.tables
    Overview(tables.installations, tables.parked, tables.decisions, world.clock.now()).page("salon-10", 5)
    # Six from the index, three parts of five installations; the table is never read through.
    assert tables.store.counters.reads["Installations"] <= 6 + 15


def test_lag_is_the_age_of_the_oldest_owed_work(world: World) -> None:
    now = int(world.clock.now())
    world.install("salon", locations=3)
    first, second, third = (MADRID.id + number for number in range(3))
    state = MoverState(
        locations={
            first: LocationState(cursor=now - 40, dirty={7: now - 300, 8: 0}, later={9: now - 100}),
            second: LocationState(cursor=now - 5000, walks=(Walk(None, now - 900),)),
            third: LocationState(cursor=now - 90_000, closed="rights"),
        },
        deals=(501, 502),
        deals_from=now - 20,
    )
    item = {"installation": "salon", "part": STATE, **state_item(state), "saved_at": now - 4}
    world.tables.installations.put(item)
    (shown,), _ = overview(world).page("", 33)
    assert (shown.lag.seconds, shown.lag.bookings, shown.lag.deals) == (900, 3, 2)
    assert shown.last_run == now - 4
    assert [(here.cursor_age, here.owed_since, here.closed) for here in shown.locations] == [
        (40, now - 300, ""),
        (5000, now - 900, ""),
        (90_000, None, "rights"),
    ]


def test_a_quiet_salon_has_no_lag(world: World) -> None:
    world.install("salon")
    state = MoverState(locations={MADRID.id: LocationState(cursor=1)})
    world.tables.installations.put({"installation": "salon", "part": STATE, **state_item(state)})
    shown = overview(world).one("salon")
    assert shown is not None
    assert (shown.lag.owed_since, shown.lag.seconds, shown.state, shown.parked) == (None, 0, "active", 1)


def test_states_are_told_apart(world: World) -> None:
    world.install("working")
    world.install("waiting", paused="token")
    leaving = world.install("gone")
    Uninstalls(world.tables, world.clock).begin(leaving)
    shown = {one.installation: (one.state, one.reason) for one in overview(world).page("", 33)[0]}
    assert shown == {
        "working": ("active", ""),
        "waiting": ("paused", "token"),
        "gone": ("leaving", "uninstalled"),
    }


def test_parked_work_by_reason_and_location_and_what_was_dropped(world: World) -> None:
    world.install("salon")
    world.tables.parked.delete("salon", "booking#900100#1")
    work = ParkedWork(world.tables.parked, "salon")
    for booking, reason in ((2, "deal_refused"), (3, "unreadable"), (4, "deal_refused")):
        work.park((900_100, booking), reason, "v", 5)
    work.park((900_200, 9), "unreadable", "v", 5)
    work.drop((900_100, 4), 6)

    def keys(**wanted: Any) -> list[str]:
        items, after = overview(world).parked_page(parked(**wanted))
        assert after == ""
        return [item.key.removeprefix("booking#") for item in items]

    assert keys() == ["900100#2", "900100#3", "900200#9"]
    assert keys(reason="unreadable") == ["900100#3", "900200#9"]
    assert keys(reason="unreadable", location=900_200) == ["900200#9"]
    assert keys(dropped=True) == ["900100#4"]


def test_parked_work_comes_in_pages(world: World) -> None:
    world.install("salon")
    world.install("other")
    for number in range(2, 6):
        world.tables.parked.put(
            {"installation": "salon", "key": f"booking#900100#{number}", "reason": "x", "params": {"n": 1}, "since": 5}
        )
    keys, after = [], ""
    while True:
        page, after = overview(world).parked_page(parked(after=after, limit=2))
        keys += [item.key for item in page]
        if not after:
            break
    assert keys == [f"booking#900100#{number}" for number in range(1, 6)]
