import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.runtime.ticket import accept, issue

NEW, OLD = "new-server-key-0123", "old-server-key-0123"
CONTENT = {"client": "c", "account": 5}


def test_a_ticket_gives_back_what_it_holds_until_it_ends() -> None:
    ticket = issue(OLD, "consent", CONTENT, until=100)
    assert accept([NEW, OLD], "consent", ticket, now=99.9) == CONTENT
    assert accept([NEW, OLD], "consent", ticket, now=100) is None


def test_a_ticket_is_for_one_purpose_and_one_deployment() -> None:
    ticket = issue(NEW, "consent", CONTENT, until=100)
    assert accept([NEW], "other", ticket, now=0) is None
    assert accept([OLD], "consent", ticket, now=0) is None


@given(st.text(max_size=80))
def test_what_is_no_ticket_opens_nothing(text: str) -> None:
    ticket = issue(NEW, "consent", CONTENT, until=100)
    for forged in (text, text + ticket, f"{text}.{ticket.rpartition('.')[2]}", ticket.rpartition(".")[0] + "." + text):
        if forged != ticket:
            assert accept([NEW], "consent", forged, now=0) is None


@pytest.mark.parametrize("content", ["W10", "bnVsbA", "e30", "!!!", "eyJ1bnRpbCI6ICJ4In0"])
def test_a_signed_ticket_without_an_end_opens_nothing(content: str) -> None:
    from bookdeal.runtime import ticket

    assert accept([NEW], "consent", f"{content}.{ticket._mac(NEW, 'consent', content)}", now=0) is None
