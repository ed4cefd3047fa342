"""Worlds side by side: which replicas there are, and where the rows of each stand."""

from __future__ import annotations

import numpy as np


def replica_numbers(replicas: int | tuple[int, ...]) -> np.ndarray:
    """Return the numbers of so many replicas, or of those that are listed, (replicas,).

    Raises:
        ValueError: there are none, or not all are different numbers from 0.
    """
    numbers = np.arange(replicas) if isinstance(replicas, int) else np.array(replicas)
    if not len(numbers) or len(set(numbers.tolist())) < len(numbers) or numbers.min() < 0:
        raise ValueError(f"replicas: got {replicas}, want 1 or more, or a list of different numbers from 0")
    return numbers


def check_draws(draws: int | None) -> None:
    """Check how many rows each replica holds; None stands for infinitely many.

    Raises:
        ValueError: fewer than 1.
    """
    if draws is not None and draws < 1:
        raise ValueError(f"draws: got {draws}, want at least 1, or null for infinitely many")


def places(
    replica: np.ndarray,  # (n_rows,)
    replicas: np.ndarray,  # (n_replicas,), ascending, all that occur
) -> list[np.ndarray]:
    """Return where the rows of each replica stand, in their order."""
    order = np.argsort(replica, kind="stable")
    return np.split(order, np.searchsorted(replica[order], replicas[1:]))
