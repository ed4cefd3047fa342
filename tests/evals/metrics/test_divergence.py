"""Divergences by hand, at the extremes, against scipy and sampling theory, and with arms in their right order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]
from scipy.spatial.distance import jensenshannon  # type: ignore[import-untyped, unused-ignore]

from evals.metrics.divergence import Divergence, divergence

TRUTH = np.array([0.5, 0.25, 0.25])


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    truth: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]


def test_values_by_hand() -> None:
    # q = (.5, .5, 0), smoothing .25: q' = .75 q + 1/12 = (11/24, 11/24, 2/24). middle (.5, .375, .125)
    given = Given({"probabilities": TRUTH}, {"probabilities": np.array([[0.5, 0.5, 0.0]])})
    figures = Divergence(smoothing=0.25, floor=0.01).exact(given)
    kl = 0.5 * math.log(12 / 11) + 0.25 * math.log(6 / 11) + 0.25 * math.log(3)
    uniform = 0.5 * math.log(1.5) + 0.5 * math.log(0.75)  # KL of (1/3, 1/3, 1/3)
    js = (0.25 * math.log(2 / 3) + 0.25 * math.log(2) + 0.5 * math.log(4 / 3)) / 2
    # Half the mass is the first type's, so it is the head; the other two tie and begin in the third quarter.
    assert {part: value.tolist() for part, value in figures.items()} == {
        "kl": [pytest.approx(kl)],
        "kl/head": [pytest.approx(math.log(12 / 11))],
        "kl/lower": [pytest.approx((math.log(6 / 11) + math.log(3)) / 2)],
        "information_gain": [pytest.approx(uniform - kl)],
        "js": [pytest.approx(js)],
        "false_mass": [0.0],
        "reverse_kl": [pytest.approx(0.5 * math.log(2))],
        "chi_squared": [pytest.approx(0.25**2 / 0.25 + 0.25**2 / 0.25)],
    }


def test_loss_is_in_true_contexts_and_false_mass_is_what_is_written() -> None:
    # The last two types tie and hold .5 of the truth together: both are false at floor .5.
    given = Given({"probabilities": TRUTH}, {"probabilities": TRUTH[None], "written": np.array([[0.25, 0.75, 0.0]])})
    figures = Divergence(smoothing=0.0, floor=0.5).exact(given)
    assert figures["kl"] == pytest.approx([0.0])
    assert figures["false_mass"].tolist() == [0.75]


def test_extremes_are_the_truth_itself_and_a_distribution_without_a_type_in_common() -> None:
    same = divergence(TRUTH, TRUTH[None], smoothing=0.0, floor=0.0)
    gain = 0.5 * math.log(1.5) + 0.5 * math.log(0.75)  # all that there is to know beyond the uniform
    assert same.pop("information_gain") == pytest.approx([gain])
    assert all(value.tolist() == [pytest.approx(0)] for value in same.values())
    apart = divergence(np.array([1.0, 0.0]), np.array([[0.0, 1.0]]), smoothing=0.5, floor=0.0)
    assert apart["js"] == pytest.approx([math.log(2)])
    assert apart["false_mass"].tolist() == [1.0]
    assert set(apart) == {"kl", "kl/head", "information_gain", "js", "false_mass"}  # the other two are infinite


def test_agrees_with_scipy() -> None:
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(40)), rng.dirichlet(np.ones(40), size=5)
    figures = divergence(p, q, smoothing=0.0, floor=0.0)
    assert figures["kl"] == pytest.approx([stats.entropy(p, row) for row in q])
    assert figures["reverse_kl"] == pytest.approx([stats.entropy(row, p) for row in q])
    assert figures["js"] == pytest.approx([jensenshannon(p, row) ** 2 for row in q])
    assert figures["chi_squared"] == pytest.approx([stats.chisquare(row, p).statistic for row in q])


def test_the_uniform_knows_nothing() -> None:
    assert divergence(TRUTH, np.full((1, 3), 1 / 3), 0.1, 0.0)["information_gain"] == pytest.approx([0.0])


def test_order_of_types_and_replicas_does_not_matter() -> None:
    q = np.random.default_rng(1).dirichlet(np.ones(3), size=4)
    for part, value in divergence(TRUTH, q, 0.01, 0.3).items():
        assert divergence(TRUTH[::-1], q[::-1, ::-1], 0.01, 0.3)[part][::-1] == pytest.approx(value)


def test_one_fit_has_the_mean_chi_squared_of_theory() -> None:
    # E sum (q - p)^2 / p = sum p (1 - p) / n / p = (n_types - 1) / n
    q = np.random.default_rng(2).multinomial(50, TRUTH, size=20_000) / 50
    assert np.mean(divergence(TRUTH, q, 0.01, 0.0)["chi_squared"]) == pytest.approx(2 / 50, rel=0.03)


def test_a_lost_type_costs_what_the_mixture_leaves_it() -> None:
    # kl = p1 log(p1 / ((1 - s) + s / 2)) + p2 log(p2 / (s / 2))
    figures = divergence(np.array([0.9, 0.1]), np.array([[1.0, 0.0]]), smoothing=0.01, floor=0.0)
    assert figures["kl"] == pytest.approx([0.9 * math.log(0.9 / 0.995) + 0.1 * math.log(0.1 / 0.005)])


def test_smoothing_is_the_same_for_a_student_fitted_to_more_counts() -> None:
    # pseudo-counts of s N / (1 - s) in all, spread evenly, give the mixture for every N
    counts, share = np.array([6.0, 2.0, 0.0]), 0.1
    for size in (1, 50):
        n = size * counts.sum()
        smoothed = size * counts + share * n / (1 - share) / 3
        expected = stats.entropy(TRUTH, smoothed / smoothed.sum())
        assert divergence(TRUTH, counts[None] / 8, share, 0.0)["kl"] == pytest.approx([expected])


def test_accumulate_is_nearer_to_the_truth_than_replace() -> None:
    zipf = 1 / np.arange(1, 201)
    zipf /= zipf.sum()
    rng = np.random.default_rng(3)
    replace = rng.multinomial(500, zipf, size=50)
    pool = replace.copy()
    for _ in range(8):
        replace = np.array([rng.multinomial(500, each / 500) for each in replace])
        pool = pool + np.array([rng.multinomial(500, each / each.sum()) for each in pool])
    figures = [divergence(zipf, each / each.sum(1, keepdims=True), 0.01, 0.0) for each in (pool, replace)]
    for part in ("kl", "reverse_kl", "js", "chi_squared"):
        assert np.mean(figures[0][part]) < np.mean(figures[1][part])


def test_false_types_are_those_of_no_mass_and_the_rarest_that_make_up_the_floor() -> None:
    p = np.array([0.0, 0.6, 0.3, 0.06, 0.02, 0.02])
    q = np.array([[0.1, 0.2, 0.3, 0.1, 0.2, 0.1]])
    for floor, expected in ((0.0, 0.1), (0.03, 0.1), (0.045, 0.4), (0.11, 0.5)):  # equal types stay together
        assert divergence(p, q, 0.5, floor)["false_mass"] == pytest.approx([expected])


def test_plain_kl_of_a_student_that_lost_a_type_is_refused() -> None:
    lost = np.array([TRUTH, [1.0, 0.0, 0.0]])
    with pytest.raises(ValueError, match=r"1 of 2 replicas have lost a type.*Set smoothing above 0; 0\.01 is usual"):
        divergence(TRUTH, lost, smoothing=0.0, floor=0.0)


def test_what_is_no_distribution_is_refused() -> None:
    with pytest.raises(ValueError, match=r"divergence: row 0 of probabilities has least entry 0\.5 and sum 1\.5"):
        divergence(TRUTH, np.full((1, 3), 0.5), 0.01, 0.0)


def test_impossible_settings_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match="divergence: smoothing is 1, want a share of 0 or more and below 1"):
        Divergence(smoothing=1, floor=0.0)
    with pytest.raises(ValueError, match=r"divergence: floor is -0\.1.*For 1% write 0\.01"):
        Divergence(smoothing=0.01, floor=-0.1)
