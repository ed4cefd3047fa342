"""The branching law of pairs: by hand, at its ends, and against the exact chain where each pair is a small share."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evals.theory.bigram import BranchingPairs, branching_survival
from evals.theory.urn import survival


def test_survival_by_hand() -> None:
    # expected twice: 1 - e^-2 in the sample, then 1 - exp(-2 (1 - 1/e))
    alive = branching_survival(np.array([2.0, 0.0]), 2, "replace")
    assert alive[:, 0] == pytest.approx([1 - math.exp(-2), 1 - math.exp(-2 * (1 - math.exp(-1)))])
    assert alive[:, 1].tolist() == [0.0, 0.0]


def test_the_reach_falls_as_two_over_k() -> None:
    # collapse of a Poisson chain: g_k = .632, .312, .172, .0916, .0384 at k = 2, 5, 10, 20, 50
    tiny = 1e-6
    reach = branching_survival(np.array([tiny]), 50, "replace")[:, 0] / tiny
    assert reach[[1, 4, 9, 19, 49]] == pytest.approx([0.632, 0.312, 0.172, 0.0916, 0.0384], rel=2e-3)


def test_accumulate_loses_nothing_after_the_first_sample() -> None:
    alive = branching_survival(np.array([0.5, 3.0]), 4, "accumulate")
    assert (alive == alive[0]).all()


def test_it_is_the_binomial_chain_where_each_type_is_a_small_share() -> None:
    truth = np.full(200, 1 / 200)
    exact = survival(truth, 400, 8, "replace")
    assert branching_survival(400 * truth, 8, "replace") == pytest.approx(exact, rel=0.01)


def test_curves_count_pairs_and_what_is_lost() -> None:
    truth = {"probabilities": np.array([0.5, 0.5])}
    curves = BranchingPairs(draws=2, length=3, regime="accumulate").curves(1, truth)
    assert curves["student/known_truth/types"][0] == pytest.approx([2 * (1 - math.exp(-2))] * 2)
    assert curves["student/known_truth/missing_mass"][0] == pytest.approx([math.exp(-2)] * 2)


def test_nothing_to_follow_is_an_error() -> None:
    with pytest.raises(ValueError, match="got 0 fits, want 1 or more"):
        branching_survival(np.array([1.0]), 0, "replace")
