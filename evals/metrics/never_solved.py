"""Never solved: prompts of which no draw is correct, and which of them student 0 solved."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.given import HasStudent0Graded
from evals.graded import Graded, of_student_0


def never_solved(graded: Sequence[Graded], student_0: Mapping[Hashable, Graded]) -> dict[str, float]:
    """Return shares of prompts: unsolved now, lost since student 0, and gained since.

    share    none of the draws is correct; 1 - pass@n for n draws of each prompt
    lost     unsolved now, though student 0 solved it in as many draws
    gained   solved now, though student 0 did not in as many draws
    Range [0, 1]. Even student 0 drawn anew loses and gains, both alike: what counts is lost minus gained, and the arm
    that keeps everything.

    Raises:
        ValueError: no prompts, one that student 0 was not drawn from, or not in as many draws.
    """
    before = of_student_0("never_solved", graded, student_0)
    now = np.array([prompt.n_correct > 0 for prompt in graded])
    then = np.array([prompt.n_correct > 0 for prompt in before])
    return {
        "share": float(np.mean(~now)),
        "lost": float(np.mean(then & ~now)),
        "gained": float(np.mean(now & ~then)),
    }


@dataclass(frozen=True, slots=True)
class NeverSolved:
    """Prompts that a student does not solve in all its draws, beside student 0; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "graded"
    views: ClassVar[tuple[str, ...]] = ("sampled",)
    needs: ClassVar[tuple[str, ...]] = ("graded", "student_0_graded")
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"share": "lower", "lost": "lower", "gained": "higher"}

    def measure(self, graded: Sequence[Graded], given: HasStudent0Graded) -> dict[str, float]:
        """Return the three shares."""
        return never_solved(graded, given.student_0_graded)
