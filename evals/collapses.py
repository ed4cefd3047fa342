"""Named collapses and phases of a loop: what is held to have happened, each with its evidence, and never one flag.

"Collapse" has had at least eight meanings that exclude one another (Schaeffer et al. 2025, arXiv 2503.03150), so each
is judged under its own name. Every judgement is an inequality on the slope of a measure over generations, relative to
a control that is trained alike on human text alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.interval import paired_t
from evals.significance import slopes

WINDOW = 4
"""Generations over which a phase is sought; an early phase gives way to a late one, so no phase spans a run."""
ERROR_RATE = 0.05
"""Outside its intervals a verdict lets this share of slopes lie, over all windows in which it is sought."""


class State(StrEnum):
    """What is said of a verdict."""

    HELD = "held"
    NOT_HELD = "not held"
    NOT_MEASURABLE = "not measurable"


class Measure(NamedTuple):
    """A measure of the history that can take a role."""

    name: str
    in_logs: bool = False
    """Whether slopes are taken of its logarithm, so that they are relative changes."""


ROLES: Mapping[str, tuple[Measure, ...]] = {
    "loss": (
        Measure("student/perplexity/nll"),
        Measure("student/divergence/kl"),
        Measure("student/density_nll/value"),
    ),
    "head loss": (Measure("student/word_frequency_nll/head"), Measure("student/divergence/kl/head")),
    "tail loss": (Measure("student/word_frequency_nll/tail"), Measure("student/divergence/kl/tail")),
    "missing mass": (Measure("sampled/missing_mass/2"), Measure("student/known_truth/missing_mass")),
    "diversity": (Measure("sampled/distinct_n/2", in_logs=True), Measure("sampled/hill/2/q1", in_logs=True)),
    "variance": (Measure("sampled/hill/2/q2", in_logs=True), Measure("student/gaussian_moments/log_variance")),
    "types": (
        Measure("sampled/hill/2/q0", in_logs=True),
        Measure("sampled/distinct_n/1", in_logs=True),
        Measure("student/known_truth/types", in_logs=True),
    ),
    "false mass": (Measure("sampled/false_mass/2"), Measure("student/divergence/false_mass")),
}
"""Measures for each role, the first that a history holds is taken. Losses in nats, masses as shares."""


class Condition(NamedTuple):
    """An inequality on a slope: direction * slope of the role's measure > the threshold of this condition's name."""

    role: str
    direction: int
    """1: it rises; -1: it falls."""
    is_of_later_half: bool = False
    """Whether the slope is that of the later half of the generations alone."""


CONDITIONS: Mapping[str, Condition] = {
    "loss rises": Condition("loss", 1),
    "loss rises fast": Condition("loss", 1),
    "loss rises to the end": Condition("loss", 1, is_of_later_half=True),
    "head loss rises": Condition("head loss", 1),
    "tail loss rises": Condition("tail loss", 1),
    "human text goes missing": Condition("missing mass", 1),
    "false mass rises": Condition("false mass", 1),
    "diversity rises": Condition("diversity", 1),
    "variance falls": Condition("variance", -1),
    "variance falls fast": Condition("variance", -1),
    "types fall": Condition("types", -1),
}

# Fixed on two bigram worlds and tested on two others: `python -m experiments.collapses` prints both, and how often they
# err there from one replica alone. Balanced accuracy held out is .80 or more for all but appearing false data (.70:
# half of it is missed). Losses are in nats per pair there, and per token or word in text; masses move with the budget.
THRESHOLDS: Mapping[str, float] = {
    "loss rises": 0.0018,
    "loss rises fast": 0.082,
    "loss rises to the end": 0.033,
    "head loss rises": 0.0043,
    "tail loss rises": 0.026,
    "human text goes missing": 0.006,
    "false mass rises": 0.0026,
    "diversity rises": 0.00013,
    "variance falls": 0.038,
    "variance falls fast": 0.15,
    "types fall": 0.024,
}
"""Change per generation that a slope must pass, by condition."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What must be so for a verdict to be held."""

    name: str
    is_phase: bool
    """Whether it is sought in every window of generations; a collapse is judged over all of them."""
    shown: tuple[str, ...] = ()
    """Conditions that must be shown."""
    ruled_out: tuple[str, ...] = ()
    """Conditions that must be shown not to be so."""
    wants: str = ""
    """What it would take to measure it, where no history of one run can."""


RULES: tuple[Rule, ...] = (
    Rule("catastrophic rise of test loss", False, ("loss rises fast",)),
    Rule("any rise of test loss", False, ("loss rises",)),
    Rule("divergence over generations", False, ("loss rises to the end",)),
    Rule("collapsing variance", False, ("variance falls",)),
    Rule("disappearing tail", False, ("human text goes missing",)),
    Rule("appearing false data", False, ("false mass rises",)),
    Rule("merging modes", False, wants="it takes a world of modes and a measure of how far apart they stay"),
    Rule("changed scaling", False, wants="it takes runs at several sizes of data or student"),
    Rule("early phase", True, ("tail loss rises",), ruled_out=("head loss rises",)),
    Rule("blur", True, ("diversity rises", "false mass rises", "loss rises")),
    Rule("late phase", True, ("variance falls", "types fall", "head loss rises")),
    Rule("masked late phase", True, ("variance falls fast", "types fall"), ruled_out=("loss rises fast",)),
)
"""Collapses in the order of Schaeffer et al. 2025, then phases in the order in which they come."""


class Series(NamedTuple):
    """What was measured for a role, relative to a control."""

    measure: str
    generations: Sequence[int]
    values: npt.NDArray[np.float64]  # (seeds, generations), logarithms where the role takes them


