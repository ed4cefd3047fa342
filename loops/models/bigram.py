"""A bigram student: the distribution of the next value given the last one, for each replica."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from loops.given import Given
from loops.key import Key
from loops.model import Sampling, TokenPass
from loops.models.categorical import ValueCounter, check_world, normalised, tempered
from loops.models.world import load_world, save_world
from loops.replicas import places
from loops.runtime import Runtime
from loops.samples import Samples
from loops.source.zipf import continue_chain, inverse_cdf
from loops.student import Student


@dataclass(frozen=True, slots=True)
class Bigram:
    """A Markov chain over types; a context never seen goes on uniformly."""

    types: int
    """Number of types, that of the source."""
    length: int
    """Values in a row that is drawn, that of the source."""

    kinds: ClassVar = ("array",)
    can: ClassVar = ("sample", "parameters", "fingerprint")
    needs: ClassVar = ("truth", "human")

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write uniform transitions for every replica.

        Raises:
            ConfigError: the source has no chain, or other types, or rows of another length.
        """
        check_world("bigram", given, self.types, self.length, order=1)
        replicas = np.unique(given.human.numbers("replica"))
        shape = (len(replicas), self.types, self.types)
        return save_world(
            folder,
            {
                "replicas": replicas,
                "start": np.full(shape[:2], 1 / self.types),
                "transitions": np.full(shape, 1 / self.types),
                "context": given.truth["context"],
            },
        )

    def fit(self, corpus: Samples, weight: np.ndarray, start: Student, smoothing: float, folder: Path) -> str:
        """Count first values and pairs for each replica, add `smoothing` to each count, and normalise."""
        before = load_world(start)
        n_replicas = len(before["replicas"])
        value = corpus.values()
        replica = np.searchsorted(before["replicas"], corpus.numbers("replica"))
        mass = weight * corpus.numbers("weight")
        first = np.bincount(replica * self.types + value[:, 0], mass, n_replicas * self.types)
        pair = (replica[:, None] * self.types + value[:, :-1]) * self.types + value[:, 1:]
        masses = np.broadcast_to(mass[:, None], pair.shape)
        pairs = np.bincount(pair.ravel(), masses.ravel(), n_replicas * self.types**2)
        return save_world(
            folder,
            {
                "replicas": before["replicas"],
                "start": normalised(first.reshape(n_replicas, -1) + smoothing),
                "transitions": normalised(pairs.reshape(n_replicas, self.types, -1) + smoothing),
                "context": before["context"],
            },
        )

    def open(self, student: Student, runtime: Runtime) -> OpenBigram:
        """Load the chains."""
        return OpenBigram(self.length, load_world(student))

    def tokenizer(self, student: Student) -> ValueCounter:
        """Return the counter of values."""
        return ValueCounter()


class OpenBigram:
    """Chains in memory."""

    def __init__(self, length: int, arrays: dict[str, np.ndarray]) -> None:
        self.length = length
        self.arrays = arrays

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        """Draw one row for each prompt."""
        asked = prompts.numbers("replica")
        value = np.empty((len(asked), self.length), np.int64)
        replicas = self.arrays["replicas"]
        for i, mine in enumerate(places(asked, replicas)):
            uniform = key.fold("replica", int(replicas[i]), draw).rng().random((len(mine), self.length))
            rows = inverse_cdf(tempered(self.arrays["start"][i], sampling), uniform)
            continue_chain(rows, np.cumsum(tempered(self.arrays["transitions"][i], sampling), axis=1), uniform)
            value[mine] = rows
        return Samples.of_arrays(value, asked, None, generation, written_by, draw)

    def log_probs(self, samples: Samples, window: int, stride: int) -> TokenPass:
        """Refused: a world's distribution is read exactly from `probabilities`."""
        raise TypeError("bigram: scores nothing token by token; metrics read `parameters`.")

    def parameters(self) -> dict[str, np.ndarray]:
        """Return two distributions of pairs, (replicas, types * types): `probabilities` in true contexts, which a loss
        is about, and `written`, the pairs of its own rows, where a context that it lost does not come up.
        """
        transitions = self.arrays["transitions"]
        true = np.broadcast_to(self.arrays["context"][None, :], self.arrays["start"].shape)
        contexts = {"probabilities": true, "written": self._own_contexts()}
        pairs = {name: context[:, :, None] * transitions for name, context in contexts.items()}
        return {"replicas": self.arrays["replicas"]} | {name: p.reshape(len(p), -1) for name, p in pairs.items()}

    def _own_contexts(self) -> np.ndarray:
        """Return how often each type comes before another in a row, (replicas, types); a row of one value has none."""
        context = self.arrays["start"]
        total = context.copy()
        for _ in range(self.length - 2):
            # A sum, not a product of matrices: that rounds otherwise for another number of replicas.
            context = np.sum(context[:, :, None] * self.arrays["transitions"], axis=1)
            total += context
        return normalised(total)

    def fingerprint(self) -> np.ndarray:
        """Return the transitions as they are."""
        transitions: np.ndarray = self.arrays["transitions"].ravel()
        return transitions
