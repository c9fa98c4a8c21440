"""Both simulators as the tests see them from outside, and deals as a mover would have made them."""

import json
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Madrid")
FIELDS = {
    "BOOKING_DATE": ("Booking date", "date"),
    "BOOKING_TIME": ("Booking time", "text"),
    "BOOKING_ID": ("Booking ID", "numeric"),
    "EMPLOYEE": ("Employee", "text"),
    "SERVICES": ("Services", "text"),
}
PIPELINE, CONFIRMED, ARRIVED, NO_SHOW, CANCELLED = "Salon", "Confirmed", "Arrived", "No-show", "Closed - lost"
STAGES = {0: "New booking", 2: CONFIRMED, 1: ARRIVED, -1: NO_SHOW}


@dataclass
class World:
    """`kommo` and `altegio` are base URLs; the tokens are an administrator's."""

    kommo: str
    altegio: str
    kommo_token: str
    altegio_token: str
    location: int

    @staticmethod
    def of_simulators(kommo: str, altegio: str) -> "World":
        grant = _ask(f"{altegio}/_control/grant", {})
        token = _ask(f"{kommo}/_control/access")["access_token"]
        return World(kommo, altegio, token, grant["look_token"], grant["locations"][0])

    def in_kommo(self, path: str, body: Any = None, method: str | None = None) -> Any:
        return _ask(f"{self.kommo}/api/v4{path}", body, method, {"Authorization": f"Bearer {self.kommo_token}"})

    def in_altegio(self, path: str, body: Any = None, method: str | None = None) -> Any:
        return _ask(f"{self.altegio}/api/v1{path}", body, method, {"Authorization": f"User {self.altegio_token}"})

    def control_kommo(self, path: str, body: Any = None) -> Any:
        return _ask(f"{self.kommo}/_control{path}", body)

    def control_altegio(self, path: str, body: Any = None) -> Any:
        return _ask(f"{self.altegio}/_control{path}", body)

    def begin_anew(self) -> None:
        """The demo as it is at eight in the morning, with a deal for each of the first location's bookings of today."""
        for control in (self.control_kommo, self.control_altegio):
            control("/reset", {"scenario": "demo"})
        now = datetime.now(ZONE)
        shift = (now.replace(hour=8, minute=0) - now).total_seconds()
        for control in (self.control_kommo, self.control_altegio):
            control("/clock", {"shift_seconds": shift})
        self.make_deals()

    @property
    def today(self) -> str:
        return datetime.fromtimestamp(self.control_altegio("/clock")["now"], ZONE).date().isoformat()

    def bookings(self, day: str = "") -> list[Any]:
        """The first location's bookings of a day, by time."""
        day = day or self.today
        query = f"start_date={day}&end_date={day}&count=300&with_deleted=1"
        found: list[Any] = self.in_altegio(f"/records/{self.location}?{query}")["data"]
        return sorted(found, key=lambda one: (one["date"], one["id"]))

    def booking(self, number: int) -> Any:
        return next(one for one in self.bookings() if one["id"] == number)

    def ordinary(self, place: int = 0) -> Any:
        """A waiting booking of one client for one service, not of an event."""
        fitting = [
            one
            for one in self.bookings()
            if one["client"] and one["attendance"] == 0 and not one["activity_id"] and not one["comer"]
        ]
        return fitting[place]

    def pipelines(self) -> dict[str, Any]:
        return {one["name"]: one for one in self.in_kommo("/leads/pipelines")["_embedded"]["pipelines"]}

    def place(self, stage: str, pipeline: str = PIPELINE) -> tuple[int, int]:
        found = self.pipelines()[pipeline]
        number = next(one["id"] for one in found["_embedded"]["statuses"] if one["name"] == stage)
        return found["id"], number

    def deals(self) -> list[Any]:
        answer = self.in_kommo("/leads?limit=250")
        found: list[Any] = answer["_embedded"]["leads"] if answer else []
        return found

    def deal(self, number: int) -> Any:
        return self.in_kommo(f"/leads/{number}?with=contacts")

    def deal_of(self, booking: int) -> Any:
        return next(one for one in self.deals() if one["id"] == self.deal_ids[booking])

    def make_deals(self) -> None:
        fields = self._field_ids()
        bookings = [one for one in self.bookings() if one["client"]]
        contacts = [
            {
                "name": one["client"]["display_name"],
                "custom_fields_values": [
                    {"field_code": "PHONE", "values": [{"value": one["client"]["phone"], "enum_code": "MOB"}]}
                ],
            }
            for one in bookings
        ]
        made = self.in_kommo("/contacts", contacts)["_embedded"]["contacts"]
        deals = [
            {**self._deal(one, fields), "_embedded": {"contacts": [{"id": contact["id"]}]}}
            for one, contact in zip(bookings, made, strict=True)
        ]
        answers = self.in_kommo("/leads", deals)["_embedded"]["leads"]
        self.deal_ids = {one["id"]: deal["id"] for one, deal in zip(bookings, answers, strict=True)}

    def _deal(self, booking: Any, fields: dict[str, int]) -> dict[str, Any]:
        pipeline, stage = self.place(STAGES[booking["attendance"]])
        services = ", ".join(one["title"] for one in booking["services"])
        moment = datetime.fromisoformat(booking["date"]).replace(tzinfo=ZONE)
        values = {
            "BOOKING_DATE": int(moment.replace(hour=0, minute=0).timestamp()),
            "BOOKING_TIME": moment.strftime("%H:%M"),
            "BOOKING_ID": booking["id"],
            "EMPLOYEE": booking["staff"]["name"],
            "SERVICES": services,
        }
        return {
            "name": f"{services} – {booking['client']['display_name']}",
            "price": int(sum(one["cost"] for one in booking["services"])),
            "pipeline_id": pipeline,
            "status_id": stage,
            "custom_fields_values": [
                {"field_id": fields[code], "values": [{"value": value}]} for code, value in values.items()
            ],
        }

    def _field_ids(self) -> dict[str, int]:
        answer = self.in_kommo("/leads/custom_fields?limit=50")
        known = {one["code"]: one["id"] for one in answer["_embedded"]["custom_fields"]}
        missing = [
            {"name": name, "type": kind, "code": code} for code, (name, kind) in FIELDS.items() if code not in known
        ]
        if missing:
            made = self.in_kommo("/leads/custom_fields", missing)["_embedded"]["custom_fields"]
            known |= {one["code"]: one["id"] for one in made}
        return known


def _ask(url: str, body: Any = None, method: str | None = None, headers: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(
        url,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", **(headers or {})},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None
