"""An installation leaves: hooks and tokens at once, data after thirty days; killed anywhere, and taken back."""

from dataclasses import dataclass, field
from itertools import count

import pytest

from bookdeal.altegio.models import HookSettings
from bookdeal.installs.installation import STATE, Installation
from bookdeal.installs.uninstalling import (
    AGAIN_SECONDS,
    HOOKS_SECONDS,
    KEPT_SECONDS,
    LONGEST_RUN,
    Hooks,
    Step,
    Uninstalling,
    Uninstalls,
)
from bookdeal.kommo.client import Subscription
from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.errors import BookdealError, NotFound, Revoked, Transient
from bookdeal.runtime.webhook_key import sign

from .conftest import MADRID, Killed, World

KEY, FOREIGN_KEY = "0123456789abcdef-ours", "0123456789abcdef-theirs"
DAY = 24 * 3600


def address(source: str, installation: str, *, generation: int = 3, key: str = KEY) -> str:
    mac = sign(key, source, installation, generation)
    return f"https://hooks.example.test/v1/webhooks/{source}/{installation}/{mac}"


@dataclass
class Providers:
    """Both providers' hooks in memory."""

    kommo: set[str] = field(default_factory=set)
    altegio: dict[int, HookSettings] = field(default_factory=dict)
    fails: dict[str, BookdealError] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def hooks(self, installation: Installation) -> Hooks:
        return Hooks(self, self, [KEY])

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fails:
            raise self.fails[name]

    def subscriptions(self) -> list[Subscription]:
        self._called("kommo")
        return [Subscription(url, frozenset(), enabled=True) for url in sorted(self.kommo)]

    def unsubscribe(self, destination: str) -> None:
        self._called("unsubscribe")
        self.kommo.discard(destination)

    def hook_settings(self, location: int) -> HookSettings:
        self._called(str(location))
        return self.altegio.get(location, HookSettings((), False, ()))

    def save_hook_settings(self, location: int, settings: HookSettings) -> None:
        self._called("save")
        assert settings.urls
        self.altegio[location] = settings


OTHERS = ("https://other.example.test/hook", "https://hooks.example.test/webhooks/kommo/salon/none")


def providers_of(*ids: str, locations: int = 2) -> Providers:
    """Hooks of these installations, of another stack for the same ones, and of other vendors."""
    found = Providers(kommo=set(OTHERS))
    for id in ids:
        found.kommo |= {address("kommo", id), address("kommo", id, key=FOREIGN_KEY)}
    for number in range(locations):
        urls = (OTHERS[0], *(address("altegio", id) for id in ids)) if number else (address("altegio", ids[0]),)
        found.altegio[MADRID.id + number] = HookSettings(urls, True, (("record", True),))
    return found


def work_off(world: World, providers: Providers, id: str = "salon") -> Uninstalling | None:
    uninstalls = Uninstalls(world.tables, world.clock)
    return uninstalls.work_off(world.installations.read(id), id, providers.hooks, Deadline.within(world.clock, 50))


def leave(world: World, providers: Providers, id: str = "salon") -> Uninstalling | None:
    found = world.installations.read(id)
    assert found is not None
    Uninstalls(world.tables, world.clock).begin(found)
    return work_off(world, providers, id)


def tokens(world: World, id: str = "salon") -> list[str]:
    return [str(item["provider"]) for item in world.items("Credentials", id)]


def test_hooks_and_tokens_go_at_once_and_all_else_stays(world: World) -> None:
    world.install("salon", locations=2)
    before = world.everything("salon")
    providers = providers_of("salon")
    state = leave(world, providers)
    assert state is not None
    assert (state.step, state.left, state.forget_at) == (Step.KEPT, (), int(world.clock.now()) + KEPT_SECONDS)
    assert tokens(world) == []
    assert providers.kommo == {*OTHERS, address("kommo", "salon", key=FOREIGN_KEY)}
    # A location's only hook cannot be taken off: it is switched off.
    first, second = providers.altegio[MADRID.id], providers.altegio[MADRID.id + 1]
    assert (first.active, second.active, second.urls) == (False, True, (OTHERS[0],))
    after = world.everything("salon")
    assert [after[name] for name in ("Links", "Parked", "Decisions")] == [
        before[name] for name in ("Links", "Parked", "Decisions")
    ]
    found = world.installations.read("salon")
    assert found is not None
    assert found.paused == "uninstalled"
    assert "due_at" not in next(item for item in after["Installations"] if item["part"] == STATE)


