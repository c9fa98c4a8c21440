"""The account under load: a running stack, what is done on both sides of it, and what can be seen of it."""

import json
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from bookdeal.model.booking import BookingStatus
from sandbox.stack import demo
from sandbox.stack.stack import Stack

WAITING, CONFIRMED, ARRIVED, NO_SHOW = 0, 2, 1, -1
STAGE_OF = {
    WAITING: demo.STAGES[BookingStatus.WAITING],
    CONFIRMED: demo.STAGES[BookingStatus.CONFIRMED],
    ARRIVED: demo.STAGES[BookingStatus.ARRIVED],
    NO_SHOW: demo.STAGES[BookingStatus.NO_SHOW],
}
REFUSED = (403, 429)
POLL_SECONDS = 0.5
PAGE = 250

type Json = dict[str, Any]


class Wrong(Exception):
    """A result is not what it must be: what it cost does not matter then."""


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests that both providers received from the product, by method and route.

    `last_write` is when Kommo received the last one that changes something, in unix seconds.
    """

    kommo: Counter[str]
    altegio: Counter[str]
    last_write: float


class Salon:
    """The demo account of a stack. `statuses` says which attendance each loaded booking has now."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.statuses: dict[int, int] = {}
        self._session = requests.Session()
        self._kommo, self._altegio = stack.description.kommo, stack.description.altegio
        self.location = self._altegio.locations[0]
        self.table_names = {
            name: output.removesuffix("Table")
            for output, name in stack.deployment.outputs.items()
            if output.endswith("Table")
        }

    # -- both sides ------------------------------------------------------------------------------------------------

    def altegio(self, call: str, **given: Any) -> Any:
        """Make a control call of Altegio's simulator."""
        return self._control(self._altegio.control_url, call, given)

    def kommo(self, call: str, **given: Any) -> Any:
        """Make a control call of Kommo's simulator."""
        return self._control(self._kommo.control_url, call, given)

    def ring(self, *, on: bool) -> None:
        """Let both providers send webhooks, or keep them silent."""
        self.altegio("webhooks", paused=not on)
        self.kommo("webhooks", paused=not on)

    def load(self, bookings: int) -> float:
        """Load waiting bookings while no hook rings; return the seconds that it took the simulator."""
        started = time.monotonic()
        made = self.altegio("load", bookings=bookings, clients=max(1, bookings // 3))
        seconds = time.monotonic() - started
        ids = range(made["first_booking"], made["last_booking"] + 1)
        if len(ids) != bookings:
            raise Wrong(f"{len(ids)} bookings were loaded, not {bookings}")
        self.altegio("change", location=self.location, ids=list(ids), attendance=WAITING)
        self.statuses = dict.fromkeys(ids, WAITING)
        return seconds

    def change(self, bookings: Collection[int], attendance: int) -> None:
        """Change statuses in Altegio, as the salon would, all at once."""
        ids = [id for id in bookings if self.statuses[id] != attendance]
        changed = self.altegio("change", location=self.location, ids=ids, attendance=attendance)["changed"]
        if changed != len(ids):
            raise Wrong(f"{changed} bookings of {len(ids)} were changed")
        self.statuses.update(dict.fromkeys(ids, attendance))

    def deals(self) -> dict[int, Json]:
        """Return the deals by booking, as an administrator sees them. Raises Wrong for two deals of one booking."""
        found: dict[int, Json] = {}
        for deal in self.look("leads", **{"with": "contacts"}):
            values = _values(deal)
            if values.get("COMPANY_ID") == str(self.location):
                booking = int(values["BOOKING_ID"])
                if booking in found:
                    raise Wrong(f"booking {booking} has two deals")
                found[booking] = deal
        return found

    def check(self) -> dict[int, Json]:
        """Return the deals by booking. Raises Wrong unless every loaded booking has one deal, in the right stage."""
        deals, stages = self.deals(), self.stages()
        missing = self.statuses.keys() - deals.keys()
        if missing:
            raise Wrong(f"{len(missing)} bookings have no deal")
        wrong = [id for id, status in self.statuses.items() if stages[deals[id]["status_id"]] != STAGE_OF[status]]
        if wrong:
            raise Wrong(f"{len(wrong)} deals stand in a wrong stage, such as that of booking {wrong[0]}")
        clients = Counter(_values(contact).get("CLIENT_ID") for contact in self.look("contacts"))
        twins = [client for client, count in clients.items() if client and count > 1]
        if twins:
            raise Wrong(f"{len(twins)} clients have two contacts")
        return deals

    def phones_of(self, contacts: Collection[int]) -> list[str]:
        """Return the phones of these contacts, in their order."""
        phones = {contact["id"]: _values(contact).get("PHONE", "") for contact in self.look("contacts")}
        return [phones[id] for id in contacts]

    def phones(self) -> Iterator[str]:
        """Yield the digits of every contact's phone."""
        for contact in self.look("contacts"):
            yield "".join(filter(str.isdigit, _values(contact).get("PHONE", "")))

    def stages(self) -> dict[int, str]:
        """Return the names of the salon's stages by id."""
        pipeline = next(one for one in self.look("leads/pipelines") if one["name"] == demo.PIPELINE)
        return {stage["id"]: stage["name"] for stage in pipeline["_embedded"]["statuses"]}

    def look(self, path: str, **params: Any) -> Iterator[Json]:
        """Yield all entities of a list in Kommo, as its administrator: this counts towards no limit."""
        page = 1
        while True:
            answer = self.page(path, page, **params)
            if answer is None:
                return
            yield from next(iter(answer["_embedded"].values()))
            if "next" not in answer["_links"]:
                return
            page += 1

    def write(self, path: str, body: list[Json]) -> None:
        """Make entities in Kommo, as its administrator."""
        answer = self._session.post(
            f"{self._kommo.base_url}/api/v4/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._kommo.access_token}"},
            timeout=60,
        )
        answer.raise_for_status()

    def page(self, path: str, number: int, **params: Any) -> Json | None:
        """Return one page of a list in Kommo, None when it is empty."""
        answer = self._session.get(
            f"{self._kommo.base_url}/api/v4/{path}",
            params={**params, "limit": PAGE, "page": number},
            headers={"Authorization": f"Bearer {self._kommo.access_token}"},
            timeout=60,
        )
        answer.raise_for_status()
        content: Json | None = answer.json() if answer.content else None
        return content

    def bookings_page(self, number: int, count: int) -> list[Json]:
        """Return one page of the location's bookings, as Altegio's administrator."""
        answer = self._session.get(
            f"{self._altegio.base_url}/api/v1/records/{self.location}",
            params={"page": number, "count": count},
            headers={
                "Authorization": f"Bearer {self._altegio.partner_token}, User {self._altegio.user_token}",
                "Accept": "application/vnd.api.v2+json",
            },
            timeout=60,
        )
        answer.raise_for_status()
        rows: list[Json] = answer.json()["data"]
        return rows

    # -- what can be seen ------------------------------------------------------------------------------------------

    def wait_until_drained(self, seconds: float) -> float:
        """Wait until no hook is on its way and no hint waits; return when that was (unix seconds). Raises Wrong."""
        deadline = time.monotonic() + seconds
        since = 0.0
        while time.monotonic() < deadline:
            altegio, kommo = self._hooks(self._altegio.control_url), self._hooks(self._kommo.control_url)
            on_their_way = altegio["queued"] + altegio["retrying"] + kommo["queued"]
            if on_their_way or self.stack.queue_depth():
                since = 0.0
            elif not since:
                since = time.time()
            else:
                return since
            time.sleep(POLL_SECONDS)
        raise Wrong(f"not drained within {seconds:.0f} s")

    def requests_since(self, since: float) -> Requests:
        """Return what the providers received from the product. Raises Wrong when they refused any of it."""
        kommo = self._received(self._kommo.control_url, since)
        altegio = self._received(self._altegio.control_url, since)
        writes = [one["at"] for one in kommo if one["method"] in ("PATCH", "POST")]
        return Requests(_by_route(kommo), _by_route(altegio), max(writes, default=0.0))

    def _received(self, control_url: str, since: float) -> list[Json]:
        received = self._get(f"{control_url}/requests", since=since)["requests"]
        ours = [one for one in received if not one["administrator"]]
        refused = sum(one["status"] in REFUSED for one in ours)
        if refused:
            raise Wrong(f"{refused} requests were over a provider's limit")
        return ours

    def deliveries_since(self, since: float) -> tuple[list[Json], int]:
        """Return Altegio's webhooks that were accepted, in order, and the number of attempts that were not."""
        attempts = self._get(f"{self._altegio.control_url}/deliveries", since=since)["deliveries"]
        accepted = [one for one in attempts if one["outcome"] == "delivered"]
        return accepted, len(attempts) - len(accepted)

    def lines(self, function: str, since: float) -> list[Json]:
        """Return what a function logged about its units of work since then."""
        found = [json.loads(line) for line in self.stack.logs(function, since) if line.startswith("{")]
        return [line for line in found if datetime.fromisoformat(line["timestamp"]).timestamp() >= since]

    def decided_at(self, since: float) -> dict[int, float]:
        """Return, by deal, when the mover noted its first change since then.

        The note's key holds the time in milliseconds, taken when Kommo has answered the write.
        """
        pages = (
            self.stack.deployment.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.stack.deployment.outputs["DecisionsTable"],
                ProjectionExpression="#k",
                ExpressionAttributeNames={"#k": "key"},
            )
        )
        decided: dict[int, float] = {}
        for key in sorted(item["key"]["S"] for page in pages for item in page["Items"]):
            kind, deal, noted = key.split("#")[:3] if key.startswith("deal#") else ("", "0", "0")
            at = int(noted[:13]) / 1000
            if kind and at >= since:
                decided.setdefault(int(deal), at)
        return decided

    def _hooks(self, control_url: str) -> Mapping[str, int]:
        report: Mapping[str, int] = self._get(f"{control_url}/webhooks")
        return report

    def _control(self, control_url: str, call: str, given: Json) -> Any:
        answer = self._session.post(f"{control_url}/{call}", json=given, timeout=300)
        if not answer.ok:
            raise Wrong(f"{call}: {answer.text[:200]}")
        return answer.json()

    def _get(self, url: str, **params: Any) -> Any:
        answer = self._session.get(url, params=params, timeout=120)
        answer.raise_for_status()
        return answer.json()


def _values(entity: Json) -> dict[str, str]:
    """Return an entity's fields by code, the first value of each."""
    return {field["field_code"]: str(field["values"][0]["value"]) for field in entity["custom_fields_values"] or ()}


def _by_route(received: Iterable[Json]) -> Counter[str]:
    return Counter(
        f"{one['method']} {one['route'].removeprefix('/api/v4').removeprefix('/api/v1')}" for one in received
    )
