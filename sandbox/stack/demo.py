"""Installs the account of the local stack: what a person does with consent pages and settings, done by a program.

The product's own code does the work; only what a person would be asked for is asked of the simulators instead.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from bookdeal.installs.access import WELL_SECONDS
from bookdeal.installs.connections import ALTEGIO, KOMMO, Connections
from bookdeal.installs.installation import ACCESS, STATE, Installation, Installations, Layout
from bookdeal.installs.integrations import REDIRECT_PATH, Integration, Integrations
from bookdeal.installs.layout import refresh_layout
from bookdeal.installs.users import UserStore
from bookdeal.installs.webhooks import listen_to_altegio, listen_to_kommo
from bookdeal.model.booking import BookingStatus, Location
from bookdeal.model.hint import Hint, HintKind
from bookdeal.model.settings import Mapping as StageMapping
from bookdeal.model.settings import Settings, StatusSync, SyncMode, TaskTemplate
from bookdeal.runtime.clock import Deadline, SystemClock
from bookdeal.runtime.credentials import Secret, Vault
from bookdeal.runtime.environment import WorkerEnvironment
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.queue import Hints
from bookdeal.runtime.store import Store, Table
from bookdeal.runtime.webhook_key import server_keys

from .deployment import Deployment
from .description import Account, AltegioAccess, KommoAccess

INSTALLATION = "demo"
APPLICATION = 4_321
"""The simulated marketplace's application."""

PIPELINE = "Salon"
STAGES = {
    BookingStatus.WAITING: "New booking",
    BookingStatus.CONFIRMED: "Confirmed",
    BookingStatus.ARRIVED: "Arrived",
    BookingStatus.NO_SHOW: "No-show",
}
LOST = "lost"
TASK = TaskTemplate(text="Confirm {services} with {client}, {date} {time}", minutes_before=24 * 60)
SECONDS = 60.0


def install(
    deployment: Deployment,
    *,
    kommo_base_url: str,
    altegio_base_url: str,
    recorded: Path | None = None,
    statistics: bool = True,
) -> Account:
    """Install the account: access to both sides, settings, fields, webhooks, and the first reading of all bookings.

    The administrator has an Altegio login, so that he can book at once; the others are asked for theirs.

    A recorded location gets deals without tasks: its visits lie in the past. `statistics` as in the settings.
    """
    addresses = {
        "redirect_uri": deployment.api + REDIRECT_PATH,
        "revoke_uri": f"{deployment.api}{REDIRECT_PATH}/gone",
    }
    integration = _control(kommo_base_url, "POST", "integrations", addresses)
    kommo_grant = _control(kommo_base_url, "POST", "grant")
    kommo_access = _control(kommo_base_url, "GET", "access")
    _install_widget(kommo_base_url, integration["code"], kommo_access["access_token"])
    altegio_grant = _control(altegio_base_url, "POST", "grant")
    deployment.put_secret("altegio-partner-token", altegio_grant["partner_token"])
    deployment.put_secret("altegio-application-token", altegio_grant["application_token"])
    desk = _Desk(deployment, kommo_base_url, altegio_base_url, altegio_grant["partner_token"])
    desk.integrations.register(
        Integration(kommo_grant["client_id"], kommo_grant["client_secret"], kommo_grant["redirect_uri"])
    )
    desk.vault.store(INSTALLATION, KOMMO, _kommo_secret(kommo_grant))
    desk.vault.store(INSTALLATION, ALTEGIO, Secret(access=altegio_grant["user_token"]))

    installation = Installation(
        id=INSTALLATION,
        kommo_host=f"{kommo_grant['subdomain']}.kommo.com",
        kommo_account=kommo_grant["account_id"],
        locations=(),
        generation=1,
        paused=None,
        phone_salt=secrets.token_hex(16),
        settings=Settings(statistics=statistics),
        layout=None,
        state=None,
        client_id=kommo_grant["client_id"],
    )
    altegio = desk.connections.altegio(installation)
    locations = tuple(altegio.location(int(location)) for location in altegio_grant["locations"])
    layout = refresh_layout(desk.installations, installation, desk.connections.kommo(installation, None))
    installation = _with_settings(installation, locations, layout, task=None if recorded else TASK)
    desk.installations.write(installation)
    administrator = next(user["id"] for user in kommo_access["users"] if user["is_admin"])
    desk.users.log_in(administrator, altegio_grant["login"], altegio_grant["password"], altegio)
    desk.table.put({"installation": INSTALLATION, "part": STATE, "due_at": int(time.time())})
    desk.table.put({"installation": INSTALLATION, "part": ACCESS, "due_at": int(time.time()) + WELL_SECONDS})

    server_key = server_keys(deployment.secret("webhook-keys"))[0]
    listen_to_kommo(desk.connections.kommo(installation, layout), installation, deployment.api, server_key)
    listen_to_altegio(altegio, installation, deployment.api, server_key)
    everything = Hint(HintKind.LOCATION, "person", INSTALLATION, seen_at=time.time(), correlation_id="installation")
    Hints(deployment.outputs["HintsQueueUrl"], deployment.client("sqs")).send([everything])
    return Account(
        INSTALLATION,
        _kommo_access(kommo_base_url, kommo_access),
        _altegio_access(altegio_base_url, altegio_grant),
    )


