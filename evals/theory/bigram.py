"""What theory expects of a Markov chain that is fitted to its own draws: which pairs of types are still alive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Regime = Literal["replace", "accumulate", "human_only"]


def branching_survival(expected: FloatArray, fits: int, regime: Regime) -> FloatArray:
    """Return the probability that each pair is alive in fits 1..fits, (fits, n_pairs).

    The copies of a pair that is expected `expected` times in the human sample are a Poisson branching process: under
    replacement each leaves a Poisson number with mean 1 to the next sample, so a pair is alive in fit k with
    1 - exp(-expected g_k), g_1 = 1, g_(k+1) = 1 - exp(-g_k), and g_k falls as 2/k. Accumulate and human_only lose a
    pair at the first sample or never. An approximation: the number of draws is fixed, not Poisson, and rows of a chain
    depend on each other; within 1% where pairs are many and each is a small share.

    Source: Suresh et al. 2025 (arXiv 2412.17646), the Poisson chain; for accumulate nothing but its first step.

    Raises:
        ValueError: fewer than 1 fit, or a pair expected less than 0 times.
    """
    if fits < 1 or np.any(expected < 0):
        raise ValueError(f"branching_survival: got {fits} fits, want 1 or more, and expectations of 0 or more.")
    reach = [1.0]
    for _ in range(fits - 1):
        reach.append(1 - float(np.exp(-reach[-1])) if regime == "replace" else 1.0)
    return np.asarray(1 - np.exp(-np.outer(reach, expected)))


@dataclass(frozen=True, slots=True)
class BranchingPairs:
    """Pairs that a bigram student still knows, and the true mass of those that it has lost."""

    draws: int
    """Rows a generation, and of the human sample."""
    length: int
    """Values in a row; one pair less."""
    regime: Regime
    """What a student is fitted to."""

    needs: ClassVar[tuple[str, ...]] = ("truth",)

    def curves(self, generations: int, truth: Mapping[str, FloatArray]) -> dict[str, tuple[FloatArray, str]]:
        """Return expected types and missing mass in generations 0..generations, and their law."""
        pairs = truth["probabilities"]
        alive = branching_survival(self.draws * (self.length - 1) * pairs, generations + 1, self.regime)
        law = "Poisson branching" if self.regime == "replace" else "1 - exp(-n p), nothing lost later"
        return {
            "student/known_truth/types": (np.asarray(alive.sum(axis=1)), law),
            "student/known_truth/missing_mass": (np.asarray((1 - alive) @ pairs), law),
        }
