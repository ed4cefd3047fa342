"""Students that continue human texts and learn from their own continuations: what is lost, what does a tenth save?

Claim: students that see only what their predecessor wrote lose held-out likelihood, a tenth of the human text in every
generation slows it, and their texts are ones that student 0 finds too likely or would never have written (Shumailov et
al. 2024, Nature 631:755; arXiv 2305.17493: OPT-125m on WikiText-2, 64 tokens in and 64 out by beam search of 5). Here:
students from fresh weights, by beam search and by plain drawing. The published code draws with a repetition penalty of
3, the paper names none: both are arms. Its generation reads continuations alone; here prompts stand before them and the
loss is on the continuations.

    python -m experiments.recursive_replace scale=small      prints tables and judgement, draws the figure
"""

from __future__ import annotations

from experiments.claims import Claim
from experiments.command import run_module
from experiments.question import Question

LOSS, DISTINCT = "student/perplexity/nll", "sampled/distinct_n/2"
LIKELY, ABOVE = "sampled/typicality/q50", "sampled/typicality/above"
QUESTION = Question(
    experiment="recursive_replace",
    text=__doc__ or "",
    claims=(
        Claim("beam search: likelihood is lost", "beam", "human_only", {LOSS: 1}, "above"),
        Claim("plain drawing: likelihood is lost", "pure", "human_only", {LOSS: 1}, "above"),
        Claim("a tenth slows it: beam search", "beam_tenth", "beam", {LOSS: 1}, "below"),
        Claim("a tenth slows it: plain drawing", "pure_tenth", "pure", {LOSS: 1}, "below"),
        Claim("typical text becomes likelier to student 0", "beam", "human_only", {LIKELY: 1}, "below"),
        Claim("and more is nearly impossible to it", "beam", "human_only", {ABOVE: 1}, "above"),
    ),
    beside=(
        Claim("the code's repetition penalty loses less", "beam_repo", "beam", {LOSS: 1}, "below"),
        Claim("recursion loses more than one writer", "beam", "one_shot", {LOSS: 1}, "above"),
        Claim("beam search loses more than plain drawing", "beam", "pure", {LOSS: 1}, "above"),
        Claim("beam search loses variety", "beam", "human_only", {DISTINCT: 1}, "below"),
        Claim("plain drawing: likelier to student 0", "pure", "human_only", {LIKELY: 1}, "below"),
        Claim("plain drawing: nearly impossible to it", "pure", "human_only", {ABOVE: 1}, "above"),
    ),
    titles={
        LOSS: "Held-out nats per token",
        DISTINCT: "Distinct bigrams",
        LIKELY: "Perplexity to student 0",
        ABOVE: "Beyond human 99%",
    },
)
judge, main = QUESTION.judge, QUESTION.main

if __name__ == "__main__":
    run_module(main)
