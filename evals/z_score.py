"""How far two figures are apart, in standard errors: whether other texts of the same kind could explain it."""

from __future__ import annotations

import math

from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.interval import Interval

_ROUNDING = 1e-12


def standard_error(interval: Interval, freedom: int | None, level: float = 0.95) -> float:
    """Return the standard error that an interval was made of: half its width over the quantile that it reaches to.

    The quantile is that of t with these degrees of freedom: groups - 1 for a delete-group jackknife,
    `evals.subsamples.degrees_of_freedom` for subsamples. For a bootstrap (`freedom` None) it is the normal one, near
    enough for many documents. A width that is nothing but rounding, of a figure that all parts of a text share, counts
    as 0.

    Raises:
        ValueError: the ends are out of order or not finite, freedom below 1, or a level outside (0, 1).
    """
    low, high = interval
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"standard_error: got an interval from {low} to {high}, want finite ends in order.")
    if freedom is not None and freedom < 1:
        raise ValueError(f"standard_error: got {freedom} degrees of freedom, want 1 or more.")
    if not 0 < level < 1:
        raise ValueError(f"standard_error: level is {level}, want a share between 0 and 1. For 95% write 0.95.")
    if high - low <= _ROUNDING * max(abs(low), abs(high)):
        return 0.0
    upper = (1 + level) / 2
    reach = stats.norm.ppf(upper) if freedom is None else stats.t.ppf(upper, freedom)
    return (high - low) / 2 / float(reach)


def z_score(value: float, error: float, other: float, other_error: float) -> float:
    """Return (value - other) / sqrt(error^2 + other_error^2), for figures of independent texts.

    Range (-inf, inf). Where both are of the same kind of text it is beyond 2 about once in twenty; with errors from
    20 jackknife groups each it follows t with some 38 degrees of freedom rather than the normal.

    Raises:
        ValueError: an error that is negative or not finite, or both 0: then nothing says how far apart is far.
    """
    errors = (error, other_error)
    if not all(math.isfinite(each) and each >= 0 for each in errors) or not any(errors):
        raise ValueError(f"z_score: got standard errors {error} and {other_error}, want 0 or more and not both 0.")
    return (value - other) / math.hypot(*errors)
