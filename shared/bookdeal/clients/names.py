"""Names as far as they tell people apart: two names contradict each other, or they do not. Pure.

Case, accents, the order of words, initials, missing words and the alphabet are no contradiction. What is left may still
be one person (a marriage, a pet name): then two contacts are kept apart, which a person can join; the other way round,
two people on one contact, cannot be taken apart.
"""

import re
import unicodedata
from collections.abc import Sequence

_LETTERS = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфхэы", "abvgdeziiklmnoprstufhei", strict=True)),
        **{"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "iu", "я": "ia", "ь": "", "ъ": ""},
        **{"і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u"},
        **{"ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h"},
        **{"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "t", "æ": "ae", "œ": "oe", "ı": "i"},
        **dict.fromkeys("'’ʼʹ`´", ""),
    }
)

_SPELLINGS = tuple(
    (re.compile(pattern), simple)
    for pattern, simple in (
        (r"shch|sch|sh", "š"),
        (r"ch", "č"),
        (r"zh", "ž"),
        (r"kh", "h"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"ts|tz|c", "k"),
        (r"x", "ks"),
        (r"w", "v"),
        (r"[yj]", "i"),
        (r"([aou])e", r"\1"),
        (r"(.)\1+", r"\1"),
        (r"^ie", "e"),
        (r"er$", "r"),
    )
)
"""Spellings of one sound, each brought to the same form on both sides; not a transcription of any language."""

_WORD = re.compile(r"[^\W\d_]+")


def contradict(name: str, other: str) -> bool:
    """Tell whether two names cannot be one person's: each has a word that the other has neither whole nor as initial.

    A name without words (empty, a phone, a number) contradicts none.
    """
    return not fit_together(words_of(name), words_of(other))


def fit_together(words: Sequence[str], others: Sequence[str]) -> bool:
    """Tell whether two names, by their words in the simple form, may be one person's."""
    few, many = sorted((words, others), key=len)
    return not few or _all_among(few, many)


def words_of(name: str) -> list[str]:
    """Return a name's words in their simple form; what holds a digit or an @ is no word of a name."""
    return [
        simple
        for part in name.split()
        if not any(character.isdigit() or character == "@" for character in part)
        for word in _WORD.findall(_latin(part))
        if (simple := _simple(word))
    ]


def _all_among(few: Sequence[str], many: Sequence[str]) -> bool:
    """Tell whether each word of the shorter name finds a word of its own in the longer one, equal ones first."""
    left = list(many)
    initials = []
    for word in few:
        if word in left:
            left.remove(word)
        else:
            initials.append(word)
    for word in initials:
        fitting = next((long for long in left if _is_initial(word, long)), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return True


def _is_initial(word: str, other: str) -> bool:
    return min(len(word), len(other)) == 1 and word[0] == other[0]


def _latin(text: str) -> str:
    """Return a text in small Latin letters without accents, as far as it has them."""
    # й and ё lose their marks here too, as accented letters do.
    bare = "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    return bare.translate(_LETTERS)


def _simple(word: str) -> str:
    for spelling, simple in _SPELLINGS:
        word = spelling.sub(simple, word)
    return word
