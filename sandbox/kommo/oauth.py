"""OAuth: consent, the token endpoint, the account's present subdomain (contract §2.2–§2.6)."""

import html
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from sandbox.simulator import BrokenJson, json_answer, read_json

from .problems import OAuthProblem, Problem
from .state import Account
from .tokens import Integration

if TYPE_CHECKING:
    from .app import KommoSimulator

MALFORMED = "Check the request parameters"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px system-ui; max-width: 28rem; margin: 4rem auto; padding: 0 1rem }}
button {{ font: inherit; padding: .5rem 1rem }}
</style>
</head><body><h1>{name}</h1><p>asks for access to the account {account}.</p>
<form method="post" action="/oauth/consent">{hidden}
<button name="answer" value="allow">Allow</button>
<button name="answer" value="deny">Deny</button></form></body></html>"""


def redirection(
    integration: Integration, account: Account, code: str | None, state: str | None, *, from_widget: bool = False
) -> str:
    """Where consent leads back to: with a code, or with a refusal when `code` is None."""
    query: dict[str, str] = {}
    if code is None:
        query["error"] = "access_denied"
    else:
        query |= {"code": code, "referer": account.host, "platform": "2"}
        if from_widget:
            query["from_widget"] = "1"
    if state is not None:
        query["state"] = state
    query["client_id"] = integration.client_id
    joint = "&" if "?" in integration.redirect_uri else "?"
    return f"{integration.redirect_uri}{joint}{urlencode(query)}"


def routes(simulator: "KommoSimulator") -> list[web.RouteDef]:
    """The OAuth routes."""

    def integration_of(client_id: str) -> Integration:
        found = simulator.access.integrations.get(client_id)
        if found is None:
            raise Problem(404, "Integration not found")
        return found

    def lead_back(given: dict[str, str], *, allowed: bool) -> web.Response:
        integration = integration_of(given.get("client_id", ""))
        account = simulator.account()
        user = account.users.get(int(given["user_id"])) if given.get("user_id") else simulator.administrator(account)
        if user is None:
            raise Problem(404, "User not found")
        code = simulator.access.issue_code(account, user, integration.client_id) if allowed else None
        address = redirection(integration, account, code, given.get("state"))
        return web.Response(status=302, headers={"Location": address})

    async def authorize(request: web.Request) -> web.Response:
        """The consent page; `consent=allow` or `deny` in the query answers it at once, `user_id` as that user."""
        given = dict(request.query)
        integration = integration_of(given.get("client_id", ""))
        if given.get("consent") in ("allow", "deny"):
            return lead_back(given, allowed=given["consent"] == "allow")
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(key)}" value="{html.escape(value)}">'
            for key, value in given.items()
            if key in ("client_id", "state", "user_id")
        )
        account = html.escape(simulator.account().host)
        page = PAGE.format(name=html.escape(integration.name), account=account, hidden=hidden)
        return web.Response(text=page, content_type="text/html")

    async def consent(request: web.Request) -> web.Response:
        """The consent page's form."""
        given = {key: str(value) for key, value in (await request.post()).items()}
        return lead_back(given, allowed=given.get("answer") == "allow")

    async def token(request: web.Request) -> web.Response:
        """A code or a refresh token for a pair of tokens."""
        given = await _given(request)
        integration = simulator.access.client(_text(given, "client_id"), _text(given, "client_secret"))
        if _text(given, "redirect_uri") != integration.redirect_uri:
            raise OAuthProblem(400, MALFORMED)
        match given.get("grant_type"):
            case "authorization_code":
                code = simulator.access.exchange_code(integration, _text(given, "code"))
                account, user_id, former = account_here(request, code.account_id), code.user_id, None
            case "refresh_token":
                refresh = _text(given, "refresh_token")
                owner = simulator.access.refresh_owner(refresh)
                account = account_here(request, owner.account_id) if owner else simulator.account()
                single_use = account.behaviour.old_refresh_token == "single_use"
                used = simulator.access.exchange_refresh(integration, refresh, single_use=single_use)
                user_id, former = used.user_id, None if single_use else refresh
            case _:
                raise OAuthProblem(400, MALFORMED)
        return json_answer(simulator.access.issue(account, user_id, integration.client_id, former))

    def account_here(request: web.Request, account_id: int) -> Account:
        """The account, if the request came to its host; any host that is not Kommo's will do."""
        account = simulator.accounts[account_id]
        host = (request.host or "").partition(":")[0].lower()
        if host.endswith((".kommo.com", ".amocrm.com")) and host.partition(".")[0] != account.subdomain:
            raise OAuthProblem(401, None)
        return account

    async def current_subdomain(request: web.Request) -> web.Response:
        """Where the account of a refresh token is now."""
        owner = simulator.access.refresh_owner(request.headers.get("X-Refresh-Token", ""))
        return _where(simulator.accounts[owner.account_id] if owner else None)

    async def subdomain(request: web.Request) -> web.Response:
        """The same by access token: the older form."""
        owner = simulator.access.use(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return _where(simulator.accounts[owner.account_id] if owner else None)

    return [
        web.get("/oauth", authorize),
        web.post("/oauth/consent", consent),
        web.post("/oauth2/access_token", token),
        web.get("/oauth2/account/current/subdomain", current_subdomain),
        web.get("/oauth2/account/subdomain", subdomain),
    ]


async def _given(request: web.Request) -> dict[str, Any]:
    try:
        given = await read_json(request)
    except BrokenJson as error:
        raise OAuthProblem(400, MALFORMED) from error
    if not isinstance(given, dict):
        raise OAuthProblem(400, MALFORMED)
    return given


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    return value if isinstance(value, str) else ""


def _where(account: Account | None) -> web.Response:
    if account is None:
        raise Problem(401, "Invalid user name or password")
    return json_answer(
        {"id": account.id, "subdomain": account.subdomain, "domain": account.host, "top_level_domain": "com"}
    )
