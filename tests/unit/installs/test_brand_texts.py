"""What the server itself says to people names whatever brand it is run under, in each language."""

import html
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from bookdeal.installs.notices import SENTENCES
from bookdeal.installs.pages import _TEXTS, page

LANGUAGES = ("en", "es", "pt", "ru")
DIFFICULT = """<b>{title}</b> & "d'Or\\" %s"""

# What would have to agree with the name, and does not with every one.
BOUND = {
    "en": r"\{brand\}['’]",
    "es": r"\b(el|la|un|una|del|al) \{brand\}",
    "pt": r"\b(o|um|uma|do|da|no|na|ao|à|pelo|pela) \{brand\}|^A \{brand\}",
    "ru": r"\{brand\}\w|\{brand\} (не )?\w+(ен|ён|ан|л|лся)\b",
}


def texts() -> Iterator[tuple[str, str]]:
    """All texts with their languages."""
    for by_language in SENTENCES.values():
        yield from by_language.items()
    for pages in _TEXTS.values():
        yield from ((language, text) for language, both in pages.items() for text in both)


@pytest.mark.parametrize("said", [*SENTENCES.values(), *_TEXTS.values()], ids=[*SENTENCES, *_TEXTS])
def test_every_language_says_all_and_names_the_same(said: dict[str, str | tuple[str, str]]) -> None:
    assert tuple(said) == LANGUAGES
    named = {
        language: {name for _, name, _, _ in Formatter().parse("".join(text)) if name is not None}
        for language, text in said.items()
    }
    assert set(map(frozenset, named.values())) == {frozenset(named["en"])}
    assert named["en"] <= {"brand", "title"}


def test_no_text_names_one_brand_or_bends_its_name() -> None:
    for language, text in texts():
        assert "bookdeal" not in text.lower()
        assert not re.search(BOUND[language], text, re.IGNORECASE), text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", _TEXTS)
def test_a_page_shows_the_brand_as_it_is_written(name: str, language: str) -> None:
    body = page(name, language, DIFFICULT)["body"]
    title, text = (part.replace("{brand}", html.escape(DIFFICULT)) for part in _TEXTS[name][language])
    assert f"<title>{title}</title>" in body
    assert f"<h1>{title}</h1><p>{text}</p>" in body
    assert html.escape(DIFFICULT) in body
    assert "<b>" not in body
