"""Payments and product sales (contract §11.3): they change paid flags, and may lower what the lines cost."""

from . import times, visits
from .account_model import Wire
from .clients import recount
from .model import Line, Location, Record, Sale, Transaction
from .record_view import EXPENSES
from .records import changed
from .state import World
from .wire import Actor, Refused, whole

SERVICE, PRODUCT = 5, 7


def paid_sum(location: Location, record: Record) -> float:
    """What has been paid for a record."""
    payments = (location.transactions[one] for one in record.transactions)
    return round(sum(one.amount for one in payments if not one.deleted), 2)


def payment_status(location: Location, record: Record) -> str:
    """not_paid, paid_not_full, paid_full or paid_over."""
    paid = paid_sum(location, record)
    if record.paid_full:
        return "paid_over" if paid > record.total else "paid_full"
    return "paid_not_full" if paid else "not_paid"


def default_account(location: Location) -> int:
    """The till that payments go to when none is named."""
    accounts = location.accounts.values()
    found = next((one.id for one in accounts if one.is_default), None) or next(iter(location.accounts), None)
    if found is None:
        raise Refused(422, "The location has no account")
    return found


def pay(
    world: World,
    location: Location,
    records: list[Record],
    actor: Actor,
    *,
    account_id: int = 0,
    amount: float | None = None,
    cost_to_pay: float | None = None,
) -> list[Transaction]:
    """Pay records of one visit: one finance operation per line, each announced.

    `cost_to_pay` lowers the total first (a loyalty programme, a certificate) and spreads it over the lines; `amount`
    pays only a part. The records' change stamps move only if the rule `payment_changes_stamp` says so.
    """
    account = account_id or default_account(location)
    if account not in location.accounts:
        raise Refused(422, "Validation error", {"account_id": ["Account not found"]})
    if cost_to_pay is not None:
        _lower(records, cost_to_pay)
    left = amount
    made: list[Transaction] = []
    for record in records:
        for payment in _due(world, location, record, account):
            if left is not None:
                payment.amount = round(min(payment.amount, left), 2)
                left = round(left - payment.amount, 2)
            if payment.amount > 0:
                made.append(payment)
                location.transactions[payment.id] = payment
                record.transactions.append(payment.id)
    for record in records:
        settle(world, location, record, actor)
    if made and (client := location.clients.get(records[0].client_id)):
        client.paid = round(client.paid + sum(one.amount for one in made), 2)
        for key in ("paid", "balance"):
            client.as_given.pop(key, None)
    for payment in made:
        announce(world, location, payment, "create", actor)
    return made


def _lower(records: list[Record], total: float) -> None:
    items: list[Line | Sale] = []
    for record in records:
        items += record.services
        items += record.sales
    full = sum(item.manual_cost for item in items)
    if not items or total < 0 or total > full:
        raise Refused(422, "Validation error", {"cost_to_pay": ["must not be more than the full cost"]})
    left = round(total, 2)
    for item in items[:-1]:
        item.cost = round(item.manual_cost * total / full, 2) if full else 0
        left = round(left - item.cost, 2)
    items[-1].cost = left


def _due(world: World, location: Location, record: Record, account: int) -> list[Transaction]:
    """The payments that would settle a record, line by line."""
    covered: dict[tuple[int, int], float] = {}
    for one in record.transactions:
        known = location.transactions[one]
        if not known.deleted:
            key = (known.item_id, known.sale_id)
            covered[key] = covered.get(key, 0) + known.amount
    wall = _payment_wall(world, location, record)
    due: list[Transaction] = []
    items = [(line.id, 0, line.cost, SERVICE) for line in record.services]
    items += [(sale.id, sale.id, sale.cost, PRODUCT) for sale in record.sales]
    for item_id, sale_id, cost, expense in items:
        already = min(cost, covered.get((item_id, sale_id), 0))
        if covered.get((item_id, sale_id)):
            covered[item_id, sale_id] -= already
        due.append(
            Transaction(
                id=world.sequences.next("transaction"),
                document_id=record.document_id,
                wall=wall,
                expense_id=expense,
                account_id=account,
                amount=round(cost - already, 2),
                client_id=record.client_id,
                master_id=0,
                supplier_id=0,
                comment="",
                item_id=item_id,
                sale_id=sale_id,
                record_id=record.id,
                visit_id=record.visit_id,
                changed=world.clock.stamp(),
            )
        )
    return due


