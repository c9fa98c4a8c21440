"""How well two names fit one person, by their words in the simple form (`clients.names`). Pure."""

from collections.abc import Sequence
from enum import IntEnum

from bookdeal.clients.names import fit_together, words_of

SIMILARITY = 0.8
"""From here on two words may be one with a slip of the pen: one wrong, missing or swapped letter in five."""

LEAST_LETTERS = 5
"""Shorter words are different names more often than slips: Ana and Ada, Jon and Jan."""

_ENDING = 2

type Words = tuple[str, ...]
"""A name's words in the simple form, in alphabetical order."""


class Fit(IntEnum):
    """How two names stand to each other, the better the higher."""

    DIFFER = 0
    ALIKE = 1
    NAMELESS = 2
    FIT = 3
    SAME = 4


def words(name: str) -> Words:
    """Return a name's words, in the form in which they are compared here."""
    return tuple(sorted(words_of(name)))


def fit(one: Words, other: Words) -> Fit:
    """Say how two names stand to each other.

    SAME: the same words. FIT: one has more words, or a word for an initial. NAMELESS: one says nothing of who it is.
    ALIKE: all words fit but for one, which may be a slip of the pen. DIFFER: two people's.
    """
    if not one or not other:
        return Fit.NAMELESS
    if one == other:
        return Fit.SAME
    if fit_together(one, other):
        return Fit.FIT
    few, many = sorted((one, other), key=lambda words: (len(words), words))
    slips = ((word, near) for word in few for near in many if _is_slip(word, near))
    return Fit.ALIKE if any(_fits_but_for(few, many, *slip) for slip in slips) else Fit.DIFFER


def _fits_but_for(few: Sequence[str], many: Sequence[str], word: str, near: str) -> bool:
    left, among = list(few), list(many)
    left.remove(word)
    among.remove(near)
    return fit_together(left, among)


def _is_slip(word: str, other: str) -> bool:
    """Tell whether two words may be one, misspelt.

    Nobody errs in the first letter. Words that differ at their end alone are relatives' names: Daniel and Daniela,
    Carlo and Carla.
    """
    if word == other or min(len(word), len(other)) < LEAST_LETTERS or word[0] != other[0]:
        return False
    # Loaded here: most of what imports this never compares names that differ.
    from rapidfuzz.distance import OSA, Prefix

    if Prefix.similarity(word, other) >= max(len(word), len(other)) - _ENDING:
        return False
    return OSA.normalized_similarity(word, other) >= SIMILARITY
