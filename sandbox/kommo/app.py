"""The Kommo simulator as a whole: its accounts, and how a request finds its own."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from sandbox.simulator import ControlError, Deliveries, Limits, Options, Refusal, Sequences, Simulator, read_json

from . import (
    account,
    catalogs,
    complex,
    contacts,
    control,
    events,
    fields,
    hooks,
    leads,
    linking,
    notes,
    oauth,
    person,
    pipelines,
    sources,
    tags,
    tasks,
    unsorted,
)
from .call import CALL, Call
from .events import EventLog
from .hooks import Outbox, retry_after
from .load import load
from .problems import OAuthProblem, Problem, oauth_answer, problem_answer
from .scenarios import (
    ACCOUNT_ID,
    CLIENT_ID,
    CLIENT_SECRET,
    CREATED_AT,
    FIRST_IDS,
    REDIRECT_URI,
    SCENARIOS,
    SUBDOMAIN,
    TIMEZONE,
)
from .state import Account, User
from .tokens import API_DOMAIN, Access, Integration

PER_SECOND = 7
RETRY_AFTER = 300
HOOK_DELAY = 0.1
TEXT_SHARE = 0.2
WRITES = ("POST", "PATCH", "DELETE")
API_SUBDOMAIN = API_DOMAIN.partition(".")[0]
YEARS = 5 * 365 * 86400.0

API_ROUTES: list[web.RouteDef] = [
    route
    for module in (
        account, pipelines, unsorted, complex, leads, contacts, linking, tags, notes, tasks, fields, events, sources,
        catalogs, hooks,
    )
    for route in module.ROUTES
]  # fmt: skip


class KommoSimulator(Simulator):
    """Kommo's API v4, OAuth and webhooks over accounts in memory."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.limits = Limits(
            self.clock,
            per_second=PER_SECOND,
            per_minute=None,
            block_after=30,
            block_seconds=60.0,
            extras={
                "limited_body": "mixed",  # json | text | mixed: what a 429 carries
                "latency_seconds": 0.0,
                "seconds_per_element": 0.0,
                "timeout_above": None,  # batches of more elements are answered 504 ...
                "timeout_commits": False,  # ... after having been written
            },
        )
        delay = HOOK_DELAY if options.hook_delay is None else options.hook_delay
        self.deliveries = Deliveries(
            self.clock,
            self.timetable,
            self.chance("hooks"),
            delay_seconds=delay,
            timeout=hooks.TIMEOUT,
            retry_after=retry_after,
            extras={"items_per_body": 20},
        )
        self._body_chance = self.chance("limited bodies")
        self._request_chance = self.chance("request ids")
        self.sequences = Sequences(FIRST_IDS)
        self.accounts: dict[int, Account] = {}
        self.access: Access
        self.administrator_token: str
        self.reset(options.scenario or "empty", everything=True)

    # --- the world ----------------------------------------------------------------------------------------------------

    def reset(self, scenario: str | None, *, everything: bool) -> None:
        """Take deals, contacts and all that hangs on them away; with a scenario, build the account anew too.

        Tokens, subscriptions, sources and the fields that integrations made stay, and ids go on growing, so that an
        installed product goes on working: unless `everything` is to go.
        """
        if scenario is not None and scenario not in SCENARIOS:
            raise ControlError(f"no scenario {scenario}; there are {', '.join(SCENARIOS)}")
        former = self.accounts.get(ACCOUNT_ID)
        fresh = Account(ACCOUNT_ID, SUBDOMAIN, "Linda Salon", TIMEZONE, CREATED_AT)
        fresh.events = EventLog(self.chance("events"))
        fresh.outbox = Outbox(fresh, self.deliveries, self.clock)
        if former is None or everything:
            self.accounts.clear()
            SCENARIOS[scenario or "empty"](fresh)
            self.sequences = Sequences(FIRST_IDS)
        else:
            if scenario is None:
                fresh.users, fresh.pipelines, fresh.loss_reasons = former.users, former.pipelines, former.loss_reasons
                fresh.task_types, fresh.fields, fresh.field_groups = (
                    former.task_types,
                    former.fields,
                    former.field_groups,
                )
            else:
                SCENARIOS[scenario](fresh)
                _keep_fields(former, fresh)
            fresh.subscriptions, fresh.sources = former.subscriptions, former.sources
        self.accounts[ACCOUNT_ID] = fresh
        self._loading = self.chance("load")
        if former is None or everything:
            self._open(fresh)

    def _open(self, opened: Account) -> None:
        """Issue the keys of the first integration and the administrator's token."""
        self.access = Access(self.clock, self.chance("tokens"))
        number = self.sequences.next("integration")
        self.access.integrations[CLIENT_ID] = Integration(
            CLIENT_ID, CLIENT_SECRET, "Bookdeal", "bookdeal", number, REDIRECT_URI
        )
        self.administrator_token = self.access.issue_long_lived(
            opened, self.administrator(opened), None, YEARS, is_administrators=True
        )

    def add_account(self, subdomain: str, scenario: str) -> Account:
        """Another account, for integrations that serve several; it stays until everything is reset."""
        self._require_free(subdomain)
        if scenario not in SCENARIOS:
            raise ControlError(f"no scenario {scenario}; there are {', '.join(SCENARIOS)}")
        added = Account(max(self.accounts) + 1, subdomain, subdomain.title(), TIMEZONE, CREATED_AT)
        added.events = EventLog(self.chance(f"events of {subdomain}"))
        added.outbox = Outbox(added, self.deliveries, self.clock)
        SCENARIOS[scenario](added)
        self.accounts[added.id] = added
        return added

    def rename(self, account: Account, subdomain: str) -> None:
        """Give an account another subdomain."""
        self._require_free(subdomain)
        account.subdomain = subdomain

    def _require_free(self, subdomain: str) -> None:
        if not subdomain or any(one.subdomain == subdomain for one in self.accounts.values()):
            raise ControlError("a subdomain that no account has is expected")

    def load(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Make deals and contacts in bulk."""
        return load(self.call_of_person(given), self._loading, given)

    def summary(self) -> dict[str, Any]:
        """Counts over all accounts."""
        accounts = self.accounts.values()
        return {
            "accounts": len(self.accounts),
            "deals": sum(len(one.leads) for one in accounts),
            "contacts": sum(len(one.contacts) for one in accounts),
            "companies": sum(len(one.companies) for one in accounts),
            "tasks": sum(len(one.tasks) for one in accounts),
            "notes": sum(len(notes_) for one in accounts for notes_ in one.notes.values()),
            "events": sum(len(one.events) for one in accounts),
            "subscriptions": sum(len(one.subscriptions) for one in accounts),
        }

    def account(self, number: int | None = None) -> Account:
        """An account by its id; without one, the first."""
        found = self.accounts.get(number) if number is not None else next(iter(self.accounts.values()))
        if found is None:
            raise ControlError(f"no account {number}")
        return found

    def administrator(self, of: Account) -> User:
        """An account's first administrator."""
        return next(user for user in of.users.values() if user.is_admin)

    def user(self, of: Account, number: int | None) -> User:
        """A user of an account by id; without one, its first administrator."""
        found = self.administrator(of) if number is None else of.users.get(number)
        if found is None:
            raise ControlError(f"no user {number}")
        return found

    def integration(self, client_id: str | None) -> Integration:
        """An integration by its client id; without one, the first."""
        found = self.access.integrations.get(client_id or CLIENT_ID)
        if found is None:
            raise ControlError(f"no integration {client_id}")
        return found

    def call_of_person(self, given: Mapping[str, Any]) -> Call:
        """A call of the person that a control call names by `user_id`, else of the first administrator."""
        of = self.account(given.get("account_id"))
        return Call(self, of, self.user(of, given.get("user_id")), None, f"https://{of.host}")

    # --- requests -----------------------------------------------------------------------------------------------------

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """All routes of the API and of OAuth."""
        return [*API_ROUTES, *oauth.routes(self)]

    def control_routes(self) -> Iterable[web.AbstractRouteDef]:
        """The control calls of this simulator alone."""
        return [*control.routes(self), *person.routes(self)]

    def is_administrator(self, request: web.Request) -> bool:
        """Whether the request carries the administrator's token."""
        token = self.access.peek(_bearer(request))
        return token is not None and token.is_administrators

    def refused(self, request: web.Request, refusal: Refusal) -> web.Response:
        """429, at times without JSON; 403 as text for a blocked address (contract §1.3)."""
        if refusal.kind == "blocked":
            return web.Response(text="403 Forbidden", status=403)
        mode = self.limits.settings["limited_body"]
        if mode == "text" or (mode == "mixed" and self._body_chance.random() < TEXT_SHARE):
            return web.Response(text="Too Many Requests", status=429)
        return self.failure(request, 429)

    def failure(self, request: web.Request, status: int) -> web.Response:
        """The answer with an error status that no handler gave."""
        match status:
            case 401:
                return problem_answer(status, "Invalid user name or password")
            case 402:
                return problem_answer(status, "Payment required")
            case 404:
                return problem_answer(status, f"Cannot {request.method} {request.url}")
            case 405:
                return problem_answer(status, "Method Not Allowed")
            case 429:
                text = "You have sent too many requests in a given amount of time. Please try again later."
                return problem_answer(status, text, retry_after=RETRY_AFTER)
            case 500:
                trace = self._request_chance.randbytes(16).hex()
                return problem_answer(status, "Internal server error", trace_id=trace)
            case 502 | 503 | 504:
                return web.Response(text=f"<html><h1>{status}</h1></html>", status=status, content_type="text/html")
        return problem_answer(status, "Request refused")

    def middlewares(self) -> list[Any]:
        """Whose a request is; refusals as Kommo words them; hooks of what was written."""

        @web.middleware
        async def passage(request: web.Request, handler: Any) -> web.StreamResponse:
            try:
                answer: web.StreamResponse = await self._answer(request, handler)
            except Problem as problem:
                answer = problem_answer(problem.status, problem.detail, **problem.more)
            except OAuthProblem as refusal:
                answer = oauth_answer(refusal)
            answer.headers["X-Request-Id"] = self._request_chance.randbytes(16).hex()
            return answer

        return [passage]

    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith("/api/v4"):
            answer: web.StreamResponse = await handler(request)
            return answer
        call = request[CALL] = self._call(request)
        too_heavy = await self._weigh(request)
        if too_heavy and not self.limits.settings["timeout_commits"]:
            return self.failure(request, 504)
        try:
            answer = await handler(request)
        finally:
            call.account.outbox.flush()
        return self.failure(request, 504) if too_heavy else answer

    def _call(self, request: web.Request) -> Call:
        """Whose the request is, by its token and `X-Context-User-ID`; refuses with 401, 402 or 403."""
        token = self.access.use(_bearer(request))
        if token is None:
            raise Problem(401, "Invalid user name or password")
        of = self.accounts[token.account_id]
        if not is_at_home(request, of):
            raise Problem(404, f"Cannot {request.method} {request.url}")
        unpaid = of.behaviour.unpaid
        refused = unpaid == "everything" or (unpaid == "writes" and request.method in WRITES)
        if refused and not token.is_administrators:
            raise Problem(402, "Payment required")
        user = of.users[token.user_id]
        if context := request.headers.get("X-Context-User-ID"):
            meant = of.users.get(int(context)) if context.isdigit() else None
            if not user.is_admin or meant is None or meant.is_free or not meant.is_active:
                raise Problem(403, "Forbidden")
            user = meant
        return Call(self, of, user, token.client_id, f"{request.scheme}://{request.host}")

    async def _weigh(self, request: web.Request) -> bool:
        """Take the time that the request costs; whether it is a batch too heavy to be answered."""
        settings = self.limits.settings
        most, each = settings["timeout_above"], settings["seconds_per_element"]
        size = 0
        if request.method in WRITES and (most is not None or each):
            body = await read_json(request)
            size = len(body) if isinstance(body, list) else 1
        if seconds := settings["latency_seconds"] + each * size:
            await asyncio.sleep(seconds)
        return most is not None and size > most


def is_at_home(request: web.Request, of: Account) -> bool:
    """Whether a request came to the account's own host; any host that is not an account's will do."""
    host = (request.host or "").partition(":")[0].lower()
    return not host.endswith((".kommo.com", ".amocrm.com")) or host.partition(".")[0] in (of.subdomain, API_SUBDOMAIN)


def _bearer(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _keep_fields(former: Account, fresh: Account) -> None:
    """The fields that integrations made stay defined."""
    for entity_type, known in former.fields.items():
        made = {number: field for number, field in known.items() if not field.is_predefined}
        fresh.fields[entity_type] |= made
        groups = {key: group for key, group in former.field_groups[entity_type].items() if not group.is_predefined}
        fresh.field_groups[entity_type] |= groups
