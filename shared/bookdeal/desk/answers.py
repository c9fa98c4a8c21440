"""What the desk answers. Times in unix seconds, ages in seconds; nothing in it is a secret."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


class LocationLag(BaseModel):
    """How far a location was read.

    `cursor` is the newest change that was seen there, None before the first reading: in a quiet salon it grows old
    without anything being owed. `owed_since` is when the oldest owed work was rung for. `closed`: why nobody reads it.
    """

    location: int
    title: str
    cursor: int | None
    cursor_age: int | None
    owed_since: int | None
    walks: int
    closed: str


class Lag(BaseModel):
    """What an installation owes: since when, and how many bookings and deals."""

    owed_since: int | None
    seconds: int
    bookings: int
    deals: int


class Summary(BaseModel):
    """An installation. `state` is active, paused (for `reason`), leaving or uninstalled (forgotten at `forget_at`).

    `hooks_left` are the places where our hooks could not be taken down. `parked` counts what waits for a person,
    `differences` what the last comparison of both sides has left; it ended at `compared_at`, None before the first.
    """

    installation: str
    kommo_host: str
    kommo_account: int
    state: str
    reason: str
    forget_at: int | None
    hooks_left: list[str]
    lag: Lag
    locations: list[LocationLag]
    parked: int
    differences: int
    compared_at: int | None
    last_run: int | None


class ParkedItem(BaseModel):
    """One entry that waits for a person, or was dropped; `reason` is a code, `params` are ids and codes."""

    key: str
    reason: str
    params: Mapping[str, Any]
    since: int
    dropped: bool


class Uninstalled(BaseModel):
    """How far an uninstalling has come: leaving, kept, forgetting, or ended because it was taken back or all is gone.

    `hooks_left` as in `Summary`.
    """

    installation: str
    step: str
    hooks_left: list[str] = []
    forget_at: int | None = None
