"""Distinct-n: how many of the n-grams that a student writes are different ones."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.ngram_codes import check_lengths
from evals.ngram_counts import Counts, NgramCounts


def distinct_n(documents: Sequence[Sequence[Hashable]], lengths: Sequence[int]) -> dict[str, float]:
    """Return, for each n, the number of different n-grams over the number of all.

    types_n / occurrences_n over the documents together; n-grams do not cross from one to the next. Range
    (0, 1]; falls as the student repeats itself, and also as text grows, so compare at equal budgets only. At
    temperature 1 it rises while a model decays into noise: read it beside its human value.

    Source: Li et al. 2016 (arXiv 1510.03055), section 5. Ours: over the sample, not within each document.

    Raises:
        ValueError: no n-gram of one of the lengths, or a length below 1.
    """
    return DistinctN(tuple(lengths)).measure(NgramCounts.of(documents, lengths).counts(), None)


@dataclass(frozen=True, slots=True)
class DistinctN:
    """Distinct-n of a view at its budget; one part per length, named by it."""

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "ngrams"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        check_lengths("distinct_n: n", self.n)

    def measure(self, counts: Mapping[int, Counts], given: object) -> dict[str, float]:
        """Return the share of different n-grams for each length."""
        shares: dict[str, float] = {}
        for n, (view, _) in counts.items():
            total = int(view.sum())
            if not total:
                raise ValueError(
                    f"distinct_n: the view holds no {n}-gram, want 1 or more. Give longer documents, or leave {n} "
                    "out of n."
                )
            shares[str(n)] = int(np.count_nonzero(view)) / total
        return shares
