"""A world of two classes, whose rows bring the class that a label should name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.key import Key
from loops.replicas import replica_numbers
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """Human rows (class, x, label) with class 0 or 1, x from N(-m, I) or N(m, I), and the class as label.

    A row's class is the answer to it, known to who grades and to a labeller of known accuracy; a fitted student reads x
    alone. The best classifier, x m > 0, is right with chance Phi(separation).

    Source: the Gaussian mixture of Feng et al. 2024 (arXiv 2406.07515).
    """

    features: int
    """Numbers in x."""
    separation: float
    """|m|, half the distance of the classes; m has equal entries."""
    draws: int
    """Rows for each replica."""
    replicas: int | tuple[int, ...]
    """How many independent worlds run side by side, or which."""
    human_tokens: int | None
    """Cut of the human corpus of generation 0, in rows; null: all."""

    kinds: ClassVar = ("vector",)
    needs: ClassVar = ()
    not_in_key: ClassVar = ("human_tokens",)

    def __post_init__(self) -> None:
        if self.features < 1 or self.draws < 1 or not self.separation > 0:
            raise ValueError("want features >= 1, draws >= 1 and separation > 0")
        replica_numbers(self.replicas)

    def splits(self) -> Sequence[str]:
        """Return the splits, each a sample of its own."""
        return ("train", "reference")

    def truth(self) -> dict[str, np.ndarray]:
        """Return m as `class_mean`, (features,), and whether a label is correct, `correct[class, label]`, (2, 2)."""
        return {
            "class_mean": np.full(self.features, self.separation * self.features**-0.5),
            "correct": np.eye(2, dtype=bool),
        }

    def draw(self, split: str, key: Key) -> Samples:
        """Draw a split; replica r uses `key.fold(split, "replica", r)`."""
        mean, replicas, values = self.truth()["class_mean"], replica_numbers(self.replicas), []
        for r in replicas:
            rng = key.fold(split, "replica", int(r)).rng()
            classes = rng.integers(0, 2, self.draws)
            x = (2 * classes - 1)[:, None] * mean + rng.standard_normal((self.draws, self.features))
            values.append(np.column_stack([classes, x, classes]))
        return Samples.of_vectors(np.concatenate(values), np.repeat(replicas, self.draws))
