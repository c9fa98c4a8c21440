"""The bodies of the preview's routes."""

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, Field

from bookdeal.bookings.previews import Previews
from bookdeal.installs.settings_form import SettingsForm
from bookdeal.runtime.api import Body

PAGE = 100
"""Rows on a page."""


class PreviewBody(Body):
    """Settings to be tried on the visits from so many days ago to so many days ahead. They are not saved."""

    settings: SettingsForm
    days: Annotated[int, Field(ge=0, le=90)] = 7
    ahead: Annotated[int, Field(ge=0, le=365)] = 90


class PreviewRow(BaseModel):
    """One booking of a group. `deal` 0: it would be made. `why` is what each rule that was tried has met."""

    location: int
    booking: int
    deal: int
    why: Mapping[str, Any] | None


class PreviewRows(BaseModel):
    """A page of a group's rows. `more` is the next page's `after`, "" for none."""

    rows: tuple[PreviewRow, ...]
    more: str

    @staticmethod
    def read(previews: Previews, command: str, group: str, after: str) -> "PreviewRows":
        """Return a page of the rows of a preview's group; there are none of a group that is not there."""
        location, _, booking = after.partition("-")
        start = (int(location), int(booking)) if booking else None
        page = list(islice(previews.rows(command, group, after=start, page=PAGE + 1), PAGE + 1))
        shown = tuple(
            PreviewRow(location=row.booking[0], booking=row.booking[1], deal=row.deal, why=row.why)
            for row in page[:PAGE]
        )
        more = f"{shown[-1].location}-{shown[-1].booking}" if len(page) > PAGE else ""
        return PreviewRows(rows=shown, more=more)
