"""What may be said of many figures: by hand, against scipy, and as often wrong as it says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.interval import paired_t
from evals.significance import chance_p, discoveries, paired_p, scatter, slopes


def test_paired_p_agrees_with_the_interval_that_it_inverts() -> None:
    values = np.array([0.3, 0.1, 0.5, 0.2, 0.4])
    p = paired_p(values)
    assert p == pytest.approx(stats.ttest_1samp(values, 0.0).pvalue)
    assert paired_t(values, level=1 - p).low == pytest.approx(0.0, abs=1e-12)


def test_differences_that_are_all_alike_say_zero_or_one() -> None:
    assert paired_p([0.0, 0.0]) == 1.0
    assert paired_p([0.1, 0.1, 0.1]) == 0.0


def test_chance_p_by_hand() -> None:
    # one run, 2 off with spread 1 over 3 draws: |2| / sqrt(4/3) = 1.732, two tails of t(2): 0.2254
    assert chance_p([2.0], [1.0], 3) == pytest.approx(2 * stats.t.sf(3**0.5, 2))
    assert chance_p([2.0], [1.0], 3) == pytest.approx(0.2254, abs=1e-4)
    assert chance_p([0.0], [0.0], 3) == 1.0
    assert chance_p([0.1], [0.0], 3) == 0.0


def test_chance_alone_is_called_chance_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    sample = rng.normal(size=(4000, 3, 11))  # runs of three seeds: one figure, and ten made by chance
    random = sample[..., 1:]
    p = [chance_p(each[:, 0] - other.mean(axis=1), other.std(axis=1, ddof=1), 10)
         for each, other in zip(sample, random, strict=True)]  # fmt: skip
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_discoveries_by_hand() -> None:
    # Benjamini-Hochberg at 5% of four: .01 <= .0125 and .02 <= .025 count, .04 > .0375 does not, nor .5
    assert discoveries([0.02, 0.5, 0.01, 0.04]) == [True, False, True, False]
    assert discoveries([]) == []


def test_twenty_figures_of_noise_are_seldom_called_a_finding() -> None:
    rng = np.random.default_rng(1)
    families = [discoveries(rng.uniform(size=20).tolist()) for _ in range(1000)]
    assert np.mean([any(family) for family in families]) == pytest.approx(0.05, abs=0.02)
    assert np.mean([any(p < 0.05 for p in rng.uniform(size=20)) for _ in range(200)]) > 0.5  # without control


def test_slopes_by_hand() -> None:
    # 1, 3, 2 over 0, 1, 2: (-1 * 1 + 0 * 3 + 1 * 2) / 2 = 0.5; and over 0, 1, 4 of 2 g + 1: 2
    assert slopes([[1.0, 3.0, 2.0]], [0, 1, 2]).tolist() == [0.5]
    assert slopes([[1.0, 3.0, 9.0]], [0, 1, 4]) == pytest.approx([2.0])


def test_too_little_is_an_error() -> None:
    with pytest.raises(ValueError, match="paired_p: got 1 differences, want 2 or more"):
        paired_p([1.0])
    with pytest.raises(ValueError, match=r"chance_p: got shapes \(0,\) and \(0,\) and 5 draws"):
        chance_p([], [], 5)
    with pytest.raises(ValueError, match=r"discoveries: rate is 5, want a share"):
        discoveries([0.1], rate=5)
    with pytest.raises(ValueError, match=r"slopes: got values of shape \(1, 1\) over 1 generations, want 2 or more"):
        slopes([[1.0]], [0])


def test_scatter_is_what_lines_leave_and_not_where_they_stand() -> None:
    # 0, 1, 0 leaves -1/3, 2/3, -1/3 about its flat line: sum of squares 2/3 over 1 degree of freedom.
    assert scatter([[0, 1, 0]], [0, 1, 2]) == pytest.approx(math.sqrt(2 / 3))
    # Beside it a line of its own slope leaves nothing: 2/3 over 2 degrees.
    assert scatter([[0, 1, 0], [5, 7, 9]], [0, 1, 2]) == pytest.approx(math.sqrt(1 / 3))
    noise = np.random.default_rng(0).normal(0, 0.3, (400, 8)) + np.outer(np.arange(400), np.arange(8))
    assert scatter(noise, range(8)) == pytest.approx(0.3, rel=0.05)
    with pytest.raises(ValueError, match="scatter: got 2 generations, want 3 or more"):
        scatter([[1, 2]], [0, 1])
