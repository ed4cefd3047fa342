"""Intervals from halves and quarters: exact for means, right for jumps and sums, and refused for too few texts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.interval import delete_group_jackknife
from evals.subsamples import degrees_of_freedom, disjoint_subsamples


def mean(documents: Sequence[float]) -> dict[str, float]:
    return {"mean": float(np.mean(documents))}


def test_one_partition_of_a_mean_by_hand() -> None:
    # quarters of means a, b, c, d: v4 = their sample variance; halves differ by (a + b - c - d) / 2 and so on, whose
    # squares sum to 3 v4, so v2 = v4 / 2 and the error is v2 / sqrt(v4) = sqrt(v4) / 2 = s / sqrt 4: the t interval of
    # the quarter means, but for one degree of freedom in place of three
    values = np.repeat([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0], 2)
    quarter = np.random.default_rng(0).permutation(16) % 4
    means = [np.mean(values[quarter == i]) for i in range(4)]
    half = stats.t.ppf(0.975, 1) * np.std(means, ddof=1) / 2
    low, high = disjoint_subsamples(mean, values.tolist(), np.random.default_rng(0), groups=4)["mean"]
    assert (low, high) == pytest.approx((np.mean(values) - half, np.mean(values) + half))


def test_a_sum_grows_with_its_texts_and_has_the_error_of_a_sum() -> None:
    # v4 = (n / 4) s^2 and v2 = (n / 2) s^2 on average: v2^2 / v4 = n s^2. Over 100 samples the mean is within 20%
    rng, squares = np.random.default_rng(1), list[float]()
    for _ in range(100):
        found = disjoint_subsamples(lambda some: {"sum": float(sum(some))}, rng.normal(0, 3, 64).tolist(), rng)["sum"]
        squares.append(((found.high - found.low) / 2 / stats.t.ppf(0.975, 5)) ** 2)
    assert np.mean(squares) == pytest.approx(64 * 9, rel=0.2)


def test_what_jumps_with_every_text_is_as_noisy_as_it_is() -> None:
    # a figure that is nothing but noise of its texts, with a variance of 1 / n; the jackknife finds 19 times as much
    def jumping(documents: Sequence[float]) -> dict[str, float]:
        seed = abs(hash(tuple(documents)))
        return {"figure": float(np.random.default_rng(seed).normal() / np.sqrt(len(documents)))}

    rng, ours, theirs = np.random.default_rng(2), list[float](), list[float]()
    for _ in range(60):
        documents = rng.normal(0, 1, 40).tolist()
        low, high = disjoint_subsamples(jumping, documents, rng)["figure"]
        ours.append((high - low) / 2 / stats.t.ppf(0.975, 5))
        low, high = delete_group_jackknife(jumping, documents, rng)["figure"]
        theirs.append((high - low) / 2 / stats.t.ppf(0.975, 19))
    assert np.median(ours) * np.sqrt(40) == pytest.approx(1, abs=0.25)
    assert np.median(theirs) * np.sqrt(40) > 3.5


def test_what_is_the_same_in_all_texts_has_no_width_and_what_only_halves_show_no_interval() -> None:
    def repeats(documents: Sequence[int]) -> dict[str, float]:
        return {"n": 1.0, "beyond_five": float(max(len(documents) - 5, 0) * documents[0])}

    found = disjoint_subsamples(repeats, range(20), np.random.default_rng(0))  # quarters of 5, halves of 10
    assert found == {"n": (1.0, 1.0)}


def test_what_never_occurs_has_no_interval() -> None:
    assert disjoint_subsamples(lambda _: {"repeats": 0.0}, range(20), np.random.default_rng(0)) == {}


def test_the_order_of_texts_is_kept_and_every_text_is_in_one_half() -> None:
    seen: list[list[int]] = []

    def remember(documents: Sequence[int]) -> dict[str, float]:
        seen.append(list(documents))
        return {"first": float(documents[0])}

    disjoint_subsamples(remember, range(23), np.random.default_rng(0), groups=4)
    whole, quarters, halves = seen[0], seen[1:5], seen[5:]
    assert whole == list(range(23))
    assert sorted(chain.from_iterable(quarters)) == whole
    assert {len(quarter) for quarter in quarters} == {5, 6}
    assert len(halves) == 6
    assert all(sorted(one + other) == whole for one, other in zip(halves[::2], halves[1::2], strict=True))
    assert all(part == sorted(part) for part in seen)


def test_equal_keys_agree() -> None:
    documents = np.random.default_rng(3).normal(0, 1, 30).tolist()
    one, again, other = (disjoint_subsamples(mean, documents, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_degrees_of_freedom_are_those_of_partitions() -> None:
    assert [degrees_of_freedom(groups) for groups in (4, 20, 41)] == [1, 5, 10]


def test_too_little_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="got 7 documents and 20 groups, want 8 documents or more"):
        disjoint_subsamples(mean, [1.0] * 7, rng)
    with pytest.raises(ValueError, match="got 8 documents and 3 groups"):
        disjoint_subsamples(mean, [1.0] * 8, rng, groups=3)
    with pytest.raises(ValueError, match=r"level is 95, want a share between 0 and 1. For 95% write 0.95"):
        disjoint_subsamples(mean, [1.0] * 8, rng, level=95)
    with pytest.raises(ValueError, match=r"has parts \['12'\] from all 12 documents but \['3'\] from 3, want the same"):
        disjoint_subsamples(lambda some: {str(len(some)): 1.0}, range(12), rng)
