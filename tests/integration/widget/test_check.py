"""The set-up check of the deployed function's code, against both providers' answers; requests counted."""

from collections import Counter
from typing import Any

import pytest
import responses

from bookdeal.altegio.models import HOOKS
from sandbox.altegio.access import GROUPS

from . import answers
from .conftest import LOCATIONS, Widget

HOOK = "https://hub.example.test/webhooks/{}/acme/1.mac"


@pytest.fixture(autouse=True)
def _both_sides(providers: responses.RequestsMock) -> None:
    answers.lists(providers)
    providers.get(answers.kommo("leads"), status=204)
    for location in LOCATIONS:
        shown = {
            "id": location.id,
            "title": location.title,
            "timezone_name": location.timezone,
            "country_id": "34",
            "active": 1,
        }
        providers.get(answers.altegio(f"company/{location.id}"), json=answers.ok(shown))
        providers.get(answers.altegio(f"user/permissions/{location.id}"), json=answers.ok(GROUPS))


def hooks(providers: responses.RequestsMock, *, kommo: Any = None, altegio: str = HOOK.format("altegio")) -> None:
    subscription = {"destination": HOOK.format("kommo"), "disabled": False, "settings": ["update_lead"]}
    rows = [subscription] if kommo is None else kommo
    providers.get(answers.kommo("webhooks"), json=answers.embedded("webhooks", rows))
    settings = {"urls": ["https://other.example.test", altegio], "active": 1, **dict.fromkeys(HOOKS, 1)}
    for location in LOCATIONS:
        providers.get(answers.altegio(f"hooks_settings/{location.id}"), json=answers.ok(settings))


def codes(body: Any) -> set[str]:
    return {gap["code"] for gap in body["gaps"]}


def test_few_requests_tell_all(widget: Widget, providers: responses.RequestsMock) -> None:
    hooks(providers)
    status, body = widget.ask("settings", "GET", "/check")
    assert status == 200
    assert codes(body) == {"field_missing", "users_untied", "zones_differ"}
    assert body["works"] is False
    asked = Counter("kommo" if "kommo" in str(call.request.url) else "altegio" for call in providers.calls)
    assert asked == {"kommo": 9, "altegio": 5 * len(LOCATIONS)}
    widget.ask("settings", "GET", "/check")
    again = Counter("kommo" if "kommo" in str(call.request.url) else "altegio" for call in providers.calls)
    # What there is to choose from is kept for ten minutes.
    assert again - asked == {"kommo": 3, "altegio": 3 * len(LOCATIONS)}


def test_hooks_that_ring_elsewhere_are_not_ours(widget: Widget, providers: responses.RequestsMock) -> None:
    hooks(providers, kommo=[], altegio=HOOK.format("altegio").replace("acme", "acme2"))
    found = widget.ask("settings", "GET", "/check")[1]["gaps"]
    states = {(gap["code"], gap["params"].get("state")) for gap in found if "webhook" in gap["code"]}
    assert states == {("kommo_webhook", "missing"), ("altegio_webhook", "missing")}


def test_sides_that_are_closed_are_facts(widget: Widget, providers: responses.RequestsMock) -> None:
    for location in LOCATIONS:
        providers.replace("GET", answers.altegio(f"company/{location.id}"), status=402, json={"success": False})
    providers.replace("GET", answers.kommo("leads/pipelines"), status=402, json={"status": 402})
    status, body = widget.ask("settings", "GET", "/check")
    found = {(gap["code"], gap["fix"], gap["severity"]) for gap in body["gaps"]}
    assert status == 200
    assert found == {
        ("kommo_access", "kommo_plan", "blocking"),
        ("altegio_access", "altegio_licence", "blocking"),
    }


def test_a_provider_that_does_not_answer_is_no_gap(widget: Widget, providers: responses.RequestsMock) -> None:
    providers.replace("GET", answers.kommo("users"), status=503)
    status, body = widget.ask("settings", "GET", "/check")
    assert (status, body["error"]["code"]) == (503, "transient")
