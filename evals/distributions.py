"""Distributions over the same types: the true one, and one for each replica of a student."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_SUM_TOLERANCE = 1e-6


class Distributions(NamedTuple):
    """A truth and what students made of it."""

    truth: FloatArray  # (n_types,)
    students: FloatArray  # (replicas, n_types)


def check_distributions(where: str, truth: npt.ArrayLike, students: npt.ArrayLike) -> Distributions:
    """Return both as arrays, or say what is wrong with them; `where` opens the message.

    Raises:
        ValueError: shapes that do not fit, no replicas, negative entries, or rows that do not sum to 1.
    """
    p, q = np.asarray(truth, dtype=np.float64), np.asarray(students, dtype=np.float64)
    if p.ndim != 1 or q.ndim != 2 or not q.size or q.shape[1] != len(p):
        raise ValueError(
            f"{where}: truth has shape {p.shape} and probabilities {q.shape}, want (n_types,) and "
            "(replicas, n_types), with 1 or more of each."
        )
    for name, rows in (("truth", p[np.newaxis]), ("probabilities", q)):
        wrong = ~(np.all(rows >= 0, axis=1) & (np.abs(np.sum(rows, axis=1) - 1) <= _SUM_TOLERANCE))
        if np.any(wrong):
            first = int(np.argmax(wrong))
            raise ValueError(
                f"{where}: row {first} of {name} has least entry {np.min(rows[first])} and sum "
                f"{np.sum(rows[first])}, want entries of 0 or more that sum to 1."
            )
    return Distributions(p, q)


def mass_before(probabilities: FloatArray) -> FloatArray:
    """Return the mass of all types more probable than each one; types of equal probability have equal figures.

    (n_types,) -> (n_types,) in [0, 1). Four times this, rounded down, is the quarter of mass that a type begins in.
    """
    value, place, types = np.unique(probabilities, return_inverse=True, return_counts=True)
    mass = value * types
    return np.asarray((np.cumsum(mass[::-1])[::-1] - mass)[place])
