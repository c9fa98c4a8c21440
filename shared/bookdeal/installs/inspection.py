"""Looks at both sides for the set-up check: 9 requests to Kommo, up to 5 more where a plan is full, 5 a location."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bookdeal.altegio.models import HookSettings
from bookdeal.altegio.rights import Right
from bookdeal.installs.checks import AccountState, Hook, LocationState, Seen
from bookdeal.installs.choices import AltegioLists, ChoiceStore, KommoLists
from bookdeal.installs.connections import ALTEGIO, KOMMO
from bookdeal.installs.installation import KOMMO_WEBHOOKS, Installation
from bookdeal.installs.problems import Problem
from bookdeal.installs.users import Connection
from bookdeal.kommo.client import Subscription
from bookdeal.kommo.plans import DEALS_A_SEAT, nearly_full
from bookdeal.model.booking import Location
from bookdeal.runtime.errors import NotFound, Rejected, Revoked


class KommoSide(KommoLists, Protocol):
    """What is asked of the Kommo client here."""

    def timezone(self) -> str:
        """Return the account's time zone."""

    def subscriptions(self) -> list[Subscription]:
        """Return the account's webhooks; Rejected when the plan or the rights do not allow it."""

    def has_deals(self, count: int) -> bool:
        """Tell whether the account holds at least so many deals."""


class AltegioSide(AltegioLists, Protocol):
    """What is asked of the Altegio client here."""

    def location(self, location: int) -> Location:
        """Return a location."""

    def missing_rights(self, location: int) -> frozenset[Right]:
        """Return the rights that the user lacks there."""

    def hook_settings(self, location: int) -> HookSettings:
        """Return where a location's hooks ring; Rejected without the right to see it."""


@dataclass(frozen=True, slots=True)
class Inspector:
    """Gathers what a check looks at, for one installation; a side that is closed to us is a fact, not an error.

    `problems` are what the watch over its access has found, `repaired` the webhooks that it has put back lately.
    """

    installation: Installation
    choices: ChoiceStore
    kommo: KommoSide
    altegio: AltegioSide
    problems: Sequence[Problem] = ()
    repaired: Mapping[str, float] = field(default_factory=dict)

    def look(self, connections: Mapping[int, Connection], *, anew: bool) -> Seen:
        """Return what there is to see. `anew` reads what else is kept for ten minutes: the lists to choose from."""
        return Seen(
            settings=self.installation.settings,
            paused=self.installation.paused,
            account=self._account(anew),
            locations={known.id: self._location(known.id, anew) for known in self.installation.locations},
            connections=connections,
            repaired=self.repaired,
        )

    def _account(self, anew: bool) -> AccountState:
        try:
            lists = self.choices.account(self.installation, self.kommo, anew=anew)
            hook = self._kommo_hook()
            # Where webhooks are allowed, it is not the smallest plan (contract §9.1).
            plans = DEALS_A_SEAT if hook is Hook.PLAN else DEALS_A_SEAT[1:]
            seats = max(1, len(lists.users))
            return AccountState(
                lists=lists,
                zone=self.kommo.timezone(),
                hook=hook,
                nearly_full=nearly_full(self.kommo.has_deals, [most * seats for most in plans]),
            )
        except Revoked as error:
            return AccountState(lost=error.reason)
        except NotFound:
            return AccountState(lost="moved")

    def _kommo_hook(self) -> Hook:
        ours = f"/webhooks/{KOMMO}/{self.installation.id}/{self.installation.generation}."
        try:
            found = [known for known in self.kommo.subscriptions() if ours in known.destination]
        except Rejected as error:
            return Hook.PLAN if error.reason == Revoked.PAYMENT else Hook.RIGHTS
        if not found:
            # The watch subscribes again by itself; where it cannot, the plan has no webhooks.
            is_refused = any(problem.code == KOMMO_WEBHOOKS for problem in self.problems)
            return Hook.PLAN if is_refused else Hook.MISSING
        return Hook.ON if any(known.enabled for known in found) else Hook.OFF

    def _location(self, id: int, anew: bool) -> LocationState:
        try:
            location = self.altegio.location(id)
            missing = self.altegio.missing_rights(id)
            lists = self.choices.location(self.installation, id, self.altegio, anew=anew)
            return LocationState(location=location, lists=lists, missing=missing, hook=self._altegio_hook(id))
        except Revoked as error:
            return LocationState(lost=error.reason)
        except NotFound:
            return LocationState(lost="gone")

    def _altegio_hook(self, id: int) -> Hook:
        ours = f"/webhooks/{ALTEGIO}/{self.installation.id}/{self.installation.generation}."
        try:
            settings = self.altegio.hook_settings(id)
        except Rejected:
            return Hook.RIGHTS
        url = next((url for url in settings.urls if ours in url), None)
        if url is None:
            return Hook.MISSING
        return Hook.ON if settings.rings(url) else Hook.OFF
