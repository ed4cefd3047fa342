"""MAUVE: how much of a divergence frontier between a view and human text lies near the ideal corner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr  # type: ignore[import-untyped, unused-ignore]

from evals.embeddings import FloatArray, checked_pair, unit_rows
from evals.given import HasReference

_OPEN_END = 1e-6  # how near a mixture comes to either side; as the authors' package has it
_MAX_ITERATIONS = 500  # of k-means, as the authors'


class Histograms(NamedTuple):
    """How many texts of either side fall into each bucket."""

    view: FloatArray  # (n_buckets,)
    reference: FloatArray  # (n_buckets,)


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
    if not scaling > 0 or points < 2:
        raise ValueError(f"mauve: scaling is {scaling} and points {points}, want scaling > 0 and 2 points or more.")
    view, human = _shares("view", p), _shares("reference", q)
    if len(view) != len(human):
        raise ValueError(f"mauve: got {len(view)} and {len(human)} buckets, want the same buckets on both sides.")
    weight = np.linspace(_OPEN_END, 1 - _OPEN_END, points)[:, None]
    mixture = weight * view + (1 - weight) * human  # (points, n_buckets)
    x = np.exp(-scaling * rel_entr(human, mixture).sum(axis=1))
    y = np.exp(-scaling * rel_entr(view, mixture).sum(axis=1))
    return float(-np.trapezoid(np.r_[0.0, y, 1.0], np.r_[1.0, x, 0.0]))  # x falls along the frontier


def smoothed(counts: FloatArray) -> FloatArray:
    """Return Krichevsky-Trofimov estimates: half a text is added to every bucket before shares are taken.

    No share is 0 then, which helps where texts are few for the number of buckets.

    Source: Pillutla et al. 2023 (arXiv 2212.14578); Krichevsky and Trofimov 1981 for the half.
    """
    return np.asarray((counts + 0.5) / (np.sum(counts) + 0.5 * len(counts)))


@dataclass(frozen=True, slots=True)
class Mauve:
    """MAUVE of a view and as many human texts: `value`, and `star` from smoothed histograms.

    Both sides are brought to length 1, projected together on the principal components that hold most variance, and
    put into buckets by k-means over both. Optimistic for few texts: several thousand are wanted, `star` needs fewer.
    Only differences at one number of texts, in one space and with the same settings mean anything. The
    interval is from halves and quarters of the view, since k-means parts the texts anew for each group that a jackknife
    leaves out: its interval was three to four times as wide as fresh texts made the value vary.

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
    interval: ClassVar[str] = "subsamples"
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

    def measure(self, rows: FloatArray, given: HasReference[FloatArray]) -> dict[str, float]:
        """Return both scores, averaged over runs of k-means."""
        quantised = list(self.histograms(rows, given.reference))
        plain = [mauve(p, q, self.scaling, self.points) for p, q in quantised]
        star = [mauve(smoothed(p), smoothed(q), self.scaling, self.points) for p, q in quantised]
        return {"value": float(np.mean(plain)), "star": float(np.mean(star))}

    def histograms(self, rows: npt.ArrayLike, reference: npt.ArrayLike) -> Iterator[Histograms]:
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
            sides = bucket[: len(view)], bucket[len(view) :]
            yield Histograms(*(np.bincount(side, minlength=n_buckets).astype(np.float64) for side in sides))


def _shares(side: str, histogram: npt.ArrayLike) -> FloatArray:
    values = np.asarray(histogram, dtype=np.float64)
    if values.ndim != 1 or not np.all(np.isfinite(values)) or not np.all(values >= 0) or not np.any(values > 0):
        raise ValueError(
            f"mauve: the histogram of the {side} has shape {values.shape}; want one axis, no negative entry, and one "
            "above 0."
        )
    return np.asarray(values / np.sum(values))
