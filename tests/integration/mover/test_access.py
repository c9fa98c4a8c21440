"""Access: given by consent, kept alive, lost with a reason, got back; what waited meanwhile is done."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from bookdeal.installs.access import problems, repaired_hooks
from bookdeal.installs.accesses import Accesses
from bookdeal.installs.arrivals import Arrivals
from bookdeal.installs.connections import Connections
from bookdeal.installs.door import Door
from bookdeal.installs.installation import SETTING_UP
from bookdeal.installs.integrations import Integration, Integrations
from bookdeal.installs.locations import Locations
from bookdeal.model.hint import Hint, HintKind
from bookdeal.runtime import aws as product_aws
from bookdeal.runtime import parameters
from bookdeal.runtime.clock import Deadline
from bookdeal.runtime.credentials import Vault
from bookdeal.runtime.errors import Invalid, NotFound, Rejected, Revoked, Unauthorised
from bookdeal.runtime.http import _session
from bookdeal.runtime.observe import Counters
from bookdeal.runtime.store import Table
from sandbox.kommo.scenarios import ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET
from sandbox.stack import demo
from tests.sides import control, outside

from .bed import CONFIRMED, TABLES, Bed, person
from .conftest import MakeBed

KEY = "0123456789abcdef0123456789abcdef"
MOST_FAILURES = 100
"""After more of them Kommo disables a webhook (contract §9.1)."""
OTHER_CLIENT, OTHER_SECRET = "0a1b2c3d-0000-4000-8000-000000000002", "the-other-integrations-secret"


# -- tools -------------------------------------------------------------------------------------------------------------


def table(bed: Bed) -> Table:
    return bed.store.table(bed.deployment.table("Installations"), *TABLES["Installations"])


def vault(bed: Bed) -> Vault:
    credentials = bed.store.table(bed.deployment.table("Credentials"), *TABLES["Credentials"])
    return Vault(credentials, product_aws.kms(), bed.server.environment.tokens_key_id, bed.clock)


def door(bed: Bed) -> Door:
    queue: Any = bed.queue
    return Door(table(bed), vault(bed), queue, bed.clock, lambda: (KEY,), f"{bed.kommo.base_url}/oauth")


def locations(bed: Bed) -> Locations:
    environment, queue = bed.server.environment, bed.queue
    connections = Connections(
        environment=environment,
        vault=vault(bed),
        scratch=bed.store.table(bed.deployment.table("Scratch"), "key"),
        partner_token=lambda: bed.altegio.partner_token,
        seen_rates={},
        clock=bed.clock,
        deadline=Deadline.within(bed.clock, 60),
        counters=Counters(),
        accounts=table(bed),
    )
    return Accesses(environment, table(bed), connections, queue, bed.clock, "c").locations()  # type: ignore[arg-type]


def consented(bed: Bed, **query: Any) -> dict[str, str]:
    """Press Allow on Kommo's consent page; returns what the redirect URI is given."""
    page = outside.get(
        f"{bed.kommo.base_url}/oauth",
        params={"client_id": CLIENT_ID, "consent": "allow", **query},
        allow_redirects=False,
        timeout=30,
    )
    assert page.status_code == 302, page.text
    return dict(parse_qsl(urlsplit(page.headers["Location"]).query))


def connect(bed: Bed, **query: Any) -> None:
    """Consent in Kommo, and let the mover do what follows."""
    door(bed).take(consented(bed, **query), "c")
    bed.drain()


def look(bed: Bed) -> None:
    """Let the sweep ring for a look at access."""
    bed.ring(HintKind.ACCESS, source="sweep")
    bed.drain()


def amiss(bed: Bed, installation: str = demo.INSTALLATION) -> dict[str, str]:
    """Return what is amiss, code by key."""
    return {problem.key: problem.code for problem in problems(table(bed), installation)}


