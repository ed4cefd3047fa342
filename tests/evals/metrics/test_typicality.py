"""Typicality by hand, at its extremes, against scipy, and with intervals that hold the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.interval import delete_group_jackknife
from evals.metrics.typicality import Typicality, typicality
from evals.token_scores import TokenScores


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    reference: Sequence[TokenScores]


def text(*nats: float) -> TokenScores:
    return TokenScores(np.array(nats), np.zeros(len(nats)))


def test_values_by_hand() -> None:
    # mean NLL 1, 2, 3 against 1, 2, 6: one of three moved by 3, so w1 = 1; perplexities e, e^2, e^3 with median e^2
    given = Given([text(-1.0), text(-2.0, -2.0), text(-6.0)])
    figures = Typicality().measure([text(-1.0, -1.0), text(-1.0, -3.0), text(-3.0)], given)
    assert list(figures) == ["q01", "q05", "q50", "q95", "q99", "w1", "below", "above"]
    assert figures["q50"] == pytest.approx(math.e**2)
    assert figures["q01"] == pytest.approx(math.e + 0.02 * (math.e**2 - math.e))  # 2% of the way to the second
    assert figures["w1"] == pytest.approx(1)
    assert (figures["below"], figures["above"]) == (1 / 3, 0.0)  # the human 1% quantile is 1.02


def test_a_text_counts_once_however_long_it_is() -> None:
    assert Typicality().measure([text(-1.0), text(*[-3.0] * 99)], Given([text(-2.0)]))["w1"] == pytest.approx(1)


def test_extremes_are_the_same_texts_and_texts_beyond_all_human_ones() -> None:
    human = np.linspace(1, 5, 401)
    same, easy, odd = (typicality(nll, human) for nll in (human, human * 0, human + 9))
    assert same["w1"] == 0
    assert (same["below"], same["above"]) == pytest.approx((0.01, 0.01), abs=0.0025)
    assert (easy["below"], easy["above"], easy["q99"]) == (1.0, 0.0, 1.0)
    assert (odd["below"], odd["above"], odd["w1"]) == (0.0, 1.0, pytest.approx(9))


def test_both_shoulders_show_where_the_median_does_not() -> None:
    rng = np.random.default_rng(0)
    human, wide = rng.normal(3, 0.5, 2000), rng.normal(3, 1, 2000)
    figures = typicality(wide, human)
    assert figures["q50"] == pytest.approx(math.e**3, rel=0.1)
    # the 1% points lie 2.326 human sds out, 1.163 of the wide: 12.2% beyond each
    assert (figures["below"], figures["above"]) == pytest.approx((0.122, 0.122), abs=0.03)


def test_agrees_with_scipy_and_numpy_and_order_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    ours, human = rng.gamma(9, 0.4, 300), rng.gamma(9, 0.3, 200)
    figures = typicality(ours, human)
    assert figures["w1"] == pytest.approx(stats.wasserstein_distance(ours, human))
    assert figures["q95"] == pytest.approx(np.quantile(np.exp(ours), 0.95))
    assert typicality(ours[::-1], human[::-1]) == pytest.approx(figures)


def test_jackknife_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    human = rng.normal(3, 0.5, 500)

    def sample() -> np.ndarray:
        return rng.normal(2.8, 0.6, 500)

    fresh = [typicality(sample(), human) for _ in range(300)]
    truth = {part: np.mean([figures[part] for figures in fresh]) for part in ("w1", "below", "above")}
    held = []
    for _ in range(40):
        nll = sample()
        estimate = lambda places, nll=nll: typicality(nll[list(places)], human)  # noqa: E731
        intervals = delete_group_jackknife(estimate, range(500), rng)
        held += [intervals[part].low <= value <= intervals[part].high for part, value in truth.items()]
    assert 0.9 <= np.mean(held) <= 0.99


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(ValueError, match="typicality: got 0 texts and 1 human ones, want 1 or more of each"):
        typicality([], [1.0])
    with pytest.raises(ValueError, match="typicality: got 1 texts and 0 human ones"):
        Typicality().measure([text(-1.0)], Given([]))
