"""HD-D: the share of different words expected in a few words drawn at random from the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.ngram_counts import Counts


def hd_d(counts: npt.ArrayLike, draws: int) -> float:
    """Return the hypergeometric distribution diversity of a text in which the words occur `counts` times.

    sum over words of P(at least one of `draws` words, drawn without replacement, is this one) / draws: the expected
    type-token ratio of a random sample. Range [1 / draws, 1]; falls as the student narrows. Unbiased: for independent
    words its mean is the same whatever their number. It sees common words alone, and not where repetitions stand.

    Source: McCarthy and Jarvis 2007, Language Testing 24(4), pages 465-466.

    Raises:
        ValueError: fewer words than draws, a negative count, or fewer than 1 draw.
    """
    _check_draws(draws)
    occurrences = np.asarray(counts, dtype=np.int64).ravel()
    n_words = int(occurrences.sum())
    if np.any(occurrences < 0):
        raise ValueError(f"hd_d: least count is {occurrences.min()}, want 0 or more.")
    if n_words < draws:
        raise ValueError(f"hd_d: got {n_words:,} words for {draws} draws. Give more words, or lower draws.")
    count, n_types = np.unique(occurrences, return_counts=True)
    others = np.maximum(n_words - count[:, None] - np.arange(draws), 0)  # words left that are not this one
    missed = np.prod(others / (n_words - np.arange(draws)), axis=1)  # hypergeometric, (n_counts,)
    return float(np.sum(n_types * (1 - missed))) / draws


@dataclass(frozen=True, slots=True)
class HDD:
    """HD-D of all words of a view at its budget together, under the part `value`.

    Words are those of `evals.words`, with their case, and every punctuation mark is one: figures of other tools,
    which drop both, are higher.
    """

    draws: int
    """Words drawn, 1 or more; at most the words of a view."""

    n: ClassVar[tuple[int, ...]] = (1,)
    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "ngrams"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"value": "human"}

    def __post_init__(self) -> None:
        _check_draws(self.draws)

    def measure(self, counts: Mapping[int, Counts], given: object) -> dict[str, float]:
        """Return HD-D of the words."""
        return {"value": hd_d(counts[1].view, self.draws)}


def _check_draws(draws: int) -> None:
    if draws < 1:
        raise ValueError(f"hd_d: draws is {draws}, want 1 or more; 42 is usual.")
