"""Leaving: hooks taken down and tokens destroyed at once, everything else forgotten after thirty days.

How far it has come stands in a part of the installation, `uninstall`, which the index `due` lists when its next step is
due. Every step may be repeated, so a run may end or be killed anywhere. Who comes back in time finds all as it was:
`take_back` ends the uninstalling, and nothing of it that is still under way can touch what is given then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import batched
from typing import Protocol
from urllib.parse import urlsplit

from bookdeal.altegio.models import HookSettings
from bookdeal.installs.connections import ALTEGIO, KOMMO
from bookdeal.installs.installation import PROFILE, STATE, Installation, account_key, location_key
from bookdeal.kommo.client import Subscription
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import BookdealError, RateLimited, Transient, UnknownOutcome
from bookdeal.runtime.store import Item, Store, Table, Write
from bookdeal.runtime.webhook_key import verify

UNINSTALL = "uninstall"
"""The part that says how far the uninstalling has come."""

UNINSTALLED = "uninstalled"
"""Why an installation is paused that is being, or was, uninstalled."""

KEPT_SECONDS = 30 * 24 * 3600
"""How long a former installation's data is kept, for it might come back."""

HOOKS_SECONDS = 900
"""How long a provider that does not answer is asked again to take our hooks down, before its token is destroyed."""

AGAIN_SECONDS = 60
"""Seconds until a step is tried again that could not be finished."""

LONGEST_RUN = 900 + 60
"""Seconds after which nobody works any more with what was read before: Lambda's longest run, and a margin."""

MARGIN = 2.0
"""Seconds before the deadline from which on nothing more is begun."""

DUE = "due"
"""The index of the installations table by what is due when."""

_AT_ONCE = 100


class Step(StrEnum):
    """What is next: hooks and tokens go, all else is kept, it is forgotten."""

    LEAVING = "leaving"
    KEPT = "kept"
    FORGETTING = "forgetting"


@dataclass(frozen=True, slots=True)
class Uninstalling:
    """How far an uninstalling has come. Times in unix seconds.

    `account` and `locations` are the installation's. `generation` is that of the webhook keys which end with it. `done`
    are the providers and locations (as text) whose hooks are down, `left` those where they could not be taken down,
    because access was lost before: they ring, and nobody listens.
    """

    installation: str
    step: Step
    account: int
    locations: tuple[int, ...]
    generation: int
    begun_at: int
    forget_at: int
    due_at: int
    done: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class KommoHooks(Protocol):
    """What is asked of the Kommo client here."""

    def subscriptions(self) -> list[Subscription]:
        """Return all webhooks of the account."""

    def unsubscribe(self, destination: str) -> None:
        """Let nothing ring at an address any more."""


class AltegioHooks(Protocol):
    """What is asked of the Altegio client here."""

    def hook_settings(self, location: int) -> HookSettings:
        """Return where a location's hooks ring."""

    def save_hook_settings(self, location: int, settings: HookSettings) -> None:
        """Replace a location's hook settings."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Where an installation has left something."""

    store: Store
    installations: Table
    credentials: Table
    links: Table
    parked: Table
    decisions: Table


@dataclass(frozen=True, slots=True)
class Hooks:
    """The two providers' hooks of an installation, and the server keys by which ours are recognised."""

    kommo: KommoHooks
    altegio: AltegioHooks
    server_keys: Sequence[str]


