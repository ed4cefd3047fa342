"""Mean cosine of two different texts of a view: how alike they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy.typing as npt

from evals.embeddings import FloatArray, checked, unit_rows


def pairwise_cosine(rows: npt.ArrayLike) -> float:
    """Return the mean cosine over all pairs of different texts, without building the pairs.

    (|sum u|^2 - n) / (n (n - 1)), with u the rows at length 1. Range [-1 / (n - 1), 1]: 1 when all texts are
    equal; rises as a student repeats itself. Unbiased, so it does not move with n. Sees the mean direction
    alone: a view of a few opposite clusters has a low value.

    Source: one minus the "remote-clique" of Cox et al. 2021 (doi 10.1145/3411764.3445782), the mean distance
    1 - cosine. Deviation: the package `diversity` counts the n pairs of a text with itself, at distance 0, so its
    `remote_clique` is (n - 1) / n of ours.

    Raises:
        ValueError: fewer than 2 texts, rows of zeros, or numbers that are not finite.
    """
    unit = unit_rows("pairwise_cosine", checked("pairwise_cosine", rows, least=2))
    n, whole = len(unit), unit.sum(axis=0)
    return float((whole @ whole - n) / (n * (n - 1)))


@dataclass(frozen=True, slots=True)
class PairwiseCosine:
    """Mean pairwise cosine of a view, under the part `value`; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "embeddings"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("embeddings",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"value": "human"}

    def measure(self, rows: FloatArray, given: object) -> dict[str, float]:
        """Return the mean."""
        return {"value": pairwise_cosine(rows)}
