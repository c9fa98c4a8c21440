"""Memberships, cards, gift cards and personal accounts over REST (contract §8)."""

from sandbox.altegio import access, loyalty
from sandbox.altegio.account_model import Chain, Membership
from sandbox.altegio.model import Location
from sandbox.altegio.state import client_of
from sandbox.altegio.wire import Answer, Call, Refused, Route, as_id, as_objects, digits, not_found, whole

V1 = "/api/v1"


def _location(call: Call) -> Location:
    """The location that the query names, with the right to see loyalty there."""
    location = call.world.location(call.integer("company_id", "salon_id", "location_id") or 0)
    _allow(call, location)
    return location


def _allow(call: Call, location: Location) -> None:
    if call.user is None or not access.may_enter(call.world, call.user, location.id):
        raise Refused(403, "Access denied.")
    if not access.rights(call.user, location.id)["loyalty_access"]:
        raise Refused(403, "Access denied.")


def _chain(call: Call) -> tuple[Chain, Location]:
    """The chain of the path and one of its locations that the user belongs to; 403 when there is none."""
    chain = call.world.chains.get(call.number("chain"))
    if chain is None:
        raise not_found()
    for one in chain.locations:
        if call.user is not None and access.may_enter(call.world, call.user, one):
            _allow(call, call.world.locations[one])
            return chain, call.world.locations[one]
    raise Refused(403, "Access denied.")


def memberships(call: Call) -> Answer:
    location = _location(call)
    found = loyalty.of_phone(call.world, call.world.chain_of(location), call.text("phone"))
    return Answer([loyalty.membership_view(call.world, location, one) for one in found], {"count": len(found)})


def chain_memberships(call: Call) -> Answer:
    chain, location = _chain(call)
    loyalty.refresh(call.world, chain)
    after, before = call.integer("created_after"), call.integer("created_before")
    ids = call.integers("abonements_ids")
    found = [
        one
        for one in chain.memberships.values()
        if not one.deleted
        and (after is None or one.created >= after)
        and (before is None or one.created <= before)
        and (not ids or one.id in ids)
    ]
    page, size = call.page(25)
    shown = [loyalty.chain_view(call.world, location, one) for one in found[(page - 1) * size : page * size]]
    return Answer(shown, {"count": len(found)})


def change_membership(call: Call) -> Answer:
    """freeze, unfreeze, set_period and set_balance of the chain routes."""
    chain, location = _chain(call)
    one: Membership = loyalty.membership_of(chain, call.number("membership"))
    given = call.fields() if call.body is not None else {}
    match call.request.match_info["action"]:
        case "freeze":
            loyalty.freeze(call.world, one, as_id(given.get("freeze_till")))
        case "unfreeze":
            loyalty.freeze(call.world, one, None)
        case "set_period":
            if as_id(given.get("period")) < 1 or as_id(given.get("period_unit_id")) not in loyalty.UNIT_DAYS:
                raise Refused(422, "Validation error", {"period": ["must be positive"]})
            one.period, one.period_unit_id = as_id(given["period"]), as_id(given["period_unit_id"])
            if one.activated:
                one.expires = one.activated + one.period * loyalty.UNIT_DAYS[one.period_unit_id] * 86_400
        case "set_balance":
            links = [
                (as_id(link.get("category_id")), as_id(link.get("balance", link.get("count"))))
                for link in as_objects(given.get("services_balance_count_list") or given.get("links"), "links")
            ]
            loyalty.set_balance(one, as_id(given.get("united_balance_services_count")), links)
        case _:
            raise not_found()
    return Answer(loyalty.chain_view(call.world, location, one))


def membership_types(call: Call) -> Answer:
    chain = call.world.chain_of(call.location)
    text, ids = call.text("title").casefold(), call.integers("ids", "id")
    found = [
        one for one in chain.membership_types.values() if text in one.title.casefold() and (not ids or one.id in ids)
    ]
    return Answer([loyalty.type_view(call.location, one) for one in found], {"count": len(found)})


def cards_of_phone(call: Call) -> Answer:
    location = call.location
    _allow(call, location)
    number = location.clients_by_phone.get(digits(call.request.match_info["phone"]))
    cards = call.world.chain_of(location).cards.values()
    return Answer([loyalty.card_view(location, one) for one in cards if number and one.client_id == number])


def cards_of_client(call: Call) -> Answer:
    number = call.number("client")
    for location in call.world.locations.values():
        if number in location.clients:
            _allow(call, location)
            cards = call.world.chain_of(location).cards.values()
            return Answer([loyalty.card_view(location, one) for one in cards if one.client_id == number])
    raise not_found()


def certificates(call: Call) -> Answer:
    location = _location(call)
    phone = digits(call.text("phone"))
    found = [one for one in call.world.chain_of(location).certificates.values() if phone and digits(one.phone) == phone]
    shown = [
        {
            "id": one.id,
            "number": one.number,
            "balance": whole(one.balance),
            "created_date": one.created,
            "status": {"id": 2, "title": "Issued"},
        }
        for one in found
    ]
    return Answer(shown, {"count": len(shown)})


def deposits_of_client(call: Call) -> Answer:
    client = client_of(call.location, call.number("client"))
    chain = call.world.chain_of(call.location)
    return Answer([loyalty.deposit_view(chain, one) for one in chain.deposits.values() if one.client_id == client.id])


def chain_deposits(call: Call) -> Answer:
    chain, _ = _chain(call)
    phone = digits(call.request.match_info.get("phone"))
    found = []
    for one in chain.deposits.values():
        client = call.world.locations[one.company_id].clients.get(one.client_id)
        if not phone or (client is not None and digits(client.phone) == phone):
            found.append(loyalty.deposit_view(chain, one))
    return Answer(found, {"count": len(found)})


def deposit_history(call: Call) -> Answer:
    chain, _ = _chain(call)
    found = chain.deposits.get(call.number("deposit"))
    if found is None:
        raise not_found()
    return Answer(found.history, {"count": len(found.history)})


ROUTES = [
    Route("GET", f"{V1}/loyalty/abonements", memberships),
    Route("GET", f"{V1}/loyalty/certificates", certificates),
    Route("GET", f"{V1}/loyalty/cards/{{phone}}/{{group}}/{{company}}", cards_of_phone),
    Route("GET", f"{V1}/loyalty/client_cards/{{client}}", cards_of_client),
    Route("GET", f"{V1}/chain/{{chain}}/loyalty/abonements", chain_memberships),
    Route("POST", f"{V1}/chain/{{chain}}/loyalty/abonements/{{membership}}/{{action}}", change_membership),
    Route("GET", f"{V1}/company/{{company}}/loyalty/abonement_types/search", membership_types, right="loyalty_access"),
    Route("GET", f"{V1}/company/{{company}}/loyalty/abonement_types/fetch", membership_types, right="loyalty_access"),
    Route(
        "GET",
        f"{V1}/deposits/company/{{company}}/client/{{client}}",
        deposits_of_client,
        right="clients_deposits_access",
    ),
    Route("GET", f"{V1}/deposits/chain/{{chain}}", chain_deposits),
    Route("GET", f"{V1}/deposits/chain/{{chain}}/phone/{{phone}}", chain_deposits),
    Route("GET", f"{V1}/deposits/chain/{{chain}}/{{deposit}}/history", deposit_history),
]
