"""Missing mass: how much of held-out human text is made of n-grams that a student does not write."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.given import HasReference
from evals.ngram_codes import check_lengths, ngram_codes


def missing_mass(
    documents: Sequence[Sequence[Hashable]], reference: Sequence[Sequence[Hashable]], lengths: Sequence[int]
) -> dict[str, float]:
    """Return, for each n, the share of n-gram occurrences in `reference` that are absent from `documents`.

    sum of count_ref(x) over x not in the view / sum of count_ref(x), n-grams counted within documents. Range
    [0, 1]; rises as the student's tail disappears, and falls as the view grows, so compare at equal budgets
    only. Unbiased for the human mass that m words of the view miss, because the reference is held out: an
    estimate from the view alone (Good-Turing) is relative to the student and stays low while it collapses.
    Unigrams saturate first; longer n-grams keep moving.

    Raises:
        ValueError: no documents, no n-gram of one of the lengths in either, or a length below 1.
    """
    codes_by_length = ngram_codes([*documents, *reference], lengths)
    shares: dict[str, float] = {}
    for n, codes in codes_by_length.items():
        in_view = codes.document < len(documents)
        view, human = codes.ngram[in_view], codes.ngram[~in_view]
        if not len(view) or not len(human):
            raise ValueError(
                f"missing_mass: the view holds {len(view)} {n}-grams and the reference {len(human)}, want 1 "
                f"or more in each. Give longer documents, or leave {n} out of n."
            )
        shares[str(n)] = float(np.mean(~np.isin(human, view)))
    return shares


@dataclass(frozen=True, slots=True)
class MissingMass:
    """Missing mass of held-out human text in a view at its budget; one part per length, named by it.

    The interval is over the documents of the view, with the reference as it is.
    """

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("reference",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "lower"}

    def __post_init__(self) -> None:
        check_lengths("missing_mass: n", self.n)

    def measure(self, documents: Sequence[Sequence[Hashable]], given: HasReference) -> dict[str, float]:
        """Return the share of reference n-grams that the view does not hold, for each length."""
        return missing_mass(documents, given.reference, self.n)
