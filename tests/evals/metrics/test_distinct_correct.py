"""Different correct answers among k draws of a prompt."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from evals.graded import Graded
from evals.metrics.distinct_correct import DistinctCorrect, distinct_correct

# Answers 7, 7 and 8 are correct, 1 is wrong.
MIXED = Graded("mixed", np.array([True, True, True, False]), np.array([7, 7, 8, 1]), None)
WRONG = Graded("wrong", np.zeros(4, bool), np.array([1, 2, 3, 4]), None)


def test_two_answers_in_two_draws() -> None:
    # 7 is missed by C(2, 2) of C(4, 2) = 6 pairs, 8 by C(3, 2) = 3: 5/6 + 3/6.
    assert distinct_correct([MIXED], 2) == pytest.approx(8 / 6)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_agrees_with_every_way_to_choose_k_draws(k: int) -> None:
    sets = [{int(MIXED.answer[i]) for i in some if MIXED.correct[i]} for some in combinations(range(4), k)]
    assert distinct_correct([MIXED], k) == pytest.approx(np.mean([len(each) for each in sets]))


def test_one_draw_is_accuracy_and_all_draws_are_a_count() -> None:
    assert distinct_correct([MIXED], 1) == pytest.approx(3 / 4)
    assert distinct_correct([MIXED], 4) == pytest.approx(2)
    assert distinct_correct([WRONG], 4) == 0


def test_the_metric_is_the_mean_over_prompts_in_any_order() -> None:
    expected = {"1": 3 / 8, "4": 1.0}
    assert DistinctCorrect((1, 4)).measure([MIXED, WRONG], None) == pytest.approx(expected)
    assert DistinctCorrect((1, 4)).measure([WRONG, MIXED], None) == pytest.approx(expected)


def test_too_few_draws_or_no_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match="have fewer than k = 5 draws, the fewest 4"):
        distinct_correct([MIXED], 5)
    with pytest.raises(ValueError, match="have fewer than k = 5 draws, the fewest 4"):
        distinct_correct([WRONG], 5)
    with pytest.raises(ValueError, match="distinct_correct: got no prompts, want 1 or more"):
        distinct_correct([], 1)
    with pytest.raises(ValueError, match=r"distinct_correct: k: got \[\]"):
        DistinctCorrect(())
