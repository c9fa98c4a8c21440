"""The bodies of the settings' routes, apart from the settings themselves."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field

from bookdeal.installs.checks import Fix, Gap, Severity
from bookdeal.installs.choices import Chain, Choices, ServiceCategory
from bookdeal.installs.installation import Installation
from bookdeal.installs.settings_check import Fault
from bookdeal.installs.settings_file import Imported, SettingsFile
from bookdeal.installs.settings_form import SettingsForm
from bookdeal.installs.users import Connection, User, Users
from bookdeal.kommo.plans import fields_left
from bookdeal.model import deal
from bookdeal.model.booking import Employee
from bookdeal.model.command import Command, CommandKind, CommandState
from bookdeal.model.deal import Account, Pipeline, TaskType
from bookdeal.model.field_codes import OptionalCode
from bookdeal.model.settings import Settings
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
    """What the settings may choose from. `account` is None until the account was read for the first time.

    `fields_left` is how many fields may yet be made on the smallest plan that holds those there are, null for no limit.
    """

    account: Account | None
    paused: str | None
    pipelines: tuple[Pipeline, ...]
    deal_fields: tuple[deal.Field, ...]
    contact_fields: tuple[deal.Field, ...]
    fields_left: int | None
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
            fields_left=fields_left(choices.account.fields),
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


type Version = Annotated[int, Field(ge=0, lt=2**53)]
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

    version: Version
    users: Annotated[tuple[ChosenUser, ...], Field(max_length=500)]


class LoginBody(Body):
    """A person's login in Altegio. The password goes nowhere but there."""

    login: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=200, json_schema_extra={"format": "password"})]


class FaultScreen(BaseModel):
    """One thing wrong in settings, at its field."""

    code: str
    field: str
    params: Mapping[str, str | int]


class UnmatchedScreen(BaseModel):
    """Something in a settings file that this account does not have; `name` is what it was called there."""

    what: str
    name: str
    field: str


class ImportBody(Body):
    """A settings file. With `save` it is saved over the settings of this `version`, else only looked at."""

    file: SettingsFile
    save: bool = False
    version: Version = 0


class ImportScreen(BaseModel):
    """What a file's settings are here. `unmatched` stands as 0 in them, `faults` keeps them from being saved."""

    settings: SettingsForm
    unmatched: tuple[UnmatchedScreen, ...]
    faults: tuple[FaultScreen, ...]
    saved: bool

    @staticmethod
    def of(found: Imported, faults: Iterable[Fault], *, saved: Settings | None) -> "ImportScreen":
        """Return the body; `saved` are the settings as they were stored."""
        return ImportScreen(
            settings=SettingsForm.of(saved or found.settings),
            unmatched=tuple(UnmatchedScreen(what=one.what, name=one.name, field=one.field) for one in found.unmatched),
            faults=tuple(FaultScreen(code=one.code, field=one.field, params=one.params) for one in faults),
            saved=saved is not None,
        )


class GapScreen(BaseModel):
    """One gap of the set-up and how it is closed; `field` is a path in the settings, "" for none."""

    code: str
    severity: Severity
    fix: Fix
    params: Mapping[str, str | int]
    field: str


class CheckScreen(BaseModel):
    """The set-up check: all gaps, blocking ones first. `works`: nothing is blocking. `at` is unix seconds."""

    works: bool
    at: int
    gaps: tuple[GapScreen, ...]

    @staticmethod
    def of(gaps: Iterable[Gap], at: float) -> "CheckScreen":
        """Return the body."""
        shown = tuple(
            GapScreen(code=gap.code, severity=gap.severity, fix=gap.fix, params=gap.params, field=gap.field)
            for gap in gaps
        )
        works = not any(gap.severity is Severity.BLOCKING for gap in shown)
        return CheckScreen(works=works, at=int(at), gaps=shown)


class SetUpBody(Body):
    """What to make in Kommo: the recommended pipeline, the missing fields of our own, these optional ones."""

    pipeline: bool = True
    fields_: Annotated[bool, Field(alias="fields")] = True
    optional: frozenset[OptionalCode] = frozenset()


class CommandScreen(BaseModel):
    """Something that was asked for: whether it waits, is done or was refused, and what came of it."""

    id: str
    kind: CommandKind
    state: CommandState
    progress: Mapping[str, Any] | None
    result: Mapping[str, Any]

    @staticmethod
    def of(command: Command) -> "CommandScreen":
        """Return the body."""
        return CommandScreen(
            id=command.id, kind=command.kind, state=command.state, progress=command.progress, result=command.result
        )
