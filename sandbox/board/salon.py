"""What the salon does on the page, done in Altegio as its own screens would do it."""

from typing import Any
from urllib.parse import urlencode

from .altegio import API, CODES, Altegio
from .wire import Refused, Simulator, Wire, as_list, as_object

KEPT_IN_A_LINE = ("id", "first_cost", "discount", "cost", "amount")
KEPT_IN_A_RECORD = (
    "seance_length",
    "attendance",
    "comment",
    "custom_color",
    "comer",
    "api_id",
    "technical_break_duration",
    "sms_remain_hours",
    "email_remain_hours",
    "resource_instance_ids",
)


class Salon:
    """The acts of a location's staff, and of a client who books online. All raise Refused with Altegio's reason."""

    def __init__(self, simulator: Simulator, altegio: Altegio) -> None:
        self._simulator = simulator
        self._altegio = altegio

    async def set_status(self, location: int, number: int, status: str) -> None:
        """Set a booking to waiting, confirmed, arrived, no_show or cancelled; what was cancelled is restored."""
        if status == "cancelled":
            await self._simulator.act("DELETE", f"{API}/record/{location}/{number}", None)
            return
        if status not in CODES:
            raise Refused(f"There is no status {status}")
        await self.restore(location, number)
        await self._simulator.control("/change", {"location": location, "ids": [number], "attendance": CODES[status]})

    async def restore(self, location: int, number: int) -> None:
        """Take a cancelled booking back as it was; nothing happens to any other."""
        await self._simulator.control("/restore", {"location": location, "ids": [number]})

    async def pay(self, location: int, number: int) -> None:
        """Take the money that is still owed."""
        await self._simulator.control("/pay", {"location": location, "ids": [number]})

    async def move(self, location: int, number: int, day: str, time: str, employee: int) -> None:
        """Move a booking to another time (`HH:MM`), day or employee; everything else stays."""
        record = await self._record(location, number)
        body = {name: record[name] for name in KEPT_IN_A_RECORD if record.get(name) is not None}
        body |= {
            "staff_id": employee,
            "datetime": f"{day} {time}:00",
            "services": [
                {name: one[name] for name in KEPT_IN_A_LINE if name in one} for one in as_list(record.get("services"))
            ],
            "client": {"id": as_object(record.get("client")).get("id")} if record.get("client") else None,
            "record_labels": [one["id"] for one in as_list(record.get("record_labels"))],
            "custom_fields": as_object(record.get("custom_fields")),
            "save_if_busy": True,
        }
        await self._simulator.act("PUT", f"{API}/record/{location}/{number}", body)

    async def book(self, location: int, wanted: Wire) -> int:
        """Make a booking: `online` as a client does on the website, else as reception does; gives its id.

        `wanted`: `{"online", "services": [ids], "employee", "day", "time", "name", "phone", "email", "comment"}`.
        """
        employee, services = int(wanted["employee"]), [int(one) for one in wanted["services"]]
        moment = f"{wanted['day']} {wanted['time']}:00"
        person = {name: str(wanted.get(name) or "") for name in ("name", "phone", "email")}
        comment = str(wanted.get("comment") or "")
        if wanted.get("online"):
            visit: Wire = {"id": 1, "services": services, "staff_id": employee, "datetime": moment}
            body: Wire = {
                "fullname": person["name"],
                "phone": person["phone"],
                "email": person["email"],
                "comment": comment,
                "appointments": [visit],
            }
            made = (await self._simulator.act("POST", f"{API}/book_record/{location}", body))["data"]
            return int(made[0]["record_id"])
        body = {
            "staff_id": employee,
            "services": [{"id": one} for one in services],
            "client": person,
            "datetime": moment,
            "seance_length": await self._length(location, employee, services),
            "save_if_busy": True,
            "send_sms": False,
            "comment": comment,
        }
        made = (await self._simulator.act("POST", f"{API}/records/{location}", body))["data"]
        return int((made[0] if isinstance(made, list) else made)["id"])

    async def free_times(self, location: int, employee: int, day: str, services: list[int]) -> list[str]:
        """The times (`HH:MM`) at which an employee is free for these services on a day."""
        query = urlencode([("service_ids[]", one) for one in services])
        answer = await self._simulator.read(f"{API}/book_times/{location}/{employee}/{day}", query)
        return [str(one["time"]).rjust(5, "0") for one in as_list(answer["data"])]

    async def _length(self, location: int, employee: int, services: list[int]) -> int:
        """How many seconds the employee takes for these services."""
        offered = {one["id"]: one for one in (await self._altegio.make_up(location)).services}
        minutes: list[int] = [
            offered[one]["employees"][str(employee)]["minutes"]
            for one in services
            if one in offered and str(employee) in offered[one]["employees"]
        ]
        if len(minutes) < len(services) or not minutes:
            raise Refused("The employee does not do this service")
        return sum(minutes) * 60

    async def _record(self, location: int, number: int) -> Any:
        return (await self._simulator.read(f"{API}/record/{location}/{number}"))["data"]
