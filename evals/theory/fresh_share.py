"""What theory expects of an urn into which fresh human draws come in every generation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evals.theory.hutter import zipf

FloatArray = npt.NDArray[np.float64]


def expected_variance(draws: int, share: float, fits: int) -> FloatArray:
    """Return Var q_i / (p_i (1 - p_i)) of fits 0..fits, (fits + 1,), when share * n of n draws are from the truth.

    q' = a h + (1 - a) s, with h the mean of a n draws of p and s that of (1 - a) n draws of q, gives
    Var q' = a p(1-p) / n + (1 - a) E[q(1-q)] / n + (1 - a)^2 Var q with E[q(1-q)] = p(1-p) - Var q. Its fixed point is
    (1/n) / (1 - (1-a)^2 + (1-a)/n). Published is that of n draws of a p + (1-a) q, (1/n) / (1 - (1-a)^2 (1 - 1/n)),
    which is larger by a share of order 1 / n.

    Source: for the loop Alemohammad et al. 2024 (arXiv 2307.01850, section 4: fresh data); the recursion is ours.

    Raises:
        ValueError: a share outside [0, 1], fewer than 1 draw, or fewer than 0 fits.
    """
    if not 0 <= share <= 1 or draws < 1 or fits < 0:
        raise ValueError(
            f"expected_variance: got share {share}, {draws} draws and {fits} fits; want a share in [0, 1], 1 or more "
            "draws and 0 or more fits."
        )
    variance = [0.0]
    for _ in range(fits):
        own = variance[-1]
        variance.append((share + (1 - share) * (1 - own)) / draws + (1 - share) ** 2 * own)
    return np.array(variance)


@dataclass(frozen=True, slots=True)
class FreshShare:
    """Heterozygosity of an urn with a fresh human share, student 0 being the truth itself (generation_0=base)."""

    types: int
    """Number of types of the source."""
    exponent: float
    """Zipf exponent of the source."""
    draws: int
    """n: size of each corpus."""
    human_share: float
    """Share of it that is drawn from the truth; 0: replace."""

    def curves(self, generations: int) -> dict[str, tuple[FloatArray, str]]:
        """Return 1 - sum E[q^2] in generations 0..generations, and its law."""
        truth = zipf(self.types, self.exponent)
        variance = expected_variance(self.draws, self.human_share, generations)
        heterozygosity = 1 - np.sum(truth**2) - np.sum(truth * (1 - truth)) * variance
        law = f"variance to p (1 - p) / (n (1 - (1 - a)^2 + (1 - a) / n)), a = {self.human_share:g}"
        return {"student/known_truth/heterozygosity": (np.asarray(heterozygosity), law)}
