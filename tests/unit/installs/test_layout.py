"""The fields that deals and contacts use: our own, made where they are missing, or those that a person chose."""

from dataclasses import dataclass, field

import pytest

from bookdeal.installs.installation import Layout, layout_from, layout_item
from bookdeal.installs.layout import NAMES, FieldGone, create_fields, read_layout
from bookdeal.model.deal import Account, Field, FieldType, NewField, Pipeline
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS, OPTIONAL, Entity, FieldPlan, field_plan
from bookdeal.model.settings import FieldsMap, Settings
from bookdeal.runtime.store import from_wire, to_wire
from tests.unit.bookings.examples import PIPELINES


@dataclass
class AccountInMemory:
    """An account with custom fields."""

    language: str = "en"
    there: dict[str, list[Field]] = field(default_factory=lambda: {"deals": [], "contacts": []})
    made: list[NewField] = field(default_factory=list)
    reads: int = 0

    def account(self) -> Account:
        return Account(1, "Salon", "salon", "ES", "EUR", self.language, "Europe/Madrid")

    def pipelines(self) -> tuple[Pipeline, ...]:
        return PIPELINES

    def fields(self, entity: Entity) -> tuple[Field, ...]:
        self.reads += 1
        return tuple(self.there[entity])

    def create_fields(self, entity: Entity, fields: list[NewField]) -> tuple[Field, ...]:
        self.made += fields
        made = [Field(1000 + len(self.made) + at, one.name, one.code, one.type) for at, one in enumerate(fields)]
        self.there[entity] += made
        return tuple(made)


def plan(**settings: object) -> FieldPlan:
    return field_plan(Settings(**settings))  # type: ignore[arg-type]


def codes(layout: Layout) -> tuple[set[str], set[str]]:
    return set(layout.deal_fields), set(layout.contact_fields)


ALWAYS = set(DEAL_FIELDS) - OPTIONAL
CLIENT = {"CLIENT_ID"}
TOTALS = {"PURCHASES", "VISITS"}
MEMBERSHIP = {"MEMBERSHIP_START", "MEMBERSHIP_END", "MEMBERSHIP_BALANCE"}


@pytest.mark.parametrize(
    ("settings", "deals", "contacts"),
    [
        ({}, ALWAYS, CLIENT | TOTALS),
        ({"statistics": False}, ALWAYS, CLIENT),
        ({"memberships": True}, ALWAYS, CLIENT | TOTALS | MEMBERSHIP),
        ({"fields": FieldsMap({"SERVICES": None})}, ALWAYS - {"SERVICES"}, CLIENT | TOTALS),
        ({"fields": FieldsMap({"BOOKING_ID": None}, {"CLIENT_ID": None})}, ALWAYS, CLIENT | TOTALS),
        ({"fields": FieldsMap({}, {"VISITS": None})}, ALWAYS, CLIENT | {"PURCHASES"}),
        ({"fields": FieldsMap({"PAID": None, "UNKNOWN": 7})}, ALWAYS, CLIENT | TOTALS),
    ],
)
def test_what_is_used_is_made_once(settings: dict[str, object], deals: set[str], contacts: set[str]) -> None:
    account = AccountInMemory()
    layout = read_layout(account, plan(**settings))
    assert codes(layout) == (deals, contacts)
    assert {one.code for one in account.made} == deals | contacts
    assert read_layout(account, plan(**settings)) == layout
    assert len(account.made) == len(deals | contacts)


def test_chosen_fields_are_taken_and_not_made() -> None:
    account = AccountInMemory()
    account.there["deals"] = [Field(5, "Master", "", FieldType.TEXT), Field(6, "Money", "", FieldType.NUMBER)]
    account.there["contacts"] = [Field(7, "From", "", FieldType.DATE_TIME)]
    chosen = FieldsMap({"EMPLOYEE": 5, "PAID": 6}, {"MEMBERSHIP_START": 7})
    layout = read_layout(account, plan(fields=chosen, memberships=True))
    assert (layout.deal_fields["EMPLOYEE"], layout.deal_fields["PAID"]) == (5, 6)
    assert layout.types[layout.contact_fields["MEMBERSHIP_START"]] is FieldType.DATE_TIME
    assert layout.types[layout.contact_fields["MEMBERSHIP_END"]] is FieldType.DATE
    assert {"EMPLOYEE", "PAID", "MEMBERSHIP_START"}.isdisjoint({one.code for one in account.made})


@pytest.mark.parametrize("type", [None, FieldType.NUMBER])
def test_a_chosen_field_that_is_gone_or_changed_is_left_out(type: FieldType | None) -> None:
    account = AccountInMemory()
    account.there["deals"] = [Field(5, "Master", "", type)] if type else []
    layout = read_layout(account, plan(fields=FieldsMap({"EMPLOYEE": 5})))
    assert "EMPLOYEE" not in layout.deal_fields


@pytest.mark.parametrize(
    ("chosen", "code"), [(FieldsMap({"BOOKING_ID": 5}), "BOOKING_ID"), (FieldsMap({}, {"CLIENT_ID": 5}), "CLIENT_ID")]
)
def test_what_deals_are_found_by_cannot_be_left_out(chosen: FieldsMap, code: str) -> None:
    with pytest.raises(FieldGone) as raised:
        read_layout(AccountInMemory(), plan(fields=chosen))
    assert raised.value.code == code


@pytest.mark.parametrize("language", ["en", "es", "pt", "ru", "de"])
def test_fields_are_named_in_the_accounts_language(language: str) -> None:
    account = AccountInMemory(language)
    made = create_fields(account, "deals", [*DEAL_FIELDS], language)
    made |= create_fields(account, "contacts", [*CONTACT_FIELDS], language)
    known = "en" if language == "de" else language
    assert {code: one.name for code, one in made.items()} == {code: names[known] for code, names in NAMES.items()}
    assert {one.code for one in account.made if one.read_only_for_people} == {"BOOKING_ID", "COMPANY_ID", "CLIENT_ID"}


def test_every_name_of_a_language_is_there_once() -> None:
    assert set(NAMES) == {*DEAL_FIELDS, *CONTACT_FIELDS}
    for codes_of in (DEAL_FIELDS, CONTACT_FIELDS):
        for language in ("en", "es", "pt", "ru"):
            assert len({NAMES[code][language] for code in codes_of}) == len(codes_of)


def test_a_layout_comes_back_as_it_was_stored() -> None:
    account = AccountInMemory()
    account.there["deals"] = [Field(5, "Master", "", FieldType.TEXT)]
    layout = read_layout(account, plan(fields=FieldsMap({"EMPLOYEE": 5, "SERVICES": None})))
    assert layout_from(from_wire(to_wire(layout_item(layout)))) == layout


def test_a_layout_of_the_first_version_fits_no_choice_and_is_read_anew() -> None:
    item = layout_item(read_layout(AccountInMemory(), plan()))
    del item["plan"], item["types"]
    assert layout_from(item).plan != plan()
