"""How well a mixture of Gaussians describes held-out rows, exactly, from its components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import linalg, spatial, special  # type: ignore[import-untyped, unused-ignore]

from evals.given import HasReferenceRows, named

FloatArray = npt.NDArray[np.float64]

_MOST_PAIRS = 1_000_000


def mixture_nll(rows: FloatArray, weights: FloatArray, means: FloatArray, covariances: FloatArray) -> float:
    """Return the mean of -ln q(x) over rows x in nats, q the mixture; lower is better, may be below 0.

    Shapes: rows (n_rows, d), weights (components,) of sum 1, means (components, d), covariances (components, d, d), or
    (1, d, d) for one that all share, as of kernels.

    Source: Kazdan et al. 2025 (arXiv 2410.16713), who score kernel densities on held-out rows.

    Raises:
        ValueError: shapes that do not fit, no rows or components, weights that are no distribution, or a covariance
            that is not positive definite.
    """
    d = rows.shape[-1]
    fits = rows.ndim == 2 and means.shape == (len(weights), d) and covariances.shape[1:] == (d, d)
    if not fits or not rows.size or not means.size or len(covariances) not in (1, len(means)):
        raise ValueError(
            f"mixture_nll: got rows {rows.shape}, weights {weights.shape}, means {means.shape} and covariances "
            f"{covariances.shape}, want (n_rows, d), (components,), (components, d) and (components or 1, d, d)."
        )
    if not np.all(weights >= 0) or abs(np.sum(weights) - 1) > 1e-6:
        raise ValueError(f"mixture_nll: weights have least {np.min(weights)} and sum {np.sum(weights)}, want 0 and 1.")
    used = weights > 0
    shared = covariances if len(covariances) == 1 else covariances[used]
    n_blocks = -(-len(rows) * int(used.sum()) // _MOST_PAIRS)
    parts = [log_density(block, weights[used], means[used], shared) for block in np.array_split(rows, n_blocks)]
    return float(-np.mean(np.concatenate(parts)))


def moments_nll(rows: FloatArray) -> float:
    """Return the mean of -ln q(x) over rows x in nats, q the single Gaussian that has their mean and covariance.

    (d (1 + ln 2 pi) + ln det S) / 2, with S over n rows; no single Gaussian has less. Shape (n_rows, d).

    Raises:
        ValueError: a covariance that is singular, as of no more rows than dimensions.
    """
    covariance = np.atleast_2d(np.cov(rows.T, ddof=0))
    sign, log_determinant = np.linalg.slogdet(covariance)
    if sign <= 0:
        raise ValueError(f"moments_nll: {len(rows)} rows have a singular covariance, {covariance.tolist()}.")
    return float(len(covariance) * (1 + np.log(2 * np.pi)) + log_determinant) / 2


def log_density(rows: FloatArray, weights: FloatArray, means: FloatArray, covariances: FloatArray) -> FloatArray:
    """Return ln q of each row, (n_rows,)."""
    columns = []
    groups: Iterator[FloatArray] = iter([means] if len(covariances) == 1 else means[:, np.newaxis])
    for members, covariance in zip(groups, covariances, strict=True):
        try:
            root = np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError as error:
            raise ValueError(f"mixture_nll: covariance {covariance.tolist()} is not positive definite.") from error
        x, m = (linalg.solve_triangular(root, each.T, lower=True).T for each in (rows, members))
        constant = np.sum(np.log(np.diag(root))) + rows.shape[1] / 2 * np.log(2 * np.pi)
        columns.append(-spatial.distance.cdist(x, m, "sqeuclidean") / 2 - constant)
    return np.asarray(special.logsumexp(np.concatenate(columns, axis=1), axis=1, b=weights))


@dataclass(frozen=True, slots=True)
class DensityNll:
    """Negative log-likelihood of held-out human rows under a mixture, and what it gains; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("vector",)
    reads: ClassVar[str] = "parameters"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("parameters", "reference")
    interval: ClassVar[str] = "exact"
    better: ClassVar[Mapping[str, str]] = {"value": "lower", "information_gain": "higher"}

    def exact(self, given: HasReferenceRows) -> dict[str, FloatArray]:
        """Return two figures per replica, each on its own held-out rows.

        value             `mixture_nll`
        information_gain  `moments_nll` less value, what is known beyond mean and covariance; range (-inf, inf), falls
                          as the student unlearns; left out where rows are no more than their length
        """
        parts = (named(given.parameters, name, "density_nll") for name in ("weights", "means", "covariances"))
        value = np.array([mixture_nll(*each) for each in zip(given.reference, *parts, strict=True)])
        if any(len(rows) <= rows.shape[1] for rows in given.reference):
            return {"value": value}
        return {"value": value, "information_gain": np.array([moments_nll(rows) for rows in given.reference]) - value}
