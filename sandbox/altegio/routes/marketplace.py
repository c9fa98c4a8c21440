"""Marketplace calls: granting in v1, the partner's calls beside it (contract §10)."""

from sandbox.altegio import marketplace
from sandbox.altegio.wire import PARTNER, Answer, Call, Refused, Route, as_id

from .account import location_view

HOST = "/marketplace"
COUNT_LIMIT = 1000


def grant_access(call: Call) -> Answer:
    application = marketplace.application_of(call.world, call.number("application"))
    known = marketplace.grant(call.world, call.location, application)
    return Answer(marketplace.status_view(known), status=201)


def callback(call: Call) -> Answer:
    known = marketplace.connect(call.world, call.fields(), call.partner)
    return Answer(marketplace.status_view(known), status=201)


def callback_redirect(call: Call) -> Answer:
    """The browser's variant: parameters in the query, a redirect to the location's application page."""
    given = {**call.request.query, **(call.body if isinstance(call.body, dict) else {})}
    known = marketplace.connect(call.world, given, call.partner)
    target = f"https://app.example.test/appstore/{known.location_id}/applications/{known.application_id}"
    return Answer(status=301, empty=True, headers={"Location": target})


def _own(call: Call) -> int:
    application = marketplace.application_of(call.world, call.number("application"))
    if application.partner_token != call.partner:
        raise Refused(403, "Access denied.")
    return application.id


def status(call: Call) -> Answer:
    application = _own(call)
    known = marketplace.installation_of(call.world, application, call.number("salon"))
    return Answer(marketplace.status_view(known))


def salons(call: Call) -> Answer:
    application = _own(call)
    found = [
        call.world.locations[location]
        for (number, location), known in call.world.installations.items()
        if number == application and known.status == marketplace.ACTIVE and location in call.world.locations
    ]
    page, size = call.page(25, COUNT_LIMIT)
    shown = [location_view(call, one, mine=False) for one in found[(page - 1) * size : page * size]]
    return Answer(shown, {"count": len(found)})


def uninstall(call: Call) -> Answer:
    application = marketplace.application_of(call.world, _own(call))
    marketplace.uninstall(call.world, application, call.world.location(call.number("salon")), "partner")
    return Answer(None)


def pay(call: Call) -> Answer:
    return Answer({"id": marketplace.pay(call.world, call.fields(), call.partner)}, status=201)


def refund(call: Call) -> Answer:
    marketplace.refund(call.world, call.number("payment"), call.partner)
    return Answer(None)


def payment_link(call: Call) -> Answer:
    application, salon = as_id(call.text("application_id")), as_id(call.text("salon_id"))
    return Answer({"url": f"https://pay.example.test/{application}/{salon}"})


ROUTES = [
    Route(
        "POST",
        "/api/v1/company/{company}/marketplace/applications/{application}/grant_access",
        grant_access,
        right="users_access",
    ),
    Route("POST", f"{HOST}/partner/callback", callback, PARTNER),
    Route("GET", f"{HOST}/partner/callback/redirect", callback_redirect, PARTNER),
    Route("POST", f"{HOST}/partner/callback/redirect", callback_redirect, PARTNER),
    Route("GET", f"{HOST}/salon/{{salon}}/application/{{application}}", status, PARTNER),
    Route("POST", f"{HOST}/salon/{{salon}}/application/{{application}}/uninstall", uninstall, PARTNER),
    Route("GET", f"{HOST}/application/{{application:\\d+}}/salons", salons, PARTNER),
    Route("GET", f"{HOST}/application/payment_link", payment_link, PARTNER),
    Route("POST", f"{HOST}/partner/payment", pay, PARTNER),
    Route("POST", f"{HOST}/partner/payment/refund/{{payment}}", refund, PARTNER),
]