def gone(account: int = ACCOUNT_ID, client: str = CLIENT_ID, secret: str = CLIENT_SECRET) -> dict[str, str]:
    """Return the news of a removal as Kommo signs it."""
    signature = hmac.new(secret.encode(), f"{client}|{account}".encode(), hashlib.sha256).hexdigest()
    return {"client_uuid": client, "account_id": str(account), "signature": signature}


def losses(printed: str) -> int:
    lines = [json.loads(line) for line in printed.splitlines() if '"AccessLost":' in line]
    return int(sum(line["AccessLost"][0] for line in lines))


def behave(bed: Bed, **switches: Any) -> None:
    bed.person("behaviour", **switches)


# -- reconnecting ------------------------------------------------------------------------------------------------------


def test_a_revoked_installation_pauses_keeps_its_work_and_drains_after_reconnecting(
    bed: Bed, capsys: pytest.CaptureFixture[str]
) -> None:
    record, other = bed.book(person(1)), bed.book(person(2))
    bed.work(record, other)
    deals = {id: deal["id"] for id, deal in bed.assert_right().items()}
    capsys.readouterr()
    bed.person("uninstall")  # its news is lost: nobody listens at the simulator's address of this stack
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    assert bed.installation.paused == "kommo_token"
    assert amiss(bed) == {"kommo": "kommo_token"}
    assert losses(capsys.readouterr().out) == 1
    bed.cancel(other)
    late = bed.book(person(3))
    bed.work(other, late)
    look(bed)
    assert losses(capsys.readouterr().out) == 0, "told once"
    connect(bed)
    assert bed.installation.paused is None
    assert amiss(bed) == {}
    after = {id: deal["id"] for id, deal in bed.assert_right().items()}
    assert deals.items() <= after.items(), "links stay"
    assert late["id"] in after


def test_the_news_of_a_removal_uninstalls_and_an_old_one_does_no_harm(bed: Bed) -> None:
    record = bed.book(person(1))
    bed.work(record)
    deal = bed.assert_right()[record["id"]]["id"]
    bed.person("uninstall")
    assert door(bed).gone(gone(), "c") == demo.INSTALLATION
    bed.drain()
    assert bed.installation.paused == "uninstalled"
    assert amiss(bed) == {"kommo": "uninstalled"}
    connect(bed)
    assert bed.installation.generation == 2
    door(bed).gone(gone(), "c")
    bed.drain()
    assert bed.installation.paused is None, "Kommo takes the token, so nothing was removed"
    bed.set_status(record, CONFIRMED)
    bed.sweep()
    assert bed.assert_right()[record["id"]]["id"] == deal


@pytest.mark.parametrize(
    "change",
    [{"signature": "0" * 64}, {"signature": ""}, {"account_id": "5"}, {"account_id": "x"}, {"signature": "ü"}],
    ids=str,
)
def test_news_of_a_removal_that_nobody_signed_ring_nothing(bed: Bed, change: Mapping[str, str]) -> None:
    with pytest.raises(Unauthorised):
        door(bed).gone({**gone(), **change}, "c")
    assert not bed.queue.waiting


def test_what_comes_to_the_redirect_uri_is_looked_at_before_it_is_kept(bed: Bed) -> None:
    good = consented(bed)
    for change, error in (
        ({"referer": "lindasalon.kommo.com.example.test"}, Invalid),
        ({"referer": "example.test/lindasalon.kommo.com"}, Invalid),
        ({"referer": "www.kommo.com"}, Invalid),
        ({"code": ""}, Invalid),
        ({"code": "x" * 5000}, Invalid),
        ({"state": "guessed"}, Invalid),
        ({"client_id": OTHER_CLIENT}, NotFound),
        ({"error": "access_denied"}, Rejected),
    ):
        with pytest.raises(error):
            door(bed).take({**good, **change}, "c")
    assert bed.items("Installations", "consent") == []
    assert not bed.queue.waiting


