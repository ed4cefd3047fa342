"""Majority vote: keep, for each prompt, the answer that the student gives most often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.graded import NO_ANSWER
from loops.given import Given
from loops.grading import Grades
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts

VOTE = ("replica", "prompt", "answer")
"""Columns of the grades that make a vote."""


@dataclass(frozen=True, slots=True)
class MajorityVote:
    """Keeps the draws that agree with the most frequent answer to their prompt, over all shards; it has no settings.

    Answers with equally many votes are all kept. Draws without an answer have no vote and are dropped.

    Source: self-consistency (Wang et al. 2022, arXiv 2203.11171) as a filter, as in Huang et al. 2022 (arXiv
    2210.11610).
    """

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    needs: ClassVar[tuple[str, ...]] = ("graded",)

    def judge(self, shards: Iterable[Samples], given: Given, key: Key) -> Iterator[Verdicts]:
        """Yield the verdicts of each shard, once all are counted; the reason of a drop is `outvoted` or `no_answer`."""
        grades = Grades(given.graded)
        counted = [(grades.of(shard), _weight(shard)) for shard in shards]
        if not counted:
            return
        vote = {name: np.concatenate([graded[name] for graded, _ in counted]) for name in VOTE}
        won = _won(vote, np.concatenate([weight for _, weight in counted]))
        borders = np.cumsum([len(weight) for _, weight in counted])[:-1]
        for part, answer in zip(np.split(won, borders), np.split(vote["answer"], borders), strict=True):
            yield Verdicts.of([_reason(*each) for each in zip(part.tolist(), answer.tolist(), strict=True)])


def _weight(shard: Samples) -> np.ndarray:
    return np.ones(len(shard)) if shard.kind == "text" else shard.numbers("weight")


def _reason(won: bool, answer: int) -> str | None:
    if answer == NO_ANSWER:
        return "no_answer"
    return None if won else "outvoted"


def _won(vote: Mapping[str, np.ndarray], weight: np.ndarray) -> np.ndarray:
    """Return whether each row gives an answer with the most votes to its prompt, (n_rows,) of bool."""
    _, prompt = np.unique(vote["prompt"], return_inverse=True)  # a number for what may be a name
    said = np.column_stack([vote["replica"], prompt, vote["answer"]])
    names, of_row = np.unique(said, axis=0, return_inverse=True)
    votes = np.bincount(of_row.ravel(), np.where(vote["answer"] == NO_ANSWER, 0, weight))
    _, asked = np.unique(names[:, :-1], axis=0, return_inverse=True)
    most = np.zeros(int(asked.max()) + 1)
    np.maximum.at(most, asked.ravel(), votes)
    won: np.ndarray = (votes == most[asked.ravel()])[of_row.ravel()]
    return won
