"""Rank tail mass: how much of a view is written in words beyond a rank of human text."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np

from evals.documents import Documents
from evals.given import HasBuckets

T = TypeVar("T", bound=Hashable)

_ROUNDING = 1e-6  # .07 * 100 is a little above 7


def rank_tail_mass(counts: Mapping[T, int], train_counts: Mapping[T, int], masses: Sequence[float]) -> list[float]:
    """Return, for each mass, the share of occurrences in `counts` of types beyond the train rank that reaches it.

    Rank r is the first at which the r most frequent types of human train text hold at least that share of it; types
    as frequent as the r-th lie on the head's side. Share = occurrences of types beyond, those that train text does
    not hold among them / all occurrences. Range [0, 1]; a mean over words, so it does not move with the amount of
    text. It has a sign: below its human value a student sharpens and loses its tail, above it blurs. Held-out human
    text lies above 1 - mass, by the words that train text does not hold.

    Raises:
        ValueError: no occurrence in one of the two, or a mass outside (0, 1].
    """
    _check_masses(masses)
    total, human = sum(counts.values()), sum(train_counts.values())
    if not total or not human:
        raise ValueError(f"rank_tail_mass: got {total} occurrences and {human} of train text, want 1 or more in each.")
    ranked = np.sort(np.fromiter(train_counts.values(), np.int64))[::-1]
    wanted = np.ceil(np.array(masses) * human - _ROUNDING)  # occurrences, which are whole
    reached = np.searchsorted(np.cumsum(ranked), wanted)
    least = ranked[np.minimum(reached, len(ranked) - 1)]  # train count of the r-th type
    frequency = np.array([train_counts.get(kind, 0) for kind in counts])
    occurrences = np.fromiter(counts.values(), np.int64)
    return [int(occurrences[frequency < count].sum()) / total for count in least]


@dataclass(frozen=True, slots=True)
class RankTailMass:
    """Share of a view's words beyond the human ranks that reach some masses; one part each, such as `beyond_99`."""

    mass: tuple[float, ...]
    """Shares of human train text, each above 0 and at most 1, named once."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "words"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ("buckets",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        _check_masses(self.mass)

    def measure(self, documents: Sequence[Sequence[str]], given: HasBuckets) -> dict[str, float]:
        """Return the share of words beyond each rank."""
        shares = rank_tail_mass(Documents.of(documents).counts(), given.buckets.words, self.mass)
        return {f"beyond_{100 * mass:g}": share for mass, share in zip(self.mass, shares, strict=True)}


def _check_masses(masses: Sequence[float]) -> None:
    if not masses or len(set(masses)) < len(masses) or not all(0 < mass <= 1 for mass in masses):
        raise ValueError(
            f"rank_tail_mass: mass is {list(masses)}, want one or more shares above 0 and at most 1, each named once. "
            "For 99% write 0.99."
        )
