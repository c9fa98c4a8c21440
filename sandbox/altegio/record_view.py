"""A record as GET, lists and webhooks show it (contract §4.3, §9.2)."""

from typing import Any

from . import times
from .account_model import Wire
from .model import Client, Line, Location, Record, Sale, Staff, Transaction
from .state import Rules, labels_of
from .wire import whole

PICTURE = "https://pictures.example.test/staff.png"


def label_in_record(location: Location, label_id: int) -> Wire:
    """A record's category: five keys, colours without `#` (contract §5)."""
    label = location.labels[label_id]
    return {
        "id": label.id,
        "title": label.title,
        "color": label.color,
        "icon": label.icon,
        "font_color": label.font_color,
    }


def client_tags(location: Location, ids: list[int]) -> list[Wire]:
    """A client's categories: colours with `#`."""
    return [
        {
            "id": label.id,
            "salon_id": location.id,
            "company_id": location.id,
            "title": label.title,
            "color": f"#{label.color}",
            "font_color": f"#{label.font_color}",
            "icon": label.icon,
            "entity": 1,
            "entity_slug": "client",
            "deleted": 0,
            "is_deleted": False,
            "not_editable": int(label.system),
            "is_editable": not label.system,
        }
        for label in labels_of(location, ids)
    ]


def client_in_record(location: Location, client: Client, *, phones: bool = True) -> Wire:
    """The short form of a client; without the right to see phones they are masked."""
    return {
        "id": client.id,
        "name": client.name,
        "surname": client.surname,
        "patronymic": client.patronymic,
        "display_name": client.display_name,
        "phone": client.phone if phones else masked(client.phone),
        "card": client.card,
        "email": client.email if phones else "",
        "success_visits_count": client.success_visits,
        "fail_visits_count": client.fail_visits,
        "discount": whole(client.discount),
        "is_new": client.success_visits == 0,
        "custom_fields": client.custom_fields or [],
        "client_tags": client_tags(location, client.labels),
    }


def masked(phone: str) -> str:
    """A phone for users without the right to see it; the real format is unknown (contract §15.20)."""
    return f"{phone[:3]}{'*' * (len(phone) - 5)}{phone[-2:]}" if len(phone) > 6 else ""


def staff_in_record(staff: Staff) -> Wire:
    """The short form of a team member; an absent position is `[]`."""
    given = staff.as_given
    return {
        "id": staff.id,
        "api_id": None,
        "name": staff.name,
        "specialization": staff.specialization,
        "position": position_view(staff),
        "avatar": given.get("avatar", PICTURE),
        "avatar_big": given.get("avatar_big", PICTURE),
        "rating": staff.rating,
        "votes_count": given.get("votes_count", 0),
    }


def position_view(staff: Staff) -> Wire | list[Any]:
    """A team member's position, `[]` without one."""
    if staff.position is None:
        return []
    return {"id": staff.position.id, "title": staff.position.title, "services_binding_type": 0}


def line_view(line: Line) -> Wire:
    """One service line."""
    cost = whole(line.cost)
    return {
        "id": line.id,
        "title": line.title,
        "cost": cost,
        "cost_to_pay": cost,
        "manual_cost": whole(line.manual_cost),
        "cost_per_unit": whole(line.cost_per_unit),
        "discount": whole(line.discount),
        "first_cost": whole(line.first_cost),
        "amount": whole(line.amount),
    }


def sale_view(sale: Sale) -> Wire:
    """One product sold in the visit."""
    cost = whole(sale.cost)
    return {
        "id": sale.id,
        "title": sale.title,
        "barcode": "",
        "article": "",
        "amount": whole(sale.amount),
        "cost_per_unit": whole(sale.cost_per_unit),
        "price": whole(sale.cost_per_unit),
        "cost": cost,
        "cost_to_pay": cost,
        "manual_cost": whole(sale.manual_cost),
        "master_id": sale.master_id,
        "storage_id": 0,
        "good_id": sale.good_id,
        "discount": whole(sale.discount),
        "loyalty_abonement_id": 0,
        "loyalty_certificate_id": 0,
        "good_special_number": "",
        **sale.as_given,
    }


def document_view(location: Location, record: Record) -> Wire:
    """The visit document that every record has."""
    return {
        "id": record.document_id,
        "type_id": 7,
        "storage_id": 0,
        "user_id": record.created_user_id,
        "company_id": location.id,
        "number": record.document_id,
        "comment": "",
        "date_created": times.wall_text(record.starts),
        "category_id": 0,
        "visit_id": record.visit_id,
        "record_id": record.id,
        "type_title": "Visit",
        "is_sale_bill_printed": False,
    }


