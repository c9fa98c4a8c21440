"""Clients over REST: search, card, bulk, the old list, history, comments (contract §7)."""

from typing import Any

from sandbox.altegio import access, client_search, clients, times
from sandbox.altegio.account_model import Wire
from sandbox.altegio.people_view import client_view
from sandbox.altegio.state import client_of
from sandbox.altegio.wire import NO_CONTENT, PARTNER, Answer, Call, Refused, Route, digits, not_found

V1 = "/api/v1"


def _phones(call: Call) -> bool:
    return call.user is not None and bool(access.rights(call.user, call.location.id)["client_phones_access"])


def search(call: Call) -> Answer:
    given = call.fields() if call.body is not None else {}
    shown, total = client_search.search(call.world, call.location, given, phones=_phones(call))
    return Answer(shown, {"total_count": total})


def get_client(call: Call) -> Answer:
    client = client_of(call.location, call.number("client"))
    return Answer(client_view(call.location, client, phones=_phones(call)))


def create_client(call: Call) -> Answer:
    client = clients.create(call.world, call.location, call.fields(), call.actor)
    return Answer(client_view(call.location, client), status=201)


def update_client(call: Call) -> Answer:
    client = client_of(call.location, call.number("client"))
    clients.update(call.world, call.location, client, call.fields(), call.actor)
    return Answer(client_view(call.location, client))


def delete_client(call: Call) -> Answer:
    client = client_of(call.location, call.number("client"))
    clients.remove(call.world, call.location, client, call.actor)
    return NO_CONTENT


def bulk(call: Call) -> Answer:
    """Each entry stands for itself: what is refused is listed beside what was made."""
    if not isinstance(call.body, list):
        raise Refused(400, "Invalid request format")
    created: list[Wire] = []
    errors: list[Wire] = []
    for one in call.body:
        given: Wire = one if isinstance(one, dict) else {}
        try:
            made = clients.create(call.world, call.location, given, call.actor)
        except Refused as error:
            text = next(iter((error.meta or {}).get("errors", {}).values()), [""])[0]
            errors.append({"phone": given.get("phone"), "name": given.get("name"), "error": text})
        else:
            created.append(client_view(call.location, made))
    return Answer({"created": created, "errors": errors})


def old_list(call: Call) -> Answer:
    found = client_search.old_list(call.world, call.location, dict(call.request.query), call.integers("id"))
    page, size = call.page(25)
    shown = client_search.card_views(call.location, found[(page - 1) * size : page * size], phones=_phones(call))
    return Answer(shown, {"total_count": len(found)})


def history(call: Call) -> Answer:
    data, meta = client_search.visit_history(call.location, call.fields())
    return Answer(data, meta)


def comments(call: Call) -> Answer:
    client = client_of(call.location, call.number("client"))
    return Answer(client.comments, {"count": len(client.comments)})


def add_comment(call: Call) -> Answer:
    client = client_of(call.location, call.number("client"))
    author: Wire = {"id": 0, "name": "", "avatar": ""}
    if call.user is not None:
        author = {"id": call.user.id, "name": call.user.name, "avatar": ""}
    moment = times.stamp_text(call.world.clock.stamp(), call.zone)
    made = clients.comment(call.world, client, call.fields().get("text"), author, moment)
    return Answer(made, status=201)


def delete_comment(call: Call) -> Answer:
    client = client_of(call.location, call.number("client"))
    found = next((one for one in client.comments if one["id"] == call.number("comment")), None)
    if found is None:
        raise not_found()
    client.comments.remove(found)
    return NO_CONTENT


def files(call: Call) -> Answer:
    client_of(call.location, call.number("client"))
    empty: list[Any] = []
    return Answer(empty)


def validate_phone(call: Call) -> Answer:
    return Answer({"is_valid": len(digits(call.request.match_info["phone"])) in clients.PHONE_DIGITS})


ROUTES = [
    Route("POST", f"{V1}/company/{{company}}/clients/search", search, right="clients_access"),
    Route(
        "POST",
        f"{V1}/company/{{company}}/clients/visits/search",
        history,
        right="clients_show_attendance_history_access",
    ),
    Route("GET", f"{V1}/company/{{company}}/clients/files/{{client}}", files, right="clients_access"),
    Route(
        "GET",
        f"{V1}/company/{{company}}/clients/{{client}}/comments",
        comments,
        right="client_comments_list_access",
    ),
    Route(
        "POST",
        f"{V1}/company/{{company}}/clients/{{client}}/comments",
        add_comment,
        right="client_comments_add_access",
    ),
    Route(
        "DELETE",
        f"{V1}/company/{{company}}/clients/{{client}}/comments/{{comment}}",
        delete_comment,
        right="client_comments_add_access",
    ),
    Route("GET", f"{V1}/client/{{company}}/{{client}}", get_client, right="clients_access"),
    Route("PUT", f"{V1}/client/{{company}}/{{client}}", update_client, right="clients_edit_access"),
    Route("DELETE", f"{V1}/client/{{company}}/{{client}}", delete_client, right="clients_delete_access"),
    Route("POST", f"{V1}/clients/{{company}}/bulk", bulk, right="clients_edit_access"),
    Route("POST", f"{V1}/clients/{{company}}", create_client, right="record_form_client_add_access"),
    Route("GET", f"{V1}/clients/{{company}}", old_list, right="clients_access"),
    Route("GET", f"{V1}/validation/validate_phone/{{phone}}", validate_phone, PARTNER),
]
