"""The widget's API as a test asks it: with the tokens that Kommo would give, as whoever it likes to be."""

from typing import Any

import requests

from .town import Town

BOARD = "https://demo.kommo.com"


def ask(town: Town, method: str, path: str, body: Any = None, **claims: Any) -> requests.Response:
    """Ask the API with a fresh token, as the widget does."""
    token = town.tell("kommo", "widget-token", claims)["token"]
    return requests.request(
        method,
        f"{town.stack.description.api}{path}",
        json=body,
        headers={"X-Auth-Token": token, "Origin": BOARD},
        timeout=60,
    )


def administrator(town: Town) -> int:
    """Return the user whom the pages show when nobody else was chosen."""
    return int(town.look("users")[0]["id"])


def worker(town: Town) -> int:
    """Return a user of the account who is no administrator."""
    users = requests.get(f"{town.stack.description.kommo.control_url}/access", timeout=30).json()["users"]
    return int(next(user["id"] for user in users if not user["is_admin"]))


def new_user(town: Town) -> int:
    """Return a user of the account who is new: no process of ours remembers a login of his."""
    user = int(town.tell("kommo", "users", {})["user_id"])
    ask(town, "GET", "/account?anew=true")
    return user


def settings(town: Town) -> dict[str, Any]:
    """Return the settings as they are saved."""
    found: dict[str, Any] = ask(town, "GET", "/settings").json()
    return found


def save(town: Town, **parts: Any) -> dict[str, Any]:
    """Save the settings with these parts changed."""
    answer = ask(town, "PUT", "/settings", {**settings(town), **parts})
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.json()
    return saved
