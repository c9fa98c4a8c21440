"""The key in a webhook's address: `generation.mac`. Checked without a database, so that intake stays fast.

The mac covers source, installation and generation. Raising an installation's generation makes older keys worthless
(the mover checks it); changing the server key makes all of them worthless, which is why two are accepted while
addresses move from the old one to the new one.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

SHORTEST_SERVER_KEY = 16
_KEY = re.compile(r"([1-9][0-9]{0,8})\.([0-9a-f]{64})", re.ASCII)


def server_keys(parameter: str) -> tuple[str, ...]:
    """Split the stored parameter (comma-separated, newest first) into at most two keys.

    Raises ValueError when there is none or one is too short: a guessable key would let anybody in.
    """
    keys = tuple(key.strip() for key in parameter.split(",") if key.strip())[:2]
    if not keys or any(len(key) < SHORTEST_SERVER_KEY for key in keys):
        raise ValueError("webhook server keys are missing or too short")
    return keys


def sign(server_key: str, source: str, installation: str, generation: int) -> str:
    """Return the key for an address. `generation` is 1 or more, of at most nine digits."""
    key = f"{generation}.{_mac(server_key, source, installation, str(generation))}"
    if not _KEY.fullmatch(key):
        raise ValueError("webhook generation out of range")
    return key


def verify(server_keys: Sequence[str], source: str, installation: str, key: str) -> int | None:
    """Return the generation that the key was made with, None for any other key, however malformed."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    generation, mac = match.groups()
    # Every server key is tried, so that the time taken tells nothing.
    matches = [
        hmac.compare_digest(_mac(server_key, source, installation, generation), mac) for server_key in server_keys
    ]
    return int(generation) if any(matches) else None


def _mac(server_key: str, source: str, installation: str, generation: str) -> str:
    # Unambiguous: a source has no slash and a generation is digits only.
    message = f"{source}/{installation}/{generation}"
    return hmac.new(server_key.encode(), message.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
