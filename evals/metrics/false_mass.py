"""False mass: how much of what a student writes is made of n-grams that held-out human text does not hold."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evals.ngram_codes import check_lengths
from evals.ngram_counts import Counts, NgramCounts


def false_mass(
    documents: Sequence[Sequence[Hashable]], reference: Sequence[Sequence[Hashable]], lengths: Sequence[int]
) -> dict[str, float]:
    """Return, for each n, the share of n-gram occurrences in `documents` that are absent from `reference`.

    sum of count_view(x) over x not in the reference / sum of count_view(x), n-grams counted within documents: the
    precision side of `missing_mass`. Range [0, 1]; rises as a student blurs (at temperature 1 it adds n-grams that
    nobody writes, while diversity looks well) and falls below its human value as a student narrows to the head.

    No finite text holds all that is human, so most of this is true even for human text and falls as the reference
    grows: only the difference from the human value, against the same reference, says that something is false.

    Source: the precision side of Sajjadi et al. 2018 (arXiv 1806.00035), on n-grams. Ours: absence from a sample
    stands for probability 0.

    Raises:
        ValueError: no n-gram of one of the lengths in either, or a length below 1.
    """
    return FalseMass(tuple(lengths)).measure(NgramCounts.of(documents, lengths, reference).counts(), None)


@dataclass(frozen=True, slots=True)
class FalseMass:
    """False mass of a view at its budget; one part per length, named by it.

    The interval is over the documents of the view, with the reference as it is.
    """

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "ngrams"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("reference",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        check_lengths("false_mass: n", self.n)

    def measure(self, counts: Mapping[int, Counts], given: object) -> dict[str, float]:
        """Return the share of the view's n-grams that the reference does not hold, for each length."""
        shares: dict[str, float] = {}
        for n, (view, reference) in counts.items():
            in_view, human = int(view.sum()), int(reference.sum())
            if not in_view or not human:
                raise ValueError(
                    f"false_mass: the view holds {in_view} {n}-grams and the reference {human}, want 1 or more in "
                    f"each. Give longer documents, or leave {n} out of n."
                )
            shares[str(n)] = int(view[reference == 0].sum()) / in_view
        return shares
