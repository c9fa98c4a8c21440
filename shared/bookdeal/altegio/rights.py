"""What an Altegio user may do in a location, as far as Bookdeal needs it (contract §1.5)."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any


class Right(StrEnum):
    """What Bookdeal needs to be allowed; what does not work without it is the widget's to say."""

    SEE_SCHEDULE = "see_schedule"
    SEE_BOOKINGS = "see_bookings"
    CREATE_BOOKINGS = "create_bookings"
    MOVE_BOOKINGS = "move_bookings"
    SET_STATUS = "set_status"
    DELETE_BOOKINGS = "delete_bookings"
    SEE_CLIENTS = "see_clients"
    SEE_PHONES = "see_phones"
    ADD_CLIENTS = "add_clients"
    SEE_SERVICES = "see_services"
    SEE_LOYALTY = "see_loyalty"
    SEE_VISITS = "see_visits"
    LIST_BOOKINGS = "list_bookings"
    CHANGE_WEBHOOKS = "change_webhooks"


class Section(StrEnum):
    """The part of Altegio's form of a user's rights where a right is switched on."""

    SCHEDULE = "schedule"
    BOOKING = "booking"
    CLIENTS = "clients"
    OVERVIEW = "overview"
    LOYALTY = "loyalty"
    SETTINGS = "settings"


_SWITCHES: Mapping[Right, tuple[Section, tuple[str, ...]]] = {
    Right.SEE_SCHEDULE: (Section.SCHEDULE, ("timetable_access",)),
    Right.SEE_BOOKINGS: (Section.BOOKING, ("record_form_access",)),
    Right.CREATE_BOOKINGS: (Section.BOOKING, ("create_records_access",)),
    Right.MOVE_BOOKINGS: (Section.BOOKING, ("edit_records_access", "records_edit_date_and_master_access")),
    Right.SET_STATUS: (Section.BOOKING, ("edit_records_attendance_access",)),
    Right.DELETE_BOOKINGS: (Section.BOOKING, ("delete_records_access",)),
    Right.SEE_CLIENTS: (Section.CLIENTS, ("clients_access", "record_form_client_access")),
    Right.SEE_PHONES: (
        Section.CLIENTS,
        ("timetable_phones_access", "client_phones_access", "clients_card_phone_access"),
    ),
    Right.ADD_CLIENTS: (Section.BOOKING, ("record_form_client_add_access",)),
    Right.SEE_SERVICES: (Section.SETTINGS, ("settings_services_access",)),
    Right.SEE_LOYALTY: (Section.LOYALTY, ("loyalty_access",)),
    Right.SEE_VISITS: (Section.CLIENTS, ("clients_show_attendance_history_access",)),
    Right.LIST_BOOKINGS: (Section.OVERVIEW, ("dash_records_access",)),
    Right.CHANGE_WEBHOOKS: (Section.SETTINGS, ("settings_access", "webhook_read_access")),
}


def section_of(right: Right) -> Section:
    """Return where a right is switched on."""
    return _SWITCHES[right][0]


def missing_rights(answer: Any) -> frozenset[Right]:
    """Return the rights that Altegio's answer denies: a switch that it does not name is taken for switched on."""
    off = {name for name, is_on in _switches(answer) if not is_on}
    return frozenset(right for right, (_, names) in _SWITCHES.items() if off.intersection(names))


def _switches(answer: Any) -> Iterator[tuple[str, bool]]:
    """Yield every switch of the nested groups; a flag may come as a number or a text."""
    if not isinstance(answer, dict):
        return
    for name, value in answer.items():
        if isinstance(value, dict):
            yield from _switches(value)
        elif isinstance(value, bool | int | str):
            yield str(name), value not in (False, 0, "0", "", "false")
