"""Does a model that learns from its own expressions go on writing true ones, and do they stay as various?

Claim: what the loop writes stays correct while its diversity falls; fresh human text slows the fall and does not stop
it (Briesch et al. 2023, arXiv 2311.16822, on logic expressions and models from scratch). Ours beside it: a checker that
lets true expressions alone pass raises correctness and brings back no rare operator.

Correct is an expression that is well formed and true, of what each student writes at temperature 1; it stays correct
when at most a tenth less of its texts are than of the student's that is retrained on human text. Diversity is the
entropy of word 3-grams at equal words; rare operators are the words beyond 90% of human mass. The loop draws at
temperature 0.8; the arm that draws at 1 is shown and no claim rests on it. Not the paper's: grammar, sizes, and entropy
as the measure of diversity.

    python -m experiments.expressions [key=value ...]      prints tables and judgement, draws expressions.svg
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from experiments.claims import Claim, findings, judge, table
from experiments.command import run_announced, run_module
from experiments.curves import draw, means_table

FIGURE = Path(__file__).with_name("expressions.svg")
CORRECT, ENTROPY, RARE = "sampled/pass_at_k/1", "sampled/hill/3/entropy", "sampled/rank_tail_mass/beyond_90"
CORRECT_WITHIN = 0.1
"""Share of texts by which correctness may fall: ours."""
CLAIMS = (
    Claim("it goes on writing true ones", "replace_cold", "human_only", {CORRECT: 1}, "above", -CORRECT_WITHIN),
    Claim("diversity falls", "replace_cold", "human_only", {ENTROPY: 1}, "below"),
    Claim("rare operators vanish", "replace_cold", "human_only", {RARE: 1}, "below"),
    Claim("fresh human text slows it", "fresh_cold", "replace_cold", {ENTROPY: 1}, "above"),
    Claim("and does not stop it", "fresh_cold", "human_only", {ENTROPY: 1}, "below"),
    Claim("a checker raises correctness", "verified_cold", "replace_cold", {CORRECT: 1}, "above"),
    Claim("and brings back no rare operator", "verified_cold", "human_only", {RARE: 1}, "below"),
)
TITLES = {
    CORRECT: "Correct",
    "sampled/answered/value": "Well formed",
    ENTROPY: "Entropy of 3-grams, nats",
    RARE: "Rare operators",
    "sampled/distinct_correct/16": "Distinct correct of 16",
}
COLOURS = {
    "replace": "#56b4e9",
    "replace_cold": "#0072b2",
    "fresh_cold": "#009e73",
    "verified_cold": "#d55e00",
    "human_only": "#444444",
}


def main(overrides: Sequence[str]) -> None:
    """Run what is not in the store yet, then print and draw."""
    console = Console(width=150)
    console.print((__doc__ or "").split("\n\n")[1])
    rows = run_announced("expressions", overrides, console).rows()
    found = findings(rows, CLAIMS)
    console.print(means_table(rows, TITLES))
    console.print(table(found))
    console.print(f"judgement: {judge(found)}")
    draw(rows, TITLES, COLOURS, FIGURE)
    console.print(f"drawn: {FIGURE.name}")


if __name__ == "__main__":
    run_module(main)
