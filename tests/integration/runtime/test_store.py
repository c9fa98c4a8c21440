from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from bookdeal.runtime import aws
from bookdeal.runtime.errors import Conflict, Transient
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Store, Table
from tests.manual_clock import ManualClock

type MakeTable = Callable[..., Table]


@pytest.fixture
def links(make_table: MakeTable) -> Table:
    return make_table("links", "installation", "key")


@pytest.fixture
def scratch(make_table: MakeTable) -> Table:
    return make_table("scratch", "key")


def link(number: int, **more: Any) -> dict[str, Any]:
    return {"installation": "42", "key": f"booking#1#{number:03}", "deal": number, **more}


def test_an_item_is_put_read_and_deleted(links: Table, store: Store) -> None:
    assert links.get("42", "booking#1#001") is None
    links.put(link(1, status="waiting", categories=[1, 2]))
    assert links.get("42", "booking#1#001", consistent=True) == link(1, status="waiting", categories=[1, 2])
    links.delete("42", "booking#1#001")
    assert links.get("42", "booking#1#001") is None
    assert (store.counters.reads, store.counters.writes) == ({"links": 3}, {"links": 2})


def test_a_key_has_as_many_parts_as_the_table(links: Table, scratch: Table) -> None:
    with pytest.raises(ValueError, match="shorter"):
        links.get("42")
    with pytest.raises(ValueError, match="longer"):
        scratch.get("a", "b")


def test_an_item_is_made_once(links: Table) -> None:
    links.put(link(1), when=links.absent)
    with pytest.raises(Conflict) as caught:
        links.put(link(1, deal=9), when=links.absent)
    assert caught.value.item == link(1)


def test_an_update_returns_the_item_and_may_use_reserved_words(links: Table) -> None:
    links.put(link(1, status="waiting", name=None))
    item = links.update(
        "42",
        "booking#1#001",
        change="SET #status = :status, #at = :at REMOVE #name",
        when="#status = :before",
        values={"status": "arrived", "at": 1.5, "before": "waiting"},
    )
    assert item == link(1, status="arrived", at=1.5)


@pytest.mark.parametrize("there", [True, False])
def test_a_failed_condition_shows_what_stands_there(links: Table, there: bool) -> None:
    if there:
        links.put(link(1, version=7))
    for attempt in (
        lambda: links.update(
            "42", "booking#1#001", change="SET #version = :next", when="#version = :seen", values={"next": 9, "seen": 8}
        ),
        lambda: links.delete("42", "booking#1#001", when="#version = :seen", values={"seen": 8}),
        lambda: links.put(link(1), when="#version = :seen", values={"seen": 8}),
    ):
        with pytest.raises(Conflict) as caught:
            attempt()
        assert caught.value.item == (link(1, version=7) if there else None)


def test_a_batch_is_read_in_pieces_without_repeating_keys(links: Table, store: Store) -> None:
    for number in range(120):
        links.put(link(number))
    keys = [("42", f"booking#1#{number:03}") for number in range(130)]
    found = links.batch_get([*keys, *keys])
    assert len(found) == 120
    assert found["42", "booking#1#007"] == link(7)
    assert store.counters.items_read == 130
    assert links.batch_get([]) == {}


def test_unprocessed_keys_are_asked_for_again(links: Table, store: Store, clock: ManualClock) -> None:
    first, second = (links._key(("42", key)) for key in "ab")
    later = {"links": {"Keys": [second], "ConsistentRead": False}}
    with Stubber(store.client) as stub:
        stub.add_response(
            "batch_get_item",
            {"Responses": {"links": [first]}, "UnprocessedKeys": later},
            {"RequestItems": {"links": {"Keys": [first, second], "ConsistentRead": False}}},
        )
        stub.add_response("batch_get_item", {"Responses": {"links": [second]}}, {"RequestItems": later})
        assert len(links.batch_get([("42", "a"), ("42", "b")])) == 2
        assert len(clock.slept) == 1
        for _ in range(5):
            stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": later})
        with pytest.raises(Transient):
            links.batch_get([("42", "b")])
        stub.assert_no_pending_responses()


def test_a_partition_is_read_in_order_page_by_page(links: Table) -> None:
    for number in (3, 1, 2):
        links.put(link(number))
    links.put({"installation": "42", "key": "client#1#5"})
    links.put({"installation": "43", "key": "booking#1#009"})
    keys = [f"booking#1#00{number}" for number in (1, 2, 3)]
    assert [item["key"] for item in links.query("42", "booking#", page=1)] == keys
    assert [item["key"] for item in links.query("42", "booking#", newest_first=True)] == keys[::-1]
    assert [item["key"] for item in links.query("42", "booking#", after=keys[0])] == keys[1:]
    assert [item["key"] for item in links.query("42", consistent=True)] == [*keys, "client#1#5"]
    assert list(links.query("44")) == []


def test_a_query_reads_no_further_than_it_is_used(links: Table, store: Store) -> None:
    for number in range(5):
        links.put(link(number))
    assert next(links.query("42", page=2))["deal"] == 0
    assert store.counters.items_read == 2


def test_groups_are_written_whole_across_tables(links: Table, scratch: Table, store: Store) -> None:
    groups = [[links.putting(link(number)), scratch.putting({"key": f"d#{number}"})] for number in range(120)]
    assert store.transact(groups) == [None] * 120
    assert len(list(links.query("42"))) == 120
    assert scratch.get("d#119") is not None
    assert store.counters.items_written == 240


