"""Does a policy that learns from its kept answers gain at one draw what it loses at many?

Claim: training on answers that a verifier keeps raises pass@k at small k and lowers it at large k (Song et al. 2024,
arXiv 2412.02674; Yue et al. 2025, arXiv 2504.13837, on language models). Here: prompts and answers in a table. Where
draws do not vote the exact chain is known (O13, `evals.theory.policy`), and means over replicas are held to it too.
Ours beside it: a verifier that never errs loses nothing, a vote narrows more than no filter, half a step loses less.

    python -m experiments.self_improvement [key=value ...]      prints tables and judgement, draws self_improvement.svg
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments import claims, oracles
from experiments.claims import Claim, Finding, findings
from experiments.command import run_announced, run_module
from experiments.curves import STUDENT_0, draw, means_table, with_student_0
from experiments.oracles import Comparison, compare, laws
from tracking.report.labels import label_of

FIGURE = Path(__file__).with_name("self_improvement.svg")
SHOWN = (1, 6)
ONE, MANY = "student/known_policy/pass_at_1", "student/known_policy/pass_at_64"
CLAIMS = (
    Claim("a verifier raises pass@1", "verifier", STUDENT_0, {ONE: 1}, "above"),
    Claim("and lowers pass@64", "verifier", STUDENT_0, {MANY: 1}, "below"),
    Claim("a weak one too raises pass@1", "weak_verifier", STUDENT_0, {ONE: 1}, "above"),
    Claim("and lowers pass@64", "weak_verifier", STUDENT_0, {MANY: 1}, "below"),
    Claim("one that never errs raises it", "oracle", STUDENT_0, {MANY: 1}, "above"),
    Claim("a vote narrows more than no filter", "majority_vote", "no_filter", {MANY: 1}, "below"),
    Claim("a half step keeps more at k = 64", "half_step", "verifier", {MANY: 1}, "above"),
)
TITLES = {
    ONE: "pass@1",
    MANY: "pass@64",
    "student/known_policy/unreachable": "Out of reach",
    "sampled/support_retention/retention": "Support retained",
    "sampled/distinct_correct/16": "Distinct correct of 16",
}
COLOURS = {
    "no_filter": "#444444",
    "majority_vote": "#cc79a7",
    "oracle": "#009e73",
    "verifier": "#0072b2",
    "weak_verifier": "#56b4e9",
    "half_step": "#d55e00",
}


def judge(found: Sequence[Finding], comparisons: Sequence[Comparison]) -> str:
    """Say reproduced when the claims and the laws both are, contradicted when one is, inconclusive otherwise."""
    return claims.together((claims.judge(found), oracles.judge(comparisons)))


def held_against(rows: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Hold the claims against the rows, and against student 0."""
    return findings(with_student_0(rows), CLAIMS)


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print and draw."""
    console = Console(width=150)
    console.print((__doc__ or "").split("\n\n")[1])
    results = run_announced("self_improvement", overrides, console)
    rows = results.rows()
    found, comparisons = held_against(rows), compare(rows, laws(results.runs))
    console.print(means_table(rows, TITLES))
    console.print(claims.table(found))
    titles = {one.measure: label_of(one.measure, {}).title for one in comparisons}
    console.print(oracles.table(comparisons, SHOWN, titles))
    console.print(f"judgement: {judge(found, comparisons)}, laws: {oracles.judge(comparisons)}")
    draw(rows, TITLES, COLOURS, FIGURE)
    console.print(f"drawn: {FIGURE.name}")


if __name__ == "__main__":
    run_module(main)
