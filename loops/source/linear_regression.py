"""A world of labelled rows: features stay, labels are written anew in every generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.key import Key
from loops.replicas import replica_numbers
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class LinearRegression:
    """Human rows (x, y) with x from N(0, I) and y = x w* + noise; w* has length 1 and equal entries.

    The features x are part of a replica's world. As prompts (prompts.kind=prefix) they are what every student labels,
    so all generations share them, as in Gerstgrasser et al. 2024 (arXiv 2404.01413).
    """

    features: int
    """d, numbers in x."""
    draws: int
    """T, rows for each replica."""
    noise: float
    """sigma, standard deviation of a label around the line."""
    replicas: int | tuple[int, ...]
    """How many independent worlds run side by side, or which."""
    human_tokens: int | None
    """Cut of the human corpus of generation 0, in rows; null: all."""

    kinds: ClassVar = ("vector",)
    needs: ClassVar = ()
    not_in_key: ClassVar = ("human_tokens",)

    def __post_init__(self) -> None:
        if self.features < 1 or self.draws < 1 or self.noise < 0:
            raise ValueError("want features >= 1, draws >= 1 and noise >= 0")
        replica_numbers(self.replicas)

    def splits(self) -> Sequence[str]:
        """Return the splits, each a sample of its own."""
        return ("train", "reference")

    def truth(self) -> dict[str, np.ndarray]:
        """Return the true weights, (features,)."""
        return {"weights": np.full(self.features, self.features**-0.5)}

    def draw(self, split: str, key: Key) -> Samples:
        """Draw a split; replica r uses `key.fold(split, "replica", r)`."""
        weights, replicas = self.truth()["weights"], replica_numbers(self.replicas)
        values = []
        for r in replicas:
            rng = key.fold(split, "replica", int(r)).rng()
            values.append(labelled(rng.standard_normal((self.draws, self.features)), weights, self.noise, rng))
        return Samples.of_vectors(np.concatenate(values), np.repeat(replicas, self.draws))


def labelled(
    x: np.ndarray,  # (n_rows, features)
    weights: np.ndarray,  # (features,)
    noise: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the rows with a label each, (n_rows, features + 1)."""
    y = (x * weights).sum(axis=1) + noise * rng.standard_normal(len(x))
    return np.column_stack([x, y])
