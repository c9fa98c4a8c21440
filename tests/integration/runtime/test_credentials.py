import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from bookdeal.runtime.credentials import LOCK_SECONDS, Access, Secret, Vault
from bookdeal.runtime.errors import (
    BookdealError,
    NotFound,
    RateLimited,
    Revoked,
    Transient,
    Unauthorised,
    UnknownOutcome,
)
from bookdeal.runtime.store import Table
from tests.manual_clock import ManualClock

DAY = 86_400.0


class Provider:
    """Renews a pair as Kommo does: the old refresh token dies when the new pair is first used."""

    def __init__(self, clock: ManualClock, lifetime: float = DAY) -> None:
        self.clock = clock
        self.lifetime = lifetime
        self.renewals = 0
        self.fails: list[BookdealError] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def issue(self) -> Secret:
        self.renewals += 1
        now = self.clock.now()
        return Secret(f"access-{self.renewals}", f"refresh-{self.renewals}", now, now + self.lifetime, "id", "shh")

    def renew(self, old: Secret) -> Secret:
        self.meanwhile()
        if self.fails:
            raise self.fails.pop(0)
        return replace(self.issue(), client_id=old.client_id, client_secret=old.client_secret)


def never(_: Secret) -> Secret:
    raise AssertionError("nothing was due")


@pytest.fixture
def provider(clock: ManualClock) -> Provider:
    return Provider(clock)


@pytest.fixture
def table(make_table: Callable[..., Table]) -> Table:
    return make_table("credentials", "installation", "provider")


@pytest.fixture
def make_vault(table: Table, clock: ManualClock) -> Callable[[], Vault]:
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    return lambda: Vault(table, kms, key, clock)


@pytest.fixture
def vault(make_vault: Callable[[], Vault]) -> Vault:
    return make_vault()


def stored(table: Table) -> dict[str, Any]:
    item = table.get("42", "kommo", consistent=True)
    assert item is not None
    return item


def test_a_secret_is_kept_and_hidden(vault: Vault, table: Table, provider: Provider) -> None:
    secret = replace(provider.issue(), redirect_uri="https://hub.example.test/oauth")
    vault.store("42", "kommo", secret)
    assert vault.read("42", "kommo") == secret
    item = stored(table)
    assert set(item) == {"installation", "provider", "blobs", "version"}
    assert not any(b"access-1" in blob or b"shh" in blob for blob in map(b64decode, item["blobs"]))
    assert "access-1" not in repr(secret)
    assert "shh" not in f"{secret}"


def test_a_secret_opens_in_its_own_place_only(vault: Vault, table: Table, provider: Provider) -> None:
    vault.store("42", "kommo", provider.issue())
    table.put(stored(table) | {"installation": "43"})
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        vault.read("43", "kommo")


def test_tokens_of_any_length_are_kept(vault: Vault, table: Table) -> None:
    secret = Secret("a" * 6_000, "r" * 6_000)
    vault.store("42", "kommo", secret)
    assert len(stored(table)["blobs"]) == 3
    assert vault.read("42", "kommo") == secret


def test_a_field_that_a_later_release_stored_is_ignored(vault: Vault, table: Table) -> None:
    text = json.dumps({"access": "a", "colour": "red"}).encode()
    context = {"installation": "42", "provider": "kommo"}
    blob = vault.kms.encrypt(KeyId=vault.key_id, Plaintext=text, EncryptionContext=context)["CiphertextBlob"]
    blobs = [b64encode(blob).decode()]
    table.put({"installation": "42", "provider": "kommo", "blobs": blobs, "version": 1})
    assert vault.read("42", "kommo") == Secret("a")


def test_where_nothing_is_stored_nothing_is_found(vault: Vault) -> None:
    with pytest.raises(NotFound):
        vault.read("42", "kommo")
    with pytest.raises(NotFound):
        vault.fresh("42", "kommo", never)


