"""Worlds with known truth: what a student has lost, exactly, with nothing to estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.distributions import check_distributions
from evals.given import HasTruth

FloatArray = npt.NDArray[np.float64]


def known_truth(truth: FloatArray, probabilities: FloatArray) -> dict[str, FloatArray]:
    """Return four figures for every replica of a student q in a world with true probabilities p.

    types            number of types with q > 0; range [1, n_types]; falls for good under replacement
    missing_mass     sum of p over types with q = 0; range [0, 1]; rises as the tail disappears
    heterozygosity   1 - sum q^2, the chance that two draws differ; range [0, 1); falls late in collapse
    total_variation  sum |p - q| / 2; range [0, 1]; rises with any deformation

    Source: heterozygosity as in population genetics (Wright-Fisher), where its mean shrinks by exactly
    1 - 1/n per generation of n draws.

    Raises:
        ValueError: shapes that do not fit, no replicas, negative entries, or rows that do not sum to 1.
    """
    p, q = check_distributions("known_truth", truth, probabilities)
    return {
        "types": np.sum(q > 0, axis=1).astype(np.float64),
        # A sum a row, not a product of matrices: that rounds otherwise for another number of replicas.
        "missing_mass": np.sum(np.where(q == 0, p, 0.0), axis=1),
        "heterozygosity": 1 - np.sum(q**2, axis=1),
        "total_variation": np.sum(np.abs(q - p), axis=1) / 2,
    }


@dataclass(frozen=True, slots=True)
class KnownTruth:
    """Distance of a student from the truth in a world that knows it; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("array",)
    reads: ClassVar[str] = "parameters"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("truth", "parameters")
    interval: ClassVar[str] = "exact"
    better: ClassVar[Mapping[str, str]] = {
        "types": "human",
        "missing_mass": "lower",
        "heterozygosity": "human",
        "total_variation": "lower",
    }

    def exact(self, given: HasTruth) -> dict[str, FloatArray]:
        """Return one figure per replica for each part."""
        return known_truth(given.truth["probabilities"], given.parameters["probabilities"])
