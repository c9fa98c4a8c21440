"""Reads Altegio's JSON webhooks into hints (contract §9.2). Standard library only: intake imports this."""

import json
from typing import Any

from bookdeal.model.hint import Hint, HintKind, SeenBooking

MAX_BODY_BYTES = 256 * 1024
"""A larger body is not read; it rings the hint that says "something changed"."""

_LOCATION_KEYS = ("company_id", "location_id", "salon_id")

type _Rung = tuple[HintKind | None, int | None, int, str, bool]
"""What an event rings, None if nothing; of which location; for which booking or client (0: not told); its stamp;
whether it rings because it was deleted."""

_NOTHING: _Rung = (None, None, 0, "", False)


def hints_from(body: bytes, *, installation: str, generation: int, seen_at: float, correlation_id: str) -> list[Hint]:
    """Return the hints of one webhook body: one for each kind and location, none if nothing of interest is named.

    A body that is too large or no event of Altegio's gives a LOCATION hint, without a location where the body does
    not say. Never raises. `generation` is the webhook key's; `seen_at` in unix seconds.
    """
    rung: dict[tuple[HintKind, int | None], dict[int, SeenBooking]] = {}
    for event in _events(body):
        kind, location, id, stamp, deleted = _read(event)
        if kind is None:
            continue
        seen = rung.setdefault((kind, location), {})
        if id:
            before = seen.get(id, SeenBooking(id, stamp))
            # Two stamps for one booking in one body: which is the later one cannot be told, so the stamp is unknown.
            seen[id] = SeenBooking(id, stamp if before.changed == stamp else "", deleted or before.deleted)
    return [
        Hint(
            kind=kind,
            source="altegio",
            installation=installation,
            location=location,
            bookings=() if kind is HintKind.CLIENT else tuple(seen.values()),
            clients=tuple(seen) if kind is HintKind.CLIENT else (),
            generation=generation,
            seen_at=seen_at,
            correlation_id=correlation_id,
        )
        for (kind, location), seen in rung.items()
    ]


def _events(body: bytes) -> list[Any]:
    """Return the events of a body, [None] if it cannot be read. Some senders wrap the event in an array."""
    if len(body) > MAX_BODY_BYTES:
        return [None]
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return [None]
    return parsed if isinstance(parsed, list) and parsed else [parsed]


def _read(event: Any) -> _Rung:
    if not isinstance(event, dict):
        return HintKind.LOCATION, None, 0, "", False
    data = event.get("data")
    if isinstance(data, dict) and isinstance(data.get("data"), dict):
        event, data = (data if "resource" in data else event), data["data"]
    if not isinstance(data, dict):
        data = {}
    location = next((id for part in (event, data) for key in _LOCATION_KEYS if (id := _number(part.get(key)))), None)
    match event.get("resource"):
        case "record":
            id = _number(event.get("resource_id")) or _number(data.get("id"))
            if id and location:
                changed = data.get("last_change_date")
                stamp = changed if isinstance(changed, str) else ""
                return HintKind.BOOKING, location, id, stamp, event.get("status") == "delete"
        case "client":
            return _client(location, _number(event.get("resource_id")) or _number(data.get("id")))
        case "finances_operation":
            return _payment(location, data)
        case str(resource) if resource.startswith("goods_operations_"):
            return _payment(location, data)
        case str(resource) if resource:
            return _NOTHING
    return HintKind.LOCATION, location, 0, "", False


def _payment(location: int | None, data: dict[str, Any]) -> _Rung:
    """Return what a payment or a sale rings: the booking that it belongs to, else the client who paid."""
    id = _number(data.get("record_id"))
    if id:
        return (HintKind.PAYMENT, location, id, "", False) if location else (HintKind.LOCATION, None, 0, "", False)
    client = data.get("client")
    return _client(location, _number(client.get("id")) if isinstance(client, dict) else 0)


def _client(location: int | None, id: int) -> _Rung:
    """Return what a client rings: nothing where it cannot be told who, for all of them are looked at every night."""
    return (HintKind.CLIENT, location, id, "", False) if id and location else _NOTHING


def _number(value: Any) -> int:
    """Return an id, which may come as a text; 0 for what is none."""
    if isinstance(value, str) and len(value) < 19 and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**18 else 0
