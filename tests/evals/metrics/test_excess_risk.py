"""Squared distance of weights: by hand, at the extremes, and against the error on fresh rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from evals.metrics.excess_risk import ExcessRisk, excess_risk


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    truth: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]


def test_values_by_hand() -> None:
    # (1 - 4)^2 + (2 + 2)^2 = 25
    given = Given({"weights": np.array([1.0, 2.0])}, {"weights": np.array([[4.0, -2.0], [1.0, 2.0]])})
    assert ExcessRisk().exact(given)["value"].tolist() == [25.0, 0.0]


def test_it_is_what_is_lost_on_fresh_rows() -> None:
    rng = np.random.default_rng(0)
    true, student = rng.normal(size=3), rng.normal(size=3)
    lost = (rng.standard_normal((100_000, 3)) @ (student - true)) ** 2
    (value,) = excess_risk(true, student[None])
    assert abs(lost.mean() - value) < 4 * lost.std() / np.sqrt(len(lost))


def test_order_of_features_and_replicas_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    true, weights = rng.normal(size=3), rng.normal(size=(4, 3))
    assert excess_risk(true[::-1], weights[::-1, ::-1])[::-1] == pytest.approx(excess_risk(true, weights))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"truth has shape \(2,\) and weights \(0, 2\), want"):
        excess_risk(np.zeros(2), np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"truth has shape \(2,\) and weights \(1, 3\), want"):
        excess_risk(np.zeros(2), np.zeros((1, 3)))
