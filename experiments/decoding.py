"""Students that continue human texts and learn from their own continuations: which way of decoding loses how much?

Claim: students that learn from drawn text alone lose held-out likelihood whatever the decoder, and human text beside as
much drawn text holds them (Drayson, Yilmaz and Lampos 2025, arXiv 2502.15654: GPT-2 on WikiText-2, 256 tokens in, 256
out; perplexity of its top-k arm 29.6 -> 51.0 in ten generations, with human text 30.4, as rerun by others). Decoders
are the paper's six. Students here start from fresh weights, and read 64 tokens and write 64.

"Holds" has a bound: at most 0.05 nats per token above student 0, where the paper's ends 0.025 above its own.

    python -m experiments.decoding scale=small      prints tables and judgement, draws the figure
"""

from __future__ import annotations

from experiments.claims import Claim
from experiments.command import run_module
from experiments.curves import STUDENT_0
from experiments.question import Question

LOSS, DISTINCT = "student/perplexity/nll", "sampled/distinct_n/2"
NEAR = 0.05
DECODERS = ("greedy", "beam", "pure", "temperature_09", "top_k_50", "nucleus_95")
QUESTION = Question(
    experiment="decoding",
    text=__doc__ or "",
    claims=(
        *(Claim(f"{arm} loses likelihood", arm, "human_only", {LOSS: 1}, "above") for arm in DECODERS),
        Claim("human text beside it loses less", "top_k_50_human", "top_k_50", {LOSS: 1}, "below"),
        Claim("and holds", "top_k_50_human", STUDENT_0, {LOSS: 1}, "below", NEAR),
    ),
    beside=(
        *(Claim(f"{arm} loses more than pure", arm, "pure", {LOSS: 1}, "above") for arm in DECODERS if arm != "pure"),
        *(Claim(f"{arm} loses variety", arm, "human_only", {DISTINCT: 1}, "below") for arm in DECODERS),
        Claim("recursion loses more than one writer", "top_k_50", "one_shot", {LOSS: 1}, "above"),
        Claim("a detector loses less", "top_k_50_detector", "top_k_50", {LOSS: 1}, "below"),
        Claim("and less than chance", "top_k_50_detector", "random_filter", {LOSS: 1}, "below"),
    ),
    titles={
        LOSS: "Held-out nats per token",
        "student/token_frequency_nll/tail": "Tail",
        DISTINCT: "Distinct bigrams, student",
        "drawn/distinct_n/2": "Distinct bigrams, drawn",
    },
)
judge, main = QUESTION.judge, QUESTION.main

if __name__ == "__main__":
    run_module(main)
