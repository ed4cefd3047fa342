"""Pass@k: the chance that at least one of k draws solves a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.graded import FloatArray, Graded, check_draws


def pass_at_k(n_draws: npt.ArrayLike, n_correct: npt.ArrayLike, k: int) -> FloatArray:
    """Return, for each prompt, the chance that k of its n draws, taken without replacement, hold a correct one.

    1 - C(n - c, k) / C(n, k), as the product 1 - prod (1 - k / i) over i = n - c + 1..n: no factorial is ever formed,
    and n - c < k gives exactly 1. Unbiased for 1 - (1 - p)^k of a student that is correct with chance p, where
    1 - (1 - c / n)^k is biased low. Range [0, 1], higher is better. A large k tells what a student can still reach:
    self-improvement raises it at small k and lowers it at large k.

    Source: Chen et al. 2021 (arXiv 2107.03374), section 2.1; Song et al. 2024 (arXiv 2412.02674) for the crossover.

    Raises:
        ValueError: no prompts, k below 1, more correct draws than draws, or fewer than k draws of a prompt.
    """
    n, c = np.asarray(n_draws, dtype=np.int64), np.asarray(n_correct, dtype=np.int64)
    if n.ndim != 1 or n.shape != c.shape or not n.size or np.any(c < 0) or np.any(c > n):
        raise ValueError(
            f"pass_at_k: got draws of shape {n.shape} and correct ones of shape {c.shape}, want one of each for 1 or "
            "more prompts, with 0 <= correct <= draws."
        )
    if k < 1 or np.min(n) < k:
        raise ValueError(
            f"pass_at_k: {np.sum(n < k)} of {len(n)} prompts have fewer than k = {k} draws, the fewest {np.min(n)}; "
            "want k >= 1 and at least k draws of each. Draw more (sampled.draws), or leave this k out."
        )
    pairs, where = np.unique(np.stack([n, c]), axis=1, return_inverse=True)
    # Prompts are many, pairs of counts few.
    missed = [np.prod(1 - k / np.arange(total - right + 1, total + 1)) for total, right in pairs.T]
    return np.asarray(1 - np.array(missed))[where.ravel()]


@dataclass(frozen=True, slots=True)
class PassAtK:
    """Mean of pass@k over prompts; one part per k, named by it."""

    k: tuple[int, ...]
    """Numbers of draws, each 1 or more and at most as many as there are of each prompt."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "graded"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn")
    needs: ClassVar[tuple[str, ...]] = ("graded",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "higher"}

    def __post_init__(self) -> None:
        check_draws("pass_at_k: k", self.k)

    def measure(self, graded: Sequence[Graded], given: object) -> dict[str, float]:
        """Return the mean over prompts for each k."""
        n = [prompt.n_draws for prompt in graded]
        c = [prompt.n_correct for prompt in graded]
        return {str(k): float(np.mean(pass_at_k(n, c, k))) for k in self.k}
