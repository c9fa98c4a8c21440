"""What the desk can be asked: one kind of request for each thing, named by `command`."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, model_validator

from bookdeal.installs.settings_file import SettingsFile
from bookdeal.runtime.errors import Invalid

type InstallationId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.-]+$")]

type Reason = Annotated[str, Field(pattern=r"^[a-z_]{1,60}$")]

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
    """What waits for a person, page by page: for a `reason`, at a `location`, or all; or what was `dropped`."""

    command: Literal["parked"]
    reason: Reason | None = None
    location: int | None = None
    dropped: bool = False
    after: str = ""
    limit: int = Field(100, ge=1, le=1000)


class _OfParked(OfInstallation):
    """A request about one parked booking (location and id), or about all that wait for a reason."""

    booking: tuple[int, int] | None = None
    reason: Reason | None = None
    location: int | None = None

    @model_validator(mode="after")
    def _is_named_once(self) -> Self:
        if (self.booking is None) is (self.reason is None) or (self.location and self.booking):
            raise ValueError("a booking, or a reason")
        return self


class Send(_OfParked):
    """Send parked work again; answers with the command that the mover carries out."""

    command: Literal["send"]


class Drop(_OfParked):
    """Let nothing be done about parked work until its bookings change; answers with the command."""

    command: Literal["drop"]


class Compare(OfInstallation):
    """Compare all bookings with their deals now; answers with the command."""

    command: Literal["compare"]


class Differences(OfInstallation):
    """What the last comparison has proved, and what differs, page by page."""

    command: Literal["differences"]
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


class Integrations(Request):
    """The integrations of the stack, without their secrets."""

    command: Literal["integrations"]


class Register(Request):
    """Register an integration, or give it a new secret."""

    command: Literal["register"]
    client_id: str = Field(max_length=100)
    secret: SecretStr = Field(max_length=1000)
    redirect_uri: str = Field(max_length=1000)
    is_public: bool = False


class Remove(Request):
    """Forget an integration."""

    command: Literal["remove"]
    client_id: str


class Invite(Request):
    """The address at which a Kommo administrator connects his account by an integration."""

    command: Literal["invite"]
    client_id: str


class Connect(Request):
    """Connect an account by a long-lived token of a private integration: without a consent, and never refreshed."""

    command: Literal["connect"]
    client_id: str = Field(max_length=100)
    host: str = Field(max_length=200)
    token: SecretStr = Field(max_length=5000)


class _OfPerson(OfInstallation):
    """A request about one person, named in one way."""

    phone: str = Field("", max_length=50)
    email: str = Field("", max_length=300)
    client: tuple[int, int] | None = Field(None, description="location and client id in Altegio")
    contact: int | None = Field(None, description="contact id in Kommo")

    @model_validator(mode="after")
    def _is_named_once(self) -> Self:
        if sum(map(bool, (self.phone, self.email, self.client, self.contact))) != 1:
            raise ValueError("one way to name the person")
        return self


class ExportPerson(_OfPerson):
    """All that is kept of a person, page by page."""

    command: Literal["export_person"]
    after: str = ""


class ErasePerson(_OfPerson):
    """Remove all that is kept of a person; answers with the command that the mover carries out."""

    command: Literal["erase_person"]


class RebuildLinks(OfInstallation):
    """Rebuild the links from the deals; until that is done nothing else is. Answers with the command."""

    command: Literal["rebuild_links"]


class ExportSettings(OfInstallation):
    """The settings as a file."""

    command: Literal["export_settings"]


class ImportSettings(OfInstallation):
    """What a settings file means for this account; saved with `save`, if nothing is wrong."""

    command: Literal["import_settings"]
    file: SettingsFile
    save: bool = False


class CommandState(OfInstallation):
    """What became of a command."""

    command: Literal["command"]
    id: str = Field(max_length=100)


class WorkOff(Request):
    """Go on with all uninstallings that have something to do; asked by the schedule."""

    command: Literal["work_off_uninstalls"]


type AnyRequest = (
    List
    | Show
    | Parked
    | Send
    | Drop
    | Compare
    | Differences
    | Pause
    | Resume
    | Uninstall
    | Integrations
    | Register
    | Remove
    | Invite
    | Connect
    | ExportPerson
    | ErasePerson
    | RebuildLinks
    | ExportSettings
    | ImportSettings
    | CommandState
    | WorkOff
)

_REQUEST: TypeAdapter[AnyRequest] = TypeAdapter(Annotated[AnyRequest, Field(discriminator="command")])


def request_from(event: Any) -> AnyRequest:
    """Read a request. Raises Invalid that names the field which is wrong, never what stood in it."""
    try:
        return _REQUEST.validate_python(event)
    except ValidationError as error:
        place = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise Invalid("request", params={"field": ".".join(str(piece) for piece in place[1:]) or "request"}) from None
