"""Does piling up all text avoid what replacing it brings about, and is that the text or the longer training?

Claim: students that see only their predecessor's text lose held-out likelihood in every generation, and students that
see all text so far, human text included, do not (Gerstgrasser et al. 2024, "Is Model Collapse Inevitable?", arXiv
2404.01413: TinyStories, 9 to 126 million weights from scratch, texts as many as the original at T = 1, one reading of
each). Accumulating there also trains longer, generation by generation; here one arm does (accumulate_epochs, as many
readings of each text) and one takes as many steps as replace, and a claim on text must hold of both.

The rule says "does not" with a bound: no more than 0.05 nats per token above student 0, since the paper's students
end slightly below theirs and no interval shows a difference of nothing.

    python -m experiments.accumulate_or_replace scale=small      prints tables and judgement, draws the figure
"""

from __future__ import annotations

from experiments.claims import Claim
from experiments.command import run_module
from experiments.curves import STUDENT_0
from experiments.question import Question

LOSS, GAP = "student/perplexity/nll", "student/tail_gap/value"
NEAR = 0.05
QUESTION = Question(
    experiment="accumulate_or_replace",
    text=__doc__ or "",
    claims=(
        Claim("replacing loses likelihood", "replace", "human_only", {LOSS: 1}, "above"),
        Claim("accumulating loses less, steps equal", "accumulate", "replace", {LOSS: 1}, "below"),
        Claim("and readings equal", "accumulate_epochs", "replace", {LOSS: 1}, "below"),
        Claim("it ends no worse than it began, steps equal", "accumulate", STUDENT_0, {LOSS: 1}, "below", NEAR),
        Claim("and readings equal", "accumulate_epochs", STUDENT_0, {LOSS: 1}, "below", NEAR),
    ),
    beside=(
        Claim("replacing loses the tail before the head", "replace", "human_only", {GAP: 1}, "above"),
        Claim("recursion loses more than one writer", "replace", "one_shot", {LOSS: 1}, "above"),
        Claim("accumulating loses against human text", "accumulate", "human_only", {LOSS: 1}, "above"),
        Claim("and readings equal", "accumulate_epochs", "human_only", {LOSS: 1}, "above"),
    ),
    titles={
        LOSS: "Held-out nats per token",
        "student/token_frequency_nll/head": "Head",
        "student/token_frequency_nll/tail": "Tail",
        "sampled/distinct_n/2": "Distinct bigrams",
    },
)
judge, main = QUESTION.judge, QUESTION.main

if __name__ == "__main__":
    run_module(main)
