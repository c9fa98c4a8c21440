"""Keeping up with an account that changes while it is read."""

import asyncio
from typing import Any, cast
from urllib.parse import parse_qs

import pytest

from sandbox.board import kommo
from sandbox.board.kommo import Kommo
from sandbox.board.wire import Simulator

PIPELINE, STAGE, OTHER_STAGE = 1, 10, 20


class Account:
    """Kommo as far as the board reads it; `while_reading` is called once, before the next list is answered."""

    def __init__(self) -> None:
        self.now = 1_000
        self.deals: dict[int, dict[str, Any]] = {}
        self.deleted: dict[int, int] = {}
        self.filters_work = True
        self.lists = 0
        self.while_reading: Any = None

    def put(self, number: int, stage: int = STAGE) -> None:
        self.deals[number] = {
            "id": number,
            "name": f"Deal {number}",
            "price": 5,
            "pipeline_id": PIPELINE,
            "status_id": stage,
            "updated_at": self.now,
            "custom_fields_values": None,
        }

    def delete(self, number: int) -> None:
        del self.deals[number]
        self.deleted[number] = self.now

    async def control(self, path: str) -> Any:
        return {"now": self.now} if path == "/clock" else {"deals": len(self.deals)}

    async def read(self, path: str, query: str = "") -> Any:
        if path != "/api/v4/leads":
            return {"name": "Salon", "currency": "EUR"}
        asked = {key: values[0] for key, values in parse_qs(query).items()}
        since = int(asked.get("filter[updated_at][from]", 0))
        if asked.get("with") == "only_deleted":
            return page([{"id": number} for number, at in self.deleted.items() if at >= since])
        self.lists += 1
        if self.while_reading:
            act, self.while_reading = self.while_reading, None
            act()
        found = sorted(self.deals.values(), key=lambda one: (one["updated_at"], one["id"]), reverse=True)
        if self.filters_work:
            found = [one for one in found if one["updated_at"] >= since]
        start = (int(asked["page"]) - 1) * int(asked["limit"])
        return page([dict(one) for one in found[start : start + int(asked["limit"])]])


def page(rows: list[dict[str, Any]]) -> Any:
    return {"_embedded": {"leads": rows}} if rows else None


@pytest.fixture
def account() -> Account:
    account = Account()
    for number in range(1, 6):
        account.put(number)
    account.now += 100
    return account


@pytest.fixture
def board(account: Account, monkeypatch: pytest.MonkeyPatch) -> Kommo:
    monkeypatch.setattr(kommo, "PAGE", 2)
    monkeypatch.setattr(kommo, "CHECK_SECONDS", -1.0)
    return Kommo(cast("Simulator", account))


def refresh(board: Kommo) -> list[int]:
    return [one.after.id for one in asyncio.run(board.refresh())]


def shown(board: Kommo) -> list[int]:
    return sorted(number for stage in board.mirror.stages(100).values() for number in stage.newest)


def test_reads_all_and_then_what_changes(account: Account, board: Kommo) -> None:
    assert refresh(board) == []
    assert shown(board) == [1, 2, 3, 4, 5]
    account.put(3, OTHER_STAGE)
    account.put(6)
    assert refresh(board) == [3, 6]
    account.now += 100
    assert refresh(board) == []
    read = account.lists
    assert refresh(board) == []
    assert account.lists == read + 1


@pytest.mark.parametrize("filters_work", [True, False])
def test_stops_at_what_it_knows_although_filters_are_ignored(
    account: Account, board: Kommo, filters_work: bool
) -> None:
    account.filters_work = filters_work
    refresh(board)
    account.put(1, OTHER_STAGE)
    read = account.lists
    assert refresh(board) == [1]
    assert account.lists == read + 1


def test_takes_out_what_was_deleted(account: Account, board: Kommo) -> None:
    refresh(board)
    account.delete(2)
    refresh(board)
    assert shown(board) == [1, 3, 4, 5]


def test_begins_anew_when_the_numbers_differ_for_two_looks(account: Account, board: Kommo) -> None:
    refresh(board)
    account.deals.clear()
    refresh(board)
    assert shown(board) == [1, 2, 3, 4, 5]
    refresh(board)
    assert shown(board) == []


def test_begins_anew_when_the_clock_was_put_back(account: Account, board: Kommo) -> None:
    refresh(board)
    account.now = 500
    account.deals.clear()
    for number in range(11, 16):
        account.put(number)
    refresh(board)
    assert shown(board) == [11, 12, 13, 14, 15]


def test_being_told_to_forget_while_reading_is_not_lost(account: Account, board: Kommo) -> None:
    refresh(board)
    account.while_reading = board.forget
    refresh(board)
    read = account.lists
    refresh(board)
    assert account.lists == read + 3
