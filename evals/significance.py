"""What may be said when many figures are looked at: p-values of paired differences and of chance, and their control."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats  # type: ignore[import-untyped, unused-ignore]


def paired_p(differences: npt.ArrayLike) -> float:
    """Return the two-sided p-value of a mean paired difference of zero, by the t test that `paired_t` inverts.

    Range [0, 1]. Differences that are all alike say 1 where they are zero and 0 where they are not.

    Raises:
        ValueError: fewer than 2 differences, or one that is not finite.
    """
    values = np.asarray(differences, dtype=np.float64).ravel()
    if len(values) < 2 or not np.all(np.isfinite(values)):
        raise ValueError(f"paired_p: got {len(values)} differences, want 2 or more, all finite, one per run seed.")
    if np.ptp(values) == 0:
        return 1.0 if values[0] == 0 else 0.0
    return float(stats.ttest_1samp(values, 0.0).pvalue)


def chance_p(differences: npt.ArrayLike, standard_deviations: npt.ArrayLike, draws: int) -> float:
    """Return the two-sided p-value of figures that lie off by no more than chance, over independent runs.

    Run i lies `differences[i]` from the mean of `draws` figures made by chance, whose standard deviation is
    `standard_deviations[i]`. The sum is held against t with (draws - 1) degrees of freedom a run, its variance
    inflated by 1 + 1/draws since the mean is estimated too (the prediction interval of a normal sample). Range [0, 1].

    Raises:
        ValueError: no differences, lengths that differ, or fewer than 2 draws.
    """
    off, spread = np.asarray(differences, dtype=np.float64), np.asarray(standard_deviations, dtype=np.float64)
    if not len(off) or off.shape != spread.shape or draws < 2:
        raise ValueError(f"chance_p: got shapes {off.shape} and {spread.shape} and {draws} draws, want 1 or more alike "
                         "and 2 draws or more.")  # fmt: skip
    width = math.sqrt((1 + 1 / draws) * float(np.sum(spread**2)))
    if width == 0:
        return 1.0 if np.sum(off) == 0 else 0.0
    return float(2 * stats.t.sf(abs(float(np.sum(off))) / width, len(off) * (draws - 1)))


def discoveries(p_values: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Say which of many p-values count, so that among those the expected share of false ones is at most `rate`.

    Source: Benjamini and Hochberg 1995, J. Royal Statistical Society B 57(1); scipy's implementation. Measures of
    one run go together, which the procedure allows for positive dependence (Benjamini and Yekutieli 2001).

    Raises:
        ValueError: a p-value outside [0, 1], or a rate outside (0, 1).
    """
    if not 0 < rate < 1:
        raise ValueError(f"discoveries: rate is {rate}, want a share between 0 and 1. For 5% write 0.05.")
    if not len(p_values):
        return []
    adjusted = stats.false_discovery_control(np.asarray(p_values, dtype=np.float64))
    return [bool(p <= rate) for p in adjusted]


def slopes(values: npt.ArrayLike, generations: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the least-squares slope of each row over generations.

    Args:
        values: one row per run seed.  # (seeds, generations)
        generations: where the columns stand.  # (generations,)

    Raises:
        ValueError: fewer than 2 generations, or shapes that do not fit.
    """
    rows, places = np.atleast_2d(np.asarray(values, dtype=np.float64)), np.asarray(generations, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(places) or len(set(places.tolist())) < 2:
        raise ValueError(f"slopes: got values of shape {rows.shape} over {len(places)} generations, want 2 or more.")
    centred = places - places.mean()
    return np.asarray((rows - rows.mean(axis=1, keepdims=True)) @ centred / (centred @ centred))


def scatter(values: npt.ArrayLike, generations: npt.ArrayLike) -> float:
    """Return the standard deviation of a value about the least-squares line of its row, pooled over rows.

    sqrt(sum of squared residuals / (rows * (generations - 2))); shapes as in `slopes`.

    Raises:
        ValueError: fewer than 3 generations, or shapes that do not fit.
    """
    rows, places = np.atleast_2d(np.asarray(values, dtype=np.float64)), np.asarray(generations, dtype=np.float64)
    if len(places) < 3:
        raise ValueError(f"scatter: got {len(places)} generations, want 3 or more: two lie on a line.")
    lines = slopes(rows, places)[:, None] * (places - places.mean()) + rows.mean(axis=1, keepdims=True)
    return math.sqrt(float(np.sum((rows - lines) ** 2)) / (len(rows) * (len(places) - 2)))