class Uninstalls:
    """The uninstallings of all installations."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        """Bind to the tables."""
        self._tables = tables
        self._installations = tables.installations
        self._clock = clock

    def read(self, installation: str) -> Uninstalling | None:
        """Return how far an installation's uninstalling has come, None when it is none."""
        item = self._installations.get(installation, UNINSTALL, consistent=True)
        return uninstalling_from(item) if item else None

    def due(self) -> list[str]:
        """Return the installations whose uninstalling has something to do now."""
        now = int(self._clock.now())
        items = self._installations.query_index(DUE, ("part", UNINSTALL), at_most=("due_at", now))
        return [str(item["installation"]) for item in items]

    def begin(self, installation: Installation) -> Uninstalling:
        """Begin, or return what was begun: from here on nothing more is written for the installation.

        Raises Conflict when the installation has changed meanwhile.
        """
        now = int(self._clock.now())
        begun = Uninstalling(
            installation=installation.id,
            step=Step.LEAVING,
            account=installation.kommo_account,
            locations=tuple(location.id for location in installation.locations),
            generation=installation.generation,
            begun_at=now,
            forget_at=now + KEPT_SECONDS,
            due_at=now,
        )
        (conflict,) = self._tables.store.transact(
            [
                [
                    self._installations.putting(_item(begun), when=self._installations.absent),
                    self._installations.updating(
                        installation.id,
                        PROFILE,
                        change="SET #paused = :paused",
                        when="#generation = :generation",
                        values={"paused": UNINSTALLED, "generation": installation.generation},
                    ),
                    self._installations.updating(installation.id, STATE, change="REMOVE #due_at"),
                ]
            ]
        )
        if conflict is None:
            return begun
        before = self.read(installation.id)
        if before is None:
            raise conflict
        return before

    def take_back(self, installation: str) -> bool:
        """End an installation's uninstalling, before anything is given to it: all that was kept is there again.

        Its webhook keys have a new generation then and it is no longer paused. Returns False when it was not
        uninstalled. Raises Transient while it is being forgotten: after that it is unknown.
        """
        found = self.read(installation)
        if found is None:
            return False
        (conflict,) = self._tables.store.transact(
            [
                [
                    self._installations.deleting(
                        installation, UNINSTALL, when="#step <> :forgetting", values={"forgetting": Step.FORGETTING}
                    ),
                    self._installations.updating(
                        installation,
                        PROFILE,
                        change="SET #paused = :paused, #generation = :generation",
                        when=f"attribute_exists(#{self._installations.keys[0]})",
                        values={"paused": None, "generation": found.generation + 1},
                    ),
                    self._installations.updating(
                        installation, STATE, change="SET #due_at = :now", values={"now": int(self._clock.now())}
                    ),
                ]
            ]
        )
        if conflict is not None:
            raise Transient("being_forgotten", wait=AGAIN_SECONDS)
        return True

    # -- working it off --------------------------------------------------------------------------------------------

    def work_off(
        self, installation: Installation | None, id: str, hooks: Callable[[Installation], Hooks], deadline: Deadline
    ) -> Uninstalling | None:
        """Do what is due, as far as the time goes; return how far it has come, None when all is forgotten.

        `installation` is what is stored of it, None once that is gone. `hooks` gives the providers' clients.
        """
        state = self.read(id)
        while state is not None and state.due_at <= self._clock.now():
            before = state
            match state.step:
                case Step.LEAVING if installation is not None:
                    state = self._leave(state, installation, hooks, deadline)
                case Step.LEAVING | Step.KEPT:
                    state = self._begin_to_forget(state)
                case Step.FORGETTING:
                    state = self._forget(state, deadline)
            if state == before or deadline.remaining() <= MARGIN:
                break
        return state

    def _leave(
        self,
        state: Uninstalling,
        installation: Installation,
        hooks: Callable[[Installation], Hooks],
        deadline: Deadline,
    ) -> Uninstalling | None:
        """Take each provider's hooks down, then destroy its tokens; one out of reach does not stop the other."""
        ours = hooks(installation)
        locations = {
            str(each.id): partial(self._silence_altegio, state, ours, each.id) for each in installation.locations
        }
        silence = {KOMMO: {KOMMO: partial(self._silence_kommo, state, ours)}, ALTEGIO: locations}
        is_patient = self._clock.now() < state.begun_at + HOOKS_SECONDS
        has_to_wait = False
        for provider, places in silence.items():
            for name, take_down in places.items():
                if name in (*state.done, *state.left):
                    continue
                try:
                    deadline.check(MARGIN)
                    take_down()
                except (RateLimited, Transient, UnknownOutcome) as error:
                    if is_patient or error.reason == "deadline":
                        has_to_wait = True
                        break
                    state = replace(state, left=(*state.left, name))
                except BookdealError:
                    state = replace(state, left=(*state.left, name))
                else:
                    state = replace(state, done=(*state.done, name))
            else:
                self._destroy_tokens(state, provider)
        if has_to_wait:
            return self._save(replace(state, due_at=int(self._clock.now()) + AGAIN_SECONDS))
        self._stop_sweeping(installation.id)  # a run that was under way may have set its next time meanwhile
        return self._save(replace(state, step=Step.KEPT, due_at=state.forget_at))

    def _silence_kommo(self, state: Uninstalling, hooks: Hooks) -> None:
        for subscription in hooks.kommo.subscriptions():
            if _is_ours(subscription.destination, KOMMO, state, hooks):
                hooks.kommo.unsubscribe(subscription.destination)

    def _silence_altegio(self, state: Uninstalling, hooks: Hooks, location: int) -> None:
        settings = hooks.altegio.hook_settings(location)
        ours = [url for url in settings.urls if _is_ours(url, ALTEGIO, state, hooks)]
        if ours and settings.without(ours) != settings:
            hooks.altegio.save_hook_settings(location, settings.without(ours))

    def _destroy_tokens(self, state: Uninstalling, provider: str) -> None:
        """Destroy a provider's tokens, those of single users too; ones that were given after a return stay."""
        still = self._installations.checking(
            state.installation, UNINSTALL, when="#begun_at = :begun_at", values={"begun_at": state.begun_at}
        )
        tokens = self._tables.credentials.query(state.installation, provider, consistent=True)
        self._tables.store.transact(
            [[still, self._tables.credentials.deleting(state.installation, str(item["provider"]))] for item in tokens]
        )

    def _begin_to_forget(self, state: Uninstalling) -> Uninstalling | None:
        """Make the installation unknown, and wait until nobody works any more with what he has read of it."""
        forgetting = replace(state, step=Step.FORGETTING, due_at=int(self._clock.now()) + LONGEST_RUN)
        (conflict,) = self._tables.store.transact(
            [[self._saving(forgetting, state), self._installations.deleting(state.installation, PROFILE)]]
        )
        return forgetting if conflict is None else self.read(state.installation)

    def _forget(self, state: Uninstalling, deadline: Deadline) -> Uninstalling | None:
        """Delete all that is left, the uninstalling itself last."""
        tables = self._tables
        for table in (tables.credentials, tables.links, tables.parked, tables.decisions, tables.installations):
            keys = (str(item[table.keys[1]]) for item in table.query(state.installation, consistent=True))
            for chunk in batched((key for key in keys if key != UNINSTALL), _AT_ONCE, strict=False):
                if deadline.remaining() <= MARGIN:
                    return state
                tables.store.transact([[table.deleting(state.installation, key)] for key in chunk])
        for location in state.locations:
            self._installations.delete(location_key(location), state.installation)
        pointer = self._installations.deleting(
            account_key(state.account), PROFILE, when="#id = :id", values={"id": state.installation}
        )
        tables.store.transact([[pointer]])
        self._installations.delete(state.installation, UNINSTALL)
        return None

    # -- writing ---------------------------------------------------------------------------------------------------

    def _save(self, state: Uninstalling) -> Uninstalling | None:
        """Store how far it has come; return what counts now, which is None when the installation was taken back."""
        (conflict,) = self._tables.store.transact([[self._saving(state, state)]])
        return state if conflict is None else self.read(state.installation)

    def _saving(self, state: Uninstalling, before: Uninstalling) -> Write:
        return self._installations.putting(
            _item(state), when="#begun_at = :begun_at", values={"begun_at": before.begun_at}
        )

    def _stop_sweeping(self, installation: str) -> None:
        self._installations.update(installation, STATE, change="REMOVE #due_at")


