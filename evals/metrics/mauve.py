"""MAUVE: how much of a divergence frontier between a view and human text lies near the ideal corner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr  # type: ignore[import-untyped, unused-ignore]

from evals.embeddings import FloatArray, checked_pair, unit_rows
from evals.given import HasReference
from evals.interval import Terms

_OPEN_END = 1e-6  # how near a mixture comes to either side; as the authors' package has it
_LEAST_BUCKETS = 20
_MAX_ITERATIONS = 500  # of k-means, as the authors'


class Buckets(NamedTuple):
    """One quantisation of both sides: into which bucket each text falls."""

    view: npt.NDArray[np.int64]  # (n_texts,)
    reference: npt.NDArray[np.int64]  # (n_reference,)
    n_buckets: int

    def counts(self) -> tuple[FloatArray, FloatArray]:
        """Count the texts of the view and of the reference in each bucket."""
        return _counts(self.view, self.n_buckets), _counts(self.reference, self.n_buckets)


class _Frontier(NamedTuple):
    weight: FloatArray  # (points, 1)
    mixture: FloatArray  # (points, n_buckets)
    x: FloatArray  # (points,)
    y: FloatArray  # (points,)


def mauve(p: npt.ArrayLike, q: npt.ArrayLike, scaling: float = 5.0, points: int = 25) -> float:
    """Return MAUVE of two histograms: the area under their divergence frontier.

    For mixtures R = w P + (1 - w) Q the frontier holds (exp(-c KL(Q || R)), exp(-c KL(P || R))), from (1, 0) to
    (0, 1); the area is by trapezoids. Range (0, 1]: 1 when both are equal, near 0 when no bucket holds both; falls
    as the view writes what humans do not, and as it no longer writes what they do. Symmetric in P and Q.

    Args:
        p: counts or probabilities per bucket; brought to sum 1.
        q: the same for the other side.
        scaling: c; larger values push all scores down, so scores with different c do not compare.
        points: mixtures on the frontier.

    Source: Pillutla et al. 2021 (arXiv 2102.01454), section 2 and appendix.

    Raises:
        ValueError: histograms of different lengths, with a negative entry or without any above 0; c is not
            above 0; fewer than 2 points.
    """
    view, human = _both_shares(p, q, scaling, points)
    _, _, x, y = _frontier(view, human, scaling, points)
    return float(-np.trapezoid(_between(0, y, 1), _between(1, x, 0)))  # x falls along the frontier


def mauve_slopes(p: npt.ArrayLike, q: npt.ArrayLike, scaling: float = 5.0, points: int = 25) -> FloatArray:
    """Return how MAUVE moves as P does: its derivative towards all of P in each bucket.

    d/de of MAUVE((1 - e) P + e at bucket k, Q) at e = 0, whose mean over P is 0. Where P has nothing in a bucket the
    derivative is that for its other terms, since no text of the view lies there.  # (n_buckets,)

    Raises:
        ValueError: as `mauve`.
    """
    view, human = _both_shares(p, q, scaling, points)
    weight, mixture, x, y = _frontier(view, human, scaling, points)
    ratio = np.divide(view, mixture, out=np.ones_like(mixture), where=view > 0)
    dx = x[:, None] * scaling * human * weight / np.where(mixture > 0, mixture, 1)  # (points, n_buckets)
    dy = -y[:, None] * scaling * (np.log(ratio) + 1 - weight * ratio)
    nothing = np.zeros(len(view))  # at both ends of the frontier, which stay where they are
    by_y = np.trapezoid(_between(nothing, dy, nothing), _between(1, x, 0)[:, None], axis=0)
    by_x = np.trapezoid(_between(0, y, 1)[:, None], _between(nothing, dx, nothing), axis=0)
    slopes = -(by_y + by_x)
    return np.asarray(slopes - view @ slopes)


@dataclass(frozen=True, slots=True)
class Mauve:
    """MAUVE of a view and as many human texts: `value`, and `star` from smoothed histograms.

    `star` adds half a text to every bucket (Krichevsky and Trofimov 1981), so that no share is 0, which helps where
    texts are few for the number of buckets.

    Both sides are brought to length 1, projected together on the principal components that hold most variance, and
    put into buckets by k-means over both. Optimistic for few texts: several thousand are wanted, `star` needs fewer.
    Only differences at one number of texts, in one space and with the same settings mean anything. The
    interval is over texts of the view in the buckets as they are, human texts as they are, by what each adds to the
    score to first order. A jackknife parts the texts anew for each group left out, and its interval was three to four
    times as wide as fresh texts made the score vary. Fewer than 20 buckets are refused: with 10 of them
    the interval held in 89% of cases, with 20 in 91% and more.

    Source: Pillutla et al. 2021, section 2, and 2023. Deviation: scores are averaged over runs of k-means, as the
    authors advise for its noise, where their package keeps the tightest of 5 runs; averaging halved the spread over
    fresh texts, keeping the tightest did not lower it. K-means is scikit-learn's, from k-means++ starts.
    """

    explained_variance: float
    """Principal components are kept until they hold this share of the variance; in (0, 1)."""
    texts_per_bucket: int
    """Buckets are as many as texts of the smaller side, over this."""
    runs: int
    """Runs of k-means whose scores are averaged."""
    seed: int
    """Seed of the first run; the next ones have the numbers that follow, the same for all views."""
    scaling: float
    """c of the frontier, above 0."""
    points: int
    """Mixtures on the frontier."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "embeddings"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("embeddings", "reference", "reference_embeddings")
    interval: ClassVar[str] = "bootstrap"
    better: ClassVar[Mapping[str, str]] = {"*": "higher"}

    def __post_init__(self) -> None:
        if not (0 < self.explained_variance < 1 and self.scaling > 0):
            raise ValueError(
                f"mauve: explained_variance is {self.explained_variance} and scaling {self.scaling}, want a share "
                "between 0 and 1, and scaling above 0; .9 and 5 are usual."
            )
        if min(self.texts_per_bucket, self.runs, self.points - 1) < 1 or self.seed < 0:
            raise ValueError(
                f"mauve: texts_per_bucket is {self.texts_per_bucket}, runs {self.runs}, points {self.points}, seed "
                f"{self.seed}; want 1 or more, 1 or more, 2 or more, 0 or more."
            )

    def terms(self, rows: FloatArray, given: HasReference[FloatArray]) -> dict[str, Terms]:
        """Return both scores, averaged over runs of k-means, as means of what each text of the view adds to them.

        Raises:
            ValueError: too few texts for 20 buckets; see `quantised`.
        """
        quantised = list(self.quantised(rows, given.reference))
        if quantised[0].n_buckets < _LEAST_BUCKETS:
            raise ValueError(
                f"mauve: {self.texts_per_bucket} texts to a bucket make of {len(rows)} texts "
                f"{quantised[0].n_buckets} buckets, want {_LEAST_BUCKETS} or more, for an interval that holds. "
                "Embed more texts, or lower texts_per_bucket."
            )
        return {name: self._terms(quantised, half) for name, half in (("value", 0.0), ("star", 0.5))}

    def _terms(self, quantised: Sequence[Buckets], added: float) -> Terms:
        """Score each quantisation with so many texts added to every bucket."""
        of_texts = []
        for buckets in quantised:
            p, q = (counts + added for counts in buckets.counts())
            slopes = mauve_slopes(p, q, self.scaling, self.points) * len(buckets.view) / np.sum(p)
            moved = slopes[buckets.view]
            of_texts.append(mauve(p, q, self.scaling, self.points) + moved - np.mean(moved))
        return Terms(np.mean(of_texts, axis=0), np.ones(len(of_texts[0])))

    def quantised(self, rows: npt.ArrayLike, reference: npt.ArrayLike) -> Iterator[Buckets]:
        """Quantise both sides together, once for each run of k-means.

        Raises:
            ValueError: too few texts for 2 buckets, all texts at one point, or rows of zeros; see
                `evals.embeddings.checked_pair`.
        """
        from sklearn.cluster import KMeans
        from sklearn.decomposition import PCA

        view, human = checked_pair("mauve", rows, reference, least=1)
        n_buckets = round(min(len(view), len(human)) / self.texts_per_bucket)
        if n_buckets < 2:
            raise ValueError(
                f"mauve: the view has {len(view)} texts and the reference {len(human)}; {self.texts_per_bucket} to a "
                "bucket make fewer than 2 buckets. Embed more texts, or lower texts_per_bucket."
            )
        both = unit_rows("mauve", np.concatenate([view, human]))
        if not np.ptp(both, axis=0).any():
            raise ValueError(f"mauve: all {len(both)} texts of both sides lie at one point; there is nothing to part.")
        narrow = PCA(n_components=self.explained_variance, svd_solver="full").fit_transform(both)
        for seed in range(self.seed, self.seed + self.runs):
            k_means = KMeans(n_buckets, n_init=1, max_iter=_MAX_ITERATIONS, random_state=seed)
            bucket = k_means.fit_predict(narrow)
            yield Buckets(bucket[: len(view)], bucket[len(view) :], n_buckets)


