"""What theory expects of normal draws fitted again and again, by mean and covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special  # type: ignore[import-untyped, unused-ignore]

from evals.theory.fits import Generation0, by_generation, n_fits

FloatArray = npt.NDArray[np.float64]
Regime = Literal["replace", "accumulate", "subsample", "human_only"]


class Moments(NamedTuple):
    """Expectations over chains, one number a fit, of one dimension of a truth N(0, I)."""

    mean_error: FloatArray  # (fits,), E (mean of the student)^2
    variance: FloatArray  # (fits,), E of the student's variance


def expected_moments(
    n: int,
    fits: int,
    regime: Regime,
    ddof: int = 0,
    temperature: float = 1.0,
    bandwidth: float = 0.0,
    human: bool = True,
) -> Moments:
    """Return the expected moments of fits 1..fits, exactly, for any `ddof`, temperature and regime.

    A pool of N rows keeps M, the square of its mean, and S, its squares around the mean. A sample of n rows from a
    student of variance v, whose mean lies off the pool's by an expected square D, adds
        S += (n - 1) v + N n / (N + n) (v / n + D),   M += (n / (N + n))^2 (v / n + D),   N += n,
    and a student fitted to s of the N rows has variance S / (N - 1) (s - 1) / (s - ddof) and mean square
    M + D with D = S / (N - 1) (1/s - 1/N). Replace: N = 0 before each sample; accumulate: s = N; subsample: s = n.
    Temperature multiplies v when a student is drawn from, not the first, human sample; kernels of width `bandwidth`
    add its square to the student's variance.

    So with ddof 0 and temperature 1, replace is (1 - 1/n)^k and accumulate prod (1 - 1/(n i^2)), and mean_error is what
    is missing to 1; with ddof 1 replace keeps variance at T^(k - 1).

    Source: for replace Shumailov et al. 2024 (Nature 631) and, with temperature as lambda, Alemohammad et al. 2024
    (arXiv 2307.01850); for accumulate Kazdan et al. 2025 (arXiv 2410.16713). Ours: one recursion for all, subsample
    included, from the laws of a mean and of sampling without replacement.

    Raises:
        ValueError: fewer than 1 fit, no more rows than 1 or than ddof, a temperature that is not above 0, or a pool
            that does not begin with the sample that student 0 is fitted to.
    """
    _check(n, fits, ddof, temperature)
    if not human and regime != "replace":
        raise ValueError(f"expected_moments: without a human sample there is a law for replace, not for {regime}.")
    size, squares, pooled, off = 0, 0.0, 0.0, 0.0
    mean, variance = 0.0, 1.0
    found: list[tuple[float, float]] = []
    for fit in range(fits):
        if fit and regime == "human_only":
            found.append(found[0])
            continue
        if regime == "replace":
            size, squares, pooled = 0, 0.0, mean
        spread = variance * (1.0 if human and fit == 0 else temperature)
        apart = spread / n + off
        squares += (n - 1) * spread + size * n / (size + n) * apart
        pooled += (n / (size + n)) ** 2 * apart
        size += n
        taken = n if regime == "subsample" else size
        off = squares / (size - 1) * (1 / taken - 1 / size)
        mean, variance = pooled + off, squares / (size - 1) * (taken - 1) / (taken - ddof) + bandwidth**2
        found.append((mean, variance))
    return Moments(*np.array(found).T)


def expected_log_variance(
    n: int, dimensions: int, fits: int, ddof: int = 0, temperature: float = 1.0, human: bool = True
) -> FloatArray:
    """Return E ln det S / d of fits 1..fits in nats under replace, (fits,).

    (n - 1) S / v is Wishart with n - 1 degrees of freedom, so each fit adds
    mean over i = 1..d of psi((n - i) / 2), + ln 2 - ln(n - ddof), and each draw from a student ln temperature.

    Source: for d = 1 the chi-square law of a variance; for d dimensions the log-determinant of a Wishart matrix
    (Bishop 2006, "Pattern Recognition and Machine Learning", B.81).

    Raises:
        ValueError: as `expected_moments`; no more rows than dimensions, of which the covariance is singular.
    """
    _check(n, fits, ddof, temperature)
    if n <= dimensions:
        raise ValueError(f"expected_log_variance: {n} rows in {dimensions} dimensions; the covariance is singular.")
    step = np.mean(special.digamma((n - np.arange(1, dimensions + 1)) / 2)) + np.log(2 / (n - ddof))
    k = np.arange(1, fits + 1)
    return np.asarray(k * step + (k - human) * np.log(temperature))


@dataclass(frozen=True, slots=True)
class GaussianChain:
    """Moments of a Gaussian student that learns from its own draws."""

    dimensions: int
    """Numbers in a row of the source."""
    draws: int
    """n: draws a generation, and size of the human sample."""
    ddof: int
    """That of the student."""
    temperature: float
    """That of the generator: the covariance is scaled by it when the student is drawn from."""
    regime: Regime
    """What a student is fitted to; subsample: n rows of all that has piled up."""
    generation_0: Generation0
    """Whether student 0 is fitted to a human sample, or is the truth itself."""

    def curves(self, generations: int) -> dict[str, tuple[FloatArray, str]]:
        """Return, for each part of `gaussian_moments`, the expectation in generations 0..generations and its law."""
        fits, human = n_fits(generations, self.generation_0), self.generation_0 == "train"
        moments = expected_moments(self.draws, fits, self.regime, self.ddof, self.temperature, human=human)
        expected = {
            "mean_error": (0.0, self.dimensions * moments.mean_error, "exact recursion of pooled moments"),
            "variance": (1.0, moments.variance, self._variance_law()),
        }
        if self.regime == "replace" and self.draws > self.dimensions:
            log = expected_log_variance(self.draws, self.dimensions, fits, self.ddof, self.temperature, human)
            expected["log_variance"] = (0.0, log, "k (psi - ln), Wishart")
        return {
            f"student/gaussian_moments/{part}": (by_generation(values, truth, generations, self.generation_0), law)
            for part, (truth, values, law) in expected.items()
        }

    def _variance_law(self) -> str:
        if self.ddof or self.temperature != 1:
            return "exact recursion of pooled moments"
        return {
            "replace": "(1 - 1/n)^k",
            "accumulate": "prod (1 - 1/(n i^2))",
            "subsample": "exact recursion of pooled moments",
            "human_only": "1 - 1/n",
        }[self.regime]


def _check(n: int, fits: int, ddof: int, temperature: float) -> None:
    if n < 2 or n <= ddof or fits < 1 or not temperature > 0:
        raise ValueError(
            f"theory: got {n} draws, {fits} fits, ddof {ddof} and temperature {temperature}, want 2 or more draws and "
            "more than ddof, 1 or more fits, and a temperature above 0."
        )
