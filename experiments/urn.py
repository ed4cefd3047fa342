"""Does the loop follow population genetics? An urn refilled from its own draws, against exact theory.

Claim: under replacement the mean heterozygosity shrinks by 1 - 1/n a generation (Wright 1931) and the number of types
follows a binomial Markov chain; under accumulation nothing that the first sample held is ever lost.

    python -m experiments.urn [key=value ...]      prints the table and the judgement, draws experiments/urn.svg
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.theory.urn import WrightFisher
from loops.build import build
from loops.run import run

FIGURE = Path(__file__).with_name("urn.svg")
SHOWN = (0, 1, 5, 10, 20)
LIMIT = 4.0
"""Standard errors that a mean over replicas may lie from theory: at 45 comparisons, one run in 350 is further off."""
TITLES = {
    "student/known_truth/types": "Types left of 100",
    "student/known_truth/missing_mass": "True mass lost",
    "student/known_truth/heterozygosity": "Heterozygosity",
}
COLOURS = {"replace": "#0072b2", "accumulate": "#d55e00", "human_only": "#444444"}

Comparison = tuple[str, str, int, float, float, float]
"""Arm, measure, generation, mean over replicas, its standard error, what theory expects."""


def compare(rows: Sequence[Mapping[str, Any]], laws: Mapping[str, WrightFisher]) -> list[Comparison]:
    """Put each arm's means over replicas beside theory, in every generation."""
    found = []
    for arm, law in laws.items():
        mine = [row for row in rows if row["arm"] == arm]
        last = max(row["generation"] for row in mine)
        for measure, (expected, _) in law.curves(last).items():
            for g in range(last + 1):
                values = np.array([row[measure] for row in mine if row["generation"] == g])
                error = float(values.std(ddof=1) / np.sqrt(len(values)))
                found.append((arm, measure, g, float(values.mean()), error, float(expected[g])))
    return found


def judge(comparisons: Sequence[Comparison]) -> str:
    """Say reproduced when every mean lies within 4 standard errors of theory, contradicted otherwise."""
    if not comparisons:
        return "inconclusive"
    off = [abs(mean - expected) / error for *_, mean, error, expected in comparisons if error > 0]
    return "reproduced" if max(off) <= LIMIT else "contradicted"


def draw(comparisons: Sequence[Comparison], path: Path) -> None:
    """Draw measurement as points with bars of two standard errors, and theory as lines over it."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update({"svg.hashsalt": "urn", "font.size": 9})
    figure = Figure(figsize=(9, 2.8), layout="constrained")
    for axes, (measure, title) in zip(figure.subplots(1, 3), TITLES.items(), strict=True):
        for arm, colour in COLOURS.items():
            mine = [c for c in comparisons if c[:2] == (arm, measure)]
            g, mean, error, expected = (np.array([c[i] for c in mine]) for i in (2, 3, 4, 5))
            axes.errorbar(g, mean, 2 * error, fmt="o", ms=3, lw=1, color=colour, label=arm)
            axes.plot(g, expected, color="black", lw=0.8)
        axes.set(title=title, xlabel="generation")
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print and draw."""
    results = run("experiment=urn", *overrides)
    laws = {arm.arm: build(arm.config["theory"], "theory") for arm in results.runs}
    comparisons = compare(results.rows(), laws)
    table = Table("arm", "measure", "generation", "measured", "standard error", "theory", "z", box=None)
    for arm, measure, g, mean, error, expected in comparisons:
        if g in SHOWN:
            z = f"{(mean - expected) / error:+.1f}" if error > 0 else ""
            table.add_row(arm, TITLES[measure], str(g), f"{mean:.4g}", f"{error:.2g}", f"{expected:.4g}", z)
    console = Console(width=110)
    console.print((__doc__ or "").split("\n\n")[1])
    console.print(table)
    console.print(f"judgement: {judge(comparisons)}")
    draw(comparisons, FIGURE)
    console.print(f"drawn: {FIGURE.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
