"""Which named collapses and phases each arm is held to show, from the rows of its history and of its control."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evals.collapse_rules import LOGARITHM, ROLES, RULES, Measure
from evals.collapses import Series as RoleSeries
from evals.collapses import judge
from evals.significance import scatter
from loops.differences import SEEDS_FOR_A_CLAIM, Pair, Row, Series, measured_series, paired_series
from tracking.report.data import Collapse, SlopeEvidence

CONTROL = "human_only"
"""The control that shows the noise of retraining; without it, and for it, slopes are those of the arm alone."""
GENERATION_0 = "generation 0"


def collapses(rows: Sequence[Row], arms: Sequence[str]) -> list[Collapse]:
    """Judge every rule for every arm, in the order of the arms and the rules.

    Intervals are given with 5 seeds of a language model or 100 replicas of a closed-form world; with fewer, a verdict
    rests on the mean slope and the noise of the run's own control, and says so.
    """
    enough = SEEDS_FOR_A_CLAIM["replica" if any("replica" in row for row in rows) else "seed"]
    found = []
    for arm in arms:
        control = CONTROL if CONTROL in arms and arm != CONTROL else GENERATION_0
        series, absent = role_series(rows, arm, control)
        for rule in RULES:
            verdict = judge(rule, series, enough, absent)
            evidence = tuple(SlopeEvidence(**slope._asdict()) for slope in verdict.evidence)
            n_seeds = min((slope.n_seeds for slope in evidence), default=0)
            found.append(
                Collapse(
                    arm=arm,
                    name=verdict.name,
                    is_phase=rule.is_phase,
                    state=str(verdict.state),
                    held_in=verdict.held_in,
                    control=control,
                    n_seeds=n_seeds,
                    caution="" if n_seeds >= enough or not evidence else _few(n_seeds, enough),
                    evidence=evidence,
                    reason=verdict.reason,
                )
            )
    return found


def role_series(
    rows: Sequence[Row], arm: str, control: str, roles: Mapping[str, Sequence[Measure]] = ROLES
) -> tuple[dict[str, RoleSeries], dict[str, str]]:
    """Return what the history holds for each role, relative to the control, and why it holds nothing for the others."""
    series, absent = dict[str, RoleSeries](), dict[str, str]()
    named = {name for measures in roles.values() for one in measures for name in (one.name, one.unit)}
    measured = measured_series(rows, [name for name in named if isinstance(name, str)])
    for role, measures in roles.items():
        for measure in measures:
            own, against = (measured.get((of, measure.name), {}) for of in (arm, control))
            units = _first(measured.get((arm if control == GENERATION_0 else control, str(measure.unit)), {}))
            own = _in_unit(own, measure, units)
            against = _held(own) if control == GENERATION_0 else _in_unit(against, measure, units)
            pairs = paired_series(own, against)
            if pairs is not None:
                noise = _noise(own, None if control == GENERATION_0 else against, pairs.generations)
                series[role] = RoleSeries(measure.name, pairs.generations, pairs.values, noise)
                break
        else:
            absent[role] = _why(rows, arm, role, measures)
    return series, absent


def _in_unit(series: Series, measure: Measure, units: Mapping[Pair, float]) -> Series:
    """Divide by the unit, each pair by its own, or take logarithms; what has no unit above 0 is left out."""
    if measure.unit == LOGARITHM:
        return {pair: {g: math.log(v) for g, v in values.items() if v > 0} for pair, values in series.items()}
    if isinstance(measure.unit, str):
        series = {pair: values for pair, values in series.items() if units.get(pair, 0.0) > 0}
    else:
        units = dict.fromkeys(series, measure.unit)
    return {pair: {g: v / units[pair] for g, v in values.items()} for pair, values in series.items()}


def _noise(own: Series, against: Series | None, generations: Sequence[int]) -> float:
    """Return the standard deviation of a difference, from how a control scatters that is trained anew each time.

    The arm is taken to scatter as its control; without one by its own values about their line. Two generations show
    nothing of it, and count as 0.
    """
    series = own if against is None else {pair: against[pair] for pair in own.keys() & against.keys()}
    if len(generations) < 3:
        return 0.0
    spread = scatter([[values[g] for g in generations] for values in series.values()], generations)
    return spread if against is None else math.sqrt(2) * spread


def _first(series: Series) -> dict[Pair, float]:
    """Return what student 0 of each pair has."""
    return {pair: values[min(values)] for pair, values in series.items() if values}


def _held(series: Series) -> Series:
    """Hold each pair's first generation against all of its own."""
    return {pair: dict.fromkeys(series[pair], first) for pair, first in _first(series).items()}


def _why(rows: Sequence[Row], arm: str, role: str, measures: Sequence[Measure]) -> str:
    """Return the reason that the history itself gives, else what would have to be measured."""
    own = [row for row in rows if row["arm"] == arm]
    for measure in measures:
        view_and_metric = "/".join(measure.name.split("/")[:2])
        for row in reversed(own):
            if row.get(f"{view_and_metric}/why"):
                return f"{view_and_metric}: {row[f'{view_and_metric}/why']}"
    for measure in measures:
        if any(row.get(measure.name) is not None for row in own) and isinstance(measure.unit, str):
            unit = next((row[measure.unit] for row in own if row.get(measure.unit) is not None), None)
            return f"{measure.name}: its unit is {measure.unit} of student 0, which {_lacks(unit)}"
    return f"no {role}: it takes {' or '.join(measure.name for measure in measures)}"


def _lacks(unit: float | None) -> str:
    return "is not measured" if unit is None else f"is {unit:.3g}, want more than 0: train it longer or on more"


def _few(n_seeds: int, enough: int) -> str:
    return "one seed" if n_seeds == 1 else f"{n_seeds} of {enough} seeds"
