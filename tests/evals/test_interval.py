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


def test_bootstrap_agrees_with_scipy_on_a_ratio() -> None:
    rng = np.random.default_rng(0)
    den = rng.integers(5, 50, 80).astype(float)
    num = den * rng.normal(3, 0.5, 80)
    theirs = stats.bootstrap(
        (num, den),
        lambda n, d, axis: n.sum(axis) / d.sum(axis),
        paired=True,
        method="percentile",
        n_resamples=4000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    ours = bootstrap_ratio(num, den, np.random.default_rng(2), resamples=4000)
    width = theirs.high - theirs.low
    assert abs(ours.low - theirs.low) < 0.08 * width
    assert abs(ours.high - theirs.high) < 0.08 * width


def test_bootstrap_transforms_the_ends_and_ignores_documents_without_content() -> None:
    num, den = np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0])
    plain = bootstrap_ratio(num, den, np.random.default_rng(0))
    raised = bootstrap_ratio(num, den, np.random.default_rng(0), transform=Transform.EXP)
    assert raised == pytest.approx(np.exp(plain))
    padded = bootstrap_ratio([0, *num, 0], [0, *den, 0], np.random.default_rng(0))
    assert padded == plain


def test_equal_documents_leave_no_doubt() -> None:
    assert bootstrap_ratio([2.0, 4.0], [1.0, 2.0], np.random.default_rng(0)) == (2.0, 2.0)


def test_bootstrap_refuses_what_it_cannot_judge() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="bootstrap_ratio: 1 of 2 documents have anything to count, want 2 or more"):
        bootstrap_ratio([1.0, 0.0], [1.0, 0.0], rng)
    with pytest.raises(ValueError, match=r"got shapes \(2,\) and \(1,\)"):
        bootstrap_ratio([1.0, 2.0], [1.0], rng)
    with pytest.raises(ValueError, match=r"level is 95, want a share between 0 and 1. For 95% write 0.95"):
        bootstrap_ratio([1.0, 2.0], [1.0, 1.0], rng, level=95)
    with pytest.raises(ValueError, match="want finite numerators"):
        bootstrap_ratio([1.0, math.nan], [1.0, 1.0], rng)
    with pytest.raises(ValueError, match="resamples is 0"):
        bootstrap_ratio([1.0, 2.0], [1.0, 1.0], rng, resamples=0)


def test_the_value_of_a_contrast_is_a_signed_sum_of_means() -> None:
    # 2 * (1 + 3) / (1 + 1) - exp((0 + 2) / (1 + 1)) = 4 - e
    first = Terms(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    second = Terms(np.array([0.0, 2.0]), np.array([1.0, 1.0]), Transform.EXP)
    assert Contrast((2, -1), (first, second)).value() == pytest.approx(4 - math.e)


def test_a_contrast_of_one_mean_has_the_interval_of_that_mean() -> None:
    num, den = np.array([1.0, 2.0, 9.0, 4.0]), np.array([1.0, 3.0, 2.0, 1.0])
    for transform in Transform:
        alone = bootstrap_ratio(num, den, np.random.default_rng(0), transform=transform)
        contrast = Contrast((1,), (Terms(num, den, transform),))
        assert bootstrap_contrast(contrast, np.random.default_rng(0)) == pytest.approx(alone)


def test_the_means_of_a_contrast_are_over_the_same_drawn_documents() -> None:
    # documents differ by much, the two means by exactly 1 in each of them
    num, den = np.random.default_rng(1).exponential(100, 30), np.ones(30)
    contrast = Contrast((1, -1), (Terms(num + 1, den), Terms(num, den)))
    assert bootstrap_contrast(contrast, np.random.default_rng(2)) == pytest.approx((1, 1))


def test_bootstrap_of_a_contrast_agrees_with_scipy() -> None:
    rng = np.random.default_rng(3)
    tail, head = rng.normal(8, 2, 60), rng.normal(3, 1, 60)
    theirs = stats.bootstrap(
        (tail, head),
        lambda t, h, axis: t.mean(axis) - h.mean(axis),
        paired=True,
        method="percentile",
        n_resamples=4000,
        rng=np.random.default_rng(4),
    ).confidence_interval
    contrast = Contrast((1, -1), (Terms(tail, np.ones(60)), Terms(head, np.ones(60))))
    ours = bootstrap_contrast(contrast, np.random.default_rng(5), resamples=4000)
    width = theirs.high - theirs.low
    assert abs(ours.low - theirs.low) < 0.08 * width
    assert abs(ours.high - theirs.high) < 0.08 * width


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


def test_resamples_without_a_rare_word_are_left_out_unless_they_are_many() -> None:
    def contrast(n_rare: int) -> Contrast:
        rare = np.repeat([1.0, 0.0], [n_rare, 30 - n_rare])
        return Contrast((1, -1), (Terms(7 * rare, rare), Terms(np.full(30, 2.0), np.ones(30))))

    assert bootstrap_contrast(contrast(4), np.random.default_rng(7)) == (5, 5)  # (26/30)^30, 1.4% hold none
    with pytest.raises(
        ValueError, match=r"\d+ of 1000 resamples hold nothing for one of the means. Give more documents"
    ):
        bootstrap_contrast(contrast(2), np.random.default_rng(7))  # (28/30)^30, 12.6%


def test_a_contrast_refuses_what_it_cannot_judge() -> None:
    two, one = Terms(np.ones(2), np.ones(2)), Terms(np.ones(2), np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="documents have denominator 0 and a numerator"):
        Contrast((1, -1), (two, one)).value()
    few = Terms(np.array([1.0, 0.0]), np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="bootstrap_contrast: 1 of 2 documents have anything to count, want 2 or more"):
        bootstrap_contrast(Contrast((1, -1), (two, few)), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"bootstrap_contrast: level is 95, want a share between 0 and 1"):
        bootstrap_contrast(Contrast((1,), (two,)), np.random.default_rng(0), level=95)
    with pytest.raises(ValueError, match=r"Contrast.value: got 2 weights for means over \[2, 3\] documents"):
        Contrast((1, -1), (two, Terms(np.ones(3), np.ones(3)))).value()
    with pytest.raises(ValueError, match=r"got 1 weights for means over \[2, 2\] documents, want one weight for each"):
        Contrast((1,), (two, two)).value()


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


def test_jackknife_refuses_parts_that_come_and_go() -> None:
    with pytest.raises(ValueError, match=r"has parts \['2'\] from all documents but \['1'\] without one group"):
        delete_group_jackknife(lambda rest: {str(len(rest)): 1.0}, [1, 2], np.random.default_rng(0), groups=2)


def test_paired_t_by_hand() -> None:
    # mean 2, s = 1, n = 3: half width t(.975, 2) / sqrt 3 = 4.30265 / 1.73205 = 2.48414
    assert paired_t([1.0, 2.0, 3.0]) == pytest.approx((2.0, -0.48414, 4.48414), abs=1e-5)


def test_paired_t_needs_two_finite_differences() -> None:
    with pytest.raises(ValueError, match="paired_t: got 1 differences, want 2 or more, one per run seed"):
        paired_t([1.0])
    with pytest.raises(ValueError, match="1 of 2 differences are not finite"):
        paired_t([1.0, math.inf])
