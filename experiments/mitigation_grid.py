"""Students that draw cold lose the tail: which regime, filter, way of drawing or loss holds how much of it?

Claim, one for each mitigation: an arm with it ends with less loss on rare words than the same loop without (T = 0.8,
replace). Sources: fixed and fresh human share (Shumailov et al. 2024; Alemohammad et al. 2024, arXiv 2307.01850),
accumulating, whole or subsampled (Gerstgrasser et al. 2024, arXiv 2404.01413; Kazdan et al. 2024, arXiv 2410.16713),
detector (Drayson et al. 2025, arXiv 2502.15654), likelihood margin (Fu et al. 2025), truncated loss (ForTIFAI, arXiv
2509.08972), ToEdit (Zhu et al. 2025, arXiv 2412.14689), rare words in prompts (Eldan and Li 2023, arXiv 2305.07759);
drawing at T = 1, tail quota and cluster cap are ours. Constants are the presets'; where no paper confirms one it is
one point of a sweep and nothing is claimed of the method at another.

No paper claims them all, so the judgement counts; the tail quota's control is as many rows at random.

    python -m experiments.mitigation_grid scale=small      prints tables and judgement, draws the figure
"""

from __future__ import annotations

from experiments.claims import Claim
from experiments.command import run_module
from experiments.question import Question

TAIL, DISTINCT = "student/token_frequency_nll/tail", "sampled/distinct_n/2"
MITIGATIONS = (
    "plain", "fixed_tenth", "fresh_tenth", "accumulate", "accumulate_subsample", "tail_quota", "cluster_cap",
    "detector", "likelihood_margin", "truncated_loss", "toedit", "rare_words",
)  # fmt: skip
QUESTION = Question(
    experiment="mitigation_grid",
    text=__doc__ or "",
    claims=tuple(Claim(f"{arm} holds more of the tail", arm, "none", {TAIL: 1}, "below") for arm in MITIGATIONS),
    beside=(
        *(Claim(f"{arm} holds variety", arm, "none", {DISTINCT: 1}, "above") for arm in MITIGATIONS),
        Claim("without any, the tail is lost", "none", "human_only", {TAIL: 1}, "above"),
        Claim("and recursion is part of it", "none", "one_shot", {TAIL: 1}, "above"),
        Claim("tail quota is better than chance", "tail_quota", "random_filter", {TAIL: 1}, "below"),
        Claim("accumulating holds more than a fresh tenth", "accumulate", "fresh_tenth", {TAIL: 1}, "below"),
    ),
    titles={
        TAIL: "Tail, nats per token",
        "student/token_frequency_nll/head": "Head",
        DISTINCT: "Distinct bigrams",
        "human/tokens_read": "Human tokens read",
    },
)
judge, main = QUESTION.judge, QUESTION.main

if __name__ == "__main__":
    run_module(main)