def test_a_fresh_token_is_read_and_decrypted_once(
    vault: Vault, provider: Provider, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.store("42", "kommo", provider.issue())
    decryptions: list[object] = []
    decrypt = vault.kms.decrypt
    monkeypatch.setattr(vault.kms, "decrypt", lambda **request: (decryptions.append(1), decrypt(**request))[1])
    for _ in range(100):
        assert vault.fresh("42", "kommo", never).access == "access-1"
        clock.move(60)
    assert len(decryptions) == 1
    assert vault.table.store.counters.items_read == 7


@pytest.mark.parametrize(
    ("lifetime", "earliest", "latest"),
    [(DAY, DAY - 45 * 60, DAY - 15 * 60), (3600.0, 1800.0, 2700.0), (2.0, 1.0, 1.5)],
)
def test_a_token_is_renewed_at_a_random_point_before_its_end(
    make_vault: Callable[[], Vault], clock: ManualClock, lifetime: float, earliest: float, latest: float
) -> None:
    start = clock.now()
    points = []
    for _ in range(40):
        clock.seconds = start
        provider, vault = Provider(clock, lifetime), make_vault()
        vault.store("42", "kommo", provider.issue())
        vault.fresh("42", "kommo", never)
        points.append(vault.memory["42", "kommo"].refresh_at - start)
        clock.seconds = start + points[-1] - lifetime / 1000
        assert vault.fresh("42", "kommo", never).access == "access-1"
        clock.seconds = start + points[-1] + lifetime / 1000
        assert vault.fresh("42", "kommo", provider.renew).access == "access-2"
    assert earliest <= min(points) < max(points) <= latest
    assert max(points) - min(points) > (latest - earliest) / 2


def due(vault: Vault, provider: Provider, clock: ManualClock) -> None:
    """Store a pair that is due for renewal and still good for ten minutes."""
    vault.store("42", "kommo", provider.issue())
    clock.move(DAY - 600)


def dead(vault: Vault, provider: Provider, clock: ManualClock) -> None:
    """Store a pair whose access token has ended."""
    vault.store("42", "kommo", provider.issue())
    clock.move(DAY + 1)


def test_a_new_pair_is_stored_before_it_is_used_and_seen_by_all(
    make_vault: Callable[[], Vault], table: Table, provider: Provider, clock: ManualClock
) -> None:
    vault, other = make_vault(), make_vault()
    due(vault, provider, clock)
    before = stored(table)["version"]
    secret = vault.fresh("42", "kommo", provider.renew)
    item = stored(table)
    assert item["version"] == before + 1
    assert not {"lock_owner", "lock_until"} & item.keys()
    assert other.fresh("42", "kommo", never) == secret
    assert secret.client_secret == "shh"
    assert provider.renewals == 2


def test_who_comes_second_goes_on_with_the_old_token_while_it_lives(
    make_vault: Callable[[], Vault], provider: Provider, clock: ManualClock
) -> None:
    vault, other = make_vault(), make_vault()
    due(vault, provider, clock)
    seen: list[str] = []
    provider.meanwhile = lambda: seen.append(other.fresh("42", "kommo", never).access)
    assert vault.fresh("42", "kommo", provider.renew).access == "access-2"
    assert seen == ["access-1"]
    assert clock.slept == []


def test_who_comes_second_with_a_dead_token_waits_for_the_first(
    make_vault: Callable[[], Vault],
    table: Table,
    provider: Provider,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vault, other = make_vault(), make_vault()
    dead(vault, provider, clock)
    other._lock(("42", "kommo"), stored(table)["version"], "other")
    waits = 0
    sleep = clock.sleep

    def finish_after_three(seconds: float) -> None:
        nonlocal waits
        waits += 1
        sleep(seconds)
        if waits == 3:
            other.store("42", "kommo", provider.issue())

    monkeypatch.setattr(clock, "sleep", finish_after_three)
    assert vault.fresh("42", "kommo", never).access == "access-2"
    assert waits == 3
    assert all(0.05 <= wait <= 0.15 for wait in clock.slept)


def test_a_lock_that_was_left_behind_ends(
    make_vault: Callable[[], Vault], table: Table, provider: Provider, clock: ManualClock
) -> None:
    vault = make_vault()
    dead(vault, provider, clock)
    make_vault()._lock(("42", "kommo"), stored(table)["version"], "killed")
    with pytest.raises(Transient, match="token_renewal"):
        vault.fresh("42", "kommo", never)
    clock.move(LOCK_SECONDS)
    assert vault.fresh("42", "kommo", provider.renew).access == "access-2"


@pytest.mark.parametrize("error", [UnknownOutcome("no_answer"), Transient("unavailable"), RateLimited("budget")])
def test_after_a_lost_answer_the_old_refresh_token_is_tried_again(
    vault: Vault, table: Table, provider: Provider, clock: ManualClock, error: BookdealError
) -> None:
    due(vault, provider, clock)
    provider.fails = [error]
    assert vault.fresh("42", "kommo", provider.renew).access == "access-1"
    assert "lock_owner" not in stored(table)
    assert vault.fresh("42", "kommo", never).access == "access-1", "not at once again"
    clock.move(31)
    used: list[str] = []
    assert (
        vault.fresh("42", "kommo", lambda old: (used.append(old.refresh), provider.renew(old))[1]).access == "access-2"
    )
    assert used == ["refresh-1"]


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (UnknownOutcome("no_answer"), Transient),
        (RateLimited("blocked"), RateLimited),
        (RuntimeError("bug"), RuntimeError),
    ],
)
def test_a_renewal_that_cannot_wait_fails_and_leaves_no_lock(
    vault: Vault, table: Table, provider: Provider, clock: ManualClock, error: Exception, seen: type[Exception]
) -> None:
    dead(vault, provider, clock)
    provider.fails = [error]  # type: ignore[list-item]
    with pytest.raises(seen):
        vault.fresh("42", "kommo", provider.renew)
    assert "lock_owner" not in stored(table)


