"""What theory expects of a policy under a noisy verifier; O13 and R6 name an oracle and runs of the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evals.theory.policy import VerifiedPolicy, finite_draws, odds_rule, solve_rate_quantiles

HALF = np.array([0.5])


def _accuracy(rate: np.ndarray) -> np.ndarray:
    return rate


def _expected(
    rates: np.ndarray, draws: int, phi: float, psi: float, rounds: int, figure: Any = _accuracy
) -> np.ndarray:
    return finite_draws(rates, draws, phi, psi, rounds, [figure])[:, 0]


def _law(**settings: Any) -> VerifiedPolicy:
    fixed = {"prompts": 2000, "answers": 50, "correct": 4, "concentration": 0.15, "draws": 16, "k": (1, 64)}
    rates = {"true_positive_rate": 1.0, "false_positive_rate": 1.0, "learning_rate": 1.0, "floor": 0.001}
    return VerifiedPolicy(**{**fixed, **rates, **settings})


def test_solve_rates_are_quantiles_of_a_beta() -> None:
    # One of two answers at concentration 1 is uniform; one of three has the distribution function 1 - (1 - x)^2.
    assert solve_rate_quantiles(4, 2, 1, 1.0) == pytest.approx([1 / 8, 3 / 8, 5 / 8, 7 / 8])
    assert solve_rate_quantiles(2, 3, 1, 1.0) == pytest.approx([1 - 0.75**0.5, 1 - 0.25**0.5])


def test_the_mean_solve_rate_is_the_share_of_correct_answers() -> None:
    assert solve_rate_quantiles(20_000, 50, 4, 0.15).mean() == pytest.approx(4 / 50, rel=1e-3)


def test_o13_odds_grow_by_the_ratio_of_the_rates() -> None:
    # Odds 1 -> 3 -> 9 at phi / psi = 3.
    assert odds_rule(HALF, 0.9, 0.3, 1.0, 2)[:, 0] == pytest.approx([1 / 2, 3 / 4, 9 / 10])
    assert odds_rule(HALF, 0.3, 0.9, 1.0, 1)[:, 0] == pytest.approx([1 / 2, 1 / 4])


def test_half_a_step_goes_half_the_way() -> None:
    # 1/2 to 3/4 by half: 5/8, odds 5/3 -> 5, so 5/8 to 5/6 by half: 35/48.
    assert odds_rule(HALF, 0.9, 0.3, 0.5, 2)[:, 0] == pytest.approx([1 / 2, 5 / 8, 35 / 48])


def test_an_oracle_solves_all_that_has_any_chance_and_leaves_the_rest() -> None:
    assert odds_rule(np.array([0.0, 1e-9, 1.0]), 1.0, 0.0, 1.0, 1)[1].tolist() == [0, 1, 1]


def test_one_draw_is_followed_by_hand() -> None:
    # x = 1/2, phi .8, psi .4: to 1 with .4, to 0 with .2, else stays: .4 + .4 / 2 = .6, then .4 + .4 * .6 = .64.
    assert _expected(HALF, 1, 0.8, 0.4, 2) == pytest.approx([0.5, 0.6, 0.64])


def test_two_draws_are_followed_by_hand() -> None:
    # x = 1/2, oracle keeping half: kept correct a ~ Bin(2, 1/4); any leads to 1, none (9/16) stays: 7/16 + 9/32.
    assert _expected(HALF, 2, 0.5, 0.0, 1) == pytest.approx([1 / 2, 23 / 32])
    # Without a filter: 0, 1/2, 1 with 1/4, 1/2, 1/4; squares have mean 1/8 + 1/4.
    assert _expected(HALF, 2, 1.0, 1.0, 1, np.square) == pytest.approx([1 / 4, 3 / 8])


@pytest.mark.parametrize("rate", [1.0, 0.4])
def test_o13_accuracy_is_a_martingale_where_the_verifier_cannot_tell(rate: float) -> None:
    rates = np.array([0.05, 0.3, 0.9])
    assert _expected(rates, 7, rate, rate, 5) == pytest.approx(np.full(6, rates.mean()))


def test_without_a_filter_disagreement_shrinks_as_in_population_genetics() -> None:
    # Wright-Fisher: E x (1 - x) loses 1 / n at every resampling.
    expected = 0.3 * 0.7 * (1 - 1 / 16) ** np.arange(5)
    assert _expected(np.array([0.3]), 16, 1.0, 1.0, 4, lambda x: x * (1 - x)) == pytest.approx(expected)


def test_many_draws_follow_the_odds_rule() -> None:
    rates = np.array([0.2, 0.5])
    limit = odds_rule(rates, 0.9, 0.3, 1.0, 3).mean(axis=1)
    few, many = (np.abs(_expected(rates, n, 0.9, 0.3, 3) - limit).max() for n in (8, 32))
    assert many < 0.02
    assert many < few / 4


# Means over 2,000 prompts of one simulated seed, generation 0 and 6: pass@1, pass@64, share of prompts below 0.001.
R6 = {
    (1.0, 1.0): ([0.080, 0.082], [0.759, 0.269], [0.05, 0.73]),
    (1.0, 0.0): ([0.080, 0.804], [0.759, 0.856], [0.05, 0.05]),
    (0.9, 0.3): ([0.080, 0.470], [0.759, 0.478], [0.05, 0.52]),
    (0.6, 0.5): ([0.080, 0.138], [0.759, 0.232], None),
}


@pytest.mark.parametrize("rates", R6)
def test_r6_an_independent_simulation_lies_within_its_own_noise(rates: tuple[float, float]) -> None:
    curves = _law(true_positive_rate=rates[0], false_positive_rate=rates[1]).curves(6)
    names = ("pass_at_1", "pass_at_64", "unreachable")
    for name, simulated in zip(names, R6[rates], strict=True):
        if simulated is not None:
            first_and_last = curves[f"student/known_policy/{name}"][0][[0, 6]]
            # A share of 2,000 prompts has a standard error of at most .011.
            assert first_and_last == pytest.approx(simulated, abs=0.022)


def test_an_estimate_without_bias_follows_the_same_law_as_far_as_there_are_draws() -> None:
    curves = _law(prompts=20, k=(1, 16, 64)).curves(2)
    estimated = {name for name in curves if name.startswith("sampled/")}
    assert estimated == {"sampled/pass_at_k/1", "sampled/pass_at_k/16"}
    assert curves["sampled/pass_at_k/16"][0] == pytest.approx(curves["student/known_policy/pass_at_16"][0])


def test_figures_are_followed_side_by_side() -> None:
    both = finite_draws(HALF, 3, 0.9, 0.3, 2, [_accuracy, np.square])
    assert both[:, 0] == pytest.approx(_expected(HALF, 3, 0.9, 0.3, 2))
    assert both[:, 1] == pytest.approx(_expected(HALF, 3, 0.9, 0.3, 2, np.square))


def test_nothing_is_said_where_no_law_is_exact() -> None:
    verified = {"prompts": 20, "true_positive_rate": 0.9, "false_positive_rate": 0.3}
    assert _law(**verified, learning_rate=0.5).curves(3) == {}
    assert _law(**verified, draws=65).curves(3) == {}  # more states than are worth following
    martingale = _law(prompts=20, learning_rate=0.5).curves(3)
    assert list(martingale) == ["student/known_policy/pass_at_1"]
    assert martingale["student/known_policy/pass_at_1"][1] == "martingale"
    assert _law(**verified, draws=None, learning_rate=0.5).curves(3)


def test_each_curve_names_its_law() -> None:
    laws = [
        _law(prompts=3, draws=draws, learning_rate=rate).curves(1)["student/known_policy/pass_at_1"][1]
        for draws, rate in ((None, 1.0), (None, 0.5), (2, 1.0))
    ]
    assert laws == ["odds x phi/psi", "step towards odds x phi/psi", "exact multinomial chain"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"true_positive_rate": 1.2}, r"got rates \(1\.2, 1\.0\)"),
        ({"true_positive_rate": 0.0, "false_positive_rate": 0.0}, "one of them above 0"),
        ({"learning_rate": 0.0}, r"learning_rate 0\.0, want"),
        ({"draws": 0}, "draws: got 0, want at least 1"),
    ],
)
def test_settings_without_a_meaning_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _law(**settings)
