"""Support coverage: of the types that a sample of its size should hold, how many a view holds, common to rare."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from evals.buckets import QUARTILES, rarest_first
from evals.documents import Documents
from evals.given import HasBuckets

FloatArray = npt.NDArray[np.float64]

_LEAST_EXPECTED = 5  # types of a bucket
_SUM_TOLERANCE = 1e-6
_ROWS = 1000  # rows of the matrix of pairs held at once


class Coverage(NamedTuple):
    """Types of one bucket: how many a sample holds, and how many independent draws from the truth would."""

    hit: int
    """Types of the bucket that the sample holds."""
    expected: float
    """Mean of that number over samples of equal size from the truth."""
    variance: float
    """Its variance, exactly."""

    @property
    def share(self) -> float:
        """hit / expected: 1 where the sample is as good as the truth at equal size."""
        return self.hit / self.expected

    @property
    def sd(self) -> float:
        """Standard deviation of `share` over samples from the truth."""
        return math.sqrt(self.variance) / self.expected

    @property
    def z(self) -> float:
        """(hit - expected) / sd of the number hit, or the gap in types where that sd is below one type.

        A bucket that is all but sure to be hit whole has an sd near 0, and no normal score that means anything.
        """
        return (self.hit - self.expected) / max(math.sqrt(self.variance), 1.0)


def support_coverage(
    counts: npt.ArrayLike, probabilities: npt.ArrayLike, buckets: Sequence[str]
) -> dict[str, Coverage]:
    """Return the coverage of each bucket of types by a sample of m draws, the sum of all counts.

    hit = types with a count above 0; expected = sum over the bucket of 1 - (1 - p_i)^m; their ratio has range
    [0, n_types / expected] and does not move with m where the sample comes from the truth; it falls, rarest bucket
    first, as a student loses its tail. Variance for independent draws:
    sum_i a_i (1 - a_i) + sum_{i != j} (1 - p_i - p_j)^m - (1 - p_i)^m (1 - p_j)^m, with a_i = 1 - (1 - p_i)^m.
    Types are whatever can be counted: categories of a world, words, clusters of embeddings, cells of a table.

    Cost: quadratic in the different probabilities of a bucket, not in its types.

    Args:
        counts: draws of each type.  # (n_types,)
        probabilities: of each type under the truth. A type of probability 0 counts among the draws and belongs to
            no bucket; probabilities that sum to less than 1 leave out types that nobody asks for.  # (n_types,)
        buckets: name of each type's bucket.  # n_types

    Source: E and variance of the occupied cells of a multinomial, as in Hurlbert 1971 and Heck et al. 1975 for
    rarefaction without replacement. Ours: the ratio, and by bucket.

    Raises:
        ValueError: lengths that differ, no draw, a negative count, or probabilities that are negative, or sum to 0
            or to more than 1.
    """
    drawn, p = np.asarray(counts, np.int64), np.asarray(probabilities, np.float64)
    _check(drawn, p, len(buckets))
    number: dict[str, int] = {}
    place = np.array([number.setdefault(name, len(number)) for name in buckets])  # (n_types,)
    draws, found = int(drawn.sum()), dict[str, Coverage]()
    for name, its_number in number.items():
        inside = (place == its_number) & (p > 0)
        if inside.any():
            expected = float(np.sum(hit_probability(p[inside], draws)))
            found[name] = Coverage(int(np.count_nonzero(drawn[inside])), expected, _variance(p[inside], draws))
    return found


def hit_probability(probabilities: FloatArray, draws: int) -> FloatArray:
    """Return 1 - (1 - p)^draws, exact for small p too."""
    with np.errstate(divide="ignore"):  # log 0, where one type has it all
        return np.asarray(-np.expm1(draws * np.log1p(-probabilities)))


@dataclass(frozen=True, slots=True)
class SupportCoverage:
    """Support coverage of human train words by a view at its budget, in each decade and quartile of frequency.

    Parts <bucket> (the ratio) and <bucket>/z (its distance from 1 in standard deviations of independent draws) for
    seen_1, seen_2_3, ... and head, upper, lower, tail. p_i is the frequency in human train text; the budget m counts
    all words.

    Human text is no set of independent draws (words come in bursts), and the frequency of a word seen once is far
    above its probability, so that held-out human text itself lies below 1, in the rarest buckets near a half. Hence
    compare with the human value, which is of held-out text: z says how far from independent draws, and nothing about
    significance.

    A bucket of which neither 5 types nor half of its types are expected is left out: a type more or less would move
    it by a fifth and more, and no interval would hold (80% for .6 types expected). The interval errs on the wide side,
    by a third to a half: the jackknife counts twice what types have in common by pairs of texts.
    """

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "words"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("buckets",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def measure(self, documents: Sequence[Sequence[str]], given: HasBuckets) -> dict[str, float]:
        """Return coverage and z of each bucket, rarest decade first."""
        train, view = given.buckets.words, Documents.of(documents).counts()
        divisions = given.buckets.word_buckets
        kinds = [*train, *(word for word in view if word not in train)]
        counts = [view.get(word, 0) for word in kinds]
        frequency = np.array([train.get(word, 0) for word in kinds]) / sum(train.values())
        parts: dict[str, float] = {}
        for bucket_of, order in ((divisions.decades, rarest_first), (divisions.quartiles, QUARTILES.index)):
            found = support_coverage(counts, frequency, [bucket_of.get(word, "") for word in kinds])
            n_types = Counter(bucket_of.values())
            for name in sorted(found, key=order):
                if found[name].expected >= min(_LEAST_EXPECTED, n_types[name] / 2):
                    parts |= {name: found[name].share, f"{name}/z": found[name].z}
        if not parts:
            raise ValueError(
                f"support_coverage: of no bucket of the {len(train):,} train words are {_LEAST_EXPECTED} types or half "
                f"of its types expected among {sum(counts):,} words. Give more text."
            )
        return parts


def _variance(p: FloatArray, draws: int) -> float:
    """Return the variance of the number of types hit, pair by pair of different probabilities.

    The covariance (1 - p - q)^m - (1 - p)^m (1 - q)^m is written as -(1 - p)^m (1 - q)^m (1 - (1 - r)^m), with r the
    product of the odds of p and q, so that nothing cancels.
    """
    value, types = np.unique(p, return_counts=True)  # (n_values,) each
    with np.errstate(divide="ignore"):
        missed, odds = np.exp(draws * np.log1p(-value)), value / (1 - value)
    missing = types * missed  # expected types missed of each probability

    def joined(r: FloatArray) -> FloatArray:
        # Types of p + q <= 1 have odds that multiply to 1 at most; above is a type with itself, which cancels below.
        return hit_probability(np.minimum(r, 1.0), draws)

    alone = float(np.sum(missing * (hit_probability(value, draws) + missed * joined(odds**2))))
    starts = range(0, len(value), _ROWS)
    rows = (slice(start, start + _ROWS) for start in starts)
    together = sum(float(missing[some] @ joined(np.multiply.outer(odds[some], odds)) @ missing) for some in rows)
    return max(alone - together, 0.0)


def _check(counts: npt.NDArray[np.int64], p: FloatArray, n_buckets: int) -> None:
    if counts.ndim != 1 or not counts.shape == p.shape == (n_buckets,):
        raise ValueError(
            f"support_coverage: got shapes {counts.shape} of counts and {p.shape} of probabilities, and {n_buckets} "
            "buckets; want one of each per type."
        )
    if not counts.size or counts.min() < 0 or not counts.sum():
        raise ValueError(f"support_coverage: got {int(counts.sum())} draws of {counts.size} types, want 1 or more.")
    if not (np.all(p >= 0) and 0 < p.sum() <= 1 + _SUM_TOLERANCE):
        raise ValueError(
            f"support_coverage: probabilities have the least entry {p.min()} and sum {p.sum()}, want entries of 0 or "
            "more with a sum above 0 and at most 1."
        )
