"""Finding records by visit date, by change stamp and by employee and day without looking at all of them."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .times import DAY

if TYPE_CHECKING:
    from .model import Record

# A key is (seconds << BITS) | record id: one integer that sorts by time, then by id.
BITS = 40
ID_MASK = (1 << BITS) - 1


def _key(seconds: int, record_id: int) -> int:
    return (seconds << BITS) | record_id


class RecordIndex:
    """Sorted keys of a location's records; every change of a record goes through `put`."""

    def __init__(self) -> None:
        self.version = 0
        self._by_date: list[int] = []
        self._live_by_date: list[int] = []
        self._by_change: list[int] = []
        self._by_staff_day: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        self._known: dict[int, tuple[int, int, bool, int]] = {}

    def put(self, record: "Record") -> None:
        """Take in a new record or the present state of a known one."""
        self.version += 1
        date_key, change_key = _key(record.starts, record.id), _key(record.changed_wall, record.id)
        known = self._known.get(record.id)
        if known is None:
            insort(self._by_date, date_key)
            insort(self._by_change, change_key)
        else:
            old_date, old_change, was_deleted, old_staff = known
            if old_date != date_key:
                del self._by_date[bisect_left(self._by_date, old_date)]
                insort(self._by_date, date_key)
            if old_change != change_key:
                del self._by_change[bisect_left(self._by_change, old_change)]
                insort(self._by_change, change_key)
            if (old_date, was_deleted, old_staff) == (date_key, record.deleted, record.staff_id):
                self._known[record.id] = (date_key, change_key, record.deleted, record.staff_id)
                return
            if not was_deleted:
                del self._live_by_date[bisect_left(self._live_by_date, old_date)]
                self._by_staff_day[old_staff, (old_date >> BITS) // DAY].discard(record.id)
        if not record.deleted:
            insort(self._live_by_date, date_key)
            self._by_staff_day[record.staff_id, record.starts // DAY].add(record.id)
        self._known[record.id] = (date_key, change_key, record.deleted, record.staff_id)

    def drop(self, record: "Record") -> None:
        """Take a cancelled record out."""
        self.version += 1
        date_key, change_key, _, _ = self._known.pop(record.id)
        del self._by_date[bisect_left(self._by_date, date_key)]
        del self._by_change[bisect_left(self._by_change, change_key)]

    def put_many(self, records: "list[Record]") -> None:
        """Take in many new records at once."""
        self.version += 1
        for record in records:
            date_key, change_key = _key(record.starts, record.id), _key(record.changed_wall, record.id)
            self._known[record.id] = (date_key, change_key, record.deleted, record.staff_id)
            self._by_date.append(date_key)
            self._by_change.append(change_key)
            if not record.deleted:
                self._live_by_date.append(date_key)
                self._by_staff_day[record.staff_id, record.starts // DAY].add(record.id)
        self._by_date.sort()
        self._by_change.sort()
        self._live_by_date.sort()

    def by_date(self, first: int | None, last: int | None, *, with_deleted: bool) -> list[int]:
        """Date keys of records that start in [first, last] (walls, None: open), oldest first."""
        keys = self._by_date if with_deleted else self._live_by_date
        start = 0 if first is None else bisect_left(keys, _key(first, 0))
        end = len(keys) if last is None else bisect_right(keys, _key(last, ID_MASK))
        return keys if (start, end) == (0, len(keys)) else keys[start:end]

    def changed(self, after: int | None, before: int | None, *, with_deleted: bool) -> list[int]:
        """Date keys of records whose change stamp is in [after, before] (walls), oldest visit first."""
        keys = self._by_change
        start = 0 if after is None else bisect_left(keys, _key(after, 0))
        end = len(keys) if before is None else bisect_right(keys, _key(before, ID_MASK))
        if (start, end) == (0, len(keys)):
            return self._by_date if with_deleted else self._live_by_date
        chosen = (self._known[key & ID_MASK] for key in keys[start:end])
        return sorted(one[0] for one in chosen if with_deleted or not one[2])

    @staticmethod
    def records_of(keys: Iterable[int], records: "dict[int, Record]") -> "list[Record]":
        """The records of date keys, in their order."""
        return [records[key & ID_MASK] for key in keys]

    def date_keys(self, ids: set[int]) -> list[int]:
        """Date keys of these records, oldest first."""
        return sorted(self._known[one][0] for one in ids)

    def of_day(self, staff_id: int, wall: int) -> set[int]:
        """Ids of the live records of a team member that start on the day of `wall`."""
        return self._by_staff_day.get((staff_id, wall // DAY), set())
