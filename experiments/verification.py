"""Up to which rate of wrong labels does a noisy verifier save a student?

Claim: a student trained on labels of which a verifier keeps the correct ones at rate phi and the wrong ones at rate psi
succeeds if and only if fewer than p* = phi / (phi + psi) are wrong, with a sharp transition there (Feng et al. 2024,
arXiv 2406.07515). Keeping as many labels at random moves the threshold back to 1/2.

The rule: in each arm the mean accuracy over replicas lies within .02 of what theory expects, which takes the noise at
its mean square, and by more than 4 standard errors above 1/2 below p*, and below 1/2 above it.

    python -m experiments.verification [key=value ...]      prints the table and the judgement
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from experiments.command import run_announced, run_module
from experiments.oracles import LIMIT, Comparison, compare, laws, table

ACCURACY = "student/class_accuracy/value"
TOLERANCE = 0.02
SUCCEEDS = {
    "none_45": True,
    "none_55": False,
    "weak_60": True,
    "weak_70": False,
    "strong_78": True,
    "strong_86": False,
    "weak_60_random_filter": False,
}


def judge(comparisons: Sequence[Comparison]) -> str:
    """Say reproduced when every arm keeps to theory and lies on its side of 1/2, contradicted otherwise."""
    trained = [one for one in comparisons if one.generation == 1]
    if {one.arm for one in trained} != set(SUCCEEDS):
        return "inconclusive"
    near = all(abs(one.mean - one.expected) <= TOLERANCE for one in trained)
    sides = all((one.mean - 0.5) * (1 if SUCCEEDS[one.arm] else -1) > LIMIT * one.error for one in trained)
    return "reproduced" if near and sides else "contradicted"


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print."""
    console = Console(width=120)
    console.print((__doc__ or "").split("\n\n")[1])
    results = run_announced("verification", overrides, console, trackers=False)
    comparisons = compare(results.rows(), laws(results.runs))
    console.print(table(comparisons, (1,), {ACCURACY: "accuracy"}))
    console.print(f"judgement: {judge(comparisons)}")


if __name__ == "__main__":
    run_module(main)
