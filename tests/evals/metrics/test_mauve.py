"""MAUVE by hand, exactly as the authors' package on its histograms, and within k-means noise of it on rows."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evals.interval import bootstrap_ratio
from evals.metrics.mauve import Mauve, mauve, mauve_slopes

METRIC = Mauve(explained_variance=0.9, texts_per_bucket=10, runs=5, seed=25, scaling=5.0, points=25)


def scores(metric: Mauve, view: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    terms = metric.terms(view, SimpleNamespace(reference=reference))
    return {part: each.value() for part, each in terms.items()}


def test_value_by_hand() -> None:
    # Nothing in common: R = (w, 1 - w), so the frontier holds ((1 - w)^c, w^c). For c = 1 it is the line x + y = 1.
    assert mauve([7, 0], [0, 3], scaling=1) == pytest.approx(1 / 2)
    # With c = 5 and w = 0, 1/2, 1 two trapezoids: 31/32 wide, 1/64 high in the middle; 1/32 wide, 33/64 high.
    assert mauve([1, 0], [0, 1], points=3) == pytest.approx(31 / 32 / 64 + 33 / 64 / 32, rel=1e-3)
    # With ever more points: the integral of w^5 * 5 (1 - w)^4 is 5 * B(6, 5) = 1/252.
    assert mauve([1, 0], [0, 1], points=5_000) == pytest.approx(1 / 252, rel=1e-4)


def test_smoothing_by_hand() -> None:
    # twenty points, each with 9 copies on one side and 1 on the other, or the reverse: half a text more in each bucket
    places = np.repeat(np.eye(20), [9, 1] * 10, axis=0)
    others = np.repeat(np.eye(20), [1, 9] * 10, axis=0)
    found = scores(replace(METRIC, texts_per_bucket=5, explained_variance=0.999), places, others)
    assert found["value"] == pytest.approx(mauve([9, 1] * 10, [1, 9] * 10))
    assert found["star"] == pytest.approx(mauve([9.5, 1.5] * 10, [1.5, 9.5] * 10))


def test_slopes_are_those_of_the_score() -> None:
    p, q, step = np.array([5.0, 1.0, 0.5, 4.0]) / 10.5, np.array([1.0, 1.0, 6.0, 2.0]) / 10, 1e-6
    slopes = mauve_slopes(p, q)
    assert slopes @ p == pytest.approx(0, abs=1e-12)
    for bucket, slope in enumerate(slopes):
        towards = (1 - step) * p + step * np.eye(4)[bucket]
        assert (mauve(towards, q) - mauve(p, q)) / step == pytest.approx(slope, rel=1e-3)


def test_the_interval_is_over_texts_and_knows_no_doubt_of_equal_sides() -> None:
    rng = np.random.default_rng(5)
    view, reference = rng.normal(size=(200, 4)), rng.normal(0.5, 1, size=(200, 4))
    terms = METRIC.terms(view, SimpleNamespace(reference=reference))["value"]
    low, high = bootstrap_ratio(*terms[:2], np.random.default_rng(0))
    assert low < terms.value() < high
    assert high - low > 0.02
    same = METRIC.terms(view, SimpleNamespace(reference=view))["value"]  # at its most, where it has no slope
    assert np.ptp(same.numerators) == pytest.approx(0, abs=1e-4)


def test_extremes_are_one_for_equal_sides_and_nearly_nothing_for_others() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 6))
    assert mauve([2, 5, 0], [4, 10, 0]) == pytest.approx(1)
    assert scores(METRIC, rows, rows[::-1]) == pytest.approx({"value": 1, "star": 1})
    aside = 30 * np.eye(6)[0]
    apart = scores(METRIC, rows + aside, rows - aside)
    assert apart["value"] < 0.01
    assert apart["star"] < 0.05


def test_the_sides_and_the_order_of_buckets_do_not_matter() -> None:
    p, q = [5, 1, 0, 4], [1, 1, 6, 2]
    assert mauve(q, p) == pytest.approx(mauve(p, q))
    assert mauve(p[::-1], q[::-1]) == pytest.approx(mauve(p, q))


def test_agrees_with_the_authors_package_on_its_histograms(embedded: Any) -> None:
    sizes = len(embedded.view), len(embedded.reference)
    for case in embedded.values["mauve"]["frontiers"]:
        shares, settings = (case["view"], case["reference"]), (case["scaling"], case["points"])
        counts = [np.array(side) * size for side, size in zip(shares, sizes, strict=True)]
        assert mauve(*shares, *settings) == pytest.approx(case["mauve"], rel=1e-12)
        assert mauve(*(side + 0.5 for side in counts), *settings) == pytest.approx(case["star"], rel=1e-12)


def test_agrees_with_the_authors_package_on_rows_within_the_noise_of_k_means(embedded: Any) -> None:
    quantised = list(replace(METRIC, runs=10, seed=0).quantised(embedded.view, embedded.reference))
    for added, package in ((0, "mauve"), (0.5, "star")):
        theirs = np.array(embedded.values["mauve"][package])  # one for each of 10 seeds
        error = np.std(theirs, ddof=1) * math.sqrt(2 / 10)
        ours = [mauve(*(counts + added for counts in buckets.counts())) for buckets in quantised]
        assert abs(np.mean(ours) - np.mean(theirs)) < 3 * error + 1e-9


def test_order_of_texts_matters_no_more_than_k_means_does() -> None:
    rng = np.random.default_rng(3)
    view, reference = rng.normal(size=(200, 4)), rng.normal(0.3, 1, size=(200, 4))
    forth, back = scores(METRIC, view, reference), scores(METRIC, view[::-1], reference)
    assert back["value"] == pytest.approx(forth["value"], abs=0.1)


def test_one_seed_gives_one_value_and_runs_are_averaged() -> None:
    rng = np.random.default_rng(4)
    sides = rng.normal(size=(200, 4)), rng.normal(0.5, 1, size=(200, 4))
    alone = [scores(replace(METRIC, runs=1, seed=seed), *sides)["value"] for seed in (25, 26)]
    assert alone[0] != alone[1]
    assert scores(replace(METRIC, runs=2), *sides)["value"] == pytest.approx(np.mean(alone))


def test_too_little_and_nothing_to_part_are_errors() -> None:
    rows = np.random.default_rng(0).normal(size=(190, 3))
    with pytest.raises(ValueError, match=r"10 texts to a bucket make of 190 texts 19 buckets, want 20 or more, for an"):
        scores(METRIC, rows, rows)
    with pytest.raises(ValueError, match=r"the view has 14 texts and the reference 14; 10 to a bucket make fewer"):
        scores(METRIC, rows[:14], rows[:14])
    with pytest.raises(ValueError, match=r"mauve: got 0 texts, want 1 or more"):
        scores(METRIC, rows[:0], rows)
    with pytest.raises(ValueError, match=r"mauve: all 400 texts of both sides lie at one point"):
        scores(METRIC, np.ones((200, 3)), np.ones((200, 3)))


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([], [], r"the histogram of the view has shape \(0,\)"),
        ([1, 2], [0, 0], r"the histogram of the reference has shape \(2,\).*one above 0"),
        ([1, -1], [1, 1], "no negative entry"),
        ([1, 2, 3], [1, 2], "got 3 and 2 buckets, want the same buckets"),
    ],
)
def test_what_are_no_histograms_is_refused(p: list[float], q: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mauve(p, q)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="scaling is 0 and points 25, want scaling > 0 and 2 points or more"):
        mauve([1], [1], scaling=0)
    with pytest.raises(ValueError, match=r"explained_variance is 1\.0 and scaling 5\.0, want a share between 0 and 1"):
        replace(METRIC, explained_variance=1.0)
    with pytest.raises(ValueError, match="texts_per_bucket is 0, runs 5, points 25, seed 25; want 1 or more"):
        replace(METRIC, texts_per_bucket=0)