def test_a_state_is_for_its_integration_and_for_half_an_hour(bed: Bed) -> None:
    link = door(bed).link(CLIENT_ID)
    state = dict(parse_qsl(urlsplit(link).query))["state"]
    door(bed).take(consented(bed, state=state), "c")
    Integrations(table(bed), vault(bed)).register(
        Integration(OTHER_CLIENT, OTHER_SECRET, "https://hub.example.test/oauth/kommo")
    )
    with pytest.raises(Invalid):
        door(bed).take({**consented(bed, state=state), "client_id": OTHER_CLIENT}, "c")
    bed.pass_time(1801)
    with pytest.raises(Invalid):
        door(bed).take(consented(bed, state=state), "c")


def test_a_code_that_is_used_or_foreign_connects_nothing_and_leaves_nothing(bed: Bed) -> None:
    query = consented(bed)
    for code in (query["code"], query["code"], "foreign"):
        door(bed).take({**query, "code": code}, "c")
    bed.drain()
    assert bed.installation.paused is None
    assert bed.items("Installations", "consent") == []
    assert not any(item["installation"].startswith("consent#") for item in bed.items("Credentials"))


def test_only_an_administrators_consent_connects(bed: Bed) -> None:
    before = vault(bed).read(demo.INSTALLATION, "kommo")
    connect(bed, user_id=12_100_003)
    assert vault(bed).read(demo.INSTALLATION, "kommo") == before


def test_a_new_account_waits_until_it_goes_live(bed: Bed) -> None:
    made = bed.person("accounts", subdomain="sesamo", scenario="demo")
    code = code_of(bed, made["account_id"])
    door(bed).take({"code": code, "referer": "sesamo.kommo.com", "client_id": CLIENT_ID, "from_widget": "1"}, "c")
    bed.drain()
    id = bed.installations.of_account(made["account_id"])
    assert id == str(made["account_id"])
    installation = bed.installations.read(id)
    assert installation is not None
    assert (installation.paused, installation.is_live, installation.kommo_host) == (
        SETTING_UP,
        False,
        "sesamo.kommo.com",
    )
    assert vault(bed).read(id, "kommo").client_id == CLIENT_ID
    assert bed.installations.rebuilt(id, SETTING_UP, None)
    assert amiss(bed, id) == {}
    # Its webhook was made: nobody had taken it away.
    assert repaired_hooks(table(bed), id) == {}


def code_of(bed: Bed, account: int, client: str = CLIENT_ID) -> str:
    """Return a code as an account's administrator gives it; Kommo's own call goes where nobody listens."""
    codes: dict[str, str] = {}
    redirect = control(bed.kommo.base_url, "authorization-code", {"account_id": account, "client_id": client})
    codes.update(redirect)
    return codes["code"]


# -- two integrations --------------------------------------------------------------------------------------------------


def test_two_integrations_never_use_each_others_secret(bed: Bed) -> None:
    made = bed.person("accounts", subdomain="sesamo", scenario="demo")
    account = made["account_id"]
    redirect = f"{bed.deployment.api}/oauth/kommo"
    bed.person("integrations", client_id=OTHER_CLIENT, client_secret=OTHER_SECRET, redirect_uri=redirect)
    Integrations(table(bed), vault(bed)).register(Integration(OTHER_CLIENT, OTHER_SECRET, redirect, is_public=True))
    door(bed).take(
        {"code": code_of(bed, account, OTHER_CLIENT), "referer": "sesamo.kommo.com", "client_id": OTHER_CLIENT}, "c"
    )
    # Somebody else's code under our name, and ours under somebody else's: the secret does not fit.
    for code, client in ((code_of(bed, account, OTHER_CLIENT), CLIENT_ID), (code_of(bed, account), OTHER_CLIENT)):
        door(bed).take({"code": code, "referer": "sesamo.kommo.com", "client_id": client}, "c")
    bed.drain()
    id = str(account)
    assert vault(bed).read(id, "kommo").client_id == OTHER_CLIENT
    assert vault(bed).read(demo.INSTALLATION, "kommo").client_id == CLIENT_ID
    # Whoever knows one integration's secret cannot speak for an account of the other.
    assert door(bed).gone(gone(account), "c") == ""
    assert door(bed).gone(gone(ACCOUNT_ID, OTHER_CLIENT, OTHER_SECRET), "c") == ""
    sent = secrets_sent(bed, id)
    assert sent == {demo.INSTALLATION: {CLIENT_SECRET}, id: {OTHER_SECRET}}
    for one in (demo.INSTALLATION, id):
        assert amiss(bed, one) == {}


