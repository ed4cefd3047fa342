"""Intervals: by hand, against scipy, and whether they hold the truth as often as they say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.interval import (
    Contrast,
    Terms,
    Transform,
    bootstrap_contrast,
    bootstrap_ratio,
    delete_group_jackknife,
    paired_t,
)


def total(values: Sequence[float]) -> dict[str, float]:
    return {"sum": float(sum(values)), "largest": float(max(values))}


def mean(values: Sequence[float]) -> dict[str, float]:
    return {"mean": sum(values) / len(values)}


def test_the_value_of_terms_is_a_ratio_of_sums() -> None:
    # (1 + 2 + 0) / (2 + 1 + 0) = 1, and e^1
    numerators, denominators = np.array([1.0, 2.0, 0.0]), np.array([2.0, 1.0, 0.0])
    assert Terms(numerators, denominators).value() == 1.0
    assert Terms(numerators, denominators, Transform.EXP).value() == pytest.approx(math.e)


def test_terms_of_nothing_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"Terms.value: 0 of 2 documents have anything to count, want 1 or more"):
        Terms(np.zeros(2), np.zeros(2)).value()
    with pytest.raises(ValueError, match=r"Terms.value: 1 documents have denominator 0 and a numerator"):
        Terms(np.array([1.0, 1.0]), np.array([0.0, 1.0])).value()


def test_bootstrap_agrees_with_arch_on_a_ratio() -> None:
    # arch 8.0.0, IIDBootstrap.conf_int(method="studentized") of 20,000 resamples, with the same standard error:
    # sqrt(sum (num - ratio den)^2) / sum den
    rng = np.random.default_rng(0)
    den = rng.integers(5, 50, 80).astype(float)
    num = den * rng.gamma(2.0, 1.5, 80)
    low, high = bootstrap_ratio(num, den, np.random.default_rng(2), resamples=4000)
    width = 3.68561 - 2.58794
    assert abs(low - 2.58794) < 0.05 * width
    assert abs(high - 3.68561) < 0.05 * width


def test_bootstrap_of_normal_documents_is_the_t_interval() -> None:
    # then (v* - v) / s* is near t with n - 1 degrees of freedom, wider than the normal by a sixth at n = 10
    rng, reach = np.random.default_rng(8), list[float]()
    for _ in range(100):
        values = rng.normal(0, 1, 10)
        low, high = bootstrap_ratio(values, np.ones(10), rng, resamples=400)
        reach.append((high - low) / 2 / (np.std(values, ddof=1) / math.sqrt(10)))
    assert np.median(reach) == pytest.approx(stats.t.ppf(0.975, 9), rel=0.1)


def test_bootstrap_leans_to_the_long_side_of_skewed_documents() -> None:
    values = np.random.default_rng(9).exponential(1, 40)
    low, high = bootstrap_ratio(values, np.ones(40), np.random.default_rng(0))
    assert high - np.mean(values) > 1.2 * (np.mean(values) - low)


def test_bootstrap_transforms_the_ends_and_ignores_documents_without_content() -> None:
    num, den = np.array([1.0, 2.0, 4.0, 3.0, 2.5, 1.5, 3.5, 2.0, 5.0, 1.0]), np.ones(10)
    plain = bootstrap_ratio(num, den, np.random.default_rng(0))
    raised = bootstrap_ratio(num, den, np.random.default_rng(0), transform=Transform.EXP)
    assert raised == pytest.approx(np.exp(plain))
    padded = bootstrap_ratio([0, *num, 0], [0, *den, 0], np.random.default_rng(0))
    assert padded == plain


def test_equal_documents_leave_no_doubt() -> None:
    assert bootstrap_ratio([2.0, 4.0] * 5, [1.0, 2.0] * 5, np.random.default_rng(0)) == (2.0, 2.0)


def test_documents_that_agree_but_for_one_do_not_say_how_far_they_differ() -> None:
    # (9/10)^10 = 35% of resamples draw none but the nine that agree
    with pytest.raises(ValueError, match=r"\d+ of 1000 resamples hold documents that all agree, so how far documents"):
        bootstrap_ratio([1.0] * 9 + [5.0], np.ones(10), np.random.default_rng(0))


def test_bootstrap_refuses_what_it_cannot_judge() -> None:
    rng, ten = np.random.default_rng(0), np.arange(1.0, 11.0)
    with pytest.raises(ValueError, match="bootstrap_ratio: 9 of 10 documents have anything to count, want 10 or more"):
        bootstrap_ratio([0, *ten[1:]], [0, *ten[1:]], rng)
    with pytest.raises(ValueError, match=r"got shapes \(2,\) and \(1,\)"):
        bootstrap_ratio([1.0, 2.0], [1.0], rng)
    with pytest.raises(ValueError, match=r"level is 95, want a share between 0 and 1. For 95% write 0.95"):
        bootstrap_ratio(ten, np.ones(10), rng, level=95)
    with pytest.raises(ValueError, match="want finite numerators"):
        bootstrap_ratio([1.0, math.nan], [1.0, 1.0], rng)
    with pytest.raises(ValueError, match="resamples is 0"):
        bootstrap_ratio(ten, np.ones(10), rng, resamples=0)


def test_the_value_of_a_contrast_is_a_signed_sum_of_means() -> None:
    # 2 * (1 + 3) / (1 + 1) - exp((0 + 2) / (1 + 1)) = 4 - e
    first = Terms(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    second = Terms(np.array([0.0, 2.0]), np.array([1.0, 1.0]), Transform.EXP)
    assert Contrast((2, -1), (first, second)).value() == pytest.approx(4 - math.e)


def test_a_contrast_of_one_mean_has_the_interval_of_that_mean() -> None:
    num, den = np.array([1.0, 2, 9, 4, 5, 2, 7, 3, 6, 1]), np.array([1.0, 3, 2, 1, 4, 1, 2, 2, 3, 1])
    alone = bootstrap_ratio(num, den, np.random.default_rng(0))
    assert bootstrap_contrast(Contrast((1,), (Terms(num, den),)), np.random.default_rng(0)) == pytest.approx(alone)


def test_the_means_of_a_contrast_are_over_the_same_drawn_documents() -> None:
    # documents differ by much, the two means by exactly 1 in each of them
    num, den = np.random.default_rng(1).exponential(100, 30), np.ones(30)
    contrast = Contrast((1, -1), (Terms(num + 1, den), Terms(num, den)))
    assert bootstrap_contrast(contrast, np.random.default_rng(2)) == pytest.approx((1, 1))


def test_bootstrap_of_a_contrast_agrees_with_arch() -> None:
    # as above; standard error: the standard deviation of tail - head over documents, over sqrt 60
    rng = np.random.default_rng(3)
    tail, head = rng.gamma(2.0, 4.0, 60), rng.normal(3, 1, 60)
    contrast = Contrast((1, -1), (Terms(tail, np.ones(60)), Terms(head, np.ones(60))))
    low, high = bootstrap_contrast(contrast, np.random.default_rng(5), resamples=4000)
    width = 6.83200 - 3.80286
    assert abs(low - 3.80286) < 0.05 * width
    assert abs(high - 6.83200) < 0.05 * width


def test_bootstrap_of_a_contrast_holds_the_truth_as_often_as_it_says() -> None:
    # half of the documents hold a rare word or more, each of mean 8 with what its document adds; common ones have 3
    rng, held = np.random.default_rng(6), list[bool]()
    for _ in range(200):
        hard, rare = rng.normal(0, 1, 80), rng.poisson(0.7, 80).astype(float)
        tail = Terms(rare * (8 + hard), rare)
        head = Terms(20 * (3 + hard), np.full(80, 20.0))
        low, high = bootstrap_contrast(Contrast((1, -1), (tail, head)), rng, resamples=400)
        held.append(low <= 5 <= high)
    assert 0.9 <= np.mean(held) <= 0.99


def test_resamples_without_a_rare_word_are_left_out() -> None:
    # 10 of 100 documents hold the rare word, and one of these 4,000 resamples draws none of them
    seed, rare = 2, np.repeat([1.0, 0.0], [10, 90])
    drawn = np.random.default_rng(seed).multinomial(100, np.full(100, 0.01), size=4000)
    assert np.sum(drawn @ rare == 0) == 1
    contrast = Contrast((1, -1), (Terms(rare * np.arange(100), rare), Terms(np.full(100, 2.0), np.ones(100))))
    low, high = bootstrap_contrast(contrast, np.random.default_rng(seed), resamples=4000)
    assert low < 4.5 - 2 < high


def test_a_contrast_refuses_what_it_cannot_judge() -> None:
    ten, one = Terms(np.ones(10), np.ones(10)), Terms(np.ones(2), np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="documents have denominator 0 and a numerator"):
        Contrast((1,), (one,)).value()
    few = Terms(np.eye(10)[0], np.eye(10)[0])
    with pytest.raises(
        ValueError, match="bootstrap_contrast: 1 of 10 documents have anything to count, want 10 or more"
    ):
        bootstrap_contrast(Contrast((1, -1), (ten, few)), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"bootstrap_contrast: level is 95, want a share between 0 and 1"):
        bootstrap_contrast(Contrast((1,), (ten,)), np.random.default_rng(0), level=95)
    with pytest.raises(ValueError, match="bootstrap_contrast: a mean has the transform exp, want plain means"):
        bootstrap_contrast(Contrast((1,), (Terms(*ten[:2], Transform.EXP),)), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"Contrast.value: got 2 weights for means over \[2, 3\] documents"):
        Contrast((1, -1), (Terms(np.ones(2), np.ones(2)), Terms(np.ones(3), np.ones(3)))).value()
    with pytest.raises(
        ValueError, match=r"got 1 weights for means over \[10, 10\] documents, want one weight for each"
    ):
        Contrast((1,), (ten, ten)).value()


def test_jackknife_of_a_mean_with_one_document_per_group_is_the_t_interval() -> None:
    # theta_i - mean theta = (mean x - x_i) / (n - 1), so (n-1)/n * sum of squares = s^2 / n, the classic one
    values = [1.0, 2.0, 4.0, 8.0, 16.0]
    interval = delete_group_jackknife(mean, values, np.random.default_rng(0), groups=5)["mean"]
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert interval == pytest.approx((theirs.low, theirs.high))


def test_jackknife_is_centred_on_the_full_estimate_although_each_group_shifts_it() -> None:
    # every sum without a group is 2 lower than 40: no spread, and the interval is the estimate itself
    intervals = delete_group_jackknife(total, [1.0] * 40, np.random.default_rng(0), groups=20)
    assert intervals["sum"] == (40.0, 40.0)
    assert intervals["largest"] == (1.0, 1.0)


def test_what_never_occurs_has_no_jackknife() -> None:
    found = delete_group_jackknife(lambda some: {"never": 0.0, "always": 1.0}, range(20), np.random.default_rng(0))
    assert found == {"always": (1.0, 1.0)}


def test_jackknife_leaves_every_document_out_once() -> None:
    seen: list[Sequence[int]] = []

    def remember(documents: Sequence[int]) -> dict[str, float]:
        seen.append(documents)
        return {"n": float(len(documents))}

    delete_group_jackknife(remember, range(23), np.random.default_rng(0), groups=5)
    left_out = [set(range(23)) - set(documents) for documents in seen[1:]]
    assert sorted(place for group in left_out for place in group) == list(range(23))
    assert {len(group) for group in left_out} == {4, 5}


def test_jackknife_refuses_fewer_documents_than_groups() -> None:
    with pytest.raises(ValueError, match="got 3 documents for 20 groups, want at least one document per group"):
        delete_group_jackknife(mean, [1.0, 2.0, 3.0], np.random.default_rng(0))


def test_a_part_that_comes_and_goes_with_a_group_has_no_interval() -> None:
    def estimate(documents: Sequence[float]) -> dict[str, float]:
        return {"n": 1.0, "five or more": 1.0} if len(documents) > 4 else {"n": 1.0}

    assert delete_group_jackknife(estimate, [1.0] * 5, np.random.default_rng(0), groups=5) == {"n": (1.0, 1.0)}


def test_paired_t_by_hand() -> None:
    # mean 2, s = 1, n = 3: half width t(.975, 2) / sqrt 3 = 4.30265 / 1.73205 = 2.48414
    assert paired_t([1.0, 2.0, 3.0]) == pytest.approx((2.0, -0.48414, 4.48414), abs=1e-5)


def test_paired_t_needs_two_finite_differences() -> None:
    with pytest.raises(ValueError, match="paired_t: got 1 differences, want 2 or more, one per run seed"):
        paired_t([1.0])
    with pytest.raises(ValueError, match="1 of 2 differences are not finite"):
        paired_t([1.0, math.inf])
