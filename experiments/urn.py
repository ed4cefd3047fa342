"""Does the loop follow population genetics? An urn refilled from its own draws, against exact theory.

Claim: under replacement the mean heterozygosity shrinks by 1 - 1/n a generation (Wright 1931) and the number of types
follows a binomial Markov chain; under accumulation nothing that the first sample held is ever lost.

    python -m experiments.urn [key=value ...]      prints the table and the judgement, draws experiments/urn.svg
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from experiments.command import run_announced, run_module
from experiments.oracles import Comparison, compare, judge, laws, table

FIGURE = Path(__file__).with_name("urn.svg")
SHOWN = (0, 1, 5, 10, 20)
TITLES = {
    "student/known_truth/types": "Types left of 100",
    "student/known_truth/missing_mass": "True mass lost",
    "student/known_truth/heterozygosity": "Heterozygosity",
}
COLOURS = {"replace": "#0072b2", "accumulate": "#d55e00", "human_only": "#444444"}


def draw(comparisons: Sequence[Comparison], path: Path) -> None:
    """Draw measurement as points with bars of two standard errors, and theory as lines over it."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update({"svg.hashsalt": "urn", "font.size": 9})
    figure = Figure(figsize=(9, 2.8), layout="constrained")
    for axes, (measure, title) in zip(figure.subplots(1, 3), TITLES.items(), strict=True):
        for arm, colour in COLOURS.items():
            mine = [one for one in comparisons if (one.arm, one.measure) == (arm, measure)]
            g, mean, error, expected = np.array([one[2:] for one in mine]).T
            axes.errorbar(g, mean, 2 * error, fmt="o", ms=3, lw=1, color=colour, label=arm)
            axes.plot(g, expected, color="black", lw=0.8)
        axes.set(title=title, xlabel="generation")
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print and draw."""
    console = Console(width=110)
    console.print((__doc__ or "").split("\n\n")[1])
    results = run_announced("urn", overrides, console, trackers=False)
    comparisons = compare(results.rows(), laws(results.runs))
    console.print(table(comparisons, SHOWN, TITLES))
    console.print(f"judgement: {judge(comparisons)}")
    draw(comparisons, FIGURE)
    console.print(f"drawn: {FIGURE.name}")


if __name__ == "__main__":
    run_module(main)
