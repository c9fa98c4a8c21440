"""The command that sets an account up: one pipeline and one field of each, whatever happens on the way."""

from itertools import count

from bookdeal.model.booking import BookingStatus
from bookdeal.model.command import CommandKind, CommandState
from bookdeal.model.field_codes import CONTACT_FIELDS, DEAL_FIELDS, OPTIONAL

from .bed import Bed, person


def pipelines(bed: Bed) -> list[str]:
    return [pipeline["name"] for pipeline in bed.look("leads/pipelines")]


def codes(bed: Bed) -> list[str]:
    rows = [row for entity in ("leads", "contacts") for row in bed.look(f"{entity}/custom_fields")]
    return sorted(row["code"] for row in rows if row["code"] in {*DEAL_FIELDS, *CONTACT_FIELDS})


def test_what_is_recommended_is_made_once(bed: Bed) -> None:
    first, again = (bed.ask(CommandKind.SET_UP, by=1, pipeline=True, fields=True) for _ in range(2))
    bed.drain()
    done = bed.outcome(first)
    assert (done.state, bed.outcome(again).result) == (CommandState.DONE, done.result)
    mapping = done.result["mapping"]
    assert mapping["stages"].keys() == {status.value for status in BookingStatus}
    assert (mapping["stages"]["arrived"], mapping["stages"]["cancelled"]) == (142, 143)
    assert mapping["landing"] == mapping["stages"]["waiting"]
    assert pipelines(bed).count("Bookings") == 1
    assert len(codes(bed)) == len(set(codes(bed)))
    assert {*DEAL_FIELDS, "CLIENT_ID"} - OPTIONAL <= set(codes(bed))


def test_only_what_is_asked_for(bed: Bed) -> None:
    command = bed.ask(CommandKind.SET_UP, by=1, pipeline=False, fields=True)
    bed.drain()
    assert bed.outcome(command).result.keys() == {"fields"}
    assert "Bookings" not in pipelines(bed)


def test_it_is_done_before_going_live_and_nothing_else_is(bed: Bed) -> None:
    record = bed.book(person(1))
    bed.installations.pause(bed.installation.id, "setting_up")
    bed.hint(record)
    command = bed.ask(CommandKind.SET_UP, by=1, pipeline=True, fields=True)
    bed.drain()
    assert bed.outcome(command).state is CommandState.DONE
    assert bed.deals() == []
    bed.go_live()
    bed.sweep()
    bed.assert_together(record)


def test_an_interrupted_set_up_makes_nothing_twice(bed: Bed) -> None:
    for moment in count(1):
        command = bed.ask(CommandKind.SET_UP, by=1, pipeline=True, fields=True)
        with bed.wire.killing(moment):
            bed.drain()
        was_killed = bed.wire.killed
        bed.drain()
        assert bed.outcome(command).state is CommandState.DONE
        assert pipelines(bed).count("Bookings") == 1
        assert len(codes(bed)) == len(set(codes(bed)))
        if not was_killed:
            break
    assert moment > 3
