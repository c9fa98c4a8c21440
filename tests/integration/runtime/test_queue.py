import json

import boto3
import pytest

from bookdeal.model.hint import Hint, HintKind, SeenBooking, SeenDeal
from bookdeal.runtime.errors import Transient
from bookdeal.runtime.queue import Hints


@pytest.fixture
def hints() -> Hints:
    client = boto3.client("sqs")
    url = client.create_queue(QueueName="hints.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    return Hints(url, client)


def hint(installation: str, number: int = 1) -> Hint:
    return Hint(HintKind.BOOKING, "altegio", installation, location=1, bookings=(SeenBooking(number),))


def waiting(hints: Hints) -> list[dict[str, object]]:
    found = []
    while messages := hints.client.receive_message(
        QueueUrl=hints.queue_url, MaxNumberOfMessages=10, AttributeNames=["All"], VisibilityTimeout=60
    ).get("Messages"):
        found += messages
        for message in messages:
            hints.client.delete_message(QueueUrl=hints.queue_url, ReceiptHandle=message["ReceiptHandle"])
    return found  # type: ignore[return-value]


def test_hints_go_to_their_installations_group_in_order(hints: Hints) -> None:
    assert hints.send(hint("42", number) for number in range(25)) == 25
    assert hints.send([hint("43", 99)]) == 1
    found = waiting(hints)
    bookings = {"42": [], "43": []}
    for message in found:
        bookings[message["Attributes"]["MessageGroupId"]].append(json.loads(str(message["Body"]))["bookings"][0][0])
    assert bookings == {"42": list(range(25)), "43": [99]}


def test_equal_hints_are_two_rings(hints: Hints) -> None:
    hints.send([hint("42"), hint("42")])
    hints.send([hint("42")])
    assert len(waiting(hints)) == 3


def test_nothing_is_sent_for_nothing(hints: Hints) -> None:
    assert hints.send([]) == 0


def test_large_hints_do_not_make_a_batch_too_large(hints: Hints) -> None:
    deals = tuple(SeenDeal(10**12 + number, 10**12, 10**12) for number in range(2_000))
    large = [Hint(HintKind.DEALS, "kommo", "42", deals=deals) for _ in range(6)]
    assert hints.send(large) == 6
    assert len(waiting(hints)) == 6


def test_a_refused_hint_is_transient(hints: Hints, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints.client, "send_message_batch", lambda **_: {"Failed": [{"Id": "0"}], "Successful": []})
    with pytest.raises(Transient, match="queue"):
        hints.send([hint("42")])


def test_a_missing_queue_is_transient_for_who_rings(hints: Hints) -> None:
    gone = Hints(hints.queue_url + "x", hints.client)
    with pytest.raises(Transient, match="queue"):
        gone.send([hint("42")])
    with pytest.raises(Transient, match="queue"):
        gone.defer("handle", 5)


@pytest.mark.parametrize(("seconds", "visibility"), [(0.2, 1), (-1, 0), (10**6, 43200), (30, 30)])
def test_a_message_is_put_off_by_whole_seconds_within_the_queues_bounds(
    hints: Hints, monkeypatch: pytest.MonkeyPatch, seconds: float, visibility: int
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        hints.client, "change_message_visibility", lambda **request: asked.append(request["VisibilityTimeout"])
    )
    hints.defer("handle", seconds)
    assert asked == [visibility]
