"""Kept draws of easy and of hard prompts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from evals.graded import Graded
from evals.metrics.kept_by_difficulty import KeptByDifficulty, kept_by_difficulty


def _prompt(name: int, n_correct: int, n_kept: int, draws: int = 20) -> Graded:
    return Graded(name, np.arange(draws) < n_correct, np.arange(draws), (np.arange(draws) < n_kept).astype(float))


def test_prompts_of_one_rate_share_what_they_kept() -> None:
    # Rates 0, 0, 0, 1: the three keep 1 each. Halves: (1 + 1) / 2 and (1 + 6) / 2.
    assert kept_by_difficulty([3, 0, 0, 6], [0, 0, 0, 1], bins=2) == pytest.approx([1, 3.5])
    assert kept_by_difficulty([6, 0, 3, 0], [1, 0, 0, 0], bins=2) == pytest.approx([1, 3.5])


def test_a_prompt_across_a_cut_counts_on_both_sides() -> None:
    # Halves of 1.5 prompts each: (2 + 4/2) / 1.5 and (4/2 + 6) / 1.5.
    assert kept_by_difficulty([2, 4, 6], [0.1, 0.2, 0.3], bins=2) == pytest.approx([8 / 3, 16 / 3])


def test_the_parts_average_to_the_mean_and_equal_prompts_give_equal_parts() -> None:
    rng = np.random.default_rng(0)
    kept, rate = rng.integers(0, 9, 37), rng.integers(0, 5, 37) / 5
    assert kept_by_difficulty(kept, rate).mean() == pytest.approx(kept.mean())
    assert kept_by_difficulty(np.full(37, 4), rate) == pytest.approx(np.full(10, 4))
    order = rng.permutation(37)
    assert kept_by_difficulty(kept[order], rate[order]) == pytest.approx(kept_by_difficulty(kept, rate))


def test_the_hardest_tenth_comes_first_and_prompts_that_keep_nothing_are_counted() -> None:
    # Prompt i is solved i times in 20 by student 0 and keeps i draws, so decile d holds 2d - 2 and 2d - 1.
    prompts = [_prompt(i, n_correct=0, n_kept=i) for i in range(20)]
    given = SimpleNamespace(student_0_graded={i: _prompt(i, n_correct=i, n_kept=0) for i in range(20)})
    found = KeptByDifficulty().measure(prompts, given)
    assert [found[f"decile_{d}"] for d in range(1, 11)] == pytest.approx([2 * d - 1.5 for d in range(1, 11)])
    assert found["nothing_kept"] == pytest.approx(1 / 20)
    assert KeptByDifficulty().measure(prompts[::-1], given) == found


def test_too_few_prompts_or_none_of_student_0_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got \(9,\) kept draws and \(9,\) solve rates, want .* at least 10 prompts"):
        kept_by_difficulty(np.ones(9), np.ones(9))
    with pytest.raises(ValueError, match=r"got \(2,\) kept draws and \(3,\) solve rates"):
        kept_by_difficulty(np.ones(2), np.ones(3), bins=2)
    with pytest.raises(ValueError, match="student 0 has no draws of prompt 3"):
        KeptByDifficulty().measure([_prompt(3, 1, 1)], SimpleNamespace(student_0_graded={}))
    with pytest.raises(ValueError, match="kept_by_difficulty: filters judged the draws of 0 of 0 prompts"):
        KeptByDifficulty().measure([], SimpleNamespace(student_0_graded={}))
