"""MATTR: the share of different words in a window that moves through the text."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array  # type: ignore[import-untyped, unused-ignore]

from evals.documents import Documents

IntArray = npt.NDArray[np.int32]


def mattr(words: Sequence[Hashable], window: int) -> float:
    """Return the moving-average type-token ratio.

    The mean, over all runs of `window` neighbouring words, of different words / window. Range [1 / window, 1]; falls
    as the student repeats itself within the window, and sees no repetition further apart. Free of length, not of
    order: compare at equal windows.

    Source: Covington and McFall 2010, Journal of Quantitative Linguistics 17(2).

    Raises:
        ValueError: fewer words than the window holds, or a window below 1.
    """
    return _mattr(Documents.of([words]).word, window)


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
        return {"value": _mattr(Documents.of(documents).word, self.window)}


def _mattr(word: IntArray, window: int) -> float:
    """Return MATTR of words that are numbered from 0."""
    _check_window(window)
    n_windows = len(word) - window + 1
    if n_windows < 1:
        raise ValueError(
            f"mattr: got {len(word):,} words for a window of {window:,}. Give more words, or lower window."
        )
    place, before = _by_word(word)
    # A word is new in each window that holds it but not the same word before it: count those by their start.
    first = np.maximum(before + 1, place - window + 1)
    last = np.minimum(place, n_windows - 1)
    types = int(np.sum(np.maximum(last - first + 1, 0), dtype=np.int64))
    return types / (window * n_windows)


def _by_word(word: IntArray) -> tuple[IntArray, IntArray]:
    """Return the places of each word, rising, word after word; and the place of the same word before, or -1."""
    n = len(word)
    row = csr_array((np.arange(n, dtype=np.int32), word, [0, n]), shape=(1, int(word.max()) + 1))
    column = row.tocsc()  # sorts by counting, a third of the time of argsort
    place = column.data
    before = np.append(np.int32(-1), place[:-1])
    before[column.indptr[:-1][np.diff(column.indptr) > 0]] = -1
    return place, before


def _check_window(window: int) -> None:
    if window < 1:
        raise ValueError(f"mattr: window is {window}, want 1 or more words; 100 is usual.")
