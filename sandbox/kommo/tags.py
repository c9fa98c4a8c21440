"""The dictionaries of tags (contract §8.3)."""

from typing import Any

from aiohttp import web

from .call import call_of, cut, filter_of, nothing, page_of, paged, read_elements, whole, write_each
from .filters import numbers, texts
from .problems import Errors, missing
from .state import Tag


def render_tag(tag: Tag) -> dict[str, Any]:
    """A tag as the API reads it."""
    return {"id": tag.id, "name": tag.name, "color": tag.color}


def routes_of(entity_type: str) -> list[web.RouteDef]:
    """The tag routes of one entity type."""

    async def list_tags(request: web.Request) -> web.Response:
        call, given = call_of(request), filter_of(request)
        page, limit = page_of(request)
        found = list(call.account.tags[entity_type].by_id.values())
        if ids := numbers(given.get("id")):
            found = [tag for tag in found if tag.id in ids]
        if names := texts(given.get("name")):
            found = [tag for tag in found if tag.name in names]
        if query := request.query.get("query", "").casefold():
            found = [tag for tag in found if query in tag.name.casefold()]
        items, more = cut(found, page, limit)
        return paged(request, "tags", [render_tag(tag) for tag in items], page=page, limit=limit, more=more)

    async def create_tags(request: web.Request) -> web.Response:
        call, elements = call_of(request), await read_elements(request)
        book = call.account.tags[entity_type]

        def check(given: dict[str, Any], errors: Errors) -> dict[str, Any]:
            if not isinstance(given.get("name"), str) or not given["name"]:
                errors.append(missing("name"))
            return given

        def commit(given: dict[str, Any]) -> Tag:
            tag = book.named(given["name"]) or book.add(Tag(call.next_id("tag"), given["name"]))
            if entity_type == "leads" and given.get("color"):
                tag.color = str(given["color"])
            return tag

        made = write_each(call, elements, check, commit)
        if not made:
            return nothing()
        return whole(request, "tags", [{**render_tag(tag), "request_id": echo} for echo, tag in made])

    return [
        web.get(f"/api/v4/{entity_type}/tags", list_tags),
        web.post(f"/api/v4/{entity_type}/tags", create_tags),
    ]


ROUTES = [route for entity_type in ("leads", "contacts", "companies") for route in routes_of(entity_type)]
