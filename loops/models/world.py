"""What students of closed-form worlds share: their files, what a row costs, and what they refuse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from loops import digest
from loops.errors import ConfigError, StageError
from loops.given import Given
from loops.model import Sampling
from loops.samples import Samples
from loops.student import Student

FILE = "world.npz"


def save_world(folder: Path, arrays: Mapping[str, np.ndarray]) -> str:
    """Write a closed-form student and return its digest."""
    np.savez(folder / FILE, **arrays)  # type: ignore[arg-type]
    return digest.of_arrays(arrays)


def load_world(student: Student) -> dict[str, np.ndarray]:
    """Read a closed-form student."""
    with np.load(student.folder / FILE, allow_pickle=False) as arrays:
        return dict(arrays)


class RowCounter:
    """In a world of real numbers every row is a token, whatever its length, so sizes are numbers of draws."""

    def count(self, samples: Samples) -> np.ndarray:
        """Return the weight of each row, (n_rows,)."""
        return samples.numbers("weight")


def check_rows(replicas: np.ndarray, mass: np.ndarray, more_than: float) -> None:
    """Compare the rows of each replica, counted with their weights, with what an estimator takes.

    Raises:
        StageError: a replica has too few.
    """
    few = np.flatnonzero(mass <= more_than)
    if len(few):
        raise StageError(
            f"train: replica {replicas[few[0]]} has {mass[few[0]]:g} rows, this student takes more than {more_than:g}. "
            "Draw more, or filter less."
        )


def check_source(student: str, given: Given, length: int, truth: str) -> None:
    """Compare a student of real numbers with the source that it is to learn from.

    Raises:
        ConfigError: the source has rows of another length, or no `truth` of that name.
    """
    got = given.human.values().shape[1]
    if got != length or truth not in given.truth:
        raise ConfigError(
            f"student: {student} takes a source with rows of {length} numbers and a true {truth}, got rows of {got} "
            f"and {', '.join(given.truth)}. Choose another source or student."
        )


def check_sampling(student: str, sampling: Sampling, tempered: bool = True) -> None:
    """Refuse what cuts or reweights a list of tokens, which a density has not.

    Raises:
        ConfigError: a setting would not be heeded.
    """
    neutral = {"min_new_tokens": 0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 1.0}
    neutral |= {} if tempered else {"temperature": 1.0}
    for name, value in neutral.items():
        got = getattr(sampling, name)
        if got != value:
            raise ConfigError(
                f"generator.{name}: got {got}, but student={student} has no tokens to cut or reweight. Use {value}."
            )
