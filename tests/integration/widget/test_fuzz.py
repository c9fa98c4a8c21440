"""The API asked whatever its description allows and forbids: no 500, and every answer is one that is described."""

import json
import re
from typing import Any
from urllib.parse import quote, unquote

import boto3
import jsonschema_rs
import pytest
import responses
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from sandbox.openapi import describe, load_api, widget_functions

from .conftest import ADMIN, KOMMO, WORKER, Widget
from .owned import fill, lists

EXAMPLES = 3
"""Requests of each kind for each route."""

DESCRIPTION = describe()
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
HOSTILE = st.sampled_from(
    [
        {"X-Auth-Token": "a.b.c"},
        {"X-Auth-Token": "eyJhbGciOiJub25lIn0.e30."},
        {"X-Auth-Token": "é\x00"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "text/plain"},
        {"Origin": "https://elsewhere.example.test"},
        {"Origin": "null\r\nX-More: 1"},
        {"X-Forwarded-For": "' OR 1=1 --"},
    ]
)
BODIES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["[" * 3000, "\ufeff{}", '{"a":' * 3000, "NaN", '"\\ud800"', '{"version":1e999}']),
)


def ask(widget: Widget, function: str, case: Case, token: str, headers: dict[str, str], raw: str | None) -> Any:
    """Ask as the REST API would hand the request on."""
    place = {name: unquote(str(value)) for name, value in (case.path_parameters or {}).items()}
    path = case.path.format(**{name: quote(value, safe="") for name, value in place.items()})
    query = {
        str(name): [str(one) for one in value] if isinstance(value, list) else [str(value)]
        for name, value in (case.query or {}).items()
    }
    body = raw
    if body is None and not isinstance(case.body, schemathesis.core.NotSet):
        body = json.dumps(case.body, default=str)
    event = {
        "resource": case.path,
        "path": path,
        "httpMethod": case.method,
        "headers": {"Origin": KOMMO, "Content-Type": "application/json", "X-Auth-Token": token, **headers},
        "queryStringParameters": {name: values[-1] for name, values in query.items() if values},
        "multiValueQueryStringParameters": {name: values for name, values in query.items() if values},
        "pathParameters": place,
        "requestContext": {"requestId": "request-1", "stage": "v1", "path": f"/v1{path}"},
        "body": body,
        "isBase64Encoded": False,
    }
    return widget.apis[function](event, Context())


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 25_000


def assert_described(case: Case, answer: Any) -> None:
    """Assert that an answer is none of a fault of ours, and one of those that the description names."""
    status, text = str(answer["statusCode"]), answer["body"]
    assert status != "500", text
    described = DESCRIPTION["paths"][case.path][case.method.lower()]["responses"]
    assert status in described, text
    schema = described[status]["content"]["application/json"]["schema"]
    whole = {**schema, "components": DESCRIPTION["components"]}
    jsonschema_rs.validate(whole, json.loads(text))


@pytest.fixture
def asked(widget: Widget, providers: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> Widget:
    """The widget of an account that has something of every kind; providers answer whatever they are asked."""
    boto3.client("ssm").put_parameter(Name="/keys", Value="a-server-key-0123456789", Type="SecureString")
    monkeypatch.setenv("WEBHOOK_KEYS_PARAMETER", "/keys")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        providers.add_callback(
            method, re.compile("https://.*"), lambda request: (200, {}, json.dumps(lists(request.url)))
        )
    return widget


@pytest.mark.parametrize("function", widget_functions())
def test_every_answer_is_described(asked: Widget, function: str, subtests: pytest.Subtests) -> None:
    asked.apis[function] = api = load_api(function)
    ids = fill(asked)
    for method, path in api.policies:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with subtests.test(f"{method} {path} {mode.value}"):
                fuzz(asked, function, SCHEMA[path][method].as_strategy(generation_mode=mode), ids, mode)


def fuzz(
    asked: Widget, function: str, cases: st.SearchStrategy[Case], ids: dict[str, Any], mode: GenerationMode
) -> None:
    """Ask a route in one mode: as described, or in every way that is not."""
    is_hostile = mode is GenerationMode.NEGATIVE
    no_headers: dict[str, str] = {}

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(
        cases,
        st.sampled_from([ADMIN, ADMIN, WORKER]),
        st.booleans(),
        st.one_of(st.just(no_headers), HOSTILE) if is_hostile else st.just(no_headers),
        st.one_of(st.none(), BODIES) if is_hostile else st.none(),
    )
    def check(case: Case, user: int, is_known: bool, headers: dict[str, str], raw: str | None) -> None:
        if is_known:
            case.path_parameters = {name: ids[name] for name in case.path_parameters or {}}
        assert_described(case, ask(asked, function, case, asked.token(user), headers, raw))

    check()
