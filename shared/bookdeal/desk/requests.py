"""What the desk can be asked: one kind of request for each thing, named by `command`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bookdeal.runtime.errors import Invalid

type InstallationId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.-]+$")]

MOST_A_PAGE = 33
"""Installations on one page: their parts are read in one go."""


class Request(BaseModel):
    """A request; `command` names its kind."""

    command: str
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfInstallation(Request):
    """A request about one installation."""

    installation: InstallationId


class List(Request):
    """Installations, page by page; `after` is what the page before answered as `next`."""

    command: Literal["list"]
    after: str = ""
    limit: int = Field(MOST_A_PAGE, ge=1, le=MOST_A_PAGE)


class Show(OfInstallation):
    """One installation."""

    command: Literal["show"]


class Parked(OfInstallation):
    """What waits for a person, page by page."""

    command: Literal["parked"]
    after: str = ""
    limit: int = Field(100, ge=1, le=1000)


class Pause(OfInstallation):
    """Let nothing be written for an installation until it is resumed."""

    command: Literal["pause"]


class Resume(OfInstallation):
    """End a pause of the operator's, and read every location again."""

    command: Literal["resume"]


class Uninstall(OfInstallation):
    """Take the hooks down and destroy the tokens now, forget all else after thirty days."""

    command: Literal["uninstall"]


class WorkOff(Request):
    """Go on with all uninstallings that have something to do; asked by the schedule."""

    command: Literal["work_off_uninstalls"]


type AnyRequest = List | Show | Parked | Pause | Resume | Uninstall | WorkOff

_REQUEST: TypeAdapter[AnyRequest] = TypeAdapter(Annotated[AnyRequest, Field(discriminator="command")])


def request_from(event: Any) -> AnyRequest:
    """Read a request. Raises Invalid that names the field which is wrong, never what stood in it."""
    try:
        return _REQUEST.validate_python(event)
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise Invalid("request", params={"field": ".".join(str(piece) for piece in place[1:]) or "command"}) from None
