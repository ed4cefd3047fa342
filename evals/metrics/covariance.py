"""Covariance of embeddings: how far a view spreads, and along how many directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.embeddings import FloatArray, checked
from evals.hill_number import hill_number
from evals.spectrum import spectrum


def covariance(rows: npt.ArrayLike) -> dict[str, float]:
    """Return three figures of the covariance S of embeddings; all fall in late collapse, when variance goes.

    trace            total variance, over n - 1: unbiased, so it does not move with n; range (0, inf)
    effective_rank   exp of the entropy of the eigenvalues over their sum; range [1, min(n - 1, d)]; rises with n
                     until n is well above d
    log_determinant  log det of S in nats, shrunk towards (tr S / d) I by the least expected squared error for
                     Gaussian rows. Finite at any n, where that of S itself is -inf for n <= d or as soon as one
                     direction is gone: a direction counts for at least a few n-ths of the mean variance. So it
                     moves with n wherever directions are narrower than that

    Source: Roy and Vetterli 2007, "The effective rank" (theirs is of singular values; ours of variances); Chen et al.
    2010 (arXiv 0907.4698), equation 23, for the shrinkage, OAS, as scikit-learn has it: without the terms in 2 / d.

    Raises:
        ValueError: fewer than 2 texts; all texts at one point; see `evals.embeddings.checked`.
    """
    from sklearn.covariance import oas

    found = checked("covariance", rows, least=2)
    if not np.ptp(found, axis=0).any():
        raise ValueError(
            f"covariance: all {len(found)} texts lie at one point, so there is no variance and no direction to count."
        )
    n = len(found)
    centred = found - found.mean(axis=0)
    variances = spectrum(centred)
    shrunk, _ = oas(centred, assume_centered=True)
    return {
        "trace": float(np.sum(variances)) * n / (n - 1),
        "effective_rank": hill_number(variances, 1),
        "log_determinant": float(np.linalg.slogdet(shrunk)[1]),
    }


@dataclass(frozen=True, slots=True)
class Covariance:
    """Total variance, effective rank and log-determinant of a view; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "embeddings"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("embeddings",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def measure(self, rows: FloatArray, given: object) -> dict[str, float]:
        """Return the three figures."""
        return covariance(rows)
