"""Each property × it still is as we wrote it, somebody has changed it, it is as before; and what is never kept."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.bookings.undo import (
    LOSS_REASON,
    MAIN_CONTACT,
    ON_DEAL,
    PLACE,
    PRICE,
    Entity,
    Keeper,
    Kept,
    Undo,
    change_to,
    is_mark,
    linked_contacts,
    merged,
    properties_after,
    properties_of,
    unlinked_contacts,
)
from bookdeal.model.deal import Deal, DealChange, Place

TIME, TITLE, SERVICES, EMPLOYEE, PAID, WHEN, ONLINE, FOREIGN = range(1, 9)
CODES = {
    TIME: "BOOKING_TIME",
    TITLE: "LOCATION",
    SERVICES: "SERVICES",
    EMPLOYEE: "EMPLOYEE",
    PAID: "PAID",
    WHEN: "BOOKING_DATETIME",
    ONLINE: "BOOKED_ONLINE",
}
KEEPER = Keeper(CODES, ("Gràcia",), "salt")
DEAL = Deal(501, "Haircut", 30, Place(20, 1), {}, (), 1, 1)

PROPERTIES: list[tuple[str, Kept, Kept, Kept]] = [
    (PLACE, [20, 1], [20, 143], [20, 142]),
    (LOSS_REASON, None, 71, 72),
    (LOSS_REASON, 71, None, 72),
    (PRICE, 30, 0, 45),
    (f"field:{TIME}", "10:00", "12:30", "13:00"),
    (f"field:{TITLE}", None, "Gràcia", "Sants"),
    (f"field:{PAID}", None, "30", "12.5"),
    (f"field:{WHEN}", 1_800_000_000, 1_800_003_600, None),
    (f"field:{ONLINE}", None, True, False),
    ("tag:9", None, True, None),
    ("contact:301", True, None, None),
    ("contact:302", None, True, None),
    (MAIN_CONTACT, 301, 302, 303),
    (MAIN_CONTACT, 301, None, 303),
    (ON_DEAL, 501, 502, 503),
]
every_property = pytest.mark.parametrize(("name", "before", "after", "other"), PROPERTIES)


@every_property
def test_what_still_stands_is_put_back(name: str, before: Kept, after: Kept, other: Kept) -> None:
    undo = KEEPER.undo(Entity.DEAL, 501, {name: before}, {name: after})
    judged = KEEPER.judge(undo, {name: after})
    assert (judged.back, judged.changed) == ({name: before}, ())


@every_property
def test_what_is_as_before_is_left(name: str, before: Kept, after: Kept, other: Kept) -> None:
    undo = KEEPER.undo(Entity.DEAL, 501, {name: before}, {name: after})
    judged = KEEPER.judge(undo, {name: before})
    assert (judged.back, judged.changed) == ({}, ())


@pytest.mark.parametrize(
    ("name", "before", "after", "other"),
    [given for given in PROPERTIES if given[3] not in (*given[1:3], False)],  # the others can have two values only
)
def test_what_somebody_changed_is_named_and_nothing_is_put_back(
    name: str, before: Kept, after: Kept, other: Kept
) -> None:
    undo = KEEPER.undo(Entity.DEAL, 501, {name: before, "tag:1": None}, {name: after, "tag:1": True})
    judged = KEEPER.judge(undo, {name: other, "tag:1": True})
    assert (judged.back, judged.changed) == ({}, (name,))


@every_property
def test_what_vanished_is_named_where_something_stood_there(name: str, before: Kept, after: Kept, other: Kept) -> None:
    """A field, tag or contact that is gone from the account shows nothing."""
    undo = KEEPER.undo(Entity.DEAL, 501, {name: before}, {name: after})
    judged = KEEPER.judge(undo, {})
    is_empty_after = after is None
    assert judged.changed == (() if before is None or is_empty_after else (name,))
    assert judged.back == ({name: before} if is_empty_after else {})


@pytest.mark.parametrize(
    ("id", "value", "is_kept"),
    [
        (TIME, "10:00", True),
        (TIME, "Carla 10:00", False),
        (TITLE, "Gràcia", True),
        (TITLE, "Carla Ruiz", False),
        (SERVICES, "Haircut by Berta", False),
        (EMPLOYEE, "Berta", False),
        (EMPLOYEE, None, True),
        (PAID, "30.5", True),
        (PAID, "+34 600 000 101", False),
        (WHEN, 1_800_000_000, True),
        (ONLINE, True, True),
        (FOREIGN, "Carla Ruiz", False),
        (FOREIGN, None, True),
    ],
)
def test_a_text_is_kept_only_where_it_surely_names_nobody(id: int, value: Kept, is_kept: bool) -> None:
    name = f"field:{id}"
    for before, after in ((value, "else"), ("else", value)):
        undo = KEEPER.undo(Entity.DEAL, 501, {name: before}, {name: after})
        kept = undo.before[name] if before == value else undo.after[name]
        assert (kept == value) is is_kept
        assert is_mark(kept) is not is_kept


def test_a_text_that_is_not_kept_is_recognised_but_not_put_back() -> None:
    name, time = f"field:{EMPLOYEE}", f"field:{TIME}"
    undo = KEEPER.undo(Entity.DEAL, 501, {name: "Berta", time: "10:00"}, {name: "Dani", time: "11:00"})
    assert undo.lost == (name,)
    assert KEEPER.judge(undo, {name: "Dani", time: "11:00"}).back == {time: "10:00"}
    assert KEEPER.judge(undo, {name: "Elena", time: "11:00"}).changed == (name,)
    assert KEEPER.judge(undo, {name: "Berta", time: "11:00"}).back == {time: "10:00"}
    elsewhere = replace(KEEPER, salt="pepper")
    assert elsewhere.judge(undo, {name: "Dani", time: "11:00"}).changed == (name,)


def test_what_did_not_change_is_not_part_of_it() -> None:
    undo = KEEPER.undo(Entity.DEAL, 501, {PRICE: 30, f"field:{ONLINE}": None}, {PRICE: 30, f"field:{ONLINE}": False})
    assert undo == Undo(Entity.DEAL, 501, {}, {})


FIELDS: dict[int, st.SearchStrategy[str | int | bool | None]] = {
    TIME: st.sampled_from([None, "10:00", "11:30"]),
    WHEN: st.sampled_from([None, 5, 6]),
    ONLINE: st.sampled_from([None, True, False]),
}


@st.composite
def changes(draw: st.DrawFn) -> DealChange:
    tags = draw(st.sets(st.integers(1, 6)))
    added = draw(st.sets(st.sampled_from(sorted(tags)))) if tags else set()
    return DealChange(
        501,
        price=draw(st.none() | st.integers(0, 500)),
        place=draw(st.none() | st.builds(Place, st.integers(20, 22), st.integers(1, 5))),
        fields={id: draw(values) for id, values in FIELDS.items() if draw(st.booleans())},
        loss_reason=draw(st.none() | st.integers(0, 3)),
        tags_added=tuple(sorted(added)),
        tags_removed=tuple(sorted(tags - added)),
    )


def changed(deal: Deal, change: DealChange) -> Deal:
    """Return the deal after a change, as Kommo carries it out."""
    return replace(
        deal,
        price=deal.price if change.price is None else change.price,
        place=change.place or deal.place,
        fields={**deal.fields, **change.fields},
        loss_reason=deal.loss_reason if change.loss_reason is None else change.loss_reason or None,
        tags=tuple(sorted({*deal.tags, *change.tags_added} - {*change.tags_removed})),
    )


@given(st.lists(changes(), min_size=1, max_size=4))
def test_changes_undone_together_leave_nothing(steps: list[DealChange]) -> None:
    deal = replace(DEAL, fields={TIME: "10:00", WHEN: 5}, tags=(1, 2), loss_reason=2)
    now, undos = deal, []
    for change in steps:
        after = properties_after(change)
        undos.append(KEEPER.undo(Entity.DEAL, 501, properties_of(now, after), after))
        now = changed(now, change)
    judged = KEEPER.judge(merged(undos), properties_of(now, merged(undos).after))
    assert not judged.changed
    now = changed(now, change_to(501, judged.back))
    shown = {id: value for id, value in now.fields.items() if value}
    assert replace(now, fields=shown) == deal


def test_being_linked_is_no_part_of_a_deals_own_change() -> None:
    properties: dict[str, Kept] = {"contact:301": True, MAIN_CONTACT: 303, "contact:302": None, "tag:4": True}
    assert change_to(501, properties) == DealChange(501, tags_added=(4,))
    assert linked_contacts(properties) == {301: False, 303: True}
    assert unlinked_contacts(properties) == [302]
    with_both = replace(DEAL, contacts=(301, 302))
    assert properties_of(with_both, ["contact:302", "contact:303", MAIN_CONTACT]) == {
        "contact:302": True,
        "contact:303": None,
        MAIN_CONTACT: 301,
    }


def test_a_change_that_was_cut_off_and_repeated_is_one() -> None:
    first = Undo(Entity.DEAL, 501, {PRICE: 10, "contact:2": None}, {PRICE: 0, "contact:2": True})
    again = Undo(Entity.DEAL, 501, {"contact:2": None}, {"contact:2": True})
    assert merged([first, again]) == first
