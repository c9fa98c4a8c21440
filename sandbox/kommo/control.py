"""Control calls about access and behaviour (see the package's docstring)."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from sandbox.simulator import ControlError, json_answer, read_json

from .oauth import redirection
from .state import Account, Behaviour, User
from .tokens import Integration, revoke_signature

if TYPE_CHECKING:
    from .app import KommoSimulator

SERVICE_AGENT = "amoService-oAuth-Code-Sender/1.0"
SERVICE_SECONDS = 3.0
CHOICES = {
    "unpaid": ("no", "writes", "everything"),
    "api_filter": ("on", "ignored", "refused"),
    "unchanged_patch": ("touches", "silent"),
    "batch_refusal": ("all", "elements"),
    "old_refresh_token": ("until_new_is_used", "single_use"),
}

type Given = dict[str, Any]


def behave(behaviour: Behaviour, given: Given) -> None:
    """Set the switches that are named; all or, when one is not understood, none."""
    for key, value in given.items():
        if not hasattr(behaviour, key):
            raise ControlError(f"unknown switch {key}; known: {sorted(asdict(behaviour))}")
        wanted = CHOICES.get(key, (True, False))
        if value not in wanted:
            raise ControlError(f"{key} must be one of {wanted}")
    for key, value in given.items():
        setattr(behaviour, key, value)


def routes(simulator: "KommoSimulator") -> list[web.RouteDef]:
    """The control routes of the Kommo simulator about access and behaviour."""

    async def read(request: web.Request) -> tuple[Given, Account, User, Integration]:
        given: Given = await read_json(request) or {}
        account = simulator.account(given.get("account_id"))
        user = simulator.user(account, given.get("user_id"))
        return given, account, user, simulator.integration(given.get("client_id"))

    def known(account: Account, integration: Integration) -> Given:
        return {
            "account_id": account.id,
            "subdomain": account.subdomain,
            "client_id": integration.client_id,
            "client_secret": integration.client_secret,
            "redirect_uri": integration.redirect_uri,
        }

    async def get_access(_: web.Request) -> web.Response:
        account, integration = simulator.account(), simulator.integration(None)
        users = [{"id": user.id, "name": user.name, "is_admin": user.is_admin} for user in account.users.values()]
        return json_answer(
            {**known(account, integration), "access_token": simulator.administrator_token, "users": users}
        )

    async def grant(request: web.Request) -> web.Response:
        _, account, user, integration = await read(request)
        return json_answer(
            {**simulator.access.issue(account, user.id, integration.client_id), **known(account, integration)}
        )

    async def long_lived(request: web.Request) -> web.Response:
        given, account, user, integration = await read(request)
        seconds = float(given.get("days", 365)) * 86400
        token = simulator.access.issue_long_lived(account, user, integration.client_id, seconds)
        return json_answer({"access_token": token, **known(account, integration)})

    async def widget_token(request: web.Request) -> web.Response:
        given, account, user, integration = await read(request)
        with_admin = bool(given.get("with_is_admin", True))
        token = simulator.access.widget_token(account, user, integration, with_admin=with_admin)
        return json_answer({"token": token})

    async def put_integration(request: web.Request) -> web.Response:
        """Change the integration that is named, or make it; without a `client_id` the first one is meant."""
        given: Given = await read_json(request) or {}
        access = simulator.access
        client_id = given.get("client_id") or simulator.integration(None).client_id
        integration = access.integrations.get(client_id)
        if integration is None:
            number = simulator.sequences.next("integration")
            integration = Integration(client_id, access.uuid(), f"Integration {number}", f"widget_{number}", number, "")
            access.integrations[client_id] = integration
        for key in ("client_secret", "name", "code", "redirect_uri", "revoke_uri"):
            if key in given:
                setattr(integration, key, given[key])
        shown = asdict(integration)
        return json_answer(shown)

    async def install(request: web.Request) -> web.Response:
        """What pressing Install on a widget does: one GET to the redirect URI, 3 s, never again (contract §2.2)."""
        _, account, user, integration = await read(request)
        simulator.access.widgets.setdefault((account.id, integration.client_id), {})
        code = simulator.access.issue_code(account, user, integration.client_id)
        return await call_service(redirection(integration, account, code, None, from_widget=True))

    async def uninstall(request: web.Request) -> web.Response:
        """What removing an integration does: its tokens end, its owner is told (contract §2.7)."""
        _, account, _, integration = await read(request)
        simulator.access.revoke(account, integration.client_id)
        simulator.access.widgets.pop((account.id, integration.client_id), None)
        if not integration.revoke_uri:
            return json_answer({"status": None})
        query = {
            "client_uuid": integration.client_id,
            "account_id": account.id,
            "signature": revoke_signature(integration, account),
        }
        return await call_service(f"{integration.revoke_uri}?{urlencode(query)}")

    async def revoke(request: web.Request) -> web.Response:
        """Access that is lost: its tokens end, nobody is told, and the widget stays."""
        _, account, _, integration = await read(request)
        simulator.access.revoke(account, integration.client_id)
        return json_answer({})

    async def call_service(address: str) -> web.Response:
        timeout = aiohttp.ClientTimeout(total=SERVICE_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": SERVICE_AGENT}) as session,
                session.get(address, allow_redirects=False) as answer,
            ):
                return json_answer({"status": answer.status})
        except (TimeoutError, aiohttp.ClientError):
            return json_answer({"status": 0})

    async def authorization_code(request: web.Request) -> web.Response:
        """A code as consent gives it, without anybody being sent anywhere."""
        _, account, user, integration = await read(request)
        return json_answer({"code": simulator.access.issue_code(account, user, integration.client_id)})

    async def add_account(request: web.Request) -> web.Response:
        """Another account beside the first, filled with a scenario."""
        given: Given = await read_json(request) or {}
        account = simulator.add_account(str(given.get("subdomain") or ""), str(given.get("scenario") or "empty"))
        users = [{"id": user.id, "name": user.name, "is_admin": user.is_admin} for user in account.users.values()]
        return json_answer({"account_id": account.id, "subdomain": account.subdomain, "users": users})

    async def rename(request: web.Request) -> web.Response:
        """Give an account another subdomain: its old host no longer knows it (contract §2.6)."""
        given, account, _, _ = await read(request)
        simulator.rename(account, str(given.get("subdomain") or ""))
        return json_answer({"account_id": account.id, "subdomain": account.subdomain})

    async def rights(request: web.Request) -> web.Response:
        """Make a user an administrator or not, active or not: whoever gave access may lose his rights."""
        given, _, user, _ = await read(request)
        user.is_admin = bool(given.get("is_admin", user.is_admin))
        user.is_active = bool(given.get("is_active", user.is_active))
        return json_answer({"user_id": user.id, "is_admin": user.is_admin, "is_active": user.is_active})

    async def add_user(request: web.Request) -> web.Response:
        """Another user of the account, who is no administrator."""
        given, account, _, _ = await read(request)
        number = max(account.users) + 1
        name = str(given.get("name") or f"User {number}")
        account.users[number] = User(number, name, f"user{number}@example.test", is_admin=False)
        return json_answer({"user_id": number})

    async def get_behaviour(request: web.Request) -> web.Response:
        account_id = request.query.get("account_id")
        return json_answer(asdict(simulator.account(int(account_id) if account_id else None).behaviour))

    async def set_behaviour(request: web.Request) -> web.Response:
        given: Given = await read_json(request) or {}
        behaviour = simulator.account(given.pop("account_id", None)).behaviour
        behave(behaviour, given)
        return json_answer(asdict(behaviour))

    return [
        web.get("/access", get_access),
        web.post("/grant", grant),
        web.post("/long-lived-token", long_lived),
        web.post("/widget-token", widget_token),
        web.post("/integrations", put_integration),
        web.post("/install-widget", install),
        web.post("/uninstall", uninstall),
        web.post("/revoke", revoke),
        web.post("/authorization-code", authorization_code),
        web.post("/accounts", add_account),
        web.post("/rename", rename),
        web.post("/users", add_user),
        web.post("/user-rights", rights),
        web.get("/behaviour", get_behaviour),
        web.post("/behaviour", set_behaviour),
    ]
