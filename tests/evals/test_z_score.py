from __future__ import annotations

import math

import numpy as np
import pytest

from evals.interval import Interval, delete_group_jackknife
from evals.z_score import standard_error, z_score


def test_the_error_of_a_jackknife_interval_is_half_its_width_over_the_quantile_of_t() -> None:
    # t(19) reaches 2.0930 at 97.5% (table): 10 +- 2 * 2.0930
    assert standard_error(Interval(10 - 4.1860, 10 + 4.1860), freedom=19) == pytest.approx(2, rel=1e-4)


def test_the_error_of_a_bootstrap_interval_takes_the_normal_quantile() -> None:
    assert standard_error(Interval(0, 2 * 1.959964), freedom=None) == pytest.approx(1, rel=1e-6)
    assert standard_error(Interval(0, 2 * 1.644854), freedom=None, level=0.9) == pytest.approx(1, rel=1e-6)


def test_the_error_of_a_mean_comes_back_from_its_jackknife() -> None:
    # With one document a group, the jackknife error of a mean is s / sqrt(n) exactly (Efron and Tibshirani, 11.2).
    values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]
    intervals = delete_group_jackknife(
        lambda documents: {"mean": sum(documents) / len(documents)}, values, np.random.default_rng(0), groups=8
    )
    expected = float(np.std(values, ddof=1)) / math.sqrt(8)
    assert standard_error(intervals["mean"], freedom=7) == pytest.approx(expected)


def test_a_width_of_rounding_alone_is_none() -> None:
    assert standard_error(Interval(0.9722, 0.9722 + 4e-16), freedom=19) == 0
    assert standard_error(Interval(-0.5, -0.5), freedom=19) == 0
    assert standard_error(Interval(0, 0), freedom=None) == 0
    assert standard_error(Interval(0, 1e-13), freedom=None) == pytest.approx(1e-13 / 2 / 1.959964)


def test_a_difference_is_told_in_standard_errors() -> None:
    assert z_score(5, 3, 2, 4) == pytest.approx(3 / 5)  # sqrt(9 + 16) = 5
    assert z_score(2, 4, 5, 3) == pytest.approx(-3 / 5)
    assert z_score(1, 0, 0, 0.5) == 2
    assert z_score(7, 1, 7, 1) == 0


@pytest.mark.parametrize(("errors"), [(0, 0), (-1, 1), (1, math.inf), (math.nan, 1)])
def test_errors_that_say_nothing_are_refused(errors: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="want 0 or more and not both 0"):
        z_score(1, errors[0], 2, errors[1])


def test_an_interval_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="from 2 to 1, want finite ends in order"):
        standard_error(Interval(2, 1), freedom=19)
    with pytest.raises(ValueError, match="want finite ends"):
        standard_error(Interval(math.nan, 1), freedom=19)
    with pytest.raises(ValueError, match="got 0 degrees of freedom, want 1 or more"):
        standard_error(Interval(0, 1), freedom=0)
    with pytest.raises(ValueError, match=r"For 95% write 0\.95"):
        standard_error(Interval(0, 1), freedom=19, level=95)
