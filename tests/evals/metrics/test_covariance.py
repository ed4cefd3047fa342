"""Trace, effective rank and log-determinant by hand, at their extremes, and where variance goes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from evals.metrics.covariance import Covariance, covariance

CROSS = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])


def test_value_by_hand() -> None:
    # Ten of each: squares sum to 180 and 20. Over n - 1 = 39 the trace is 200/39; the eigenvalues stand 9 : 1.
    found = Covariance().measure(np.tile(CROSS, (10, 1)), None)
    assert found["trace"] == pytest.approx(200 / 39)
    assert found["effective_rank"] == pytest.approx((10 / 9) ** 0.9 * 10**0.1)
    # Over n they are 4.5 and .5 with mean 2.5; OAS shrinks by (tr S^2 + tr^2 S) / ((n + 1)(tr S^2 - tr^2 S / d)).
    shrinkage = (20.5 + 25) / (41 * (20.5 - 12.5))
    shrunk = [(1 - shrinkage) * value + shrinkage * 2.5 for value in (4.5, 0.5)]
    assert found["log_determinant"] == pytest.approx(math.log(shrunk[0] * shrunk[1]))


def test_extremes_are_all_directions_alike_and_one_direction() -> None:
    both_ways = np.concatenate([np.eye(5), -np.eye(5)])
    assert covariance(both_ways)["effective_rank"] == pytest.approx(5)
    assert covariance(both_ways)["log_determinant"] == pytest.approx(5 * math.log(1 / 5))
    line = np.outer(np.arange(30.0), [1.0, 2.0, 3.0])
    assert covariance(line)["effective_rank"] == pytest.approx(1)


def test_many_texts_give_what_their_distribution_has() -> None:
    # Variances 4, 2, 1, 1/2, 1/4 in turned directions: trace 7.75, product 1; shares p = variance / 7.75.
    rng = np.random.default_rng(0)
    variances = np.array([4, 2, 1, 0.5, 0.25])
    rows = rng.normal(size=(20_000, 5)) * np.sqrt(variances) @ np.linalg.qr(rng.normal(size=(5, 5)))[0]
    found, p = covariance(rows), variances / 7.75
    assert found["trace"] == pytest.approx(7.75, rel=0.03)
    assert found["effective_rank"] == pytest.approx(math.exp(-np.sum(p * np.log(p))), rel=0.03)
    assert found["log_determinant"] == pytest.approx(0, abs=0.1)


def test_order_of_texts_and_where_the_mean_lies_do_not_matter(embedded: Any) -> None:
    assert covariance(embedded.view[::-1] + 2) == pytest.approx(covariance(embedded.view), rel=1e-9)


def test_shrinking_towards_the_mean_lowers_trace_and_determinant_by_what_theory_says(embedded: Any) -> None:
    d = embedded.view.shape[1]
    before, after = covariance(embedded.view), covariance(0.7 * embedded.view)
    assert after["trace"] == pytest.approx(0.49 * before["trace"])
    assert after["effective_rank"] == pytest.approx(before["effective_rank"])
    assert after["log_determinant"] == pytest.approx(before["log_determinant"] + 2 * d * math.log(0.7))


def test_the_determinant_is_finite_where_directions_are_gone() -> None:
    rng = np.random.default_rng(0)
    found = [covariance(rng.normal(size=(100, k)) @ np.eye(40)[:k])["log_determinant"] for k in (40, 20, 10, 2, 1)]
    assert np.all(np.isfinite(found))
    assert found == sorted(found, reverse=True)
    assert np.isfinite(covariance(rng.normal(size=(10, 40)))["log_determinant"])


def test_too_little_and_texts_at_one_point_are_errors() -> None:
    with pytest.raises(ValueError, match=r"covariance: got 1 texts, want 2 or more"):
        covariance(CROSS[:1])
    with pytest.raises(ValueError, match=r"covariance: all 30 texts lie at one point"):
        covariance(np.tile(np.random.default_rng(0).normal(size=7), (30, 1)))
