"""Probes: for one fact, what a student thinks of each value that it could have."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False, slots=True)
class Probe:
    """One fact put to a student as a statement that lacks its value.

    Raises:
        ValueError: fewer than 2 candidates, a log-probability that is none, a true one that is not among them, or a
            negative count.
    """

    entity: Hashable
    """Whom the fact is about; facts of one entity stand or fall together."""
    train_count: int
    """How often human train text says the fact; never a student's own count."""
    nats: npt.NDArray[np.float64]
    """Natural log-probability of each candidate value, whole, after the statement.  # (candidates,)"""
    true: int
    """Which candidate human text gives."""

    def __post_init__(self) -> None:
        if self.nats.ndim != 1 or len(self.nats) < 2 or not np.all(self.nats <= 0):
            raise ValueError(
                f"Probe: {self.entity!r} has candidates of shape {self.nats.shape} and nats {self.nats}, want 2 or "
                "more, each 0 or less."
            )
        if not 0 <= self.true < len(self.nats) or self.train_count < 0:
            raise ValueError(
                f"Probe: {self.entity!r} has train_count {self.train_count} and candidate {self.true} of "
                f"{len(self.nats)} as the true one, want a count of 0 or more and 0 to {len(self.nats) - 1}."
            )

    @property
    def is_recalled(self) -> bool:
        """Whether the true value is more probable than every other candidate; a tie is no answer."""
        return bool(np.all(np.delete(self.nats, self.true) < self.nats[self.true]))

    @property
    def chance(self) -> float:
        """Chance that a guess among the candidates is right."""
        return 1 / len(self.nats)
