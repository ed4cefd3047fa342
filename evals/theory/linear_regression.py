"""What theory expects of least squares on labels that students write for the same rows, again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from evals.theory.fits import Generation0, by_generation, n_fits

FloatArray = npt.NDArray[np.float64]
Regime = Literal["replace", "accumulate", "human_only"]


def expected_excess_risk(
    features: int, rows: int, noise: float, fits: int, regime: Regime, temperature: float = 1.0, human: bool = True
) -> FloatArray:
    """Return E |w - w*|^2 of fits 1..fits, (fits,).

    One fit to `rows` labels of variance sigma^2 on features from N(0, I) adds c = sigma^2 d / (rows - d - 1). Replace:
    k c; accumulate, the i-th labels being one part in i: c sum over i <= k of 1/i^2, at most c pi^2/6; human_only: c.
    Temperature multiplies c for labels that a student writes, not for the first, human ones.

    Source: Gerstgrasser et al. 2024 (arXiv 2404.01413), theorems 1 and 2; c is the trace of an inverse Wishart mean.

    Raises:
        ValueError: fewer than 1 fit or feature, no more rows than features + 1 (c is infinite), negative noise, a
            temperature that is not above 0, or labels that pile up without the human ones that student 0 is fitted to.
    """
    if fits < 1 or features < 1 or rows <= features + 1 or noise < 0 or not temperature > 0:
        raise ValueError(
            f"expected_excess_risk: got {fits} fits, {features} features, {rows} rows, noise {noise} and temperature "
            f"{temperature}, want 1 or more of the first two, more rows than features + 1, noise of 0 or more, and a "
            "temperature above 0."
        )
    if not human and regime != "replace":
        raise ValueError(f"expected_excess_risk: without human labels there is a law for replace, not for {regime}.")
    c = noise**2 * features / (rows - features - 1)
    written = np.where(human & (np.arange(fits) == 0), c, c * temperature)
    share = {
        "replace": np.ones(fits),
        "accumulate": 1 / np.arange(1, fits + 1, dtype=np.float64) ** 2,
        "human_only": np.eye(1, fits)[0],
    }
    return np.asarray(np.cumsum(written * share[regime]))


@dataclass(frozen=True, slots=True)
class LabelChain:
    """Excess risk of a linear student that learns from its own labels."""

    features: int
    """d of the source."""
    draws: int
    """T: rows that are labelled in each generation, all those of the source."""
    noise: float
    """sigma of source and student."""
    temperature: float
    """That of the generator."""
    regime: Regime
    """What a student is fitted to."""
    generation_0: Generation0
    """Whether student 0 is fitted to human labels, or is the truth itself."""

    def curves(self, generations: int) -> dict[str, tuple[FloatArray, str]]:
        """Return the expected excess risk in generations 0..generations and its law."""
        fits, human = n_fits(generations, self.generation_0), self.generation_0 == "train"
        risk = expected_excess_risk(self.features, self.draws, self.noise, fits, self.regime, self.temperature, human)
        law = {"replace": "k c", "accumulate": "c sum 1/i^2", "human_only": "c"}
        return {
            "student/excess_risk/value": (
                by_generation(risk, 0.0, generations, self.generation_0),
                f"{law[self.regime]}, c = sigma^2 d / (T - d - 1)",
            )
        }
