"""All installations at a glance: whether each works, how far behind it is, what waits for a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bookdeal.bookings.differences import Differences
from bookdeal.bookings.mover.state import MoverState, state_from
from bookdeal.desk.answers import Lag, LocationLag, ParkedItem, Summary
from bookdeal.desk.requests import Parked
from bookdeal.installs.installation import PROFILE, STATE
from bookdeal.installs.uninstalling import UNINSTALL, Step, Uninstalling, uninstalling_from
from bookdeal.runtime.store import Item, Table

PARTS = "parts"
"""The index of the installations table by part: who has a profile, in the order of their ids."""

_PARTS_SHOWN = (PROFILE, STATE, UNINSTALL)


@dataclass(frozen=True, slots=True)
class Overview:
    """Reads what is stored of installations. `now` in unix seconds."""

    installations: Table
    parked: Table
    decisions: Table
    now: float

    def page(self, after: str, limit: int) -> tuple[list[Summary], str]:
        """Return up to so many installations whose ids follow `after`, and after which one to go on, "" at the end."""
        place = (after, PROFILE) if after else None
        listed = self.installations.query_index(PARTS, ("part", PROFILE), after=place, page=limit + 1)
        ids = [str(item["installation"]) for item in islice(listed, limit + 1)]
        shown = ids[:limit]
        return list(self._summaries(shown)), shown[-1] if len(ids) > limit else ""

    def one(self, installation: str) -> Summary | None:
        """Return one installation, None when there is none of that id."""
        return next(self._summaries([installation]), None)

    def parked_page(self, request: Parked) -> tuple[list[ParkedItem], str]:
        """Return what is parked of an installation, as `page` does; keys as they are stored."""
        prefix = "booking#" + (f"{request.location}#" if request.location else "")
        after = request.after if request.after.startswith(prefix) else ""
        items = self.parked.query(request.installation, prefix, after=after, page=request.limit + 1)
        wanted = (
            item
            for item in items
            if bool(item.get("dropped")) is request.dropped and request.reason in (None, item["reason"])
        )
        found = list(islice(wanted, request.limit + 1))
        shown = [
            ParkedItem(
                key=item["key"],
                reason=item["reason"],
                params=item["params"],
                since=item["since"],
                dropped=request.dropped,
            )
            for item in found[: request.limit]
        ]
        return shown, shown[-1].key if len(found) > request.limit else ""

    def _summaries(self, ids: list[str]) -> Iterator[Summary]:
        keys = [(id, part) for id in ids for part in _PARTS_SHOWN]
        parts = self.installations.batch_get(keys, consistent=True)
        for id in ids:
            profile, uninstall = parts.get((id, PROFILE)), parts.get((id, UNINSTALL))
            # The part may be there for another purpose, or the installation gone since it was listed.
            if profile is not None and "kommo_host" in profile:
                leaving = uninstalling_from(uninstall) if uninstall else None
                yield self._summary(id, profile, parts.get((id, STATE)), leaving)

    def _summary(self, id: str, profile: Item, stored: Item | None, leaving: Uninstalling | None) -> Summary:
        state = state_from(stored)
        locations = self._lags(profile, state)
        oldest = state.owed_since(lag.location for lag in locations)
        differences = Differences(self.decisions, id)
        proof = differences.proof()
        return Summary(
            installation=id,
            kommo_host=profile["kommo_host"],
            kommo_account=profile["kommo_account"],
            state=_state_of(profile, leaving),
            reason=profile.get("paused") or "",
            forget_at=leaving.forget_at if leaving else None,
            hooks_left=list(leaving.left) if leaving else [],
            lag=Lag(
                owed_since=oldest,
                seconds=max(0, int(self.now) - oldest) if oldest else 0,
                bookings=sum(len(each.dirty) + len(each.later) for each in state.locations.values()),
                deals=len(state.deals),
            ),
            locations=locations,
            parked=sum(not item.get("dropped") for item in self.parked.query(id, "booking#")),
            differences=differences.faults(lag.location for lag in locations),
            compared_at=proof.ended if proof else None,
            last_run=int(stored["saved_at"]) if stored and stored.get("saved_at") else None,
        )

    def _lags(self, profile: Item, state: MoverState) -> list[LocationLag]:
        lags = []
        for location in profile["locations"]:
            here = state.location(int(location["id"]))
            lags.append(
                LocationLag(
                    location=int(location["id"]),
                    title=str(location["title"]),
                    cursor=here.cursor,
                    cursor_age=max(0, int(self.now) - here.cursor) if here.cursor is not None else None,
                    owed_since=here.owed_since,
                    walks=len(here.walks),
                    closed=here.closed,
                )
            )
        return lags


def _state_of(profile: Item, leaving: Uninstalling | None) -> str:
    if leaving is not None:
        return "leaving" if leaving.step is Step.LEAVING else "uninstalled"
    return "paused" if profile.get("paused") else "active"
