"""Tables: plain dictionaries in and out, conditions as text, conflicts as errors.

In an expression `#name` stands for the attribute of that name and `:name` for the value given under it:

    table.update(("42", "profile"), "SET #state = :state", when="#version = :seen", values={"state": "on", "seen": 7})

A request whose answer was lost is sent again by the AWS client, so a conditional write that succeeded may be reported
as a conflict: where that matters, write an owner and look at the conflict's item. Transactions are immune to it.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from bookdeal.runtime import aws
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import Conflict, Transient
from bookdeal.runtime.observe import Counters

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = dict[str, Any]
"""Attributes by name: str, int, float, Decimal, bool, None, and lists and dicts of these."""
type Key = tuple[str, ...]
"""The partition key's value, then the sort key's where the table has one."""
type Operation = Literal["Put", "Update", "Delete", "ConditionCheck"]

MOST_IN_TRANSACTION = 100
_MOST_IN_BATCH_GET = 100
_ROUNDS = 5
_BUSY = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})
_NAMES = re.compile(r"#(\w+)", re.ASCII)


def made_of[T](kind: type[T], stored: Mapping[str, Any]) -> T:
    """Make a dataclass of its stored form, without what a later version has added to that."""
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type] # a type cannot be bound to dataclasses
    return kind(**{name: value for name, value in stored.items() if name in known})


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a transaction, made by `Table.putting`, `updating`, `deleting` or `checking`."""

    operation: Operation
    table: str
    key: Key
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Store:
    """The tables, for one unit of work: what is read and written is counted."""

    client: "DynamoDBClient"
    clock: Clock
    counters: Counters

    def table(self, name: str, *keys: str) -> "Table":
        """Return a table by its name and the names of its key attributes: partition key, then sort key if any."""
        return Table(self, name, keys)

    def transact(self, groups: Sequence[Sequence[Write]]) -> list[Conflict | None]:
        """Write groups, each wholly or not at all; return for each None when written, else what was in its way.

        The writes may be of any table. Groups share transactions of up to 100 writes; when a condition fails, its
        groups are taken out and the rest is repeated. A group holds at most 100 writes, of different items. Raises
        Transient when the tables do not get to it: earlier transactions are written then, which the caller repeats.
        """
        results: list[Conflict | None] = [None] * len(groups)
        for members in _packed(groups):
            remaining = members
            while remaining:
                failed = self._transaction([groups[index] for index in remaining])
                for position, conflict in failed.items():
                    results[remaining[position]] = conflict
                remaining = [index for at, index in enumerate(remaining) if at not in failed] if failed else []
        return results

    def _transaction(self, groups: Sequence[Sequence[Write]]) -> dict[int, Conflict]:
        """Write the groups in one transaction; return the conflicts by group, in which case nothing was written."""
        owners = [index for index, group in enumerate(groups) for _ in group]
        writes = [write for group in groups for write in group]
        request: Any = [{write.operation: write.parameters} for write in writes]
        for _ in self.rounds():
            try:
                with self.asking():
                    self.client.transact_write_items(TransactItems=request)
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                reasons: list[Any] = error.response.get("CancellationReasons", [])
                conflicts = {
                    owners[at]: Conflict("changed", item=_old(reason))
                    for at, reason in enumerate(reasons)
                    if reason.get("Code") == "ConditionalCheckFailed"
                }
                if conflicts:
                    return conflicts
                if not any(reason.get("Code") in _BUSY for reason in reasons):
                    raise
            else:
                for write in writes:
                    self.counters.writes[write.table] += write.operation != "ConditionCheck"
                return {}
        raise Transient("store")

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Time a call of DynamoDB and turn its being out of reach into Transient."""
        with self.counters.answering("tables", self.clock), aws.failures("store"):
            yield

    def rounds(self) -> Iterator[None]:
        """Yield a few times, each time after a longer pause, for work that a busy table may put off."""
        for attempt in range(_ROUNDS):
            if attempt:
                self.clock.sleep(random.uniform(0.5, 1.0) * 0.05 * 2**attempt)  # noqa: S311 - no secret
            yield


@dataclass(frozen=True, slots=True)
class Table:
    """One table; made by `Store.table`. `keys` are the names of its key attributes."""

    store: Store
    name: str
    keys: tuple[str, ...]

    @property
    def absent(self) -> str:
        """The condition "no such item yet"."""
        return f"attribute_not_exists(#{self.keys[0]})"

    def get(self, *key: str, consistent: bool = False) -> Item | None:
        """Return the item, None when there is none. `consistent` sees every write that ended before."""
        with self.store.asking():
            answer = self.store.client.get_item(TableName=self.name, Key=self._key(key), ConsistentRead=consistent)
        self.store.counters.reads[self.name] += 1
        return from_wire(answer["Item"]) if "Item" in answer else None

    def batch_get(self, keys: Iterable[Key], *, consistent: bool = False) -> dict[Key, Item]:
        """Return the items that exist, by key. Raises Transient when the table keeps putting keys off."""
        wanted = list(dict.fromkeys(keys))
        found: dict[Key, Item] = {}
        for start in range(0, len(wanted), _MOST_IN_BATCH_GET):
            chunk = [self._key(key) for key in wanted[start : start + _MOST_IN_BATCH_GET]]
            for item in self._batch(chunk, consistent):
                found[tuple(item[name] for name in self.keys)] = item
        self.store.counters.reads[self.name] += len(wanted)
        return found

    def _batch(self, keys: list[Any], consistent: bool) -> Iterator[Item]:
        request: Any = {self.name: {"Keys": keys, "ConsistentRead": consistent}}
        for _ in self.store.rounds():
            with self.store.asking():
                answer = self.store.client.batch_get_item(RequestItems=request)
            for wire in answer["Responses"].get(self.name, ()):
                yield from_wire(wire)
            request = answer.get("UnprocessedKeys")
            if not request:
                return
        raise Transient("store")

    def query(
        self,
        partition: str,
        prefix: str = "",
        *,
        after: str = "",
        newest_first: bool = False,
        consistent: bool = False,
        page: int = 0,
    ) -> Iterator[Item]:
        """Yield a partition's items in the order of the sort key, reading on page by page as they are used.

        `prefix` keeps those whose sort key begins so. `after` begins behind that sort key, in the direction read;
        with a prefix it must have the prefix too. `page` is the number of items asked for at a time, 0 for many.
        """
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": {"#p": self.keys[0]},
            "ExpressionAttributeValues": {":p": {"S": partition}},
            "ScanIndexForward": not newest_first,
            "ConsistentRead": consistent,
        }
        if prefix:
            request["KeyConditionExpression"] += " AND begins_with(#s, :s)"
            request["ExpressionAttributeNames"]["#s"] = self.keys[1]
            request["ExpressionAttributeValues"][":s"] = {"S": prefix}
        if page:
            request["Limit"] = page
        if after:
            request["ExclusiveStartKey"] = self._key((partition, after))
        return self._queried(request)

    def query_index(
        self,
        index: str,
        partition: tuple[str, str],
        *,
        at_most: tuple[str, int] | None = None,
        after: Key | None = None,
        page: int = 0,
    ) -> Iterator[Item]:
        """Yield what an index holds of a partition, in its order: `partition` names an attribute and its value.

        `at_most` names the index's sort attribute and the largest number wanted of it. `after` begins behind the item
        of that key, in an index that has no other keys than the table; `page` is as in `query`.
        """
        request: dict[str, Any] = {
            "TableName": self.name,
            "IndexName": index,
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": {"#p": partition[0]},
            "ExpressionAttributeValues": {":p": {"S": partition[1]}},
        }
        if at_most is not None:
            request["KeyConditionExpression"] += " AND #s <= :s"
            request["ExpressionAttributeNames"]["#s"] = at_most[0]
            request["ExpressionAttributeValues"][":s"] = _wire(at_most[1])
        if page:
            request["Limit"] = page
        if after is not None:
            request["ExclusiveStartKey"] = self._key(after)
        return self._queried(request)

    def count(self, partition: str, prefix: str = "") -> int:
        """Return how many items a partition has whose sort key begins so."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": "#p = :p" + (" AND begins_with(#s, :s)" if prefix else ""),
            "ExpressionAttributeNames": {"#p": self.keys[0]} | ({"#s": self.keys[1]} if prefix else {}),
            "ExpressionAttributeValues": {":p": {"S": partition}} | ({":s": {"S": prefix}} if prefix else {}),
            "Select": "COUNT",
        }
        found = 0
        while True:
            with self.store.asking():
                answer = self.store.client.query(**request)
            found += answer["Count"]
            if not answer.get("LastEvaluatedKey"):
                self.store.counters.reads[self.name] += found
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _queried(self, request: dict[str, Any]) -> Iterator[Item]:
        while True:
            with self.store.asking():
                answer = self.store.client.query(**request)
            self.store.counters.reads[self.name] += len(answer["Items"])
            for wire in answer["Items"]:
                yield from_wire(wire)
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def put(self, item: Item, *, when: str = "", values: Mapping[str, Any] | None = None) -> None:
        """Write a whole item. Raises Conflict, with the item that stands there, unless `when` holds."""
        with self._conditional():
            self.store.client.put_item(**self.putting(item, when=when, values=values).parameters)
        self.store.counters.writes[self.name] += 1

    def update(self, *key: str, change: str, when: str = "", values: Mapping[str, Any] | None = None) -> Item:
        """Apply an update expression and return the whole item as it is now. Raises Conflict unless `when` holds."""
        write = self.updating(*key, change=change, when=when, values=values)
        with self._conditional():
            answer = self.store.client.update_item(**write.parameters, ReturnValues="ALL_NEW")
        self.store.counters.writes[self.name] += 1
        return from_wire(answer["Attributes"])

    def delete(self, *key: str, when: str = "", values: Mapping[str, Any] | None = None) -> None:
        """Delete the item, if there. Raises Conflict unless `when` holds."""
        with self._conditional():
            self.store.client.delete_item(**self.deleting(*key, when=when, values=values).parameters)
        self.store.counters.writes[self.name] += 1

    def putting(self, item: Item, *, when: str = "", values: Mapping[str, Any] | None = None) -> Write:
        """Return the write that `put` makes, for a transaction."""
        key = tuple(item[name] for name in self.keys)
        return self._write("Put", key, {"Item": to_wire(item)}, "", when, values)

    def updating(self, *key: str, change: str, when: str = "", values: Mapping[str, Any] | None = None) -> Write:
        """Return the write that `update` makes, for a transaction."""
        return self._write("Update", key, {"Key": self._key(key), "UpdateExpression": change}, change, when, values)

    def deleting(self, *key: str, when: str = "", values: Mapping[str, Any] | None = None) -> Write:
        """Return the write that `delete` makes, for a transaction."""
        return self._write("Delete", key, {"Key": self._key(key)}, "", when, values)

    def checking(self, *key: str, when: str, values: Mapping[str, Any] | None = None) -> Write:
        """Return a write that changes nothing and fails its group unless `when` holds."""
        return self._write("ConditionCheck", key, {"Key": self._key(key)}, "", when, values)

    @contextmanager
    def _conditional(self) -> Iterator[None]:
        try:
            with self.store.asking():
                yield
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise Conflict("changed", item=_old(error.response)) from None

    def _key(self, key: Key) -> Any:
        return {name: {"S": value} for name, value in zip(self.keys, key, strict=True)}

    def _write(
        self,
        operation: Operation,
        key: Key,
        parameters: dict[str, Any],
        change: str,
        when: str,
        values: Mapping[str, Any] | None,
    ) -> Write:
        parameters["TableName"] = self.name
        names = {f"#{name}": name for name in _NAMES.findall(f"{change} {when}")}
        if names:
            parameters["ExpressionAttributeNames"] = names
        if values:
            parameters["ExpressionAttributeValues"] = {f":{name}": _wire(value) for name, value in values.items()}
        if when:
            parameters["ConditionExpression"] = when
            parameters["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return Write(operation, self.name, key, parameters)


def to_wire(item: Item) -> dict[str, Any]:
    """Return the item in DynamoDB's attribute values. Raises TypeError or ValueError for what a table cannot hold."""
    return {name: _wire(value) for name, value in item.items()}


def from_wire(wire: Mapping[str, Any]) -> Item:
    """Return the item that attribute values stand for: whole numbers as int, others as float, lists as list."""
    return {name: _plain(value) for name, value in wire.items()}


def _wire(value: Any) -> dict[str, Any]:
    # The order is that of frequency: this and `_plain` are the inner loop of a burst.
    if isinstance(value, str):
        return {"S": str(value)}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(int(value))}
    if isinstance(value, dict):
        return {"M": {str(name): _wire(part) for name, part in value.items()}}
    if isinstance(value, list | tuple):
        return {"L": [_wire(part) for part in value]}
    if isinstance(value, float | Decimal):
        if not isfinite(value):
            raise ValueError("a table holds finite numbers only")
        return {"N": str(value)}
    raise TypeError(f"a table cannot hold {type(value).__name__}")


def _plain(wire: Mapping[str, Any]) -> Any:
    ((kind, value),) = wire.items()
    if kind == "S" or kind == "BOOL":
        return value
    if kind == "N":
        return int(value) if value.lstrip("-").isdigit() else float(value)
    if kind == "M":
        return {name: _plain(part) for name, part in value.items()}
    if kind == "L":
        return [_plain(part) for part in value]
    if kind == "NULL":
        return None
    raise TypeError(f"attribute of kind {kind}")


def _packed(groups: Sequence[Sequence[Write]]) -> Iterator[list[int]]:
    """Yield indexes of groups that fit into one transaction, in order: few enough writes, and no item twice."""
    members: list[int] = []
    taken: set[tuple[str, Key]] = set()
    for index, group in enumerate(groups):
        places = {(write.table, write.key) for write in group}
        if members and (len(taken) + len(places) > MOST_IN_TRANSACTION or not taken.isdisjoint(places)):
            yield members
            members, taken = [], set()
        members.append(index)
        taken |= places
    if members:
        yield members


def _old(answer: Any) -> Item | None:
    """Return the item that a failed condition looked at, None when there was none."""
    return from_wire(answer["Item"]) if answer.get("Item") else None
