"""Named collapses and phases of a loop: what is held to have happened, each with its evidence, and never one flag.

Every judgement is an inequality on the slope of a measure over generations, relative to a control that is trained
alike on human text alone. What the names mean is in `evals.collapse_rules`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.collapse_rules import CONDITIONS, THRESHOLDS, Condition, Rule, Thresholds
from evals.interval import paired_t
from evals.significance import slopes

NOISE_ERRORS = 1.0
"""Standard errors by which a slope of too few seeds for an interval must clear its threshold.

Two missed 5 of 16 blurs that one found in the worlds that thresholds were fixed on, since three slopes must be shown in
one window; none let the human arm of a language model pass for an early phase.
"""
WINDOW = 4
"""Generations over which a phase is sought; an early phase gives way to a late one, so no phase spans a run."""
ERROR_RATE = 0.05
"""Outside its intervals a verdict lets this share of slopes lie, over all windows in which it is sought."""


class State(StrEnum):
    """What is said of a verdict."""

    HELD = "held"
    NOT_HELD = "not held"
    NOT_MEASURABLE = "not measurable"


class Series(NamedTuple):
    """What was measured for a role, relative to a control and in the unit of its measure."""

    measure: str
    generations: Sequence[int]
    values: npt.NDArray[np.float64]  # (seeds, generations)
    noise: float = 0.0
    """Standard deviation of one value by retraining and sampling alone, as far as the run itself shows it."""


class Slope(NamedTuple):
    """A condition held against what was measured."""

    condition: str
    measure: str
    generations: tuple[int, int]
    """First and last."""
    slope: float
    """Change per generation in the measure's unit, mean over seeds."""
    low: float | None
    """Lower end of its t interval over seeds; None with too few of them."""
    high: float | None
    noise: float | None
    """With too few seeds, by how much the slope must clear its threshold; else None."""
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
    thresholds: Thresholds = THRESHOLDS,
) -> Verdict:
    """Judge one rule by the series of its roles.

    A condition is shown when the whole t interval of its slope lies beyond the threshold, and ruled out when none of
    it does; with fewer than `enough` seeds no interval is given, and the mean slope must clear the threshold by one
    standard error from the noise of its series. A rule with one condition that is not met is not held, whatever else
    could not be measured. A phase is held when some window of 4 generations holds it; the intervals of all its windows
    together keep to 95% (Bonferroni).

    Args:
        rule: what to judge.
        series: by role; a role without one is in `absent`.
        enough: seeds that it takes for an interval.
        absent: why a role has no series.
        thresholds: relevant and fast.

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
    thresholds: Thresholds,
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
        evidence.append(_slope(name, cut, enough, thresholds.of(name), level, is_shown=name in rule.shown))
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
    measure, generations, values, noise = series[role]
    places = [i for i, g in enumerate(generations) if g in window]
    if len(places) < max(2, len(window) if whole else 2):
        missing = sorted(set(window) - set(generations))
        told = f"no value in generations {', '.join(map(str, missing))}" if missing else "one generation has no slope"
        return f"{measure}: {told}"
    return Series(measure, [generations[i] for i in places], values[:, places], noise)


def _slope(name: str, series: Series, enough: int, threshold: float, level: float, *, is_shown: bool) -> Slope:
    condition = CONDITIONS[name]
    beyond = condition_slopes(condition, series)
    start = len(series.generations) // 2 if condition.is_of_later_half else 0
    has_interval = len(beyond) >= max(enough, 2)
    if has_interval:
        mean, low, high = paired_t(beyond, level)
    else:
        places = np.array(series.generations[start:], dtype=np.float64)
        spread = math.sqrt(len(beyond) * float(np.sum((places - places.mean()) ** 2)))
        mean, noise = float(np.mean(beyond)), NOISE_ERRORS * series.noise / spread
        low, high = mean - noise, mean + noise
    ends = sorted((condition.direction * low, condition.direction * high))
    return Slope(
        name,
        series.measure,
        (series.generations[start], series.generations[-1]),
        condition.direction * mean,
        ends[0] if has_interval else None,
        ends[1] if has_interval else None,
        None if has_interval else (ends[1] - ends[0]) / 2,
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
