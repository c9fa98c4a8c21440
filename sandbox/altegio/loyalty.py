"""Memberships, personal accounts, cards and gift cards (contract §8)."""

from . import times
from .account_model import Chain, Deposit, LoyaltyCard, Membership, MembershipType, Wire
from .model import Location
from .state import World
from .wire import Refused, as_id, digits, not_found, whole

ISSUED, ACTIVATED, EXPIRED, USED_UP = 1, 2, 3, 4
TITLES = {ISSUED: "Issued", ACTIVATED: "Activated", EXPIRED: "Expired", USED_UP: "Used up"}
UNIT_DAYS = {1: 1, 2: 7, 3: 30, 4: 365}
SHORTEST_PHONE = 9


def refresh(world: World, chain: Chain) -> None:
    """Mark what has run out as expired."""
    now = world.clock.stamp()
    for one in chain.memberships.values():
        if one.status_id in (ISSUED, ACTIVATED) and one.expires and one.expires <= now:
            one.status_id = EXPIRED


def of_phone(world: World, chain: Chain, phone: str) -> list[Membership]:
    """A client's memberships by his present phone, without expired and deleted ones; short phones find nothing."""
    refresh(world, chain)
    wanted = digits(phone)
    if len(wanted) < SHORTEST_PHONE:
        return []
    found = (one for one in chain.memberships.values() if digits(one.phone) == wanted and not one.deleted)
    return [one for one in found if one.status_id != EXPIRED]


def balances(world: World, chain: Chain) -> dict[str, int]:
    """How many visits are left on all memberships in force, by the owner's phone."""
    refresh(world, chain)
    left: dict[str, int] = {}
    for one in chain.memberships.values():
        if not one.deleted and one.status_id != EXPIRED:
            left[digits(one.phone)] = left.get(digits(one.phone), 0) + balance(one)
    return left


def issue(world: World, location: Location, phone: str, given: Wire) -> Membership:
    """Sell a membership: of the type named, or of a new one with that `title`, `count` visits and `months` to run.

    `days_ago` is when it was first used, None leaves it unused; `category` limits it to one service category.
    """
    chain = world.chain_of(location)
    kind = chain.membership_types.get(as_id(given.get("type")))
    count = as_id(given.get("count")) or 10
    if kind is None:
        category = as_id(given.get("category"))
        kind = MembershipType(
            id=world.sequences.next("membership"),
            title=str(given.get("title") or f"{count} visits"),
            cost=count * 9,
            period=as_id(given.get("months")) or 3,
            period_unit_id=3,
            is_united=not category,
            count=count,
            links=[(category, count)] if category else [],
        )
        chain.membership_types[kind.id] = kind
    now = world.clock.stamp()
    ago = given.get("days_ago")
    activated = 0 if ago is None else now - int(ago) * times.DAY
    number = world.sequences.next("membership")
    one = Membership(
        id=number,
        type_id=kind.id,
        number=str(788_000 + number % 1000),
        phone=phone,
        created=activated or now,
        activated=activated,
        expires=activated + kind.period * UNIT_DAYS[kind.period_unit_id] * times.DAY if activated else 0,
        period=kind.period,
        period_unit_id=kind.period_unit_id,
        status_id=ACTIVATED if activated else ISSUED,
        united_count=kind.count if kind.is_united else 0,
        links=[] if kind.is_united else [[category, visits] for category, visits in kind.links],
        sale_id=world.sequences.next("sale"),
    )
    chain.memberships[number] = one
    return one


def membership_of(chain: Chain, membership_id: int) -> Membership:
    """A membership; 404 when there is none."""
    found = chain.memberships.get(membership_id)
    if found is None or found.deleted:
        raise not_found()
    return found


def balance(one: Membership) -> int:
    """How many visits are left."""
    return one.united_count if one.links == [] else sum(count for _, count in one.links)


def write_off(world: World, location: Location, phone: str, category_id: int) -> Membership | None:
    """Take one visit off the client's membership that covers the category; the first use activates it."""
    chain = world.chain_of(location)
    for one in of_phone(world, chain, phone):
        if one.frozen_till > world.clock.stamp() or balance(one) < 1:
            continue
        if one.links == []:
            one.united_count -= 1
        else:
            link = next((link for link in one.links if link[0] == category_id and link[1] > 0), None)
            if link is None:
                continue
            link[1] -= 1
        if one.status_id == ISSUED:
            _activate(world, one)
        if balance(one) == 0:
            one.status_id = USED_UP
        return one
    return None


def _activate(world: World, one: Membership) -> None:
    one.status_id, one.activated = ACTIVATED, world.clock.stamp()
    one.expires = one.activated + one.period * UNIT_DAYS[one.period_unit_id] * times.DAY


