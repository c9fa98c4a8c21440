from typing import Any

import pytest

from bookdeal.altegio.rights import Right, missing_rights, section_of
from sandbox.altegio.access import GROUPS


def with_off(*switches: str, value: Any = False) -> dict[str, Any]:
    return {
        group: {name: value if name in switches else is_on for name, is_on in named.items()}
        for group, named in GROUPS.items()
    }


def test_an_owner_lacks_nothing() -> None:
    assert missing_rights(with_off()) == frozenset()


@pytest.mark.parametrize("value", [False, 0, "0"])
@pytest.mark.parametrize(
    ("switch", "right"),
    [
        ("timetable_access", Right.SEE_SCHEDULE),
        ("create_records_access", Right.CREATE_BOOKINGS),
        ("edit_records_access", Right.MOVE_BOOKINGS),
        ("delete_records_access", Right.DELETE_BOOKINGS),
        ("clients_access", Right.SEE_CLIENTS),
        ("record_form_client_add_access", Right.ADD_CLIENTS),
        ("settings_services_access", Right.SEE_SERVICES),
        ("loyalty_access", Right.SEE_LOYALTY),
        ("clients_show_attendance_history_access", Right.SEE_VISITS),
        ("dash_records_access", Right.LIST_BOOKINGS),
        ("webhook_read_access", Right.CHANGE_WEBHOOKS),
    ],
)
def test_each_switch_that_is_off_is_named(switch: str, right: Right, value: Any) -> None:
    assert missing_rights(with_off(switch, value=value)) == {right}


@pytest.mark.parametrize("answer", [None, [], {}, "yes", {"timetable": []}, {"timetable": {"timetable_access": None}}])
def test_what_is_not_told_is_not_missed(answer: Any) -> None:
    assert missing_rights(answer) == frozenset()


def test_every_right_has_a_place_where_it_is_switched_on() -> None:
    assert {section_of(right) for right in Right}
