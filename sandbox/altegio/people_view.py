"""A client's card as GET, lists and webhooks show it (contract §7.2)."""

from . import times
from .account_model import Wire
from .model import Client, Location
from .record_view import client_tags, masked
from .wire import whole

IMPORTANCE = ("No priority level", "Bronze", "Silver", "Gold")
SEX = ("unknown", "male", "female")


def client_view(location: Location, client: Client, *, phones: bool = True) -> Wire:
    """The full card; `custom_fields` is an object here, also when empty."""
    return {
        "id": client.id,
        "name": client.name,
        "surname": client.surname,
        "patronymic": client.patronymic,
        "display_name": client.display_name,
        "phone": client.phone if phones else masked(client.phone),
        "email": client.email if phones else "",
        "discount": whole(client.discount),
        "card": client.card,
        "sex_id": client.sex_id,
        "sex": SEX[client.sex_id],
        "sms_check": client.sms_check,
        "sms_bot": 0,
        "sms_not": 0,
        "importance_id": client.importance_id,
        "importance": IMPORTANCE[client.importance_id],
        "comment": client.comment,
        "last_change_date": times.client_stamp_text(client.changed),
        "birth_date": client.birth_date,
        "visits": client.success_visits,
        "spent": whole(client.spent),
        "paid": whole(client.paid),
        "balance": whole(round(client.paid - client.spent, 2)),
        "categories": client_tags(location, client.labels),
        "custom_fields": client.custom_fields,
        **client.as_given,
    }