def freeze(world: World, one: Membership, till: int | None) -> None:
    """Freeze until a moment, or unfreeze with None; the time frozen is added to the period."""
    now = world.clock.stamp()
    if till is not None and till <= now:
        raise Refused(422, "Validation error", {"freeze_till": ["must be in the future"]})
    if one.expires:
        former = max(0, one.frozen_till - now)
        one.expires += (0 if till is None else till - now) - former
    one.frozen_till = till or 0


def set_balance(one: Membership, united: int | None, links: list[tuple[int, int]]) -> None:
    """Write what is left; a membership that had been used up is active again."""
    if one.links == []:
        one.united_count = united or 0
    for category_id, count in links:
        for link in one.links:
            if link[0] == category_id:
                link[1] = count
    if one.status_id in (ACTIVATED, USED_UP):
        one.status_id = ACTIVATED if balance(one) else USED_UP


def membership_view(world: World, location: Location, one: Membership) -> Wire:
    """A membership as the phone route shows it: ISO dates in the location's zone, the number as text."""
    chain = world.chain_of(location)
    kind = chain.membership_types[one.type_id]

    def stamp(moment: int) -> str | None:
        return times.stamp_text(moment, location.zone) if moment else None

    return {
        "id": one.id,
        "number": one.number,
        "balance_string": balance_string(location, kind, one),
        "created_date": stamp(one.created),
        "activated_date": stamp(one.activated),
        "expiration_date": stamp(one.expires),
        **_common(world, location, one, kind),
    }


def chain_view(world: World, location: Location, one: Membership) -> Wire:
    """A membership as the chain's list shows it: epochs, the number as a number."""
    kind = world.chain_of(location).membership_types[one.type_id]
    return {
        "id": one.id,
        "number": int(one.number) if one.number.isdigit() else one.number,
        "balance_string": balance_string(location, kind, one),
        "created_date": one.created,
        "activated_date": one.activated or None,
        "expiration_date": one.expires or None,
        "client_phone": digits(one.phone),
        **_common(world, location, one, kind),
    }


def _common(world: World, location: Location, one: Membership, kind: MembershipType) -> Wire:
    frozen = one.frozen_till > world.clock.stamp()
    title = TITLES[one.status_id]
    return {
        "is_frozen": frozen,
        "freeze_period": (one.frozen_till - world.clock.stamp()) // times.DAY if frozen else 0,
        "period": one.period,
        "period_unit_id": one.period_unit_id,
        "status": {"id": one.status_id, "title": title, "extended_title": title},
        "is_united_balance": one.links == [],
        "united_balance_services_count": one.united_count,
        "balance_container": {"links": _links(location, [(category, count) for category, count in one.links])},
        "goods_transaction_id": one.sale_id,
        "type": type_view(location, kind),
    }


def balance_string(location: Location, kind: MembershipType, one: Membership) -> str:
    """The human text of what is left."""
    if one.links == []:
        return f"{kind.title} (x{one.united_count})"
    return ", ".join(f"{_category(location, category)} (x{count})" for category, count in one.links)


def type_view(location: Location, kind: MembershipType) -> Wire:
    """A type of membership."""
    return {
        "id": kind.id,
        "salon_group_id": location.chain_id,
        "title": kind.title,
        "period": kind.period,
        "period_unit_id": kind.period_unit_id,
        "allow_freeze": kind.allow_freeze,
        "freeze_limit": 0,
        "is_allow_empty_code": True,
        "is_code_required": False,
        "is_united_balance": kind.is_united,
        "united_balance_services_count": kind.count if kind.is_united else 0,
        "cost": whole(kind.cost),
        "balance_container": {"links": _links(location, kind.links)},
    }


def _category(location: Location, category_id: int) -> str:
    category = location.categories.get(category_id)
    return category.title if category else ""


def _links(location: Location, links: list[tuple[int, int]]) -> list[Wire]:
    return [
        {"count": count, "category": {"id": category, "category_id": 1, "title": _category(location, category)}}
        for category, count in links
    ]


def deposit_view(chain: Chain, one: Deposit) -> Wire:
    """A personal account."""
    return {
        "deposit": {
            "id": one.id,
            "salon_group_id": chain.id,
            "deposit_type_id": one.type_id,
            "initial_balance": whole(one.initial_balance),
            "balance": whole(one.balance),
            "blocked": False,
            "date_create": one.created,
        },
        "deposit_type": {"id": one.type_id, "salon_group_id": chain.id, "title": "Personal account"},
    }


def card_view(location: Location, one: LoyaltyCard) -> Wire:
    """A loyalty card with the client's totals."""
    client = location.clients.get(one.client_id)
    return {
        "id": one.id,
        "balance": whole(one.balance),
        "points": 0,
        "paid_amount": whole(client.paid) if client else 0,
        "sold_amount": whole(client.spent) if client else 0,
        "visits_count": client.success_visits if client else 0,
        "number": one.number,
        "type": {"id": 1, "title": one.title, "salon_group_id": location.chain_id},
        "salon_group": {"id": location.chain_id, "title": ""},
        "programs": [],
    }
