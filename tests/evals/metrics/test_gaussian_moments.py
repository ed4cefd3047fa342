"""Moments of a student of real numbers: by hand, at the extremes, and against the law of one resampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from evals.metrics.gaussian_moments import GaussianMoments, log_variance, mean_error, variance_ratio

TRUTH = {"mean": np.array([0.0, 1.0]), "covariance": np.diag([1.0, 4.0])}


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    truth: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]


def test_values_by_hand() -> None:
    # |(3, -4)|^2 = 25; (2 + 3) / 5 = 1; det (2 * 3 - 4) / 4 = 1/2, so ln(1/2) / 2.
    student = {"mean": np.array([[3.0, -3.0]]), "covariance": np.array([[[2.0, 2.0], [2.0, 3.0]]])}
    figures = GaussianMoments(log_variance=True).exact(Given(TRUTH, student))
    assert {part: value.tolist() for part, value in figures.items()} == {
        "mean_error": [25.0],
        "variance": [1.0],
        "log_variance": [pytest.approx(np.log(0.5) / 2)],
    }


def test_extremes_are_the_truth_itself_and_a_point() -> None:
    mean, covariance = TRUTH["mean"], TRUTH["covariance"]
    assert mean_error(mean, mean[None]).tolist() == [0.0]
    assert variance_ratio(covariance, np.stack([covariance, np.zeros((2, 2))])).tolist() == [1.0, 0.0]
    assert log_variance(covariance, np.stack([covariance, 1e-200 * covariance])) == pytest.approx(
        [0, -200 * np.log(10)]
    )


def test_order_of_replicas_and_dimensions_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    mean, root = rng.normal(size=(4, 2)), rng.normal(size=(4, 2, 3))
    covariance = root @ np.swapaxes(root, 1, 2)
    student = {"mean": mean, "covariance": covariance}
    turned = {"mean": mean[::-1, ::-1], "covariance": covariance[::-1, ::-1, ::-1]}
    truth = {"mean": TRUTH["mean"][::-1], "covariance": TRUTH["covariance"][::-1, ::-1]}
    figures, other = (GaussianMoments(True).exact(Given(*each)) for each in ((TRUTH, student), (truth, turned)))
    for part, value in figures.items():
        assert other[part][::-1] == pytest.approx(value)


def test_without_determinants_few_rows_can_be_measured() -> None:
    flat = {"mean": np.zeros((2, 2)), "covariance": np.stack([np.eye(2), np.ones((2, 2))])}
    assert GaussianMoments(log_variance=False).exact(Given(TRUTH, flat))["variance"] == pytest.approx([0.4, 0.4])
    with pytest.raises(ValueError, match=r"1 of 2 covariances are singular, the first has rank 1 of 2\. .*=false"):
        GaussianMoments(log_variance=True).exact(Given(TRUTH, flat))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mean_error: truth has shape \(2,\) and mean \(0, 2\)"):
        mean_error(np.zeros(2), np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"variance_ratio: truth has shape \(2, 2\) and covariance \(1, 3, 3\)"):
        variance_ratio(np.eye(2), np.eye(3)[None])
    with pytest.raises(ValueError, match=r"log_variance: truth has shape \(2, 2\) and covariance \(0, 2, 2\)"):
        log_variance(np.eye(2), np.zeros((0, 2, 2)))
