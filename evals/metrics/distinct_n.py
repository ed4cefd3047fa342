"""Distinct-n: how many of the n-grams that a student writes are different ones."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.ngram_codes import check_lengths, ngram_codes


def distinct_n(documents: Sequence[Sequence[Hashable]], lengths: Sequence[int]) -> dict[str, float]:
    """Return, for each n, the number of different n-grams over the number of all.

    types_n / occurrences_n over the documents together; n-grams do not cross from one to the next. Range
    (0, 1]; falls as the student repeats itself, and also as text grows, so compare at equal budgets only. At
    temperature 1 it rises while a model decays into noise: read it beside its human value.

    Source: Li et al. 2016 (arXiv 1510.03055), section 5. Ours: over the sample, not within each document.

    Raises:
        ValueError: no n-gram of one of the lengths, or a length below 1.
    """
    shares: dict[str, float] = {}
    for n, codes in ngram_codes(documents, lengths).items():
        if not len(codes.ngram):
            raise ValueError(
                f"distinct_n: {len(documents)} documents hold no {n}-gram, want 1 or more. Give longer "
                f"documents, or leave {n} out of n."
            )
        shares[str(n)] = len(np.unique(codes.ngram)) / len(codes.ngram)
    return shares


@dataclass(frozen=True, slots=True)
class DistinctN:
    """Distinct-n of a view at its budget; one part per length, named by it."""

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        check_lengths("distinct_n: n", self.n)

    def measure(self, documents: Sequence[Sequence[Hashable]], given: object) -> dict[str, float]:
        """Return the share of different n-grams for each length."""
        return distinct_n(documents, self.n)
