"""Intervals from the binomial law of how many documents lie below a point: for quantiles over documents, and shares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats  # type: ignore[import-untyped, unused-ignore]

from evals.interval import Interval


class Quantile(NamedTuple):
    """A quantile over documents, linear between two of them as numpy has it."""

    values: npt.NDArray[np.float64]
    """One per document."""
    share: float
    """Share of documents below, in (0, 1)."""

    def value(self) -> float:
        """Return the figure itself.

        Raises:
            ValueError: no value, one that is not finite, or a share outside (0, 1).
        """
        self._check()
        return float(np.quantile(self.values, self.share))

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval between two order statistics of fractional rank.

        Of n values the one of rank r has a share below it that follows Beta(r, n + 1 - r), whatever the distribution.
        The ends are the ranks at which the share p that the quantile stands for on average, (1 + (n - 1) share) / (n +
        1), lies at either tail of that law, and values between ranks are interpolated. No resampling can give ends
        that lie beyond the last values; here they have none.

        Source: Hutson 1999, "Calculating nonparametric confidence intervals for quantiles using fractional order
        statistics", Journal of Applied Statistics 26(3). Deviation: p, for what is estimated at this n.

        Raises:
            ValueError: so few values for a quantile so far out that an end would lie beyond the last of them: fewer
                than 54 for 5%, 269 for 1%.
        """
        self._check()
        n = len(self.values)
        p = (1 + (n - 1) * self.share) / (n + 1)

        def below(u: float) -> float:
            return float(special.betainc((n + 1) * u, (n + 1) * (1 - u), p))

        first, last = 1 / (n + 1), n / (n + 1)
        tails = (1 + level) / 2, (1 - level) / 2
        if below(first) < tails[0] or below(last) > tails[1]:
            raise ValueError(
                f"Quantile.interval: {n} values are too few to bound their {self.share:.0%} quantile: all of them lie "
                f"on one side of it in {max(1 - below(first), below(last)):.1%} of samples, want {tails[1]:.1%} at "
                "most. Give more documents."
            )
        ends = [optimize.brentq(lambda u, tail=tail: below(u) - tail, first, last) for tail in tails]
        return Interval(*map(float, np.quantile(self.values, ends, method="weibull")))  # value of rank (n + 1) u

    def _check(self) -> None:
        if not 0 < self.share < 1 or not len(self.values) or not np.all(np.isfinite(self.values)):
            raise ValueError(
                f"Quantile: got {len(self.values)} values, {np.sum(~np.isfinite(self.values))} of them not finite, and "
                f"the share {self.share}; want 1 finite value or more and a share between 0 and 1."
            )


class Share(NamedTuple):
    """A share of documents."""

    inside: npt.NDArray[np.bool_]
    """Whether each document counts."""

    def value(self) -> float:
        """Return the figure itself.

        Raises:
            ValueError: no document.
        """
        if not len(self.inside):
            raise ValueError("Share: got no documents, want 1 or more.")
        return float(np.mean(self.inside))

    def interval(self, level: float = 0.95) -> Interval:
        """Return Wilson's score interval, which has a width where no document counts, or all do.

        Source: Wilson 1927, as recommended by Brown, Cai and DasGupta 2001, Statistical Science 16(2); scipy's.

        Raises:
            ValueError: no document.
        """
        self.value()
        found = stats.binomtest(int(np.sum(self.inside)), len(self.inside)).proportion_ci(level, method="wilson")
        return Interval(float(found.low), float(found.high))
