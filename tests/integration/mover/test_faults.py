"""Whatever goes wrong between the mover and a provider: once it is over all is right, nothing is there twice, and
nothing is parked that a later try can do."""

import random
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import pytest

from bookdeal.model.hint import HintKind
from bookdeal.runtime.credentials import Secret
from tests.histories.troubles import READ_FAULTS, READS, WRITE_FAULTS, WRITES, some_faults

from .bed import CONFIRMED, ELENA, NO_SHOW, Bed, control, person
from .conftest import Beds
from .oracle import Raw

numbers = count(100)


@pytest.fixture
def bed(beds: Beds, request: pytest.FixtureRequest) -> Iterator[Bed]:
    failures = request.session.testsfailed
    yield beds.take()
    if request.session.testsfailed > failures:
        beds.spoil()


class Scene:
    """What a run may have to do, all at once: every request that it ever makes is among it."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.moved, self.given_away, self.paid = (bed.book(person(next(numbers)), 2 + day) for day in range(3))
        self.others = [bed.book(person(next(numbers)), 6)]
        bed.work(self.moved, self.given_away, self.paid, *self.others)
        # The payment's booking lies further back than a live reading looks.
        bed.pass_time(60)
        bed.set_status(self.others[0], CONFIRMED)
        bed.work(*self.others)

    def act(self) -> None:
        """Let things happen, and ring for them."""
        bed, known = self.bed, person(next(numbers))
        bed.make_contact("Known by phone", f"+{known['phone']}")
        new = [bed.book(person(next(numbers)), 7), bed.book(known, 8)]
        self.others += new
        bed.set_status(self.moved, CONFIRMED)
        bed.change(self.given_away, client=person(next(numbers)), staff_id=ELENA)
        bed.admin("pay", location=bed.location, ids=[self.paid["id"]], cost_to_pay=5)
        bed.hint(self.moved, self.given_away, *new)
        bed.hint(self.paid, kind=HintKind.PAYMENT)

    @property
    def records(self) -> Sequence[Raw]:
        return [self.moved, self.given_away, self.paid, *self.others]

    def assert_right_after(self, *, paused: str | None = None) -> None:
        """What is left comes right with time."""
        bed = self.bed
        bed.drain()
        bed.fault("kommo")
        bed.fault("altegio")
        assert bed.installation.paused == paused
        if paused:
            bed.let_go_on()
        bed.come_to_rest()
        deals = bed.assert_right(only=self.records)
        assert deals[self.paid["id"]]["price"] == 5
        assert bed.parked() == {}
        tasks = [task["entity_id"] for task in bed.look("tasks")]
        assert all(tasks.count(deals[record["id"]]["id"]) == 1 for record in self.records)
        assert bed.items("Installations", "intent#") == []


def test_the_scene_asks_for_every_route(bed: Bed) -> None:
    scene = Scene(bed)
    scene.act()
    with bed.counted() as counted:
        scene.assert_right_after()
    asked = {*counted.kommo, *counted.altegio}
    assert {f"GET {route}" for _, route in READS} <= asked
    assert {f"{method} {route}" for method, route in WRITES} <= asked


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("fault", READ_FAULTS)
def test_each_reading_goes_wrong(bed: Bed, fault: str, times: int) -> None:
    scene = Scene(bed)
    scene.act()
    for wanted in ("kommo", "altegio"):
        routes = [route for provider, route in READS if provider == wanted]
        bed.fault(
            wanted, *({"method": "GET", "route": route, "times": times, **READ_FAULTS[fault]} for route in routes)
        )
    bed.drain()
    bed.come_to_rest()
    assert not bed.faults_to_come("kommo")
    assert not bed.faults_to_come("altegio")
    scene.assert_right_after()


@pytest.mark.parametrize(
    ("fault", "times"),
    [(fault, 1) for fault in WRITE_FAULTS]
    + [(fault, 3) for fault in ("504", "504 after the commit", "half committed", "committed 40 s late")],
)
def test_each_writing_goes_wrong(bed: Bed, fault: str, times: int) -> None:
    scene = Scene(bed)
    scene.act()
    bed.fault(
        "kommo",
        *({"method": method, "route": route, "times": times, **WRITE_FAULTS[fault]} for method, route in WRITES),
    )
    for _ in range(10):
        bed.drain()
        bed.come_to_rest()
        if not bed.faults_to_come("kommo"):
            break
    else:
        raise AssertionError(f"these never happened: {bed.faults_to_come('kommo')}")
    scene.assert_right_after()


@pytest.mark.parametrize(
    ("looking", "fault"), [("/api/v4/leads", "500"), ("/api/v4/contacts", "closed"), ("/api/v4/tasks", "500")]
)
def test_a_fault_while_looking_for_what_became_of_a_batch(bed: Bed, looking: str, fault: str) -> None:
    scene = Scene(bed)
    scene.act()
    bed.fault(
        "kommo",
        {"method": "POST", "route": looking, "kind": "commit_then_close"},
        {"method": "GET", "route": looking, "times": 7, **READ_FAULTS[fault]},
    )
    for _ in range(3):
        bed.drain()
        bed.come_to_rest()
    assert not bed.faults_to_come("kommo")
    scene.assert_right_after()


@pytest.mark.parametrize("seed", range(4))
def test_many_faults_at_once(bed: Bed, seed: int) -> None:
    chance = random.Random(seed)
    scene = Scene(bed)
    for _ in range(2):
        scene.act()
        for provider, ordered in some_faults(chance, 2).items():
            bed.fault(provider, *ordered)
        bed.drain()
        bed.come_to_rest()
    scene.assert_right_after()


def test_a_contact_that_cannot_be_changed_leaves_no_other_deal_unremembered(bed: Bed) -> None:
    """A booking that goes back to what it was, before the run that failed is made good, takes its deal with it."""
    there_and_back, given_away = records = [bed.book(person(next(numbers)), day) for day in (2, 3)]
    bed.work(*records)
    bed.cancel(there_and_back)
    bed.change(given_away, client=person(next(numbers)))
    bed.hint(*records)
    fault = {"method": "POST", "route": "/api/v4/leads/unlink", "times": 3, **READ_FAULTS["504"]}
    bed.fault("kommo", fault)
    bed.serve()
    bed.fault("kommo")
    assert bed.stage(bed.deal(there_and_back)) == "Closed - lost"
    bed.admin("restore", location=bed.location, ids=[there_and_back["id"]])
    bed.work(there_and_back)
    bed.come_to_rest()
    bed.assert_right(only=records)


@pytest.mark.parametrize("goes_back", [True, False])
@pytest.mark.parametrize("fault", ["504", "closed after the commit", "504 after the commit", "half committed"])
def test_a_move_of_unknown_outcome_is_made_good_whatever_the_booking_does_meanwhile(
    bed: Bed, fault: str, goes_back: bool
) -> None:
    records = [bed.book(person(next(numbers)), day) for day in (2, 3, 4)]
    bed.work(*records)
    for record in records:
        bed.cancel(record)
    bed.hint(*records)
    bed.fault("kommo", {"method": "PATCH", "route": "/api/v4/leads", "times": 5, **WRITE_FAULTS[fault]})
    bed.serve()
    bed.fault("kommo")
    if goes_back:
        bed.admin("restore", location=bed.location, ids=[record["id"] for record in records])
    bed.work(*records)
    bed.come_to_rest()
    bed.assert_right(only=records)


@pytest.mark.parametrize("fault", ["504", "closed after the commit", "committed 40 s late"])
def test_a_task_of_unknown_outcome_is_made_once_whatever_its_booking_says_by_then(bed: Bed, fault: str) -> None:
    record = bed.book(person(next(numbers)), 2)
    bed.fault("kommo", {"method": "POST", "route": "/api/v4/tasks", "times": 1, **WRITE_FAULTS[fault]})
    bed.hint(record)
    bed.serve()
    bed.fault("kommo")
    bed.work(bed.change(record, datetime=f"{bed.day(3)} 12:00:00"))
    bed.come_to_rest()
    deal = bed.deal(record)["id"]
    assert [task["entity_id"] for task in bed.look("tasks")].count(deal) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("fault", ["503", "504", "closed after the commit", "half committed"])
def test_a_question_about_a_client_holds_no_deal_back(bed: Bed, method: str, fault: str) -> None:
    twofold, record = person(next(numbers)), bed.book(person(next(numbers)))
    bed.work(record)
    contacts = [bed.make_contact(name, f"+{twofold['phone']}") for name in ("One", "Other")]
    record = bed.book(twofold) if method == "POST" else bed.change(record, client=twofold, staff_id=ELENA)
    bed.hint(record)
    times = 1 if method == "POST" else 4
    bed.fault("kommo", {"method": method, "route": "/api/v4/leads", "times": times, **WRITE_FAULTS[fault]})
    bed.drain()
    bed.fault("kommo")
    bed.come_to_rest()
    assert bed.parked() == {record["id"]: "ambiguous_contact"}
    # That two of one phone are there is people's doing, and for them to put right.
    bed.person("delete", entity="contacts", ids=contacts[1:])
    bed.assert_right(only=[record], questions=[record["id"]])
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert bed.parked() == {}


# -- the account's make-up ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    ["429", "504", "closed after the commit", "504 after the commit", "half committed", "committed 40 s late"],
)
def test_a_fault_while_a_field_is_made_again(bed: Bed, fault: str) -> None:
    scene = Scene(bed)
    gone = next(one for one in bed.look("leads/custom_fields") if one["code"] == "EMPLOYEE")
    bed.in_kommo("DELETE", f"leads/custom_fields/{gone['id']}")
    scene.act()
    route = "/api/v4/leads/custom_fields"
    bed.fault("kommo", {"method": "POST", "route": route, "times": 1, **WRITE_FAULTS[fault]})
    bed.drain()
    bed.fault("kommo")
    bed.come_to_rest()
    assert [one["code"] for one in bed.look("leads/custom_fields")].count("EMPLOYEE") == 1
    # What the deleted field held is gone with it: the deals show it again when they change.
    for record in (scene.paid, *scene.others):
        bed.set_status(record, NO_SHOW)
    scene.assert_right_after()


@pytest.mark.parametrize("fault", ["429", "500", "closed"])
def test_a_fault_while_the_make_up_is_read(bed: Bed, fault: str) -> None:
    gone = next(one for one in bed.look("contacts/custom_fields") if one["code"] == "CLIENT_ID")
    bed.in_kommo("DELETE", f"contacts/custom_fields/{gone['id']}")
    new = [bed.book(person(next(numbers)), 7) for _ in range(2)]
    bed.hint(*new)
    routes = ("account", "leads/pipelines", "leads/custom_fields", "contacts/custom_fields")
    kind = {"method": "GET", "times": 3, **READ_FAULTS[fault]}
    bed.fault("kommo", *({"route": f"/api/v4/{route}", **kind} for route in routes))
    bed.drain()
    bed.come_to_rest()
    assert not bed.faults_to_come("kommo")
    bed.assert_right(only=new)
    assert bed.parked() == {}


# -- access ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    ["none", "429", "500", "503", "closed", "closed after the commit", "504 after the commit", "committed 5 s late"],
)
def test_the_token_ends_in_the_middle(bed: Bed, fault: str) -> None:
    scene = Scene(bed)
    bed.pass_time(24 * 3600 + 60)
    scene.act()
    if fault != "none":
        route = "/oauth2/access_token"
        bed.fault("kommo", {"method": "POST", "route": route, "times": 2, **WRITE_FAULTS[fault]})
        bed.drain()
        bed.come_to_rest()
        assert not bed.faults_to_come("kommo")
    scene.assert_right_after()
    assert bed.requests("kommo").count("POST /oauth2/access_token") >= 1


def test_an_early_end_of_the_token_is_noticed_by_its_refusal(bed: Bed) -> None:
    """The simulator alone is a day ahead, so that the product still takes its token for good."""
    scene = Scene(bed)
    scene.act()
    control(bed.kommo.base_url, "clock", {"shift_seconds": bed.clock.ahead + 25 * 3600})  # type: ignore[attr-defined]
    bed.serve()
    scene.assert_right_after()


@pytest.mark.parametrize(
    ("provider", "status", "reason"),
    [
        ("kommo", 402, "kommo_payment"),
        ("kommo", 403, "kommo_rights"),
        ("altegio", 401, "altegio_token"),
    ],
)
def test_lost_access_pauses_and_the_work_waits(bed: Bed, provider: str, status: int, reason: str) -> None:
    scene = Scene(bed)
    scene.act()
    body: dict[str, Any] = {"title": "x", "status": status, "success": False, "data": None, "meta": {"message": "x"}}
    bed.fault(provider, {"route": "*", "kind": "status", "status": status, "body": body, "probability": 1})
    bed.drain()
    assert bed.installation.paused == reason
    with bed.counted() as counted:
        bed.sweep()
    assert (counted.kommo, counted.altegio) == ({}, {})
    bed.fault(provider)
    if provider == "altegio":
        bed.store_secret("altegio", Secret(access=bed.admin("grant")["user_token"]))
    scene.assert_right_after(paused=reason)


def test_a_revoked_token_pauses_until_there_is_a_new_one(bed: Bed) -> None:
    scene = Scene(bed)
    scene.act()
    bed.person("uninstall")
    bed.drain()
    assert bed.installation.paused == "kommo_token"
    bed.pass_time(3600)
    bed.sweep()
    grant = bed.person("grant")
    now = bed.clock.now()
    bed.store_secret(
        "kommo",
        Secret(
            access=grant["access_token"],
            refresh=grant["refresh_token"],
            issued_at=now,
            expires_at=now + grant["expires_in"],
            client_id=grant["client_id"],
            client_secret=grant["client_secret"],
            redirect_uri=grant["redirect_uri"],
        ),
    )
    scene.assert_right_after(paused="kommo_token")
