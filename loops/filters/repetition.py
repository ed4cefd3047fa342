"""Drop texts that repeat themselves: the repetition rules of Gopher.

Source: Rae et al. 2021 (arXiv 2112.11446), section A.1.1, table A1. Where the paper leaves a choice: a repeat
is an occurrence after the first; words are those of `evals.words`; shares of n-grams are of the characters of
words, each counted once; an n-gram that occurs once is no repetition, however short the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evals.words import ngrams, words
from loops.filters.row_filter import RowFilter
from loops.samples import Sample


class Repeated(NamedTuple):
    """How much of a text is repeats, in [0, 1]."""

    pieces: float
    """Share of the pieces (lines, paragraphs)."""
    chars: float
    """Share of their characters."""


def repeated_pieces(pieces: Sequence[str]) -> Repeated:
    """Return the share of lines or paragraphs that occurred before in the text; 0 without pieces."""
    seen: set[str] = set()
    repeats = []
    for piece in pieces:
        if piece in seen:
            repeats.append(piece)
        seen.add(piece)
    chars = sum(len(piece) for piece in pieces)
    return Repeated(len(repeats) / max(len(pieces), 1), sum(len(piece) for piece in repeats) / max(chars, 1))


def top_ngram_share(tokens: Sequence[str], n: int) -> float:
    """Return the share of characters inside the most frequent word n-gram, in [0, 1]; 0 if none occurs twice.

    Of equally frequent n-grams, the one with the most characters.
    """
    counts = Counter(ngrams(tokens, n))
    if not counts:
        return 0.0
    top, count = max(counts.items(), key=lambda item: (item[1], sum(map(len, item[0])), item[0]))
    if count == 1:
        return 0.0
    return _covered(tokens, [start for start, gram in enumerate(ngrams(tokens, n)) if gram == top], n)


def repeated_ngram_share(tokens: Sequence[str], n: int) -> float:
    """Return the share of characters inside word n-grams that occurred before in the text, in [0, 1]."""
    seen: set[tuple[str, ...]] = set()
    starts = []
    for start, gram in enumerate(ngrams(tokens, n)):
        if gram in seen:
            starts.append(start)
        seen.add(gram)
    return _covered(tokens, starts, n)


@dataclass(frozen=True, slots=True)
class Repetition(RowFilter):
    """Drops a text when one of its shares of repeats is above its limit; a limit of null is off."""

    max_repeated_line_share: float | None
    """Most lines that repeat an earlier one, as a share of lines; drops `repeated_lines`."""
    max_repeated_paragraph_share: float | None
    """Most paragraphs that repeat an earlier one, as a share of paragraphs; drops `repeated_paragraphs`."""
    max_repeated_line_char_share: float | None
    """Most characters in such lines, as a share of characters in lines; drops `repeated_line_chars`."""
    max_repeated_paragraph_char_share: float | None
    """The same of characters in paragraphs; drops `repeated_paragraph_chars`."""
    max_top_ngram_share: dict[int, float]
    """By n: most characters in the most frequent word n-gram; drops `top_2_gram` and so on."""
    max_repeated_ngram_share: dict[int, float]
    """By n: most characters in word n-grams that occurred before; drops `repeated_5_gram` and so on."""

    def __post_init__(self) -> None:
        single = (
            self.max_repeated_line_share,
            self.max_repeated_paragraph_share,
            self.max_repeated_line_char_share,
            self.max_repeated_paragraph_char_share,
        )
        limits = [limit for limit in single if limit is not None]
        by_n = {**self.max_top_ngram_share, **self.max_repeated_ngram_share}
        limits += [*self.max_top_ngram_share.values(), *self.max_repeated_ngram_share.values()]
        if not all(0 <= limit <= 1 for limit in limits) or not all(n >= 1 for n in by_n):
            raise ValueError("want every limit in [0, 1] and every n at least 1; 1 or null is no limit")

    def reason(self, sample: Sample) -> str | None:
        """Return the first limit that the completion is above, in the order of the settings."""
        return next((code for code, share, limit in self._shares(sample.completion) if share > limit), None)

    def _shares(self, text: str) -> Iterator[tuple[str, float, float]]:
        lines = repeated_pieces(_pieces(r"\n+", text))
        paragraphs = repeated_pieces(_pieces(r"\n[ \t]*\n\s*", text))
        yield "repeated_lines", lines.pieces, _limit(self.max_repeated_line_share)
        yield "repeated_paragraphs", paragraphs.pieces, _limit(self.max_repeated_paragraph_share)
        yield "repeated_line_chars", lines.chars, _limit(self.max_repeated_line_char_share)
        yield "repeated_paragraph_chars", paragraphs.chars, _limit(self.max_repeated_paragraph_char_share)
        tokens = words(text)
        for n, limit in self.max_top_ngram_share.items():
            yield f"top_{n}_gram", top_ngram_share(tokens, n), limit
        for n, limit in self.max_repeated_ngram_share.items():
            yield f"repeated_{n}_gram", repeated_ngram_share(tokens, n), limit


def _covered(tokens: Sequence[str], starts: Sequence[int], n: int) -> float:
    """Return the share of characters in the n-grams that begin at `starts`, each character once."""
    if not starts:
        return 0.0
    covered = {place for start in starts for place in range(start, start + n)}
    return sum(len(tokens[place]) for place in covered) / sum(map(len, tokens))


def _pieces(separator: str, text: str) -> list[str]:
    return [piece.strip() for piece in re.split(separator, text) if piece.strip()]


def _limit(limit: float | None) -> float:
    return 1.0 if limit is None else limit
