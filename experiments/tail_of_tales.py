"""What does a learner miss whose text has lost its tail, and does more text help?

Claim: with types as frequent as i^-b, what a learner misses falls with the draws T that it reads as T^-(b-1)/b; a tail
cut at rank k leaves a floor of the mass beyond k however much it reads; a tail narrowed to p^m slows the fall to
T^-(b-1)/(m b) (Dohmatob et al. 2024, "A Tale of Tails", arXiv 2402.07043). Here b = 2, k = 30, m = 1.5.

The rule: every mean lies within 4 standard errors of sum p (1 - q)^T, the exponents fitted over T within .05 of -1/2
and -1/3, and with a hundred times as much text the cut tail still misses 90% of its floor or more.

    python -m experiments.tail_of_tales [key=value ...]      prints the table and the judgement
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console

from experiments.command import run_announced, run_module
from experiments.oracles import Comparison, compare, laws, table
from experiments.oracles import judge as judge_exact

MISSING = "student/known_truth/missing_mass"
DRAWS = (100, 1000, 10000)
EXPONENTS = {"whole": -1 / 2, "narrowed": -1 / 3}
NEAR = 0.05


def exponents(comparisons: Sequence[Comparison]) -> dict[str, float]:
    """Return the slope of ln(missing mass) over ln(T) of each kind of text."""
    means = {one.arm: one.mean for one in comparisons if one.generation == 1}
    return {
        kind: float(np.polyfit(np.log(DRAWS), np.log([means[f"{kind}_{draws}"] for draws in DRAWS]), 1)[0])
        for kind in ("whole", "cut", "narrowed")
    }


def judge(comparisons: Sequence[Comparison], floor: float) -> str:
    """Say reproduced when all three laws hold, contradicted otherwise."""
    trained = [one for one in comparisons if one.generation == 1]
    if len(trained) != 3 * len(DRAWS):
        return "inconclusive"
    found = exponents(comparisons)
    powers = all(abs(found[kind] - expected) <= NEAR for kind, expected in EXPONENTS.items())
    cut = next(one.mean for one in trained if one.arm == f"cut_{DRAWS[-1]}")
    holds = judge_exact(trained) == "reproduced" and powers and cut >= 0.9 * floor
    return "reproduced" if holds else "contradicted"


def floor_of(config: Mapping[str, Any]) -> float:
    """Return the true mass beyond the rank at which the tail is cut."""
    mass = np.arange(1, config["source"]["types"] + 1, dtype=float) ** -config["source"]["exponent"]
    return float(mass[config["generator"]["top_k"] :].sum() / mass.sum())


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print."""
    console = Console(width=120)
    console.print((__doc__ or "").split("\n\n")[1])
    results = run_announced("tail_of_tales", overrides, console, trackers=False)
    comparisons = compare(results.rows(), laws(results.runs))
    floor = floor_of(next(run.config for run in results.runs if run.arm.startswith("cut")))
    console.print(table(comparisons, (1,), {MISSING: "mass missed"}))
    for kind, slope in exponents(comparisons).items():
        expected = f"{EXPONENTS[kind]:.3f} expected" if kind in EXPONENTS else f"floor {floor:.4f}"
        console.print(f"{kind}: exponent {slope:.3f}, {expected}", highlight=False)
    console.print(f"judgement: {judge(comparisons, floor)}")


if __name__ == "__main__":
    run_module(main)
