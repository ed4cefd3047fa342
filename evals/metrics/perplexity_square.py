"""Perplexity square: human text and a student's own, each under that student and under student 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from evals.given import HasBothLogProbs
from evals.interval import Terms
from evals.log_probs import LogProbs
from evals.metrics.perplexity import perplexity


def perplexity_square(own: LogProbs, student_0: LogProbs) -> dict[str, Terms]:
    """Return the terms of the perplexity per token of the same texts under the student and under student 0.

    With human text and with text of student k this makes four corners, each exp(sum of NLL / tokens), range [1, inf):

    student/own        human text under k: coverage; rises as k loses the human distribution
    student/student_0  human text under 0: the baseline, the same in every generation
    sampled/own        k's text under k: self-confidence; far below student/own as k narrows
    sampled/student_0  k's text under 0: typicality; below student/student_0 while k keeps to the head, above as it
                       writes what nobody does

    Masked collapse shows in the square and in no single corner: student/own looks well (some human data keeps it so)
    while both corners of the sampled texts have fallen. The view `student` reads human texts cut as the sampled ones
    are, so its figures are not those of `perplexity`, which reads them whole.

    Source: Shumailov et al. 2024 (Nature 631), who show sampled/student_0; the square is ours.
    """
    return {"own": perplexity(own)["value"], "student_0": perplexity(student_0)["value"]}


@dataclass(frozen=True, slots=True)
class PerplexitySquare:
    """Perplexity of human and of sampled texts under student and student 0; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "log_probs"
    views: ClassVar[tuple[str, ...]] = ("student", "sampled")
    needs: ClassVar[tuple[str, ...]] = ("log_probs", "student_0_log_probs")
    interval: ClassVar[str] = "bootstrap"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def terms(self, given: HasBothLogProbs) -> dict[str, Terms]:
        """Return the terms of own and student_0."""
        return perplexity_square(given.log_probs, given.student_0_log_probs)
