"""How often a linear student names the class of a fresh row, exactly, from its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import special  # type: ignore[import-untyped, unused-ignore]

from evals.given import HasTruth, named

FloatArray = npt.NDArray[np.float64]


def class_accuracy(class_mean: FloatArray, weights: FloatArray) -> FloatArray:
    """Return P(label = class) of every replica, (replicas,), for classes N(-m, I) and N(m, I) told apart by x w > 0.

    Phi(w m / |w|); range [0, 1], 1/2 is chance, at most Phi(|m|); below 1/2 the student has learned the opposite.
    Shapes: class_mean m (features,), weights w (replicas, features).

    Source: Feng et al. 2024 (arXiv 2406.07515), the test accuracy of their Gaussian mixture.

    Raises:
        ValueError: shapes that do not fit, no replicas, or weights of 0, which name no class.
    """
    m, w = np.asarray(class_mean, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if w.ndim != 2 or not w.size or w.shape[1:] != m.shape:
        raise ValueError(
            f"class_accuracy: class_mean has shape {m.shape} and weights {w.shape}, want (features,) and "
            "(replicas, features)."
        )
    length = np.sqrt(np.sum(w**2, axis=1))
    if not np.all(length > 0):
        raise ValueError(f"class_accuracy: the weights of row {int(np.argmin(length))} are 0 and name no class.")
    return np.asarray(special.ndtr(np.sum(w * m, axis=1) / length))


@dataclass(frozen=True, slots=True)
class ClassAccuracy:
    """Accuracy of a linear student on fresh rows; it has no settings. That of a labeller is 1 less its error rate."""

    kinds: ClassVar[tuple[str, ...]] = ("vector",)
    reads: ClassVar[str] = "parameters"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("truth", "parameters")
    interval: ClassVar[str] = "exact"
    better: ClassVar[Mapping[str, str]] = {"value": "higher"}

    def exact(self, given: HasTruth) -> dict[str, FloatArray]:
        """Return one figure per replica."""
        if "error_rate" in given.parameters:
            return {"value": 1 - given.parameters["error_rate"]}
        mean = named(given.truth, "class_mean", "class_accuracy")
        return {"value": class_accuracy(mean, named(given.parameters, "weights", "class_accuracy"))}
