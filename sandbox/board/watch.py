"""Watching both simulators and the emulated AWS while a page is open."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from typing import Any

from .altegio import Altegio
from .cloud import Cloud
from .feed import Bell, Part, State
from .kommo import Kommo
from .mirror import Change
from .traffic import Traffic
from .trails import Trails
from .wire import Refused, Simulator, Wire

log = logging.getLogger("board")

INTERVAL = 0.3
SLOW_INTERVAL = 1.0
NEWEST = 40
DECISIONS_AT_ONCE = 8
DECISIONS_KEPT = 5
STOPPED = {"method": "*", "route": "*", "kind": "status", "status": 503, "probability": 1.0}
LOOK_BACK = 30.0

type View = tuple[int, str]
"""A location and a day; an empty day is today."""


class Watch:
    """Keeps `shared` and `days` up to date and rings `bell` after every look."""

    def __init__(self, kommo: Simulator, altegio: Simulator, cloud: Cloud | None, locations: tuple[int, ...]) -> None:
        self._kommo_simulator, self._altegio_simulator, self._cloud = kommo, altegio, cloud
        self.kommo = Kommo(kommo)
        self.altegio = Altegio(altegio, locations)
        self.trails = Trails(self.kommo.mirror)
        self.bell = Bell()
        self._traffic: dict[str, Traffic] = {}
        self._heard = {"kommo": 0.0, "altegio": 0.0}
        self._counted = {"kommo": 0.0, "altegio": 0.0}
        self._views: Counter[View] = Counter()
        self._wanted = asyncio.Event()
        self._slow_part_at = float("-inf")
        self.shared: dict[str, Part] = {}
        self.days: dict[View, Part] = {}

    @contextlib.contextmanager
    def looking(self, view: View) -> Iterator[None]:
        """Watch a location's day, and everything else, while somebody looks."""
        self.kommo.forget()
        if not self._views:
            # What became of earlier hooks only the decisions can tell.
            self._heard = dict.fromkeys(self._heard, time.time() - (LOOK_BACK if self._cloud else 0.0))
        self._views[view] += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._views[view] -= 1
            if not self._views[view]:
                del self._views[view]
                self.days.pop(view, None)
            if not self._views:
                self.shared = {}

    def state(self, view: View) -> State:
        """What a page that looks at this day shows; without `day` until the day was read."""
        return {**self.shared, "day": self.days[view]} if view in self.days else self.shared.copy()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            if not self._views:
                self._wanted.clear()
            await self._wanted.wait()
            await self.look()
            await asyncio.sleep(INTERVAL)

    async def look(self) -> None:
        """Look at everything once."""
        said = await asyncio.gather(
            self._tried(self._look_at_kommo()),
            self._tried(self._look_at_altegio()),
            self._tried(self._look_at_cloud()),
        )
        names = ("kommo", "altegio", "aws")
        self.shared["health"] = {name: text for name, text in zip(names, said, strict=True) if text}
        self.bell.ring()

    async def _tried(self, look: Coroutine[Any, Any, None]) -> str:
        """Look; gives why that failed, or nothing."""
        try:
            await look
        except Refused as error:
            return str(error)
        except Exception:
            log.exception("The board could not read an answer")
            return "The board could not read an answer"
        return ""

    async def _look_at_kommo(self) -> None:
        # Hooks first: what they led to is then seen in the same look.
        deliveries = await self._deliveries("kommo", self._kommo_simulator)
        changes = await self.kommo.refresh()
        self.trails.mirror = self.kommo.mirror
        self.trails.hooks_of_kommo(deliveries)
        await self._settle(changes)
        self.shared["account"] = self.kommo.account
        self.shared["pipelines"] = self.kommo.pipelines
        self._show_deals()
        self._show_trails()
        faults, hooks = await asyncio.gather(
            self._kommo_simulator.control("/faults"), self._kommo_simulator.control("/webhooks")
        )
        await self._count("kommo", self._kommo_simulator)
        self._show("controls", "kommoStopped", any(is_stop(one) for one in faults["faults"]))
        self._show("traffic", "kommoHooks", _hooks(hooks))

    async def _look_at_altegio(self) -> None:
        self.trails.hooks_of_altegio(await self._deliveries("altegio", self._altegio_simulator))
        for view in list(self._views):
            self.days[view] = await self.altegio.day(*view)
        if "locations" not in self.shared:
            self.shared["locations"] = {
                str(one): {"id": one, "title": (await self.altegio.make_up(one)).title}
                for one in self.altegio.locations
            }
        play, hooks = await asyncio.gather(
            self._altegio_simulator.control("/play"), self._altegio_simulator.control("/webhooks")
        )
        await self._count("altegio", self._altegio_simulator)
        self._show("controls", "play", {name: play[name] for name in ("playing", "speed", "done", "total")})
        self._show("controls", "hooks", "paused" if hooks["paused"] else "dropped" if hooks["drop"] else "all")
        self._show("traffic", "altegioHooks", _hooks(hooks))

    async def _look_at_cloud(self) -> None:
        self._show("controls", "mover", self._cloud is not None)
        if self._cloud is None or time.monotonic() - self._slow_part_at < SLOW_INTERVAL:
            return
        self._slow_part_at = time.monotonic()
        self._show("traffic", "hints", await asyncio.to_thread(self._cloud.hints_waiting))

    async def _deliveries(self, name: str, simulator: Simulator) -> list[Wire]:
        """The hooks delivered or lost since the last look."""
        found: list[Wire] = (await simulator.control(f"/deliveries?since={self._heard[name]}"))["deliveries"]
        if found:
            self._heard[name] = found[-1]["at"] + 1e-6
        return found

    async def _count(self, name: str, simulator: Simulator) -> None:
        """Count the requests received since the last look."""
        if name not in self._traffic:
            self._traffic[name] = Traffic((await simulator.control("/limits"))["per_second"])
        requests = (await simulator.control(f"/requests?since={self._counted[name]}"))["requests"]
        if requests:
            self._counted[name] = requests[-1]["at"] + 1e-6
        self._traffic[name].add(requests)
        self._show("traffic", name, self._traffic[name].shown(time.time()))

    async def _settle(self, changes: list[Change]) -> None:
        """Bring together hooks and what was done to their deals."""
        now = time.time()
        self.trails.settle_by_deals(changes, now)
        asked = self.trails.deals_to_ask_about(now, DECISIONS_AT_ONCE)
        if self._cloud is not None and asked:
            found = await asyncio.to_thread(_decisions, self._cloud, asked)
            for deal, decisions in found.items():
                self.trails.settle_by_decisions(deal, decisions)
        self.trails.give_up(now)

    def _show_deals(self) -> None:
        mirror = self.kommo.mirror
        stages = mirror.stages(NEWEST)
        self.shared["stages"] = {
            f"{pipeline}/{stage}": {"count": one.count, "worth": one.worth, "deals": one.newest}
            for (pipeline, stage), one in stages.items()
        }
        shown = (deal for one in stages.values() for number in one.newest if (deal := mirror.get(number)) is not None)
        self.shared["deals"] = {str(deal.id): deal.card() for deal in shown}

    def _show_trails(self) -> None:
        self.shared["trails"] = self.trails.shown()

    def _show(self, topic: str, key: str, value: Any) -> None:
        """Set one value of a topic."""
        self.shared[topic] = {**self.shared.get(topic, {}), key: value}


def is_stop(fault: Wire) -> bool:
    """Whether a fault, as the simulator reports it, is the one by which the board stops Kommo."""
    return fault["left"] is None and all(fault[key] == STOPPED[key] for key in ("method", "route", "kind"))


def _hooks(report: Wire) -> Wire:
    return {name: report[name] for name in ("delivered", "failed", "dropped", "queued", "retrying")}


def _decisions(cloud: Cloud, deals: list[int]) -> dict[int, list[Wire]]:
    return {deal: cloud.decisions(deal, DECISIONS_KEPT) for deal in deals}
