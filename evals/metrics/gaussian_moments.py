"""How far a student of real numbers has moved and narrowed, exactly, from its mean and covariance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.given import HasTruth, named

FloatArray = npt.NDArray[np.float64]


def mean_error(truth: FloatArray, mean: FloatArray) -> FloatArray:
    """Return |m - m*|^2 of every replica, (replicas,); 0: the student has not moved.

    Shapes: truth (d,), mean (replicas, d).

    Raises:
        ValueError: shapes that do not fit, or no replicas.
    """
    m, true = np.asarray(mean, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if m.ndim != 2 or not m.size or m.shape[1:] != true.shape:
        raise ValueError(f"mean_error: truth has shape {true.shape} and mean {m.shape}, want (d,) and (replicas, d).")
    return np.asarray(np.sum((m - true) ** 2, axis=1))


def variance_ratio(truth: FloatArray, covariance: FloatArray) -> FloatArray:
    """Return tr S / tr S* of every replica, (replicas,); range [0, inf), 1 is the truth, falls as variance collapses.

    Shapes: truth (d, d), covariance (replicas, d, d). Source: the trace ratio of Kazdan et al. 2025 (arXiv 2410.16713).

    Raises:
        ValueError: shapes that do not fit, or no replicas.
    """
    true, covariances = _covariances("variance_ratio", truth, covariance)
    return np.asarray(np.trace(covariances, axis1=1, axis2=2) / np.trace(true))


def log_variance(truth: FloatArray, covariance: FloatArray) -> FloatArray:
    """Return (ln det S - ln det S*) / d in nats of every replica, (replicas,); 0 is the truth, falls in collapse.

    Its mean over replicas follows theory where that of the variance cannot be tested: a mean of products of many
    factors is that of a few lucky chains. Shapes as in `variance_ratio`. Source: the determinant ratio of Kazdan et
    al. 2025 (arXiv 2410.16713); ours: its logarithm, per dimension.

    Raises:
        ValueError: shapes that do not fit, no replicas, or a singular covariance, as from no more rows than dimensions.
    """
    true, covariances = _covariances("log_variance", truth, covariance)
    sign, logarithm = np.linalg.slogdet(covariances)
    rank = np.linalg.matrix_rank(covariances, hermitian=True)
    singular = np.flatnonzero((sign <= 0) | (rank < len(true)))
    if len(singular):
        raise ValueError(
            f"log_variance: {len(singular)} of {len(covariances)} covariances are singular, the first has rank "
            f"{rank[singular[0]]} of {len(true)}. It takes more rows than dimensions; else set log_variance=false."
        )
    return np.asarray((logarithm - np.linalg.slogdet(true)[1]) / len(true))


@dataclass(frozen=True, slots=True)
class GaussianMoments:
    """Mean and covariance of a student beside the true ones."""

    log_variance: bool
    """Whether determinants are taken too, which a covariance of no more rows than dimensions has not."""

    kinds: ClassVar[tuple[str, ...]] = ("vector",)
    reads: ClassVar[str] = "parameters"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("truth", "parameters")
    interval: ClassVar[str] = "exact"
    better: ClassVar[Mapping[str, str]] = {"mean_error": "lower", "variance": "human", "log_variance": "human"}

    def exact(self, given: HasTruth) -> dict[str, FloatArray]:
        """Return one figure per replica for each part."""
        means, covariances = (
            [named(values, name, "gaussian_moments") for values in (given.truth, given.parameters)]
            for name in ("mean", "covariance")
        )
        parts = {
            "mean_error": mean_error(*means),
            "variance": variance_ratio(*covariances),
        }
        return parts | ({"log_variance": log_variance(*covariances)} if self.log_variance else {})


def _covariances(name: str, truth: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    true, covariances = np.asarray(truth, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    if covariances.ndim != 3 or not covariances.size or covariances.shape[1:] != true.shape:
        raise ValueError(
            f"{name}: truth has shape {true.shape} and covariance {covariances.shape}, want (d, d) and "
            "(replicas, d, d)."
        )
    return true, covariances
