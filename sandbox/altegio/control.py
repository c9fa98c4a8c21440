"""Control calls of this simulator, under `/_control`: what a salon or Altegio itself does, not an integration.

| call | does |
|---|---|
| `POST /grant` | what an installation needs, see `Calls.grant` |
| `GET, POST /rules` | the switches of what the sources leave open |
| `GET, POST /quirks` | `{"level": 0..1}`: how often answers take their odd shapes |
| `POST /change` | `{"location", "count" or "ids", "attendance"}`: many statuses at once, hooks rung |
| `POST /cancel`, `POST /restore` | `{"location", "ids"}` |
| `POST /erase` | `{"location", "ids"}`: cancelled as by `/cancel`, and in no list any more |
| `GET /messages` | `{"messages": [{"at", "location", "record", "phone", "date"}]}`: what clients were told |
| `POST /touch` | `{"location", "ids"}`: update hooks although nothing changed |
| `POST /pay` | `{"location", "ids", "amount", "cost_to_pay", "visit", "membership", "goods"}`, see `Calls.pay` |
| `POST /membership` | `{"location", "client", "title", "count", "months", "category", "days_ago"}`: sell one |
| `POST /password` | `{"login", "password"}`: a new password, and so a new token |
| `POST /rights` | `{"login", "location", "rights": {slug: value}}` |
| `POST /licence` | `{"location", "paid": bool}` |
| `POST /application` | `{"location", "event", "callback_url"}`, see `Calls.application` |
| `POST /connect` | `{"location", "login", "registration_url", "sign"}`: an owner presses Connect, see `Calls.connect` |
| `POST /open` | `{"title", "employees", "city", "zone"}`: one more location, see `opening.open_location` |
| `POST /blacklist` | `{"location", "client", "listed": bool}` |
| `GET, POST /play` | `{"speed"}`: play a day; GET tells how far it is |
| `POST /stop` | end it |
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from sandbox.simulator import ControlError, Hook, json_answer, read_json

from . import access, finance, hooks, loyalty, marketplace, opening, records, times, visits
from .account_model import User
from .model import ATTENDANCES, Location, Record
from .wire import Actor, Refused

if TYPE_CHECKING:
    from .app import Altegio

CHUNK = 200
Handler = Callable[[web.Request], Any]


def routes(simulator: "Altegio") -> list[web.RouteDef]:
    """The control routes of one simulator."""
    calls = Calls(simulator)
    table: list[tuple[str, str, Callable[[Any], Any]]] = [
        ("POST", "/grant", calls.grant),
        ("GET", "/rules", calls.rules),
        ("POST", "/rules", calls.set_rules),
        ("GET", "/quirks", calls.quirks),
        ("POST", "/quirks", calls.set_quirks),
        ("POST", "/change", calls.change),
        ("POST", "/cancel", calls.cancel),
        ("POST", "/restore", calls.restore),
        ("POST", "/erase", calls.erase),
        ("GET", "/messages", calls.messages),
        ("POST", "/touch", calls.touch),
        ("POST", "/pay", calls.pay),
        ("POST", "/membership", calls.membership),
        ("POST", "/password", calls.password),
        ("POST", "/rights", calls.rights),
        ("POST", "/licence", calls.licence),
        ("POST", "/application", calls.application),
        ("POST", "/connect", calls.connect),
        ("POST", "/open", calls.open),
        ("POST", "/blacklist", calls.blacklist),
        ("GET", "/play", calls.play_report),
        ("POST", "/play", calls.play),
        ("POST", "/stop", calls.stop),
    ]
    return [web.route(method, path, _handler(call)) for method, path, call in table]


def _handler(call: Callable[[Any], Any]) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        given = await read_json(request)
        try:
            return json_answer(await call({} if given is None else given))
        except Refused as error:
            raise ControlError(f"{error.status}: {error.meta or error}") from error

    return handle


class Calls:
    """The control calls; each takes the request's object and gives the answer's."""

    def __init__(self, simulator: "Altegio") -> None:
        self._simulator = simulator

    async def grant(self, given: Any) -> Any:
        """The partner's token, the integration's own user token, the administrator's login, the locations (or the one
        that is named), the application with its token, and `look_token`, the administrator's for looking from outside.
        """
        world = self._simulator.world
        owner = world.administrator
        application = next(iter(world.applications.values()))
        locations = list(world.locations)
        return {
            "partner_token": world.partner_token,
            "user_token": owner.token,
            "login": owner.login,
            "password": owner.password,
            "locations": [int(given["location"])] if given.get("location") else locations,
            "chain": next(iter(world.chains), None),
            "application_id": application.id,
            "application_token": world.users[application.system_user_id].token,
            "look_token": world.look_token,
        }

    async def rules(self, _: Any) -> Any:
        return self._simulator.world.rules.report()

    async def set_rules(self, given: Any) -> Any:
        self._simulator.world.rules.update(given)
        return self._simulator.world.rules.report()

    async def quirks(self, _: Any) -> Any:
        return {"level": self._simulator.quirks.level}

    async def set_quirks(self, given: Any) -> Any:
        level = float(given["level"])
        if not 0 <= level <= 1:
            raise ControlError("level must be between 0 and 1")
        self._simulator.quirks.level = level
        return {"level": level}

    async def change(self, given: Any) -> Any:
        world, location = self._simulator.world, self._location(given)
        attendance = given.get("attendance")
        if attendance not in ATTENDANCES:
            raise ControlError("attendance must be -1, 0, 1 or 2")
        chosen = self._records(location, given, lambda one: not one.deleted and one.attendance != attendance)
        for place, record in enumerate(chosen, start=1):
            records.set_attendance(world, location, record, attendance, Actor(world.administrator.id))
            if place % CHUNK == 0:
                await asyncio.sleep(0)
        return {"changed": len(chosen), "ids": [one.id for one in chosen]}

    async def cancel(self, given: Any) -> Any:
        world, location = self._simulator.world, self._location(given)
        chosen = self._records(location, given, lambda one: not one.deleted)
        for record in chosen:
            records.remove(world, location, record, Actor(world.administrator.id))
        return {"cancelled": len(chosen)}

    async def restore(self, given: Any) -> Any:
        world, location = self._simulator.world, self._location(given)
        chosen = self._records(location, given, lambda one: one.deleted)
        for record in chosen:
            records.restore(world, location, record, Actor(world.administrator.id))
        return {"restored": len(chosen)}

    async def erase(self, given: Any) -> Any:
        world, location = self._simulator.world, self._location(given)
        chosen = self._records(location, given, lambda one: not one.deleted)
        for record in chosen:
            records.remove(world, location, record, Actor(world.administrator.id))
            records.erase(location, record)
        return {"erased": len(chosen)}

    async def messages(self, _: Any) -> Any:
        """What clients were told of their bookings, as `send_sms` asked for it; oldest first."""
        told = [
            {
                "at": one.moment,
                "location": one.location_id,
                "record": one.record_id,
                "phone": one.phone,
                "date": times.wall_text(one.starts),
            }
            for one in self._simulator.world.messages
        ]
        return {"messages": told}

    async def touch(self, given: Any) -> Any:
        world, location = self._simulator.world, self._location(given)
        chosen = self._records(location, given, lambda _: True)
        for record in chosen:
            records.announce(world, location, record, "update", Actor())
        return {"touched": len(chosen)}

    async def pay(self, given: Any) -> Any:
        """Pay bookings: wholly, or `amount` of them; `cost_to_pay` lowers the total first; with `visit` all bookings of
        their visits; with `membership` by a visit of the client's membership; `goods` (`good_id`, `amount`) are sold
        with each.
        """
        world, location = self._simulator.world, self._location(given)
        actor = Actor(world.administrator.id)
        paid = []
        for record in self._records(location, given, lambda one: not one.deleted):
            for good in given.get("goods") or []:
                finance.sell(
                    world, location, record, int(good["good_id"]), float(good.get("amount", 1)), record.staff_id, actor
                )
            if given.get("membership"):
                self._write_off(location, record)
            members = visits.live_records(location, record.visit_id) if given.get("visit") else [record]
            paid += finance.pay(
                world,
                location,
                members or [record],
                actor,
                amount=given.get("amount"),
                cost_to_pay=0 if given.get("membership") else given.get("cost_to_pay"),
            )
        return {"transactions": [one.id for one in paid], "amount": round(sum(one.amount for one in paid), 2)}

    def _write_off(self, location: Location, record: Record) -> None:
        client = location.clients.get(record.client_id)
        category = location.services[record.services[0].id].category_id if record.services else 0
        if client is None or not loyalty.write_off(self._simulator.world, location, client.phone, category):
            raise ControlError("the client has no membership that covers this")

    async def membership(self, given: Any) -> Any:
        """Sell a membership to a client; see `loyalty.issue`. Altegio rings no hook for it (contract §8.1)."""
        world, location = self._simulator.world, self._location(given)
        client = location.clients.get(int(given["client"]))
        if client is None:
            raise ControlError(f"no client {given['client']}")
        return loyalty.membership_view(world, location, loyalty.issue(world, location, client.phone, given))

    async def password(self, given: Any) -> Any:
        user = self._user(given)
        access.change_password(self._simulator.world, user, str(given["password"]))
        return {"login": user.login, "user_token": user.token}

    async def rights(self, given: Any) -> Any:
        access.set_rights(self._user(given), self._location(given).id, given["rights"])
        return access.rights(self._user(given), self._location(given).id)

    async def licence(self, given: Any) -> Any:
        location = self._location(given)
        location.paid_licence = bool(given["paid"])
        data = {"id": location.id, "title": location.title, "active": int(location.paid_licence)}
        self._simulator.world.ring(location, "company", location.id, "update", lambda: data, Actor())
        return {"location": location.id, "paid": location.paid_licence}

    async def application(self, given: Any) -> Any:
        """Grants, activates, freezes, takes a payment or uninstalls; the last three tell the application's address.

        `rights` are those that the application asks for in the location, beside a manager's.
        """
        world, location = self._simulator.world, self._location(given)
        application = next(iter(world.applications.values()))
        application.callback_url = str(given.get("callback_url") or application.callback_url)
        access.set_rights(world.users[application.system_user_id], location.id, given.get("rights") or {})
        event = given.get("event")
        if event == "grant":
            marketplace.grant(world, location, application)
        elif event == "activate":
            marketplace.move_to(world, application.id, location.id, marketplace.ACTIVE, "user")
        elif event == "freeze":
            marketplace.move_to(world, application.id, location.id, marketplace.FROZEN, "system")
        elif event == "payment":
            marketplace.move_to(world, application.id, location.id, marketplace.ACTIVE, "payment")
        elif event == "uninstall":
            marketplace.uninstall(world, application, location, "user")
        elif event is not None:
            raise ControlError("event must be grant, activate, freeze, payment or uninstall")
        if event in ("freeze", "payment", "uninstall") and application.callback_url:
            body = orjson.dumps(marketplace.lifecycle_event(application, location.id, event))
            self._simulator.deliveries.send(
                Hook(application.callback_url, body, hooks.HEADERS, "application", event, [application.id])
            )
        known = world.installations.get((application.id, location.id))
        return {"application_id": application.id, "status": known.status if known else marketplace.UNINSTALLED}

    async def connect(self, given: Any) -> Any:
        """An owner presses Connect: the application is pending; answers where the browser goes (contract §10).

        With `sign` false the application does not ask for the user's data.
        """
        world, location = self._simulator.world, self._location(given)
        application = next(iter(world.applications.values()))
        user = self._user(given) if given.get("login") else world.administrator
        marketplace.grant(world, location, application)
        query = marketplace.registration(application, location, user if given.get("sign", True) else None)
        return {"address": f"{given['registration_url']}?{query}", "application_id": application.id}

    async def open(self, given: Any) -> Any:
        """Open a location; answers its id and its employees by name."""
        location = opening.open_location(
            self._simulator.world,
            title=str(given.get("title") or "New salon"),
            employees=int(given.get("employees") or 10),
            city=str(given.get("city") or "Barcelona"),
            zone_name=str(given.get("zone") or "Europe/Madrid"),
        )
        return {"location": location.id, "employees": {str(one.id): one.name for one in location.staff.values()}}

    async def blacklist(self, given: Any) -> Any:
        location, client = self._location(given), int(given["client"])
        (location.blacklist.add if given.get("listed", True) else location.blacklist.discard)(client)
        return {"blacklist": sorted(location.blacklist)}

    async def play(self, given: Any) -> Any:
        self._simulator.player.start(float(given.get("speed") or 1))
        return self._simulator.player.report()

    async def play_report(self, _: Any) -> Any:
        return self._simulator.player.report()

    async def stop(self, _: Any) -> Any:
        self._simulator.player.stop()
        return self._simulator.player.report()

    def _location(self, given: Any) -> Location:
        world = self._simulator.world
        number = given.get("location")
        if number is None:
            return world.first_location
        if (found := world.locations.get(int(number))) is None:
            raise ControlError(f"no location {number}; there are {list(world.locations)}")
        return found

    def _records(self, location: Location, given: Any, fits: Callable[[Record], bool]) -> list[Record]:
        """The named records, or the first `count` that fit, in order of id."""
        if given.get("ids") is not None:
            if unknown := [one for one in given["ids"] if int(one) not in location.records]:
                raise ControlError(f"no records {unknown}")
            return [location.records[int(one)] for one in given["ids"] if fits(location.records[int(one)])]
        count = given.get("count")
        if count is None:
            raise ControlError("ids or count is expected")
        return [one for one in sorted(location.records.values(), key=lambda one: one.id) if fits(one)][: int(count)]

    def _user(self, given: Any) -> User:
        wanted = str(given["login"])
        for user in self._simulator.world.users.values():
            if wanted and wanted in (user.login, user.email, user.phone):
                return user
        raise ControlError(f"no user {wanted}")
