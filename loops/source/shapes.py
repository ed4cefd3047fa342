"""Worlds in the plane that no single Gaussian describes: blobs, moons, circles, a roll."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from loops.key import Key
from loops.replicas import replica_numbers
from loops.samples import Samples

Curve = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Places along a curve, numbers in [0, 1] -> x and y."""
TURN = 2 * np.pi
POINTS = 100_000
"""Points of each curve that the true moments are taken over: right to 1e-8."""


def _roll(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    angle = 1.5 * np.pi * (1 + 2 * u)
    return angle * np.cos(angle), angle * np.sin(angle)


def _corner(turn: float) -> Curve:
    return lambda u: (np.full(len(u), 5 * np.cos(TURN * turn)), np.full(len(u), 5 * np.sin(TURN * turn)))


SHAPES: dict[str, tuple[Curve, ...]] = {
    "blobs": (_corner(0), _corner(1 / 3), _corner(2 / 3)),
    "moons": (
        lambda u: (np.cos(np.pi * u), np.sin(np.pi * u)),
        lambda u: (1 - np.cos(np.pi * u), 0.5 - np.sin(np.pi * u)),
    ),
    "circles": (
        lambda u: (np.cos(TURN * u), np.sin(TURN * u)),
        lambda u: (0.8 * np.cos(TURN * u), 0.8 * np.sin(TURN * u)),
    ),
    "swiss_roll": (_roll,),
}
"""The curves of each shape, equally likely; a blob is a point."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Human rows of two numbers: a place along one of the shape's curves, plus noise.

    Curves as in scikit-learn's make_moons, make_circles (factor 0.8) and make_swiss_roll, of which the height is left
    out; blobs are three at distance 5 from the origin. Ours: places are drawn, not evenly spaced, so that rows are
    independent and small samples differ.

    Source: the data of Kazdan et al. 2025 (arXiv 2410.16713).
    """

    shape: Literal["blobs", "moons", "circles", "swiss_roll"]
    """Which curves."""
    noise: float
    """Standard deviation of each number around the curve."""
    draws: int
    """Rows for each replica."""
    held_out: int
    """Rows of the reference split, on which students are scored."""
    replicas: int | tuple[int, ...]
    """How many independent worlds run side by side, or which."""
    human_tokens: int | None
    """Cut of the human corpus of generation 0, in rows; null: all."""

    kinds: ClassVar = ("vector",)
    needs: ClassVar = ()
    not_in_key: ClassVar = ("human_tokens",)

    def __post_init__(self) -> None:
        if self.draws < 1 or self.held_out < 1 or not self.noise > 0:
            raise ValueError("want draws >= 1, held_out >= 1 and noise > 0")
        replica_numbers(self.replicas)

    def splits(self) -> Sequence[str]:
        """Return the splits, each a sample of its own."""
        return ("train", "reference")

    def truth(self) -> dict[str, np.ndarray]:
        """Return the mean, (2,), the covariance, (2, 2), and of blobs also their centres, `modes`, (3, 2)."""
        even = (np.arange(POINTS) + 0.5) / POINTS
        points = np.concatenate([np.stack(curve(even), axis=1) for curve in SHAPES[self.shape]])
        mean = points.mean(axis=0)
        modes = {"modes": np.concatenate([np.stack(curve(even[:1]), axis=1) for curve in SHAPES["blobs"]])}
        return {
            **(modes if self.shape == "blobs" else {}),
            "mean": mean,
            "covariance": (points - mean).T @ (points - mean) / len(points) + self.noise**2 * np.eye(2),
        }

    def draw(self, split: str, key: Key) -> Samples:
        """Draw a split; replica r uses `key.fold(split, "replica", r)`."""
        n_rows = self.draws if split == "train" else self.held_out
        replicas = replica_numbers(self.replicas)
        values = [self._replica(n_rows, key.fold(split, "replica", int(r)).rng()) for r in replicas]
        return Samples.of_vectors(np.concatenate(values), np.repeat(replicas, n_rows))

    def _replica(self, n_rows: int, rng: np.random.Generator) -> np.ndarray:
        curves = SHAPES[self.shape]
        which, place = rng.integers(0, len(curves), n_rows), rng.random(n_rows)
        points = np.stack([np.stack(curve(place), axis=1) for curve in curves])[which, np.arange(n_rows)]
        return points + self.noise * rng.standard_normal((n_rows, 2))
