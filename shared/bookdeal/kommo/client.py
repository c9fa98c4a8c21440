"""Kommo's API v4 for one account: Bookdeal's deals, contacts and tasks in and out (contract §1, §4–§9).

Errors beside those of `bookdeal.runtime.http`: Rejected when Kommo refuses what was sent, with the refused elements;
Revoked when access is lost, with the reason; NotFound for an account that is not at this host; RateLimited with a long
wait when our address is blocked; BatchTooHeavy and UnknownOutcome when a write may or may not have been done.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import StrEnum
from itertools import count
from typing import Any, Literal, Protocol

import pydantic_core
from pydantic import BaseModel, TypeAdapter, ValidationError

from bookdeal.kommo import models
from bookdeal.model.deal import (
    Account,
    Contact,
    ContactChange,
    Deal,
    DealChange,
    Field,
    LossReason,
    NewContact,
    NewDeal,
    NewField,
    NewPipeline,
    NewTask,
    Pipeline,
    Tag,
    Task,
    TaskType,
    User,
)
from bookdeal.model.happening import Happening, HappeningKind
from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.errors import (
    BatchTooHeavy,
    Invalid,
    NotFound,
    RateLimited,
    Refusal,
    Rejected,
    Revoked,
    Transient,
    UnknownOutcome,
)
from bookdeal.runtime.http import Http, HttpResponse
from bookdeal.runtime.limiter import Lane, Limiter, Rate

PAGE = 250
LARGEST_BATCH = 250
IDS_A_READ = 150
FIELDS_A_PAGE = 50
EVENTS_A_PAGE = 100
FIELD_BURST = 0.125
"""The part of an hour's field changes that may go at once when none were made for a while: one full batch of deals."""
BLOCKED_WAIT = 900.0
"""Seconds to leave an address alone that Kommo has blocked."""

type Query = list[tuple[str, str | int]]
type _Marks = Sequence[str] | None


class Tokens(Protocol):
    """Where the access token comes from."""

    def access(self) -> str:
        """Return a token that should work now."""
        ...

    def rejected(self) -> None:
        """Take note that the token did not work: the next `access` gives another one, or this raises Revoked."""
        ...


class Ring(StrEnum):
    """What rings a webhook; the value is Kommo's word for it (contract §9.1)."""

    DEAL_ADDED = "add_lead"
    DEAL_CHANGED = "update_lead"
    DEAL_MOVED = "status_lead"
    DEAL_GONE = "delete_lead"
    DEAL_BACK = "restore_lead"
    CONTACT_GONE = "delete_contact"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook of the account. `enabled` is False once Kommo has switched it off after too many failures."""

    destination: str
    rings: frozenset[Ring]
    enabled: bool


def rates(egress: str, installation: str, requests_per_second: float) -> tuple[Rate, Rate]:
    """Return the budgets that a request to Kommo takes from: the installation's, and that of our address."""
    return (
        Rate.per(1, requests_per_second, f"rate#kommo#installation#{installation}"),
        Rate.per(1, requests_per_second, f"rate#kommo#egress#{egress}"),
    )


def field_rate(installation: str, changes_per_hour: float) -> Rate:
    """Return the budget from which bulk work takes one for each field that it writes (contract §3).

    Any hour then holds at most `changes_per_hour`: above Kommo's limit the account's own triggers stop for an hour.
    """
    burst = max(1, int(changes_per_hour * FIELD_BURST))
    return Rate.per(3600, changes_per_hour - burst, f"rate#kommo#fields#{installation}", burst=burst)