def _both_shares(p: npt.ArrayLike, q: npt.ArrayLike, scaling: float, points: int) -> tuple[FloatArray, FloatArray]:
    if not scaling > 0 or points < 2:
        raise ValueError(f"mauve: scaling is {scaling} and points {points}, want scaling > 0 and 2 points or more.")
    view, human = _shares("view", p), _shares("reference", q)
    if len(view) != len(human):
        raise ValueError(f"mauve: got {len(view)} and {len(human)} buckets, want the same buckets on both sides.")
    return view, human


def _frontier(view: FloatArray, human: FloatArray, scaling: float, points: int) -> _Frontier:
    weight = np.linspace(_OPEN_END, 1 - _OPEN_END, points)[:, None]
    mixture = weight * view + (1 - weight) * human
    x = np.exp(-scaling * rel_entr(human, mixture).sum(axis=1))
    y = np.exp(-scaling * rel_entr(view, mixture).sum(axis=1))
    return _Frontier(weight, mixture, x, y)


def _between(first: float | FloatArray, inner: FloatArray, last: float | FloatArray) -> FloatArray:
    """Put a first and a last entry around the inner ones, along the first axis."""
    return np.concatenate([np.reshape(first, (1, *inner.shape[1:])), inner, np.reshape(last, (1, *inner.shape[1:]))])


def _counts(bucket: npt.NDArray[np.int64], n_buckets: int) -> FloatArray:
    return np.bincount(bucket, minlength=n_buckets).astype(np.float64)


def _shares(side: str, histogram: npt.ArrayLike) -> FloatArray:
    values = np.asarray(histogram, dtype=np.float64)
    if values.ndim != 1 or not np.all(np.isfinite(values)) or not np.all(values >= 0) or not np.any(values > 0):
        raise ValueError(
            f"mauve: the histogram of the {side} has shape {values.shape}; want one axis, no negative entry, and one "
            "above 0."
        )
    return np.asarray(values / np.sum(values))