def _payment_wall(world: World, location: Location, record: Record) -> int:
    """The date that a payment carries: the start of the visit, one hour early (contract §0.5)."""
    members = visits.live_records(location, record.visit_id) if record.visit_id else []
    first = min((one.starts for one in members), default=record.starts)
    return first - (times.HOUR if world.rules.finance_hour_off else 0)


def settle(world: World, location: Location, record: Record, actor: Actor) -> None:
    """Set the paid flags by what has been paid; what a membership lowered to nothing is paid too."""
    paid = paid_sum(location, record)
    covered = record.total == 0 and any(line.manual_cost > 0 for line in record.services)
    record.paid_full = int(paid >= record.total and (paid > 0 or covered))
    record.forget_given("paid_full", "payment_status", "services", "finance_transactions", "goods_transactions")
    recount(location, record)
    if world.rules.payment_changes_stamp:
        changed(world, location, record, actor)


def take_back(world: World, location: Location, payment: Transaction, actor: Actor) -> None:
    """Delete a finance operation; its record is no longer paid in full."""
    payment.deleted = True
    payment.changed = world.clock.stamp()
    if client := location.clients.get(payment.client_id):
        client.paid = round(client.paid - payment.amount, 2)
    if record := location.records.get(payment.record_id):
        settle(world, location, record, actor)
    announce(world, location, payment, "delete", actor)


def sell(
    world: World, location: Location, record: Record, good_id: int, amount: float, master_id: int, actor: Actor
) -> Sale:
    """Sell a product within a record's visit and announce it; 422 for an unknown product."""
    if good_id not in location.goods or amount <= 0:
        raise Refused(422, "Validation error", {"good_id": ["Product not found"]})
    title, price = location.goods[good_id]
    cost = round(price * amount, 2)
    sale = Sale(
        id=world.sequences.next("sale"),
        good_id=good_id,
        title=title,
        amount=-amount,
        cost_per_unit=price,
        discount=0,
        manual_cost=cost,
        cost=cost,
        master_id=master_id or record.staff_id,
    )
    record.sales.append(sale)
    settle(world, location, record, actor)
    world.ring(
        location, "goods_operations_sale", sale.id, "create", lambda: sale_hook(world, location, record, sale), actor
    )
    return sale


def announce(world: World, location: Location, payment: Transaction, status: str, actor: Actor) -> None:
    """Ring the hook of a finance operation."""
    world.ring(location, "finances_operation", payment.id, status, lambda: finance_view(location, payment), actor)


def finance_view(location: Location, payment: Transaction) -> Wire:
    """A finance operation as its hook and `GET /transactions` show it (contract §9.2)."""
    client = location.clients.get(payment.client_id)
    account = location.accounts[payment.account_id]
    zone = location.zone
    kind = "goods_transaction" if payment.sale_id else "service" if payment.item_id else ""
    return {
        "id": payment.id,
        "document_id": payment.document_id,
        "expense": {"id": payment.expense_id, "title": EXPENSES[payment.expense_id]},
        "date": times.stamp_text(times.to_moment(payment.wall, zone), zone),
        "amount": whole(payment.amount),
        "comment": payment.comment,
        "master": [],
        "supplier": [],
        "account": {"id": account.id, "title": account.title},
        "client": {"id": client.id, "name": client.name, "phone": client.phone} if client else [],
        "last_change_date": times.stamp_text(payment.changed, zone),
        "record_id": payment.record_id,
        "visit_id": payment.visit_id,
        "sold_item_id": payment.item_id,
        "sold_item_type": kind,
    }


def sale_hook(world: World, location: Location, record: Record, sale: Sale) -> Wire:
    """A product sale as its hook shows it."""
    client = location.clients.get(record.client_id)
    master = location.staff.get(sale.master_id)
    now = times.stamp_text(world.clock.stamp(), location.zone)
    return {
        "id": sale.id,
        "document_id": record.document_id,
        "type_id": 1,
        "type": "Product sales",
        "good": {"id": sale.good_id, "title": sale.title},
        "storage": {"id": 1, "title": "Products"},
        "unit": {"id": 1, "title": "pcs"},
        "operation_unit_type": 1,
        "amount": whole(sale.amount),
        "create_date": now,
        "cost_per_unit": whole(sale.cost_per_unit),
        "cost": whole(sale.cost),
        "discount": whole(sale.discount),
        "comment": "",
        "master": {"id": master.id, "title": master.name} if master else [],
        "supplier": [],
        "record_id": record.id,
        "service": [],
        "client": {"id": client.id, "name": client.name, "phone": client.phone} if client else [],
        "last_change_date": now,
        "loyalty_abonement_id": 0,
        "loyalty_certificate_id": 0,
    }
