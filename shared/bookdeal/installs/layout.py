"""What an account is made of: read once, kept, and read again only when the account says that it has changed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bookdeal.installs.installation import Installation, Installations, Layout
from bookdeal.model.deal import Account, Field, FieldType, NewField, NewPipeline, Pipeline
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS, REQUIRED, Entity, FieldPlan, accepts, field_plan

NAMES: Mapping[str, Mapping[str, str]] = {
    "BOOKING_DATE": {"en": "Booking date", "es": "Fecha de la cita", "pt": "Data do agendamento", "ru": "Дата записи"},
    "BOOKING_TIME": {"en": "Booking time", "es": "Hora de la cita", "pt": "Hora do agendamento", "ru": "Время записи"},
    "BOOKING_DATETIME": {
        "en": "Booking date and time",
        "es": "Fecha y hora de la cita",
        "pt": "Data e hora do agendamento",
        "ru": "Дата и время записи",
    },
    "BOOKING_ID": {"en": "Booking ID", "es": "ID de la cita", "pt": "ID do agendamento", "ru": "ID записи"},
    "COMPANY_ID": {"en": "Location ID", "es": "ID de la sucursal", "pt": "ID da unidade", "ru": "ID филиала"},
    "EMPLOYEE": {"en": "Employee", "es": "Empleado", "pt": "Profissional", "ru": "Сотрудник"},
    "LOCATION": {"en": "Location", "es": "Sucursal", "pt": "Unidade", "ru": "Филиал"},
    "SERVICES": {"en": "Services", "es": "Servicios", "pt": "Serviços", "ru": "Услуги"},
    "PAID": {"en": "Paid", "es": "Pagado", "pt": "Pago", "ru": "Оплачено"},
    "PAYMENT_STATUS": {
        "en": "Payment status",
        "es": "Estado del pago",
        "pt": "Status do pagamento",
        "ru": "Статус оплаты",
    },
    "BOOKED_ONLINE": {
        "en": "Booked online",
        "es": "Reservado en línea",
        "pt": "Agendado online",
        "ru": "Онлайн-запись",
    },
    "VISITOR": {"en": "Visitor", "es": "Visitante", "pt": "Visitante", "ru": "Посетитель"},
    "CLIENT_ID": {"en": "Client ID", "es": "ID del cliente", "pt": "ID do cliente", "ru": "ID клиента"},
    "PURCHASES": {"en": "Purchases", "es": "Compras", "pt": "Compras", "ru": "Сумма покупок"},
    "VISITS": {"en": "Visits", "es": "Visitas", "pt": "Visitas", "ru": "Количество визитов"},
    "MEMBERSHIP_START": {
        "en": "Membership start",
        "es": "Inicio del abono",
        "pt": "Início da assinatura",
        "ru": "Начало абонемента",
    },
    "MEMBERSHIP_END": {
        "en": "Membership end",
        "es": "Fin del abono",
        "pt": "Fim da assinatura",
        "ru": "Окончание абонемента",
    },
    "MEMBERSHIP_BALANCE": {
        "en": "Membership balance",
        "es": "Saldo del abono",
        "pt": "Saldo da assinatura",
        "ru": "Остаток по абонементу",
    },
}
"""What our fields are called in the account's language."""


class FieldGone(Exception):
    """The field that a person chose for what deals or contacts are found again by is not in the account."""

    def __init__(self, code: str) -> None:
        """Remember which one, by its code."""
        super().__init__(code)
        self.code = code


class AccountReader(Protocol):
    """What is asked of the Kommo client here."""

    def account(self) -> Account:
        """Return the account."""

    def pipelines(self) -> tuple[Pipeline, ...]:
        """Return its pipelines."""

    def create_pipeline(self, pipeline: NewPipeline) -> None:
        """Make a pipeline."""

    def fields(self, entity: Entity) -> tuple[Field, ...]:
        """Return its custom fields."""

    def create_fields(self, entity: Entity, fields: list[NewField]) -> tuple[Field, ...]:
        """Make fields, in the order given."""


def read_layout(kommo: AccountReader, plan: FieldPlan) -> Layout:
    """Read what the account is made of and make those of our fields that the plan wants and the account lacks.

    A field is recognised by its code and type, so that a repeated call after a lost answer makes no second one. A field
    that a person chose and that is gone, or is of another type now, is left out. Raises FieldGone for one that cannot
    be left out.
    """
    account = kommo.account()
    deals = _fields(kommo, "deals", plan.deals, account.language)
    contacts = _fields(kommo, "contacts", plan.contacts, account.language)
    return Layout(
        account=account,
        pipelines=kommo.pipelines(),
        deal_fields={code: field.id for code, field in deals.items()},
        contact_fields={code: field.id for code, field in contacts.items()},
        plan=plan,
        types={field.id: field.type for field in (*deals.values(), *contacts.values())},
    )


def refresh_layout(installations: Installations, installation: Installation, kommo: AccountReader) -> Layout:
    """Read the layout anew, for the fields that the installation's settings choose, and keep it."""
    layout = read_layout(kommo, field_plan(installation.settings))
    installations.write_layout(installation.id, layout)
    return layout


def create_fields(kommo: AccountReader, entity: Entity, codes: Collection[str], language: str) -> dict[str, Field]:
    """Return our own fields with these codes; those that the account lacks are made, named in its language.

    Raises Rejected("rights") where the token is no administrator's.
    """
    return _own_fields(kommo, entity, codes, kommo.fields(entity), language)


def _own_fields(
    kommo: AccountReader, entity: Entity, codes: Collection[str], there: Sequence[Field], language: str
) -> dict[str, Field]:
    found = {field.code: field for field in there if field.code in codes and accepts(field.code, field.type)}
    missing = [code for code in codes if code not in found]
    if missing:
        made = kommo.create_fields(
            entity,
            [
                NewField(
                    name=NAMES[code].get(language, NAMES[code]["en"]),
                    code=code,
                    type=_TYPES[entity][code],
                    read_only_for_people=code in REQUIRED,
                )
                for code in missing
            ],
        )
        found.update(zip(missing, made, strict=True))
    return {code: found[code] for code in codes}


_TYPES: Mapping[Entity, Mapping[str, FieldType]] = {"deals": DEAL_FIELDS, "contacts": CONTACT_FIELDS}


def _fields(kommo: AccountReader, entity: Entity, plan: Mapping[str, int | None], language: str) -> dict[str, Field]:
    """Return the fields of a plan by their code."""
    there = kommo.fields(entity)
    own = _own_fields(kommo, entity, [code for code, id in plan.items() if id is None], there, language)
    by_id = {field.id: field for field in there}
    chosen = {code: by_id[id] for code, id in plan.items() if id in by_id and accepts(code, by_id[id].type)}
    gone = [code for code in plan if code not in own and code not in chosen and code in REQUIRED]
    if gone:
        raise FieldGone(gone[0])
    return own | chosen
