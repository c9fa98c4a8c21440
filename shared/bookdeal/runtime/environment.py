"""What each function is told by its environment: one class per function, read at once, every fault named."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any


class BadEnvironment(Exception):
    """The function was deployed without what it needs; the text names the variables, never their values."""


@dataclass(frozen=True, slots=True)
class IntakeEnvironment:
    """What the two webhook functions need."""

    hints_queue_url: str
    webhook_keys_parameter: str


@dataclass(frozen=True, slots=True)
class SweepEnvironment:
    """What the sweep needs. `sweep_interval_seconds`: so often an installation is read whose hooks are heard."""

    installations_table: str
    hints_queue_url: str
    sweep_interval_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class WorkerEnvironment:
    """What the mover needs, which talks to the providers.

    `egress_address` names the address that requests leave from: the providers count requests by it. Rates are what
    Bookdeal allows itself there; `kommo_field_changes_per_hour` is what bulk work may write in one account.
    `webhook_keys_parameter` holds the keys of webhook addresses; `altegio_application` is
    the id of our application in Altegio's marketplace and `altegio_application_token_parameter` holds its user token,
    both "" where there is none. `sweep_interval_seconds` as in `SweepEnvironment`; the nightly comparison looks at
    visits up to `comparison_days_back` ago and `comparison_days_ahead`. `brand_name` is the name under which people
    know us, for texts that they read; nothing of ours is recognised by it.
    """

    installations_table: str
    credentials_table: str
    links_table: str
    parked_table: str
    decisions_table: str
    scratch_table: str
    hints_queue_url: str
    tokens_key_id: str
    altegio_partner_token_parameter: str
    altegio_base_url: str
    kommo_base_url: str = "https://{host}"
    egress_address: str = "shared"
    kommo_requests_per_second: float = 5.6
    kommo_field_changes_per_hour: float = 20_000.0
    altegio_requests_per_second: float = 4.0
    altegio_requests_per_minute: float = 160.0
    webhook_keys_parameter: str = ""
    altegio_application: str = ""
    altegio_application_token_parameter: str = ""
    kommo_consent_url: str = "https://www.kommo.com/oauth"
    sweep_interval_seconds: float = 300.0
    comparison_days_back: float = 31.0
    comparison_days_ahead: float = 180.0
    brand_name: str = "Bookdeal"


@dataclass(frozen=True, slots=True)
class KommoConnectEnvironment:
    """What the function needs that Kommo sends people and codes to. `kommo_consent_url` is Kommo's consent page.

    `brand_name` as in `WorkerEnvironment`.
    """

    installations_table: str
    credentials_table: str
    hints_queue_url: str
    tokens_key_id: str
    webhook_keys_parameter: str
    kommo_consent_url: str = "https://www.kommo.com/oauth"
    brand_name: str = "Bookdeal"


@dataclass(frozen=True, slots=True)
class AltegioConnectEnvironment:
    """What the function needs that Altegio's marketplace sends people and news to.

    `brand_name` as in `WorkerEnvironment`.
    """

    installations_table: str
    hints_queue_url: str
    altegio_partner_token_parameter: str
    webhook_keys_parameter: str
    altegio_application: str = ""
    kommo_consent_url: str = "https://www.kommo.com/oauth"
    brand_name: str = "Bookdeal"


@dataclass(frozen=True, slots=True)
class WidgetEnvironment(WorkerEnvironment):
    """What a function of the widget's API needs.

    `widget_origins`: origins, comma-separated, that the widget may call from beside the account hosts of Kommo.
    """

    widget_origins: str = ""


def load[E](kind: type[E], environ: Mapping[str, str] | None = None) -> E:
    """Read an environment: the field `links_table` from LINKS_TABLE, and so on; an empty variable counts as missing.

    Raises BadEnvironment that names every variable which is missing or is no number where one is asked for.
    """
    source = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    faults: list[str] = []
    for each in fields(kind):  # type: ignore[arg-type] # mypy cannot bound a type variable to dataclasses
        name = each.name.upper()
        text = source.get(name, "")
        if not text:
            if each.default is MISSING:
                faults.append(f"{name} is missing")
            continue
        try:
            values[each.name] = float(text) if each.type is float else text
        except ValueError:
            faults.append(f"{name} is no number")
    if faults:
        raise BadEnvironment("; ".join(faults))
    return kind(**values)