def test_what_stands_in_the_way_of_one_group_does_not_hold_the_others(
    links: Table, scratch: Table, store: Store
) -> None:
    links.put(link(1, version=1))
    links.put(link(2, version=5))
    results = store.transact(
        [
            [links.putting(link(0), when=links.absent)],
            [
                scratch.putting({"key": "d#1"}),
                links.updating(
                    "42",
                    "booking#1#001",
                    change="SET #version = :two",
                    when="#version = :zero",
                    values={"two": 2, "zero": 0},
                ),
            ],
            [
                links.updating(
                    "42",
                    "booking#1#002",
                    change="SET #version = :six",
                    when="#version = :five",
                    values={"six": 6, "five": 5},
                )
            ],
            [links.checking("42", "booking#1#009", when="attribute_exists(#key)"), scratch.putting({"key": "d#3"})],
            [links.deleting("42", "booking#1#008")],
        ]
    )
    assert [result is None for result in results] == [True, False, True, False, True]
    assert results[1] is not None
    assert results[1].item == link(1, version=1)
    assert results[3] is not None
    assert results[3].item is None
    assert links.get("42", "booking#1#000") == link(0)
    assert links.get("42", "booking#1#002") == link(2, version=6)
    assert scratch.get("d#1") is None
    assert scratch.get("d#3") is None


def test_two_groups_may_write_one_item_one_after_the_other(links: Table, store: Store) -> None:
    def add(amount: int) -> Any:
        return [links.updating("42", "deal#1", change="ADD #count :amount", values={"amount": amount})]

    assert store.transact([add(1), add(2), add(4)]) == [None, None, None]
    item = links.get("42", "deal#1")
    assert item is not None
    assert item["count"] == 7


def test_a_check_is_no_write(links: Table, store: Store) -> None:
    check = links.checking("42", "booking#1#009", when="attribute_not_exists(#key)")
    assert store.transact([[check, links.putting(link(1))]]) == [None]
    assert store.counters.items_written == 1


def test_our_client_and_a_plain_one_read_the_same_items(links: Table, clock: ManualClock) -> None:
    ours = Store(aws.dynamodb.__wrapped__(), clock, Counters()).table("links", "installation", "key")
    one = link(1, status=None, price=21.5, inputs=["waiting", 7, [1, 2]], gone=False, places={"put": [1, 2]})
    ours.put(one)
    ours.store.transact([[ours.putting(link(2, changed="", known=None), when=ours.absent)]])
    assert links.get("42", "booking#1#001") == ours.get("42", "booking#1#001") == one
    assert list(ours.query("42")) == list(links.query("42"))
    with pytest.raises(Conflict) as caught:
        ours.put(link(1), when=ours.absent)
    assert caught.value.item == one


def test_an_index_is_read_up_to_a_number(store: Store) -> None:
    store.client.create_table(
        TableName="installations",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "installation", "AttributeType": "S"},
            {"AttributeName": "shard", "AttributeType": "S"},
            {"AttributeName": "due_at", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "installation", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "shard", "KeyType": "HASH"},
                    {"AttributeName": "due_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    table = store.table("installations", "installation")
    for number in (30, 10, 20):
        table.put({"installation": str(number), "shard": "a", "due_at": number})
    table.put({"installation": "99", "shard": "b", "due_at": 1})
    assert [item["due_at"] for item in table.query_index("due", ("shard", "a"))] == [10, 20, 30]
    assert [item["due_at"] for item in table.query_index("due", ("shard", "a"), at_most=("due_at", 20))] == [10, 20]


def cancelled(*codes: str) -> dict[str, Any]:
    return {
        "service_error_code": "TransactionCanceledException",
        "http_status_code": 400,
        "modeled_fields": {"CancellationReasons": [{"Code": code} for code in codes]},
    }


def test_a_transaction_that_met_another_is_repeated(links: Table, store: Store, clock: ManualClock) -> None:
    with Stubber(store.client) as stub:
        stub.add_client_error("transact_write_items", **cancelled("None", "TransactionConflict"))
        stub.add_response("transact_write_items", {})
        assert store.transact([[links.putting(link(1))], [links.putting(link(2))]]) == [None, None]
        assert len(clock.slept) == 1
        for _ in range(5):
            stub.add_client_error("transact_write_items", **cancelled("TransactionConflict"))
        with pytest.raises(Transient):
            store.transact([[links.putting(link(1))]])
        stub.assert_no_pending_responses()


def test_a_transaction_that_makes_no_sense_is_our_fault(links: Table, store: Store) -> None:
    with Stubber(store.client) as stub:
        stub.add_client_error("transact_write_items", **cancelled("ValidationError"))
        with pytest.raises(ClientError):
            store.transact([[links.putting(link(1))]])
        stub.add_client_error("transact_write_items", "AccessDeniedException", http_status_code=400)
        with pytest.raises(ClientError):
            store.transact([[links.putting(link(1))]])


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://dynamodb.example.test"),
        ReadTimeoutError(endpoint_url="https://dynamodb.example.test"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem"),
        ClientError({"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "GetItem"),  # type: ignore[typeddict-item]
    ],
)
def test_an_overloaded_or_unreachable_table_is_transient(
    links: Table, store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(**_: object) -> None:
        raise error

    for name in ("get_item", "put_item", "batch_get_item", "query", "transact_write_items"):
        monkeypatch.setattr(store.client, name, fail)
    for attempt in (
        lambda: links.get("42", "a"),
        lambda: links.put(link(1)),
        lambda: links.batch_get([("42", "a")]),
        lambda: list(links.query("42")),
        lambda: store.transact([[links.putting(link(1))]]),
    ):
        with pytest.raises(Transient, match="store"):
            attempt()


def test_a_missing_table_is_our_fault(store: Store) -> None:
    with pytest.raises(ClientError):
        store.table("nowhere", "key").get("a")
