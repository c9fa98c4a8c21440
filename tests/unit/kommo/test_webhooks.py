"""Kommo's webhook bodies, with every oddity of contract §9.2, as hints."""

import json
import os
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.kommo.webhooks import MAX_BODY_BYTES, MAX_FIELDS, hints_from
from bookdeal.model.hint import Hint, HintKind, SeenDeal

RECORDED = Path(os.environ.get("RECORDED", Path(__file__).parents[4] / "shared/recorded")) / "kommo/webhooks"


def read(body: bytes) -> list[Hint]:
    return hints_from(body, installation="acme", generation=3, seen_at=1760000000.5, correlation_id="c-1")


def form(*pairs: tuple[str, object]) -> bytes:
    return urlencode(pairs).encode()


def lead(action: str, index: int = 0, **fields: object) -> list[tuple[str, object]]:
    return [(f"leads[{action}][{index}][{name}]", value) for name, value in fields.items()]


def seen(hints: list[Hint]) -> list[tuple[HintKind, tuple[SeenDeal, ...] | tuple[int, ...]]]:
    return [(hint.kind, hint.deals or hint.contacts) for hint in hints]


UNKNOWN = [(HintKind.DEALS, ())]
DEAL = SeenDeal(501, 410001, 142)
MOVED = lead("status", id=501, status_id=142, pipeline_id=410001, old_status_id=6200011)
ACCOUNT = [("account[subdomain]", "acme"), ("account[id]", 777001), ("account[_links][self]", "https://x.example.test")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(form(*MOVED, *ACCOUNT), [(HintKind.DEALS, (DEAL,))], id="moved"),
        pytest.param(form(*ACCOUNT, *MOVED), [(HintKind.DEALS, (DEAL,))], id="account first"),
        pytest.param(
            form(*lead("add", id=1, status_id=7, pipeline_id=5), *lead("update", id=2, status_id=8, pipeline_id=5)),
            [(HintKind.DEALS, (SeenDeal(1, 5, 7), SeenDeal(2, 5, 8)))],
            id="several actions",
        ),
        pytest.param(
            form(*lead("status", 0, id=1, status_id=7, pipeline_id=5), *lead("status", 1, id=2)),
            [(HintKind.DEALS, (SeenDeal(1, 5, 7), SeenDeal(2)))],
            id="several items, one without a place",
        ),
        pytest.param(
            form(*lead("add", id=501, status_id=142, pipeline_id=410001), *MOVED),
            [(HintKind.DEALS, (DEAL,))],
            id="one deal twice",
        ),
        pytest.param(
            form(
                *lead("add", id=1, status_id=7, pipeline_id=5),
                *lead("update", id=1, status_id=8, pipeline_id=5),
                *lead("status", id=1, status_id=7, pipeline_id=5),
            ),
            [(HintKind.DEALS, (SeenDeal(1),))],
            id="one deal at two places",
        ),
        pytest.param(
            form(*lead("responsible", id=501, status_id=142, pipeline_id=410001, old_responsible_user_id=8)),
            [(HintKind.DEALS, (DEAL,))],
            id="responsible",
        ),
        pytest.param(
            form(*lead("delete", id=501, status_id=142, pipeline_id=410001)),
            [(HintKind.DEALS_GONE, (DEAL,))],
            id="delete with place",
        ),
        pytest.param(
            form(*lead("delete", id=501)), [(HintKind.DEALS_GONE, (SeenDeal(501),))], id="delete without place"
        ),
        pytest.param(form(*lead("restore", id=501)), [(HintKind.DEALS_BACK, (SeenDeal(501),))], id="restore"),
        pytest.param(
            form(*lead("delete", id=1), *lead("restore", id=2), *lead("update", id=3)),
            [
                (HintKind.DEALS, (SeenDeal(3),)),
                (HintKind.DEALS_GONE, (SeenDeal(1),)),
                (HintKind.DEALS_BACK, (SeenDeal(2),)),
            ],
            id="changed, gone and back",
        ),
        pytest.param(form(*MOVED, ("leads[status][0][]", "")), [(HintKind.DEALS, (DEAL,))], id="empty key"),
        pytest.param(
            form(
                *MOVED,
                ("leads[status][0][custom_fields][0][id]", 11),
                ("leads[status][0][custom_fields][0][values][0]", 1729717200),
                ("leads[status][0][custom_fields][1][values][value]", 2),
                ("leads[status][0][custom_fields][1][values][enum]", 566642),
                ("leads[status][0][tags][0][id]", 9),
            ),
            [(HintKind.DEALS, (DEAL,))],
            id="ids of fields and tags are not the deal's",
        ),
        pytest.param(
            form(*MOVED, ("leads[status][0][id][x]", "9"), ("leads[status][0]", "9"), ("leads[status]", "9")),
            [(HintKind.DEALS, (DEAL,))],
            id="scalar and nested on one path",
        ),
        pytest.param(
            form(*lead("update", id=501, name="", status_id="null", pipeline_id="")),
            [(HintKind.DEALS, (SeenDeal(501),))],
            id="null and empty values",
        ),
        pytest.param(b"leads[update][0][id]=501", [(HintKind.DEALS, (SeenDeal(501),))], id="brackets not encoded"),
        pytest.param(form(*lead("chat", id=501)), [(HintKind.DEALS, (SeenDeal(501),))], id="unknown action"),
        pytest.param(
            form(("leads[note][0][note][element_id]", 501), ("leads[note][0][type]", 2), *ACCOUNT), [], id="note"
        ),
        pytest.param(
            form(("contacts[delete][0][id]", 301), ("contacts[delete][0][type]", "contact")),
            [(HintKind.CONTACTS_GONE, (301,))],
            id="contact gone",
        ),
        pytest.param(form(("contacts[delete][0][id]", 301)), [(HintKind.CONTACTS_GONE, (301,))], id="contact, no type"),
        pytest.param(
            form(("contacts[delete][0][id]", 301), ("contacts[delete][0][type]", "company")), [], id="company gone"
        ),
        pytest.param(
            form(
                ("contacts[note][0][note][type]", 3),
                ("contacts[note][0][note][type][message_uuid]", "u"),
                ("contacts[update][0][id]", 301),
                ("contacts[update][0][linked_leads_id][501][ID]", 501),
            ),
            [],
            id="contact changed",
        ),
        pytest.param(form(("task[add][0][id]", 5), ("task[add][0][element_id]", 501), *ACCOUNT), [], id="task"),
        pytest.param(form(("unsorted[delete][0][accept_result][leads][]", 501)), [], id="incoming request"),
        pytest.param(form(*lead("update", status_id=142)), UNKNOWN, id="deal without id"),
        pytest.param(form(*lead("update", id="abc"), *lead("add", id=7)), UNKNOWN, id="one of two ids unreadable"),
        pytest.param(form(*lead("update", id="١٢")), UNKNOWN, id="digits of another script"),
        pytest.param(form(*lead("update", id="9" * 5000)), UNKNOWN, id="number beyond reason"),
        pytest.param(b"", UNKNOWN, id="empty"),
        pytest.param(b'{"leads": {"update": [{"id": 501}]}}', UNKNOWN, id="JSON"),
        pytest.param(b"\xff\xfe\x00leads", UNKNOWN, id="binary"),
        pytest.param(b"hello=world", UNKNOWN, id="another form"),
        pytest.param(form(*MOVED) + b"&x=" + b"y" * MAX_BODY_BYTES, UNKNOWN, id="too large"),
        pytest.param(form(*MOVED) + b"&x=" * (MAX_FIELDS + 1), UNKNOWN, id="too many fields"),
    ],
)
def test_hints_of_a_body(body: bytes, expected: list[tuple[HintKind, tuple[SeenDeal, ...] | tuple[int, ...]]]) -> None:
    assert seen(read(body)) == expected


