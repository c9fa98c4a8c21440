import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from bookdeal.runtime.clock import SystemClock
from bookdeal.runtime.credentials import Access, Secret, Vault
from bookdeal.runtime.errors import Revoked, Unauthorised
from bookdeal.runtime.store import Table

WORKERS = 16


class Provider:
    """Renews pairs slowly and strictly: a refresh token works once, and each use is checked."""

    def __init__(self, lifetime: float, takes: float) -> None:
        self.lifetime = lifetime
        self.takes = takes
        self.lock = threading.Lock()
        self.renewals = 0
        self.refused: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.current = self.issue()

    def issue(self) -> Secret:
        now = time.time()
        self.current = Secret(f"access-{self.renewals}", f"refresh-{self.renewals}", now, now + self.lifetime)
        return self.current

    def renew(self, old: Secret) -> Secret:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.takes)
        with self.lock:
            self.at_once -= 1
            if old.refresh != self.current.refresh:
                self.refused.append(old.refresh)
                raise Unauthorised("refresh_token")
            self.renewals += 1
            return self.issue()

    def accepts(self, access: str) -> bool:
        """Both the newest token and the one before it, until it ends, are good."""
        with self.lock:
            return access in (f"access-{self.renewals}", f"access-{self.renewals - 1}")


@pytest.fixture
def make_vault(make_table: Callable[..., Table], client: Callable[[str], Any]) -> Callable[[], Vault]:
    table = make_table("installation", "provider")
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    return lambda: Vault(table, kms, key, SystemClock())


def side_by_side(work: Callable[[], None]) -> list[BaseException]:
    begin = threading.Barrier(WORKERS)
    errors: list[BaseException] = []

    def worker() -> None:
        begin.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=worker) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_sixteen_workers_with_a_dead_token_renew_it_once(make_vault: Callable[[], Vault]) -> None:
    provider = Provider(lifetime=86_400, takes=0.3)
    ended = time.time() - 10
    make_vault().store("42", "kommo", Secret("access-0", "refresh-0", ended - 86_400, ended))
    used: list[str] = []

    def work() -> None:
        used.append(make_vault().fresh("42", "kommo", provider.renew).access)

    assert side_by_side(work) == []
    assert used == ["access-1"] * WORKERS
    assert (provider.renewals, provider.refused) == (1, [])


def test_sixteen_workers_whose_token_was_rejected_renew_it_once(make_vault: Callable[[], Vault]) -> None:
    provider = Provider(lifetime=86_400, takes=0.3)
    make_vault().store("42", "kommo", provider.current)
    used: list[str] = []

    def work() -> None:
        access = Access(make_vault(), "42", "kommo", provider.renew)
        access.access()
        access.rejected()
        used.append(access.access())

    assert side_by_side(work) == []
    assert set(used) == {"access-1"}
    assert (provider.renewals, provider.refused) == (1, [])


def test_short_tokens_under_constant_use_are_renewed_in_turn_and_never_refused(
    make_vault: Callable[[], Vault],
) -> None:
    lifetime, seconds = 2.0, 7.0
    provider = Provider(lifetime, takes=0.25)
    make_vault().store("42", "kommo", provider.current)
    give_up = time.monotonic() + seconds
    unaccepted: list[str] = []

    def work() -> None:
        vault = make_vault()
        while time.monotonic() < give_up:
            access = vault.fresh("42", "kommo", provider.renew).access
            if not provider.accepts(access):
                unaccepted.append(access)
            time.sleep(0.02)

    assert side_by_side(work) == []
    assert (provider.refused, unaccepted, provider.most_at_once) == ([], [], 1)
    # Renewed between half and three quarters of a life, plus what a renewal takes.
    assert seconds / (0.75 * lifetime + 0.25) - 2 <= provider.renewals <= seconds / (0.5 * lifetime) + 1


def test_a_refusal_is_concluded_once_and_all_stop(make_vault: Callable[[], Vault]) -> None:
    provider = Provider(lifetime=86_400, takes=0.1)
    ended = time.time() - 10
    make_vault().store("42", "kommo", Secret("access-x", "refresh-x", ended - 86_400, ended))

    def work() -> None:
        make_vault().fresh("42", "kommo", provider.renew)

    errors = side_by_side(work)
    assert [type(error) for error in errors] == [Revoked] * WORKERS
    assert provider.refused == ["refresh-x"]
