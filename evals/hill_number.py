"""Hill numbers: how many kinds there would be if all were equally common."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp  # type: ignore[import-untyped, unused-ignore]


def hill_number(weights: npt.ArrayLike, q: float) -> float:
    """Return the effective number of kinds of order q, from counts, eigenvalues or whatever weights they have.

    (sum p^q)^(1 / (1 - q)) with p = weights / sum; at q = 1 its limit, exp of the entropy; at q = inf, 1 / max p.
    Range [1, number of weights above 0]; falls as q grows, since a larger q looks at common kinds alone.

    Source: Hill 1973, Ecology 54(2), equation 2.

    Raises:
        ValueError: q below 0, a negative weight, or none above 0.
    """
    if not q >= 0:
        raise ValueError(f"hill_number: q is {q}, want 0 or more; 0, 1 and 2 are usual.")
    found = np.asarray(weights, dtype=np.float64).ravel()
    if not np.any(found > 0) or not np.all(found >= 0):
        raise ValueError(
            f"hill_number: got {len(found)} weights with sum {np.sum(found):g} and least "
            f"{np.min(found, initial=0.0):g}, want weights of 0 or more, at least one of them above 0."
        )
    if q == 0:
        return float(np.count_nonzero(found))
    log_p = np.log(found[found > 0]) - math.log(np.sum(found))
    if q == 1:
        return math.exp(-float(np.sum(np.exp(log_p) * log_p)))
    if math.isinf(q):
        return math.exp(-float(np.max(log_p)))
    return math.exp(float(logsumexp(q * log_p)) / (1 - q))
