"""A simulator of Kommo: API v4 under `/api/v4`, OAuth under `/oauth` and `/oauth2`, webhooks out.

`python -m sandbox.kommo --port 8101`; in a test `run_in_thread(lambda: create_app(KommoSimulator(Options())))`.

Beside the control calls that every simulator has (see `sandbox.simulator`), under `/_control`, all JSON. Where they
take them, `account_id`, `user_id` and `client_id` may be left out: the first account, its first administrator, the
first integration.

Access

`GET /access`
    `{"access_token", "account_id", "subdomain", "client_id", "client_secret", "redirect_uri", "users"}`; the token is
    the administrator's, which meets no limits, no faults and no unpaid account.
`POST /grant`
    `{"user_id", "client_id"}` → a fresh pair of product tokens as if consent had been given: `{"access_token",
    "refresh_token", "expires_in", "token_type", "server_time", "account_id", "subdomain", "client_id",
    "client_secret", "redirect_uri"}`.
`POST /long-lived-token`
    `{"user_id", "days"}` → `{"access_token", ...}` without a refresh token.
`POST /widget-token`
    `{"user_id", "with_is_admin": true}` → `{"token"}`, what a widget sends in `X-Auth-Token`.
`POST /integrations`
    `{"client_id", "client_secret", "name", "code", "redirect_uri", "revoke_uri"}`: changes the integration named, or
    makes it.
`POST /install-widget`, `POST /uninstall`
    The GET to the redirect URI with a code; the end of all tokens and the signed GET to `revoke_uri`. Answer
    `{"status"}`: 0 when there was no answer within 3 s, null when there is no address.
`POST /revoke`
    The end of all tokens, and of nothing else: nobody is told, and the widget stays.
`POST /authorization-code`
    `{"user_id"}` → `{"code"}`, as consent gives it.
`POST /accounts`
    `{"subdomain", "scenario": "empty"}` → `{"account_id", "subdomain", "users"}`: another account beside the first.
`POST /rename`
    `{"subdomain"}`: another subdomain for the account. Its old host answers its calls with 404, its renewals with 401.
`POST /user-rights`
    `{"user_id", "is_admin", "is_active"}`: what a user is from now on.
`GET /oauth?client_id=&state=`
    The consent page (no control call); `&consent=allow` or `deny` answers it at once, `&user_id=` as that user.

A person's doings; each takes `user_id`

`POST /move`     `{"lead", "status_id", "pipeline_id"}`
`POST /edit`     `{"entity": "leads", "id", "changes": {...}}`, the changes as PATCH takes them
`POST /delete`   `{"entity": "leads", "ids": [...]}`, likewise `POST /restore`
`POST /merge`    `{"entity", "winner", "losers": [...]}`

Behaviour

`GET, POST /behaviour`
    The switches of `state.Behaviour`, such as `{"unpaid": "writes"}`, `{"old_refresh_token": "single_use"}`,
    `{"api_filter": "ignored"}`, `{"duplicate_control": true}`.
`POST /limits`
    More keys: `limited_body` (json, text, mixed), `latency_seconds`, `seconds_per_element`, `timeout_above` (elements
    of a batch that is answered 504), `timeout_commits`.
`POST /webhooks`
    One more key: `items_per_body` (20).
`POST /load`
    `{"deals": n, "contacts": n, "pipeline_id"}`.
`POST /reset`
    Scenarios: `demo` (pipelines Sales and Salon), `empty` (Sales alone). Without a scenario only data go: deals,
    contacts, companies, tasks, notes, tags, events, incoming leads, lists. With one, pipelines and users are built anew
    as well. In both cases tokens, subscriptions, sources and the fields that integrations made stay, and ids go on
    growing; `{"everything": true}` begins from nothing, with the same administrator's token.

A late commit (see `sandbox.simulator`) has the ids and stamps of the moment of its request.
"""

from .app import KommoSimulator

__all__ = ["KommoSimulator"]
