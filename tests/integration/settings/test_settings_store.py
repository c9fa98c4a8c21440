"""Settings are saved over the version that was seen, and over no other."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bookdeal.installs.installation import Installation, Installations
from bookdeal.installs.settings import CHANGED, SettingsStore
from bookdeal.model.booking import ServiceCatalogue
from bookdeal.model.settings import Settings
from bookdeal.runtime.errors import Conflict
from bookdeal.runtime.store import Table
from tests.unit.bookings.examples import GRACIA
from tests.unit.installs.chosen import FULL

ID = "salon"
MINE, THEIRS = replace(FULL, deal_name="mine"), replace(FULL, deal_name="theirs")


@pytest.fixture
def table(make_table: Callable[..., Table]) -> Table:
    return make_table("installations", "installation", "part")


def installation(settings: Settings) -> Installation:
    return Installation(ID, "salon.kommo.com", 1, (GRACIA,), 1, None, "salt", settings, None, None)


def test_each_save_counts_on(table: Table) -> None:
    store = SettingsStore(table)
    assert store.read(ID) == Settings()
    assert store.save(ID, MINE, 0) == replace(MINE, version=1)
    assert store.save(ID, THEIRS, 1) == replace(THEIRS, version=2)
    assert store.read(ID) == replace(THEIRS, version=2)


def test_of_two_who_saw_the_same_version_the_second_is_refused_with_what_stands(table: Table) -> None:
    store = SettingsStore(table)
    store.save(ID, MINE, 0)
    with pytest.raises(Conflict) as raised:
        store.save(ID, THEIRS, 0)
    assert (raised.value.reason, raised.value.params) == (CHANGED, {"version": 1})
    assert store.read(ID) == replace(MINE, version=1)


@pytest.mark.parametrize("seen", [1, 2, 99])
def test_a_version_that_nobody_wrote_is_refused(table: Table, seen: int) -> None:
    with pytest.raises(Conflict):
        SettingsStore(table).save(ID, MINE, seen)


def test_a_save_that_is_repeated_because_its_answer_was_lost_is_saved_once(table: Table) -> None:
    store = SettingsStore(table)
    store.save(ID, MINE, 0)
    assert store.save(ID, MINE, 0) == replace(MINE, version=1)
    assert store.read(ID).version == 1


def test_settings_of_the_first_version_can_be_replaced(table: Table) -> None:
    table.put({"installation": ID, "part": "settings", "mode": "off", "deal_name": "old"})
    store = SettingsStore(table)
    assert (store.read(ID).deal_name, store.read(ID).version) == ("old", 0)
    assert store.save(ID, MINE, 0).version == 1


def test_an_installation_comes_with_what_was_saved(table: Table) -> None:
    installations = Installations(table)
    installations.write(installation(Settings()))
    SettingsStore(table).save(ID, FULL, 0)
    catalogue = ServiceCatalogue({7001: 7100, 7002: 7100, 7003: 0}, 5)
    installations.write_catalogue(ID, GRACIA.id, catalogue)
    found = installations.read(ID)
    assert found is not None
    assert found.settings == replace(FULL, version=1)
    assert found.catalogues == {GRACIA.id: catalogue}