class _Desk:
    """The product's tools, pointed at a deployment from outside."""

    def __init__(self, deployment: Deployment, kommo_base_url: str, altegio_base_url: str, partner_token: str) -> None:
        outputs, clock, counters = deployment.outputs, SystemClock(), Counters()
        environment = WorkerEnvironment(
            installations_table=outputs["InstallationsTable"],
            credentials_table=outputs["CredentialsTable"],
            links_table=outputs["LinksTable"],
            parked_table=outputs["ParkedTable"],
            decisions_table=outputs["DecisionsTable"],
            scratch_table=outputs["ScratchTable"],
            hints_queue_url=outputs["HintsQueueUrl"],
            tokens_key_id=outputs["TokensKeyId"],
            altegio_partner_token_parameter=deployment.parameter_name("altegio-partner-token"),
            altegio_base_url=altegio_base_url,
            kommo_base_url=kommo_base_url,
            webhook_keys_parameter=deployment.parameter_name("webhook-keys"),
            altegio_application=str(APPLICATION),
            altegio_application_token_parameter=deployment.parameter_name("altegio-application-token"),
        )
        store = Store(deployment.client("dynamodb"), clock, counters)
        credentials = store.table(environment.credentials_table, "installation", "provider")
        self.vault = Vault(credentials, deployment.client("kms"), environment.tokens_key_id, clock)
        self.table: Table = store.table(environment.installations_table, "installation", "part")
        self.users = UserStore(self.table, credentials, self.vault, INSTALLATION)
        self.installations = Installations(self.table)
        self.integrations = Integrations(self.table, self.vault)
        self.connections = Connections(
            environment=environment,
            vault=self.vault,
            scratch=store.table(environment.scratch_table, "key"),
            partner_token=lambda: partner_token,
            seen_rates={},
            clock=clock,
            deadline=Deadline.within(clock, SECONDS),
            counters=counters,
            accounts=self.table,
        )


def _with_settings(
    installation: Installation, locations: tuple[Location, ...], layout: Layout, *, task: TaskTemplate | None
) -> Installation:
    """Return the installation with its locations and one simple mapping into the salon's pipeline."""
    pipeline = next(pipeline for pipeline in layout.pipelines if pipeline.name == PIPELINE)
    by_name = {stage.name: stage.id for stage in pipeline.stages}
    stages: dict[BookingStatus, int | None] = {status: by_name[name] for status, name in STAGES.items()}
    stages[BookingStatus.CANCELLED] = next(stage.id for stage in pipeline.stages if stage.kind == LOST)
    mapping = StageMapping(pipeline.id, None, stages)
    settings = replace(installation.settings, status_sync=StatusSync(SyncMode.SIMPLE, mapping), task=task)
    return replace(installation, locations=locations, layout=layout, settings=settings)


def _kommo_secret(grant: Mapping[str, Any]) -> Secret:
    now = time.time()
    return Secret(
        access=grant["access_token"],
        refresh=grant["refresh_token"],
        issued_at=now,
        expires_at=now + grant["expires_in"],
        client_id=grant["client_id"],
        client_secret=grant["client_secret"],
        redirect_uri=grant["redirect_uri"],
    )


def _kommo_access(base_url: str, access: Mapping[str, Any]) -> KommoAccess:
    return KommoAccess(
        base_url=base_url,
        control_url=f"{base_url}/_control",
        account_id=access["account_id"],
        subdomain=access["subdomain"],
        client_id=access["client_id"],
        client_secret=access["client_secret"],
        access_token=access["access_token"],
    )


def _altegio_access(base_url: str, grant: Mapping[str, Any]) -> AltegioAccess:
    return AltegioAccess(
        base_url=base_url,
        control_url=f"{base_url}/_control",
        partner_token=grant["partner_token"],
        user_token=grant["look_token"],
        login=grant["login"],
        password=grant["password"],
        locations=grant["locations"],
    )


def _install_widget(base_url: str, code: str, token: str) -> None:
    """Let the account have the integration's widget, as Install does in Kommo's settings."""
    address, headers = f"{base_url}/api/v4/widgets/{code}", {"Authorization": f"Bearer {token}"}
    requests.post(address, json={}, headers=headers, timeout=30).raise_for_status()


def _control(base_url: str, method: str, call: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Make a control call of a simulator of this machine."""
    if urlsplit(base_url).hostname != "127.0.0.1":
        raise ValueError("only simulators of this machine are controlled")
    body = (given or {}) if method == "POST" else None
    answer = requests.request(method, f"{base_url}/_control/{call}", json=body, timeout=30)
    answer.raise_for_status()
    content: dict[str, Any] = answer.json()
    return content
