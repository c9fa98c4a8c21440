"""What a person may choose from in the settings: both sides' lists, read with few requests and kept for minutes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

from pydantic import TypeAdapter

from bookdeal.installs.installation import Installation
from bookdeal.model.booking import Employee
from bookdeal.model.deal import Field, Pipeline, TaskType, User
from bookdeal.runtime.clock import Clock
from bookdeal.runtime.errors import Rejected
from bookdeal.runtime.store import Table

KEPT = 600
"""Seconds for which the lists are not read again unasked."""


@dataclass(frozen=True, slots=True)
class AccountLists:
    """What the Kommo account holds. `users` is empty where the installation's token may not look at them.

    Of companies only the number of their fields is known: lists that were kept before it was read have none.
    """

    pipelines: tuple[Pipeline, ...]
    deal_fields: tuple[Field, ...]
    contact_fields: tuple[Field, ...]
    users: tuple[User, ...]
    task_types: tuple[TaskType, ...]
    company_fields: int = 0

    @property
    def fields(self) -> int:
        """How many custom fields the account has: its plan limits those of all entities together."""
        return len(self.deal_fields) + len(self.contact_fields) + self.company_fields


@dataclass(frozen=True, slots=True)
class ServiceCategory:
    """A category of a location's services."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class LocationLists:
    """What a location offers: employees who still work there, and categories of services."""

    employees: tuple[Employee, ...]
    categories: tuple[ServiceCategory, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of locations; not all of them need be the installation's."""

    id: int
    title: str
    locations: frozenset[int]


@dataclass(frozen=True, slots=True)
class Choices:
    """All lists of an installation; `locations` by location id."""

    account: AccountLists
    chains: tuple[Chain, ...]
    locations: Mapping[int, LocationLists]


class KommoLists(Protocol):
    """What is asked of the Kommo client here."""

    def pipelines(self) -> tuple[Pipeline, ...]:
        """Return the pipelines."""

    def fields(self, entity: Literal["deals", "contacts"]) -> tuple[Field, ...]:
        """Return the custom fields."""

    def count_company_fields(self) -> int:
        """Return how many custom fields companies have."""

    def users(self) -> tuple[User, ...]:
        """Return the users; Rejected when that is not allowed."""

    def task_types(self) -> tuple[TaskType, ...]:
        """Return the task types."""


class AltegioLists(Protocol):
    """What is asked of the Altegio client here."""

    def chains(self) -> tuple[tuple[int, str, frozenset[int]], ...]:
        """Return id, title and locations of each chain; Rejected when that is not allowed."""

    def employees(self, location: int) -> tuple[Employee, ...]:
        """Return who works at a location."""

    def service_categories(self, location: int) -> tuple[tuple[int, str], ...]:
        """Return id and title of a location's service categories."""


@dataclass(frozen=True, slots=True)
class ChoiceStore:
    """Reads what there is to choose. `scratch` keeps each list by itself, so that what a deadline cut short goes on."""

    scratch: Table
    clock: Clock

    def read(
        self, installation: Installation, kommo: KommoLists, altegio: AltegioLists, *, anew: bool = False
    ) -> Choices:
        """Return the lists, at most ten minutes old or, with `anew`, read now: 7 requests, and 2 for each location."""
        return Choices(
            account=self.account(installation, kommo, anew=anew),
            chains=self.chains(installation, altegio, anew=anew),
            locations={
                location.id: self.location(installation, location.id, altegio, anew=anew)
                for location in installation.locations
            },
        )

    def account(self, installation: Installation, kommo: KommoLists, *, anew: bool = False) -> AccountLists:
        """Return the account's lists alone."""
        return self._kept(f"{installation.id}#account", _ACCOUNT, partial(_account, kommo), anew=anew)

    def chains(self, installation: Installation, altegio: AltegioLists, *, anew: bool = False) -> tuple[Chain, ...]:
        """Return the chains alone."""
        return self._kept(f"{installation.id}#chains", _CHAINS, partial(_chains, altegio), anew=anew)

    def location(
        self, installation: Installation, location: int, altegio: AltegioLists, *, anew: bool = False
    ) -> LocationLists:
        """Return the lists of one location alone."""
        return self._kept(f"{installation.id}#{location}", _LOCATION, partial(_location, altegio, location), anew=anew)

    def forget(self, installation: Installation) -> None:
        """Let the account's lists be read anew next time: something was made or removed there."""
        self.scratch.delete(f"choices#{installation.id}#account")

    def _kept[L](self, name: str, adapter: TypeAdapter[L], read: Callable[[], L], *, anew: bool) -> L:
        key, now = f"choices#{name}", self.clock.now()
        item = None if anew else self.scratch.get(key)
        if item is not None and item["expires_at"] > now:
            return adapter.validate_python(item["lists"])
        lists = read()
        stored: Any = adapter.dump_python(lists, mode="json")
        self.scratch.put({"key": key, "lists": stored, "expires_at": int(now) + KEPT})
        return lists


def _account(kommo: KommoLists) -> AccountLists:
    try:
        users: Iterable[User] = kommo.users()
    except Rejected:
        users = ()
    return AccountLists(
        pipelines=kommo.pipelines(),
        deal_fields=kommo.fields("deals"),
        contact_fields=kommo.fields("contacts"),
        users=tuple(user for user in users if user.is_active),
        task_types=kommo.task_types(),
        company_fields=kommo.count_company_fields(),
    )


def _location(altegio: AltegioLists, location: int) -> LocationLists:
    return LocationLists(
        employees=altegio.employees(location),
        categories=tuple(ServiceCategory(id, title) for id, title in altegio.service_categories(location)),
    )


def _chains(altegio: AltegioLists) -> tuple[Chain, ...]:
    try:
        return tuple(Chain(id, title, locations) for id, title, locations in altegio.chains())
    except Rejected:
        return ()


_CHAINS = TypeAdapter(tuple[Chain, ...])
_ACCOUNT = TypeAdapter(AccountLists)
_LOCATION = TypeAdapter(LocationLists)