def transaction_in_record(location: Location, one: Transaction) -> Wire:
    """A payment inside a record; an absent master or supplier is `[]`."""
    client = location.clients.get(one.client_id)
    account = location.accounts[one.account_id]
    return {
        "id": one.id,
        "document_id": one.document_id,
        "date": times.wall_text(one.wall),
        "type_id": one.expense_id,
        "expense_id": one.expense_id,
        "account_id": one.account_id,
        "amount": whole(one.amount),
        "client_id": one.client_id,
        "master_id": one.master_id,
        "supplier_id": one.supplier_id,
        "comment": one.comment,
        "item_id": one.item_id,
        "target_type_id": 0 if one.sale_id else 1,
        "record_id": one.record_id,
        "goods_transaction_id": one.sale_id,
        "expense": {"id": one.expense_id, "title": EXPENSES[one.expense_id], "type": 7},
        "account": {
            "id": account.id,
            "title": account.title,
            "is_cash": account.is_cash,
            "is_default": account.is_default,
        },
        "client": {"id": client.id, "name": client.name, "phone": client.phone, "email": client.email}
        if client
        else [],
        "master": [],
        "supplier": [],
        **one.as_given,
    }


EXPENSES = {5: "Service payments", 7: "Product sales", 9: "Other"}


def datetime_text(record: Record, location: Location, rules: Rules) -> str:
    """`datetime`: the wall clock is right, the offset is the winter's even in summer (contract §0.5)."""
    offset = times.winter_offset if rules.wrong_offset else times.true_offset
    text = times.wall_text(record.starts).replace(" ", "T")
    return text + times.offset_text(offset(record.starts, location.zone), True)


def record_view(
    location: Location,
    record: Record,
    rules: Rules,
    *,
    finance: bool = False,
    consumables: bool = False,
    phones: bool = True,
) -> Wire:
    """The whole record; `finance` and `consumables` add their arrays."""
    zone = location.zone
    client = location.clients.get(record.client_id)
    staff = location.staff.get(record.staff_id)
    shown: Wire = {
        "id": record.id,
        "company_id": location.id,
        "staff_id": record.staff_id,
        "services": [line_view(line) for line in record.services],
        "goods_transactions": [sale_view(sale) for sale in record.sales],
        "staff": staff_in_record(staff) if staff else [],
        "client": client_in_record(location, client, phones=phones) if client else None,
        "comer": record.comer,
        "clients_count": record.clients_count,
        "date": times.wall_text(record.starts),
        "datetime": datetime_text(record, location, rules),
        "create_date": times.stamp_text(record.created, zone),
        "comment": record.comment,
        "online": record.online,
        "visit_attendance": record.visit_attendance,
        "attendance": record.attendance,
        "confirmed": record.confirmed,
        "seance_length": record.length,
        "length": record.length,
        "technical_break_duration": record.technical_break_duration,
        "sms_before": 4,
        "sms_now": 0,
        "sms_now_text": "",
        "email_now": 0,
        "notified": 0,
        "master_request": record.master_request,
        "api_id": record.api_id,
        "from_url": record.from_url,
        "review_requested": 0,
        "visit_id": record.visit_id,
        "created_user_id": record.created_user_id,
        "deleted": record.deleted,
        "paid_full": record.paid_full,
        "payment_status": record.paid_full,
        "prepaid": record.prepaid,
        "prepaid_confirmed": record.prepaid,
        "last_change_date": times.stamp_text(record.changed, zone),
        "custom_color": record.custom_color,
        "custom_font_color": record.custom_font_color,
        "record_labels": [label_in_record(location, one) for one in record.labels if one in location.labels],
        "activity_id": record.activity_id,
        "custom_fields": record.custom_fields or [],
        "documents": [document_view(location, record)],
        "sms_remain_hours": record.sms_remain_hours,
        "email_remain_hours": record.email_remain_hours,
        "bookform_id": record.bookform_id,
        "record_from": record.record_from,
        "is_mobile": int(record.online),
        "is_update_blocked": record.is_update_blocked,
        "is_sale_bill_printed": record.is_sale_bill_printed,
        "resource_instance_ids": record.resource_instance_ids,
        "short_link": f"https://short.example.test/c/{record.id:x}/",
        "acceptance_free": None,
    }
    if finance:
        shown["finance_transactions"] = [
            transaction_in_record(location, location.transactions[one])
            for one in record.transactions
            if not location.transactions[one].deleted
        ]
    if consumables:
        shown["consumables"] = []
    if record.as_given:
        shown.update(record.as_given)
        if not phones and shown["client"]:
            shown["client"] = {**shown["client"], "phone": masked(shown["client"]["phone"]), "email": ""}
    return shown


def hook_view(location: Location, record: Record, rules: Rules) -> Wire:
    """The record as its webhook carries it: with the visitor's data, more of the client, and `composite`."""
    shown = record_view(location, record, rules, finance=True)
    client = location.clients.get(record.client_id)
    if client is not None and shown["client"]:
        shown["client"] = {
            **shown["client"],
            "comment": client.comment,
            "sex": client.sex_id,
            "birthday": client.birth_date,
        }
    shown["composite"] = []
    shown["comer_person_info"] = record.comer
    return shown


def brief_view(record: Record, location: Location, rules: Rules) -> Wire:
    """The reduced record that PUT answers (contract §4.5)."""
    shown = record_view(location, record, rules)
    for key in ("visit_id", "attendance", "visit_attendance", "last_change_date", "documents", "short_link"):
        shown.pop(key, None)
    return shown
