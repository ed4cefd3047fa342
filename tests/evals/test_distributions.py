"""Distributions: what is none is refused, and mass is counted from the head."""

from __future__ import annotations

import numpy as np
import pytest

from evals.distributions import check_distributions, mass_before

TRUTH = np.array([0.5, 0.3, 0.2])


def test_both_come_back_as_arrays() -> None:
    truth, students = check_distributions("here", [0.5, 0.5], [[1, 0], [0, 1]])
    assert truth.shape == (2,)
    assert students.dtype == np.float64


@pytest.mark.parametrize(
    ("truth", "q", "message"),
    [
        (TRUTH, np.zeros((0, 3)), r"here: truth has shape \(3,\) and probabilities \(0, 3\)"),
        (TRUTH, np.ones((1, 2)) / 2, r"probabilities \(1, 2\), want \(n_types,\) and \(replicas, n_types\)"),
        (TRUTH, np.array([TRUTH, [0.5, 0.5, 0.5]]), "here: row 1 of probabilities has least entry 0.5 and sum 1.5"),
        (np.array([1.5, -0.5]), np.array([[0.5, 0.5]]), "row 0 of truth has least entry -0.5 and sum 1.0"),
        (TRUTH, np.array([[np.nan, 0.5, 0.5]]), "row 0 of probabilities has least entry nan"),
    ],
)
def test_what_is_no_distribution_is_refused(truth: np.ndarray, q: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_distributions("here", truth, q)


def test_mass_before_a_type_is_that_of_all_more_probable_ones_and_ties_have_one_figure() -> None:
    # .4 first; the two of .2 both after it; .15 after .8; .05 last
    assert mass_before(np.array([0.2, 0.05, 0.4, 0.2, 0.15])) == pytest.approx([0.4, 0.95, 0.0, 0.4, 0.8])
    assert mass_before(np.full(5, 0.2)).tolist() == [0.0] * 5
