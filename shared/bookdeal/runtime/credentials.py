"""Tokens: encrypted for one installation and provider, renewed by one worker at a time, stored before first use.

Renewal. Who finds a token due takes a lock on its item (owner, end, version unchanged), asks the provider, and saves
the new pair on condition that version and owner are still the same. Who comes too late goes on with the old token
while that lives, else waits and reads again. A refused renewal is believed only if the version has not moved
meanwhile: then the item is marked, and nobody calls the provider again until a person connects anew. When the
answer is lost, the old refresh token is tried again next time: it lives until the new pair is used, which is why
nothing is used before it is stored.
"""

import json
import random
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bookdeal.runtime import aws
from bookdeal.runtime.clock import Clock, Deadline
from bookdeal.runtime.errors import (
    Conflict,
    NotFound,
    RateLimited,
    Revoked,
    Transient,
    Unauthorised,
    UnknownOutcome,
)
from bookdeal.runtime.store import Item, Table, made_of

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

type Renewal = Callable[["Secret"], "Secret"]
"""Exchanges a pair for the next one at the provider, within `LOCK_SECONDS`. Raises Unauthorised or Revoked when the
provider refuses, Transient, RateLimited or UnknownOutcome when it cannot be asked or its answer is lost."""

LOCK_SECONDS = 30.0
_EARLIEST, _LATEST = 45 * 60.0, 15 * 60.0
_COOL_DOWN = 30.0
_READ_AGAIN = 900.0
_PATIENCE = 5.0
_MOST_ENCRYPTED_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What opens a provider's door: the token pair, and what is needed to renew it. Times in unix seconds.

    A long-lived token has no `refresh` and, unless its end is known, no `expires_at`.
    """

    access: str
    refresh: str = ""
    issued_at: float = 0.0
    expires_at: float | None = None
    client_id: str = ""
    client_secret: str = ""
    redirect_uri: str = ""

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(slots=True)
class Held:
    """A decrypted secret in this process's memory."""

    secret: Secret
    version: int
    refresh_at: float
    read_again_at: float


