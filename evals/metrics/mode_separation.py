"""How far apart the true modes of a world stay in a student: the depth of the valleys between them, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.given import HasTruth, named
from evals.metrics.density_nll import log_density

FloatArray = npt.NDArray[np.float64]

_STEPS = np.linspace(0, 1, 21)


def mode_separation(modes: FloatArray, weights: FloatArray, means: FloatArray, covariances: FloatArray) -> float:
    """Return the mean over pairs of modes a, b of 1 - min(1, lowest q between them / min(q(a), q(b))).

    q is the density of a mixture, taken at both modes and at 19 even steps on the line between them. Range [0, 1]; 1:
    nothing lies between, 0: no valley is left, since both have run together or one is gone. Falls as modes merge.
    With two normals of equal weight and width at distance D, the middle is 2 exp(-D^2 / 8 sd^2) as dense as a mode that
    the other does not reach.

    Shapes: modes (n_modes, d), the mixture as in `mixture_nll`.

    Source: ours; that a valley of the density parts two modes is what modal clustering rests on (Menardi 2016,
    International Statistical Review 84(3)).

    Raises:
        ValueError: fewer than 2 modes, or of another length than the mixture's.
    """
    if modes.ndim != 2 or len(modes) < 2 or modes.shape[1:] != means.shape[1:]:
        raise ValueError(f"mode_separation: got modes of shape {modes.shape} and means {means.shape}, want 2 modes or "
                         "more of the length of a mean.")  # fmt: skip
    depths = []
    for first, second in combinations(modes, 2):
        line = first + _STEPS[:, None] * (second - first)
        log_q = log_density(line, weights, means, covariances)
        valley, edge = np.min(log_q[1:-1]), min(log_q[0], log_q[-1])
        depths.append(-np.expm1(min(0.0, valley - edge)) if np.isfinite(edge) else 0.0)
    return float(np.mean(depths))


@dataclass(frozen=True, slots=True)
class ModeSeparation:
    """Depth of the valleys between the true modes, in a world that knows them; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("vector",)
    reads: ClassVar[str] = "parameters"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("truth", "parameters")
    interval: ClassVar[str] = "exact"
    better: ClassVar[Mapping[str, str]] = {"value": "human"}

    def exact(self, given: HasTruth) -> dict[str, FloatArray]:
        """Return one figure per replica."""
        modes = named(given.truth, "modes", "mode_separation")
        parts = (named(given.parameters, name, "mode_separation") for name in ("weights", "means", "covariances"))
        return {"value": np.array([mode_separation(modes, *each) for each in zip(*parts, strict=True)])}