@dataclass(frozen=True, slots=True, kw_only=True)
class KommoClient:
    """One account. `base_url` is its origin; `zone` its time zone; `rates` as `rates` above returns them.

    `field_rate` is what bulk work takes from for each field that it writes, None where it is not counted.

    `lane` and `deadline` are those of the work under way; `within` gives the same client for other work.
    """

    base_url: str
    http: Http
    tokens: Tokens
    limiter: Limiter
    rates: Sequence[Rate]
    lane: Lane
    deadline: Deadline
    zone: tzinfo
    field_rate: Rate | None = None

    def within(self, *, lane: Lane | None = None, deadline: Deadline | None = None) -> "KommoClient":
        """Return this client with another lane or deadline."""
        return replace(self, lane=lane or self.lane, deadline=deadline or self.deadline)

    # The account

    def account(self) -> Account:
        """Return the account. `language` is its own, else that of the user whose token this is, else ""."""
        answer = self._read("/account", [("with", "datetime_settings")])
        account = _validated(models.WireAccount, answer)
        return account.account(account.language or self._language(account.current_user_id))

    def _language(self, user: int) -> str:
        # Only an administrator may look at users; without the right there is no language to be had (contract §7).
        try:
            answer = self._read("/users/{id}", path=f"/users/{user}", is_essential=False) if user else None
        except (Rejected, NotFound):
            return ""
        language = answer.get("lang") if isinstance(answer, dict) else None
        return language if isinstance(language, str) else ""

    def timezone(self) -> str:
        """Return the account's time zone, "" when it does not say."""
        answer = self._read("/account", [("with", "datetime_settings")])
        return _validated(models.WireAccount, answer).account("").timezone

    def task_types(self) -> tuple[TaskType, ...]:
        """Return the kinds of task that the account knows."""
        rows, _ = self._page("/account", "task_types", [("with", "task_types")])
        return tuple(task_type.task_type() for task_type in _all(_TASK_TYPES, rows))

    def loss_reasons(self) -> tuple[LossReason, ...]:
        """Return why deals are lost, in the account's order; none where the account does not ask for reasons."""
        rows, _ = self._page("/leads/loss_reasons", "loss_reasons", [], is_essential=False)
        return tuple(row.loss_reason() for row in _all(_LOSS_REASONS, rows))

    def tags(self) -> tuple[Tag, ...]:
        """Return the tags that deals may have."""
        pages = self._pages("/leads/tags", "tags", [], is_essential=False)
        return tuple(row.tag() for rows in pages for row in _all(_TAGS, rows))

    def tag(self, name: str) -> int:
        """Return the id of the deals' tag of that name, which is made when there is none (contract §8.3).

        Not everybody may make one: else Rejected("rights").
        """
        response = self._write("POST", "/leads/tags", [{"name": name}], is_repeatable=True, is_essential=False)
        rows = _written(response, "tags")
        if len(rows) != 1:
            raise UnknownOutcome("unreadable_answer", status=response.status)
        return _written_id(rows[0], response)

    def users(self) -> tuple[User, ...]:
        """Return the account's users, dismissed ones too. Only an administrator may: else Rejected("rights")."""
        pages = self._pages("/users", "users", [], is_essential=False)
        return tuple(user.user() for rows in pages for user in _all(_USERS, rows))

    def administrators(self) -> list[int]:
        """Return the ids of the account's active administrators. Only one of them may look: else Rejected("rights")."""
        return [user.id for user in self.users() if user.is_admin and user.is_active]

    def is_admin(self, user: int) -> bool:
        """Tell whether a user is an active administrator. Raises NotFound; Rejected("rights") as in `users`."""
        answer = self._read("/users/{id}", path=f"/users/{user}", is_essential=False)
        if answer is None:
            raise NotFound("user")
        found = _validated(models.WireUser, answer).user()
        return found.id == user and found.is_admin and found.is_active

    def pipelines(self) -> tuple[Pipeline, ...]:
        """Return the pipelines that are in use, in the account's order."""
        rows, _ = self._page("/leads/pipelines", "pipelines", [])
        found = _all(_PIPELINES, rows)
        in_use = sorted((pipeline for pipeline in found if not pipeline.is_archive), key=lambda known: known.sort)
        return tuple(pipeline.pipeline() for pipeline in in_use)

    def create_pipeline(self, pipeline: NewPipeline) -> None:
        """Make a pipeline. Only an administrator may: else Rejected("rights")."""
        self._write("POST", "/leads/pipelines", [models.new_pipeline(pipeline)], is_essential=False)

    def fields(self, entity: Literal["deals", "contacts"]) -> tuple[Field, ...]:
        """Return all custom fields of deals or of contacts."""
        route = f"/{_ENTITIES[entity]}/custom_fields"
        found: dict[int, Field] = {}
        for page in count(1):
            # Whether this list is paged, and whether it says so, is contradictory (contract §1.1): go on while a page
            # is full or another is announced, and end when one brings nothing new.
            rows, is_more = self._page(route, "custom_fields", _page_of(page, FIELDS_A_PAGE))
            known = len(found)
            found |= {field.id: field.field() for field in _all(_FIELDS, rows)}
            if len(found) == known or (len(rows) < FIELDS_A_PAGE and not is_more):
                break
        return tuple(found.values())

    def count_company_fields(self) -> int:
        """Return how many custom fields companies have: they take from the account's room for fields too."""
        pages = self._pages("/companies/custom_fields", "custom_fields", [])
        return sum(len(rows) for rows in pages)

    def create_fields(self, entity: Literal["deals", "contacts"], fields: Sequence[NewField]) -> tuple[Field, ...]:
        """Make custom fields and return them in the order given. Only an administrator may: else Rejected("rights")."""
        if not fields:
            return ()
        route = f"/{_ENTITIES[entity]}/custom_fields"
        body = [models.new_field(field) for field in fields]
        response = self._write("POST", route, body, is_essential=False)
        made = _written(response, "custom_fields")
        if len(made) != len(fields):
            raise UnknownOutcome("unreadable_answer", status=response.status)
        return tuple(
            Field(_written_id(row, response), field.name, field.code, field.type)
            for row, field in zip(made, fields, strict=True)
        )

    # Deals

    def deals(self, ids: Sequence[int]) -> dict[int, Deal]:
        """Return those of the deals that exist, by id."""
        return self._by_ids("/leads", "leads", ids, [("with", "contacts")], self._deals_of)

    def has_deals(self, count: int) -> bool:
        """Tell whether the account holds at least so many deals: whether the list has a row of that number."""
        rows, _ = self._page("/leads", "leads", _page_of(count, 1))
        return bool(rows)

    def newest_deals(self, since: int) -> Iterator[list[Deal]]:
        """Return pages of the deals made since then (unix seconds), newest first, and of some that were only changed.

        Their order is that of their making, whatever date a deal bears: one cannot have changed before it was made.
        """
        query: Query = [("with", "contacts"), ("order[id]", "desc")]
        return _back_to(since, self._pages("/leads", "leads", query), self._deals_of, lambda deal: deal.updated_at)

    def all_deals(self, from_page: int = 1) -> Iterator[list[Deal]]:
        """Return pages of all deals, oldest first; when one is deleted meanwhile, another may be passed over."""
        query: Query = [("with", "contacts"), ("order[id]", "asc")]
        for rows in self._pages("/leads", "leads", query, from_page):
            yield self._deals_of(rows)

    def changed_deals(self, since: int) -> Iterator[list[Deal]]:
        """Return pages of the deals changed since then (unix seconds), the longest unchanged first.

        A deal that changes while pages are read comes again, later; none is passed over. Where the account may not
        filter, the order is the other way round, and a deal that changes meanwhile may be missing: it is among those
        changed since the reading began.
        """
        start, page, last_seen = since, 1, dict[int, int]()
        while True:
            query: Query = [
                ("with", "contacts"),
                ("filter[updated_at][from]", start),
                ("order[updated_at]", "asc"),
                *_page_of(page, PAGE),
            ]
            rows, is_more = self._page("/leads", "leads", query)
            deals = self._deals_of(rows)
            if deals and deals[0].updated_at < start:
                # The filter was not honoured (contract §4.2): read from the other end.
                yield from self._changed_deals_unfiltered(since)
                return
            fresh = [deal for deal in deals if last_seen.get(deal.id) != deal.updated_at]
            last_seen.update((deal.id, deal.updated_at) for deal in deals)
            if fresh:
                yield fresh
            if not is_more:
                return
            # A deal changed meanwhile leaves its page and everything behind it moves up: going on from the last stamp
            # seen, not from the next page, passes none over. Only a page of one single stamp must be turned.
            if deals and deals[-1].updated_at > start:
                start, page = deals[-1].updated_at, 1
            else:
                page += 1

    def _changed_deals_unfiltered(self, since: int) -> Iterator[list[Deal]]:
        query: Query = [("with", "contacts"), ("order[updated_at]", "desc")]
        return _back_to(since, self._pages("/leads", "leads", query), self._deals_of, lambda deal: deal.updated_at)

    def create_deals(self, deals: Sequence[NewDeal]) -> dict[str, int]:
        """Make deals and return their ids by mark. A mark that is not among them was not answered for."""
        now = int(self.http.clock.now())
        return self._create("/leads", "leads", [models.new_lead(deal, self.zone, now) for deal in deals])

    def update_deals(self, changes: Sequence[DealChange]) -> set[int]:
        """Change deals and return the ids that Kommo answered for."""
        return self._update("/leads", "leads", [models.changed_lead(change, self.zone) for change in changes])

    # Contacts

    def contacts(self, ids: Sequence[int]) -> dict[int, Contact]:
        """Return those of the contacts that exist, by id."""
        return self._by_ids("/contacts", "contacts", ids, [], self._contacts_of)

    def has_contacts(self, count: int) -> bool:
        """Tell whether the account holds at least so many contacts, as `has_deals` tells it of deals."""
        rows, _ = self._page("/contacts", "contacts", _page_of(count, 1))
        return bool(rows)

    def find_contacts(self, query: str) -> list[Contact]:
        """Return up to 250 contacts that Kommo's full-text search finds: more than fit, and it may lag behind."""
        rows, _ = self._page("/contacts", "contacts", [("query", query), *_page_of(1, PAGE)])
        return self._contacts_of(rows)

    def newest_contacts(self, since: int) -> Iterator[list[Contact]]:
        """Return pages of the contacts made since then (unix seconds), newest first."""
        pages = self._pages("/contacts", "contacts", [("order[id]", "desc")])
        return _back_to(since, pages, self._contacts_of, lambda contact: contact.created_at)

    def all_contacts(self, from_page: int = 1) -> Iterator[list[Contact]]:
        """Return pages of all contacts, oldest first: what is made later stands on the last pages."""
        for rows in self._pages("/contacts", "contacts", [("order[id]", "asc")], from_page):
            yield self._contacts_of(rows)

    def create_contacts(self, contacts: Sequence[NewContact]) -> dict[str, int]:
        """Make contacts and return their ids by mark. A mark that is not among them was not answered for."""
        return self._create("/contacts", "contacts", [models.new_contact(contact, self.zone) for contact in contacts])

    def update_contacts(self, changes: Sequence[ContactChange]) -> set[int]:
        """Change contacts and return the ids that Kommo answered for."""
        return self._update("/contacts", "contacts", [models.changed_contact(each, self.zone) for each in changes])

    # Events

    def happenings(self, since: int, kinds: Collection[HappeningKind]) -> Iterator[list[Happening]]:
        """Return pages of what happened since then (unix seconds), 100 a request, in the account's own order.

        Raises Rejected where the account does not show its events to us.
        """
        words = [models.EVENTS[kind] for kind in sorted(kinds)]
        query: Query = [
            *(("filter[entity][]", entity) for entity in dict.fromkeys(entity for entity, _ in words)),
            *(("filter[type][]", type) for type in dict.fromkeys(type for _, type in words)),
            ("filter[created_at][from]", since),
        ]
        for page in count(1):
            page_query = [*query, *_page_of(page, EVENTS_A_PAGE)]
            rows, is_more = self._page("/events", "events", page_query, is_essential=False)
            found = (event.happening() for event in _all(_EVENTS, rows))
            wanted = [one for one in found if one is not None and one.kind in kinds and one.at >= since]
            if wanted:
                yield wanted
            if not is_more:
                return

    def deals_of_contacts(self, ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Return the deals that hang on these contacts, without the contacts that are gone."""
        found: dict[int, tuple[int, ...]] = {}
        for chunk in _chunks(ids, IDS_A_READ):
            query: Query = [("with", "leads"), *(("filter[id][]", id) for id in chunk), *_page_of(1, PAGE)]
            rows, _ = self._page("/contacts", "contacts", query)
            found |= {
                contact.id: tuple(lead.id for lead in contact.parts.leads)
                for contact in _all(_CONTACT_DEALS, rows)
                if contact.id in chunk and not contact.is_deleted
            }
        return found

    # Links and tasks

    def link_contacts(self, links: Sequence[tuple[int, int, bool]]) -> None:
        """Link contacts to deals: deal, contact, whether it is the main one. Linking what is linked changes nothing."""
        self._link("/leads/link", [models.contact_link(deal, contact, is_main=main) for deal, contact, main in links])

    def unlink_contacts(self, links: Sequence[tuple[int, int]]) -> None:
        """Take contacts off deals: deal, contact."""
        self._link("/leads/unlink", [models.contact_link(deal, contact) for deal, contact in links])

    def _link(self, route: str, body: list[dict[str, Any]]) -> None:
        if body:
            self._write("POST", route, body, is_repeatable=True)

    def tasks(self, deals: Sequence[int]) -> list[Task]:
        """Return the tasks of these deals, done ones too."""
        tasks = []
        for ids in _chunks(deals, IDS_A_READ):
            query: Query = [("filter[entity_type]", "leads"), *(("filter[entity_id][]", id) for id in ids)]
            for rows in self._pages("/tasks", "tasks", query):
                wanted = set(ids)
                found = (
                    task for task in _all(_TASKS, rows) if task.entity_type == "leads" and task.entity_id in wanted
                )
                tasks += [task.task() for task in found]
        return tasks

    def create_tasks(self, tasks: Sequence[NewTask]) -> dict[str, int]:
        """Make tasks and return their ids by mark. A mark that is not among them was not answered for."""
        return self._create("/tasks", "tasks", [models.new_task(task) for task in tasks])

    def open_tasks(self, responsible: int) -> list[Task]:
        """Return a user's tasks that are not done yet, those on no deal too (their `deal` is 0)."""
        query: Query = [("filter[responsible_user_id]", responsible), ("filter[is_completed]", 0)]
        found = [task.task() for rows in self._pages("/tasks", "tasks", query) for task in _all(_TASKS, rows)]
        return [task for task in found if not task.done]

    # Access

    def may_write(self) -> bool:
        """Tell whether the account takes writes: it takes none as soon as it is unpaid (contract §1.3).

        What is sent holds nothing to write, so that an account which takes writes refuses it for that.
        """
        try:
            self._write("PATCH", "/leads", [], is_repeatable=True, is_essential=False)
        except Rejected as error:
            return error.reason != Revoked.PAYMENT
        return True

    # Webhooks

    def subscribe(self, destination: str, rings: Iterable[Ring]) -> None:
        """Let these ring at `destination`, and nothing else there. Switches a disabled subscription on again.

        Only an administrator may, and only on some plans: else Rejected("rights") or Rejected("payment").
        """
        body = {"destination": destination, "settings": sorted(rings)}
        self._write("POST", "/webhooks", body, is_repeatable=True, is_essential=False)

    def unsubscribe(self, destination: str) -> None:
        """Let nothing ring at `destination` any more. Errors as in `subscribe`."""
        try:
            self._write("DELETE", "/webhooks", {"destination": destination}, is_repeatable=True, is_essential=False)
        except NotFound:
            return  # It is gone already.

    def subscriptions(self, destination: str = "") -> list[Subscription]:
        """Return the webhooks that ring at exactly this address, or all of the account's."""
        query: Query = [("filter[destination]", destination)] if destination else []
        rows, _ = self._page("/webhooks", "webhooks", query, is_essential=False)
        return [
            Subscription(
                destination=hook.destination,
                rings=frozenset(ring for ring in Ring if ring in hook.settings),
                enabled=not hook.disabled,
            )
            for hook in _all(_WEBHOOKS, rows)
            if destination in ("", hook.destination)
        ]

    # Reading

    def _deals_of(self, rows: list[Any]) -> list[Deal]:
        return [lead.deal(self.zone) for lead in _all(_LEADS, rows) if not lead.is_deleted]

    def _contacts_of(self, rows: list[Any]) -> list[Contact]:
        return [contact.contact(self.zone) for contact in _all(_CONTACTS, rows) if not contact.is_deleted]

    def _by_ids[E: (Deal, Contact)](
        self, route: str, name: str, ids: Sequence[int], query: Query, parse: Callable[[list[Any]], list[E]]
    ) -> dict[int, E]:
        found: dict[int, E] = {}
        for chunk in _chunks(ids, IDS_A_READ):
            filters: Query = [("filter[id][]", id) for id in chunk]
            rows, _ = self._page(route, name, [*query, *filters, *_page_of(1, PAGE)])
            entities = parse(rows)
            if any(entity.id not in chunk for entity in entities):
                # The filter was not honoured (contract §4.2), so a missing entity may well exist: ask for each.
                answers = (self._read(f"{route}/{{id}}", query, path=f"{route}/{id}") for id in chunk)
                entities = parse([answer for answer in answers if answer is not None])
            found |= {entity.id: entity for entity in entities}
        return found

    def _pages(
        self, route: str, name: str, query: Query, from_page: int = 1, *, is_essential: bool = True
    ) -> Iterator[list[Any]]:
        for page in count(from_page):
            rows, is_more = self._page(route, name, [*query, *_page_of(page, PAGE)], is_essential=is_essential)
            if rows:
                yield rows
            if not is_more:
                return

    def _page(self, route: str, name: str, query: Query, *, is_essential: bool = True) -> tuple[list[Any], bool]:
        """Return the rows of one page, and whether there is another. An empty list is an answer without a body."""
        answer = self._read(route, query, is_essential=is_essential)
        if answer is None:
            return [], False
        if not isinstance(answer, dict):
            raise Transient("unreadable_answer")
        return _embedded(answer, name) or [], "next" in (answer.get("_links") or ())

    def _read(self, route: str, query: Query | None = None, *, path: str = "", is_essential: bool = True) -> Any:
        """Return the decoded answer, None when there is none: Kommo's way of saying that nothing is there."""
        response = self._request(
            "GET", route, path=path, query=query, is_repeatable=True, is_essential=is_essential, marks=None
        )
        if response.status == 204 or not response.content:
            return None
        try:
            return pydantic_core.from_json(response.content)
        except ValueError:
            raise Transient("unreadable_answer") from None

    # Writing

    def _create(self, route: str, name: str, body: list[dict[str, Any]]) -> dict[str, int]:
        if not body:
            return {}
        marks = [element["request_id"] for element in body]
        if len(set(marks)) != len(marks):
            raise Invalid("marks")
        response = self._write("POST", route, body, marks=marks)
        rows = _written(response, name)
        made: dict[str, int] = {}
        for position, row in enumerate(rows):
            mark = _mark(row.get("request_id"), marks)
            if mark is None and len(rows) == len(marks):
                mark = marks[position]
            if mark is not None:
                made[mark] = _written_id(row, response)
        return made

    def _update(self, route: str, name: str, body: list[dict[str, Any]]) -> set[int]:
        if not body:
            return set()
        response = self._write("PATCH", route, body)
        return {_written_id(row, response) for row in _written(response, name)}

    def _write(
        self,
        method: str,
        route: str,
        body: Any,
        *,
        marks: _Marks = None,
        is_repeatable: bool = False,
        is_essential: bool = True,
    ) -> HttpResponse:
        if isinstance(body, list) and len(body) > LARGEST_BATCH:
            raise Invalid("batch_too_large", params={"most": LARGEST_BATCH})
        try:
            return self._request(
                method, route, body=body, is_repeatable=is_repeatable, is_essential=is_essential, marks=marks
            )
        except UnknownOutcome as error:
            if error.status == 504:
                raise BatchTooHeavy(error.reason, status=504) from None
            raise

    # Asking

    def _request(
        self,
        method: str,
        route: str,
        *,
        is_repeatable: bool,
        is_essential: bool,
        marks: _Marks,
        path: str = "",
        query: Query | None = None,
        body: Any = None,
    ) -> HttpResponse:
        """Send a request; give a token that did not work one more chance; return a success or raise.

        Without an essential request the account can still be served: its refusal is no loss of access.
        """
        response = self._send(method, route, path, query, body, is_repeatable)
        if response.status == 401:
            self.tokens.rejected()
            response = self._send(method, route, path, query, body, is_repeatable)
        if 200 <= response.status < 300:
            return response
        match response.status:
            case 401:
                raise Revoked(Revoked.TOKEN, provider="kommo")
            case 402:
                raise Revoked(Revoked.PAYMENT, provider="kommo") if is_essential else Rejected(Revoked.PAYMENT)
            case 403 if _problem(response) is None:
                # Not an answer of the API but of the server before it: it has had too many requests from us (§1.3).
                self.limiter.penalise(self.rates[-1], BLOCKED_WAIT)
                raise RateLimited("blocked", wait=BLOCKED_WAIT)
            case 403:
                raise Revoked(Revoked.RIGHTS, provider="kommo") if is_essential else Rejected(Revoked.RIGHTS)
            case 404:
                raise NotFound("kommo")
        raise Rejected("validation", elements=_refused(_problem(response), marks), params={"status": response.status})

    def _send(
        self, method: str, route: str, path: str, query: Query | None, body: Any, is_repeatable: bool
    ) -> HttpResponse:
        rates = (*self.rates, *self._field_rates(body))
        try:
            return self.http.request(
                method,
                f"{self.base_url}/api/v4{path or route}",
                route=route,
                headers={"Authorization": f"Bearer {self.tokens.access()}"},
                deadline=self.deadline,
                repeatable=is_repeatable,
                params=query,
                json=body,
                before_attempt=lambda: self.limiter.acquire(rates, self.lane, self.deadline),
            )
        except RateLimited as error:
            if error.reason == "provider":
                self.limiter.penalise(self.rates[-1], error.wait)
            raise

    def _field_rates(self, body: Any) -> Sequence[Rate]:
        """Return the budget of the fields that a bulk write changes, none for all other requests.

        It is asked last: a request that has to wait for its turn has spent no fields.
        """
        if self.lane is not Lane.BULK or self.field_rate is None or not isinstance(body, list):
            return ()
        changes = sum(len(element.get("custom_fields_values") or ()) for element in body)
        return (replace(self.field_rate, cost=changes),) if changes else ()


_ENTITIES = {"deals": "leads", "contacts": "contacts"}

_LEADS = TypeAdapter(list[models.Lead])
_CONTACTS = TypeAdapter(list[models.WireContact])
_TASKS = TypeAdapter(list[models.WireTask])
_PIPELINES = TypeAdapter(list[models.WirePipeline])
_FIELDS = TypeAdapter(list[models.CustomField])
_LOSS_REASONS = TypeAdapter(list[models.WireLossReason])
_TAGS = TypeAdapter(list[models.WireTag])
_TASK_TYPES = TypeAdapter(list[models.WireTaskType])
_WEBHOOKS = TypeAdapter(list[models.Webhook])
_USERS = TypeAdapter(list[models.WireUser])
_EVENTS = TypeAdapter(list[models.Event])
_CONTACT_DEALS = TypeAdapter(list[models.ContactDeals])


def _all[M](adapter: TypeAdapter[list[M]], rows: list[Any]) -> list[M]:
    try:
        return adapter.validate_python(rows)
    except ValidationError:
        raise Transient("unreadable_answer") from None


def _validated[M: BaseModel](model: type[M], answer: Any) -> M:
    try:
        return model.model_validate(answer)
    except ValidationError:
        raise Transient("unreadable_answer") from None


def _page_of(page: int, size: int) -> Query:
    return [("page", page), ("limit", size)]


def _chunks[T](items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _back_to[E](
    since: int, pages: Iterator[list[Any]], parse: Callable[[list[Any]], list[E]], stamp: Callable[[E], int]
) -> Iterator[list[E]]:
    """Read pages that begin with the newest until one ends before `since`; return what is not older."""
    for rows in pages:
        entities = parse(rows)
        wanted = [entity for entity in entities if stamp(entity) >= since]
        if wanted:
            yield wanted
        if entities and stamp(entities[-1]) < since:
            return


def _embedded(answer: Mapping[str, Any], name: str) -> list[Any] | None:
    parts = answer.get("_embedded")
    rows = parts.get(name) if isinstance(parts, dict) else None
    return rows if isinstance(rows, list) else None


def _written(response: HttpResponse, name: str) -> list[dict[str, Any]]:
    """Return the elements of a successful write's answer: in an envelope, as a bare list or as the one object."""
    try:
        answer = pydantic_core.from_json(response.content)
    except ValueError:
        raise UnknownOutcome("unreadable_answer", status=response.status) from None
    if isinstance(answer, dict):
        rows = _embedded(answer, name)
        answer = [answer] if rows is None and "id" in answer else rows
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise UnknownOutcome("unreadable_answer", status=response.status)
    return answer


def _written_id(row: Mapping[str, Any], response: HttpResponse) -> int:
    try:
        return int(row["id"])
    except (KeyError, TypeError, ValueError):
        raise UnknownOutcome("unreadable_answer", status=response.status) from None


def _mark(request_id: Any, marks: Sequence[str]) -> str | None:
    """Return the mark that an answer speaks of: the one we gave, or by its ordinal, which Kommo gives in its place."""
    told = str(request_id)
    if told in marks:
        return told
    return marks[int(told)] if told.isascii() and told.isdigit() and int(told) < len(marks) else None


def _problem(response: HttpResponse) -> dict[str, Any] | None:
    """Return the problem document of a refusal, None if it is none."""
    try:
        body = pydantic_core.from_json(response.content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _refused(problem: dict[str, Any] | None, marks: _Marks) -> dict[str | int, Refusal]:
    """Return the refused elements of a batch, by mark, or by index where the batch has no marks (contract §1.3)."""
    elements: dict[str | int, Refusal] = {}
    told = (problem or {}).get("validation-errors")
    for element in told if isinstance(told, list) else ():
        if not isinstance(element, dict):
            continue
        request_id = str(element.get("request_id"))
        errors = element.get("errors")
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        refusal = Refusal(_code(first.get("code")), _code(first.get("path")))
        key: str | int | None
        if marks is not None:
            key = _mark(request_id, marks)
        else:
            key = int(request_id) if request_id.isascii() and request_id.isdigit() else None
        if key is not None:
            elements.setdefault(key, refusal)
    return elements


_CODE = re.compile(r"[\w.-]{1,120}", re.ASCII)


def _code(told: Any) -> str:
    """Return a code or a path of Kommo's, "" for anything that might be a sentence."""
    return told if isinstance(told, str) and _CODE.fullmatch(told) else ""
