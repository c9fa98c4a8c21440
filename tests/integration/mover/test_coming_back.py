"""Who leaves and comes back, and who loses the links: every booking keeps its one deal, every person one contact."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from bookdeal.desk.serving import Operator
from bookdeal.installs.installation import REBUILDING, SETTING_UP
from bookdeal.installs.uninstalling import KEPT_SECONDS, LONGEST_RUN
from bookdeal.model.command import CommandKind, CommandState
from bookdeal.model.hint import HintKind
from bookdeal.runtime.credentials import Secret
from bookdeal.runtime.webhook_key import sign
from sandbox.stack import demo

from .bed import CONFIRMED, Bed, person
from .test_access import KEY, connect, consented, door
from .test_rebuilding import booked, ids, lose

OTHERS = "https://other.example.test/hook"
numbers = count(900)


def people_and_deals(bed: Bed) -> tuple[set[int], set[int]]:
    return ids(bed.deals()), ids(bed.look("contacts"))


def operate(bed: Bed, **request: Any) -> Any:
    """Ask the operator's function."""
    answer = Operator(bed.server.environment, bed.queue, bed.clock).serve(request, 60)
    assert "answer" in answer, answer
    return answer["answer"]


def address(bed: Bed, side: str) -> str:
    return f"{bed.deployment.api}/webhooks/{side}/{demo.INSTALLATION}/{sign(KEY, side, demo.INSTALLATION, 1)}"


def kommo_hooks(bed: Bed) -> set[str]:
    return {one["destination"] for one in bed.look("webhooks")}


def altegio_hooks(bed: Bed) -> set[str]:
    return set(bed.salon("GET", f"/hooks_settings/{bed.location}")["urls"])


def leave(bed: Bed) -> None:
    """Uninstall by the operator's command: our hooks and tokens go, another vendor's hooks stay."""
    bed.in_kommo("POST", "webhooks", {"destination": OTHERS, "settings": ["update_lead"]})
    settings = bed.salon("GET", f"/hooks_settings/{bed.location}")
    settings = {**settings, "urls": [*settings["urls"], OTHERS]}
    bed.salon("POST", f"/hooks_settings/{bed.location}", settings)
    assert address(bed, "kommo") in kommo_hooks(bed)
    assert address(bed, "altegio") in altegio_hooks(bed)
    before = kommo_hooks(bed), altegio_hooks(bed)
    left = operate(bed, command="uninstall", installation=demo.INSTALLATION)
    assert (left["step"], left["hooks_left"]) == ("kept", [])
    assert kommo_hooks(bed) == before[0] - {address(bed, "kommo")}
    assert altegio_hooks(bed) == before[1] - {address(bed, "altegio")}
    assert [item for item in bed.items("Credentials") if item["installation"] == demo.INSTALLATION] == []


def test_who_comes_back_within_thirty_days_finds_all_as_it_was(bed: Bed) -> None:
    changed, untouched = records = booked(bed, 2)
    bed.sweep()
    links = {item["key"]: item["deal"] for item in bed.items("Links", "booking#")}
    deals, contacts = people_and_deals(bed)
    leave(bed)
    bed.set_status(changed, CONFIRMED)
    fresh = bed.book(person(next(numbers)), day=9)
    bed.work(changed, fresh)
    assert people_and_deals(bed) == (deals, contacts)
    bed.pass_time(KEPT_SECONDS - 3600)
    assert operate(bed, command="work_off_uninstalls")["uninstalls"] == []
    connect(bed)
    assert (bed.installation.paused, bed.installation.generation) == ("altegio_token", 2)
    bed.store_secret("altegio", Secret(access=bed.altegio.user_token))
    bed.ring(HintKind.ACCESS, source="person")
    bed.drain()
    assert bed.installation.paused is None
    after = {item["key"]: item["deal"] for item in bed.items("Links", "booking#")}
    assert after.items() >= links.items()
    assert ids(bed.deals()) - deals == {bed.deal(fresh)["id"]}
    assert len(people_and_deals(bed)[1] - contacts) == 1
    assert bed.stage(bed.deal(changed)) == "Confirmed"
    assert bed.parked() == {}
    assert {untouched["id"], changed["id"]} == ids(records)


@pytest.mark.parametrize("is_rung_for", [True, False], ids=["rung", "bell lost"])
def test_who_comes_back_after_he_was_forgotten_gets_no_twin(
    bed: Bed, monkeypatch: pytest.MonkeyPatch, is_rung_for: bool
) -> None:
    records = booked(bed, 3)
    former = bed.installation
    deals, contacts = people_and_deals(bed)
    leave(bed)
    for seconds in (KEPT_SECONDS + 1, LONGEST_RUN + 1):
        bed.pass_time(seconds)
        operate(bed, command="work_off_uninstalls")
    assert bed.installations.of_account(former.kommo_account) is None
    assert [bed.items(table) for table in ("Links", "Decisions", "Parked")] == [[], [], []]
    # The way back: consent, the salon, the settings; then somebody goes live.
    door(bed).take(consented(bed), "c")
    bed.drain()
    id = bed.installations.of_account(former.kommo_account)
    assert id is not None
    monkeypatch.setattr(demo, "INSTALLATION", id)
    bed.store_secret("altegio", Secret(access=bed.altegio.user_token))
    bed.installations.choose(bed.installation, former.locations)
    bed.installations.write(replace(bed.installation, settings=former.settings))
    assert (bed.installation.paused, bed.installation.is_live) == (SETTING_UP, False)
    bed.set_status(records[0], CONFIRMED)
    bed.hint(*records)  # an old bell is the first of the queue
    bed.go_live()
    assert bed.installation.paused == REBUILDING
    if not is_rung_for:
        bed.queue.waiting.pop()
    with bed.counted() as counted:
        bed.serve()
        bed.drain()
    assert counted.kommo["POST /api/v4/leads"] == 0
    assert (bed.installation.paused, bed.installation.is_live) == (None, True)
    bed.sweep()
    assert people_and_deals(bed) == (deals, contacts)
    assert {item["deal"] for item in bed.items("Links", "booking#")} == deals
    assert bed.stage(bed.deal(records[0])) == "Confirmed"
    bed.assert_right(only=records)


def test_a_lost_table_of_links_is_noticed_without_anybodys_command(bed: Bed) -> None:
    records = booked(bed, 3)
    deals, contacts = people_and_deals(bed)
    bed.pass_time(10)
    lose(bed, "Links")
    bed.set_status(records[0], CONFIRMED)
    bed.sweep()
    (command,) = bed.items("Decisions", "command#")
    assert (command["kind"], command["state"]) == (CommandKind.REBUILD_LINKS, CommandState.DONE)
    assert people_and_deals(bed) == (deals, contacts)
    assert {item["deal"] for item in bed.items("Links", "booking#")} == deals
    assert bed.installation.paused is None
    fresh = bed.book(person(next(numbers)), day=9)
    bed.work(fresh)
    assert bed.items("Decisions", "command#") == [command]
    assert ids(bed.deals()) - deals == {bed.deal(fresh)["id"]}
    bed.assert_right(only=[*records, fresh])


def test_killed_at_any_moment_after_the_loss(bed: Bed) -> None:
    records = booked(bed, 2)
    bed.pass_time(10)
    deals, contacts = people_and_deals(bed)
    for moment in count(1):
        lose(bed, "Links")
        bed.set_status(records[0], CONFIRMED if moment % 2 else 0)
        bed.hint(*records)
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        bed.come_to_rest()
        assert people_and_deals(bed) == (deals, contacts), moment
        bed.assert_right()
        if not was_killed:
            break
    assert moment > 4
