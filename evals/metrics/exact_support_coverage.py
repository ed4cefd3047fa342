"""Support coverage of a world's student, exactly: what a sample of any size would hold, with nothing drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.buckets import QUARTILES
from evals.distributions import check_distributions, mass_before
from evals.given import HasTruth, written_probabilities
from evals.metrics.support_coverage import hit_probability

FloatArray = npt.NDArray[np.float64]


def exact_support_coverage(truth: FloatArray, probabilities: FloatArray, draws: int) -> dict[str, FloatArray]:
    """Return, for every replica and quarter of true mass, the expected support coverage of a student q.

    sum_{i in b} 1 - (1 - q_i)^m / sum_{i in b} 1 - (1 - p_i)^m: the mean types of bucket b in m draws of the student
    over that in m draws of the truth. Parts head, upper, lower, tail (a quarter of true mass each, most probable
    types first; equal types stay together, on the head's side) and all. Range [0, n_types / expected]; 1 for the
    truth itself, below as types are lost, above as a student flattens the bucket out. A bucket that ties leave
    empty is left out.

    false_mass is sum q_i (1 - p_i)^m, the mass that a student gives to types that m draws of the truth do not hold: the
    mean of the metric `false_mass` against a reference of m. Range [0, 1]; the truth itself has some, more is false.

    Raises:
        ValueError: fewer than 1 draw, or what is no distribution.
    """
    if draws < 1:
        raise ValueError(f"exact_support_coverage: draws is {draws}, want 1 or more.")
    p, q = check_distributions("exact_support_coverage", truth, probabilities)
    expected, hit = hit_probability(p, draws), hit_probability(q, draws)
    quarter = np.minimum(4 * mass_before(p), 3).astype(int)  # (n_types,)
    insides = {"all": p > 0} | {name: (quarter == i) & (p > 0) for i, name in enumerate(QUARTILES)}
    # A sum a row, not a product of matrices: that rounds otherwise for another number of replicas.
    coverage = {
        name: np.sum(hit[:, inside], axis=1) / np.sum(expected[inside])
        for name, inside in insides.items()
        if inside.any()
    }
    return {**coverage, "false_mass": np.sum(q * (1 - expected), axis=1)}


@dataclass(frozen=True, slots=True)
class ExactSupportCoverage:
    """Support coverage of a student in a world that knows the truth, by quarter of true mass and in all."""

    draws: int
    """m: draws of the sample that coverage speaks of; 1 or more."""

    kinds: ClassVar[tuple[str, ...]] = ("array",)
    reads: ClassVar[str] = "parameters"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("truth", "parameters")
    interval: ClassVar[str] = "exact"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise ValueError(f"exact_support_coverage: draws is {self.draws}, want 1 or more.")

    def exact(self, given: HasTruth) -> dict[str, FloatArray]:
        """Return one figure per replica for each part, of what the students write."""
        return exact_support_coverage(given.truth["probabilities"], written_probabilities(given), self.draws)
