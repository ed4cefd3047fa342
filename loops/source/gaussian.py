"""A world of normal draws: the simplest in which a variance can collapse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.key import Key
from loops.replicas import check_draws, replica_numbers
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Human data N(0, I): a sample for each replica, and the truth that it was drawn from."""

    dimensions: int
    """Numbers in a row."""
    draws: int | None
    """n, rows for each replica; null: infinitely many, held as weighted rows with exactly their mean and covariance."""
    replicas: int | tuple[int, ...]
    """How many independent worlds run side by side, or which."""
    human_tokens: int | None
    """Cut of the human corpus of generation 0, in rows; null: all."""

    kinds: ClassVar = ("vector",)
    needs: ClassVar = ()
    not_in_key: ClassVar = ("human_tokens",)

    def __post_init__(self) -> None:
        if self.dimensions < 1:
            raise ValueError(f"dimensions: got {self.dimensions}, want at least 1")
        check_draws(self.draws)
        replica_numbers(self.replicas)

    def splits(self) -> Sequence[str]:
        """Return the splits, each a sample of its own."""
        return ("train", "reference")

    def truth(self) -> dict[str, np.ndarray]:
        """Return the mean, (dimensions,), and the covariance, (dimensions, dimensions)."""
        return {"mean": np.zeros(self.dimensions), "covariance": np.eye(self.dimensions)}

    def draw(self, split: str, key: Key) -> Samples:
        """Draw a split; replica r uses `key.fold(split, "replica", r)`."""
        replicas = replica_numbers(self.replicas)
        if self.draws is None:
            roots = np.tile(np.eye(self.dimensions), (len(replicas), 1, 1))
            value, weight = sigma_points(np.zeros((len(replicas), self.dimensions)), roots)
            return Samples.of_vectors(value, np.repeat(replicas, 2 * self.dimensions), weight)
        shape = (self.draws, self.dimensions)
        values = [key.fold(split, "replica", int(r)).rng().standard_normal(shape) for r in replicas]
        return Samples.of_vectors(np.concatenate(values), np.repeat(replicas, self.draws))


def sigma_points(
    mean: np.ndarray,  # (replicas, dimensions)
    root: np.ndarray,  # (replicas, dimensions, dimensions), root @ root.T is the covariance
) -> tuple[np.ndarray, np.ndarray]:
    """Return 2 d weighted points for each replica that have exactly this mean and this covariance.

    mean +- sqrt(d) root[:, i], each of weight 1 / (2 d), so that the weights of a replica sum to 1.

    Source: Julier and Uhlmann 1997, "A new extension of the Kalman filter to nonlinear systems", with kappa = 0.
    """
    replicas, dimensions = mean.shape
    apart = np.sqrt(dimensions) * np.swapaxes(root, 1, 2)  # (replicas, dimensions, dimensions), a row a point
    points = mean[:, None] + np.concatenate([apart, -apart], axis=1)
    n_points = 2 * dimensions * replicas
    return points.reshape(n_points, dimensions), np.full(n_points, 1 / (2 * dimensions))
