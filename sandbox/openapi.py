"""Writes docs/openapi.json from the code of the widget's API: `python -m sandbox.openapi`."""

import importlib.util
import json
from pathlib import Path
from typing import Any

from bookdeal.installs.calls import Call
from bookdeal.runtime.api import TOKEN_HEADER, Api

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs/openapi.json"
REFUSALS = {
    "400": "What was asked makes no sense.",
    "401": "The token is missing, wrong, expired or used up, or the account has not installed Bookdeal.",
    "403": "Only administrators may, or a provider denies Bookdeal access.",
    "404": "There is no such thing in this account.",
    "409": "Somebody else was first.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "A field does not fit, or a provider refuses what was sent.",
    "429": "Too many requests; Retry-After says when to come again.",
    "500": "It failed in a way that nobody foresaw.",
    "503": "It does not work now; Retry-After says when to come again.",
    "504": "A provider did not answer: it may or may not be done.",
}
_POWERTOOLS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
"""Powertools' own answers, which no route gives."""

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "params"],
            "properties": {
                "code": {"type": "string", "description": "What is wrong; the widget has a text for it."},
                "params": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
                "field": {"type": "string", "description": "The path to the part of the body that is meant."},
                "faults": {
                    "type": "array",
                    "description": "All that is wrong, where more than one thing may be.",
                    "items": {
                        "type": "object",
                        "required": ["code", "field", "params"],
                        "properties": {
                            "code": {"type": "string"},
                            "field": {"type": "string"},
                            "params": {"type": "object"},
                        },
                    },
                },
            },
        }
    },
}


def load_api(function: str) -> Api[Call]:
    """Return the API of a function, by the name of its folder."""
    spec = importlib.util.spec_from_file_location(f"function_{function}", ROOT / "functions" / function / "app.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(function)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    api: Api[Call] = module.api
    return api


def widget_functions() -> list[str]:
    """Return the folders of the functions that serve the widget."""
    return sorted(path.parent.name for path in ROOT.glob("functions/*/app.py") if "widget_api(" in path.read_text())


def describe() -> dict[str, Any]:
    """Return the OpenAPI description of all functions together."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Error": ERROR}
    for function in widget_functions():
        api = load_api(function)
        found = json.loads(api.resolver.get_openapi_json_schema(title="Bookdeal", version="1"))
        for path, operations in found["paths"].items():
            paths[path] = {method: _operation(api, method, path, told) for method, told in operations.items()}
        theirs = found.get("components", {}).get("schemas", {})
        for name, schema in theirs.items():
            if name in _POWERTOOLS:
                continue
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two functions mean different things by {name}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bookdeal", "version": "1", "description": "What the Kommo widget asks."},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"widget": {"type": "apiKey", "in": "header", "name": TOKEN_HEADER}},
        },
        "security": [{"widget": []}],
    }


def _operation(api: Api[Call], method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    """Return one operation with the answers that every route may give, in place of Powertools' own."""
    policy = api.policies[method.upper(), path]
    answers = {status: answer for status, answer in told["responses"].items() if status.startswith("2")}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    answers |= {status: {"description": text, "content": content} for status, text in REFUSALS.items()}
    return {**told, "responses": answers, "x-administrators-only": policy.admin, "x-token-used-once": policy.once}


def text() -> str:
    """Return what docs/openapi.json must hold."""
    return json.dumps(describe(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
