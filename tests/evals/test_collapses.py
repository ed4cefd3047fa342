"""Each rule on series worked by hand; the phases of a published kind of run; noise holds nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from evals.collapses import CONDITIONS, ROLES, RULES, THRESHOLDS, Rule, Series, State, Verdict, judge

BY_NAME = {rule.name: rule for rule in RULES}
SINGLE = {  # rule -> its one condition, and how far a slope must go in which direction
    "catastrophic rise of test loss": "loss rises fast",
    "any rise of test loss": "loss rises",
    "divergence over generations": "loss rises to the end",
    "collapsing variance": "variance falls",
    "disappearing tail": "human text goes missing",
    "appearing false data": "false mass rises",
}
ENOUGH = 5

# A transformer of two layers on a Markov language of 128 types, each generation on the draws of the one before at
# temperature .8: KL to the truth, NLL of the head and the tail quarter, entropy of types, distinct bigrams, types.
COLD = {
    "loss": [0.32, 0.50, 0.74, 1.11, 1.59, 1.89, 2.20],
    "head loss": [2.94, 2.77, 2.64, 2.52, 2.58, 2.62, 2.77],
    "tail loss": [4.86, 5.33, 5.89, 6.64, 7.43, 7.75, 7.82],
    "variance": [4.26, 3.89, 3.36, 2.72, 2.04, 1.54, 1.20],
    "diversity": [math.log(n) for n in (6944, 5356, 3528, 1861, 827, 402, 156)],
    "types": [math.log(n) for n in (128, 128, 128, 127, 109, 73, 40)],
}


def one_seed(values: Mapping[str, Sequence[float]], first: int = 0, last: int | None = None) -> dict[str, Series]:
    """One row for each role, cut to some generations."""
    cut = {role: list(enumerate(series))[first : None if last is None else last + 1] for role, series in values.items()}
    return {
        role: Series(f"made/{role}", [g for g, _ in series], np.array([[value for _, value in series]]))
        for role, series in cut.items()
    }


def say(name: str, series: Mapping[str, Series], enough: int = ENOUGH, **thresholds: float) -> Verdict:
    absent = {role: f"no {role}" for role in ROLES if role not in series}
    return judge(BY_NAME[name], series, enough, absent, {**THRESHOLDS, **thresholds})


def line(role: str, slope: float, generations: int = 4) -> dict[str, Sequence[float]]:
    return {role: [1 + slope * g for g in range(generations)]}


@pytest.mark.parametrize(("name", "condition"), SINGLE.items())
def test_a_collapse_is_held_past_its_threshold_and_not_short_of_it(name: str, condition: str) -> None:
    role, direction, _ = CONDITIONS[condition]
    edge = direction * THRESHOLDS[condition]
    assert say(name, one_seed(line(role, 1.1 * edge))).state == State.HELD
    assert say(name, one_seed(line(role, 0.9 * edge))).state == State.NOT_HELD
    assert say(name, one_seed(line(role, -2 * edge))).state == State.NOT_HELD
    without = say(name, {})
    assert (without.state, without.reason, without.evidence) == (State.NOT_MEASURABLE, f"no {role}", ())


def test_evidence_is_the_slope_with_its_threshold_and_generations() -> None:
    # Values 0, .1, .3, .2 over generations 0 to 3: ((-1.5)(0) + (-.5)(.1) + (.5)(.3) + (1.5)(.2)) / 5 = .08
    (slope,) = say("any rise of test loss", one_seed({"loss": [0, 0.1, 0.3, 0.2]})).evidence
    assert slope.slope == pytest.approx(0.08)
    assert (slope.measure, slope.generations, slope.n_seeds) == ("made/loss", (0, 3), 1)
    assert (slope.low, slope.high, slope.is_met) == (None, None, True)
    # Falling, the threshold has the sign of the slope that passes it.
    (fall,) = say("collapsing variance", one_seed(line("variance", -1))).evidence
    assert (fall.slope, fall.threshold) == (pytest.approx(-1), -THRESHOLDS["variance falls"])


def test_divergence_looks_at_the_later_half_alone() -> None:
    # A loss that has risen and stands still has not diverged: generations 2 and 3 of 0 to 3.
    verdict = say("divergence over generations", one_seed({"loss": [0, 1, 2, 2]}))
    assert verdict.state == State.NOT_HELD
    assert verdict.evidence[0].generations == (2, 3)
    assert say("any rise of test loss", one_seed({"loss": [0, 1, 2, 2]})).state == State.HELD


def test_with_seeds_the_whole_interval_must_lie_beyond_the_threshold() -> None:
    # Slopes .1, .2, .3, .4, .5: mean .3, s = .1581, t(4) = 2.776, half width .1963 -> [.1037, .4963].
    series = {"loss": Series("made/loss", range(4), np.outer([0.1, 0.2, 0.3, 0.4, 0.5], range(4)))}
    held = say("any rise of test loss", series, **{"loss rises": 0.10})
    assert held.state == State.HELD
    assert (held.evidence[0].low, held.evidence[0].high) == pytest.approx((0.1037, 0.4963), abs=1e-4)
    assert say("any rise of test loss", series, **{"loss rises": 0.11}).state == State.NOT_HELD
    assert say("any rise of test loss", series, enough=6, **{"loss rises": 0.11}).state == State.HELD, "the mean alone"


def test_what_is_ruled_out_must_lie_wholly_short_of_the_threshold() -> None:
    tail = Series("made/tail", range(4), np.outer([1.0, 1.1, 0.9, 1.05, 0.95], range(4)))
    head = Series("made/head", range(4), np.outer([0.1, 0.2, 0.3, 0.4, 0.5], range(4)))  # [.1037, .4963]
    series = {"tail loss": tail, "head loss": head}
    assert say("early phase", series, **{"head loss rises": 0.50}).state == State.HELD
    undecided = say("early phase", series, **{"head loss rises": 0.40})
    assert undecided.state == State.NOT_HELD, "the mean of .3 is short of it, its interval is not"
    assert [slope.is_met for slope in undecided.evidence] == [True, False]


def test_a_cold_loop_is_early_at_first_and_late_at_the_end() -> None:
    start = one_seed(COLD, 0, 3)
    assert say("early phase", start).held_in == ((0, 3),)
    assert say("late phase", start).state == State.NOT_HELD, "its head improves"
    end = one_seed(COLD, 3, 6)
    assert say("early phase", end).state == State.NOT_HELD
    assert say("late phase", end).held_in == ((3, 6),)
    # By windows: the head's slopes are -.139, -.069, .000 and .079, so the last window alone is late.
    assert say("early phase", one_seed(COLD)).held_in == ((0, 5),)
    assert say("late phase", one_seed(COLD)).held_in == ((3, 6),)
    assert say("catastrophic rise of test loss", one_seed(COLD)).state == State.HELD
    assert say("divergence over generations", one_seed(COLD)).state == State.HELD
    assert say("collapsing variance", one_seed(COLD)).state == State.HELD


def test_at_temperature_1_diversity_rises_while_loss_rises_and_that_is_blur() -> None:
    # The same transformer at temperature 1, generation 0 to 6; what it writes falsely is made up.
    def ends(first: float, last: float) -> list[float]:
        return np.linspace(first, last, 7).tolist()

    warm = {
        "loss": ends(0.337, 0.781),
        "head loss": ends(2.95, 3.30),
        "tail loss": ends(4.89, 5.37),
        "diversity": ends(math.log(9185), math.log(10742)),
        "variance": ends(4.49, 4.57),
        "types": ends(math.log(128), math.log(128)),
        "false mass": ends(0.10, 0.16),
    }
    assert say("blur", one_seed(warm)).held_in == ((0, 6),)
    for other in ("early phase", "late phase", "masked late phase", "collapsing variance"):
        assert say(other, one_seed(warm)).state == State.NOT_HELD, other
    narrowing = {**warm, "diversity": ends(math.log(10742), math.log(9185))}
    assert say("blur", one_seed(narrowing)).state == State.NOT_HELD


def test_a_model_that_passes_while_its_samples_die_is_masked_late() -> None:
    fine = {**line("loss", 0.01), **line("variance", -0.5), **line("types", -0.2)}
    assert say("masked late phase", one_seed(fine)).state == State.HELD
    assert say("masked late phase", one_seed({**fine, **line("loss", 1.0)})).state == State.NOT_HELD
    assert say("masked late phase", one_seed({**fine, **line("variance", -0.01)})).state == State.NOT_HELD


def test_a_rule_that_fails_where_it_is_measured_is_not_held_whatever_is_missing() -> None:
    some = {**line("loss", 1.0), **line("diversity", 1.0)}
    missing = say("blur", one_seed(some))
    assert (missing.state, missing.reason) == (State.NOT_MEASURABLE, "no false mass")
    assert say("blur", one_seed({**some, **line("diversity", -1.0)})).state == State.NOT_HELD


def test_samples_too_dead_to_measure_make_the_late_phase_not_measurable() -> None:
    series = one_seed({**line("head loss", -1.0, 8), **line("types", -1.0, 8)})
    head = np.array([[0, -1, -2, -3, -4, -3, -2, -1.0]])
    series = {**series, "head loss": Series("made/head", range(8), head)}
    series["variance"] = Series("made/variance", range(5), -np.arange(5.0)[None])
    verdict = say("late phase", series)
    assert verdict.state == State.NOT_MEASURABLE
    assert verdict.reason == "made/variance: no value in generations 5, 6, 7"


@pytest.mark.parametrize(
    ("name", "reason"), [("merging modes", "world of modes"), ("changed scaling", "several sizes")]
)
def test_what_no_single_run_can_show_says_what_it_takes(name: str, reason: str) -> None:
    verdict = say(name, one_seed(COLD))
    assert verdict.state == State.NOT_MEASURABLE
    assert reason in verdict.reason


def test_one_generation_has_no_slope() -> None:
    verdict = say("any rise of test loss", one_seed({"loss": [1.0]}))
    assert (verdict.state, verdict.reason) == (State.NOT_MEASURABLE, "made/loss: one generation has no slope")


def test_noise_against_noise_holds_nothing_where_single_seeds_would() -> None:
    rng = np.random.default_rng(3)
    held = dict.fromkeys((1, ENOUGH), 0)
    for _ in range(40):
        noise = {role: rng.normal(0, 0.02, (5, 8)) - rng.normal(0, 0.02, (5, 8)) for role in ROLES}
        for seeds in held:
            series = {role: Series(role, range(8), values[:seeds]) for role, values in noise.items()}
            held[seeds] += sum(judge(rule, series, ENOUGH, {}).state == State.HELD for rule in RULES)
    assert held[ENOUGH] <= 4, "of 400 verdicts on nothing"
    assert held[1] > 20


def test_a_role_without_series_and_without_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="role 'loss' is neither in series nor in absent"):
        judge(BY_NAME["any rise of test loss"], {}, ENOUGH, {})


def test_every_condition_has_a_role_and_a_threshold_above_zero() -> None:
    assert CONDITIONS.keys() == THRESHOLDS.keys()
    assert all(threshold > 0 for threshold in THRESHOLDS.values())
    assert {condition.role for condition in CONDITIONS.values()} == ROLES.keys()
    used = {name for rule in RULES for name in (*rule.shown, *rule.ruled_out)}
    assert used == CONDITIONS.keys()
    assert all(isinstance(rule, Rule) and (rule.shown or rule.wants) for rule in RULES)


def test_two_generations_have_no_later_half_to_diverge_in() -> None:
    verdict = say("divergence over generations", one_seed(line("loss", 1.0, generations=2)))
    assert verdict.state == State.NOT_MEASURABLE
    assert verdict.reason == "made/loss: 2 generations have no later half with a slope"
    assert say("divergence over generations", one_seed(line("loss", 1.0, generations=3))).state == State.HELD
