"""Divergences in worlds with known truth: how far a student's distribution is from the true one, and on which side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr  # type: ignore[import-untyped, unused-ignore]

from evals.buckets import QUARTILES
from evals.distributions import check_distributions, mass_before
from evals.given import HasTruth, written_probabilities

FloatArray = npt.NDArray[np.float64]


def divergence(truth: FloatArray, probabilities: FloatArray, smoothing: float, floor: float) -> dict[str, FloatArray]:
    """Return these figures for every replica of a student q in a world with true probabilities p, in nats.

    kl           sum p log(p / q'), q' = (1 - smoothing) q + smoothing / n_types; range [0, inf); rises first with
                 what is lost of the tail
    kl/head ...  the same by quarter of true mass, sum_b p log(p / q') / sum_b p, for head, upper, lower and tail (most
                 probable types first, equal ones together): what a type of that quarter costs beyond its true cost;
                 range (-inf, inf), below 0 where the student gives the quarter more than it has
    information_gain   sum p log(q' n_types), what the student knows beyond the uniform distribution: KL of that less
                 kl; range (-inf, log n_types], falls as it unlearns, 0 where it knows nothing
    reverse_kl   sum q log(q / p); range [0, inf); rises with what the student makes up or sharpens
    js           sum p log(p / m) / 2 + sum q log(q / m) / 2, m = (p + q) / 2; range [0, ln 2]
    chi_squared  sum (q - p)^2 / p; range [0, inf); mean (n_types - 1) / n over fits to n draws of the truth
    false_mass   mass of q on false types: those of p = 0, and the least probable ones that together hold no more
                 than `floor` of the truth; range [0, 1]; the truth itself has at most `floor`, and more is false

    Why kl is smoothed: under replacement q loses types, and plain KL is infinite from the first loss on. Smoothing is
    count-proportional: pseudo-counts of s N / (1 - s) in all, spread evenly, for a student fitted to N counts, which
    is the mixture above whatever N. A fixed pseudo-count per type weighs less as `accumulate` gathers counts, and
    made that arm look worse than it is. With smoothing 0 kl is the plain one. Total variation is in `known_truth`.
    reverse_kl and chi_squared are infinite, and left out, where any replica has mass on a type of p = 0.

    Source: KL, Kullback and Leibler 1951; JS, Lin 1991; the mixture, Jelinek and Mercer 1980, with the uniform
    distribution as the lower order.

    Raises:
        ValueError: what is no distribution; smoothing or floor outside [0, 1); kl infinite for want of smoothing.
    """
    _check_settings(smoothing, floor)
    p, q = check_distributions("divergence", truth, probabilities)
    smooth = (1 - smoothing) * q + smoothing / len(p)
    lost = np.any((smooth == 0) & (p > 0), axis=1)
    if lost.any():
        raise ValueError(
            f"divergence: {lost.sum()} of {len(q)} replicas have lost a type, so that KL from the truth is infinite. "
            "Set smoothing above 0; 0.01 is usual."
        )
    middle, costs = (p + q) / 2, rel_entr(p, smooth)
    figures = {
        "kl": np.sum(costs, axis=1),
        **_by_quarter(p, costs),
        "information_gain": np.sum(rel_entr(p, 1 / len(p)) - costs, axis=1),
        "js": np.sum(rel_entr(p, middle) + rel_entr(q, middle), axis=1) / 2,
        "false_mass": np.sum(np.where(_is_false(p, floor), q, 0.0), axis=1),
    }
    if not np.any(q[:, p == 0]):
        figures["reverse_kl"] = np.sum(rel_entr(q, p), axis=1)
        figures["chi_squared"] = np.sum((q - p)[:, p > 0] ** 2 / p[p > 0], axis=1)
    return figures


@dataclass(frozen=True, slots=True)
class Divergence:
    """Divergences of a student from the truth in a world that knows it."""

    smoothing: float
    """Share of the uniform distribution mixed into the student for `kl`; in [0, 1)."""
    floor: float
    """Share of true mass on the least probable types, which count as false; in [0, 1)."""

    kinds: ClassVar[tuple[str, ...]] = ("array",)
    reads: ClassVar[str] = "parameters"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("truth", "parameters")
    interval: ClassVar[str] = "exact"
    better: ClassVar[Mapping[str, str]] = {
        "kl": "lower",
        "kl/*": "lower",
        "information_gain": "higher",
        "reverse_kl": "lower",
        "js": "lower",
        "chi_squared": "lower",
        "false_mass": "human",
    }

    def __post_init__(self) -> None:
        _check_settings(self.smoothing, self.floor)

    def exact(self, given: HasTruth) -> dict[str, FloatArray]:
        """Return one figure per replica for each part; false mass is of what the students write."""
        p, q = given.truth["probabilities"], given.parameters["probabilities"]
        written = np.sum(np.where(_is_false(p, self.floor), written_probabilities(given), 0.0), axis=1)
        return {**divergence(p, q, self.smoothing, self.floor), "false_mass": written}


def _by_quarter(p: FloatArray, costs: FloatArray) -> dict[str, FloatArray]:
    """Average costs p log(p / q') over the types of each quarter of true mass that ties do not leave empty."""
    quarter = np.minimum(4 * mass_before(p), 3).astype(int)  # (n_types,)
    insides = {name: (quarter == i) & (p > 0) for i, name in enumerate(QUARTILES)}
    return {
        f"kl/{name}": np.sum(costs[:, inside], axis=1) / np.sum(p[inside])
        for name, inside in insides.items()
        if inside.any()
    }


def _is_false(p: FloatArray, floor: float) -> npt.NDArray[np.bool_]:
    """Say which types lie in the last `floor` of true mass; types of equal probability stay together.  # (n_types,)"""
    value, place, types = np.unique(p, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(value * types) <= floor)[place])


def _check_settings(smoothing: float, floor: float) -> None:
    for name, share in (("smoothing", smoothing), ("floor", floor)):
        if not 0 <= share < 1:
            raise ValueError(
                f"divergence: {name} is {share}, want a share of 0 or more and below 1. For 1% write 0.01."
            )
