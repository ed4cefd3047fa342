"""Accuracy of a line between two classes: by hand, at the extremes, and against fresh rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from evals.metrics.class_accuracy import ClassAccuracy, class_accuracy

MEAN = np.array([0.6, 0.8])


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    truth: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]


def test_values_by_hand() -> None:
    # w along m: Phi(1) = .84134; (1, 0): Phi(.6) = .72575; across: Phi(0); against: 1 - Phi(1).
    weights = np.array([[3.0, 4.0], [1.0, 0.0], [-4.0, 3.0], [-0.6, -0.8]])
    given = Given({"class_mean": MEAN}, {"weights": weights})
    assert ClassAccuracy().exact(given)["value"] == pytest.approx([0.84134, 0.72575, 0.5, 0.15866], abs=1e-5)


def test_a_labeller_is_as_accurate_as_its_error_rate_says() -> None:
    given = Given({"class_mean": MEAN}, {"weights": np.ones((2, 2)), "error_rate": np.array([0.25, 0.5])})
    assert ClassAccuracy().exact(given)["value"].tolist() == [0.75, 0.5]


def test_it_is_how_often_fresh_rows_are_named() -> None:
    rng = np.random.default_rng(0)
    weights, sign = rng.normal(size=2), rng.choice([-1, 1], 40_000)
    named = ((sign[:, None] * MEAN + rng.standard_normal((40_000, 2))) @ weights > 0) == (sign > 0)
    (value,) = class_accuracy(MEAN, weights[None])
    assert named.mean() == pytest.approx(value, abs=4 * 0.5 / 200)


def test_order_of_features_and_replicas_and_length_do_not_matter() -> None:
    weights = np.random.default_rng(0).normal(size=(4, 2))
    assert class_accuracy(MEAN[::-1], 7 * weights[::-1, ::-1])[::-1] == pytest.approx(class_accuracy(MEAN, weights))


def test_what_names_no_class_or_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="the weights of row 1 are 0 and name no class"):
        class_accuracy(MEAN, np.array([[1.0, 0.0], [0.0, 0.0]]))
    with pytest.raises(ValueError, match=r"class_mean has shape \(2,\) and weights \(0, 2\), want"):
        class_accuracy(MEAN, np.zeros((0, 2)))
