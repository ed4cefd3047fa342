"""A kernel density student: it repeats the rows that it saw, each blurred by a Gaussian."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.models.mixture import OpenMixture
from loops.models.world import RowCounter, check_rows, load_world, save_world
from loops.replicas import places
from loops.runtime import Runtime
from loops.student import Student


@dataclass(frozen=True, slots=True)
class KernelDensity:
    """The mean over rows x_i of N(x_i, h^2 I). Each generation adds h^2 to the variance, whatever it was."""

    bandwidth: float | Literal["scott", "silverman"]
    """h, the width of a kernel; or scikit-learn's rule: n^(-1/(d+4)), or (n (d + 2) / 4)^(-1/(d+4))."""

    kinds: ClassVar = ("vector",)
    can: ClassVar = ("sample", "parameters", "fingerprint")
    needs: ClassVar = ("human",)

    def __post_init__(self) -> None:
        if not isinstance(self.bandwidth, str) and not self.bandwidth > 0:
            raise ValueError(f"bandwidth: got {self.bandwidth}, want a number above 0, scott or silverman")

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write which replicas there are; without rows there is no density."""
        return save_world(folder, {"replicas": np.unique(given.human.numbers("replica"))})

    def fit(self, call: TrainCall, key: Key) -> str:
        """Keep the rows of each replica, with their weights.

        Raises:
            StageError: a replica has no rows.
        """
        replicas = load_world(call.start)["replicas"]
        mass, value = call.weight * call.corpus.numbers("weight"), call.corpus.values()
        found = places(call.corpus.numbers("replica"), replicas)
        check_rows(replicas, np.array([mass[mine].sum() for mine in found]), 0)
        n_rows, length = max(map(len, found)), value.shape[1]
        weights, means = np.zeros((len(replicas), n_rows)), np.zeros((len(replicas), n_rows, length))
        covariances = np.empty((len(replicas), 1, length, length))
        for i, mine in enumerate(found):
            weights[i, : len(mine)] = mass[mine] / mass[mine].sum()
            means[i, : len(mine)] = value[mine]
            covariances[i] = self._width(value[mine]) ** 2 * np.eye(length)
        arrays = {"replicas": replicas, "weights": weights, "means": means, "covariances": covariances}
        return save_world(call.folder, arrays)

    def _width(self, rows: np.ndarray) -> float:
        from sklearn import neighbors

        return float(neighbors.KernelDensity(bandwidth=self.bandwidth).fit(rows).bandwidth_)

    def open(self, student: Student, runtime: Runtime) -> OpenMixture:
        """Load the rows and the width."""
        return OpenMixture.load("kernel_density", student)

    def tokenizer(self, student: Student) -> RowCounter:
        """Return the counter of rows."""
        return RowCounter()
