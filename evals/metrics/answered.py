"""Answered: how many draws give an answer at all, right or wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.graded import NO_ANSWER, Graded


def answered(graded: Sequence[Graded]) -> float:
    """Return the mean over prompts of the share of draws in which an answer was found.

    Of expressions, the share that is well formed. Range [0, 1]; higher is better. What pass@1 lacks of it are answers
    that are wrong; what it lacks of 1 are texts that lost the form, or a rule that does not find what is there.

    Raises:
        ValueError: no prompts.
    """
    if not graded:
        raise ValueError("answered: got no prompts, want 1 or more.")
    return float(np.mean([np.mean(prompt.answer != NO_ANSWER) for prompt in graded]))


@dataclass(frozen=True, slots=True)
class Answered:
    """Draws that give an answer; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "graded"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn")
    needs: ClassVar[tuple[str, ...]] = ("graded",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"value": "higher"}

    def measure(self, graded: Sequence[Graded], given: object) -> dict[str, float]:
        """Return the share."""
        return {"value": answered(graded)}
