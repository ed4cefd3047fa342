"""What a student of labels loses on fresh rows beyond their own noise, exactly, from its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.given import HasTruth, named

FloatArray = npt.NDArray[np.float64]


def excess_risk(truth: FloatArray, weights: FloatArray) -> FloatArray:
    """Return |w - w*|^2 of every replica, (replicas,): E (x w - x w*)^2 over x from N(0, I); range [0, inf), 0 is best.

    Shapes: truth (features,), weights (replicas, features). Source: Gerstgrasser et al. 2024 (arXiv 2404.01413), whose
    test error is this, with isotropic features.

    Raises:
        ValueError: shapes that do not fit, or no replicas.
    """
    w, true = np.asarray(weights, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if w.ndim != 2 or not w.size or w.shape[1:] != true.shape:
        raise ValueError(
            f"excess_risk: truth has shape {true.shape} and weights {w.shape}, want (features,) and "
            "(replicas, features)."
        )
    return np.asarray(np.sum((w - true) ** 2, axis=1))


@dataclass(frozen=True, slots=True)
class ExcessRisk:
    """Squared distance of a student's weights from the true ones; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("vector",)
    reads: ClassVar[str] = "parameters"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("truth", "parameters")
    interval: ClassVar[str] = "exact"
    better: ClassVar[Mapping[str, str]] = {"value": "lower"}

    def exact(self, given: HasTruth) -> dict[str, FloatArray]:
        """Return one figure per replica."""
        return {
            "value": excess_risk(
                *(named(values, "weights", "excess_risk") for values in (given.truth, given.parameters))
            )
        }
