"""Who works with Bookdeal: each Kommo user tied to an Altegio login, and the locations that he sees (A3, A25).

A password is exchanged for a token at once and never kept. Altegio ends the token when the password is changed: the
first refusal marks it in the vault, and the user is asked again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from bookdeal.installs.connections import ALTEGIO
from bookdeal.installs.installation import Installation
from bookdeal.runtime.credentials import Access, Secret, Vault
from bookdeal.runtime.errors import Conflict, Forbidden, Invalid, NotFound, Revoked, Unauthorised
from bookdeal.runtime.limiter import Rate
from bookdeal.runtime.store import Item, Table

USERS = "users"
"""The part of an installation that holds its users."""

AUTHORIZATION_ERROR = "authorization_error"
"""Told when Altegio does not accept login and password."""

_ATTEMPTS = 5
_TRIES, _TRIES_SECONDS = 5, 900


class Connection(StrEnum):
    """Whether a user can book: he never gave a login, his token works as far as is known, or it was refused."""

    NONE = "none"
    CONNECTED = "connected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class User:
    """A Kommo user of an installation. `altegio_user` None: no login was given.

    `locations` are those chosen for him, `chains` those whose locations are all meant; None and none: all.
    """

    id: int
    altegio_user: int | None = None
    locations: frozenset[int] | None = None
    chains: frozenset[int] = frozenset()

    def sees(self, installation: Installation, chains: Mapping[int, frozenset[int]]) -> frozenset[int]:
        """Return the installation's locations that he sees; `chains` are the locations of each chain."""
        ours = frozenset(location.id for location in installation.locations)
        if self.locations is None and not self.chains:
            return ours
        chosen = (self.locations or frozenset()).union(*(chains.get(chain, frozenset()) for chain in self.chains))
        return ours & chosen


@dataclass(frozen=True, slots=True)
class Users:
    """All users of an installation, as one version. Who is not named has all defaults."""

    users: Mapping[int, User] = field(default_factory=dict)
    version: int = 0

    def of(self, id: int) -> User:
        """Return a user."""
        return self.users.get(id) or User(id)


class Logins(Protocol):
    """What is asked of the Altegio client here."""

    def log_in(self, login: str, password: str) -> tuple[int, str]:
        """Return user id and token of a person; Unauthorised when Altegio refuses the pair."""


@dataclass(frozen=True, slots=True)
class UserStore:
    """The users of one installation. `installations` and `credentials` are the tables of these names."""

    installations: Table
    credentials: Table
    vault: Vault
    installation: str

    def read(self) -> Users:
        """Return all users."""
        return _users(self.installations.get(self.installation, USERS, consistent=True))

    def connections(self) -> Mapping[int, Connection]:
        """Return the state of every user's token; who is not named has none."""
        found = {}
        for item in self.credentials.query(self.installation, f"{ALTEGIO}#", consistent=True):
            user = str(item["provider"]).removeprefix(f"{ALTEGIO}#")
            found[int(user)] = Connection.REFUSED if item.get("revoked") else Connection.CONNECTED
        return found

    def choose(self, chosen: Iterable[User], seen_version: int) -> Users:
        """Set the locations of these users; who is not named sees all. Logins stay as they are.

        Raises Conflict("users_changed") when the users were saved since `seen_version`.
        """
        present = self.read()
        if present.version != seen_version:
            raise Conflict("users_changed", params={"version": present.version})
        named = {user.id: user for user in chosen}
        merged = {
            id: replace(named.get(id, User(id)), altegio_user=present.of(id).altegio_user)
            for id in present.users.keys() | named.keys()
        }
        try:
            return self._save(Users(merged, seen_version))
        except Conflict:
            raise Conflict("users_changed", params={"version": self.read().version}) from None

    def log_in(self, user: int, login: str, password: str, altegio: Logins) -> User:
        """Tie a Kommo user to an Altegio login and keep the token; return him.

        Raises Invalid(AUTHORIZATION_ERROR) when Altegio refuses; then an earlier token stays as it was.
        """
        try:
            altegio_user, token = altegio.log_in(login, password)
        except Unauthorised:
            raise Invalid(AUTHORIZATION_ERROR, field="password") from None
        self.vault.store(self.installation, provider_of(user), Secret(access=token))
        return self._change(user, lambda known: replace(known, altegio_user=altegio_user))

    def log_out(self, user: int) -> None:
        """Destroy a user's token and untie him."""
        self.credentials.delete(self.installation, provider_of(user))
        self.vault.memory.pop((self.installation, provider_of(user)), None)
        self._change(user, lambda known: replace(known, altegio_user=None))

    def _change(self, id: int, change: Callable[[User], User]) -> User:
        for _ in range(_ATTEMPTS):
            present = self.read()
            changed = change(present.of(id))
            if changed == present.of(id):
                return changed
            try:
                self._save(Users({**present.users, id: changed}, present.version))
            except Conflict:
                continue
            return changed
        raise Conflict("users_changed")

    def _save(self, users: Users) -> Users:
        saved = replace(users, version=users.version + 1)
        self.installations.put(
            {"installation": self.installation, "part": USERS, **_item(saved)},
            when=f"#version = :seen OR {self.installations.absent}" if users.version == 0 else "#version = :seen",
            values={"seen": users.version},
        )
        return saved


@dataclass(slots=True)
class OwnTokens:
    """A user's own token, for a client that asks before each request.

    Raises Forbidden: "no_login" for a user without one, "login_refused" when his token does not work (any more): then
    he is asked again.
    """

    vault: Vault
    installation: str
    user: int
    _access: Access = field(init=False)

    def __post_init__(self) -> None:
        self._access = Access(self.vault, self.installation, provider_of(self.user), _cannot_be_renewed)

    def access(self) -> str:
        """Return the token to send now."""
        try:
            return self._access.access()
        except NotFound:
            raise Forbidden("no_login") from None
        except Revoked:
            raise Forbidden("login_refused") from None

    def rejected(self) -> None:
        """Take note that the token did not work."""
        try:
            self._access.rejected()
        except NotFound:
            raise Forbidden("no_login") from None
        except Revoked:
            raise Forbidden("login_refused") from None


def _cannot_be_renewed(_: Secret) -> Secret:
    raise Revoked(Revoked.TOKEN, provider=ALTEGIO)


def provider_of(user: int) -> str:
    """Return the vault's name for the token of a Kommo user."""
    return f"{ALTEGIO}#{user}"


def tries(installation: str, user: int) -> Rate:
    """Return the budget of attempts to log a user in: five at once, then one every three minutes."""
    return Rate.per(_TRIES_SECONDS, _TRIES, f"rate#login#{installation}#{user}", burst=_TRIES)


def must_exist(users: Users, known: Iterable[int], user: int) -> None:
    """Raise NotFound unless the account has this user, or had him when he was last saved."""
    if user not in users.users and user not in known:
        raise NotFound("user")


def _item(users: Users) -> Item:
    return {
        "users": {
            str(user.id): {
                "altegio_user": user.altegio_user,
                "locations": None if user.locations is None else sorted(user.locations),
                "chains": sorted(user.chains),
            }
            for user in users.users.values()
        },
        "version": users.version,
    }


def _users(item: Mapping[str, Any] | None) -> Users:
    if item is None:
        return Users()
    found = {}
    for id, stored in item["users"].items():
        locations = stored["locations"]
        found[int(id)] = User(
            id=int(id),
            altegio_user=stored["altegio_user"],
            locations=None if locations is None else frozenset(locations),
            chains=frozenset(stored["chains"]),
        )
    return Users(found, item["version"])