def secrets_sent(bed: Bed, other: str) -> dict[str, set[str]]:
    """Let both installations renew their tokens; return the secrets that each of them sent."""
    sent: dict[str, set[str]] = {demo.INSTALLATION: set(), other: set()}
    session = _session()
    send, current = session.request, demo.INSTALLATION

    def tapped(method: str, url: str, **given: Any) -> requests.Response:
        if url.endswith("/oauth2/access_token"):
            sent[current].add(json.loads(given["data"])["client_secret"])
        return send(method, url, **given)

    session.request = tapped  # type: ignore[method-assign,assignment]
    try:
        bed.pass_time(25 * 3600)
        for current in sent:
            bed.queue.send([bed_hint(bed, current)])
            bed.drain()
    finally:
        session.request = send  # type: ignore[method-assign]
    return sent


def bed_hint(bed: Bed, installation: str) -> Hint:
    return Hint(HintKind.ACCESS, "sweep", installation, seen_at=bed.clock.now(), correlation_id="c")


# -- tokens ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["until_new_is_used", "single_use"])
def test_tokens_are_kept_alive_for_months_without_work(bed: Bed, mode: str) -> None:
    behave(bed, old_refresh_token=mode)
    for _ in range(4):
        bed.pass_time(60 * 86_400)
        look(bed)
        assert amiss(bed) == {}
    assert bed.installation.paused is None


def test_a_lost_answer_to_a_renewal_loses_nothing(bed: Bed) -> None:
    record = bed.book(person(1))
    bed.work(record)
    bed.fault("kommo", {"method": "POST", "route": "/oauth2/access_token", "kind": "commit_then_close", "times": 1})
    bed.pass_time(25 * 3600)
    late = bed.book(person(2))
    bed.work(late)
    assert bed.installation.paused is None
    bed.assert_right()


def test_a_lost_answer_where_refresh_tokens_work_once_asks_for_consent_and_the_work_waits(bed: Bed) -> None:
    behave(bed, old_refresh_token="single_use")
    bed.fault("kommo", {"method": "POST", "route": "/oauth2/access_token", "kind": "commit_then_close", "times": 1})
    bed.pass_time(25 * 3600)
    late = bed.book(person(2))
    bed.work(late)
    bed.sweep()
    assert bed.installation.paused == "kommo_token"
    connect(bed)
    bed.assert_right()


def test_a_long_lived_token_connects_a_private_integration_only(bed: Bed) -> None:
    token = bed.person("long-lived-token")["access_token"]
    accesses = Accesses(
        bed.server.environment,
        table(bed),
        locations(bed).connections,
        bed.queue,
        bed.clock,
        "c",  # type: ignore[arg-type]
    )
    connections, accounts = locations(bed).connections, accesses.accounts()
    given: dict[str, Any] = {"host": "https://LindaSalon.kommo.com/", "client_id": CLIENT_ID}
    assert accounts.connect_long_lived(connections, token=token, **given) == demo.INSTALLATION
    bed.pass_time(200 * 86_400)
    look(bed)
    assert amiss(bed) == {}
    connections = locations(bed).connections
    Integrations(table(bed), vault(bed)).register(
        Integration(OTHER_CLIENT, OTHER_SECRET, "https://hub.example.test/oauth/kommo", is_public=True)
    )
    for change, error in (
        ({"client_id": OTHER_CLIENT}, Invalid),
        ({"host": "example.test"}, Invalid),
        ({"token": "é"}, Invalid),
        ({"token": "guessed"}, Revoked),
    ):
        with pytest.raises(error):
            accounts.connect_long_lived(connections, **{"token": token, **given, **change})


