"""Altegio's side of the board: a location's day as the salon sees it."""

import asyncio
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from .wire import Simulator, Wire, as_list, as_object

API = "/api/v1"
PAGE = 300
MAKE_UP_SECONDS = 10.0
DAY_MINUTES = 24 * 60
OPENS, CLOSES = 9 * 60, 20 * 60
STATUSES = {0: "waiting", 2: "confirmed", 1: "arrived", -1: "no_show"}
CODES = {status: code for code, status in STATUSES.items()}


@dataclass(slots=True)
class MakeUp:
    """What changes rarely about a location: its name, zone and currency, who works there, what is offered."""

    title: str
    zone: ZoneInfo
    currency: str
    employees: list[Wire]
    services: list[Wire]
    read_at: float


class Altegio:
    """The locations as the board knows them."""

    def __init__(self, simulator: Simulator, locations: tuple[int, ...]) -> None:
        self._simulator = simulator
        self._make_ups: dict[int, MakeUp] = {}
        self.locations = locations

    async def make_up(self, location: int) -> MakeUp:
        """The location's make-up, read again now and then. Raises Refused."""
        known = self._make_ups.get(location)
        if known is None or time.monotonic() - known.read_at > MAKE_UP_SECONDS:
            known = self._make_ups[location] = await self._read_make_up(location)
        return known

    async def _read_make_up(self, location: int) -> MakeUp:
        place, staff, services = await asyncio.gather(
            self._simulator.read(f"{API}/company/{location}"),
            self._simulator.read(f"{API}/company/{location}/staff"),
            self._simulator.read(f"{API}/company/{location}/services"),
        )
        about = as_object(place["data"])
        return MakeUp(
            title=str(about.get("title") or location),
            zone=ZoneInfo(str(about.get("timezone_name") or "UTC")),
            currency=str(about.get("currency_short_title") or ""),
            employees=[
                {
                    "id": int(one["id"]),
                    "name": str(one.get("name") or ""),
                    "about": str(one.get("specialization") or ""),
                    "left": bool(one.get("fired")),
                }
                for one in as_list(staff["data"])
            ],
            services=[_service(one) for one in as_list(services["data"]) if one.get("active")],
            read_at=time.monotonic(),
        )

    async def day(self, location: int, day: str) -> dict[str, Any]:
        """One day as parts by key: `info`, `services`, and `booking:<id>` for each. An empty `day` is today.

        Raises Refused, and ValueError for what is no day.
        """
        make_up = await self.make_up(location)
        now = datetime.fromtimestamp((await self._simulator.control("/clock"))["now"], make_up.zone)
        shown = date.fromisoformat(day) if day else now.date()
        span = {"start_date": shown.isoformat(), "end_date": shown.isoformat()}
        bookings, schedule = await asyncio.gather(
            self._bookings(location, span),
            self._simulator.read(f"{API}/company/{location}/staff/schedule", urlencode(span)),
        )
        hours: dict[int, list[list[int]]] = {}
        for one in as_list(schedule["data"]):
            slots = [[_minutes(slot["from"]), _minutes(slot["to"])] for slot in as_list(one.get("slots"))]
            hours.setdefault(int(one["staff_id"]), []).extend(slots)
        busy = {one["employee"] for one in bookings}
        info = {
            "location": location,
            "title": make_up.title,
            "currency": make_up.currency,
            "day": shown.isoformat(),
            "today": now.date().isoformat(),
            "previous": (shown - timedelta(days=1)).isoformat(),
            "next": (shown + timedelta(days=1)).isoformat(),
            "now": now.hour * 60 + now.minute,
            "employees": [
                {**one, "hours": hours.get(one["id"], [])}
                for one in make_up.employees
                if one["id"] in busy or (hours.get(one["id"]) and not one["left"])
            ],
        }
        info |= _span(bookings, hours)
        return {"info": info, "services": make_up.services} | {f"booking:{one['id']}": one for one in bookings}

    async def _bookings(self, location: int, span: Wire) -> list[Wire]:
        found: list[Wire] = []
        page = 1
        while True:
            query = urlencode(
                {**span, "count": PAGE, "page": page, "with_deleted": 1, "include_finance_transactions": 1}
            )
            rows = as_list((await self._simulator.read(f"{API}/records/{location}", query))["data"])
            found += (booking(one) for one in rows)
            if len(rows) < PAGE:
                return found
            page += 1


def _service(given: Wire) -> Wire:
    """A service with who does it, how long (minutes) and for how much."""
    price = float(given.get("price_min") or 0)
    return {
        "id": int(given["id"]),
        "title": str(given.get("title") or ""),
        "group": bool(given.get("capacity")),
        "employees": {
            str(one["id"]): {
                "minutes": int(one.get("seance_length") or given.get("duration") or 0) // 60,
                "price": price if one.get("price") is None else float(one["price"]),
            }
            for one in as_list(given.get("staff"))
        },
    }


def booking(record: Wire) -> Wire:
    """A booking as the page shows it; times are minutes of the day."""
    client, visitor = as_object(record.get("client")), as_object(record.get("comer"))
    services = as_list(record.get("services"))
    goods = as_list(record.get("goods_transactions"))
    payments = as_list(record.get("finance_transactions"))
    return {
        "id": int(record["id"]),
        "location": int(record["company_id"]),
        "status": "cancelled" if record.get("deleted") else STATUSES.get(int(record.get("attendance") or 0), "waiting"),
        "day": str(record["date"])[:10],
        "start": _minutes(str(record["date"])[11:16]),
        "minutes": int(record.get("seance_length") or record.get("length") or 0) // 60,
        "employee": int(record.get("staff_id") or 0),
        "client": _name(client),
        "phone": str(client.get("phone") or ""),
        "email": str(client.get("email") or ""),
        "visitor": _name(visitor),
        "services": [str(one.get("title") or "") for one in services],
        "goods": [str(one.get("title") or "") for one in goods],
        "price": round(sum(float(one.get("cost") or 0) for one in [*services, *goods]), 2),
        "paid": round(sum(float(one.get("amount") or 0) for one in payments), 2),
        "paidFull": bool(int(record.get("paid_full") or 0)),
        "comment": str(record.get("comment") or ""),
        "color": str(record.get("custom_color") or ""),
        "labels": [str(one.get("title") or "") for one in as_list(record.get("record_labels"))],
        "online": bool(record.get("online")),
        "event": int(record.get("activity_id") or 0),
        "seats": int(record.get("clients_count") or 1),
    }


def _name(person: Wire) -> str:
    full = f"{person.get('name') or ''} {person.get('surname') or ''}"
    return str(person.get("display_name") or full).strip()


def _span(bookings: list[Wire], hours: dict[int, list[list[int]]]) -> dict[str, int]:
    """The first and last minute to show: whole hours around everybody's hours and every booking."""
    edges = [minute for slots in hours.values() for slot in slots for minute in slot]
    edges += [edge for one in bookings for edge in (one["start"], one["start"] + one["minutes"])]
    edges = edges or [OPENS, CLOSES]
    return {"opens": min(edges) // 60 * 60, "closes": min(DAY_MINUTES, -(-max(edges) // 60) * 60)}


def _minutes(clock: Any) -> int:
    hours, minutes = str(clock).split(":")[:2]
    return int(hours) * 60 + int(minutes)
