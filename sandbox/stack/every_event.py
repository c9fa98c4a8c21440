"""Every function, run in its container with each of its events: a line for each of what it answered."""

import json
import time

import jwt
import requests

from .container import containers, widget_token
from .description import StackDescription
from .emulator import ROOT, NotStarted

LAST = ("operator", "uninstall", "work_off_uninstalls")
"""What others would not find the demo account after."""

LOG_LINES = 8


def report(stack: StackDescription, function: str = "") -> int:
    """Run all events, or those of one function, and print what came of each; returns how many crashed.

    Raises NotStarted when something is missing.
    """
    events = cases(function)
    if not events:
        raise NotStarted(f"there is no function {function}")
    crashed = 0
    print(f"\n{'FUNCTION':<16} {'EVENT':<20} {'SECONDS':>7}  ANSWER", flush=True)
    _log_in(stack)
    with containers(stack) as made:
        for name, case in events:
            started = time.monotonic()
            invoked = made.invoke(name, case)
            seconds = time.monotonic() - started
            answer = "CRASHED" if invoked.crashed else said(invoked.answer)
            print(f"{name:<16} {case:<20} {seconds:>7.1f}  {answer}", flush=True)
            if invoked.crashed:
                crashed += 1
                print("\n".join(invoked.log.splitlines()[-LOG_LINES:]), flush=True)
    print(f"\n{len(events) - crashed} of {len(events)} events were answered.")
    return crashed


def _log_in(stack: StackDescription) -> None:
    """Tie the account's administrator to his login in Altegio, so that the widget's events may see bookings."""
    token = widget_token(stack)
    user = jwt.decode(token, options={"verify_signature": False})["user_id"]
    login = {"login": stack.altegio.login, "password": stack.altegio.password}
    address = f"{stack.api}/users/{user}/login"
    requests.post(address, json=login, headers={"X-Auth-Token": token}, timeout=60).raise_for_status()


def cases(function: str = "") -> list[tuple[str, str]]:
    """Return function and case of every event, those last that end an account."""
    found = [(path.parent.name, path.stem) for path in ROOT.glob(f"events/{function or '*'}/*.json")]
    return sorted(found, key=lambda event: (event[0] in LAST, event[1] in LAST, event))


def said(answer: str) -> str:
    """Return the gist of a function's answer, without any content."""
    content = json.loads(answer)
    if not isinstance(content, dict):
        return type(content).__name__
    if "statusCode" in content:
        return str(content["statusCode"])
    if "error" in content:
        return f"error: {content['error']['code']}"
    return ", ".join(content)
