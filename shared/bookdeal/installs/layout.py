"""What an account is made of: read once, kept, and read again only when the account says that it has changed."""

from collections.abc import Mapping
from typing import Literal, Protocol

from bookdeal.installs.installation import Installation, Installations, Layout
from bookdeal.model.deal import Account, Field, FieldType, NewField, Pipeline

type Entity = Literal["deals", "contacts"]

NAMES: Mapping[str, Mapping[str, str]] = {
    "BOOKING_DATE": {"en": "Booking date", "es": "Fecha de la cita", "pt": "Data da reserva", "ru": "Дата записи"},
    "BOOKING_TIME": {"en": "Booking time", "es": "Hora de la cita", "pt": "Hora da reserva", "ru": "Время записи"},
    "BOOKING_DATETIME": {
        "en": "Booking date and time",
        "es": "Fecha y hora de la cita",
        "pt": "Data e hora da reserva",
        "ru": "Дата и время записи",
    },
    "BOOKING_ID": {"en": "Booking ID", "es": "ID de la cita", "pt": "ID da reserva", "ru": "ID записи"},
    "COMPANY_ID": {"en": "Location ID", "es": "ID de la sucursal", "pt": "ID da unidade", "ru": "ID филиала"},
    "EMPLOYEE": {"en": "Employee", "es": "Empleado", "pt": "Profissional", "ru": "Сотрудник"},
    "LOCATION": {"en": "Location", "es": "Sucursal", "pt": "Unidade", "ru": "Филиал"},
    "SERVICES": {"en": "Services", "es": "Servicios", "pt": "Serviços", "ru": "Услуги"},
    "CLIENT_ID": {"en": "Client ID", "es": "ID del cliente", "pt": "ID do cliente", "ru": "ID клиента"},
}
"""What our fields are called in the account's language."""

READ_ONLY = frozenset({"BOOKING_ID", "COMPANY_ID", "CLIENT_ID"})
"""Fields that people may look at but not change: they are how a deal is found again."""


class AccountReader(Protocol):
    """What is asked of the Kommo client here."""

    def account(self) -> Account:
        """Return the account."""

    def pipelines(self) -> tuple[Pipeline, ...]:
        """Return its pipelines."""

    def fields(self, entity: Entity) -> tuple[Field, ...]:
        """Return its custom fields."""

    def create_fields(self, entity: Entity, fields: list[NewField]) -> tuple[Field, ...]:
        """Make fields, in the order given."""


def read_layout(kommo: AccountReader, wanted: Mapping[Entity, Mapping[str, FieldType]]) -> Layout:
    """Read what the account is made of and make the fields that it lacks.

    A field is recognised by its code and type, so that a repeated call after a lost answer makes no second one.
    """
    account = kommo.account()
    return Layout(
        account=account,
        pipelines=kommo.pipelines(),
        deal_fields=_field_ids(kommo, "deals", wanted["deals"], account.language),
        contact_fields=_field_ids(kommo, "contacts", wanted["contacts"], account.language),
    )


def refresh_layout(
    installations: Installations,
    installation: Installation,
    kommo: AccountReader,
    wanted: Mapping[Entity, Mapping[str, FieldType]],
) -> Layout:
    """Read the layout anew and keep it."""
    layout = read_layout(kommo, wanted)
    installations.write_layout(installation.id, layout)
    return layout


def _field_ids(
    kommo: AccountReader, entity: Entity, wanted: Mapping[str, FieldType], language: str
) -> Mapping[str, int]:
    found = {field.code: field for field in kommo.fields(entity) if wanted.get(field.code) is field.type}
    missing = [code for code in wanted if code not in found]
    if missing:
        made = kommo.create_fields(
            entity,
            [
                NewField(
                    name=NAMES[code].get(language, NAMES[code]["en"]),
                    code=code,
                    type=wanted[code],
                    read_only_for_people=code in READ_ONLY,
                )
                for code in missing
            ],
        )
        found.update(zip(missing, made, strict=True))
    return {code: found[code].id for code in wanted}
