"""What a learner that remembers what it has seen misses."""

from __future__ import annotations

import numpy as np
import pytest

from evals.theory.hutter import HutterTail, expected_missed, seen, zipf


def test_zipf_by_hand() -> None:
    # 1, 1/4, 1/9 over their sum 49/36
    assert zipf(3, 2.0) == pytest.approx([36 / 49, 9 / 49, 4 / 49])


def test_a_cut_keeps_the_first_types_and_a_temperature_narrows() -> None:
    truth = np.array([0.5, 0.3, 0.2])
    assert seen(truth, 0, 1.0) == pytest.approx(truth)
    assert seen(truth, 2, 1.0) == pytest.approx([0.625, 0.375, 0.0])
    # p^2: .25, .09, .04 over .38
    assert seen(truth, 0, 0.5) == pytest.approx([25 / 38, 9 / 38, 4 / 38])
    assert truth.tolist() == [0.5, 0.3, 0.2]


def test_what_two_draws_miss_by_hand() -> None:
    # .5 * .5^2 + .3 * .7^2 + .2 * .8^2
    truth = np.array([0.5, 0.3, 0.2])
    assert expected_missed(truth, truth, 2) == pytest.approx(0.125 + 0.147 + 0.128)
    assert expected_missed(truth, np.array([1.0, 0.0, 0.0]), 1) == pytest.approx(0.5)


@pytest.mark.parametrize(("exponent", "narrowing", "slope"), [(2.0, 1.0, -0.5), (2.0, 1.5, -1 / 3), (1.5, 1.0, -1 / 3)])
def test_the_exponents_are_those_of_the_paper(exponent: float, narrowing: float, slope: float) -> None:
    truth = zipf(100_000, exponent)
    missed = [expected_missed(truth, seen(truth, 0, 1 / narrowing), draws) for draws in (100, 10_000)]
    assert np.log(missed[1] / missed[0]) / np.log(100) == pytest.approx(slope, abs=0.02)


def test_a_cut_tail_leaves_its_mass_however_much_is_read() -> None:
    # The reference's sum over i > 100 of p_i at exponent 2, types 10^5: .00604
    (values, _) = HutterTail(100_000, 2.0, 10**7, 100, 1.0).curves(1)["student/known_truth/missing_mass"]
    assert values == pytest.approx([0.0, 0.00604], abs=1e-5)


def test_no_draws_and_unequal_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="got 0 draws"):
        expected_missed(zipf(3, 1.0), zipf(3, 1.0), 0)
    with pytest.raises(ValueError, match="want 1 draw or more, and equal shapes"):
        expected_missed(zipf(3, 1.0), zipf(4, 1.0), 1)