@pytest.mark.parametrize("refusal", [Unauthorised("refresh_token"), Revoked(Revoked.TOKEN)])
def test_a_refused_renewal_stops_everybody_until_a_person_connects_anew(
    make_vault: Callable[[], Vault], table: Table, provider: Provider, clock: ManualClock, refusal: BookdealError
) -> None:
    vault, other = make_vault(), make_vault()
    due(vault, provider, clock)
    provider.fails = [refusal]
    with pytest.raises(Revoked):
        vault.fresh("42", "kommo", provider.renew)
    for each in (vault, other):
        with pytest.raises(Revoked, match="token"):
            each.fresh("42", "kommo", never)
    assert "lock_owner" not in stored(table)
    vault.store("42", "kommo", provider.issue())
    assert vault.fresh("42", "kommo", never).access == "access-2"


def test_a_refusal_is_not_believed_when_another_has_renewed_meanwhile(
    make_vault: Callable[[], Vault], table: Table, provider: Provider, clock: ManualClock
) -> None:
    vault, other = make_vault(), make_vault()
    due(vault, provider, clock)
    provider.fails = [Unauthorised("refresh_token")]
    provider.meanwhile = lambda: other.store("42", "kommo", provider.issue())
    assert vault.fresh("42", "kommo", provider.renew).access == "access-2"
    assert "revoked" not in stored(table)


def test_a_refusal_is_not_believed_while_another_is_at_it(
    make_vault: Callable[[], Vault], table: Table, provider: Provider, clock: ManualClock
) -> None:
    vault, other = make_vault(), make_vault()
    dead(vault, provider, clock)
    version = stored(table)["version"]
    provider.fails = [Unauthorised("refresh_token")]

    def overtake() -> None:
        clock.move(LOCK_SECONDS + 1)
        assert other._lock(("42", "kommo"), version, "other")

    provider.meanwhile = overtake
    with pytest.raises(Transient):
        vault.fresh("42", "kommo", provider.renew)
    item = stored(table)
    assert "revoked" not in item
    assert item["lock_owner"] == "other"


