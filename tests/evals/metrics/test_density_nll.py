"""Held-out rows under a mixture: by hand, at the extremes, and against scipy's normal density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from evals.metrics.density_nll import DensityNll, mixture_nll, moments_nll

ONE = np.ones((1, 1, 1))


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    parameters: dict[str, np.ndarray]
    reference: list[np.ndarray]


def test_values_by_hand() -> None:
    # N(0, 1) at 1: ln sqrt(2 pi) + 1/2 = 1.41894. Kernels at 0 and 2 of width 1 are as dense in their middle.
    means = np.array([[[0.0], [9.0]], [[0.0], [2.0]]])
    parameters = {"weights": np.array([[1.0, 0.0], [0.5, 0.5]]), "means": means, "covariances": np.stack([ONE, ONE])}
    figures = DensityNll().exact(Given(parameters, [np.array([[1.0]]), np.array([[1.0], [1.0]])]))
    assert figures["value"] == pytest.approx([1.41894, 1.41894], abs=1e-5)
    assert set(figures) == {"value"}, "one row has no variance"


def test_the_gain_over_one_gaussian_by_hand() -> None:
    # Rows -1 and 1 have variance 1: (1 + ln 2 pi) / 2 = 1.41894, which N(0, 1) costs too. Far narrower kernels on
    # both rows cost ln 2 + ln sqrt(2 pi) + ln sd = 1.61209 + ln sd.
    rows = np.array([[-1.0], [1.0]])
    assert moments_nll(rows) == pytest.approx(1.41894, abs=1e-5)
    means = np.stack([np.zeros((2, 1)), rows])
    widths = np.array([1.0, 1e-3]).reshape(2, 1, 1, 1) ** 2
    parameters = {"weights": np.full((2, 2), 0.5), "means": means, "covariances": widths}
    gain = DensityNll().exact(Given(parameters, [rows, rows]))["information_gain"]
    assert gain == pytest.approx([0, 1.41894 - 1.61209 - np.log(1e-3)], abs=1e-5)


def test_the_moments_of_rows_cost_what_scipy_says() -> None:
    rows = _mixture()[0]
    normal = stats.multivariate_normal(rows.mean(axis=0), np.cov(rows.T, ddof=0))
    assert moments_nll(rows) == pytest.approx(-normal.logpdf(rows).mean())
    with pytest.raises(ValueError, match="moments_nll: 2 rows have a singular covariance"):
        moments_nll(np.ones((2, 1)))


def test_narrow_components_are_sure_and_far_rows_are_all_but_impossible() -> None:
    near = mixture_nll(np.zeros((1, 1)), np.ones(1), np.zeros((1, 1)), 1e-12 * ONE)
    far = mixture_nll(np.full((1, 1), 1e3), np.ones(1), np.zeros((1, 1)), ONE)
    assert near == pytest.approx(0.918939 - 6 * np.log(10), abs=1e-5)
    assert far == pytest.approx(500_000.918939)


def _mixture() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(4, 3, 3))
    return rng.normal(size=(50, 3)), rng.dirichlet(np.ones(4)), rng.normal(size=(4, 3)), root @ np.swapaxes(root, 1, 2)


def test_the_density_is_that_of_scipy() -> None:
    rows, weights, means, covariances = _mixture()
    each = [stats.multivariate_normal(m, c).pdf(rows) for m, c in zip(means, covariances, strict=True)]
    assert mixture_nll(rows, weights, means, covariances) == pytest.approx(-np.log(weights @ np.array(each)).mean())
    shared = [stats.multivariate_normal(m, covariances[0]).pdf(rows) for m in means]
    expected = -np.log(weights @ np.array(shared)).mean()
    assert mixture_nll(rows, weights, means, covariances[:1]) == pytest.approx(expected)


def test_order_and_blocks_of_rows_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, weights, means, covariances = _mixture()
    value = mixture_nll(rows, weights, means, covariances)
    assert mixture_nll(rows[::-1], weights[::-1], means[::-1], covariances[::-1]) == pytest.approx(value)
    monkeypatch.setattr("evals.metrics.density_nll._MOST_PAIRS", 30)
    assert mixture_nll(rows, weights, means, covariances) == pytest.approx(value)


def test_what_is_no_mixture_is_refused() -> None:
    rows, weights, means, covariances = _mixture()
    with pytest.raises(
        ValueError, match=r"got rows \(0, 3\), weights \(4,\), means \(4, 3\) and covariances \(4, 3, 3\)"
    ):
        mixture_nll(rows[:0], weights, means, covariances)
    with pytest.raises(ValueError, match=r"covariances \(2, 3, 3\), want"):
        mixture_nll(rows, weights, means, covariances[:2])
    with pytest.raises(ValueError, match=r"weights have least 0\.5 and sum 2\.0, want 0 and 1"):
        mixture_nll(rows, np.full(4, 0.5), means, covariances)
    with pytest.raises(ValueError, match="is not positive definite"):
        mixture_nll(rows, weights, means, 0 * covariances)
