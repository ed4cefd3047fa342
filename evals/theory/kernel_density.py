"""What theory expects of a kernel density that is fitted to its own draws again and again."""

from __future__ import annotations

from dataclasses import dataclass

from evals.theory.gaussian import FloatArray, Regime, expected_moments


@dataclass(frozen=True, slots=True)
class KernelChain:
    """Moments of a kernel density student that learns from its own draws, on a Gaussian source."""

    dimensions: int
    """Numbers in a row of the source."""
    draws: int
    """n: draws a generation, and size of the human sample."""
    bandwidth: float
    """h of the student, a number."""
    regime: Regime
    """What a student is fitted to; subsample: n rows of all that has piled up."""

    def curves(self, generations: int) -> dict[str, tuple[FloatArray, str]]:
        """Return the expected mean_error and variance of `gaussian_moments` in generations 0..generations."""
        moments = expected_moments(self.draws, generations + 1, self.regime, bandwidth=self.bandwidth)
        law = "v <- (1 - 1/n) v + h^2" if self.regime == "replace" else "exact recursion of pooled moments"
        return {
            "student/gaussian_moments/mean_error": (self.dimensions * moments.mean_error, law),
            "student/gaussian_moments/variance": (moments.variance, law),
        }
