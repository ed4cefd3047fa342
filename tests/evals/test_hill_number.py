"""Hill numbers by hand, between their extremes, and refused."""

from __future__ import annotations

import math

import pytest

from evals.hill_number import hill_number


def test_values_by_hand() -> None:
    # p = 3/4, 1/4: two kinds; exp(H) = (4/3)^(3/4) 4^(1/4); 1 / (9/16 + 1/16); 1 / (3/4)
    assert hill_number([3, 1, 0], 0) == pytest.approx(2)
    assert hill_number([3, 1, 0], 1) == pytest.approx((4 / 3) ** 0.75 * 4**0.25)
    assert hill_number([3, 1, 0], 2) == pytest.approx(1.6)
    assert hill_number([3, 1, 0], math.inf) == pytest.approx(4 / 3)


def test_equal_weights_count_as_many_at_every_order() -> None:
    for q in (0, 0.5, 1, 2, 1000, math.inf):
        assert hill_number([0.25] * 4, q) == pytest.approx(4)
        assert hill_number([7, 0], q) == pytest.approx(1)


def test_it_falls_with_the_order_and_is_continuous_at_1() -> None:
    orders = [0, 0.5, 1, 1.5, 2, 10, 1000, math.inf]
    found = [hill_number([9, 4, 2, 1], q) for q in orders]
    assert found == sorted(found, reverse=True)
    assert hill_number([9, 4, 2, 1], 1 - 1e-6) == pytest.approx(hill_number([9, 4, 2, 1], 1), rel=1e-5)


def test_nothing_to_count_and_impossible_orders_are_errors() -> None:
    with pytest.raises(ValueError, match=r"hill_number: got 0 counts with sum 0 and least 0"):
        hill_number([], 1)
    with pytest.raises(ValueError, match=r"got 2 counts with sum 1 and least -1, want counts of 0 or more"):
        hill_number([2, -1], 1)
    with pytest.raises(ValueError, match="q is -1, want 0 or more"):
        hill_number([1], -1)
