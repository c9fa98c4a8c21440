import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdeal.runtime.webhook_key import server_keys, sign, verify

NEW, OLD = "new-server-key-0123", "old-server-key-0123"
texts = st.text(max_size=30)
keys = st.text(min_size=16, max_size=40)
generations = st.integers(1, 999_999_999)


@given(keys, texts, texts, generations)
def test_a_signed_key_gives_its_generation(key: str, source: str, installation: str, generation: int) -> None:
    assert verify([key], source, installation, sign(key, source, installation, generation)) == generation


@given(texts, generations)
def test_keys_of_either_server_key_are_accepted_while_they_change(installation: str, generation: int) -> None:
    for signed_with in (NEW, OLD):
        assert verify([NEW, OLD], "kommo", installation, sign(signed_with, "kommo", installation, generation))
    assert verify([NEW], "kommo", installation, sign(OLD, "kommo", installation, generation)) is None


@given(st.one_of(st.text(), st.from_regex(r"[0-9]+\.[0-9a-f]{64}", fullmatch=True)))
def test_any_other_key_is_none_and_never_raises(key: str) -> None:
    assert verify([NEW], "kommo", "42", key) is None


@given(st.data(), generations)
def test_one_changed_character_is_enough(data: st.DataObject, generation: int) -> None:
    key = sign(NEW, "kommo", "42", generation)
    at = data.draw(st.integers(0, len(key) - 1))
    other = data.draw(st.characters().filter(lambda character: character != key[at]))
    assert verify([NEW], "kommo", "42", key[:at] + other + key[at + 1 :]) is None


@pytest.mark.parametrize(
    ("source", "installation"), [("altegio", "42"), ("kommo", "43"), ("kommo", "42/1"), ("kommo/42", ""), ("", "42")]
)
def test_a_key_opens_one_door_only(source: str, installation: str) -> None:
    assert verify([NEW], source, installation, sign(NEW, "kommo", "42", 1)) is None


@pytest.mark.parametrize("prefix", ["", "0", "01", "-1", "+1", " 1", "1 ", "١", "1e3", "1000000000"])
def test_generations_have_one_spelling(prefix: str) -> None:
    mac = sign(NEW, "kommo", "42", 1).split(".")[1]
    assert verify([NEW], "kommo", "42", f"{prefix}.{mac}") is None


@pytest.mark.parametrize("generation", [0, -1, 1_000_000_000])
def test_a_generation_out_of_range_is_not_signed(generation: int) -> None:
    with pytest.raises(ValueError, match="generation"):
        sign(NEW, "kommo", "42", generation)


def test_at_most_two_server_keys_are_used() -> None:
    assert server_keys(f" {NEW}, {OLD} ,third-server-key-0") == (NEW, OLD)


@pytest.mark.parametrize("parameter", ["", ",", "short", f"{NEW},short"])
def test_a_missing_or_guessable_server_key_is_refused(parameter: str) -> None:
    with pytest.raises(ValueError, match="too short"):
        server_keys(parameter)