def test_asked_twice_is_asked_once(world: World) -> None:
    world.install("salon")
    providers = providers_of("salon")
    first = leave(world, providers)
    calls = len(providers.calls)
    world.clock.move(DAY)
    assert leave(world, providers) == first
    assert len(providers.calls) == calls


def test_a_provider_that_is_down_is_asked_again_and_the_other_is_done_at_once(world: World) -> None:
    world.install("salon", locations=2)
    providers = providers_of("salon")
    providers.fails["kommo"] = Transient("provider")
    state = leave(world, providers)
    assert state is not None
    assert state.step is Step.LEAVING
    assert tokens(world) == ["kommo"]
    world.clock.move(AGAIN_SECONDS)
    del providers.fails["kommo"]
    state = work_off(world, providers)
    assert state is not None
    assert (state.step, tokens(world)) == (Step.KEPT, [])
    assert address("kommo", "salon") not in providers.kommo
    # What was done before was not done again.
    assert providers.calls.count(str(MADRID.id)) == 1


def test_a_provider_that_stays_down_keeps_no_token(world: World) -> None:
    world.install("salon")
    providers = providers_of("salon")
    providers.fails["kommo"] = Transient("provider")
    leave(world, providers)
    world.clock.move(HOOKS_SECONDS)
    state = work_off(world, providers)
    assert state is not None
    assert (state.step, state.left, tokens(world)) == (Step.KEPT, ("kommo",), [])


@pytest.mark.parametrize("error", [Revoked(Revoked.TOKEN), NotFound("credentials")])
def test_lost_access_is_no_obstacle(world: World, error: BookdealError) -> None:
    world.install("salon", locations=2)
    providers = providers_of("salon")
    providers.fails = {"kommo": error, str(MADRID.id + 1): error}
    state = leave(world, providers)
    assert state is not None
    assert (state.step, state.left, tokens(world)) == (Step.KEPT, ("kommo", str(MADRID.id + 1)), [])


def test_after_thirty_days_nothing_is_left_of_it_and_all_of_the_others(world: World) -> None:
    world.install("salon")
    world.install("other")
    others = world.everything("other")
    providers = providers_of("salon", "other")
    leave(world, providers)
    world.clock.move(KEPT_SECONDS - 1)
    assert Uninstalls(world.tables, world.clock).due() == []
    assert world.installations.read("salon") is not None
    world.clock.move(1)
    assert Uninstalls(world.tables, world.clock).due() == ["salon"]
    state = work_off(world, providers)
    assert state is not None
    assert state.step is Step.FORGETTING
    assert world.installations.read("salon") is None
    # A run that has read the installation before may still write for it: what it writes is forgotten too.
    world.tables.links.put({"installation": "salon", "key": "booking#900100#99", "deal": 9})
    world.clock.move(LONGEST_RUN)
    assert work_off(world, providers) is None
    assert not any(world.everything("salon").values())
    assert world.everything("other") == others
    assert not [item for item in world.items("Installations") if "salon" in (item.get("id"), item["part"])]


def test_much_is_forgotten_in_slices(world: World) -> None:
    world.install("salon")
    for number in range(230):
        world.tables.links.put({"installation": "salon", "key": f"booking#1#{number}", "deal": number})
    providers = providers_of("salon")
    leave(world, providers)
    world.clock.move(KEPT_SECONDS)
    work_off(world, providers)
    world.clock.move(LONGEST_RUN)
    slices = 0
    uninstalls = Uninstalls(world.tables, world.clock)
    while uninstalls.read("salon") is not None:
        # Each look at the deadline lets a second pass: few deletions fit into one slice.
        uninstalls.work_off(None, "salon", providers.hooks, Deadline.within(_Ticking(world), 5.0))
        slices += 1
    assert slices > 1
    assert not any(world.everything("salon").values())


