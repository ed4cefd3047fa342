"""What theory expects of least squares on its own labels; O11 names the oracle of the design's reference."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evals.theory.linear_regression import LabelChain, expected_excess_risk


def test_three_fits_by_hand() -> None:
    # d = 2, T = 5, sigma^2 = 4: c = 4 * 2 / 2 = 4.
    assert expected_excess_risk(2, 5, 2.0, 3, "replace") == pytest.approx([4, 8, 12])
    assert expected_excess_risk(2, 5, 2.0, 3, "accumulate") == pytest.approx([4, 5, 5 + 4 / 9])
    assert expected_excess_risk(2, 5, 2.0, 3, "human_only") == pytest.approx([4, 4, 4])


def test_o11_fifty_fits() -> None:
    # d = 10, T = 32: c = 10/21. Replace 23.81, accumulate .774 below the cap .783.
    assert expected_excess_risk(10, 32, 1.0, 50, "replace")[-1] == pytest.approx(23.81, abs=5e-3)
    accumulated = expected_excess_risk(10, 32, 1.0, 20_000, "accumulate")
    assert accumulated[49] == pytest.approx(0.774, abs=5e-4)
    assert accumulated[-1] == pytest.approx(math.pi**2 / 6 * 10 / 21, abs=1e-4)


def test_temperature_scales_what_students_write_and_not_the_human_labels() -> None:
    assert expected_excess_risk(2, 5, 2.0, 3, "replace", 0.5) == pytest.approx([4, 6, 8])
    assert expected_excess_risk(2, 5, 2.0, 3, "replace", 0.5, human=False) == pytest.approx([2, 4, 6])
    assert expected_excess_risk(2, 5, 2.0, 2, "accumulate", 0.5) == pytest.approx([4, 4.5])


def test_the_step_is_that_of_simulated_least_squares() -> None:
    rng = np.random.default_rng(0)
    risk = [
        float((np.linalg.lstsq(x, rng.standard_normal(9))[0] ** 2).sum()) for x in rng.standard_normal((5000, 9, 3))
    ]
    (expected,) = expected_excess_risk(3, 9, 1.0, 1, "replace")
    assert abs(np.mean(risk) - expected) < 4 * np.std(risk) / np.sqrt(len(risk))


def test_curves_begin_with_the_first_fit_or_with_the_truth() -> None:
    name = "student/excess_risk/value"
    fitted, law = LabelChain(2, 5, 2.0, 1.0, "accumulate", "train").curves(1)[name]
    assert fitted == pytest.approx([4, 5])
    assert law == "c sum 1/i^2, c = sigma^2 d / (T - d - 1)"
    assert LabelChain(2, 5, 2.0, 1.0, "replace", "base").curves(2)[name][0] == pytest.approx([0, 4, 8])


def test_what_has_no_law_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got 1 fits, 3 features, 4 rows, noise 1\.0 and temperature 1\.0, want"):
        expected_excess_risk(3, 4, 1.0, 1, "replace")
    with pytest.raises(ValueError, match="got 0 fits"):
        expected_excess_risk(3, 9, 1.0, 0, "replace")
    with pytest.raises(ValueError, match="there is a law for replace, not for accumulate"):
        expected_excess_risk(3, 9, 1.0, 1, "accumulate", human=False)
