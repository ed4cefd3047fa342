"""Typicality by hand, at its extremes, against scipy, and with intervals that hold the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.binomial import Quantile
from evals.interval import Terms, bootstrap_ratio
from evals.metrics.typicality import Typicality, typicality, wasserstein_potential
from evals.token_scores import TokenScores


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    reference: Sequence[TokenScores]


def values(nll: Sequence[float] | np.ndarray, human: Sequence[float] | np.ndarray) -> dict[str, float]:
    return {part: terms.value() for part, terms in typicality(nll, human).items()}


def text(*nats: float) -> TokenScores:
    return TokenScores(np.array(nats), np.zeros(len(nats)))


def test_values_by_hand() -> None:
    # mean NLL 1, 2, 3 against 1, 2, 6: one of three moved by 3, so w1 = 1; perplexities e, e^2, e^3 with median e^2
    given = Given([text(-1.0), text(-2.0, -2.0), text(-6.0)])
    terms = Typicality().terms([text(-1.0, -1.0), text(-1.0, -3.0), text(-3.0)], given)
    figures = {part: each.value() for part, each in terms.items()}
    assert list(figures) == ["q01", "q05", "q50", "q95", "q99", "w1", "below", "above"]
    assert figures["q50"] == pytest.approx(math.e**2)
    assert figures["q01"] == pytest.approx(math.e + 0.02 * (math.e**2 - math.e))  # 2% of the way to the second
    assert figures["w1"] == pytest.approx(1)
    assert (figures["below"], figures["above"]) == (1 / 3, 0.0)  # the human 1% quantile is 1.02


def test_a_text_counts_once_however_long_it_is() -> None:
    terms = Typicality().terms([text(-1.0), text(*[-3.0] * 99)], Given([text(-2.0)]))
    assert terms["w1"].value() == pytest.approx(1)


def test_extremes_are_the_same_texts_and_texts_beyond_all_human_ones() -> None:
    human = np.linspace(1, 5, 401)
    same, easy, odd = (values(nll, human) for nll in (human, human * 0, human + 9))
    assert same["w1"] == 0
    assert (same["below"], same["above"]) == pytest.approx((0.01, 0.01), abs=0.0025)
    assert (easy["below"], easy["above"], easy["q99"]) == (1.0, 0.0, 1.0)
    assert (odd["below"], odd["above"], odd["w1"]) == (0.0, 1.0, pytest.approx(9))


def test_both_shoulders_show_where_the_median_does_not() -> None:
    rng = np.random.default_rng(0)
    human, wide = rng.normal(3, 0.5, 2000), rng.normal(3, 1, 2000)
    figures = values(wide, human)
    assert figures["q50"] == pytest.approx(math.e**3, rel=0.1)
    # the 1% points lie 2.326 human sds out, 1.163 of the wide: 12.2% beyond each
    assert (figures["below"], figures["above"]) == pytest.approx((0.122, 0.122), abs=0.03)


def test_agrees_with_scipy_and_numpy_and_order_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    ours, human = rng.gamma(9, 0.4, 300), rng.gamma(9, 0.3, 200)
    figures = values(ours, human)
    assert figures["w1"] == pytest.approx(stats.wasserstein_distance(ours, human))
    assert figures["q95"] == pytest.approx(np.quantile(np.exp(ours), 0.95))
    assert values(ours[::-1], human[::-1]) == pytest.approx(figures)


def test_what_a_text_adds_to_the_distance_is_its_potential() -> None:
    # 0 and 4 against 1 and 2: f rises from 0 to 1 where only ours lie below (-1 each), is level from 2 on where as many
    # do, F - G = 1/2, -1/2 ... so f = 0, -1 at 1; then F = G on [1, 2]: -1; then G - F = 1/2 on [2, 4]: +2 -> 1 at 4.
    # mean f over ours 1/2, over the others (-1 - 1) / 2 = -1: distance 3/2, as 1 * 1/2 + 2 * 1/2
    assert wasserstein_potential([0.0, 4.0], [1.0, 2.0]) == pytest.approx([0 + 1, 1 + 1])


def test_the_potential_is_how_the_distance_moves_with_a_text() -> None:
    rng = np.random.default_rng(3)
    ours, human = rng.gamma(9, 0.4, 40), rng.gamma(9, 0.3, 50)
    moved = np.array(ours)
    moved[7] += 1e-6
    change = stats.wasserstein_distance(moved, human) - stats.wasserstein_distance(ours, human)
    both = wasserstein_potential(np.append(ours, moved[7]), np.append(human, moved[7]))
    slope = (both[-1] - both[7]) / 1e-6
    assert change == pytest.approx(slope * 1e-6 / 40, abs=1e-9)


def test_quantiles_are_of_texts_and_the_distance_is_a_mean_over_them() -> None:
    nll = np.random.default_rng(4).normal(3, 0.5, 300)
    terms = typicality(nll, nll + 0.1)
    assert terms["q05"] == Quantile(pytest.approx(np.exp(nll)), 0.05)
    assert isinstance(terms["w1"], Terms)
    low, high = bootstrap_ratio(*terms["w1"][:2], np.random.default_rng(0))
    # all texts moved by .1, so each adds its own value but for a constant: the interval is that of the mean
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(300), rel=0.15)


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(ValueError, match="typicality: got 0 texts and 1 human ones, want 1 or more of each"):
        typicality([], [1.0])
    with pytest.raises(ValueError, match="typicality: got 1 texts and 0 human ones"):
        Typicality().terms([text(-1.0)], Given([]))
