import json
import logging
from collections.abc import Iterator

import pytest

from bookdeal.runtime import observe
from bookdeal.runtime.errors import Transient
from bookdeal.runtime.observe import FIELDS, Counters, UnexpectedError, Unit, unit

PRIVATE = ["Ada Owner", "+34 600 000 101", "ada@example.test", "Paid\nin full"]


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    log = observe.logger("test")
    handler = Lines()
    handler.setFormatter(log.registered_formatter)
    log.addHandler(handler)
    yield handler.texts
    logging.getLogger("test").removeHandler(handler)


def test_a_unit_leaves_one_line_with_its_costs(lines: list[str]) -> None:
    with unit("test", "run", installation="42") as current:
        current.counters.requests["kommo PATCH /leads/{id}"] += 2
        current.counters.writes["links"] += 3
        current.counters.answered_ms["tables"] += 12.6
        current.note(deal=[501, 502], outcome="continued")
    (line,) = map(json.loads, lines)
    assert line["service"] == "test"
    assert line["message"] == "run"
    assert line["installation"] == "42"
    assert line["outcome"] == "continued"
    assert line["deal"] == [501, 502]
    assert line["requests"] == {"kommo PATCH /leads/{id}": 2}
    assert (line["items_written"], line["writes"]) == (3, {"links": 3})
    assert line["answered_ms"] == {"tables": 13}
    assert not {"items_read", "location"} & line.keys()
    assert line["duration_ms"] >= 0
    assert line["cpu_ms"] >= 0


def test_an_error_of_ours_passes_and_is_the_outcome(lines: list[str]) -> None:
    with pytest.raises(Transient), unit("test", "run"):
        raise Transient("store", wait=2)
    (line,) = map(json.loads, lines)
    assert (line["outcome"], line["reason"], line["level"]) == ("transient", "store", "INFO")


def test_any_other_exception_leaves_type_and_place_but_no_text(lines: list[str]) -> None:
    with pytest.raises(UnexpectedError) as caught, unit("test", "run"):
        raise KeyError(PRIVATE[0])
    (line,) = map(json.loads, lines)
    assert (line["outcome"], line["error"], line["level"]) == ("crashed", "KeyError", "ERROR")
    assert line["where"][-1].startswith("test_observe.py:")
    assert str(caught.value) == "KeyError"
    assert caught.value.__suppress_context__
    assert PRIVATE[0] not in lines[0]


@pytest.mark.parametrize("text", PRIVATE)
def test_persons_and_sentences_do_not_get_into_a_line(lines: list[str], text: str) -> None:
    with unit("test", "run", reason=text) as current:
        current.note(kinds=[text], requests={text: 1}, booking=text.encode())
    observe.logger("test").info(text)
    observe.logger("test").info("run", extra={"name_of_client": "x", "installation": text})
    assert len(lines) == 3
    assert not any(part in line for line in lines for part in (text, json.dumps(text)[1:-1], "name_of_client"))


def test_a_key_that_may_not_be_said_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="phone"), unit("test", "run", phone="1"):
        pass


def test_measures_stand_in_the_line_as_cloudwatch_reads_them(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Bookdeal/salons")
    with unit("test", "run") as current:
        current.measure("BookingsApplied", 2)
        current.measure("BookingsApplied", 3)
        current.measure("Deferred", 1)
        current.note(outcome="budget")
    (line,) = map(json.loads, lines)
    assert (line["BookingsApplied"], line["Deferred"], line["outcome"]) == (5, 1, "budget")
    counted, by_outcome = line["_aws"]["CloudWatchMetrics"]
    assert counted == {
        "Namespace": "Bookdeal/salons",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "BookingsApplied", "Unit": "Count"}],
    }
    assert by_outcome["Dimensions"] == [["service", "outcome"]]
    assert by_outcome["Metrics"] == [{"Name": "Deferred", "Unit": "Count"}]
    assert line["_aws"]["Timestamp"] > 1_700_000_000_000


def test_what_is_not_measured_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="Phones"):
        Unit().measure("Phones", 1)


def test_every_field_can_be_said(lines: list[str]) -> None:
    with unit("test", "run", **dict.fromkeys(FIELDS, 7)):
        pass
    assert json.loads(lines[0]).keys() >= FIELDS


def test_counters_leave_out_what_is_nothing() -> None:
    assert Counters().fields() == {}
    assert Counters().measures() == {}
