"""Which named collapses and phases each arm is held to show, from the rows of its history and of its control."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evals.collapses import ROLES, RULES, Measure, judge
from evals.collapses import Series as RoleSeries
from loops.differences import SEEDS_FOR_A_CLAIM, Row, Series, measured_series, paired_series
from tracking.report.data import Collapse, SlopeEvidence

CONTROL = "human_only"
"""The control that shows the noise of retraining; without it, and for it, slopes are those of the arm alone."""
GENERATION_0 = "generation 0"


def collapses(rows: Sequence[Row], arms: Sequence[str]) -> list[Collapse]:
    """Judge every rule for every arm, in the order of the arms and the rules.

    Intervals are given with 5 seeds of a language model or 100 replicas of a closed-form world; with fewer, a verdict
    rests on the mean slope alone and says so.
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


def role_series(rows: Sequence[Row], arm: str, control: str) -> tuple[dict[str, RoleSeries], dict[str, str]]:
    """Return what the history holds for each role, relative to the control, and why it holds nothing for the others."""
    series, absent = dict[str, RoleSeries](), dict[str, str]()
    measured = measured_series(rows, [measure.name for measures in ROLES.values() for measure in measures])
    for role, measures in ROLES.items():
        for measure in measures:
            own = _transformed(measured.get((arm, measure.name), {}), measure)
            against = _first(own) if control == GENERATION_0 else measured.get((control, measure.name), {})
            against = against if control == GENERATION_0 else _transformed(against, measure)
            pairs = paired_series(own, against)
            if pairs is not None:
                series[role] = RoleSeries(measure.name, pairs.generations, pairs.values)
                break
        else:
            absent[role] = _why(rows, arm, role, measures)
    return series, absent


def _transformed(series: Series, measure: Measure) -> Series:
    """Take logarithms where the measure takes them; what has none is left out."""
    if not measure.in_logs:
        return series
    return {pair: {g: math.log(v) for g, v in values.items() if v > 0} for pair, values in series.items()}


def _first(series: Series) -> Series:
    """Hold each pair's first generation against all of its own."""
    return {pair: dict.fromkeys(values, values[min(values)]) for pair, values in series.items() if values}


def _why(rows: Sequence[Row], arm: str, role: str, measures: Sequence[Measure]) -> str:
    """Return the reason that the history itself gives, else what would have to be measured."""
    for measure in measures:
        view_and_metric = "/".join(measure.name.split("/")[:2])
        for row in reversed(rows):
            if row["arm"] == arm and row.get(f"{view_and_metric}/why"):
                return f"{view_and_metric}: {row[f'{view_and_metric}/why']}"
    return f"no {role}: it takes {' or '.join(measure.name for measure in measures)}"


def _few(n_seeds: int, enough: int) -> str:
    return "one seed" if n_seeds == 1 else f"{n_seeds} of {enough} seeds"
