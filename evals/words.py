"""The one rule by which all measures cut a text into words, and the n-grams of a list of words.

A word is a run of letters, digits and combining marks; an apostrophe or a zero-width joiner between two of
them belongs to it ("don't" is one word). Every other character that is not white space is a word by itself,
with the marks that sit on it. Case is kept. Words come back in Unicode normal form C, span by span, so that
`word_spans` speaks of the text as given and `words` does not depend on how it was encoded.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Hashable, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
import numpy.typing as npt

NAME = f"words_1_unicode_{unicodedata.unidata_version}"
"""Name of the rule and of the character tables behind it; part of the key of every figure made with it."""

T = TypeVar("T", bound=Hashable)

_INNER = "'\u2019\u200c\u200d"  # apostrophes; zero-width non-joiner and joiner, which Persian and Indic words hold


def words(text: str) -> list[str]:
    """Cut a text into words, in order; a text of white space alone has none.

    words(text)[i] is the normal form C of the text inside word_spans(text)[i].
    """
    return _normalised(text, _pattern().findall(text))


def first_words(text: str, n: int) -> list[str]:
    """Return `words(text)[:n]` without reading the rest of the text.

    Raises:
        ValueError: n below 0.
    """
    if n < 0:
        raise ValueError(f"first_words: n is {n}, want 0 or more.")
    return _normalised(text, [match.group() for match in islice(_pattern().finditer(text), n)])


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return where each word of `words(text)` lies: [start, end) in characters of the text as given."""
    return [match.span() for match in _pattern().finditer(text)]


def token_words(
    token_spans: Sequence[tuple[int, int] | None], spans: Sequence[tuple[int, int]]
) -> npt.NDArray[np.int64]:
    """Say to which word each token of a text belongs, so that students with different tokenizers compare.

    A token goes to the last word that it ends; a token that ends none goes to the word that it lies in, and
    white space alone to the word that follows it (at the end of the text, to the last word). Every token that
    stands for text thus has one word, and the NLL of a text is the sum over its words. -1 is for a token that
    stands for no text (given as None: EOS and its like), or for a text without words.

    Args:
        token_spans: [start, end) of each token in characters. Tokens that share the bytes of one character
            have spans that overlap, or all but the first are empty and stand for the character before them.
        spans: `word_spans` of the same text.
    """
    owner = np.full(len(token_spans), -1, dtype=np.int64)
    written = [place for place, span in enumerate(token_spans) if span is not None]
    if not spans or not written:
        return owner
    token_start, token_end = np.array([token_spans[place] for place in written], dtype=np.int64).T
    token_start = np.where(token_start == token_end, np.maximum(token_start - 1, 0), token_start)
    word_end = np.array([end for _, end in spans], dtype=np.int64)
    ended = np.searchsorted(word_end, token_end, side="right") - 1  # the last word that ends by then
    follows = np.minimum(np.searchsorted(word_end, token_start, side="right"), len(spans) - 1)
    ends_one = (ended >= 0) & (word_end[ended] > token_start)
    owner[written] = np.where(ends_one, ended, follows)
    return owner


def ngrams(tokens: Sequence[T], n: int) -> list[tuple[T, ...]]:
    """Return the runs of n neighbours in one document, in order; a document shorter than n has none.

    Raises:
        ValueError: n below 1.
    """
    if n < 1:
        raise ValueError(f"ngrams: n is {n}, want 1 or more.")
    return list(zip(*(tokens[start:] for start in range(n)), strict=False))


def _normalised(text: str, found: list[str]) -> list[str]:
    return found if text.isascii() else [unicodedata.normalize("NFC", word) for word in found]


@functools.cache
def _pattern() -> re.Pattern[str]:
    # [^\W_] is a letter or a digit (str.isalnum); `re` has no class for marks, so they are listed once.
    # No mark is ASCII: looking ahead for that spares most texts the walk through hundreds of ranges at each word's end.
    mark = rf"(?:(?![\0-\x7f])[{_marks()}])"
    run = rf"[^\W_]+(?:{mark}[^\W_]*)*"
    return re.compile(rf"{run}(?:[{_INNER}]{run})*|\S{mark}*")


def _marks() -> str:
    """Return the body of a character class with all combining marks (Unicode categories Mn, Mc, Me)."""
    marks = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"]
    ranges: list[tuple[int, int]] = []
    for code in marks:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
