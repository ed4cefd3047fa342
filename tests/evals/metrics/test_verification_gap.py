"""What a filter's judgement adds to correctness."""

from __future__ import annotations

import numpy as np
import pytest

from evals.graded import Graded
from evals.metrics.verification_gap import VerificationGap, verification_gap


def _prompt(correct: list[int], kept: list[float] | None) -> Graded:
    weights = None if kept is None else np.array(kept)
    return Graded(str(correct), np.array(correct, bool), np.arange(len(correct)), weights)


HALF = _prompt([1, 0], [1, 0])  # 1/2 generated, 1 verified
NOTHING_KEPT = _prompt([0, 0], [0, 0])  # stays at 0


def test_the_gap_of_two_prompts() -> None:
    # J = (1/2 + 0) / 2, J_v = (1 + 0) / 2; 1/4 of the 3/4 that are left.
    expected = {"generated": 1 / 4, "verified": 1 / 2, "gap": 1 / 4, "relative": 1 / 3}
    assert verification_gap([HALF, NOTHING_KEPT]) == pytest.approx(expected)
    assert VerificationGap().measure([NOTHING_KEPT, HALF], None) == pytest.approx(expected)


def test_weights_count_in_proportion() -> None:
    # 0.9 / (0.9 + 0.3 + 0.3) = 3/5 of one correct draw in three.
    assert verification_gap([_prompt([1, 0, 0], [0.9, 0.3, 0.3])])["verified"] == pytest.approx(3 / 5)


def test_a_filter_that_cannot_tell_adds_nothing_and_one_that_prefers_wrong_answers_takes_away() -> None:
    assert verification_gap([_prompt([1, 0, 1, 0], [1, 1, 1, 1])])["gap"] == 0
    assert verification_gap([_prompt([1, 0], [0, 1])]) == {
        "generated": 0.5,
        "verified": 0,
        "gap": -0.5,
        "relative": -1,
    }


def test_what_cannot_gain_or_was_not_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="all draws of 1 prompts are correct, so nothing is left to gain"):
        verification_gap([_prompt([1, 1], [1, 1])])
    with pytest.raises(ValueError, match="verification_gap: filters judged the draws of 1 of 2 prompts"):
        verification_gap([HALF, _prompt([1, 0], None)])
    with pytest.raises(ValueError, match="verification_gap: filters judged the draws of 0 of 0 prompts"):
        verification_gap([])
