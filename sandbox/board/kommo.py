"""Kommo's side of the board: a mirror of the account's deals, one deal's card, a person's move."""

import asyncio
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .mirror import Change, Deal, Mirror
from .wire import Refused, Simulator, Wire, as_list, as_object, embedded

API = "/api/v4"
PAGE = 250
OVERLAP = 2
SET_UP_SECONDS = 5.0
CHECK_SECONDS = 1.0
INCOMING, WON, LOST = 1, 142, 143
KINDS = {WON: "won", LOST: "lost"}
DATED = {"date": "%Y-%m-%d", "birthday": "%Y-%m-%d", "date_time": "%Y-%m-%d %H:%M"}


class Kommo:
    """The account as the board knows it."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._zone = ZoneInfo("UTC")
        self._users: dict[int, str] = {}
        self._task_types: dict[int, str] = {}
        self._read_set_up = self._checked = float("-inf")
        self._cursor = 0
        self._begun, self._wanted = 0, 1
        self._suspicious = False
        self.mirror = Mirror()
        self.account: Wire = {}
        self.pipelines: dict[str, Wire] = {}

    def forget(self) -> None:
        """Begin anew with the next refresh."""
        self._wanted += 1
        self._read_set_up = float("-inf")

    async def refresh(self) -> list[Change]:
        """Bring everything up to date; gives the deals that have changed, none after a first reading.

        Raises Refused.
        """
        now = time.monotonic()
        if now - self._read_set_up > SET_UP_SECONDS:
            await self._refresh_set_up()
            self._read_set_up = now
        moment = int((await self._simulator.control("/clock"))["now"])
        self.account = {**self.account, "today": self._clock(moment, DATED["date"])}
        # A clock that was put back dates new things before what was read.
        changes: list[Change] = []
        wanted = self._wanted
        if self._begun != wanted or moment < self._cursor:
            await self._read_everything()
            self._begun = wanted
        else:
            since = self._cursor - OVERLAP
            changes = [one for deal in reversed(await self._since(since)) if (one := self.mirror.put(deal)) is not None]
            if now - self._checked > CHECK_SECONDS:
                await self._check(since, quiet=not changes)
                self._checked = now
        self._cursor = moment
        return changes

    async def _refresh_set_up(self) -> None:
        account, users, pipelines = await asyncio.gather(
            self._simulator.read(f"{API}/account", "with=datetime_settings,task_types"),
            self._simulator.read(f"{API}/users", "limit=250"),
            self._simulator.read(f"{API}/leads/pipelines"),
        )
        settings = as_object(as_object(account.get("_embedded")).get("datetime_settings"))
        self._zone = ZoneInfo(str(settings.get("timezone") or "UTC"))
        self._task_types = {int(one["id"]): str(one["name"]) for one in embedded(account, "task_types")}
        self._users = {int(one["id"]): str(one["name"]) for one in embedded(users, "users")}
        self.account = {**self.account, "name": account["name"], "currency": account["currency"]}
        self.pipelines = {
            str(one["id"]): _pipeline(one) for one in embedded(pipelines, "pipelines") if not one["is_archive"]
        }

    async def _read_everything(self) -> None:
        # Newest first: what changes meanwhile comes twice instead of not at all.
        mirror = Mirror()
        for deal in reversed(await self._since(0)):
            mirror.put(deal)
        self.mirror = mirror

    async def _since(self, moment: int) -> list[Deal]:
        """The deals changed since then, the latest change first."""
        found: list[Deal] = []
        page = 1
        while True:
            query = f"limit={PAGE}&page={page}&order[updated_at]=desc"
            if moment:
                query += f"&filter[updated_at][from]={moment}"
            deals = [self._deal(one) for one in embedded(await self._simulator.read(f"{API}/leads", query), "leads")]
            found += (one for one in deals if one.updated_at >= moment)
            # Accounts may ignore filters: an old deal ends the reading as well as a short page does.
            if len(deals) < PAGE or deals[-1].updated_at < moment:
                return found
            page += 1

    async def _check(self, since: int, *, quiet: bool) -> None:
        """Take out what was deleted; begin anew when the account holds another number of deals for two looks."""
        query = f"with=only_deleted&limit={PAGE}&order[updated_at]=desc&filter[updated_at][from]={since}"
        for one in embedded(await self._simulator.read(f"{API}/leads", query), "leads"):
            self.mirror.drop(int(one["id"]))
        differs = quiet and (await self._simulator.control("/state"))["deals"] != len(self.mirror)
        if differs and self._suspicious:
            await self._read_everything()
        self._suspicious = differs

    def _deal(self, lead: Wire) -> Deal:
        fields = {
            str(one.get("field_code") or ""): self._text(one) for one in as_list(lead.get("custom_fields_values"))
        }
        moment = fields.get("BOOKING_DATETIME", "")
        return Deal(
            id=int(lead["id"]),
            name=str(lead["name"] or ""),
            price=int(lead["price"] or 0),
            place=(int(lead["pipeline_id"]), int(lead["status_id"])),
            updated_at=int(lead["updated_at"]),
            booking=_number(fields.get("BOOKING_ID")),
            date=fields.get("BOOKING_DATE") or moment[:10],
            time=fields.get("BOOKING_TIME") or moment[11:],
            employee=fields.get("EMPLOYEE", ""),
            services=fields.get("SERVICES", ""),
        )

    def _text(self, field: Wire) -> str:
        """A field's values as text; dates and times as the account's clock shows them."""
        pattern = DATED.get(str(field.get("field_type")))
        values = [as_object(one).get("value") for one in as_list(field.get("values"))]
        return ", ".join(
            self._clock(value, pattern) if pattern and str(value).isdigit() else _plain(value) for value in values
        )

    def _clock(self, moment: Any, pattern: str = "%Y-%m-%d %H:%M") -> str:
        return datetime.fromtimestamp(int(moment), self._zone).strftime(pattern)

    async def card(self, number: int) -> Wire:
        """All that a deal's card shows. Raises Refused when there is no such deal."""
        lead = await self._simulator.read(f"{API}/leads/{number}", "with=contacts,loss_reason")
        if lead is None:
            raise Refused("This deal is no more")
        ids = [int(one["id"]) for one in embedded(lead, "contacts")]
        wanted = "&".join(f"filter[id][]={one}" for one in ids)
        contacts, tasks, notes = await asyncio.gather(
            self._simulator.read(f"{API}/contacts", wanted) if ids else _nothing(),
            self._simulator.read(f"{API}/tasks", f"filter[entity_type]=leads&filter[entity_id]={number}"),
            self._simulator.read(f"{API}/leads/{number}/notes", "order[id]=desc"),
        )
        return {
            **self._deal(lead).card(),
            "responsible": self._users.get(int(lead["responsible_user_id"] or 0), ""),
            "created": self._clock(lead["created_at"]),
            "updated": self._clock(lead["updated_at"]),
            "tags": [str(one["name"]) for one in embedded(lead, "tags")],
            "lossReason": ", ".join(str(one["name"]) for one in embedded(lead, "loss_reason")),
            "fields": self._fields(lead),
            "contacts": [
                {"name": str(one["name"] or ""), "fields": self._fields(one)} for one in embedded(contacts, "contacts")
            ],
            "tasks": [
                {
                    "type": self._task_types.get(int(one["task_type_id"]), ""),
                    "text": str(one["text"] or ""),
                    "due": self._clock(one["complete_till"]),
                    "done": bool(one["is_completed"]),
                    "responsible": self._users.get(int(one["responsible_user_id"] or 0), ""),
                }
                for one in embedded(tasks, "tasks")
            ],
            "notes": [
                {"at": self._clock(one["created_at"]), "text": _note_text(one)} for one in embedded(notes, "notes")
            ],
        }

    def _fields(self, entity: Wire) -> list[Wire]:
        return [
            {"name": str(one["field_name"]), "code": str(one.get("field_code") or ""), "value": self._text(one)}
            for one in as_list(entity.get("custom_fields_values"))
        ]

    async def move(self, number: int, pipeline: int, stage: int) -> None:
        """Put a deal into another stage, as a person does by dragging its card. Raises Refused."""
        await self._simulator.control("/move", {"lead": number, "pipeline_id": pipeline, "status_id": stage})


def _pipeline(given: Wire) -> Wire:
    stages = sorted(embedded(given, "statuses"), key=lambda one: int(one["sort"]))
    return {
        "id": int(given["id"]),
        "name": str(given["name"]),
        "sort": int(given["sort"]),
        "main": bool(given["is_main"]),
        "stages": [
            {
                "id": int(one["id"]),
                "name": str(one["name"]),
                "color": str(one["color"]),
                "kind": "incoming" if one["type"] == INCOMING else KINDS.get(int(one["id"]), "open"),
            }
            for one in stages
        ],
    }


def _note_text(note: Wire) -> str:
    params = as_object(note.get("params"))
    return str(params.get("text") or note.get("note_type") or "")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else "–"
    return (
        str(int(value)) if isinstance(value, float) and value.is_integer() else str(value if value is not None else "")
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


async def _nothing() -> None:
    return None
