"""Distinct correct answers: in how many different ways a student solves a prompt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.graded import Graded, check_draws
from evals.metrics.pass_at_k import pass_at_k


def distinct_correct(graded: Sequence[Graded], k: int) -> float:
    """Return how many different correct answers k draws of a prompt hold, the mean over prompts.

    Each correct answer that c of a prompt's n draws give is in k of them with chance 1 - C(n - c, k) / C(n, k); their
    sum is the expected number, so prompts with more than k draws are rarefied without drawing anything. Range [0, k];
    at k = 1 it is accuracy. It falls as a student keeps one way to solve a prompt, while accuracy rises.

    Source: Hurlbert 1971, "The nonconcept of species diversity", for the expected number of species in k draws.

    Raises:
        ValueError: no prompts, k below 1, or fewer than k draws of a prompt.
    """
    if not graded:
        raise ValueError("distinct_correct: got no prompts, want 1 or more.")
    n_draws, counts = [], []
    for prompt in graded:
        # A count of 0 stands for the prompt itself: it adds nothing, and its number of draws is checked.
        of_each = [0, *Counter(prompt.answer[prompt.correct].tolist()).values()]
        n_draws += [prompt.n_draws] * len(of_each)
        counts += of_each
    return float(np.sum(pass_at_k(n_draws, counts, k)) / len(graded))


@dataclass(frozen=True, slots=True)
class DistinctCorrect:
    """Different correct answers among k draws of a prompt; one part per k, named by it.

    Texts are one answer when they are equal up to white space.
    """

    k: tuple[int, ...]
    """Numbers of draws, each 1 or more and at most as many as there are of each prompt."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "graded"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn")
    needs: ClassVar[tuple[str, ...]] = ("graded",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "higher"}

    def __post_init__(self) -> None:
        check_draws("distinct_correct: k", self.k)

    def measure(self, graded: Sequence[Graded], given: object) -> dict[str, float]:
        """Return the mean over prompts for each k."""
        return {str(k): distinct_correct(graded, k) for k in self.k}
