"""Intervals of quantiles and shares: by hand, against exact laws, and where there are none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.binomial import Quantile, Share


def test_values_by_hand() -> None:
    # half way between the second and the third of 1, 3, 4, 9; two of four
    assert Quantile(np.array([9.0, 1.0, 4.0, 3.0]), 0.5).value() == 3.5
    assert Share(np.array([True, False, True, False])).value() == 0.5


def test_the_median_lies_between_the_ranks_that_the_binomial_law_gives() -> None:
    # of 101 values, ranks 41 and 61 hold the median in P(41 <= Bin(101, .5) <= 60) = 95.4% of samples, and ranks 42 and
    # 60 in 92.7%: the fractional ranks for 95% lie between
    low, high = Quantile(np.arange(1.0, 102.0), 0.5).interval()
    assert 41 < low < 42
    assert 60 < high < 61
    assert stats.binom.cdf(60, 101, 0.5) - stats.binom.cdf(40, 101, 0.5) == pytest.approx(0.954, abs=1e-3)


def test_an_end_leaves_the_quantile_on_its_inner_side_in_39_of_40_samples() -> None:
    # uniform values: the share below the one of rank r is Beta(r, n + 1 - r); .05 of 200 stands for 10.95 / 201
    low, high = Quantile(np.arange(1.0, 201.0), 0.05).interval()
    assert stats.beta.cdf(10.95 / 201, low, 201 - low) == pytest.approx(0.975)
    assert stats.beta.cdf(10.95 / 201, high, 201 - high) == pytest.approx(0.025)


def test_quantiles_hold_the_truth_as_often_as_they_say_whatever_the_distribution() -> None:
    # a long right tail: no width made of a standard error would do. 400 times 95%: four standard errors are 4.4 points
    rng = np.random.default_rng(0)
    for n, share in ((60, 0.05), (60, 0.95), (300, 0.01), (300, 0.99)):
        drawn = np.exp(rng.gamma(4, 0.7, (2400, n)))
        truth = np.mean(np.quantile(drawn[400:], share, axis=1))
        intervals = [Quantile(values, share).interval() for values in drawn[:400]]
        held = np.mean([low <= truth <= high for low, high in intervals])
        assert 0.906 <= held <= 0.994, (n, share, held)


def test_moving_and_stretching_values_moves_and_stretches_the_ends() -> None:
    values = np.random.default_rng(1).normal(0, 1, 80)
    low, high = Quantile(values, 0.95).interval()
    assert Quantile(3 * values[::-1] + 7, 0.95).interval() == pytest.approx((3 * low + 7, 3 * high + 7))


@pytest.mark.parametrize(("share", "least"), [(0.05, 54), (0.95, 54), (0.01, 269), (0.99, 269)])
def test_a_quantile_that_no_value_bounds_has_no_interval(share: float, least: int) -> None:
    Quantile(np.arange(float(least)), share).interval()
    with pytest.raises(
        ValueError, match=rf"{least - 1} values are too few to bound their {share:.0%} quantile: all of"
    ):
        Quantile(np.arange(float(least - 1)), share).interval()


def test_a_share_has_wilsons_interval() -> None:
    # 3 of 30, z = 1.96: centre (.1 + 1.9208 / 30) / (1 + 3.8415 / 30) = .1454, half
    # 1.96 / 1.12805 * sqrt(.1 * .9 / 30 + 3.8415 / 3600) = .1109
    assert Share(np.arange(30) < 3).interval() == pytest.approx((0.0346, 0.2562), abs=1e-4)
    assert Share(np.zeros(50, bool)).interval() == pytest.approx((0, 1.96**2 / (50 + 1.96**2)), abs=1e-4)


def test_what_has_no_value_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"Quantile: got 0 values, 0 of them not finite, and the share 0.5"):
        Quantile(np.zeros(0), 0.5).value()
    with pytest.raises(ValueError, match=r"got 2 values, 1 of them not finite"):
        Quantile(np.array([1.0, math.inf]), 0.5).interval()
    with pytest.raises(ValueError, match="the share 5; want 1 finite value or more and a share between 0 and 1"):
        Quantile(np.ones(3), 5).value()
    with pytest.raises(ValueError, match="Share: got no documents, want 1 or more"):
        Share(np.zeros(0, bool)).interval()
