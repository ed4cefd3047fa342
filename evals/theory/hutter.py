"""What a learner that remembers what it has seen misses, when what it sees has lost or thinned its tail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def zipf(types: int, exponent: float) -> FloatArray:
    """Return p_i in proportion to i^-exponent, most frequent first, (types,)."""
    mass = np.arange(1, types + 1, dtype=np.float64) ** -exponent
    return np.asarray(mass / mass.sum())


def seen(truth: FloatArray, top_k: int, temperature: float) -> FloatArray:
    """Return the frequencies that a learner sees: the first top_k (0: all) of truth^(1 / temperature), (types,).

    A temperature of 1 / m is the narrowing q ~ p^m.
    """
    shares = truth ** (1 / temperature)
    if top_k:
        shares[np.argsort(-truth, kind="stable")[top_k:]] = 0
    return np.asarray(shares / shares.sum())


def expected_missed(truth: FloatArray, shown: FloatArray, draws: int) -> float:
    """Return sum p_i (1 - q_i)^T, the true mass that is in none of T draws of q; range [0, 1], rises with the loss.

    With p_i ~ i^-b it falls as T^-(b-1)/b for q = p, has a floor of sum_(i>k) p_i for a tail cut at rank k, and falls
    as T^-(b-1)/(m b) for q ~ p^m.

    Source: Dohmatob et al. 2024, "A Tale of Tails" (arXiv 2402.07043), Hutter's model of section 2.

    Raises:
        ValueError: fewer than 1 draw, or arrays of two lengths.
    """
    if draws < 1 or truth.shape != shown.shape:
        raise ValueError(
            f"expected_missed: got {draws} draws, {truth.shape} true and {shown.shape} shown frequencies; want 1 draw "
            "or more, and equal shapes."
        )
    return float(np.sum(truth * np.exp(draws * np.log1p(-np.minimum(shown, 1 - 1e-16)))))


@dataclass(frozen=True, slots=True)
class HutterTail:
    """True mass that one generation of draws misses, student 0 being the truth itself (generation_0=base)."""

    types: int
    """Number of types of the source."""
    exponent: float
    """Zipf exponent of the source."""
    draws: int
    """T: what student 1 is trained on."""
    top_k: int
    """That of the generator; 0: nothing is cut."""
    temperature: float
    """That of the generator."""

    def curves(self, generations: int) -> dict[str, tuple[FloatArray, str]]:
        """Return the missing mass in generations 0 and 1; later students learn from each other, not from q."""
        truth = zipf(self.types, self.exponent)
        missed = expected_missed(truth, seen(truth, self.top_k, self.temperature), self.draws)
        return {"student/known_truth/missing_mass": (np.array([0.0, missed])[: generations + 1], "sum p (1 - q)^T")}