class _Ticking:
    """A clock on which a second passes at every look."""

    def __init__(self, world: World) -> None:
        self._clock = world.clock
        self._looks = count()

    def now(self) -> float:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic() + next(self._looks)

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)


# -- coming back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 1, 29])
def test_who_comes_back_in_time_finds_all_as_it_was(world: World, days: int) -> None:
    world.install("salon")
    before = world.everything("salon")
    providers = providers_of("salon")
    leave(world, providers)
    world.clock.move(days * DAY)
    uninstalls = Uninstalls(world.tables, world.clock)
    assert uninstalls.take_back("salon") is True
    assert uninstalls.take_back("salon") is False
    found = world.installations.read("salon")
    assert found is not None
    assert (found.paused, found.generation) == (None, 4)
    after = world.everything("salon")
    for name in ("Links", "Parked", "Decisions"):
        assert after[name] == before[name]
    assert next(item for item in after["Installations"] if item["part"] == STATE)["due_at"] == int(world.clock.now())
    world.clock.move(KEPT_SECONDS + LONGEST_RUN)
    assert uninstalls.due() == []


def test_who_comes_back_too_late_has_to_wait_until_it_is_forgotten(world: World) -> None:
    world.install("salon")
    providers = providers_of("salon")
    leave(world, providers)
    world.clock.move(KEPT_SECONDS)
    work_off(world, providers)
    uninstalls = Uninstalls(world.tables, world.clock)
    with pytest.raises(Transient):
        uninstalls.take_back("salon")
    world.clock.move(LONGEST_RUN)
    work_off(world, providers)
    assert uninstalls.take_back("salon") is False
    assert not any(world.everything("salon").values())


def test_what_is_given_after_a_return_is_out_of_reach_of_an_uninstalling_under_way(world: World) -> None:
    world.install("salon")
    providers = providers_of("salon")
    found = world.installations.read("salon")
    assert found is not None
    uninstalls = Uninstalls(world.tables, world.clock)
    uninstalls.begin(found)

    def returning(installation: Installation) -> Hooks:
        """The account comes back while its uninstalling is at work: new tokens, new hooks."""
        uninstalls.take_back("salon")
        for provider in ("kommo", "altegio"):
            world.tables.credentials.put({"installation": "salon", "provider": provider, "blobs": ["new"]})
        providers.kommo.add(address("kommo", "salon", generation=4))
        return providers.hooks(installation)

    deadline = Deadline.within(world.clock, 50)
    assert uninstalls.work_off(found, "salon", returning, deadline) is None
    assert [item["blobs"] for item in world.items("Credentials", "salon") if item["provider"] != "altegio#5"] == [
        ["new"],
        ["new"],
    ]
    assert address("kommo", "salon", generation=4) in providers.kommo
    after = world.installations.read("salon")
    assert after is not None
    assert after.paused is None


# -- kills ---------------------------------------------------------------------------------------------------------


def test_killed_at_any_write_it_comes_to_the_same_end(world: World) -> None:
    world.install("other")
    others = world.everything("other")
    for moment in count(1):
        world.install("salon", locations=2)
        providers = providers_of("salon", "other")
        was_killed = _leave_and_forget(world, providers, moment)
        while world.everything("salon")["Installations"]:
            assert not _leave_and_forget(world, providers, 0)
        assert not any(world.everything("salon").values()), moment
        assert address("kommo", "salon") not in providers.kommo
        assert address("kommo", "other") in providers.kommo
        if not was_killed:
            break
    assert moment > 8
    assert world.everything("other") == others


def _leave_and_forget(world: World, providers: Providers, kill_at: int) -> bool:
    """Uninstall and let the time pass, killed at that write; tells whether it was."""
    world.moments, world.kill_at = 0, kill_at
    try:
        found = world.installations.read("salon")
        if found is not None:
            leave(world, providers)
        for seconds in (0, KEPT_SECONDS, LONGEST_RUN):
            world.clock.move(seconds)
            for id in Uninstalls(world.tables, world.clock).due():
                work_off(world, providers, id)
    except Killed:
        return True
    finally:
        world.kill_at = 0
    return False


def test_a_pause_that_comes_too_late_makes_no_half_installation(world: World) -> None:
    world.installations.pause("nobody", "token")
    assert world.items("Installations") == []
