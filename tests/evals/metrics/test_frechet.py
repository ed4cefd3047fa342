"""Frechet distance by hand, as its formula has it, and nearer to the truth when extrapolated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import linalg

from evals.metrics.frechet import Frechet, frechet_distance, frechet_infinity


def by_formula(view: np.ndarray, reference: np.ndarray) -> float:
    """Take the root of the product of covariances, as the papers write it."""
    covariances = [np.cov(side, rowvar=False) for side in (view, reference)]
    root = np.trace(linalg.sqrtm(covariances[0] @ covariances[1]).real)
    shift = np.sum((view.mean(axis=0) - reference.mean(axis=0)) ** 2)
    return float(shift + sum(np.trace(covariance) for covariance in covariances) - 2 * root)


def test_value_by_hand() -> None:
    # Means 1 and 2, variances 2 and 8: 1 + (sqrt 2 - sqrt 8)^2 = 1 + 2
    assert frechet_distance([[0.0], [2.0]], [[0.0], [4.0]]) == pytest.approx(3)


def test_infinity_by_hand() -> None:
    # Whole: means 1 and 2, variances 4/3 and 16/3, so 1 + 4/3. Each half is the case above, 3.
    # The line through (1, 7/3) and (2, 3) is at 5/3 where m = 0.
    view, reference = [[0.0], [2.0], [0.0], [2.0]], [[0.0], [4.0], [0.0], [4.0]]
    found = Frechet(most_blocks=2).measure(np.array(view), SimpleNamespace(reference=np.array(reference)))
    assert found == pytest.approx({"value": 7 / 3, "infinity": 5 / 3})


def test_agrees_with_the_formula(embedded: Any) -> None:
    view, reference = embedded.view, embedded.reference
    assert frechet_distance(view, reference) == pytest.approx(by_formula(view, reference), rel=1e-5)


def test_the_same_texts_in_any_order_are_at_distance_0(embedded: Any) -> None:
    assert frechet_distance(embedded.view, embedded.view[::-1]) == pytest.approx(0, abs=1e-9 * np.sum(embedded.view**2))


@pytest.mark.parametrize(("shift", "spread", "truth"), [(0.0, 1.0, 0.0), (0.5, 0.7, 4 * (0.25 + 0.09))])
def test_infinity_has_the_bias_of_the_value_taken_off(shift: float, spread: float, truth: float) -> None:
    # Of N(0, I) and N(1/2, .49 I) in 4 dimensions the distance is 4 * ((1/2)^2 + (1 - .7)^2); of equal ones 0.
    rng = np.random.default_rng(0)
    pairs = [(shift + spread * view, reference) for view, reference in rng.normal(size=(200, 2, 200, 4))]
    values = np.array([frechet_distance(*pair) for pair in pairs]) - truth
    infinities = np.array([frechet_infinity(*pair, 3) for pair in pairs]) - truth
    error = np.std(infinities) / np.sqrt(200)
    assert abs(np.mean(infinities)) < 3 * error
    assert np.mean(values) > 3 * error


def test_one_distribution_is_as_far_from_itself_as_theory_says() -> None:
    # To first order the means add 2d / n and the covariances d (d + 1) / 2n: .04 + .05 for d = 4, n = 200.
    values = [frechet_distance(*pair) for pair in np.random.default_rng(1).normal(size=(200, 2, 200, 4))]
    assert np.mean(values) == pytest.approx(0.09, rel=0.1)


def test_more_dimensions_than_texts_in_a_block_are_an_error_with_the_numbers() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 20))
    assert frechet_infinity(rows[:50], rows, 2) < frechet_distance(rows[:50], rows)
    message = r"60 texts in 3 blocks leave 20 in each, want more than the 20 dimensions\. Embed 63 texts or more"
    with pytest.raises(ValueError, match=message):
        frechet_infinity(rows, rows, 3)


def test_too_little_and_impossible_settings_are_errors() -> None:
    with pytest.raises(ValueError, match=r"frechet: got 1 texts, want 2 or more"):
        frechet_distance([[0.0]], [[0.0], [1.0]])
    with pytest.raises(ValueError, match=r"frechet: most_blocks is 1, want 2 or more"):
        Frechet(most_blocks=1)
    with pytest.raises(ValueError, match=r"frechet: most_blocks is 1, want 2 or more"):
        frechet_infinity([[0.0], [1.0]], [[0.0], [1.0]], 1)
