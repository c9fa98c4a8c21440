"""Connecting as it is deployed: what Kommo itself calls is answered in time, and leads to an installation."""

import time

import requests

from .town import Town


def test_the_call_of_a_widgets_installation_is_answered_within_the_time_that_kommo_waits(town: Town) -> None:
    # A person's way in, by the same function: what Kommo calls first may find it asleep, but never on a busy machine.
    address = f"{town.stack.description.api}/oauth/kommo/start/{town.kommo.client_id}"
    assert requests.get(address, allow_redirects=False, timeout=30).status_code == 302
    since = time.time()
    # The simulator hangs up after three seconds, as Kommo does.
    assert town.tell("kommo", "install-widget", {})["status"] == 200
    town.come_to_rest()
    assert "connected" in {line.get("reason") for line in town.lines("deal_mover")}
    assert any(asked.endswith("/oauth2/access_token") for asked in town.requests("kommo", since))
    # The account has its installation already: that one goes on, with the tokens of the new consent.
    booking = town.upcoming(1)[0]
    town.set_status(booking, 2)
    town.come_to_rest()
    assert town.stage(town.deal(booking)) == "Confirmed"


def test_a_code_that_kommo_did_not_give_leads_nowhere_and_stops_nobody(town: Town) -> None:
    query = {"code": "guessed", "referer": f"{town.kommo.subdomain}.kommo.com", "from_widget": "1"}
    address = f"{town.stack.description.api}/oauth/kommo"
    answer = requests.get(address, params={**query, "client_id": town.kommo.client_id}, timeout=30)
    assert answer.status_code == 200
    town.come_to_rest()
    booking = town.upcoming(1)[0]
    town.set_status(booking, 2)
    town.come_to_rest()
    assert town.stage(town.deal(booking)) == "Confirmed"


def test_codes_and_addresses_of_people_are_in_no_log(town: Town) -> None:
    code = "a-code-that-is-a-key-0123"
    query = {"code": code, "referer": "lindasalon.kommo.com", "client_id": town.kommo.client_id}
    requests.get(f"{town.stack.description.api}/oauth/kommo", params=query, timeout=30)
    town.come_to_rest()
    logs = "\n".join(line for name in ("kommo_connect", "deal_mover") for line in town.stack.logs(name))
    assert '"message":"kommo"' in logs
    assert [word for word in (code, town.kommo.client_secret, town.altegio.user_token) if word in logs] == []
