from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.board.feed import State, difference

STATES = st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from("xyz"), st.integers(0, 2)))


def test_names_what_differs() -> None:
    before: State = {"deals": {"1": "a", "2": "b"}, "same": {"1": 1}}
    after: State = {"deals": {"1": "a", "2": "c", "3": "d"}, "same": {"1": 1}, "new": {}}
    assert difference(before, after) == {
        "deals": {"set": {"2": "c", "3": "d"}, "gone": []},
        "new": {"set": {}, "gone": []},
    }


@given(STATES, STATES)
def test_turns_one_state_into_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = {topic: dict(values) for topic, values in before.items()}
    for topic, change in difference(before, after).items():
        values = found.setdefault(topic, {})
        for key in change["gone"]:
            del values[key]
        values |= change["set"]
    assert {topic: values for topic, values in found.items() if values or topic in after} == after
    assert difference(after, after) == {}
