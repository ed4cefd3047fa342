"""Vendi score: how many different texts a view is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy.typing as npt

from evals.embeddings import FloatArray, checked, unit_rows
from evals.hill_number import hill_number
from evals.spectrum import spectrum


def vendi_score(rows: npt.ArrayLike, q: float) -> float:
    """Return the Vendi score of order q of embeddings, with the cosine kernel.

    The Hill number of order q of the eigenvalues of K / n, where K_ij is the cosine of texts i and j. Range
    [1, min(n_texts, dimensions)]: 1 when all texts are equal, n when all are orthogonal; falls as a student
    repeats itself. Order 2 is the inverse of the mean squared cosine; low orders count rare directions more.

    Rises with n, so compare at equal budgets only. With a kernel of infinitely many dimensions order 1 does not
    converge below about 20,000 texts; order 2 converges with any kernel. The cosine of rows of d numbers has d
    dimensions, and its order 1 settles once n is well above d.

    Source: Friedman and Dieng 2023 (arXiv 2210.02410); orders: Pasarkar and Dieng 2023 (arXiv 2310.12952);
    convergence: Ospanov and Farnia 2025 (arXiv 2410.21719).
    Deviation: eigenvalues below rounding are 0 rather than positive noise, which counts at orders below 1; and
    the order is honoured, where `vendi_score.vendi.score_X` always takes 1.

    Raises:
        ValueError: fewer than 2 texts, rows of zeros, numbers that are not finite, or a negative order.
    """
    return hill_number(_spectrum(rows), q)


@dataclass(frozen=True, slots=True)
class Vendi:
    """Vendi score of a view at its number of texts; one part per order, named q1, q2, qinf."""

    q: tuple[float | Literal["inf"], ...]
    """Orders, each 0 or more and named once; "inf" in quotes."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "embeddings"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("embeddings",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        # A number that is not finite has no place in a stage's key.
        wrong = [q for q in self.q if q != "inf" and not 0 <= q < math.inf]
        if not self.q or wrong or len(set(self.q)) < len(self.q):
            raise ValueError(f'vendi: q is {list(self.q)}, want orders of 0 or more, each once; infinity is "inf".')

    def measure(self, rows: FloatArray, given: object) -> dict[str, float]:
        """Return the score of each order from one spectrum."""
        eigenvalues = _spectrum(rows)
        return {f"q{q}" if q == "inf" else f"q{q:g}": hill_number(eigenvalues, float(q)) for q in self.q}


def _spectrum(rows: npt.ArrayLike) -> FloatArray:
    return spectrum(unit_rows("vendi", checked("vendi", rows, least=2)))
