"""The bodies of the routes by which an account is connected, and what they show."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, Field

from bookdeal.installs.installation import Installation
from bookdeal.installs.problems import Problem
from bookdeal.model.booking import Location
from bookdeal.runtime.api import Body, Id


class ProblemScreen(BaseModel):
    """Something amiss with access: a code, what to do about it, and since when (unix seconds)."""

    code: str
    remedy: str
    location: int | None
    since: float


class ConnectionScreen(BaseModel):
    """How an installation is connected. `paused` says why nothing is written for now; `is_live`: it was set up.

    `heard_at` is when a location's webhook last rang (unix seconds), None for never. `is_admin`: the caller is one of
    those who can mend it; false also where Kommo cannot tell now.
    """

    kommo_host: str
    paused: str | None
    is_live: bool
    heard_at: int | None
    locations: tuple[int, ...]
    problems: tuple[ProblemScreen, ...]
    is_admin: bool

    @staticmethod
    def of(installation: Installation, found: Iterable[Problem], *, is_admin: bool) -> "ConnectionScreen":
        """Return the body for an installation and what is amiss with it."""
        return ConnectionScreen(
            kommo_host=installation.kommo_host,
            paused=installation.paused,
            is_live=installation.is_live,
            heard_at=installation.heard_at,
            locations=tuple(location.id for location in installation.locations),
            problems=tuple(
                ProblemScreen(code=each.code, remedy=each.remedy, location=each.location, since=each.since)
                for each in found
            ),
            is_admin=is_admin,
        )


class LinkScreen(BaseModel):
    """An address that a browser window is to be opened with; it is good for half an hour."""

    link: str


class OfferedLocation(BaseModel):
    """A location that can be chosen. `timezone` is "" where Altegio does not say: then it cannot."""

    id: int
    title: str
    city: str
    timezone: str
    active: bool
    chosen: bool


class OfferedLocations(BaseModel):
    """The locations that the installation's Altegio user manages."""

    locations: tuple[OfferedLocation, ...]

    @staticmethod
    def of(found: Iterable[Location], chosen: Iterable[int]) -> "OfferedLocations":
        """Return the body for these locations, of which some are chosen."""
        ids = frozenset(chosen)
        return OfferedLocations(
            locations=tuple(
                OfferedLocation(
                    id=one.id,
                    title=one.title,
                    city=one.city,
                    timezone=one.timezone,
                    active=one.active,
                    chosen=one.id in ids,
                )
                for one in found
            )
        )


class ChosenLocations(Body):
    """The locations that are served, all of them."""

    locations: Annotated[tuple[Id, ...], Field(max_length=500)]