def test_a_hint_carries_where_it_comes_from() -> None:
    assert read(form(*MOVED)) == [
        Hint(
            kind=HintKind.DEALS,
            source="kommo",
            installation="acme",
            deals=(DEAL,),
            generation=3,
            seen_at=1760000000.5,
            correlation_id="c-1",
        )
    ]


@given(st.binary(max_size=2000))
def test_any_bytes_give_a_hint_and_never_an_exception(body: bytes) -> None:
    if b"[" not in body and b"%5" not in body:
        assert seen(read(body)) == UNKNOWN
    else:
        assert all(isinstance(hint, Hint) for hint in read(body))


segment = st.sampled_from(
    ["", "0", "1", "id", "status_id", "pipeline_id", "type", "delete", "restore", "update", "]", "["]
)
paths = st.builds(
    lambda group, rest: group + "".join(f"[{part}]" for part in rest),
    st.sampled_from(["leads", "contacts", "account", "leads[update", ""]),
    st.lists(segment, max_size=5),
)


@given(st.lists(st.tuples(paths, st.one_of(st.text(max_size=8), st.integers(-5, 5)))), st.integers(1, 9))
def test_the_deal_is_found_whatever_else_the_body_holds(noise: list[tuple[str, object]], id: int) -> None:
    """The hint names the deal, or says that it is not known which deals changed."""
    hints = read(form(*noise, *lead("own", 7, id=id)))
    [deals] = [hint.deals for hint in hints if hint.kind is HintKind.DEALS]
    assert not deals or id in {deal.id for deal in deals}
    assert all(Hint.from_json(hint.to_json()) == hint for hint in hints)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="needs the recorded webhooks")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("lead-add", HintKind.DEALS), ("lead-update", HintKind.DEALS), ("lead-status", HintKind.DEALS)],
)
def test_recorded_deals(name: str, kind: HintKind) -> None:
    [hint] = read(json.loads((RECORDED / f"{name}.json").read_text())["body"].encode())
    assert hint.kind is kind
    [deal] = hint.deals
    assert deal.id
    assert deal.pipeline
    assert deal.stage


@pytest.mark.skipif(not RECORDED.is_dir(), reason="needs the recorded webhooks")
def test_recorded_contact() -> None:
    assert read(json.loads((RECORDED / "contact-update.json").read_text())["body"].encode()) == []
