"""Which fit a student is, so that theory by fits becomes theory by generations.

Fit number k is made from k samples of the same size. With a human sample of that size, student g is fit k = g + 1;
where student 0 is the truth itself (generation_0=base, and a base that is the truth), k = g.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Generation0 = Literal["train", "base"]


def n_fits(generations: int, generation_0: Generation0) -> int:
    """Return how many fits describe generations 0..generations, at least one."""
    return max(generations + (generation_0 == "train"), 1)


def by_generation(fits: FloatArray, truth: float, generations: int, generation_0: Generation0) -> FloatArray:
    """Return what is expected in generations 0..generations, from what is of fits 1, 2, ... and of the truth."""
    whole = fits if generation_0 == "train" else np.concatenate([[truth], fits])
    return np.asarray(whole[: generations + 1])
