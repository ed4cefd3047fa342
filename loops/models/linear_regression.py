"""A student that labels rows by a line: least squares for each replica."""

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
from loops.source.linear_regression import labelled
from loops.student import Student


@dataclass(frozen=True, slots=True)
class LinearRegression:
    """y = x w + noise for each x that it is prompted with; the base is the truth, or off it by a known distance.

    Temperature T multiplies the variance of the noise: N(x w, sigma^2)^(1/T) is N(x w, T sigma^2) up to its constant.
    """

    features: int
    """d, numbers in x, those of the source."""
    noise: float
    """sigma, standard deviation of the labels that it writes: the source's, which the papers keep and do not fit."""
    base_error: float
    """Distance of the base student's weights from the true ones, along the first feature. With generation_0=base that
    is a teacher whose labels are off, and human_share its weight (Dohmatob et al. 2025, arXiv 2410.04840)."""

    kinds: ClassVar = ("vector",)
    can: ClassVar = ("sample", "parameters", "fingerprint")
    needs: ClassVar = ("truth", "human")

    @property
    def prompt_length(self) -> int:
        """How many numbers of a row it is asked with: x."""
        return self.features

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write the true weights, moved by `base_error`, for every replica.

        Raises:
            ConfigError: the source has rows of another length, or no weights.
        """
        check_source("linear_regression", given, self.features + 1, "weights")
        replicas = np.unique(given.human.numbers("replica"))
        weights = given.truth["weights"] + self.base_error * np.eye(1, self.features)[0]
        return save_world(folder, {"replicas": replicas, "weights": np.tile(weights, (len(replicas), 1))})

    def fit(self, call: TrainCall, key: Key) -> str:
        """Take the least squares of each replica; of fewer rows than features, those of least norm.

        Raises:
            StageError: a replica has no rows.
        """
        replicas = load_world(call.start)["replicas"]
        mass = call.weight * call.corpus.numbers("weight")
        found = places(call.corpus.numbers("replica"), replicas)
        check_rows(replicas, np.array([mass[mine].sum() for mine in found]), 0)
        rows = call.corpus.values() * np.sqrt(mass)[:, None]
        weights = [np.linalg.lstsq(rows[mine, :-1], rows[mine, -1])[0] for mine in found]
        return save_world(call.folder, {"replicas": replicas, "weights": np.array(weights)})

    def open(self, student: Student, runtime: Runtime) -> OpenLinearRegression:
        """Load the weights."""
        return OpenLinearRegression(self.noise, **load_world(student))

    def tokenizer(self, student: Student) -> RowCounter:
        """Return the counter of rows."""
        return RowCounter()


class OpenLinearRegression:
    """Weights in memory."""

    def __init__(self, noise: float, replicas: np.ndarray, weights: np.ndarray) -> None:
        self.noise = noise
        self.replicas = replicas
        self.weights = weights  # (replicas, features)

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        """Label each prompt."""
        check_sampling("linear_regression", sampling)
        asked, x = prompts.numbers("replica"), prompts.values()
        noise = self.noise * sampling.temperature**0.5
        value = np.empty((len(x), x.shape[1] + 1))
        for i, mine in enumerate(places(asked, self.replicas)):
            rng = key.fold("replica", int(self.replicas[i]), draw).rng()
            value[mine] = labelled(x[mine], self.weights[i], noise, rng)
        return Samples.of_vectors(value, asked, None, generation, written_by, draw)

    def log_probs(self, samples: Samples, window: int, stride: int) -> TokenPass:
        """Refused: a world's distribution is read exactly from its parameters."""
        raise TypeError("linear_regression: scores nothing token by token; metrics read `parameters`.")

    def parameters(self) -> dict[str, np.ndarray]:
        """Return `weights`, (replicas, features)."""
        return {"replicas": self.replicas, "weights": self.weights}

    def fingerprint(self) -> np.ndarray:
        """Return the weights as they are."""
        return self.weights.ravel()
