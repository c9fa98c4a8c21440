"""Where the board looks, and with which tokens."""

import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.stack.description import AwsAccess, StackDescription

PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Connections:
    """The addresses of both simulators with an administrator's tokens; `aws` None when they run alone.

    `widget` is the widget's archive, which need not be there yet; `api` the URL that it calls, empty when none runs.
    """

    kommo_url: str
    kommo_control: str
    kommo_token: str
    altegio_url: str
    altegio_control: str
    altegio_token: str
    locations: tuple[int, ...]
    widget: Path | None = None
    api: str = ""
    installation: str = ""
    aws: AwsAccess | None = None

    @staticmethod
    def of_stack(stack: StackDescription) -> "Connections":
        """Those of a running stack."""
        return Connections(
            kommo_url=stack.kommo.base_url,
            kommo_control=stack.kommo.control_url,
            kommo_token=stack.kommo.access_token,
            altegio_url=stack.altegio.base_url,
            altegio_control=stack.altegio.control_url,
            altegio_token=stack.altegio.user_token,
            locations=tuple(stack.altegio.locations),
            widget=Path(stack.widget) if stack.widget else None,
            api=stack.api,
            installation=stack.installation,
            aws=stack.aws,
        )

    @staticmethod
    def of_simulators(kommo_url: str, altegio_url: str, widget: Path | None = None) -> "Connections":
        """Ask two simulators that run alone. Raises OSError when one does not answer."""
        kommo_control, altegio_control = f"{kommo_url}/_control", f"{altegio_url}/_control"
        altegio = _ask(f"{altegio_control}/grant", {})
        return Connections(
            kommo_url=kommo_url,
            kommo_control=kommo_control,
            kommo_token=_ask(f"{kommo_control}/access")["access_token"],
            altegio_url=altegio_url,
            altegio_control=altegio_control,
            altegio_token=altegio["look_token"],
            locations=tuple(altegio["locations"]),
            widget=widget,
        )


def _ask(url: str, body: Any = None) -> Any:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)
