"""What must be true when all is quiet, written from the requirements and the raw data of both sides, apart from the
product's rules."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

type Raw = Mapping[str, Any]

STATUS = {0: "New booking", 2: "Confirmed", 1: "Arrived", -1: "No-show"}
LOST = 143


def field(entity: Raw, code: str) -> Any:
    """Return a custom field's value, None when it is empty."""
    for one in entity["custom_fields_values"] or ():
        if one["field_code"] == code:
            return one["values"][0]["value"]
    return None


def by_booking(deals: Sequence[Raw]) -> dict[tuple[int, int], Raw]:
    """Return the deals by location and booking id; fails when a booking has two."""
    keys = [(int(field(deal, "COMPANY_ID")), int(field(deal, "BOOKING_ID"))) for deal in deals]
    twins = [key for key, count in Counter(keys).items() if count > 1]
    assert not twins, f"twin deals of bookings {twins}"
    return dict(zip(keys, deals, strict=True))


def assert_no_twin_contacts(contacts: Sequence[Raw], records: Mapping[int, Sequence[Raw]]) -> None:
    """A phone has as many contacts as there are people of one location who share it, and no more."""
    people: dict[str, Counter[int]] = defaultdict(Counter)
    for location, rows in records.items():
        for id, phone in {(row["client"]["id"], row["client"]["phone"]) for row in rows if row["client"]}:
            people[phone][location] += bool(id)
    phones = Counter(str(field(contact, "PHONE")) for contact in contacts if field(contact, "PHONE"))
    twins = [phone for phone, count in phones.items() if count > max(people[phone].values(), default=1)]
    assert not twins, f"{len(twins)} phones with too many contacts"


def assert_no_twin_tasks(tasks: Sequence[Raw]) -> None:
    """A booking's task is made once. Notices stand on no deal."""
    twins = [deal for deal, count in Counter(task["entity_id"] for task in tasks).items() if deal and count > 1]
    assert not twins, f"deals with two tasks: {twins}"


def assert_contact(record: Raw, deal: Raw, contacts: Sequence[Raw], *, is_question: bool) -> None:
    """The deal is that of the booking's client alone; of nobody's while it is a question who he is."""
    linked = [one["id"] for one in deal["_embedded"]["contacts"]]
    if is_question or record["client"] is None:
        assert linked == [], f"booking {record['id']} has a contact"
        return
    found = [one for one in contacts if one["id"] in linked]
    assert len(found) == len(linked) == 1, f"booking {record['id']} has {len(found)} contacts of {len(linked)}"
    client_id = field(found[0], "CLIENT_ID")
    assert client_id, f"the contact of booking {record['id']} does not show its client"
    # Somebody known to two locations shows the number of one of them, and is the same by his phone.
    is_he = client_id == str(record["client"]["id"]) or digits(field(found[0], "PHONE")).endswith(
        digits(record["client"]["phone"])
    )
    assert is_he, f"booking {record['id']} is somebody else's"


def digits(phone: Any) -> str:
    """Return a phone's digits."""
    return "".join(filter(str.isdigit, str(phone)))


def shown(records: Sequence[Raw]) -> Raw:
    """Return which of a deal's bookings it shows: the earliest still expected, else the latest that was not cancelled,
    else the latest."""
    expected = [record for record in records if not record["deleted"] and record["attendance"] in (0, 2)]
    if expected:
        return sorted(expected, key=lambda record: (record["date"], record["id"]))[0]
    kept = [record for record in records if not record["deleted"]] or records
    return sorted(kept, key=lambda record: (record["date"], record["id"]))[-1]


def assert_equal(
    record: Raw,
    deal: Raw,
    location: Raw,
    stages: Mapping[int, str],
    account_zone: str,
    *,
    stage_is_ours: bool = True,
    beside: Sequence[Raw] = (),
) -> None:
    """The deal shows the booking, and stands where its status belongs unless a person has moved it.

    `beside` are the deal's other bookings: of the same visit, what is not cancelled is counted in.
    """
    zone = ZoneInfo(location["timezone_name"])
    starts = datetime.fromisoformat(record["date"])
    # A wall clock that does not exist moves forward; one that exists twice is the first.
    instant = starts.replace(tzinfo=zone, fold=0).timestamp()
    day = datetime(starts.year, starts.month, starts.day, tzinfo=ZoneInfo(account_zone)).timestamp()
    visit = [record, *(other for other in beside if record["visit_id"] and other["visit_id"] == record["visit_id"])]
    visit = sorted([one for one in visit if not one["deleted"]] or visit, key=lambda one: (one["date"], one["id"]))
    services = [line for one in visit for line in one["services"]]
    lines = [*services, *(line for one in visit for line in one["goods_transactions"])]
    total = sum((Decimal(str(line["cost_to_pay"])) for line in lines), Decimal(0))
    expected = {
        "BOOKING_DATE": int(day),
        "BOOKING_TIME": starts.strftime("%H:%M"),
        "BOOKING_DATETIME": int(instant),
        "EMPLOYEE": (record["staff"] or {}).get("name") or None,
        "LOCATION": location["title"],
        "SERVICES": ", ".join(
            line["title"].strip() + (f" ×{line['amount']}" if line["amount"] != 1 else "") for line in services
        )
        or None,
        "price": int(total.quantize(Decimal(1), rounding=ROUND_HALF_UP)),
        "stage": "lost" if record["deleted"] else STATUS[record["attendance"]],
    }
    found = {code: field(deal, code) for code in expected if code.isupper()}
    found["price"] = deal["price"]
    found["stage"] = "lost" if deal["status_id"] == LOST else stages[deal["status_id"]]
    if not stage_is_ours:
        del expected["stage"], found["stage"]
    differing = {code: (found[code], expected[code]) for code in expected if found[code] != expected[code]}
    assert not differing, f"booking {record['id']}: {differing} (found, expected)"
