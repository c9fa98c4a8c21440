"""The bodies of the settings' routes that only show something."""

from pydantic import BaseModel

from bookdeal.installs.choices import Choices, ServiceCategory
from bookdeal.installs.installation import Installation
from bookdeal.model.booking import Employee
from bookdeal.model.deal import Account, Field, Pipeline, TaskType, User


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
    deal_fields: tuple[Field, ...]
    contact_fields: tuple[Field, ...]
    users: tuple[User, ...]
    task_types: tuple[TaskType, ...]
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
