"""Expectation-adjusted distinct: different n-grams, over how many a student would write that used all alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.ngram_codes import check_lengths
from evals.ngram_counts import Counts


def expected_distinct(n_kinds: int, occurrences: int) -> float:
    """Return how many different kinds are expected among draws that are uniform over all kinds.

    V (1 - ((V - 1) / V)^C) with V = n_kinds and C = occurrences; exact for independent draws. Range [0, min(V, C)].

    Raises:
        ValueError: fewer than 2 kinds, or a negative number of occurrences.
    """
    if n_kinds < 2 or occurrences < 0:
        raise ValueError(
            f"expected_distinct: got {n_kinds} kinds and {occurrences} occurrences, want 2 or more and 0 or more."
        )
    return -n_kinds * math.expm1(occurrences * math.log1p(-1 / n_kinds))


@dataclass(frozen=True, slots=True)
class ExpectationAdjustedDistinct:
    """Distinct n-grams of a view over `expected_distinct`; one part per length, named by it.

    Range (0, 1.59), with 1 for draws that are uniform over the V kinds; falls as a student repeats itself. Words are
    not uniform, so human text lies far below 1 and still moves with length: with V far above the words of a view it
    is distinct-n and falls, with V far below it is kinds / V and rises. Compare at equal budgets and equal V only.

    Source: Liu et al. 2022 (arXiv 2202.13587). Ours: over the view together, n-grams within documents;
    V is never taken from the view, which would hide its narrowing.
    """

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""
    n_kinds: tuple[int, ...]
    """V for each length: how many different n-grams there could be, the same for all views and arms. A vocabulary
    for n = 1; at least as many as any view holds."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "ngrams"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        check_lengths("expectation_adjusted_distinct: n", self.n)
        if len(self.n_kinds) != len(self.n) or min(self.n_kinds) < 2:
            raise ValueError(
                f"expectation_adjusted_distinct: n_kinds is {list(self.n_kinds)} for n {list(self.n)}, want one number "
                "of 2 or more for each length."
            )

    def measure(self, counts: Mapping[int, Counts], given: object) -> dict[str, float]:
        """Return the adjusted share of different n-grams for each length."""
        adjusted: dict[str, float] = {}
        for n, n_kinds in zip(self.n, self.n_kinds, strict=True):
            view = counts[n].view
            total, distinct = int(view.sum()), int(np.count_nonzero(view))
            if not total or distinct > n_kinds:
                raise ValueError(
                    f"expectation_adjusted_distinct: the view holds {distinct:,} different {n}-grams, want 1 to "
                    f"{n_kinds:,}, as n_kinds says. Give longer documents, or raise n_kinds for all that is compared."
                )
            adjusted[str(n)] = distinct / expected_distinct(n_kinds, total)
        return adjusted
