"""Frechet distance between the embeddings of a view and of human text, and where it goes with more texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import linalg  # type: ignore[import-untyped, unused-ignore]

from evals.embeddings import FloatArray, checked_pair
from evals.given import HasReference


def frechet_distance(rows: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Return the Frechet distance of two Gaussians with the means and covariances of two sets of texts.

    |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), the square of the 2-Wasserstein distance, with covariances over
    n - 1. Range [0, inf), in squared units of the embedding; rises with any change of mean or covariance.
    Biased upwards by about a constant / n: two samples of one distribution are never at 0. With n <= d the
    figure is defined but mostly bias.

    Source: Heusel et al. 2017 (arXiv 1706.08500). Ours: tr (S1 S2)^(1/2) is the sum of the singular values of
    R1 R2', with S = R'R from a QR of the centred rows: no root of a nearly singular matrix is taken.

    Raises:
        ValueError: fewer than 2 texts on a side; see `evals.embeddings.checked_pair`.
    """
    view, human = checked_pair("frechet", rows, reference, least=2)
    ours, theirs = _root(view), _root(human)
    shift = np.sum((view.mean(axis=0) - human.mean(axis=0)) ** 2)
    overlap = np.sum(linalg.svdvals(ours @ theirs.T))
    return max(float(shift + np.sum(ours**2) + np.sum(theirs**2) - 2 * overlap), 0.0)


def frechet_infinity(rows: npt.ArrayLike, reference: npt.ArrayLike, most_blocks: int) -> float:
    """Return what the Frechet distance would be for infinitely many texts on both sides.

    For m = 1 ... most_blocks both sides are parted into m blocks in their order; the distances of block i to
    block i are averaged, and a straight line through them against m is read at m = 0. As 1 / n = m / n_texts,
    the line is the one against 1 / n. Unbiased to first order, so it may fall a little below 0; for text of
    one distribution it is within .003 of 0 where the plain distance is .06 (256 dimensions, 1,000 texts).

    Source: Chong and Forsyth 2020 (arXiv 1911.07023). Deviations: the reference is parted as well, since it is
    a sample of the same size and its own bias would stay; disjoint blocks in place of random sub-samples use
    every text once at each size and need no random numbers. Other orders of texts move it within its interval.

    Raises:
        ValueError: fewer than 2 sizes; a block with no more texts than dimensions, where the bias is no
            longer a line in 1 / n; see `evals.embeddings.checked_pair`.
    """
    view, human = checked_pair("frechet", rows, reference, least=2)
    if most_blocks < 2:
        raise ValueError(f"frechet: most_blocks is {most_blocks}, want 2 or more sizes to draw a line through.")
    smallest, d = min(len(view), len(human)) // most_blocks, view.shape[1]
    if smallest <= d:
        raise ValueError(
            f"frechet: {min(len(view), len(human)):,} texts in {most_blocks} blocks leave {smallest:,} in each, want "
            f"more than the {d:,} dimensions. Embed {(d + 1) * most_blocks:,} texts or more, or in fewer dimensions."
        )
    sizes = np.arange(1, most_blocks + 1)
    distances = [_mean_over_blocks(view, human, int(m)) for m in sizes]
    return float(np.polynomial.Polynomial.fit(sizes, distances, deg=1)(0))


@dataclass(frozen=True, slots=True)
class Frechet:
    """Frechet distance of a view to human text: `value` at its number of texts, and `infinity`."""

    most_blocks: int
    """Blocks at the smallest of the sizes from which infinity is read; each must hold more texts than dimensions."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "embeddings"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("embeddings", "reference", "reference_embeddings")
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "lower"}

    def __post_init__(self) -> None:
        if self.most_blocks < 2:
            raise ValueError(f"frechet: most_blocks is {self.most_blocks}, want 2 or more; 3 is usual.")

    def measure(self, rows: FloatArray, given: HasReference[FloatArray]) -> dict[str, float]:
        """Return both distances; neither is made of fewer texts than the extrapolation takes."""
        infinity = frechet_infinity(rows, given.reference, self.most_blocks)
        return {"value": frechet_distance(rows, given.reference), "infinity": infinity}


def _root(rows: FloatArray) -> FloatArray:
    """Return R with R'R the covariance of the rows, (min(n_texts, dimensions), dimensions)."""
    return np.asarray(np.linalg.qr((rows - rows.mean(axis=0)) / np.sqrt(len(rows) - 1), mode="r"))


def _mean_over_blocks(view: FloatArray, human: FloatArray, m: int) -> float:
    # Neighbours stay together: with some texts left out, as a jackknife does, the blocks stay nearly the same.
    pairs = zip(np.array_split(view, m), np.array_split(human, m), strict=True)
    return float(np.mean([frechet_distance(*pair) for pair in pairs]))
