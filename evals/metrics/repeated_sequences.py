"""Repeated sequences: how much of what a student writes stands elsewhere too, word for word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from evals.documents import Documents
from evals.ngram_codes import ngram_codes


def repeated_sequences(documents: Sequence[Sequence[Hashable]], min_words: int) -> dict[str, float]:
    """Return two shares of repetition in texts.

    words  words that lie in a sequence of `min_words` or more that occurs elsewhere too, in the same text or in
           another, over all words; the two may overlap, as the turns of a loop do
    texts  texts that are equal to another one, over all texts; every copy counts, the first as well

    Range [0, 1]; both rise late in a collapse, from a few percent at most in human text. They rise with the number of
    words as well, so compare at equal budgets only. A sequence does not cross a border between texts. Texts are equal
    as given: where a budget cuts them, those that begin alike are.

    Source: words as the n-gram overlap of Radford et al. 2019 (GPT-2), section 4, of a text with itself instead of
    the train set; texts as the exact duplicates of Lee et al. 2022 (arXiv 2107.06499).

    Raises:
        ValueError: no text of `min_words` words, or `min_words` below 1.
    """
    _check_min_words(min_words)
    found = Documents.of(documents)
    sizes = found.sizes
    n_starts = np.maximum(sizes - min_words + 1, 0)
    if not np.any(n_starts):
        raise ValueError(
            f"repeated_sequences: none of {len(sizes):,} texts has {min_words} words, want 1 or more. Give longer "
            "texts, or lower min_words."
        )
    kind, text = ngram_codes(found, [min_words])[min_words]
    repeated = np.flatnonzero((np.bincount(kind) > 1)[kind])
    skipped = np.cumsum(sizes - n_starts) - (sizes - n_starts)  # words of earlier texts at which no sequence starts
    again = repeated + skipped[text[repeated]]
    n_words = int(sizes.sum())
    # A word lies in a sequence that comes again where more of these have begun than ended.
    opened = np.bincount(again, minlength=n_words + 1) - np.bincount(again + min_words, minlength=n_words + 1)
    raw, ends = found.word.tobytes(), found.word.itemsize * np.cumsum(sizes)
    copies = Counter(raw[start:end] for start, end in pairwise([0, *ends.tolist()]))
    return {
        "words": int(np.count_nonzero(np.cumsum(opened))) / n_words,
        "texts": sum(n for n in copies.values() if n > 1) / len(sizes),
    }


@dataclass(frozen=True, slots=True)
class RepeatedSequences:
    """Repeated words and texts of a view at its budget; see `repeated_sequences` for the parts.

    The interval is from halves and quarters of the documents, since what is counted is pairs, whose spread a jackknife
    counts twice. Where halves hold repeats and quarters none, or nothing is repeated at all, there is no interval.
    """

    min_words: int
    """Words of the shortest sequence that counts, 1 or more; below about 6 it counts common phrases."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "words"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "subsamples"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        _check_min_words(self.min_words)

    def measure(self, documents: Sequence[Sequence[Hashable]], given: object) -> dict[str, float]:
        """Return both shares of the documents."""
        return repeated_sequences(documents, self.min_words)


def _check_min_words(min_words: int) -> None:
    if min_words < 1:
        raise ValueError(f"repeated_sequences: min_words is {min_words}, want 1 or more; 8 is usual.")
