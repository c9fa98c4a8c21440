import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.kommo.hosts import account_host, is_kommo_host


@pytest.mark.parametrize("host", ["acme.kommo.com", "a.amocrm.ru", "new-salon2.amocrm.com", "api-c.kommo.com"])
def test_account_hosts(host: str) -> None:
    assert is_kommo_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "kommo.com",
        "www.kommo.com",
        "acme.kommo.com.example.test",
        "acme.kommo.comm",
        "evil.example.test/acme.kommo.com",
        "a.b.kommo.com",
        "acme.kommo.ru",
        "acme-.kommo.com",
        "-acme.kommo.com",
        "acme.kommo.com:8443",
        "user@acme.kommo.com",
        "acme.kommo.com\n",
        "ACME.kommo.com",
        "аcme.kommo.com",
        "x" * 64 + ".kommo.com",
        "127.0.0.1",
        "",
    ],
)
def test_other_hosts(host: str) -> None:
    assert not is_kommo_host(host)


@pytest.mark.parametrize("told", ["acme.kommo.com", " https://Acme.kommo.com/ ", "ACME.KOMMO.COM"])
def test_what_a_redirect_tells(told: str) -> None:
    assert account_host(told) == "acme.kommo.com"


@pytest.mark.parametrize(
    "told", ["http://acme.kommo.com", "acme.kommo.com/x", "https://acme.kommo.com:444", "a@b.kommo.com", "", "//x"]
)
def test_what_a_redirect_must_not_tell(told: str) -> None:
    assert account_host(told) is None


@given(st.text())
def test_whatever_is_told_only_a_host_of_kommos_comes_out(told: str) -> None:
    host = account_host(told)
    assert host is None or is_kommo_host(host)