class Slope(NamedTuple):
    """A condition held against what was measured."""

    condition: str
    measure: str
    generations: tuple[int, int]
    """First and last."""
    slope: float
    """Change per generation, mean over seeds."""
    low: float | None
    """Lower end of its t interval over seeds; None with too few of them."""
    high: float | None
    threshold: float
    """Signed as the slope that would pass it."""
    n_seeds: int
    is_met: bool
    """Whether the condition is shown, or shown not to be so where the rule wants that."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said under one name."""

    name: str
    state: State
    evidence: tuple[Slope, ...]
    """Over the first window in which a phase is held, else the last that was judged."""
    reason: str = ""
    """Why it is not measurable."""
    held_in: tuple[tuple[int, int], ...] = ()
    """First and last generation of each span in which it is held."""


def judge(
    rule: Rule,
    series: Mapping[str, Series],
    enough: int,
    absent: Mapping[str, str],
    thresholds: Mapping[str, float] = THRESHOLDS,
) -> Verdict:
    """Judge one rule by the series of its roles.

    A condition is shown when the whole t interval of its slope lies beyond the threshold, and ruled out when none of
    it does; with fewer than `enough` seeds the mean slope alone decides, and no interval is given. A rule with one
    condition that is not met is not held, whatever else could not be measured. A phase is held when some window of
    4 generations holds it; the intervals of all its windows together keep to 95% (Bonferroni).

    Args:
        rule: what to judge.
        series: by role; a role without one is in `absent`.
        enough: seeds that it takes for an interval.
        absent: why a role has no series.
        thresholds: by condition.

    Raises:
        ValueError: a role that is in neither.
    """
    if rule.wants:
        return Verdict(rule.name, State.NOT_MEASURABLE, (), rule.wants)
    generations = sorted({g for one in series.values() for g in one.generations})
    windows = [generations]
    if rule.is_phase and len(generations) > WINDOW:
        windows = [generations[i : i + WINDOW] for i in range(len(generations) - WINDOW + 1)]
    level = 1 - ERROR_RATE / len(windows)
    verdicts = [_in_window(rule, window, series, enough, absent, thresholds, level) for window in windows]
    by_state = {state: [one for one in verdicts if one.state == state] for state in State}
    if by_state[State.HELD]:
        return replace(by_state[State.HELD][0], held_in=_spans([one.held_in[0] for one in by_state[State.HELD]]))
    return (by_state[State.NOT_MEASURABLE] or by_state[State.NOT_HELD])[-1]


def condition_slopes(condition: Condition, series: Series) -> npt.NDArray[np.float64]:
    """Return direction * slope for each seed: what is held against the threshold.  # (seeds,)

    Raises:
        ValueError: fewer than 2 generations.
    """
    start = len(series.generations) // 2 if condition.is_of_later_half else 0
    return condition.direction * slopes(series.values[:, start:], series.generations[start:])


def _in_window(
    rule: Rule,
    window: Sequence[int],
    series: Mapping[str, Series],
    enough: int,
    absent: Mapping[str, str],
    thresholds: Mapping[str, float],
    level: float,
) -> Verdict:
    evidence, reasons = list[Slope](), list[str]()
    for name in (*rule.shown, *rule.ruled_out):
        role = CONDITIONS[name].role
        cut = _cut(role, series, window, absent, whole=rule.is_phase)
        if isinstance(cut, str):
            reasons.append(cut)
            continue
        if CONDITIONS[name].is_of_later_half and len(cut.generations) < 3:
            reasons.append(f"{cut.measure}: {len(cut.generations)} generations have no later half with a slope")
            continue
        evidence.append(_slope(name, cut, enough, thresholds[name], level, is_shown=name in rule.shown))
    if not all(slope.is_met for slope in evidence):
        return Verdict(rule.name, State.NOT_HELD, tuple(evidence))
    if reasons:
        return Verdict(rule.name, State.NOT_MEASURABLE, tuple(evidence), "; ".join(dict.fromkeys(reasons)))
    return Verdict(rule.name, State.HELD, tuple(evidence), held_in=((window[0], window[-1]),))


def _cut(
    role: str, series: Mapping[str, Series], window: Sequence[int], absent: Mapping[str, str], *, whole: bool
) -> Series | str:
    """Return what a role has in a window, or why it cannot be judged; `whole` wants every generation of it."""
    if role not in series:
        if role not in absent:
            raise ValueError(f"judge: role {role!r} is neither in series nor in absent. Say why it is not measured.")
        return absent[role]
    measure, generations, values = series[role]
    places = [i for i, g in enumerate(generations) if g in window]
    if len(places) < max(2, len(window) if whole else 2):
        missing = sorted(set(window) - set(generations))
        told = f"no value in generations {', '.join(map(str, missing))}" if missing else "one generation has no slope"
        return f"{measure}: {told}"
    return Series(measure, [generations[i] for i in places], values[:, places])


def _slope(name: str, series: Series, enough: int, threshold: float, level: float, *, is_shown: bool) -> Slope:
    condition = CONDITIONS[name]
    beyond = condition_slopes(condition, series)
    mean = low = high = float(np.mean(beyond))
    has_interval = len(beyond) >= max(enough, 2)
    if has_interval:
        mean, low, high = paired_t(beyond, level)
    ends = sorted((condition.direction * low, condition.direction * high))
    start = len(series.generations) // 2 if condition.is_of_later_half else 0
    return Slope(
        name,
        series.measure,
        (series.generations[start], series.generations[-1]),
        condition.direction * mean,
        ends[0] if has_interval else None,
        ends[1] if has_interval else None,
        condition.direction * threshold,
        len(beyond),
        low > threshold if is_shown else high <= threshold,
    )


def _spans(windows: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join windows that overlap."""
    joined = [windows[0]]
    for first, last in windows[1:]:
        if first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return tuple(joined)
