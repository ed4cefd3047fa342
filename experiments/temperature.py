"""Which way does diversity move when a student learns from what the last one drew, cold, plain or hot?

Claim: a closed loop that draws below T = 1 narrows to few modes, and one that draws above it flattens (Marchi et al.
2024, "Heat Death of Generative Models in Closed-Loop Learning", arXiv 2404.02325), so diversity falls in one and rises
in the other while the loss on rare words grows in both: "diversity fell" is no definition of collapse. Students are
sampled at T = 1 whatever they learned from, so what is measured is the student and not its decoder.

    python -m experiments.temperature scale=small      prints tables and judgement, draws the figure
"""

from __future__ import annotations

from experiments.claims import Claim
from experiments.command import run_module
from experiments.question import Question

DISTINCT, ENTROPY = "sampled/distinct_n/2", "sampled/hill/1/entropy"
TAIL, GAP = "student/token_frequency_nll/tail", "student/tail_gap/value"
QUESTION = Question(
    experiment="temperature",
    text=__doc__ or "",
    claims=(
        Claim("cold text narrows: distinct bigrams", "cold", "human_only", {DISTINCT: 1}, "below"),
        Claim("and entropy of words", "cold", "human_only", {ENTROPY: 1}, "below"),
        Claim("hot text flattens: distinct bigrams", "hot", "human_only", {DISTINCT: 1}, "above"),
        Claim("and entropy of words", "hot", "human_only", {ENTROPY: 1}, "above"),
        Claim("the tail is lost cold", "cold", "human_only", {TAIL: 1}, "above"),
        Claim("and plain", "plain", "human_only", {TAIL: 1}, "above"),
        Claim("and hot", "hot", "human_only", {TAIL: 1}, "above"),
    ),
    beside=(
        Claim("at T = 1 diversity does not fall", "plain", "human_only", {DISTINCT: 1}, "above"),
        Claim("cold: tail before head", "cold", "human_only", {GAP: 1}, "above"),
        Claim("plain: tail before head", "plain", "human_only", {GAP: 1}, "above"),
        Claim("hot: tail before head", "hot", "human_only", {GAP: 1}, "above"),
        Claim("recursion loses more of the tail than one writer", "plain", "one_shot", {TAIL: 1}, "above"),
    ),
    titles={
        "student/token_frequency_nll/head": "Head, nats per token",
        TAIL: "Tail",
        DISTINCT: "Distinct bigrams",
        ENTROPY: "Entropy of words",
    },
)
judge, main = QUESTION.judge, QUESTION.main

if __name__ == "__main__":
    run_module(main)