# -- an account that moves ---------------------------------------------------------------------------------------------


class Reroute(requests.adapters.HTTPAdapter):
    """Brings requests to Kommo's hosts to the simulator, under the name that they were sent to."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.base_url = base_url

    def send(self, request: requests.PreparedRequest, *args: Any, **given: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.headers["Host"] = parts.netloc
        request.url = f"{self.base_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return super().send(request, *args, **given)


@pytest.fixture
def hosted(bed: Bed) -> Iterator[Bed]:
    """A bed whose Kommo is at the account's own host."""
    session = _session()
    session.mount("https://", Reroute(bed.kommo.base_url))
    bed.server.environment = replace(bed.server.environment, kommo_base_url="https://{host}")
    yield bed
    session.mount("https://", requests.adapters.HTTPAdapter())


@pytest.mark.parametrize("hours", [1, 25], ids=["with a token that lives", "with a token that has ended"])
def test_an_account_with_another_subdomain_is_followed(hosted: Bed, hours: int) -> None:
    bed = hosted
    record = bed.book(person(1))
    bed.work(record)
    bed.person("rename", subdomain="linda-y-socias")
    bed.pass_time(hours * 3600)
    bed.set_status(record, CONFIRMED)
    bed.work(record)
    bed.sweep()
    assert bed.installation.kommo_host == "linda-y-socias.kommo.com"
    assert bed.installation.paused is None
    bed.assert_right()


# -- payment, rights, licences -----------------------------------------------------------------------------------------


