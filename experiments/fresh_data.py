"""How much fresh human text holds variety, and does the same human text again do as well?

Claim: without human draws variety dies out; a fixed human sample in every generation only bounds the loss at that of
the sample itself; enough fresh human draws hold it close to the truth (Alemohammad et al. 2024, "Self-Consuming
Generative Models Go MAD", arXiv 2307.01850). For an urn of n draws a share a that is fresh holds the variance of each
frequency at p (1 - p) / (n (1 - (1 - a)^2 + (1 - a) / n)): it is as if n (1 - (1 - a)^2) draws were human (O10).

The rule: in every arm with a law each mean over replicas lies within 4 standard errors of it; and at the last
generation heterozygosity is ordered replace < fresh 5% < fresh 20% < fresh 50%, each step with a 95% interval of the
difference, paired by replica, above 0.

    python -m experiments.fresh_data [key=value ...]      prints the table and the judgement
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from rich.console import Console

from experiments.claims import Claim, Finding, State, findings
from experiments.claims import table as claims_table
from experiments.command import run_announced, run_module
from experiments.oracles import Comparison, compare, laws, table
from experiments.oracles import judge as judge_exact

HETEROZYGOSITY = "student/known_truth/heterozygosity"
ORDER = ("replace", "fresh_5", "fresh_20", "fresh_50")
CLAIMS = tuple(
    Claim(f"{more} holds more than {less}", more, less, {HETEROZYGOSITY: 1}, "above") for less, more in pairwise(ORDER)
)
BESIDE = (
    Claim("the same human half again holds less", "fixed_50", "fresh_50", {HETEROZYGOSITY: 1}, "below"),
    Claim("student 0 as the only writer loses nothing more", "one_shot", "replace", {HETEROZYGOSITY: 1}, "above"),
)
"""Shown beside the claims; the rule does not rest on them."""


def judge(comparisons: Sequence[Comparison], found: Sequence[Finding]) -> str:
    """Say reproduced when the law and the order hold, contradicted when one does not, inconclusive with too little."""
    exact = judge_exact(comparisons)
    states = {finding.state for finding in found}
    if exact == "contradicted" or State.REVERSED in states:
        return "contradicted"
    return "reproduced" if exact == "reproduced" and states == {State.HELD} else "inconclusive"


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print."""
    console = Console(width=140)
    console.print((__doc__ or "").split("\n\n")[1])
    results = run_announced("fresh_data", overrides, console, trackers=False)
    rows: Sequence[Mapping[str, Any]] = results.rows()
    comparisons, found = compare(rows, laws(results.runs)), findings(rows, CLAIMS)
    last = results.runs[0].loop.generations
    console.print(table(comparisons, (1, 5, last), {HETEROZYGOSITY: "heterozygosity"}))
    console.print(claims_table([*found, *findings(rows, BESIDE)]))
    console.print(f"judgement: {judge(comparisons, found)}")


if __name__ == "__main__":
    run_module(main)
