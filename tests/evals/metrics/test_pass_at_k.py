"""The chance that at least one of k draws solves a prompt."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from evals.graded import Graded
from evals.metrics.pass_at_k import PassAtK, pass_at_k


def _prompt(n: int, c: int) -> Graded:
    return Graded(f"{n}, {c}", np.arange(n) < c, np.arange(n), None)


def test_two_of_five_correct_and_two_draws() -> None:
    # 1 - C(3, 2) / C(5, 2) = 1 - 3 / 10
    assert pass_at_k([5], [2], 2) == pytest.approx([0.7])


def test_agrees_with_every_way_to_choose_k_draws() -> None:
    for n in range(1, 8):
        for c in range(n + 1):
            for k in range(1, n + 1):
                chosen = [any(draw < c for draw in some) for some in combinations(range(n), k)]
                assert pass_at_k([n], [c], k)[0] == pytest.approx(np.mean(chosen), abs=1e-14)


def test_one_draw_is_the_share_of_correct_ones_and_the_extremes_are_exact() -> None:
    assert pass_at_k([4, 4, 8], [1, 3, 2], 1) == pytest.approx([0.25, 0.75, 0.25])
    assert pass_at_k([5, 5, 5], [0, 5, 3], 3).tolist() == [0, 1, 1]  # with 2 wrong draws, 3 hold a right one


def test_stays_accurate_where_factorials_overflow() -> None:
    # One correct draw is among k of n with chance k / n.
    assert pass_at_k([100_000], [1], 50_000) == pytest.approx([0.5], abs=1e-12)
    assert pass_at_k([100_000], [1], 1) == pytest.approx([1e-5], rel=1e-9)


def test_is_unbiased_for_the_student_where_the_plug_in_is_not() -> None:
    n, k, p = 6, 3, 0.3
    counts = np.arange(n + 1)
    chance = np.array([np.prod(np.arange(n - c + 1, n + 1)) / np.prod(np.arange(1, c + 1)) for c in counts])
    chance *= p**counts * (1 - p) ** (n - counts)
    assert chance @ pass_at_k(np.full(n + 1, n), counts, k) == pytest.approx(1 - (1 - p) ** k)
    assert chance @ (1 - (1 - counts / n) ** k) < 1 - (1 - p) ** k - 0.02


def test_the_metric_is_the_mean_over_prompts_in_any_order() -> None:
    prompts = [_prompt(4, 0), _prompt(4, 2), _prompt(8, 8)]
    # k = 1: (0 + 1/2 + 1) / 3; k = 2: (0 + 5/6 + 1) / 3
    expected = {"1": 0.5, "2": 11 / 18}
    assert PassAtK((1, 2)).measure(prompts, None) == pytest.approx(expected)
    assert PassAtK((1, 2)).measure(prompts[::-1], None) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("n", "c", "k", "message"),
    [
        ([], [], 1, r"got draws of shape \(0,\)"),
        ([3], [4], 1, "0 <= correct <= draws"),
        ([3], [-1], 1, "0 <= correct <= draws"),
        ([3, 3], [1], 1, r"shape \(2,\) and correct ones of shape \(1,\)"),
        ([16, 3], [1, 1], 4, "1 of 2 prompts have fewer than k = 4 draws, the fewest 3; .* leave this k out"),
        ([3], [1], 0, "want k >= 1"),
    ],
)
def test_what_cannot_be_estimated_is_refused(n: list[int], c: list[int], k: int, message: str) -> None:
    with pytest.raises(ValueError, match=f"pass_at_k: .*{message}"):
        pass_at_k(n, c, k)


def test_no_prompts_are_refused_and_so_is_a_k_named_twice() -> None:
    with pytest.raises(ValueError, match=r"pass_at_k: got draws of shape \(0,\)"):
        PassAtK((1,)).measure([], None)
    with pytest.raises(ValueError, match=r"pass_at_k: k: got \[2, 2\]"):
        PassAtK((2, 2))
