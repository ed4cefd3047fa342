"""Maximum mean discrepancy: how far the mean of a view lies from that of human text, seen through a kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.embeddings import FloatArray, blocks, checked_pair, squared_distances
from evals.given import HasReference

_MEDIAN_TEXTS = 2_000  # 2 million pairs place the median well enough


class Kernel(StrEnum):
    """The kernels to choose from."""

    POLYNOMIAL = "polynomial"
    RBF = "rbf"


def mmd(rows: npt.ArrayLike, reference: npt.ArrayLike, kernel: Kernel) -> float:
    """Return the unbiased estimate of the squared maximum mean discrepancy.

    mean over i != j of k(x_i, x_j) + the same for y - 2 * mean of k(x_i, y_j). 0 in expectation, at any number
    of texts, when both come from one distribution, and then below 0 about half of the time; rises as they part.

    polynomial  (x.y / d + 1)^3, that of the kernel inception distance. It was made for rows whose squared length
                is about d; rows of length 1 see little but a difference of means, and values are small
    rbf         exp(-|x - y|^2 / (2 s^2)), with s the median distance between two human texts: it sees any difference,
                and every view is measured with one yardstick

    Source: Gretton et al. 2012, JMLR 13, lemma 6; Binkowski et al. 2018 (arXiv 1801.01401), section 4. Deviations:
    all texts are taken once, where KID averages over sub-samples; s is that of human text alone (of its first 2,000),
    where Gretton et al. pool both sides.

    Raises:
        ValueError: fewer than 2 texts on a side; for rbf, human texts of which most are equal; see
            `evals.embeddings.checked_pair`.
    """
    view, human = checked_pair("mmd", rows, reference, least=2)
    between = _KERNELS[Kernel(kernel)](human)
    own = [_mean_kernel(between, side, side, without_self=True) for side in (view, human)]
    return own[0] + own[1] - 2 * _mean_kernel(between, view, human, without_self=False)


@dataclass(frozen=True, slots=True)
class MMD:
    """Unbiased MMD^2 of a view to as many human texts; one part per kernel, named by it."""

    kernels: tuple[Kernel, ...]
    """polynomial, rbf, or both."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "embeddings"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("embeddings", "reference", "reference_embeddings")
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "lower"}

    def __post_init__(self) -> None:
        unknown = [kernel for kernel in self.kernels if kernel not in list(Kernel)]
        if not self.kernels or unknown or len(set(self.kernels)) < len(self.kernels):
            got = [str(kernel) for kernel in self.kernels]
            raise ValueError(f"mmd: kernels is {got}, want some of {', '.join(Kernel)}, each once.")

    def measure(self, rows: FloatArray, given: HasReference[FloatArray]) -> dict[str, float]:
        """Return the squared discrepancy under each kernel."""
        return {str(kernel): mmd(rows, given.reference, kernel) for kernel in self.kernels}


Between = Callable[[FloatArray, FloatArray], FloatArray]
"""Rows of two sides -> the kernel of each pair, (n_rows, n_others)."""


def _mean_kernel(between: Between, rows: FloatArray, others: FloatArray, without_self: bool) -> float:
    total, n_pairs = 0.0, len(rows) * len(others)
    for part in blocks(len(rows), len(others)):
        values = between(rows[part], others)
        total += float(np.sum(values))
        if without_self:
            total -= float(np.trace(values, offset=part.start))  # row i of the block is text part.start + i
    return total / (n_pairs - len(rows) if without_self else n_pairs)


def _polynomial(human: FloatArray) -> Between:
    def between(rows: FloatArray, others: FloatArray) -> FloatArray:
        base = rows @ others.T / rows.shape[1] + 1
        return np.asarray(base * base * base)  # a power of 3 takes ten times as long

    return between


def _rbf(human: FloatArray) -> Between:
    some = human[:_MEDIAN_TEXTS]
    width = float(np.median(np.sqrt(squared_distances(some, some)[np.triu_indices(len(some), k=1)])))
    if not width:
        raise ValueError(
            f"mmd: most of {len(some)} human texts are equal, so their median distance is 0 and gives rbf no width. "
            "Choose kernels: [polynomial], or another reference."
        )
    return lambda rows, others: np.exp(squared_distances(rows, others) / (-2 * width**2))


_KERNELS: dict[Kernel, Callable[[FloatArray], Between]] = {Kernel.POLYNOMIAL: _polynomial, Kernel.RBF: _rbf}
