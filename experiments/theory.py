"""Is the loop right? Four worlds that are refilled from their own draws, against their closed forms.

Claim: Gaussian variance shrinks by 1 - 1/n a generation under replacement and by a bounded factor under accumulation,
with subsampling between them (O1 to O5); types and pairs die out as the binomial chain and the branching process say
(O6, O7, O9); the risk of regression grows by a constant a generation, or stays under pi^2/6 of it (O11).

    python -m experiments.theory [key=value ...]      prints the table and the judgement
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from experiments.command import run_announced, run_module
from experiments.oracles import compare, judge, laws, table
from tracking.report.labels import label_of

SHOWN = (1, 4, 12)
APPROXIMATE = ("bigram_replace", "bigram_accumulate")
"""Arms whose law is a branching process where the world draws a fixed number: held to 2% instead."""
TOLERANCE = 0.02


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print."""
    console = Console(width=120)
    console.print((__doc__ or "").split("\n\n")[1])
    results = run_announced("theory", overrides, console, trackers=False)
    comparisons = compare(results.rows(), laws(results.runs))
    exact = [one for one in comparisons if one.arm not in APPROXIMATE]
    near = [one for one in comparisons if one.arm in APPROXIMATE]
    titles = {one.measure: label_of(one.measure, {}).title for one in comparisons}
    console.print(table(comparisons, SHOWN, titles))
    console.print(f"judgement, exact laws: {judge(exact)}, of {len(exact)} comparisons")
    off = max(abs(one.mean / one.expected - 1) for one in near)
    console.print(f"branching law of pairs: at most {off:.2%} off; held to {TOLERANCE:.0%}")


if __name__ == "__main__":
    run_module(main)
