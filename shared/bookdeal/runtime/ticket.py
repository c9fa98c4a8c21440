"""Tickets: what we send along with a person and get back, signed and short-lived, so that nobody else can make one.

A ticket is `content.mac`: the content is readable (it holds ids, no persons), the mac covers it together with its
purpose and its end.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

type Content = Mapping[str, str | int]

_END = "until"
_LONGEST = 2048


def issue(server_key: str, purpose: str, content: Content, *, until: float) -> str:
    """Return a ticket that holds `content` and ends at `until` (unix seconds)."""
    text = json.dumps({**content, _END: int(until)}, separators=(",", ":"), sort_keys=True)
    encoded = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{encoded}.{_mac(server_key, purpose, encoded)}"


def accept(server_keys: Sequence[str], purpose: str, ticket: str, *, now: float) -> dict[str, str | int] | None:
    """Return what a ticket of this purpose holds, None for one that has ended or is not ours, however malformed."""
    encoded, _, mac = ticket.rpartition(".")
    if not encoded or len(ticket) > _LONGEST:
        return None
    told = mac.encode("utf-8", "surrogatepass")
    # Every server key is tried, so that the time taken tells nothing.
    matches = [hmac.compare_digest(_mac(key, purpose, encoded).encode(), told) for key in server_keys]
    if not any(matches):
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        until = float(content.pop(_END))
    except (binascii.Error, ValueError, KeyError, AttributeError, TypeError):
        return None
    return content if now < until else None


def _mac(server_key: str, purpose: str, encoded: str) -> str:
    message = f"ticket/{purpose}/{encoded}"
    return hmac.new(server_key.encode(), message.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
