"""What was decided, undone, replayed and previewed, through the API as it is deployed."""

from typing import Any

from .town import Town
from .widget_api import ask


def done(town: Town, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """Ask for something and wait until the mover has done it; return what came of it."""
    asked = ask(town, method, path, body)
    assert asked.status_code == 200, asked.text
    told: dict[str, Any] = {}

    def is_done() -> bool:
        told.update(ask(town, "GET", f"/commands/{asked.json()['command']}").json())
        return told["state"] != "waiting"

    town.wait_until(is_done, 60)
    assert told["state"] == "done", told
    return dict(told["result"])


def test_a_move_is_told_undone_and_made_again(town: Town) -> None:
    (record,) = town.upcoming(1)
    place = f"{record['company_id']}/{record['id']}"
    before = town.stage(town.deal(record))
    town.set_status(record, 2)
    town.wait_until(lambda: town.stage(town.deal(record)) != before, 30)
    town.come_to_rest()
    moved, deal = town.stage(town.deal(record)), town.deal(record)["id"]
    told = ask(town, "GET", f"/deals/{deal}/decisions").json()["decisions"]
    assert told == ask(town, "GET", f"/bookings/{place}/decisions").json()["decisions"]
    assert (told[0]["event"], told[0]["can_be_undone"]) == ("booking_changed", True)
    result = done(town, "POST", f"/deals/{deal}/decisions/{told[0]['id']}/undo")
    assert (result["undone"], town.stage(town.deal(record))) == (1, before)
    town.come_to_rest()
    (batch, *_) = ask(town, "GET", "/batches").json()["batches"]
    assert batch["kind"] == "undo"
    assert len(ask(town, "GET", f"/batches/{batch['id']}/decisions").json()["decisions"]) == batch["count"]
    assert done(town, "POST", f"/batches/{batch['id']}/undo")["undone"] == 1
    assert town.stage(town.deal(record)) == moved
    assert done(town, "POST", f"/bookings/{place}/replay") == {"replayed": 1, "named": []}
    assert done(town, "POST", f"/deals/{deal}/replay") == {"replayed": 1, "named": []}


def test_settings_are_previewed(town: Town) -> None:
    town.upcoming(1)
    settings = ask(town, "GET", "/settings").json()
    stages = settings["status_sync"]["mapping"]["stages"]
    stages["waiting"], stages["confirmed"] = stages["confirmed"], stages["waiting"]
    asked = ask(town, "POST", "/preview", {"settings": settings, "days": 30, "ahead": 60}).json()
    town.wait_until(lambda: ask(town, "GET", f"/commands/{asked['command']}").json()["state"] == "done", 60)
    result = ask(town, "GET", f"/commands/{asked['command']}").json()["result"]
    group = next(one for one in result["groups"] if one["fate"] == "moves")
    rows = ask(town, "GET", f"/preview/{asked['command']}/rows?group={group['id']}").json()["rows"]
    assert len(rows) == min(group["count"], 100)
