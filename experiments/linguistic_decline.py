"""Does the language of students that learn from drawn text grow poorer in words, in phrases, in meaning?

Claim: recursive fine-tuning on synthetic text makes language lexically poorer: distinct n-grams and lexical variety
fall, Self-BLEU rises; meaning, as distances between embedded texts, narrows less (Guo et al. 2023, "The Curious Decline
of Linguistic Diversity", arXiv 2311.09807: OPT-350M on summaries, abstracts and stories). Its decoding is not known to
us, so T = 0.8 is claimed and T = 1 shown beside it. Embeddings are hashed words and bigrams, so "meaning" is no more
than which words stand together; syntax is not measured.

    python -m experiments.linguistic_decline scale=small      prints tables and judgement, draws the figure
"""

from __future__ import annotations

from typing import Literal

from experiments.claims import Claim
from experiments.command import run_module
from experiments.question import Question

DISTINCT, LEXICAL, ENTROPY = "sampled/distinct_n/2", "sampled/mtld/value", "sampled/hill/1/entropy"
SELF_BLEU, COMPRESSION = "sampled/self_bleu/4", "sampled/compression/ratio"
COSINE, VENDI = "sampled/pairwise_cosine/value", "sampled/vendi/q1"
DECLINES: tuple[tuple[str, str, Literal["above", "below"]], ...] = (
    ("distinct bigrams fall", DISTINCT, "below"),
    ("lexical variety falls", LEXICAL, "below"),
    ("entropy of words falls", ENTROPY, "below"),
    ("texts repeat each other", SELF_BLEU, "above"),
)
QUESTION = Question(
    experiment="linguistic_decline",
    text=__doc__ or "",
    claims=tuple(Claim(text, "cold", "human_only", {measure: 1}, side) for text, measure, side in DECLINES),
    beside=(
        *(Claim(f"T = 1: {text}", "plain", "human_only", {measure: 1}, side) for text, measure, side in DECLINES),
        Claim("one writer: distinct bigrams fall", "one_shot", "human_only", {DISTINCT: 1}, "below"),
        Claim("recursion goes further", "cold", "one_shot", {DISTINCT: 1}, "below"),
        Claim("texts compress better", "cold", "human_only", {COMPRESSION: 1}, "above"),
        Claim("texts lie closer together", "cold", "human_only", {COSINE: 1}, "above"),
        Claim("fewer kinds of text", "cold", "human_only", {VENDI: 1}, "below"),
    ),
    titles={
        DISTINCT: "Distinct bigrams",
        LEXICAL: "MTLD",
        ENTROPY: "Entropy of words",
        SELF_BLEU: "Self-BLEU-4",
        COSINE: "Pairwise cosine",
        VENDI: "Vendi",
    },
)
judge, main = QUESTION.judge, QUESTION.main

if __name__ == "__main__":
    run_module(main)
