"""Fact recall: how many facts a student still knows, from those that human text repeats to those it says once."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Recall(NamedTuple):
    """Facts of like frequency, and how many of them are known."""

    least: int
    """Frequency of the rarest of them in human train text."""
    most: int
    """That of the most frequent."""
    facts: int
    """How many there are."""
    recalled: int
    """How many were answered correctly."""

    @property
    def share(self) -> float:
        """recalled / facts; range [0, 1]."""
        return self.recalled / self.facts


def fact_recall(correct: npt.ArrayLike, frequency: npt.ArrayLike, groups: int = 10) -> list[Recall]:
    """Return the exact-match recall of each decile of facts, the rarest first.

    Facts are ordered by how often human train text holds them and cut into groups of equal size; those of equal
    frequency stay together, on the side of the more frequent (as in `buckets`), so groups are equal only nearly and
    there may be fewer. Counts stand beside each share: a group of ten facts says little. Falling shares in the first
    groups with steady ones in the last is a tail of knowledge that is lost while the text stays fluent, which no
    measure of the text shows.

    Args:
        correct: whether each fact was answered exactly.  # (n_facts,)
        frequency: how often human train text holds it; never a student's own count.  # (n_facts,)
        groups: how many groups; 10 for deciles.

    Raises:
        ValueError: no facts, lengths that differ, a negative frequency, or fewer than 1 group.
    """
    right, often = np.asarray(correct, dtype=bool), np.asarray(frequency, dtype=np.int64)
    if right.ndim != 1 or not right.size or right.shape != often.shape:
        raise ValueError(
            f"fact_recall: got shapes {right.shape} of correct and {often.shape} of frequency, want one of each per "
            "fact, and 1 or more."
        )
    if often.min() < 0 or groups < 1:
        raise ValueError(
            f"fact_recall: the least frequency is {often.min()} and groups {groups}, want 0 and 1 or more."
        )
    order = np.argsort(-often, kind="stable")
    right, often = right[order], often[order]
    more_frequent = np.searchsorted(-often, -often)  # (n_facts,) facts that come before all of this frequency
    group = groups * more_frequent // len(often)
    borders = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(group)]
    found = [
        Recall(int(often[end - 1]), int(often[start]), end - start, int(right[start:end].sum()))
        for start, end in pairwise(borders)
    ]
    return found[::-1]
