"""A language with known truth: types with Zipf frequencies, drawn one by one or as a Markov chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.key import Key
from loops.replicas import check_draws, replica_numbers
from loops.samples import Samples


def zipf(types: int, exponent: float) -> np.ndarray:
    """Return p_i proportional to i^-exponent for i = 1..types, (types,); exponent 0 is uniform."""
    mass = np.arange(1, types + 1, dtype=float) ** -exponent
    share: np.ndarray = mass / mass.sum()
    return share


@dataclass(frozen=True, slots=True)
class Zipf:
    """Human data of a closed-form world: a sample for each replica, and the truth that it was drawn from."""

    types: int
    """Number of types."""
    exponent: float
    """Zipf exponent; 0: uniform."""
    order: int
    """0: draws are independent; 1: each value is drawn given the one before (a Zipf-Markov language)."""
    length: int
    """Values in a row."""
    draws: int | None
    """Rows for each replica; null: infinitely many, held as one row a type with its probability as weight."""
    replicas: int | tuple[int, ...]
    """How many independent worlds run side by side, or which."""
    language_seed: int
    """Which Zipf-Markov language: each row of its transition matrix is a permutation of the Zipf frequencies."""
    human_tokens: int | None
    """Cut of the human corpus of generation 0; null: all."""
    held_out: int | None
    """Rows of the reference sample for each replica; null: as many as `draws`."""

    kinds: ClassVar = ("array",)
    needs: ClassVar = ()
    not_in_key: ClassVar = ("human_tokens",)

    def __post_init__(self) -> None:
        if self.types < 2 or self.length < 1 or self.exponent < 0:
            raise ValueError("want types >= 2, length >= 1 and exponent >= 0")
        if self.order not in (0, 1):
            raise ValueError(f"order: got {self.order}, want 0 (independent) or 1 (Markov)")
        if self.draws is None and (self.order, self.length) != (0, 1):
            raise ValueError("draws: null (infinitely many) needs order 0 and length 1")
        check_draws(self.draws)
        if self.held_out is not None and (self.draws is None or self.held_out < 1):
            raise ValueError(
                f"held_out: got {self.held_out}, want 1 or more rows of the reference sample, with draws set; null: as "
                "many as draws"
            )
        replica_numbers(self.replicas)

    def splits(self) -> Sequence[str]:
        """Return the splits, each a sample of its own."""
        return ("train", "reference")

    def transitions(self) -> np.ndarray:
        """Return the distribution of the next type given each type, (types, types)."""
        frequencies = zipf(self.types, self.exponent)
        key = Key.root(self.language_seed).fold("language")
        return np.stack([frequencies[key.fold(i).rng().permutation(self.types)] for i in range(self.types)])

    def truth(self) -> dict[str, np.ndarray]:
        """Return the exact distributions: of a row's first type, of the next type, and of the counted events.

        Events are types where order is 0, and pairs (i, j) at i * types + j where it is 1, with i distributed as the
        chain's stationary distribution.
        """
        start = zipf(self.types, self.exponent)
        if self.order == 0:
            return {"start": start, "probabilities": start}
        transitions = self.transitions()
        context = start
        for _ in range(200):
            context = context @ transitions
        joint = (context[:, None] * transitions).ravel()
        return {"start": start, "context": context, "transitions": transitions, "probabilities": joint}

    def draw(self, split: str, key: Key) -> Samples:
        """Draw a split; replica r uses `key.fold(split, "replica", r)`."""
        truth = self.truth()
        replicas = replica_numbers(self.replicas)
        if self.draws is None:
            value = np.tile(np.arange(self.types), len(replicas))[:, None]
            weight = np.tile(truth["start"], len(replicas))
            return Samples.of_arrays(value, np.repeat(replicas, self.types), weight)
        draws = self.draws if split == "train" or self.held_out is None else self.held_out
        values = [self._replica(truth, draws, key.fold(split, "replica", int(r)).rng()) for r in replicas]
        return Samples.of_arrays(np.concatenate(values), np.repeat(replicas, draws))

    def _replica(self, truth: dict[str, np.ndarray], draws: int, rng: np.random.Generator) -> np.ndarray:
        value = inverse_cdf(truth["start"], rng.random((draws, self.length)))
        if self.order == 1:
            cumulative = np.cumsum(truth["transitions"], axis=1)
            continue_chain(value, cumulative, rng.random((draws, self.length)))
        return value


def inverse_cdf(probabilities: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return the type that each uniform number falls on; never one of probability 0."""
    cumulative = np.cumsum(probabilities)
    found: np.ndarray = np.searchsorted(cumulative, uniform * cumulative[-1], side="right")
    return found


def continue_chain(value: np.ndarray, cumulative: np.ndarray, uniform: np.ndarray) -> None:
    """Replace all but the first column of `value` (rows, length) by steps of a Markov chain.

    `cumulative` (types, types) holds the running sums of the transition rows.
    """
    for position in range(1, value.shape[1]):
        rows = cumulative[value[:, position - 1]]
        threshold = uniform[:, position] * rows[:, -1]
        value[:, position] = (rows <= threshold[:, None]).sum(axis=1)
