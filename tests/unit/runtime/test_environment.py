import pytest

from bookdeal.runtime.environment import (
    AltegioConnectEnvironment,
    BadEnvironment,
    IntakeEnvironment,
    KommoConnectEnvironment,
    WorkerEnvironment,
    load,
)

WORKER = {
    "INSTALLATIONS_TABLE": "installations",
    "CREDENTIALS_TABLE": "credentials",
    "LINKS_TABLE": "links",
    "PARKED_TABLE": "parked",
    "DECISIONS_TABLE": "decisions",
    "SCRATCH_TABLE": "scratch",
    "HINTS_QUEUE_URL": "https://queue.example.test/hints.fifo",
    "TOKENS_KEY_ID": "key",
    "ALTEGIO_PARTNER_TOKEN_PARAMETER": "/bookdeal/partner-token",
    "ALTEGIO_BASE_URL": "https://api.example.test",
}


def test_a_worker_needs_tables_and_addresses_and_has_careful_rates() -> None:
    environment = load(WorkerEnvironment, WORKER | {"KOMMO_REQUESTS_PER_SECOND": "3"})
    assert environment.links_table == "links"
    assert environment.kommo_base_url == "https://{host}"
    assert environment.egress_address == "shared"
    assert environment.kommo_requests_per_second == 3.0
    assert (environment.altegio_requests_per_second, environment.altegio_requests_per_minute) == (4.0, 160.0)


@pytest.mark.parametrize("kind", [WorkerEnvironment, KommoConnectEnvironment, AltegioConnectEnvironment])
def test_the_brand_is_ours_unless_it_is_named(
    kind: type[WorkerEnvironment | KommoConnectEnvironment | AltegioConnectEnvironment],
) -> None:
    told = WORKER | {"WEBHOOK_KEYS_PARAMETER": "/keys"}
    assert load(kind, told).brand_name == "Bookdeal"
    assert load(kind, told | {"BRAND_NAME": "L'Été & Söhne"}).brand_name == "L'Été & Söhne"


def test_everything_that_is_wrong_is_named_at_once_and_no_value_is_shown() -> None:
    with pytest.raises(BadEnvironment) as caught:
        load(WorkerEnvironment, WORKER | {"LINKS_TABLE": "", "ALTEGIO_REQUESTS_PER_MINUTE": "s3cret"})
    assert str(caught.value) == "LINKS_TABLE is missing; ALTEGIO_REQUESTS_PER_MINUTE is no number"


def test_the_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HINTS_QUEUE_URL", raising=False)
    monkeypatch.setenv("WEBHOOK_KEYS_PARAMETER", "/keys")
    with pytest.raises(BadEnvironment, match="HINTS_QUEUE_URL is missing"):
        load(IntakeEnvironment)
    monkeypatch.setenv("HINTS_QUEUE_URL", "https://queue.example.test/hints.fifo")
    assert load(IntakeEnvironment) == IntakeEnvironment("https://queue.example.test/hints.fifo", "/keys")
