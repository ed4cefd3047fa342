"""A student that tells two classes apart by a line; its base is a labeller that errs at a known rate."""

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
from loops.student import Student


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """Label 1 where x w > 0, with w the mean of +-x by label: the direction of ridge regression at a large penalty.

    The base writes the true class, or with chance `base_error_rate` the other one, whatever x. With generation_0=base
    it is the generator of Feng et al. 2024 (arXiv 2406.07515).
    """

    features: int
    """Numbers in x, those of the source."""
    base_error_rate: float
    """The chance of each label of the base student to be wrong; in [0, 1]."""

    kinds: ClassVar = ("vector",)
    can: ClassVar = ("sample", "parameters", "fingerprint")
    needs: ClassVar = ("truth", "human")

    def __post_init__(self) -> None:
        if not 0 <= self.base_error_rate <= 1:
            raise ValueError(f"base_error_rate: got {self.base_error_rate}, want a share in [0, 1]. For 30% write 0.3")

    @property
    def prompt_length(self) -> int:
        """How many numbers of a row it is asked with: the class, which the base alone reads, and x."""
        return self.features + 1

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write the best weights and the error rate for every replica.

        Raises:
            ConfigError: the source has rows of another length, or no class mean.
        """
        check_source("linear_classifier", given, self.features + 2, "class_mean")
        replicas = np.unique(given.human.numbers("replica"))
        return save_world(
            folder,
            {
                "replicas": replicas,
                "weights": np.tile(given.truth["class_mean"], (len(replicas), 1)),
                "error_rate": np.full(len(replicas), self.base_error_rate),
            },
        )

    def fit(self, call: TrainCall, key: Key) -> str:
        """Take the mean of x, turned round where the label is 0, in each replica.

        Raises:
            StageError: a replica has no rows.
        """
        replicas = load_world(call.start)["replicas"]
        replica = np.searchsorted(replicas, call.corpus.numbers("replica"))
        mass, value = call.weight * call.corpus.numbers("weight"), call.corpus.values()
        n_rows = np.bincount(replica, mass, len(replicas))
        check_rows(replicas, n_rows, 0)
        signed = mass * (2 * value[:, -1] - 1)
        weights = [np.bincount(replica, signed * column, len(replicas)) / n_rows for column in value[:, 1:-1].T]
        return save_world(call.folder, {"replicas": replicas, "weights": np.stack(weights, axis=1)})

    def open(self, student: Student, runtime: Runtime) -> OpenLinearClassifier:
        """Load the weights."""
        return OpenLinearClassifier(**load_world(student))

    def tokenizer(self, student: Student) -> RowCounter:
        """Return the counter of rows."""
        return RowCounter()


class OpenLinearClassifier:
    """Weights in memory, and of the base its error rate."""

    def __init__(self, replicas: np.ndarray, weights: np.ndarray, error_rate: np.ndarray | None = None) -> None:
        self.replicas = replicas
        self.weights = weights  # (replicas, features)
        self.error_rate = error_rate  # (replicas,)

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        """Label each prompt (class, x)."""
        check_sampling("linear_classifier", sampling, tempered=False)
        asked, question = prompts.numbers("replica"), prompts.values()
        label = np.empty(len(question))
        for i, mine in enumerate(places(asked, self.replicas)):
            if self.error_rate is None:
                label[mine] = (question[mine, 1:] * self.weights[i]).sum(axis=1) > 0
            else:
                wrong = key.fold("replica", int(self.replicas[i]), draw).rng().random(len(mine)) < self.error_rate[i]
                label[mine] = np.abs(question[mine, 0] - wrong)
        value = np.column_stack([question, label])
        return Samples.of_vectors(value, asked, None, generation, written_by, draw)

    def log_probs(self, samples: Samples, window: int, stride: int) -> TokenPass:
        """Refused: a world's distribution is read exactly from its parameters."""
        raise TypeError("linear_classifier: scores nothing token by token; metrics read `parameters`.")

    def parameters(self) -> dict[str, np.ndarray]:
        """Return `weights`, (replicas, features), and of the base `error_rate`, (replicas,)."""
        rate = {} if self.error_rate is None else {"error_rate": self.error_rate}
        return {"replicas": self.replicas, "weights": self.weights, **rate}

    def fingerprint(self) -> np.ndarray:
        """Return the weights as they are."""
        return self.weights.ravel()
