import threading
from collections.abc import Callable

from bookdeal.runtime.errors import Conflict
from bookdeal.runtime.store import Store, Table

WORKERS = 16
ROUNDS = 20


def test_one_of_many_makes_the_item_and_the_others_learn_whose_it_is(make_table: Callable[..., Table]) -> None:
    links = make_table("installation", "key")
    begin = threading.Barrier(WORKERS)
    won: list[tuple[int, int]] = []
    lost: list[tuple[int, object]] = []

    def worker(me: int) -> None:
        for round in range(ROUNDS):
            begin.wait()
            try:
                links.put({"installation": "42", "key": f"intent#{round}", "owner": me}, when=links.absent)
                won.append((round, me))
            except Conflict as conflict:
                lost.append((round, (conflict.item or {}).get("owner")))

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = dict(won)
    assert len(won) == len(winners) == ROUNDS
    assert len(lost) == ROUNDS * (WORKERS - 1)
    assert all(winners[round] == owner for round, owner in lost)


def test_racing_transactions_write_each_group_once_and_whole(make_table: Callable[..., Table], store: Store) -> None:
    links = make_table("installation", "key")
    begin = threading.Barrier(WORKERS)
    written: list[list[int]] = [[] for _ in range(WORKERS)]

    def worker(me: int) -> None:
        begin.wait()
        groups = [
            [
                links.putting({"installation": "42", "key": f"deal#{number}", "owner": me}, when=links.absent),
                links.putting({"installation": "42", "key": f"booking#{number}", "owner": me}),
            ]
            for number in range(30)
        ]
        written[me] = [number for number, conflict in enumerate(store.transact(groups)) if conflict is None]

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for numbers in written for number in numbers) == list(range(30))
    deals = {item["key"].removeprefix("deal#"): item["owner"] for item in links.query("42", "deal#")}
    bookings = {item["key"].removeprefix("booking#"): item["owner"] for item in links.query("42", "booking#")}
    assert deals == bookings
    assert all(int(number) in written[owner] for number, owner in deals.items())
