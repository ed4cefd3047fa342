"""Zipf exponent: how fast the frequency of n-grams falls with their rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq  # type: ignore[import-untyped, unused-ignore]

from evals.ngram_codes import check_lengths
from evals.ngram_counts import Counts


def zipf_exponent(counts: npt.ArrayLike, first_rank: int, last_rank: int) -> float:
    """Return the exponent a of p(rank) ~ rank^-a by maximum likelihood, over ranks first_rank to last_rank alone.

    The a at which the mean ln(rank) of the occurrences in the window is that of the law cut to the same window. Ranks
    beyond the kinds observed hold no occurrence, so 1 to V is the law with V known kinds. Range [0, inf); rises as
    the tail disappears.

    Biased upwards, since ranks are assigned by the same counts: they are sorted even where kinds are equally likely,
    and those unseen always come last. For true 1.0 over 5,000 kinds it gives 1.06 from 2,000 words, 1.01 from 20,000
    and 1.00 from 200,000; compare at equal budgets and windows only. Least squares on the log-log plot, the
    usual way, gives .68, .96 and 1.07.

    Source: maximum likelihood as in Clauset et al. 2009 (arXiv 0706.1062), section 3, with a last rank.

    Raises:
        ValueError: a window of fewer than 2 ranks, a negative count, or fewer than 2 kinds that occur in the window, so
            that no exponent is large enough.
    """
    _check_window(first_rank, last_rank)
    ranked = np.sort(np.asarray(counts, dtype=np.float64).ravel())[::-1]
    if np.min(ranked, initial=0.0) < 0:
        raise ValueError(f"zipf_exponent: least count is {ranked[-1]:g}, want 0 or more.")
    inside = ranked[first_rank - 1 : last_rank]
    if np.count_nonzero(inside) < 2:
        raise ValueError(
            f"zipf_exponent: ranks {first_rank:,} to {last_rank:,} hold {np.count_nonzero(inside)} kinds of "
            f"{np.count_nonzero(ranked):,}, want 2 or more. Give more text, or lower first_rank."
        )
    log_rank = np.log(np.arange(first_rank, last_rank + 1) / first_rank)  # from 0
    observed = float(inside @ log_rank[: len(inside)]) / float(np.sum(inside))

    def excess(exponent: float) -> float:
        weights = np.exp(-exponent * log_rank)
        return float(weights @ log_rank) / float(np.sum(weights)) - observed

    if excess(0.0) <= 0:  # all kinds alike; rounding can put it below
        return 0.0
    high = 1.0
    while excess(high) > 0:
        high *= 2
    return float(brentq(excess, 0.0, high))


@dataclass(frozen=True, slots=True)
class ZipfExponent:
    """Zipf exponent of the n-grams of a view at its budget; one part per length, named by it."""

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""
    first_rank: int
    """First rank of the window, 1 or more; above 1 it leaves out the flat head of real text."""
    last_rank: int
    """Last rank of the window, above the first; the same for all views, and seen by human text at the budget."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "ngrams"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        check_lengths("zipf_exponent: n", self.n)
        _check_window(self.first_rank, self.last_rank)

    def measure(self, counts: Mapping[int, Counts], given: object) -> dict[str, float]:
        """Return the exponent for each length."""
        return {str(n): zipf_exponent(view, self.first_rank, self.last_rank) for n, (view, _) in counts.items()}


def _check_window(first_rank: int, last_rank: int) -> None:
    if not 1 <= first_rank < last_rank:
        raise ValueError(
            f"zipf_exponent: first_rank is {first_rank} and last_rank {last_rank}, want 1 or more and above the first."
        )
