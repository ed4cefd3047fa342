"""Generation-verification gap: what a filter's judgement adds to the correctness of a student's draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.graded import Graded, kept_of


def verification_gap(graded: Sequence[Graded]) -> dict[str, float]:
    """Return the mean correctness of the draws as they came, as the filters weight them, and the difference.

    generated   J = mean over prompts of the share of correct draws
    verified    J_v = the same with each draw in proportion to the weight that the filters left it
    gap         J_v - J, in [-1, 1]; what one round of training on the kept draws can gain. Falls to 0 as
                self-improvement saturates, and is below 0 where the filters prefer wrong answers.
    relative    gap / (1 - J), the share of what was left to gain
    A prompt of which nothing was kept teaches nothing and stays as it is: it enters J_v with its share of J.

    Source: Song et al. 2024 (arXiv 2412.02674). Ours: prompts of which nothing was kept, as said.

    Raises:
        ValueError: no prompts, nothing that judged, or every draw is correct, so that nothing is left to gain.
    """
    kept = kept_of("verification_gap", graded)
    generated = [np.mean(prompt.correct) for prompt in graded]
    verified = [
        weight[prompt.correct].sum() / weight.sum() if weight.sum() > 0 else mean
        for prompt, weight, mean in zip(graded, kept, generated, strict=True)
    ]
    before, after = float(np.mean(generated)), float(np.mean(verified))
    if before == 1:
        raise ValueError(
            f"verification_gap: all draws of {len(graded)} prompts are correct, so nothing is left to gain. "
            "Take harder prompts."
        )
    gap = after - before
    return {"generated": before, "verified": after, "gap": gap, "relative": gap / (1 - before)}


@dataclass(frozen=True, slots=True)
class VerificationGap:
    """The generation-verification gap of the loop's own filters; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "graded"
    views: ClassVar[tuple[str, ...]] = ("drawn",)
    needs: ClassVar[tuple[str, ...]] = ("graded",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "higher"}

    def measure(self, graded: Sequence[Graded], given: object) -> dict[str, float]:
        """Return both means, the gap and the relative gap."""
        return verification_gap(graded)
