"""Confidence gap: how much surer a student is of its own text than of human text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.given import HasReference
from evals.token_scores import TokenScores


def confidence_gap(own: Sequence[TokenScores], human: Sequence[TokenScores]) -> float:
    """Return the mean probability of the most probable token over the student's own texts minus that over human ones.

    Each is the mean of exp(top_nats) over the tokens of all texts together. Range (-1, 1); above 0 where a student
    writes more surely than humans do, and rises as it narrows: text that its writer was sure of is what the next
    student learns from. Needs no second model, and moves while perplexity on human text still looks well.

    Source: the mechanism that "ForTIFAI: Fending Off Recursive Training Induced Failure for AI Models" (arXiv
    2509.08972) trains against. Ours: as a measure.

    Raises:
        ValueError: no text, or no human text.
    """
    if not own or not human:
        raise ValueError(
            f"confidence_gap: got {len(own)} own texts and {len(human)} human ones, want 1 or more of each."
        )
    ours, theirs = (np.mean(np.concatenate([text.confidence for text in texts])) for texts in (own, human))
    return float(ours - theirs)


@dataclass(frozen=True, slots=True)
class ConfidenceGap:
    """Confidence on sampled texts minus confidence on held-out human text cut alike; it has no settings.

    The interval is over sampled texts, with the human ones as they are.
    """

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "token_scores"
    views: ClassVar[tuple[str, ...]] = ("sampled",)
    needs: ClassVar[tuple[str, ...]] = ("log_probs", "reference", "reference_log_probs")
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"value": "human"}

    def measure(self, documents: Sequence[TokenScores], given: HasReference[Sequence[TokenScores]]) -> dict[str, float]:
        """Return the gap."""
        return {"value": confidence_gap(documents, given.reference)}
