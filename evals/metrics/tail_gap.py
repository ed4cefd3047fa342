"""Tail gap: what a student has unlearned of rare words since generation 0, beyond what it unlearned of common ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from evals.given import HasBothLogProbsAndCounts
from evals.interval import Contrast
from evals.log_probs import LogProbs
from evals.metrics.word_frequency_nll import word_frequency_nll


def tail_gap(log_probs: LogProbs, student_0: LogProbs, train_counts: Mapping[str, int]) -> dict[str, Contrast]:
    """Return three contrasts between a student and student 0 on the same human texts, in nats per word.

    tail   tail_k - tail_0
    head   head_k - head_0
    value  (tail_k - tail_0) - (head_k - head_0)

    with tail and head the mean NLL of words in the rarest and the most frequent quarter of human train mass, as in
    `word_frequency_nll`. Range (-inf, inf), exactly 0 for student 0. In early collapse tail rises while head stands
    still or falls, so value rises first of all figures; late, head rises too and value may fall again, which is why
    the two stand beside it. A student that only trained longer or shorter moves all three: compare with the arm that
    retrains on human text.

    Raises:
        ValueError: the two did not score the same texts; no word of the tail or of the head in them; no train counts.
    """
    if log_probs.texts != student_0.texts:
        raise ValueError(
            f"tail_gap: {len(log_probs.texts)} texts scored by the student are not the {len(student_0.texts)} scored "
            "by student 0, want the same in the same order."
        )
    now, before = (word_frequency_nll(scored, train_counts) for scored in (log_probs, student_0))
    for quarter in ("tail", "head"):
        if quarter not in now:
            raise ValueError(
                f"tail_gap: {len(log_probs.texts)} texts hold no word of the {quarter} quarter of human train text, "
                "want 1 or more. Give more text."
            )
    tail, head = (now["tail"], before["tail"]), (now["head"], before["head"])
    return {
        "value": Contrast((1, -1, -1, 1), (*tail, *head)),
        "tail": Contrast((1, -1), tail),
        "head": Contrast((1, -1), head),
    }


@dataclass(frozen=True, slots=True)
class TailGap:
    """Tail gap of a student on held-out human text, and its two sides; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "log_probs"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("log_probs", "student_0_log_probs", "buckets")
    interval: ClassVar[str] = "bootstrap"
    better: ClassVar[Mapping[str, str]] = {"*": "lower"}

    def terms(self, given: HasBothLogProbsAndCounts) -> dict[str, Contrast]:
        """Return the contrasts value, tail and head."""
        return tail_gap(given.log_probs, given.student_0_log_probs, given.buckets.words)
