"""Each rule on series worked by hand; the phases of a published kind of run; noise holds nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from evals.collapse_rules import CONDITIONS, ROLES, RULES, THRESHOLDS, Condition, Measure, Thresholds
from evals.collapses import Series, State, Verdict, judge

BY_NAME = {rule.name: rule for rule in RULES}
SINGLE = {  # rule -> its one condition, with the role, the direction and the share a generation that it takes
    "catastrophic rise of test loss": ("loss rises fast", "information", -1, 0.1),
    "any rise of test loss": ("loss rises", "information", -1, 0.02),
    "divergence over generations": ("loss rises to the end", "information", -1, 0.02),
    "collapsing variance": ("variance falls", "variance", -1, 0.02),
    "disappearing tail": ("human text goes missing", "missing mass", 1, 0.02),
    "appearing false data": ("false mass rises", "false mass", 1, 0.02),
    "merging modes": ("modes merge", "mode separation", -1, 0.02),
}
ENOUGH = 5

# A transformer of two layers on a Markov language of 128 types, each generation on the draws of the one before at
# temperature .8: KL to the truth, NLL of the head and the tail quarter, entropy of types, distinct bigrams, types. The
# log of 128 is 4.85, its truth has about 3.6 nats a token: losses count in shares of the 1.2 nats known between.
KNOWN = 1.2
COLD = {
    "information": [1 - loss / KNOWN for loss in (0.32, 0.50, 0.74, 1.11, 1.59, 1.89, 2.20)],
    "head loss": [loss / KNOWN for loss in (2.94, 2.77, 2.64, 2.52, 2.58, 2.62, 2.77)],
    "tail loss": [loss / KNOWN for loss in (4.86, 5.33, 5.89, 6.64, 7.43, 7.75, 7.82)],
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


def say(name: str, series: Mapping[str, Series], enough: int = ENOUGH, thresholds: Thresholds = THRESHOLDS) -> Verdict:
    absent = {role: f"no {role}" for role in ROLES if role not in series}
    return judge(BY_NAME[name], series, enough, absent, thresholds)


def line(role: str, slope: float, generations: int = 4) -> dict[str, Sequence[float]]:
    return {role: [1 + slope * g for g in range(generations)]}


@pytest.mark.parametrize(("name", "meaning"), SINGLE.items())
def test_a_collapse_is_held_past_its_threshold_and_not_short_of_it(
    name: str, meaning: tuple[str, str, int, float]
) -> None:
    condition, role, direction, share = meaning
    assert BY_NAME[name].shown == (condition,)
    edge = direction * share
    assert say(name, one_seed(line(role, 1.05 * edge))).state == State.HELD
    assert say(name, one_seed(line(role, 0.95 * edge))).state == State.NOT_HELD
    assert say(name, one_seed(line(role, -2 * edge))).state == State.NOT_HELD
    without = say(name, {})
    assert (without.state, without.reason, without.evidence) == (State.NOT_MEASURABLE, f"no {role}", ())


PHASES = {  # phase -> what it takes: role -> slope that is just enough, with its direction
    "early phase": {"tail loss": 0.021, "head loss": 0.019},
    "blur": {"diversity": 0.021, "false mass": 0.021, "information": -0.021},
    "late phase": {"variance": -0.021, "types": -0.021, "head loss": 0.021},
    "masked late phase": {"variance": -0.105, "types": -0.021, "information": -0.095},
}
PUSHES = {  # a slope that is no longer enough, for each role of each phase
    "early phase": {"tail loss": 0.019, "head loss": 0.021},
    "blur": {"diversity": 0.019, "false mass": 0.019, "information": -0.019},
    "late phase": {"variance": -0.019, "types": -0.019, "head loss": 0.019},
    "masked late phase": {"variance": -0.095, "types": -0.019, "information": -0.105},
}


@pytest.mark.parametrize(("name", "role"), [(name, role) for name, roles in PUSHES.items() for role in roles])
def test_a_phase_falls_with_each_of_its_conditions(name: str, role: str) -> None:
    def lines(slopes: Mapping[str, float]) -> dict[str, Series]:
        return one_seed({each: line(each, slope)[each] for each, slope in slopes.items()})

    assert say(name, lines(PHASES[name])).state == State.HELD
    assert say(name, lines({**PHASES[name], role: PUSHES[name][role]})).state == State.NOT_HELD


def test_evidence_is_the_slope_with_its_threshold_and_generations() -> None:
    # Values 0, -.1, -.3, -.2 over generations 0 to 3: ((-1.5)(0) + (-.5)(-.1) + (.5)(-.3) + (1.5)(-.2)) / 5 = -.08
    (slope,) = say("any rise of test loss", one_seed({"information": [0, -0.1, -0.3, -0.2]})).evidence
    assert slope.slope == pytest.approx(-0.08)
    assert (slope.measure, slope.generations, slope.n_seeds) == ("made/information", (0, 3), 1)
    assert (slope.low, slope.high, slope.is_met) == (None, None, True)
    assert slope.threshold == -0.02, "falling, the threshold has the sign of the slope that passes it"
    (rise,) = say("disappearing tail", one_seed(line("missing mass", 1))).evidence
    assert (rise.slope, rise.threshold) == (pytest.approx(1), 0.02)


def test_divergence_looks_at_the_later_half_alone() -> None:
    # A loss that has risen and stands still has not diverged: generations 2 and 3 of 0 to 3.
    verdict = say("divergence over generations", one_seed({"information": [3, 2, 1, 1]}))
    assert verdict.state == State.NOT_HELD
    assert verdict.evidence[0].generations == (2, 3)
    assert say("any rise of test loss", one_seed({"information": [3, 2, 1, 1]})).state == State.HELD


def test_with_seeds_the_whole_interval_must_lie_beyond_the_threshold() -> None:
    # Slopes .1, .2, .3, .4, .5: mean .3, s = .1581, t(4) = 2.776, half width .1963 -> [.1037, .4963].
    series = {"missing mass": Series("made/mass", range(4), np.outer([0.1, 0.2, 0.3, 0.4, 0.5], range(4)))}
    held = say("disappearing tail", series, thresholds=Thresholds(0.10, 1))
    assert held.state == State.HELD
    assert (held.evidence[0].low, held.evidence[0].high) == pytest.approx((0.1037, 0.4963), abs=1e-4)
    above = Thresholds(0.11, 1)
    assert say("disappearing tail", series, thresholds=above).state == State.NOT_HELD
    assert say("disappearing tail", series, enough=6, thresholds=above).state == State.HELD, "the mean alone"


@pytest.mark.parametrize(("seeds", "noise", "state"), [
    (1, 0.021, State.HELD), (1, 0.024, State.NOT_HELD), (4, 0.042, State.HELD), (4, 0.048, State.NOT_HELD),
])  # fmt: skip
def test_few_seeds_must_clear_the_threshold_by_the_noise_of_their_run(seeds: int, noise: float, state: State) -> None:
    # A slope of .03 over generations 0 to 3 has the standard error noise / sqrt(5 seeds): .01 is what it may have.
    series = {"missing mass": Series("made/mass", range(4), np.outer(np.ones(seeds), 0.03 * np.arange(4)), noise)}
    verdict = say("disappearing tail", series)
    assert verdict.state == state
    assert verdict.evidence[0].noise == pytest.approx(noise / math.sqrt(5 * seeds))
    assert verdict.evidence[0].low is None


def test_with_noise_a_head_that_may_rise_is_not_ruled_out() -> None:
    tail, head = np.array([[0, 1.0, 2.0, 3.0]]), np.zeros((1, 4))
    for noise, state in ((0.04, State.HELD), (0.05, State.NOT_HELD)):  # .02 sqrt 5 = .0447
        series = {"tail loss": Series("made/tail", range(4), tail), "head loss": Series("h", range(4), head, noise)}
        assert say("early phase", series).state == state


def test_what_is_ruled_out_must_lie_wholly_short_of_the_threshold() -> None:
    tail = Series("made/tail", range(4), np.outer([1.0, 1.1, 0.9, 1.05, 0.95], range(4)))
    head = Series("made/head", range(4), np.outer([0.1, 0.2, 0.3, 0.4, 0.5], range(4)))  # [.1037, .4963]
    series = {"tail loss": tail, "head loss": head}
    assert say("early phase", series, thresholds=Thresholds(0.50, 1)).state == State.HELD
    undecided = say("early phase", series, thresholds=Thresholds(0.40, 1))
    assert undecided.state == State.NOT_HELD, "the mean of .3 is short of it, its interval is not"
    assert [slope.is_met for slope in undecided.evidence] == [True, False]


def test_a_cold_loop_is_early_at_first_and_late_at_the_end() -> None:
    start = one_seed(COLD, 0, 3)
    assert say("early phase", start).held_in == ((0, 3),)
    assert say("late phase", start).state == State.NOT_HELD, "its head improves"
    end = one_seed(COLD, 3, 6)
    assert say("early phase", end).state == State.NOT_HELD
    assert say("late phase", end).held_in == ((3, 6),)
    # By windows: the head's slopes are -.139, -.069, .000 and .079 nats, so the last window alone is late.
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
        "information": ends(1 - 0.337 / KNOWN, 1 - 0.781 / KNOWN),
        "head loss": ends(2.95 / KNOWN, 3.30 / KNOWN),
        "tail loss": ends(4.89 / KNOWN, 5.37 / KNOWN),
        "diversity": ends(math.log(9185), math.log(10742)),
        "variance": ends(4.49, 4.57),
        "types": ends(math.log(128), math.log(128)),
        "false mass": ends(0.10 / 0.25, 0.16 / 0.25),
    }
    assert say("blur", one_seed(warm)).held_in == ((0, 6),)
    for other in ("early phase", "late phase", "masked late phase", "collapsing variance"):
        assert say(other, one_seed(warm)).state == State.NOT_HELD, other
    narrowing = {**warm, "diversity": ends(math.log(10742), math.log(9185))}
    assert say("blur", one_seed(narrowing)).state == State.NOT_HELD


def test_a_rule_that_fails_where_it_is_measured_is_not_held_whatever_is_missing() -> None:
    some = {**line("information", -1.0), **line("diversity", 1.0)}
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


def test_what_no_single_run_can_show_says_what_it_takes() -> None:
    verdict = say("changed scaling", one_seed(COLD))
    assert verdict.state == State.NOT_MEASURABLE
    assert "several sizes" in verdict.reason


def test_one_generation_has_no_slope() -> None:
    verdict = say("any rise of test loss", one_seed({"information": [1.0]}))
    assert (verdict.state, verdict.reason) == (State.NOT_MEASURABLE, "made/information: one generation has no slope")


def test_noise_against_noise_holds_nothing_where_single_seeds_would() -> None:
    rng = np.random.default_rng(3)
    held = dict.fromkeys((1, ENOUGH), 0)
    for _ in range(40):
        noise = {role: rng.normal(0, 0.04, (5, 8)) - rng.normal(0, 0.04, (5, 8)) for role in ROLES}
        for seeds in held:
            series = {role: Series(role, range(8), values[:seeds]) for role, values in noise.items()}
            held[seeds] += sum(judge(rule, series, ENOUGH, {}).state == State.HELD for rule in RULES)
    assert held[ENOUGH] <= 4, "of 440 verdicts on nothing"
    assert held[1] > 20


def test_a_role_without_series_and_without_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="role 'information' is neither in series nor in absent"):
        judge(BY_NAME["any rise of test loss"], {}, ENOUGH, {})


def test_every_condition_has_a_role_and_every_role_and_condition_is_used() -> None:
    assert {condition.role for condition in CONDITIONS.values()} == ROLES.keys()
    used = {name for rule in RULES for name in (*rule.shown, *rule.ruled_out)}
    assert used == CONDITIONS.keys()
    assert all(bool(rule.shown) != bool(rule.wants) for rule in RULES)


def test_the_named_collapses_and_phases_of_the_field_are_all_there() -> None:
    # Schaeffer et al. 2025 name the first eight; the phases are those that loops go through.
    assert [rule.name for rule in RULES if not rule.is_phase] == [*SINGLE, "changed scaling"]
    assert [rule.name for rule in RULES if rule.is_phase] == list(PHASES)


def test_a_threshold_is_the_fast_one_where_a_condition_says_so() -> None:
    fast = [name for name in CONDITIONS if THRESHOLDS.of(name) == 0.1]
    assert fast == ["loss rises fast", "variance falls fast"]
    assert {THRESHOLDS.of(name) for name in CONDITIONS} == {0.02, 0.1}


def test_losses_count_in_what_student_0_knows_and_masses_in_quarters() -> None:
    # What makes one threshold hold in other worlds: no loss is held against a number of nats.
    gains = {measure.unit for role in ("information", "head loss", "tail loss") for measure in ROLES[role]}
    assert all(str(unit).endswith("/information_gain") for unit in gains)
    assert all(m.name.split("/")[1] == str(m.unit).split("/")[1] for m in ROLES["head loss"] + ROLES["tail loss"])
    assert {measure.unit for role in ("missing mass", "false mass") for measure in ROLES[role]} == {0.25}
    assert ROLES["types"][0] == Measure("sampled/hill/2/q0", "logarithm")
    assert CONDITIONS["loss rises"] == Condition("information", -1)


def test_two_generations_have_no_later_half_to_diverge_in() -> None:
    verdict = say("divergence over generations", one_seed(line("information", -1.0, generations=2)))
    assert verdict.state == State.NOT_MEASURABLE
    assert verdict.reason == "made/information: 2 generations have no later half with a slope"
    falling = one_seed(line("information", -1.0, generations=3))
    assert say("divergence over generations", falling).state == State.HELD
