"""What a running stack tells the world: the content of `stack.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class KommoAccess:
    """Kommo's simulator and the account in it. `access_token` is an administrator's."""

    base_url: str
    control_url: str
    account_id: int
    subdomain: str
    client_id: str
    client_secret: str
    access_token: str


@dataclass(frozen=True, slots=True)
class AltegioAccess:
    """Altegio's simulator and the partner and user in it. `user_token` is an administrator's."""

    base_url: str
    control_url: str
    partner_token: str
    user_token: str
    login: str
    password: str
    locations: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """What `demo.install` has installed."""

    installation: str
    kommo: KommoAccess
    altegio: AltegioAccess


@dataclass(frozen=True, slots=True)
class AwsAccess:
    """The emulated AWS."""

    endpoint_url: str
    region: str


@dataclass(frozen=True, slots=True)
class StackDescription:
    """A running stack. `api` is the URL of the API's stage.

    `board` is empty when no board was started, `widget`, the path of the widget's archive, when none was packed.
    """

    api: str
    board: str
    widget: str
    installation: str
    kommo: KommoAccess
    altegio: AltegioAccess
    aws: AwsAccess

    def to_json(self) -> str:
        """Return the text of `stack.json`."""
        return json.dumps(asdict(self), indent=2)

    @staticmethod
    def load(path: Path) -> "StackDescription":
        """Read a `stack.json`. Raises OSError when there is none."""
        values: dict[str, Any] = json.loads(path.read_text())
        return StackDescription(
            api=values["api"],
            board=values["board"],
            widget=values["widget"],
            installation=values["installation"],
            kommo=KommoAccess(**values["kommo"]),
            altegio=AltegioAccess(**values["altegio"]),
            aws=AwsAccess(**values["aws"]),
        )
