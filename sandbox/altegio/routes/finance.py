"""Money over REST: transactions and sale documents (contract §11.3)."""

from sandbox.altegio import finance, times
from sandbox.altegio.account_model import Wire
from sandbox.altegio.model import Location, Transaction
from sandbox.altegio.record_view import EXPENSES, transaction_in_record
from sandbox.altegio.wire import (
    NO_CONTENT,
    Answer,
    Call,
    Refused,
    Route,
    as_id,
    as_number,
    not_found,
    whole,
)

V1 = "/api/v1"


def transactions(call: Call) -> Answer:
    first, last = times.parse_day(call.text("start_date")), times.parse_day(call.text("end_date"))
    numbers = {
        name: call.integer(name)
        for name in ("account_id", "client_id", "master_id", "document_id", "record_id", "visit_id")
    }
    deleted = call.flag("deleted")
    found = [
        one
        for one in call.location.transactions.values()
        if one.deleted == deleted
        and (first is None or one.wall >= first)
        and (last is None or one.wall < last + times.DAY)
        and all(value is None or getattr(one, name) == value for name, value in numbers.items())
    ]
    found.sort(key=lambda one: (one.wall, one.id), reverse=True)
    page, size = call.page(25)
    shown = [_old_style(call, one) for one in found[(page - 1) * size : page * size]]
    return Answer(shown, {"count": len(found)})


def _old_style(call: Call, one: Transaction) -> Wire:
    """The list writes ids and amounts as strings and its dates in +0400 (contract §0.5, §11.3)."""
    shown = finance.finance_view(call.location, one)
    shown["date"] = times.client_stamp_text(times.to_moment(one.wall, call.zone))
    return {
        **shown,
        **{name: str(shown[name]) for name in ("id", "document_id", "record_id", "visit_id", "sold_item_id")},
        "amount": f"{one.amount:.2f}",
        "deleted": one.deleted,
    }


def _of(call: Call) -> Transaction:
    found = call.location.transactions.get(call.number("transaction"))
    if found is None or found.deleted:
        raise not_found()
    return found


def get_transaction(call: Call) -> Answer:
    return Answer(finance.finance_view(call.location, _of(call)))


def create_transaction(call: Call) -> Answer:
    made = Transaction(
        id=call.world.sequences.next("transaction"),
        document_id=0,
        wall=0,
        expense_id=0,
        account_id=0,
        amount=0,
        client_id=0,
        master_id=0,
        supplier_id=0,
        comment="",
        item_id=0,
        sale_id=0,
        record_id=0,
        visit_id=0,
        changed=call.world.clock.stamp(),
    )
    _fill(call, made)
    call.location.transactions[made.id] = made
    finance.announce(call.world, call.location, made, "create", call.actor)
    return Answer(finance.finance_view(call.location, made), status=201)


def update_transaction(call: Call) -> Answer:
    one = _of(call)
    _fill(call, one)
    one.changed = call.world.clock.stamp()
    if record := call.location.records.get(one.record_id):
        finance.settle(call.world, call.location, record, call.actor)
    finance.announce(call.world, call.location, one, "update", call.actor)
    return Answer(finance.finance_view(call.location, one))


def _fill(call: Call, one: Transaction) -> None:
    given, location = call.fields(), call.location
    if missing := [name for name in ("expense_id", "amount", "account_id") if not given.get(name)]:
        raise Refused(422, "Validation error", {name: ["This field is required"] for name in missing})
    expense, account = as_id(given["expense_id"]), as_id(given["account_id"])
    if expense not in EXPENSES or account not in location.accounts:
        raise Refused(422, "Validation error", {"expense_id": ["unknown expense or account"]})
    before = one.amount
    one.expense_id, one.account_id, one.amount = expense, account, as_number(given["amount"])
    one.client_id = as_id(given.get("client_id")) or one.client_id
    one.master_id, one.supplier_id = as_id(given.get("master_id")), as_id(given.get("supplier_id"))
    one.comment = str(given.get("comment") or "")
    one.wall = times.parse_wall(given.get("date"), call.zone) or one.wall or call.world.wall(location)
    if client := location.clients.get(one.client_id):
        client.paid = round(client.paid + one.amount - before, 2)


def delete_transaction(call: Call) -> Answer:
    finance.take_back(call.world, call.location, _of(call), call.actor)
    return NO_CONTENT


def sale_document(call: Call) -> Answer:
    """The sale behind a visit document: what was sold and how it was paid."""
    number = call.number("document")
    record = next((one for one in call.location.records.values() if one.document_id == number), None)
    if record is None:
        raise not_found()
    return Answer(
        {
            "kkm_state": {"last_operation_type": 0, "transactions": []},
            "state": {
                "payment_transactions": _payments(call.location, record.transactions),
                "loyalty_transactions": [],
                "items": [
                    {"id": line.id, "title": line.title, "amount": line.amount, "cost_to_pay_total": whole(line.cost)}
                    for line in record.services
                ]
                + [
                    {"id": sale.id, "title": sale.title, "amount": sale.amount, "cost_to_pay_total": whole(sale.cost)}
                    for sale in record.sales
                ],
            },
        }
    )


def _payments(location: Location, ids: list[int]) -> list[Wire]:
    found = (location.transactions[one] for one in ids)
    return [transaction_in_record(location, one) for one in found if not one.deleted]


ROUTES = [
    Route("GET", f"{V1}/transactions/{{company}}", transactions, right="finances_transactions_access"),
    Route("GET", f"{V1}/timetable/transactions/{{company}}", transactions, right="timetable_access"),
    Route(
        "POST",
        f"{V1}/finance_transactions/{{company}}",
        create_transaction,
        right="finances_create_transactions_access",
    ),
    Route(
        "GET",
        f"{V1}/finance_transactions/{{company}}/{{transaction}}",
        get_transaction,
        right="finances_transactions_access",
    ),
    Route(
        "PUT",
        f"{V1}/finance_transactions/{{company}}/{{transaction}}",
        update_transaction,
        right="finances_edit_transactions_access",
    ),
    Route(
        "DELETE",
        f"{V1}/finance_transactions/{{company}}/{{transaction}}",
        delete_transaction,
        right="finances_delete_transactions_access",
    ),
    Route("GET", f"{V1}/company/{{company}}/sale/{{document}}", sale_document, right="finances_access"),
]
