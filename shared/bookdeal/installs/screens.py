"""The bodies of the settings' routes, apart from the settings themselves."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from bookdeal.installs.choices import Chain, Choices, ServiceCategory
from bookdeal.installs.installation import Installation
from bookdeal.installs.users import Connection, User, Users
from bookdeal.model import deal
from bookdeal.model.booking import Employee
from bookdeal.model.deal import Account, Pipeline, TaskType
from bookdeal.runtime.api import Body, Id


class LocationScreen(BaseModel):
    """A location, who serves there, and what."""

    id: int
    title: str
    city: str
    timezone: str
    currency: str
    active: bool
    employees: tuple[Employee, ...]
    service_categories: tuple[ServiceCategory, ...]


class AccountScreen(BaseModel):
    """What the settings may choose from. `account` is None until the account was read for the first time."""

    account: Account | None
    paused: str | None
    pipelines: tuple[Pipeline, ...]
    deal_fields: tuple[deal.Field, ...]
    contact_fields: tuple[deal.Field, ...]
    users: tuple[deal.User, ...]
    task_types: tuple[TaskType, ...]
    chains: tuple[Chain, ...]
    locations: tuple[LocationScreen, ...]

    @staticmethod
    def of(installation: Installation, choices: Choices) -> "AccountScreen":
        """Return the body for an installation and its lists."""
        return AccountScreen(
            account=installation.layout.account if installation.layout else None,
            paused=installation.paused,
            pipelines=choices.account.pipelines,
            deal_fields=choices.account.deal_fields,
            contact_fields=choices.account.contact_fields,
            users=choices.account.users,
            task_types=choices.account.task_types,
            chains=choices.chains,
            locations=tuple(
                LocationScreen(
                    id=location.id,
                    title=location.title,
                    city=location.city,
                    timezone=location.timezone,
                    currency=location.currency,
                    active=location.active,
                    employees=choices.locations[location.id].employees,
                    service_categories=choices.locations[location.id].categories,
                )
                for location in installation.locations
            ),
        )


class UserScreen(BaseModel):
    """A Kommo user: whether he can book, and the locations that he sees.

    `locations` None and no `chains`: he sees all. `sees` is what follows from both.
    """

    id: int
    name: str
    is_admin: bool
    connection: Connection
    altegio_user: int | None
    locations: tuple[int, ...] | None
    chains: tuple[int, ...]
    sees: tuple[int, ...]


class UsersScreen(BaseModel):
    """The users whom the caller may look at: an administrator all, everybody else himself."""

    version: int
    users: tuple[UserScreen, ...]

    @staticmethod
    def of(
        installation: Installation,
        known: Iterable[deal.User],
        users: Users,
        connections: Mapping[int, Connection],
        chains: Iterable[Chain],
    ) -> "UsersScreen":
        """Return the body for these users of the account."""
        members = {chain.id: chain.locations for chain in chains}
        shown = []
        for one in known:
            user = users.of(one.id)
            shown.append(
                UserScreen(
                    id=one.id,
                    name=one.name,
                    is_admin=one.is_admin,
                    connection=connections.get(one.id, Connection.NONE),
                    altegio_user=user.altegio_user,
                    locations=None if user.locations is None else tuple(sorted(user.locations)),
                    chains=tuple(sorted(user.chains)),
                    sees=tuple(sorted(user.sees(installation, members))),
                )
            )
        return UsersScreen(version=users.version, users=tuple(shown))


type _Ids = Annotated[tuple[Id, ...], Field(max_length=500)]


class ChosenUser(Body):
    """Which locations a user sees: these, and those of these chains; null and no chains: all."""

    id: Id
    locations: _Ids | None = None
    chains: _Ids = ()

    def user(self) -> User:
        """Return the user."""
        locations = None if self.locations is None else frozenset(self.locations)
        return User(self.id, locations=locations, chains=frozenset(self.chains))


class ChosenUsers(Body):
    """Which locations users see. `version` is that of the users it was made from; who is not named sees all."""

    version: Annotated[int, Field(ge=0, lt=2**53)]
    users: Annotated[tuple[ChosenUser, ...], Field(max_length=500)]


class LoginBody(Body):
    """A person's login in Altegio. The password goes nowhere but there."""

    login: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=200, json_schema_extra={"format": "password"})]
