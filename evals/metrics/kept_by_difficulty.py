"""Kept by difficulty: how many draws of easy and of hard prompts the filters leave (tail narrowing)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.given import HasStudent0Graded
from evals.graded import FloatArray, Graded, kept_of

BINS = 10


def kept_by_difficulty(n_kept: npt.ArrayLike, solve_rate: npt.ArrayLike, bins: int = BINS) -> FloatArray:
    """Return the mean number of kept draws of a prompt in each quantile of difficulty, hardest first, (bins,).

    Prompts stand in order of the rate at which student 0 solves them, and are cut into `bins` equal parts. Prompts of
    one rate share what they kept, and one that lies across a cut counts on both sides in proportion, so order means
    nothing and no part is empty.

    Source: Ding et al. 2024 (arXiv 2411.00750): self-improvement keeps ever more of easy prompts and ever less of hard
    ones. Ours: difficulty is measured, not labelled.

    Raises:
        ValueError: fewer prompts than parts, or columns of unequal lengths.
    """
    kept, rate = np.asarray(n_kept, dtype=np.float64), np.asarray(solve_rate, dtype=np.float64)
    if kept.ndim != 1 or kept.shape != rate.shape or len(kept) < bins:
        raise ValueError(
            f"kept_by_difficulty: got {kept.shape} kept draws and {rate.shape} solve rates, want one of each for at "
            f"least {bins} prompts."
        )
    _, where, size = np.unique(rate, return_inverse=True, return_counts=True)
    shared = np.bincount(where, kept) / size
    running = np.concatenate([[0.0], np.cumsum(np.repeat(shared, size))])  # (n_prompts + 1,)
    cuts = np.linspace(0, len(kept), bins + 1)
    return np.asarray(np.diff(np.interp(cuts, np.arange(len(running)), running)) * bins / len(kept))


@dataclass(frozen=True, slots=True)
class KeptByDifficulty:
    """Kept draws of a prompt in each decile of difficulty, and prompts of which nothing is kept; it has no settings.

    Parts decile_1 (the tenth of prompts that student 0 solves least often) to decile_10, in draws of a prompt, and
    nothing_kept, a share of prompts: what is not kept is not trained on.
    """

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "graded"
    views: ClassVar[tuple[str, ...]] = ("drawn",)
    needs: ClassVar[tuple[str, ...]] = ("graded", "student_0_graded")
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "higher", "nothing_kept": "lower"}

    def measure(self, graded: Sequence[Graded], given: HasStudent0Graded) -> dict[str, float]:
        """Return the mean of each decile and the share of prompts of which nothing is kept.

        Raises:
            ValueError: nothing judged, a prompt that student 0 was not drawn from, or fewer than 10 prompts.
        """
        n_kept = [int(np.count_nonzero(weight)) for weight in kept_of("kept_by_difficulty", graded)]
        rates = [_solve_rate(prompt.prompt, given.student_0_graded) for prompt in graded]
        means = kept_by_difficulty(n_kept, rates)
        parts = {f"decile_{place}": float(mean) for place, mean in enumerate(means, 1)}
        return {**parts, "nothing_kept": float(np.mean(np.array(n_kept) == 0))}


def _solve_rate(prompt: Hashable, student_0: Mapping[Hashable, Graded]) -> float:
    if prompt not in student_0:
        raise ValueError(f"kept_by_difficulty: student 0 has no draws of prompt {prompt!r}. Draw both from one set.")
    return float(np.mean(student_0[prompt].correct))
