"""Missing mass: how much of held-out human text is made of n-grams that a student does not write."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evals.ngram_codes import check_lengths
from evals.ngram_counts import Counts, NgramCounts


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
    return MissingMass(tuple(lengths)).measure(NgramCounts.of(documents, lengths, reference).counts(), None)


@dataclass(frozen=True, slots=True)
class MissingMass:
    """Missing mass of held-out human text in a view at its budget; one part per length, named by it.

    The interval is over the documents of the view, with the reference as it is.
    """

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "ngrams"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("reference",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "lower"}

    def __post_init__(self) -> None:
        check_lengths("missing_mass: n", self.n)

    def measure(self, counts: Mapping[int, Counts], given: object) -> dict[str, float]:
        """Return the share of reference n-grams that the view does not hold, for each length."""
        shares: dict[str, float] = {}
        for n, (view, reference) in counts.items():
            in_view, human = int(view.sum()), int(reference.sum())
            if not in_view or not human:
                raise ValueError(
                    f"missing_mass: the view holds {in_view} {n}-grams and the reference {human}, want 1 or more in "
                    f"each. Give longer documents, or leave {n} out of n."
                )
            shares[str(n)] = int(reference[view == 0].sum()) / human
        return shares
