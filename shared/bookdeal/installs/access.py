"""Access that repairs itself: tokens kept alive, webhooks put right, losses told with their remedy, work drained.

`Watch.check` looks at one installation: every few hours when all is well, soon again when something is amiss, and at
once when a bell says so (the mover lost access, a provider tells of a removal, a person has reconnected). What it finds
is kept as the part `access`, for screens. A loss that stops everything pauses the installation: its work waits in the
mover's state. When access is back the pause ends and every location is rung for, so that all that waited is done.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType

from bookdeal.altegio.client import AltegioClient
from bookdeal.altegio.marketplace import Status
from bookdeal.installs.connections import ALTEGIO, KOMMO, Connections
from bookdeal.installs.installation import ACCESS, KOMMO_WEBHOOKS, REBUILDING, SETTING_UP, Installation, Installations
from bookdeal.installs.notices import SENTENCES, notify
from bookdeal.installs.problems import ALTEGIO_WEBHOOKS, REMEDIES, WARNINGS, Problem
from bookdeal.installs.uninstalling import UNINSTALLED
from bookdeal.installs.webhooks import listen_to_kommo, listen_to_location
from bookdeal.model.booking import Location
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.credentials import Vault
from bookdeal.runtime.errors import BookdealError, Invalid, NotFound, RateLimited, Rejected, Revoked, Transient
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Item, Table

WELL_SECONDS = 6 * 3600
AGAIN_SECONDS, AGAIN_AT_MOST = 300, 3600
SOON = 60
REPAIRED_KEPT = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Watched:
    """The part `access` as it is stored.

    `checked_at` is when all was last found well; `wait` the seconds until the next try while something is amiss;
    `tried_at` when a pause was last ended without a person having done anything (unix seconds, 0 never). `rang` are the
    webhooks that were there, by the keys of their problems; `repaired` those that were put back within the last week,
    and when.
    """

    problems: tuple[Problem, ...] = ()
    checked_at: float = 0.0
    wait: int = AGAIN_SECONDS
    tried_at: float = 0.0
    rang: frozenset[str] = frozenset()
    repaired: Mapping[str, float] = field(default_factory=dict)


def problems(table: Table, installation: str) -> tuple[Problem, ...]:
    """Return what is amiss with an installation's access, for screens."""
    return _watched(table.get(installation, ACCESS)).problems


def repaired_hooks(table: Table, installation: str) -> Mapping[str, float]:
    """Return the webhooks that were put back within the last week, as in `Watched`, for screens."""
    return _watched(table.get(installation, ACCESS)).repaired


