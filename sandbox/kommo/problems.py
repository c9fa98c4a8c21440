"""Kommo's error answers (contract §1.3)."""

from typing import Any

from aiohttp import web

from sandbox.simulator import json_answer

type Errors = list[dict[str, str]]

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Payload Too Large",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "ErrInternalServer",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Problem(Exception):
    """A request that Kommo refuses; `more` joins the problem document."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more


class OAuthProblem(Exception):
    """A refusal of the token endpoint; `hint` as the server words it, None when the client itself is refused."""

    def __init__(self, status: int, hint: str | None) -> None:
        super().__init__(hint)
        self.status = status
        self.hint = hint


def problem_answer(status: int, detail: str, **more: Any) -> web.Response:
    """A problem document."""
    title = TITLES.get(status, "Error")
    data = {"title": title, "type": f"https://httpstatus.es/{status}", "status": status, "detail": detail, **more}
    return json_answer(data, status, "application/problem+json")


def oauth_answer(problem: OAuthProblem) -> web.Response:
    """The token endpoint's refusal, in the language in which it is seen (contract §2.3)."""
    data: dict[str, Any] = {
        "title": "Некорректный запрос" if problem.hint else "Некорректный клиент",
        "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
        "status": problem.status,
        "detail": "В запросе отсутствует ряд параметров или параметры невалидны"
        if problem.hint
        else "Авторизация клиента не прошла",
    }
    if problem.hint:
        data["hint"] = problem.hint
    return json_answer(data, problem.status, "application/problem+json")


def choice(path: str) -> dict[str, str]:
    """A validation error: what is named does not exist."""
    return {
        "code": "NotSupportedChoice",
        "path": path,
        "detail": "The value you selected is not a valid choice.",
    }


def wrong_type(path: str, wanted: str) -> dict[str, str]:
    """A validation error: a value of another type is wanted."""
    return {"code": "InvalidType", "path": path, "detail": f"This value should be of type {wanted}."}


def missing(path: str) -> dict[str, str]:
    """A validation error: a mandatory key is absent."""
    return {"code": "FieldMissing", "path": path, "detail": "This field is missing."}


def invalid(errors: list[tuple[str, Errors]]) -> Problem:
    """The refusal of a write: for each bad element its `request_id` and what is wrong with it."""
    return Problem(
        400,
        "Request validation failed",
        **{"validation-errors": [{"request_id": number, "errors": found} for number, found in errors]},
    )