def test_who_was_overtaken_uses_what_the_other_stored(
    make_vault: Callable[[], Vault], provider: Provider, clock: ManualClock
) -> None:
    vault, other = make_vault(), make_vault()
    due(vault, provider, clock)
    winner = replace(provider.issue(), access="winner")
    provider.meanwhile = lambda: other.store("42", "kommo", winner)
    assert vault.fresh("42", "kommo", provider.renew).access == "winner"


def test_a_rejected_token_is_replaced_by_what_another_stored(
    make_vault: Callable[[], Vault], provider: Provider
) -> None:
    vault, other = make_vault(), make_vault()
    vault.store("42", "kommo", provider.issue())
    used = vault.fresh("42", "kommo", never)
    other.store("42", "kommo", provider.issue())
    assert vault.rejected("42", "kommo", used, never).access == "access-2"


def test_a_rejected_token_that_is_the_stored_one_is_renewed_at_once(vault: Vault, provider: Provider) -> None:
    vault.store("42", "kommo", provider.issue())
    access = Access(vault, "42", "kommo", provider.renew)
    assert access.access() == "access-1"
    access.rejected()
    assert access.access() == "access-2"
    assert provider.renewals == 2


def test_a_rejected_token_is_not_used_again_when_its_renewal_fails(vault: Vault, provider: Provider) -> None:
    vault.store("42", "kommo", provider.issue())
    used = vault.fresh("42", "kommo", never)
    provider.fails = [Transient("unavailable")]
    with pytest.raises(Transient):
        vault.rejected("42", "kommo", used, provider.renew)


def test_a_long_lived_token_needs_no_renewal_and_is_revoked_when_rejected(
    make_vault: Callable[[], Vault], clock: ManualClock
) -> None:
    vault, other = make_vault(), make_vault()
    vault.store("42", "altegio", Secret("for-years"))
    clock.move(700 * DAY)
    access = Access(vault, "42", "altegio", never)
    access.rejected()  # Nothing was sent yet, so nothing was refused.
    assert access.access() == "for-years"
    with pytest.raises(Revoked):
        access.rejected()
    with pytest.raises(Revoked):
        other.fresh("42", "altegio", never)


def test_memory_is_read_again_after_a_while(
    make_vault: Callable[[], Vault], provider: Provider, clock: ManualClock
) -> None:
    vault, other = make_vault(), make_vault()
    vault.store("42", "altegio", Secret("old"))
    vault.fresh("42", "altegio", never)
    other.store("42", "altegio", Secret("new"))
    assert vault.fresh("42", "altegio", never).access == "old"
    clock.move(901)
    assert vault.fresh("42", "altegio", never).access == "new"


def test_a_version_does_not_come_back_after_a_deletion(
    make_vault: Callable[[], Vault], table: Table, provider: Provider, clock: ManualClock
) -> None:
    vault = make_vault()
    vault.store("42", "kommo", provider.issue())
    vault.fresh("42", "kommo", never)
    table.delete("42", "kommo")
    clock.move(1000)
    make_vault().store("42", "kommo", provider.issue())
    assert vault.fresh("42", "kommo", never).access == "access-2"


def test_a_lock_of_ours_is_known_as_ours(vault: Vault, table: Table, provider: Provider) -> None:
    vault.store("42", "kommo", provider.issue())
    version = stored(table)["version"]
    assert vault._lock(("42", "kommo"), version, "me")
    assert vault._lock(("42", "kommo"), version, "me"), "the AWS client repeats a request whose answer was lost"
    assert not vault._lock(("42", "kommo"), version, "you")
