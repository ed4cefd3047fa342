"""Measures of arms over generations, with t intervals over seeds: what experiments on many arms show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from evals.interval import paired_t
from loops.differences import measured_series

Row = Mapping[str, Any]
STUDENT_0 = "student 0"


def values_of(rows: Sequence[Row], arm: str, measure: str) -> dict[int, np.ndarray]:
    """Return a measure of an arm by generation, one figure for each seed and replica that has it."""
    series = measured_series(rows, [measure]).get((arm, measure), {})
    generations = sorted({g for values in series.values() for g in values})
    return {g: np.array([values[g] for values in series.values() if g in values]) for g in generations}


def arms_of(rows: Sequence[Row]) -> list[str]:
    """Return the arms in the order of the rows."""
    return list(dict.fromkeys(row["arm"] for row in rows))


def with_student_0(rows: Sequence[Row]) -> list[Row]:
    """Add an arm that stays as student 0 is, so that claims can compare with it; arms of a seed share student 0."""
    last = max(row["generation"] for row in rows)
    first = next(arm for arm in arms_of(rows))
    still = [row for row in rows if (row["arm"], row["generation"]) == (first, 0)]
    return [*rows, *({**row, "arm": STUDENT_0, "generation": last} for row in still)]


def means_table(rows: Sequence[Row], titles: Mapping[str, str]) -> Table:
    """Show means over seeds: student 0, which all arms share, and each arm's last student."""
    everything = with_student_0(rows)
    last = max(row["generation"] for row in rows)
    made = Table(f"generation {last}, mean over seeds", *titles.values(), box=None)
    for arm in (STUDENT_0, *arms_of(rows)):
        found = [values_of(everything, arm, measure).get(last, np.zeros(0)) for measure in titles]
        made.add_row(arm, *(f"{values.mean():.3f}" if len(values) else "" for values in found))
    return made


def draw(rows: Sequence[Row], titles: Mapping[str, str], colours: Mapping[str, str], path: Path) -> None:
    """Draw one panel a measure and one line an arm; bands are 95% t intervals, where there are two seeds or more."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update({"svg.hashsalt": path.stem, "font.size": 9})
    figure = Figure(figsize=(2.9 * len(titles), 2.9), layout="constrained")
    for axes, (measure, title) in zip(figure.subplots(1, len(titles), squeeze=False)[0], titles.items(), strict=True):
        for arm in arms_of(rows):
            _line(axes, values_of(rows, arm, measure), colours.get(arm, "#999999"), arm)
        axes.set(title=title, xlabel="generation", xticks=sorted({row["generation"] for row in rows}))
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _line(axes: Any, by_generation: Mapping[int, np.ndarray], colour: str, label: str) -> None:
    generations = list(by_generation)
    means = [values.mean() for values in by_generation.values()]
    axes.plot(generations, means, marker="o", ms=3, lw=1, color=colour, label=label)
    if all(len(values) > 1 for values in by_generation.values()):
        intervals = [paired_t(values) for values in by_generation.values()]
        low, high = [one.low for one in intervals], [one.high for one in intervals]
        axes.fill_between(generations, low, high, color=colour, alpha=0.15, lw=0)
