"""Graded draws: for one prompt, which of a student's draws are correct, and which of them a filter left."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NO_ANSWER = -1
"""Stands for the answer of a draw that gives none; all others are 0 or more."""

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Graded:
    """The draws of one prompt, each a single draw of the student.

    Raises:
        ValueError: no draws, columns of unequal lengths, or a weight below 0.
    """

    prompt: Hashable
    """Names the prompt, equally in every generation."""
    correct: npt.NDArray[np.bool_]
    """Whether each draw is correct.  # (draws,)"""
    answer: IntArray
    """Which answer each draw gives: equal numbers for equal answers, in every generation; NO_ANSWER: it gives none.
    # (draws,)"""
    kept: FloatArray | None
    """Weight that the filters left each draw, 0 where it was dropped; None where nothing judged.  # (draws,)"""

    def __post_init__(self) -> None:
        shapes = [column.shape for column in (self.correct, self.answer, self.kept) if column is not None]
        if shapes[0] == (0,) or any(shape != (len(self.correct),) for shape in shapes):
            raise ValueError(
                f"Graded: prompt {self.prompt!r} has columns of shapes {shapes}, want (draws,) for each, 1 or more."
            )
        if self.kept is not None and not np.all(self.kept >= 0):
            raise ValueError(f"Graded: prompt {self.prompt!r} has a weight of {np.min(self.kept)}, want 0 or more.")

    @property
    def n_draws(self) -> int:
        """The number of draws."""
        return len(self.correct)

    @property
    def n_correct(self) -> int:
        """The number of correct draws."""
        return int(np.count_nonzero(self.correct))

    def correct_answers(self) -> set[int]:
        """Return the different answers among the correct draws."""
        return set(self.answer[self.correct].tolist())


def check_draws(where: str, k: Sequence[int]) -> None:
    """Refuse what is no list of different numbers of draws."""
    if not k or min(k) < 1 or len(set(k)) < len(k):
        raise ValueError(f"{where}: got {list(k)}, want 1 or more different numbers of draws, each at least 1")


def kept_of(where: str, graded: Sequence[Graded]) -> list[FloatArray]:
    """Return the weights that the filters left the draws of each prompt.

    Raises:
        ValueError: no prompts, or draws that nothing judged.
    """
    kept = [prompt.kept for prompt in graded if prompt.kept is not None]
    if not graded or len(kept) < len(graded):
        raise ValueError(
            f"{where}: filters judged the draws of {len(kept)} of {len(graded)} prompts, want all of 1 or more. "
            "Choose a filter, or leave this measure out where there is none."
        )
    return kept


def of_student_0(where: str, graded: Sequence[Graded], student_0: Mapping[Hashable, Graded]) -> list[Graded]:
    """Return student 0's draws of the same prompts, in the same order.

    Raises:
        ValueError: no prompts; one that student 0 was not drawn from, or not in as many draws.
    """
    if not graded:
        raise ValueError(f"{where}: got no prompts, want 1 or more.")
    for prompt in graded:
        n_draws = student_0[prompt.prompt].n_draws if prompt.prompt in student_0 else 0
        if n_draws != prompt.n_draws:
            raise ValueError(
                f"{where}: prompt {prompt.prompt!r} has {prompt.n_draws} draws, and {n_draws} by student 0; only "
                "equal numbers compare. Draw both with the same settings (sampled.draws, sampled.tokens=null)."
            )
    return [student_0[prompt.prompt] for prompt in graded]