def _is_ours(url: str, source: str, state: Uninstalling, hooks: Hooks) -> bool:
    """Tell whether a webhook's address is one of the installation's that end with this uninstalling.

    The key in it says so, which only this stack can make: another stack that serves the same account has others.
    """
    *_, webhooks, named_source, installation, key = ("", "", "", *urlsplit(url).path.split("/"))
    if (webhooks, named_source, installation) != ("webhooks", source, state.installation):
        return False
    generation = verify(hooks.server_keys, source, installation, key)
    return generation is not None and generation <= state.generation


def uninstalling_from(item: Item) -> Uninstalling:
    """Read the stored form."""
    return Uninstalling(
        installation=str(item["installation"]),
        step=Step(item["step"]),
        account=item["account"],
        locations=tuple(item["locations"]),
        generation=item["generation"],
        begun_at=item["begun_at"],
        forget_at=item["forget_at"],
        due_at=item["due_at"],
        done=tuple(item["done"]),
        left=tuple(item["left"]),
    )


def _item(state: Uninstalling) -> Item:
    return {
        "installation": state.installation,
        "part": UNINSTALL,
        "step": state.step.value,
        "account": state.account,
        "locations": list(state.locations),
        "generation": state.generation,
        "begun_at": state.begun_at,
        "forget_at": state.forget_at,
        "due_at": state.due_at,
        "done": list(state.done),
        "left": list(state.left),
    }