def first_check(table: Table, installation: str, clock: Clock) -> None:
    """Let an installation's access be looked at from now on."""
    table.update(installation, ACCESS, change="SET #due_at = :soon", values={"soon": int(clock.now()) + SOON})


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks after the access of installations, in the mover. `table` is that of the installations.

    `public_url` gives the API's address for an installation, "" where it is not known; `server_key` the newest webhook
    key; `brand` the name under which people know us; `count_losses` tells the operator of so many losses that were not
    known before; `uninstall` begins to uninstall.
    """

    table: Table
    vault: Vault
    connections: Connections
    hints: Hints
    clock: Clock
    public_url: Callable[[Installation], str]
    server_key: Callable[[], str]
    brand: str
    count_losses: Callable[[int], None]
    uninstall: Callable[[Installation], object]
    correlation_id: str

    def check(self, id: str, *, by_person: bool = False, told_gone: bool = False) -> str:
        """Look at an installation and do what follows; returns a code for the log.

        `by_person`: somebody has just reconnected, so that a pause for lost access ends at once. `told_gone`: Kommo
        says that the integration was removed; that is believed if Kommo refuses the token too.
        """
        installations = Installations(self.table)
        installation = installations.read(id)
        if installation is None:
            self.table.delete(id, ACCESS)
            return "unknown_installation"
        if installation.paused == UNINSTALLED:
            self.table.update(id, ACCESS, change="REMOVE #due_at")
            return UNINSTALLED
        before = _watched(self.table.get(id, ACCESS, consistent=True))
        try:
            repaired: set[str] = set()
            found = self._found(installation, repaired, told_gone=told_gone)
        except (RateLimited, Transient) as error:
            self._again(id, SOON)
            return error.reason
        if found.get(KOMMO) == UNINSTALLED:
            return self._gone(installation, before)
        paused = installation.paused
        now = self.clock.now()
        is_ours = paused in REMEDIES
        side = KOMMO if is_ours and str(paused).startswith(KOMMO) else ALTEGIO
        lifts = is_ours and side not in found
        tried_at = before.tried_at
        if lifts and not by_person:
            # We see nothing amiss, but the mover did: it is let go on now and then, not again and again.
            lifts = now - before.tried_at >= before.wait
            tried_at = now if lifts else tried_at
        if is_ours and side not in found and not lifts:
            found[side] = str(paused)
        after = self._noticed(installation, _merged(before, found, now))
        new = [problem for problem in after if _is_new(problem, before)]
        self._count(sum(problem.code not in WARNINGS for problem in new))
        stopper = next((problem.code for problem in after if problem.stops_all), None)
        if stopper is not None and stopper != paused and paused not in (SETTING_UP, REBUILDING):
            installations.pause(id, stopper)
        is_back = lifts and stopper is None and installations.let_go_on(id, str(paused))
        if is_back or _is_any_better(before, after):
            self._drain(installation, before)
        is_well = all(problem.code in WARNINGS for problem in after)
        wait = AGAIN_SECONDS if by_person or (is_well and not lifts) else min(2 * before.wait, AGAIN_AT_MOST)
        put_back = {key: at for key, at in before.repaired.items() if now - at < REPAIRED_KEPT}
        # What is there for the first time was made, not put back.
        put_back |= dict.fromkeys(repaired & before.rang, now)
        rings = _hooks(installation) - found.keys()
        self._keep(id, after, now, before, wait=wait, tried_at=tried_at, rings=rings, repaired=put_back)
        return after[0].code if after else ("webhooks_repaired" if repaired else "well")

    # -- looking ---------------------------------------------------------------------------------------------------

    def _found(self, installation: Installation, repaired: set[str], *, told_gone: bool) -> dict[str, str]:
        """Return what is amiss, code by key; `repaired` learns the webhooks that were put back.

        Raises RateLimited or Transient when that cannot be told.
        """
        found: dict[str, str] = {}
        code = self._kommo(installation)
        if code:
            found[KOMMO] = UNINSTALLED if told_gone and code == "kommo_token" else code
        elif not self._listens_to_kommo(installation, repaired):
            found[KOMMO_WEBHOOKS] = KOMMO_WEBHOOKS
        return found | self._altegio(installation, repaired)

    def _kommo(self, installation: Installation) -> str:
        """Return what is amiss with the Kommo account, "" nothing. Asking keeps its tokens alive."""
        kommo = self.connections.kommo(installation, installation.layout)
        try:
            account = kommo.account()
            if installation.paused == "kommo_payment" and not kommo.may_write():
                return "kommo_payment"
        except Revoked as error:
            return f"{KOMMO}_{error.reason}"
        except NotFound as error:
            return "kommo_token" if error.reason == "credentials" else self._moved(installation, "kommo_gone")
        except Rejected:
            return self._moved(installation, "kommo_gone")
        except Transient as error:
            if error.reason == "no_connection":
                self._moved(installation, "")
            raise
        host = installation.kommo_host
        now_at = account.subdomain + host[host.find(".") :] if account.subdomain else host
        if now_at != host:
            Installations(self.table).connect(installation.id, kommo_host=now_at, client_id=installation.client_id)
        return ""

    def _moved(self, installation: Installation, otherwise: str) -> str:
        """Find the account at another host and look again soon; else return what it is otherwise."""
        host = self.connections.moved_to(installation)
        if host is None:
            return otherwise
        Installations(self.table).connect(installation.id, kommo_host=host, client_id=installation.client_id)
        raise Transient("account_moved")

    def _listens_to_kommo(self, installation: Installation, repaired: set[str]) -> bool:
        """Let Kommo ring here; tell whether it does. What happened while it did not is asked for."""
        url = self.public_url(installation)
        if not url:
            return True
        kommo = self.connections.kommo(installation, installation.layout)
        try:
            was_silent = listen_to_kommo(kommo, installation, url, self.server_key())
        except (Rejected, Revoked):
            return False
        if was_silent:
            repaired.add(KOMMO_WEBHOOKS)
            before = _watched(self.table.get(installation.id, ACCESS))
            self._ring(installation.id, HintKind.DEALS, seen_at=before.checked_at or self.clock.now())
        return True

    def _altegio(self, installation: Installation, repaired: set[str]) -> dict[str, str]:
        """Return what is amiss with the locations, code by key; one that has changed its data is stored anew."""
        found: dict[str, str] = {}
        altegio = self.connections.altegio(installation)
        fresh: list[Location] = []
        for location in installation.locations:
            try:
                seen = altegio.location(location.id)
            except Revoked as error:
                if error.reason == Revoked.TOKEN:
                    return {ALTEGIO: "altegio_token"}
                found[f"{ALTEGIO}#{location.id}"] = self._location_code(location, error.reason)
            except NotFound as error:
                if error.reason == "credentials":
                    return {ALTEGIO: "altegio_token"}
                found[f"{ALTEGIO}#{location.id}"] = self._location_code(location, "gone")
            except Rejected:
                found[f"{ALTEGIO}#{location.id}"] = self._location_code(location, Revoked.RIGHTS)
            else:
                if not seen.active:
                    found[f"{ALTEGIO}#{location.id}"] = "altegio_payment"
                elif not self._listens_to_location(altegio, installation, location, repaired):
                    found[f"{ALTEGIO_WEBHOOKS}#{location.id}"] = ALTEGIO_WEBHOOKS
                fresh.append(seen if seen.timezone else location)
                continue
            fresh.append(location)
        if tuple(fresh) != installation.locations:
            Installations(self.table).choose(installation, fresh)
        return found

    def _location_code(self, location: Location, reason: str) -> str:
        """Return why a location is closed: the marketplace knows more than a refusal says."""
        market = self.connections.marketplace()
        status = None
        if market is not None:
            with suppress(Rejected):
                status = market.status(location.id)
        if status is Status.FROZEN:
            return "altegio_frozen"
        return f"{ALTEGIO}_{reason}"

    def _listens_to_location(
        self, altegio: AltegioClient, installation: Installation, location: Location, repaired: set[str]
    ) -> bool:
        """Let a location ring here; tell whether it does. What changed while it did not is read."""
        url = self.public_url(installation)
        if not url:
            return True
        try:
            was_silent = listen_to_location(altegio, installation, location, url, self.server_key())
        except (Invalid, NotFound, Rejected):
            return False
        except Revoked as error:
            if error.reason == Revoked.TOKEN:
                raise Transient("token_renewal") from None
            return False
        if was_silent:
            repaired.add(f"{ALTEGIO_WEBHOOKS}#{location.id}")
            self._ring(installation.id, HintKind.LOCATION, location=location.id, seen_at=self.clock.now())
        return True

    # -- what follows ----------------------------------------------------------------------------------------------

    def _gone(self, installation: Installation, before: Watched) -> str:
        """The integration was removed: the installation is uninstalled, and may come back within thirty days."""
        problem = Problem(KOMMO, UNINSTALLED, self.clock.now())
        if _is_new(problem, before):
            self._count(1)
        self._keep(installation.id, (problem,), problem.since, before, wait=AGAIN_AT_MOST)
        self.uninstall(installation)
        return UNINSTALLED

    def _count(self, losses: int) -> None:
        if losses:
            self.count_losses(losses)

    def _noticed(self, installation: Installation, after: tuple[Problem, ...]) -> tuple[Problem, ...]:
        """Tell administrators in Kommo of what they were not told yet, if Kommo can be reached."""
        to_tell = [problem for problem in after if not problem.noticed and problem.code in SENTENCES]
        if not to_tell or any(problem.key == KOMMO for problem in after):
            return after
        try:
            kommo = self.connections.kommo(installation, installation.layout)
            notify(kommo, installation, to_tell, self.brand, self.clock)
        except BookdealError:
            return after  # The next look tells them.
        return tuple(_told(problem) if problem in to_tell else problem for problem in after)

    def _drain(self, installation: Installation, before: Watched) -> None:
        """Let all that waited be done: every location is read from where it was left, Kommo's deals since the loss."""
        since = min((problem.since for problem in before.problems), default=self.clock.now())
        self._ring(installation.id, HintKind.LOCATION, seen_at=self.clock.now())
        self._ring(installation.id, HintKind.DEALS, seen_at=since)

    def _ring(self, installation: str, kind: HintKind, *, seen_at: float, location: int | None = None) -> None:
        hint = Hint(kind, "sweep", installation, location, seen_at=seen_at, correlation_id=self.correlation_id)
        self.hints.send([hint])

    def _again(self, id: str, seconds: int) -> None:
        self.table.update(
            id, ACCESS, change="SET #due_at = :due_at", values={"due_at": int(self.clock.now()) + seconds}
        )

    def _keep(
        self,
        id: str,
        after: Sequence[Problem],
        now: float,
        before: Watched,
        *,
        wait: int,
        tried_at: float = 0.0,
        rings: frozenset[str] = frozenset(),
        repaired: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        is_well = all(problem.code in WARNINGS for problem in after)
        next_look = random.uniform(0.5, 1.0) * WELL_SECONDS if is_well else wait  # noqa: S311 - no secret
        self.table.update(
            id,
            ACCESS,
            change="SET #problems = :problems, #checked_at = :checked_at, #wait = :wait, #tried_at = :tried_at, "
            "#due_at = :due_at, #rang = :rang, #repaired = :repaired",
            values={
                "rang": sorted(rings),
                "repaired": dict(repaired),
                "problems": [_item(problem) for problem in after],
                "checked_at": now if is_well else before.checked_at,
                "wait": wait,
                "tried_at": tried_at,
                "due_at": int(now + next_look),
            },
        )


def _merged(before: Watched, found: Mapping[str, str], now: float) -> tuple[Problem, ...]:
    """Return what is amiss now; what was so before keeps its beginning."""
    known = {problem.key: problem for problem in before.problems}
    return tuple(
        known[key] if key in known and known[key].code == code else Problem(key, code, now, _location_of(key))
        for key, code in found.items()
    )


def _location_of(key: str) -> int | None:
    _, _, location = key.partition("#")
    return int(location) if location else None


def _told(problem: Problem) -> Problem:
    return Problem(problem.key, problem.code, problem.since, problem.location, noticed=True)


def _is_new(problem: Problem, before: Watched) -> bool:
    return all((known.key, known.code) != (problem.key, problem.code) for known in before.problems)


def _is_any_better(before: Watched, after: Sequence[Problem]) -> bool:
    lasting = {problem.key for problem in after}
    return any(problem.code not in WARNINGS and problem.key not in lasting for problem in before.problems)


def _hooks(installation: Installation) -> frozenset[str]:
    """Return the keys of all webhooks that an installation wants."""
    return frozenset({KOMMO_WEBHOOKS, *(f"{ALTEGIO_WEBHOOKS}#{location.id}" for location in installation.locations)})


def _watched(item: Item | None) -> Watched:
    item = item or {}
    return Watched(
        tuple(
            Problem(
                str(each["key"]),
                str(each["code"]),
                float(each["since"]),
                each["location"],
                noticed=bool(each["noticed"]),
            )
            for each in item.get("problems", ())
        ),
        float(item.get("checked_at", 0)),
        int(item.get("wait", AGAIN_SECONDS)),
        float(item.get("tried_at", 0)),
        frozenset(item.get("rang", ())),
        item.get("repaired", {}),
    )


def _item(problem: Problem) -> Item:
    return {
        "key": problem.key,
        "code": problem.code,
        "since": problem.since,
        "location": problem.location,
        "noticed": problem.noticed,
    }
