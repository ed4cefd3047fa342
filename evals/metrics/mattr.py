"""MATTR: the share of different words in a window that moves through the text."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import numpy as np

from evals.ngram_codes import IntArray, ngram_codes


def mattr(words: Sequence[Hashable], window: int) -> float:
    """Return the moving-average type-token ratio.

    The mean, over all runs of `window` neighbouring words, of different words / window. Range [1 / window, 1]; falls
    as the student repeats itself within the window, and sees no repetition further apart. Free of length, not of
    order: compare at equal windows.

    Source: Covington and McFall 2010, Journal of Quantitative Linguistics 17(2).

    Raises:
        ValueError: fewer words than the window holds, or a window below 1.
    """
    _check_window(window)
    n_windows = len(words) - window + 1
    if n_windows < 1:
        raise ValueError(
            f"mattr: got {len(words):,} words for a window of {window:,}. Give more words, or lower window."
        )
    place = np.arange(len(words))
    # A word is new in each window that holds it but not the same word before it: count those by their start.
    first = np.maximum(_previous(ngram_codes([words], [1])[1].ngram) + 1, place - window + 1)
    last = np.minimum(place, n_windows - 1)
    types = int(np.sum(np.maximum(last - first + 1, 0)))
    return types / (window * n_windows)


@dataclass(frozen=True, slots=True)
class MATTR:
    """MATTR of a view at its budget, its documents joined end to end in the order given, under the part `value`.

    Windows run across the borders of documents. Words are those of `evals.words`, with their case, and every
    punctuation mark is one: figures of other tools, which drop both, are higher.
    """

    window: int
    """Words in the window, 1 or more; at most the words of a view."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "words"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"value": "human"}

    def __post_init__(self) -> None:
        _check_window(self.window)

    def measure(self, documents: Sequence[Sequence[Hashable]], given: object) -> dict[str, float]:
        """Return MATTR of the documents together."""
        return {"value": mattr(list(chain.from_iterable(documents)), self.window)}


def _previous(codes: IntArray) -> IntArray:
    """Return, for each place, the last earlier place with the same code; -1 where there is none."""
    order = np.argsort(codes, kind="stable")
    previous = np.full(len(codes), -1)
    again = codes[order[1:]] == codes[order[:-1]]
    previous[order[1:][again]] = order[:-1][again]
    return previous


def _check_window(window: int) -> None:
    if window < 1:
        raise ValueError(f"mattr: window is {window}, want 1 or more words; 100 is usual.")