type Place = tuple[str, str]
"""Installation and provider."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The secrets of all installations. `table` is keyed by installation and provider.

    `memory` holds what was decrypted; one that outlives the unit of work saves a decryption in each.
    """

    table: Table
    kms: "KMSClient"
    key_id: str
    clock: Clock
    memory: dict[Place, Held] = field(default_factory=dict)

    def read(self, installation: str, provider: str) -> Secret:
        """Return the secret as it is stored. Raises NotFound when there is none, Revoked when it is known dead."""
        return self._load((installation, provider)).secret

    def store(self, installation: str, provider: str, secret: Secret) -> None:
        """Store a secret that a person has just given, over whatever was there."""
        place = (installation, provider)
        self.memory.pop(place, None)
        self.table.update(
            *place,
            # Counting from the time keeps a version from coming back after an item was deleted.
            change="SET #blobs = :blobs, #version = if_not_exists(#version, :first) + :one "
            "REMOVE #lock_owner, #lock_until, #revoked",
            values={"blobs": self._encrypted(place, secret), "first": int(self.clock.now()), "one": 1},
        )

    def forget(self, installation: str, provider: str) -> None:
        """Destroy a secret, if there is one."""
        self.memory.pop((installation, provider), None)
        self.table.delete(installation, provider)

    def fresh(self, installation: str, provider: str, renew: Renewal) -> Secret:
        """Return a secret that is good for now, renewed by `renew` if that was due.

        Raises NotFound, Revoked, and Transient or RateLimited when a renewal that cannot wait failed.
        """
        place = (installation, provider)
        held = self.memory.get(place)
        if held is None or self.clock.now() >= min(held.refresh_at, held.read_again_at):
            held = self._load(place)
        if self.clock.now() < held.refresh_at:
            return held.secret
        return self._renewed(place, held, renew, refused=False)

    def rejected(self, installation: str, provider: str, used: Secret, renew: Renewal) -> Secret:
        """Return the secret to use instead of one that the provider did not accept; errors as in `fresh`.

        That is what another worker has stored meanwhile, else a pair renewed at once. Raises Revoked when the token
        cannot be renewed.
        """
        place = (installation, provider)
        held = self._load(place)
        if held.secret.access != used.access:
            return held.secret
        if not held.secret.refresh:
            self._revoke(place, held.version, when="#version = :version", values={})
            raise Revoked(Revoked.TOKEN, provider=place[1])
        return self._renewed(place, held, renew, refused=True)

    def _renewed(self, place: Place, held: Held, renew: Renewal, *, refused: bool) -> Secret:
        patience = Deadline.within(self.clock, _PATIENCE)
        while True:
            owner = uuid4().hex
            if self._lock(place, held.version, owner):
                return self._renew(place, held, owner, renew, refused=refused)
            current = self._load(place)
            if current.version != held.version:
                return current.secret
            if not refused and self._lives(held.secret):
                return held.secret
            if patience.remaining() == 0:
                raise Transient("token_renewal", wait=LOCK_SECONDS / 10)
            self.clock.sleep(random.uniform(0.05, 0.15))  # noqa: S311 - spreading needs no secrecy

    def _renew(self, place: Place, held: Held, owner: str, renew: Renewal, *, refused: bool) -> Secret:
        """Ask the provider while holding the lock, and save what it gives."""
        try:
            secret = renew(held.secret)
        except (Unauthorised, Revoked):
            return self._settle_refusal(place, held, owner)
        except (Transient, RateLimited, UnknownOutcome) as error:
            self.table.store.counters.not_renewed += 1
            self._unlock(place, owner)
            if refused or not self._lives(held.secret):
                if isinstance(error, UnknownOutcome):
                    # Of what the token was wanted for, nothing was done.
                    raise Transient("token_renewal") from None
                raise
            held.refresh_at = self.clock.now() + _COOL_DOWN
            return held.secret
        except BaseException:
            self._unlock(place, owner)
            raise
        try:
            self.table.update(
                *place,
                change="SET #blobs = :blobs, #version = #version + :one REMOVE #lock_owner, #lock_until",
                when="#version = :version AND #lock_owner = :owner",
                values={
                    "blobs": self._encrypted(place, secret),
                    "one": 1,
                    "version": held.version,
                    "owner": owner,
                },
            )
        except Conflict:
            # The lock had ended and somebody else was at it, or our first write did arrive: what is stored, counts.
            return self._moved(place, held)
        return self._remember(place, secret, held.version + 1).secret

    def _settle_refusal(self, place: Place, held: Held, owner: str) -> Secret:
        """Return what another worker stored meanwhile; if nobody did, mark the token as dead and raise Revoked."""
        current = self._load(place)
        if current.version != held.version:
            return current.secret
        if self._revoke(
            place, held.version, when="#version = :version AND #lock_owner = :owner", values={"owner": owner}
        ):
            self.table.store.counters.not_renewed += 1
            raise Revoked(Revoked.TOKEN, provider=place[1])
        return self._moved(place, held)

    def _moved(self, place: Place, held: Held) -> Secret:
        current = self._load(place)
        if current.version == held.version:
            raise Transient("token_renewal")
        return current.secret

    def _lock(self, place: Place, version: int, owner: str) -> bool:
        now = self.clock.now()
        try:
            self.table.update(
                *place,
                change="SET #lock_owner = :owner, #lock_until = :until",
                when="#version = :version AND attribute_not_exists(#revoked) "
                "AND (attribute_not_exists(#lock_until) OR #lock_until < :now)",
                values={"owner": owner, "until": now + LOCK_SECONDS, "version": version, "now": now},
            )
        except Conflict as conflict:
            # A lost answer makes our own lock look like somebody's.
            return conflict.item is not None and conflict.item.get("lock_owner") == owner
        return True

    def _unlock(self, place: Place, owner: str) -> None:
        try:
            self.table.update(
                *place, change="REMOVE #lock_owner, #lock_until", when="#lock_owner = :owner", values={"owner": owner}
            )
        except (Conflict, Transient):
            return  # It ends by itself.

    def _revoke(self, place: Place, version: int, *, when: str, values: dict[str, Any]) -> bool:
        """Mark the token as dead; tell whether that was still true of what is stored."""
        self.memory.pop(place, None)
        try:
            self.table.update(
                *place,
                change="SET #revoked = :reason REMOVE #lock_owner, #lock_until",
                when=when,
                values={"reason": Revoked.TOKEN, "version": version, **values},
            )
        except Conflict as conflict:
            return conflict.item is not None and bool(conflict.item.get("revoked"))
        return True

    def _load(self, place: Place) -> Held:
        item = self.table.get(*place, consistent=True)
        if item is None:
            self.memory.pop(place, None)
            raise NotFound("credentials")
        if item.get("revoked"):
            self.memory.pop(place, None)
            raise Revoked(str(item["revoked"]), provider=place[1])
        held = self.memory.get(place)
        if held is not None and held.version == item["version"]:
            held.read_again_at = self.clock.now() + _READ_AGAIN
            return held
        return self._remember(place, self._decrypted(place, item), item["version"])

    def _remember(self, place: Place, secret: Secret, version: int) -> Held:
        held = Held(secret, version, _refresh_at(secret), self.clock.now() + _READ_AGAIN)
        self.memory[place] = held
        return held

    def _lives(self, secret: Secret) -> bool:
        if secret.expires_at is None:
            return True
        return self.clock.now() < secret.expires_at - min(30.0, 0.1 * (secret.expires_at - secret.issued_at))

    def _encrypted(self, place: Place, secret: Secret) -> list[str]:
        text = json.dumps(asdict(secret)).encode()
        blobs = []
        for start in range(0, len(text), _MOST_ENCRYPTED_AT_ONCE):
            piece = text[start : start + _MOST_ENCRYPTED_AT_ONCE]
            with aws.failures("kms"):
                answer = self.kms.encrypt(KeyId=self.key_id, Plaintext=piece, EncryptionContext=_context(place))
            blobs.append(b64encode(answer["CiphertextBlob"]).decode())
        return blobs

    def _decrypted(self, place: Place, item: Item) -> Secret:
        text = b""
        for blob in item["blobs"]:
            with aws.failures("kms"):
                answer = self.kms.decrypt(
                    KeyId=self.key_id, CiphertextBlob=b64decode(blob), EncryptionContext=_context(place)
                )
            text += answer["Plaintext"]
        return made_of(Secret, json.loads(text))


@dataclass(slots=True)
class Access:
    """One installation's token for one provider, for a client that asks before each request."""

    vault: Vault
    installation: str
    provider: str
    renew: Renewal
    _used: Secret | None = None

    def access(self) -> str:
        """Return the access token to send now; errors as in `Vault.fresh`."""
        self._used = self.vault.fresh(self.installation, self.provider, self.renew)
        return self._used.access

    def rejected(self) -> None:
        """Say that the token sent last was not accepted, then ask for `access` once more; errors as in the vault."""
        if self._used is not None:
            self._used = self.vault.rejected(self.installation, self.provider, self._used, self.renew)


def _context(place: Place) -> dict[str, str]:
    return {"installation": place[0], "provider": place[1]}


def _refresh_at(secret: Secret) -> float:
    """Return when to renew: at a random point 45 to 15 minutes before the end, of short lives at 50 to 75 percent."""
    if not secret.refresh or secret.expires_at is None:
        return inf
    life = secret.expires_at - secret.issued_at
    if life < 2 * _EARLIEST:
        return secret.issued_at + life * random.uniform(0.5, 0.75)  # noqa: S311 - spreading needs no secrecy
    return secret.expires_at - random.uniform(_LATEST, _EARLIEST)  # noqa: S311