def test_an_unpaid_account_waits_and_goes_on_once_it_is_paid(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    record = bed.book(person(1))
    behave(bed, unpaid="writes")
    bed.work(record)
    assert (bed.installation.paused, amiss(bed)) == ("kommo_payment", {"kommo": "kommo_payment"})
    assert losses(capsys.readouterr().out) == 1
    look(bed)
    assert bed.installation.paused == "kommo_payment"
    behave(bed, unpaid="no")
    look(bed)
    assert bed.installation.paused is None
    bed.come_to_rest()
    bed.assert_right()


def test_rights_that_only_the_work_misses_are_tried_now_and_then(bed: Bed) -> None:
    """What looks well from here but was refused to the mover must not be tried again and again."""
    record = bed.book(person(1))
    refusal = {"title": "Forbidden", "status": 403, "detail": "Forbidden"}
    bed.fault("kommo", {"method": "POST", "route": "/api/v4/leads", "kind": "status", "status": 403, "body": refusal,
                        "probability": 1})  # fmt: skip
    bed.work(record)
    bed.come_to_rest()
    with bed.counted() as counted:
        for _ in range(3):
            look(bed)
            bed.sweep()
    assert bed.installation.paused == "kommo_rights"
    assert counted.kommo["POST /api/v4/leads"] == 0
    bed.fault("kommo")
    bed.pass_time(3600)
    look(bed)
    bed.come_to_rest()
    bed.assert_right()


def test_a_changed_password_is_told_to_administrators_and_a_login_goes_on(bed: Bed) -> None:
    record = bed.book(person(1))
    bed.work(record)
    bed.admin("password", login=bed.altegio.login, password="n3w")
    late = bed.book(person(2))
    bed.work(late)
    assert bed.installation.paused == "altegio_token"
    look(bed)
    told = [task for task in bed.look("tasks") if not task["entity_id"]]
    assert {task["responsible_user_id"] for task in told} == {12_100_001, 12_100_002}
    assert len(told) == 2, "told once"
    with pytest.raises(Unauthorised):
        locations(bed).log_in(bed.installation, bed.altegio.login, "wrong")
    found = locations(bed).log_in(bed.installation, bed.altegio.login, "n3w")
    assert {location.id for location in found} == set(bed.altegio.locations)
    bed.drain()
    assert (bed.installation.paused, amiss(bed)) == (None, {})
    bed.assert_right()


def test_administrators_are_told_under_the_brands_name_and_a_renamed_brand_makes_nothing_anew(bed: Bed) -> None:
    record = bed.book(person(1))
    bed.work(record)
    look(bed)
    made = [bed.look(each) for each in ("webhooks", "leads/custom_fields", "leads/pipelines")]
    bed.server.environment = replace(bed.server.environment, brand_name="{title} & Söhne")
    bed.set_status(record, CONFIRMED)
    bed.sweep()
    look(bed)
    bed.assert_right()
    assert [bed.look(each) for each in ("webhooks", "leads/custom_fields", "leads/pipelines")] == made
    late = bed.book(person(2))
    bed.admin("password", login=bed.altegio.login, password="n3w")
    bed.work(late)
    look(bed)
    told = [task["text"] for task in bed.look("tasks") if not task["entity_id"]]
    assert told
    assert all("{title} & Söhne" in text and "Bookdeal" not in text for text in told)


def test_a_location_whose_licence_is_unpaid_is_named_and_the_others_go_on(bed: Bed) -> None:
    here, other = bed.altegio.locations[:2]
    bed.admin("licence", location=here, paid=False)
    record = bed.book(person(1), location=other, staff_id=51_101, services=[{"id": 7_201}])
    bed.sweep()
    assert amiss(bed) == {f"altegio#{here}": "altegio_payment"}
    assert bed.installation.paused is None
    assert bed.deal(record)
    told = [task["text"] for task in bed.look("tasks") if not task["entity_id"]]
    assert told
    title = bed.salon("GET", f"/company/{here}")["title"]
    assert all(title in text for text in told)
    bed.admin("licence", location=here, paid=True)
    waiting = bed.book(person(2), location=here)
    look(bed)
    assert amiss(bed) == {}
    assert bed.deal(waiting)


# -- the marketplace ---------------------------------------------------------------------------------------------------


def arrivals(bed: Bed) -> Arrivals:
    queue: Any = bed.queue
    return Arrivals(
        table(bed),
        queue,
        bed.clock,
        lambda: bed.altegio.partner_token,
        lambda: KEY,
        f"{bed.kommo.base_url}/oauth",
        str(demo.APPLICATION),
    )


def pressed(bed: Bed, location: int, **given: Any) -> dict[str, str]:
    """Press Connect in the marketplace; returns what our registration address is given."""
    address = f"https://hub.example.test/marketplace/altegio/{CLIENT_ID}"
    answer = bed.admin("connect", location=location, registration_url=address, **given)
    return dict(parse_qsl(urlsplit(answer["address"]).query))


def connect_in_marketplace(bed: Bed, location: int) -> None:
    """Press Connect, then Allow in Kommo."""
    bed.admin("application", location=location, rights={"users_access": 1})
    link = arrivals(bed).lead_on(CLIENT_ID, pressed(bed, location))
    connect(bed, state=dict(parse_qsl(urlsplit(link).query))["state"])


def news(bed: Bed, location: int, event: str, **change: Any) -> str:
    told = {"salon_id": location, "application_id": demo.APPLICATION, "event": event}
    return json.dumps({**told, "partner_token": bed.altegio.partner_token, **change})


def test_locations_are_connected_in_the_marketplace_frozen_paid_for_and_left(bed: Bed) -> None:
    here, other = bed.altegio.locations
    vault(bed).forget(demo.INSTALLATION, "altegio")
    bed.server.secrets.clear()
    connect_in_marketplace(bed, here)
    connect_in_marketplace(bed, other)
    assert vault(bed).read(demo.INSTALLATION, "altegio").client_id == "marketplace"
    assert (bed.installation.paused, amiss(bed)) == (None, {})
    assert {location.id for location in bed.installation.locations} == {here, other}
    for event, code in (("freeze", "altegio_frozen"), ("uninstall", "altegio_rights")):
        bed.admin("application", location=here, event=event)
        assert arrivals(bed).hear(news(bed, here, event), "c") == 1
        bed.drain()
        assert amiss(bed) == {f"altegio#{here}": code}
        assert bed.installation.paused is None
        if event == "freeze":
            waiting = bed.book(person(1))
            bed.admin("application", location=here, event="payment")
            arrivals(bed).hear(news(bed, here, "payment"), "c")
            bed.drain()
            assert amiss(bed) == {}
            assert bed.deal(waiting)
    connect_in_marketplace(bed, here)
    assert amiss(bed) == {}


def test_a_location_is_bound_only_to_whom_it_belongs(bed: Bed) -> None:
    here = bed.altegio.locations[0]
    owner = 300_500
    stranger = bed.installations.make(replace(bed.installation, id="stranger", kommo_account=5, locations=()))
    installation = bed.installations.read(stranger)
    assert installation is not None
    with pytest.raises(Rejected, match="not_pending"):
        locations(bed).connect_marketplace(installation, here, owner)
    for right, user, reason in ((0, owner, "users_right"), (1, owner + 999, "not_your_location")):
        bed.admin("application", location=here, rights={"users_access": right})
        pressed(bed, here)
        with pytest.raises(Rejected, match=reason):
            locations(bed).connect_marketplace(installation, here, user)
        bed.admin("application", location=here, event="uninstall")
    bed.admin("application", location=here, event="activate")
    # It is another installation's by now, whoever asks.
    with pytest.raises(Rejected, match="not_pending"):
        locations(bed).connect_marketplace(installation, here, owner)
    assert bed.installations.read(stranger) == installation


@pytest.mark.parametrize(
    "change",
    [{"user_data_sign": "0" * 64}, {"user_data": "e30="}, {"user_data": "%%"}, {"user_data": ""}, {"salon_id": "x"}],
    ids=str,
)
def test_who_comes_from_the_marketplace_unsigned_is_not_led_on(bed: Bed, change: Mapping[str, str]) -> None:
    query = pressed(bed, bed.altegio.locations[0])
    assert arrivals(bed).lead_on(CLIENT_ID, query)
    with pytest.raises((Unauthorised, Invalid)):
        arrivals(bed).lead_on(CLIENT_ID, {**query, **change})
    with pytest.raises(NotFound):
        arrivals(bed).lead_on(OTHER_CLIENT, query)


@pytest.mark.parametrize(
    ("change", "error"),
    [({"partner_token": "guessed"}, Unauthorised), ({"application_id": 5}, Unauthorised), ({"salon_id": "x"}, Invalid)],
)
def test_news_of_the_marketplace_that_are_not_altegios_ring_nothing(
    bed: Bed, change: Mapping[str, Any], error: type[Exception]
) -> None:
    here = bed.altegio.locations[0]
    with pytest.raises(error):
        arrivals(bed).hear(news(bed, here, "uninstall", **change), "c")
    assert arrivals(bed).hear(news(bed, here + 5, "uninstall"), "c") == 0
    assert not bed.queue.waiting


# -- webhooks ----------------------------------------------------------------------------------------------------------


def test_webhooks_are_put_right_and_those_of_others_stay(bed: Bed) -> None:
    here = bed.altegio.locations[0]
    theirs = "https://others.example.test/hook"
    bed.salon("POST", f"/hooks_settings/{here}", {"urls": [theirs], "active": 0, "good": 1})
    (ours,) = [hook["destination"] for hook in bed.look("webhooks")]
    bed.in_kommo("DELETE", "webhooks", {"destination": ours})
    bed.in_kommo("POST", "webhooks", {"destination": theirs, "settings": ["add_task"]})
    old = ours.rsplit("/", 1)[0] + "/1." + "0" * 64
    bed.in_kommo("POST", "webhooks", {"destination": old, "settings": ["add_lead"]})
    look(bed)
    assert {hook["destination"] for hook in bed.look("webhooks")} == {ours, theirs}
    settings = bed.salon("GET", f"/hooks_settings/{here}")
    assert theirs in settings["urls"]
    assert len(settings["urls"]) == 2
    assert (settings["active"], settings["record"], settings["good"]) == (1, 1, 1)
    assert amiss(bed) == {}


def test_a_hook_that_another_vendor_replaced_is_put_back_within_a_sweep(bed: Bed) -> None:
    """Nobody says so; but a sweep finds a change that should have rung, and so the hooks are looked at."""
    here, theirs = bed.altegio.locations[0], "https://others.example.test/hook"
    bed.sweep()
    look(bed)
    bed.salon("POST", f"/hooks_settings/{here}", {"urls": [theirs], "active": 1, "record": 1})
    record = bed.book(person(1))
    bed.pass_time(300)
    bed.sweep()
    bed.assert_right(only=[record])
    settings = bed.salon("GET", f"/hooks_settings/{here}")
    assert theirs in settings["urls"]
    assert len(settings["urls"]) == 2
    assert amiss(bed) == {}
    assert repaired_hooks(table(bed), demo.INSTALLATION).keys() == {f"altegio_webhooks#{here}"}
    # While bells get lost it is swept often.
    assert bed.due() <= bed.clock.now() + 60


def test_a_hook_that_kommo_has_disabled_is_switched_on_and_what_it_missed_is_seen(bed: Bed) -> None:
    record = bed.book(person(1))
    bed.work(record)
    look(bed)
    (ours,) = bed.look("webhooks")
    control(bed.kommo.base_url, "webhooks", {"paused": False})
    deal = bed.deal(record)
    for price in range(MOST_FAILURES + 1):
        bed.person("edit", entity="leads", id=deal["id"], changes={"price": price})
    until = time.monotonic() + 20
    while not all(hook["disabled"] for hook in bed.look("webhooks")):
        assert time.monotonic() < until
        time.sleep(0.05)
    control(bed.kommo.base_url, "webhooks", {"paused": True})
    bed.move(deal, "Call back")
    look(bed)
    (after,) = bed.look("webhooks")
    assert (after["destination"], after["disabled"]) == (ours["destination"], False)
    decisions = [item["rule"] for item in bed.items("Decisions", f"deal#{bed.deal(record)['id']}#")]
    assert decisions[-1] == "moved_by_person"
    assert repaired_hooks(table(bed), demo.INSTALLATION).keys() == {"kommo_webhooks"}


def test_webhooks_follow_the_newest_key(bed: Bed) -> None:
    (before,) = bed.look("webhooks")
    bed.deployment.put_secret("webhook-keys", f"another-key-0123456789,{KEY}")
    forget_parameters()
    look(bed)
    (after,) = bed.look("webhooks")
    assert after["destination"] != before["destination"]
    for id in bed.altegio.locations:
        assert len(bed.salon("GET", f"/hooks_settings/{id}")["urls"]) == 1


def forget_parameters() -> None:
    parameters._provider.cache_clear()


def test_a_plan_without_webhooks_is_a_warning_and_no_loss(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    (ours,) = bed.look("webhooks")
    bed.in_kommo("DELETE", "webhooks", {"destination": ours["destination"]})
    behave(bed, webhooks_in_plan=False)
    capsys.readouterr()
    look(bed)
    assert amiss(bed) == {"kommo_webhooks": "kommo_webhooks"}
    assert bed.installation.paused is None
    assert losses(capsys.readouterr().out) == 0


def test_nothing_of_access_stands_in_a_log(make_bed: MakeBed, capsys: pytest.CaptureFixture[str]) -> None:
    bed = make_bed()
    capsys.readouterr()
    query = consented(bed)
    door(bed).take(query, "c")
    bed.drain()
    locations(bed).log_in(bed.installation, bed.altegio.login, bed.altegio.password)
    bed.drain()
    printed = capsys.readouterr().out
    secret = vault(bed).read(demo.INSTALLATION, "kommo")
    for one in (query["code"], secret.access, secret.refresh, CLIENT_SECRET, bed.altegio.password, bed.altegio.login):
        assert one not in printed
    for _, hint in bed.queue.waiting:
        assert query["code"] not in hint.to_json()
