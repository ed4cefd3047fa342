"""What theory expects of an urn that is refilled from its own draws.

Fit number k is made from k resamplings: with a human sample of the same size n, student g is fit k = g + 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

FloatArray = npt.NDArray[np.float64]
Regime = Literal["replace", "accumulate", "human_only"]


def expected_heterozygosity(truth: FloatArray, n: int, fits: int, regime: Regime) -> FloatArray:
    """Return E[1 - sum q^2] of fits 1..fits, (fits,).

    Replace loses a share 1/n at every resampling (Wright-Fisher); accumulate 1/(n i^2) at the i-th, since the new
    draws are one part in i of the pool; human_only fits the same sample again and again.

    Source: Wright 1931, "Evolution in Mendelian populations"; for accumulate the batch Polya urn, derived from
    E[sum q_i^2 | q] = sum q^2 + (1 - sum q^2) / (n i^2).

    Raises:
        ValueError: fewer than 1 fit or draw.
    """
    _check(n, fits)
    steps = np.arange(1, fits + 1, dtype=np.float64)
    loss = {
        "replace": np.full(fits, 1 / n),
        "accumulate": 1 / (n * steps**2),
        "human_only": np.eye(1, fits)[0] / n,
    }
    return np.asarray((1 - np.sum(truth**2)) * np.cumprod(1 - loss[regime]))


def survival(truth: FloatArray, n: int, fits: int, regime: Regime) -> FloatArray:
    """Return the probability that each type is still alive in fits 1..fits, (fits, n_types).

    Under replace the count of one type is a Markov chain with binomial steps, followed exactly over its n + 1 states;
    accumulate and human_only lose a type at the first sample or never.

    Raises:
        ValueError: fewer than 1 fit or draw.
    """
    _check(n, fits)
    states = np.arange(n + 1)
    chance = stats.binom.pmf(states[None, :], n, truth[:, None])  # (n_types, n + 1), counts in the human sample
    step = stats.binom.pmf(states[None, :], n, states[:, None] / n)  # (n + 1, n + 1), count now -> count next
    lives = [np.minimum(states, 1.0)]  # by fits to come: the chance to be alive after them, given the count now
    for _ in range(fits - 1):
        lives.append(step @ lives[-1] if regime == "replace" else lives[-1])
    return np.asarray(np.stack(lives) @ chance.T)


@dataclass(frozen=True, slots=True)
class WrightFisher:
    """Expected types, lost mass and heterozygosity of an urn that is refilled from its own draws."""

    types: int
    """Number of types of the source."""
    exponent: float
    """Zipf exponent of the source."""
    draws: int
    """n: draws a generation, and size of the human sample."""
    regime: Regime
    """What a student is fitted to."""

    def curves(self, generations: int) -> dict[str, tuple[FloatArray, str]]:
        """Return, for each part of `known_truth`, the expectation in generations 0..generations and its law."""
        mass = np.arange(1, self.types + 1, dtype=np.float64) ** -self.exponent
        truth = mass / mass.sum()
        fits = generations + 1
        alive = survival(truth, self.draws, fits, self.regime)
        heterozygosity = expected_heterozygosity(truth, self.draws, fits, self.regime)
        chain = "exact binomial chain" if self.regime == "replace" else "1 - (1 - p)^n, nothing lost later"
        law = {
            "replace": "H (1 - 1/n)^k",
            "accumulate": "H prod (1 - 1/(n i^2))",
            "human_only": "H (1 - 1/n)",
        }
        return {
            "student/known_truth/types": (np.asarray(alive.sum(axis=1)), chain),
            "student/known_truth/missing_mass": (np.asarray((1 - alive) @ truth), chain),
            "student/known_truth/heterozygosity": (heterozygosity, law[self.regime]),
        }


def _check(n: int, fits: int) -> None:
    if n < 1 or fits < 1:
        raise ValueError(f"theory: got {n} draws and {fits} fits, want 1 or more of each.")
