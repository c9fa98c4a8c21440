"""Both sides as people see them: the salon's administrator in Altegio, the manager in Kommo.

What is done here counts towards no limit and meets no fault.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from bookdeal.installs.connections import ALTEGIO, KOMMO
from sandbox.stack.description import AltegioAccess, KommoAccess
from tests.integration.mover import oracle
from tests.integration.mover.oracle import Raw, field

BERTA, DANI, ELENA = 51_001, 51_002, 51_003
HAIRCUT, COLOURING, BLOW_DRY, YOGA = 7_001, 7_002, 7_003, 7_050
WAITING, CONFIRMED, ARRIVED, NO_SHOW = 0, 2, 1, -1

outside = requests.Session()
"""How a test itself talks to the simulators."""
outside.trust_env = False


class Refused(AssertionError):
    """A simulator refuses what the test does."""


@dataclass(frozen=True)
class View:
    """What both sides show at one moment, looked at once for many judgements."""

    deals: Mapping[int, Raw]
    contacts: list[dict[str, Any]]
    stages: Mapping[int, str]
    locations: Mapping[int, Raw]


@dataclass
class Sides:
    """The two simulators of a test."""

    kommo: KommoAccess
    altegio: AltegioAccess

    @property
    def location(self) -> int:
        return self.altegio.locations[0]

    # -- the salon -------------------------------------------------------------------------------------------------

    def salon(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """Do something in Altegio as its administrator; returns `data`."""
        answer = outside.request(
            method,
            f"{self.altegio.base_url}/api/v1{path}",
            json=body,
            params=params,
            headers={
                "Authorization": f"Bearer {self.altegio.partner_token}, User {self.altegio.user_token}",
                "Accept": "application/vnd.api.v2+json",
            },
            timeout=30,
        )
        if not answer.ok:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json().get("data") if answer.content else None

    def records(self, location: int | None = None) -> list[dict[str, Any]]:
        """Return all of a location's records, deleted ones too."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            rows = self.salon("GET", f"/records/{location or self.location}", page=page, count=300, with_deleted=1)
            found += rows
            if len(rows) < 300:
                return found
            page += 1

    def record(self, record: Raw) -> dict[str, Any]:
        """Return a record as it is now, also when it is deleted."""
        path = f"/record/{record['company_id']}/{record['id']}"
        try:
            found: dict[str, Any] = self.salon("GET", path)
        except Refused:
            found = next(row for row in self.records(record["company_id"]) if row["id"] == record["id"])
        return found

    def make_booking(self, person: Mapping[str, Any] | None, starts: str, **changes: Any) -> dict[str, Any]:
        """Make a booking that starts then ("2026-05-06 10:00:00") and return it as Altegio shows it."""
        location = changes.pop("location", self.location)
        body = {
            "staff_id": BERTA,
            "services": [{"id": HAIRCUT}],
            "client": person,
            "save_if_busy": True,
            "datetime": starts,
            "seance_length": 3600,
            **changes,
        }
        made = self.salon("POST", f"/records/{location}", body)
        found: dict[str, Any] = self.salon("GET", f"/record/{location}/{made['id']}")
        return found

    def change(self, record: Raw, **changes: Any) -> dict[str, Any]:
        """Change a booking as the salon's screens do, all of it written again; returns it as it is then."""
        return self.rewrite(self.record(record), **changes)

    def rewrite(self, now: Raw, **changes: Any) -> dict[str, Any]:
        """Change a booking of which it is known how it is now; returns it as it is then."""
        line = ("id", "first_cost", "discount", "cost", "amount")
        body = {
            "staff_id": now["staff_id"],
            "services": [{name: one[name] for name in line} for one in now["services"]],
            "client": {"id": now["client"]["id"]} if now["client"] else None,
            "datetime": now["date"],
            "seance_length": now["seance_length"],
            "attendance": now["attendance"],
            "comment": now["comment"],
            "activity_id": now["activity_id"],
            "save_if_busy": True,
            **changes,
        }
        self.salon("PUT", f"/record/{now['company_id']}/{now['id']}", body)
        found: dict[str, Any] = self.salon("GET", f"/record/{now['company_id']}/{now['id']}")
        return found

    def set_status(self, record: Raw, attendance: int) -> None:
        """Change one booking's status as the salon does."""
        self.admin("change", location=record["company_id"], ids=[record["id"]], attendance=attendance)

    def cancel(self, record: Raw) -> None:
        self.salon("DELETE", f"/record/{record['company_id']}/{record['id']}")

    def messages(self, record: Raw) -> list[str]:
        """Return the times that a booking's client was told, oldest first."""
        told = outside.get(f"{self.altegio.base_url}/_control/messages", timeout=30).json()["messages"]
        place = record["company_id"], record["id"]
        return [str(one["date"]) for one in told if (one["location"], one["record"]) == place]

    def admin(self, call: str, **given: Any) -> Any:
        """Make a control call of Altegio's simulator: what only the salon's own screens can do."""
        return control(self.altegio.base_url, call, given)

    # -- Kommo -----------------------------------------------------------------------------------------------------

    def look(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Return all entities of a list in Kommo, as its administrator sees them."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            body = self.in_kommo("GET", path, limit=250, page=page, **params)
            if body is None:
                return found
            found += next(iter(body["_embedded"].values()))
            if "next" not in body["_links"]:
                return found
            page += 1

    def in_kommo(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """Do something in Kommo as its administrator; returns the answer, None when it is empty."""
        answer = outside.request(
            method,
            f"{self.kommo.base_url}/api/v4/{path}",
            params=params,
            json=body,
            headers={"Authorization": f"Bearer {self.kommo.access_token}"},
            timeout=30,
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def person(self, call: str, **given: Any) -> Any:
        """Let a person do something in Kommo."""
        return control(self.kommo.base_url, call, given)

    def make_contact(self, name: str, phone: str) -> int:
        """Make a contact as a person in Kommo does."""
        fields = [{"field_code": "PHONE", "values": [{"value": phone, "enum_code": "WORK"}]}]
        answer = self.in_kommo("POST", "contacts", [{"name": name, "custom_fields_values": fields}])
        return int(answer["_embedded"]["contacts"][0]["id"])

    def deals(self) -> list[dict[str, Any]]:
        return self.look("leads", **{"with": "contacts"})

    def deal(self, record: Raw) -> dict[str, Any]:
        """Return a booking's deal."""
        found: dict[str, Any] = dict(oracle.by_booking(self.deals())[record["company_id"], record["id"]])
        return found

    def deals_of(self, record: Raw) -> list[dict[str, Any]]:
        """Return the deals that show a booking; deals without any may stand beside them."""
        wanted = (str(record["company_id"]), str(record["id"]))
        return [one for one in self.deals() if (field(one, "COMPANY_ID"), field(one, "BOOKING_ID")) == wanted]

    def contact(self, deal: Raw) -> dict[str, Any]:
        """Return a deal's one contact."""
        (linked,) = deal["_embedded"]["contacts"]
        return next(one for one in self.look("contacts") if one["id"] == linked["id"])

    def tasks(self, deal: Raw) -> list[dict[str, Any]]:
        return [task for task in self.look("tasks") if task["entity_id"] == deal["id"]]

    def stage(self, deal: Raw) -> str:
        """Return the name of the stage in which a deal stands."""
        return self.stages()[deal["pipeline_id"], deal["status_id"]]

    def stages(self) -> dict[tuple[int, int], str]:
        return {
            (pipeline["id"], stage["id"]): str(stage["name"])
            for pipeline in self.look("leads/pipelines")
            for stage in pipeline["_embedded"]["statuses"]
        }

    def move(self, deal: Raw, stage: str) -> None:
        """Let a person move a deal within its pipeline."""
        places = {name: place for place, name in self.stages().items() if place[0] == deal["pipeline_id"]}
        pipeline, status = places[stage]
        self.person("move", lead=deal["id"], pipeline_id=pipeline, status_id=status)

    # -- both ------------------------------------------------------------------------------------------------------

    def requests(self, provider: str, since: float = 0.0) -> list[str]:
        """Return what the product asked a provider since then: method and route."""
        answer = outside.get(f"{self._url(provider)}/_control/requests", params={"since": since}, timeout=30).json()
        return [f"{one['method']} {one['route']}" for one in answer["requests"] if not one["administrator"]]

    def fault(self, provider: str, *faults: Mapping[str, Any]) -> None:
        """Set a provider's faults."""
        control(self._url(provider), "faults", list(faults))

    def _url(self, provider: str) -> str:
        return {KOMMO: self.kommo.base_url, ALTEGIO: self.altegio.base_url}[provider]

    def assert_shows(self, deal: Raw, *records: Raw, stage_is_ours: bool = True, view: View | None = None) -> None:
        """Assert that a deal which holds these bookings shows them as the oracle sees it."""
        view = view or self.view()
        now = [self.record(record) for record in records]
        shown = oracle.shown(now)
        found = (field(deal, "COMPANY_ID"), field(deal, "BOOKING_ID"))
        assert found == (str(shown["company_id"]), str(shown["id"])), "the deal shows another booking"
        beside = [record for record in now if record["id"] != shown["id"]]
        location = view.locations[shown["company_id"]]
        oracle.assert_equal(
            shown, deal, location, view.stages, "Europe/Madrid", stage_is_ours=stage_is_ours, beside=beside
        )
        oracle.assert_contact(shown, deal, view.contacts, is_question=False)

    def view(self) -> View:
        """Look at all that deals are judged by."""
        return View(
            deals={deal["id"]: deal for deal in self.deals()},
            contacts=self.look("contacts"),
            stages={stage: name for (_, stage), name in self.stages().items()},
            locations={id: self.salon("GET", f"/company/{id}", my=1) for id in self.altegio.locations},
        )

    def assert_right(
        self,
        *,
        except_for: Collection[int] = (),
        moved: Collection[int] = (),
        questions: Collection[int] = (),
        only: Collection[Raw] = (),
    ) -> dict[int, Any]:
        """Assert that both sides agree as the oracle sees it; returns the deals by booking id.

        `except_for`: bookings that are right not to have a deal. A booking without client, or cancelled before it was
        ever seen, has none. `moved`: bookings whose deal's stage a person chose. `questions`: those whose client fits
        several contacts. `only`: the bookings to look at, all of them when none is named.
        """
        wanted = {record["id"] for record in only}
        deals = oracle.by_booking(self.deals())
        records = {id: self.records(id) for id in self.altegio.locations}
        people = self.look("contacts")
        oracle.assert_no_twin_contacts(people, records)
        oracle.assert_no_twin_tasks(self.look("tasks"))
        stages = {stage: name for (_, stage), name in self.stages().items()}
        for id in self.altegio.locations:
            location = self.salon("GET", f"/company/{id}", my=1)
            for record in records[id]:
                if wanted and record["id"] not in wanted:
                    continue
                deal = deals.get((id, record["id"]))
                expected = record["client"] is not None and record["id"] not in except_for
                if not expected or (deal is None and record["deleted"]):
                    assert deal is None, f"booking {record['id']} has a deal"
                    continue
                assert deal is not None, f"booking {record['id']} has no deal"
                oracle.assert_equal(
                    record, deal, location, stages, "Europe/Madrid", stage_is_ours=record["id"] not in moved
                )
                oracle.assert_contact(record, deal, people, is_question=record["id"] in questions)
        return {booking: deal for (_, booking), deal in deals.items()}


def control(base_url: str, call: str, given: Any) -> Any:
    """Make a control call of a simulator."""
    answer = outside.post(f"{base_url}/_control/{call}", json=given, timeout=60)
    assert answer.ok, f"{call}: {answer.status_code} {answer.text[:300]}"
    return answer.json()
