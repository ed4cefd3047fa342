"""Support retention: which correct answers of student 0 a later student still gives, and which it adds."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evals.given import HasStudent0Graded
from evals.graded import Graded, of_student_0


def support_retention(graded: Sequence[Graded], student_0: Mapping[Hashable, Graded]) -> dict[str, float]:
    """Return what became of student 0's correct answers, each counted once for its prompt.

    retention   |S & S_0| / |S_0|, support retention rate (SRR): range [0, 1], falls as correct answers are forgotten
    discovery   |S - S_0| / |S|, net discovery rate (NDR): range [0, 1], rises as correct answers appear that student
                0 did not give
    with S the pairs of a prompt and a correct answer among a student's draws. Both are empirical: what has probability
    below about 1 / draws is in S by luck, so student 0 drawn anew retains less than 1 and discovers more than 0.
    Compare arms with one that keeps everything, at equal draws. Where the loop draws with the settings of `sampled`,
    S_0 is also what generation 1 is trained on.

    Source: Wu et al. 2025 (arXiv 2507.14843). Ours: equal draws of each prompt are asked for, in place of a threshold
    on probabilities.

    Raises:
        ValueError: no prompts; one that student 0 was not drawn from, or not in as many draws; no correct answer by
            either student.
    """
    before = of_student_0("support_retention", graded, student_0)
    now, then = [prompt.correct_answers() for prompt in graded], [prompt.correct_answers() for prompt in before]
    n_now, n_then = sum(map(len, now)), sum(map(len, then))
    if not n_now or not n_then:
        raise ValueError(
            f"support_retention: student 0 gives {n_then} correct answers and this one {n_now}, want 1 or more of "
            "each. Draw more of each prompt (sampled.draws), or take easier ones."
        )
    both = sum(len(mine & theirs) for mine, theirs in zip(now, then, strict=True))
    return {"retention": both / n_then, "discovery": 1 - both / n_now}


@dataclass(frozen=True, slots=True)
class SupportRetention:
    """Retention and discovery of correct answers against student 0; it has no settings.

    Texts are one answer when they are equal up to white space.
    """

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "graded"
    views: ClassVar[tuple[str, ...]] = ("sampled",)
    needs: ClassVar[tuple[str, ...]] = ("graded", "student_0_graded")
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "higher"}

    def measure(self, graded: Sequence[Graded], given: HasStudent0Graded) -> dict[str, float]:
        """Return both rates."""
        return support_retention(graded, given.student_0_graded)
