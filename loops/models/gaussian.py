"""A Gaussian student: mean and covariance for each replica, fitted exactly; what it writes, it writes with noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from loops.given import Given
from loops.key import Key
from loops.model import Sampling, TokenPass, TrainCall
from loops.models.world import RowCounter, check_rows, check_sampling, check_source, load_world, save_world
from loops.replicas import places
from loops.runtime import Runtime
from loops.samples import Samples
from loops.source.gaussian import sigma_points
from loops.student import Student


@dataclass(frozen=True, slots=True)
class Gaussian:
    """N(mean, covariance); the base is the truth, so with generation_0=base student g is fit number g.

    Temperature T scales the covariance by T: N(m, S)^(1/T) is N(m, T S) up to its constant. T is thus the sampling
    bias lambda of Alemohammad et al. 2024 (arXiv 2307.01850).
    """

    dimensions: int
    """Numbers in a row, those of the source."""
    ddof: int
    """Taken from the number of rows that squares are divided by; 0: maximum likelihood, biased; 1: unbiased."""

    kinds: ClassVar = ("vector",)
    can: ClassVar = ("sample", "sample_endless", "parameters", "fingerprint")
    needs: ClassVar = ("truth", "human")

    def __post_init__(self) -> None:
        if self.ddof < 0:
            raise ValueError(f"ddof: got {self.ddof}, want 0 (maximum likelihood), 1 (unbiased) or more")

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write the true mean and covariance for every replica.

        Raises:
            ConfigError: the source has rows of another length, or no covariance.
        """
        check_source("gaussian", given, self.dimensions, "covariance")
        replicas = np.unique(given.human.numbers("replica"))
        repeated = {
            name: np.tile(given.truth[name], (len(replicas), *[1] * given.truth[name].ndim))
            for name in ("mean", "covariance")
        }
        return save_world(folder, {"replicas": replicas, **repeated})

    def fit(self, call: TrainCall, key: Key) -> str:
        """Take the moments of each replica.

        Raises:
            StageError: a replica has no more rows than ddof.
        """
        replicas = load_world(call.start)["replicas"]
        replica = np.searchsorted(replicas, call.corpus.numbers("replica"))
        mass = call.weight * call.corpus.numbers("weight")
        check_rows(replicas, np.bincount(replica, mass, len(replicas)), self.ddof)
        mean, covariance = moments(call.corpus.values(), mass, replica, len(replicas), self.ddof)
        return save_world(call.folder, {"replicas": replicas, "mean": mean, "covariance": covariance})

    def open(self, student: Student, runtime: Runtime) -> OpenGaussian:
        """Load the moments."""
        return OpenGaussian(**load_world(student))

    def tokenizer(self, student: Student) -> RowCounter:
        """Return the counter of rows."""
        return RowCounter()


class OpenGaussian:
    """Moments in memory."""

    def __init__(self, replicas: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> None:
        self.replicas = replicas
        self.mean = mean  # (replicas, dimensions)
        self.covariance = covariance  # (replicas, dimensions, dimensions)

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        """Draw one row for each prompt; prompts of weight inf ask for weighted rows with exactly its moments."""
        check_sampling("gaussian", sampling)
        asked = prompts.numbers("replica")
        root = square_root(sampling.temperature * self.covariance)
        if np.isinf(prompts.numbers("weight")).all():
            here = np.isin(self.replicas, asked)
            value, weight = sigma_points(self.mean[here], root[here])
            asked = np.repeat(self.replicas[here], len(value) // here.sum())
            return Samples.of_vectors(value, asked, weight, generation, written_by, draw)
        value = np.empty((len(asked), self.mean.shape[1]))
        for i, mine in enumerate(places(asked, self.replicas)):
            rng = key.fold("replica", int(self.replicas[i]), draw).rng()
            value[mine] = self.mean[i] + rng.standard_normal((len(mine), value.shape[1])) @ root[i]
        return Samples.of_vectors(value, asked, None, generation, written_by, draw)

    def log_probs(self, samples: Samples, window: int, stride: int) -> TokenPass:
        """Refused: a world's distribution is read exactly from its parameters."""
        raise TypeError("gaussian: scores nothing token by token; metrics read `parameters`.")

    def parameters(self) -> dict[str, np.ndarray]:
        """Return `mean`, (replicas, dimensions), and `covariance`, (replicas, dimensions, dimensions)."""
        return {"replicas": self.replicas, "mean": self.mean, "covariance": self.covariance}

    def fingerprint(self) -> np.ndarray:
        """Return the moments as they are."""
        return np.concatenate([self.mean.ravel(), self.covariance.ravel()])


def moments(
    value: np.ndarray,  # (n_rows, dimensions)
    mass: np.ndarray,  # (n_rows,)
    replica: np.ndarray,  # (n_rows,), index of a replica
    n_replicas: int,
    ddof: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean, (n_replicas, d), and covariance, (n_replicas, d, d), of weighted rows.

    Squares around the mean are divided by the sum of the weights less `ddof`.
    """

    # Sums run row by row within a replica, so they are those of the replica alone to the last bit.
    def summed(terms: np.ndarray) -> np.ndarray:
        return np.bincount(replica, terms, n_replicas)

    n_rows = summed(mass)
    mean = np.stack([summed(mass * column) for column in value.T], axis=1) / n_rows[:, None]
    apart = (value - mean[replica]).T
    weighted = mass * apart
    covariance = np.empty((n_replicas, len(apart), len(apart)))
    for i, first in enumerate(weighted):
        for j, second in enumerate(apart[: i + 1]):
            covariance[:, i, j] = covariance[:, j, i] = summed(first * second) / (n_rows - ddof)
    return mean, covariance


def square_root(covariance: np.ndarray) -> np.ndarray:
    """Return the symmetric square root of each covariance, (..., d, d); one that is singular has its root too."""
    values, vectors = np.linalg.eigh(covariance)
    # Zeros of a covariance of few rows come out as -1e-17.
    roots: np.ndarray = (vectors * np.sqrt(np.maximum(values, 0))[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    return roots
