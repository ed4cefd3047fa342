"""Majority vote: keep, for each prompt, the answer that the student gives most often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class MajorityVote:
    """Keeps the draws that agree with the most frequent answer to their prompt, over all shards; it has no settings.

    A row's last value is its answer, those before it the prompt. Answers with equally many votes are all kept.

    Source: self-consistency (Wang et al. 2022, arXiv 2203.11171) as a filter.
    """

    kinds: ClassVar[tuple[str, ...]] = ("array",)
    needs: ClassVar[tuple[str, ...]] = ()

    def judge(self, shards: Iterable[Samples], given: Given, key: Key) -> Iterator[Verdicts]:
        """Yield the verdicts of each shard, once all are counted; the reason of a drop is `outvoted`."""
        counted = [_named(shard) for shard in shards]
        borders = np.cumsum([len(answer) for answer, _ in counted])[:-1]
        won = _won(*(np.concatenate(column) for column in zip(*counted, strict=True)))
        for part in np.split(won, borders):
            yield Verdicts.of([None if each else "outvoted" for each in part.tolist()])


def _named(shard: Samples) -> tuple[np.ndarray, np.ndarray]:
    """Return replica, prompt and answer of each row, (n_rows, length + 1), and its weight."""
    return np.column_stack([shard.numbers("replica"), shard.values()]), shard.numbers("weight")


def _won(answer: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return whether each row gives an answer with the most votes to its prompt, (n_rows,) of bool."""
    names, of_row = np.unique(answer, axis=0, return_inverse=True)
    votes = np.bincount(of_row.ravel(), weight)
    _, prompt = np.unique(names[:, :-1], axis=0, return_inverse=True)
    most = np.zeros(int(prompt.max()) + 1)
    np.maximum.at(most, prompt.ravel(), votes)
    won: np.ndarray = (votes == most[prompt.ravel()])[of_row.ravel()]
    return won
