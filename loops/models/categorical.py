"""The simplest student with a closed form: one distribution over types for each replica (Wright-Fisher)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.model import Sampling, TokenPass
from loops.models.world import load_world, save_world
from loops.replicas import places
from loops.runtime import Runtime
from loops.samples import Samples
from loops.source.zipf import inverse_cdf
from loops.student import Student


@dataclass(frozen=True, slots=True)
class Categorical:
    """A distribution over types; trained by counting, it is the exact maximum-likelihood fit."""

    types: int
    """Number of types, that of the source."""
    initial: Literal["uniform", "truth"]
    """Distribution before any data: uniform, or the true one (then student g is fit number g of the oracles)."""

    kinds: ClassVar = ("array",)
    can: ClassVar = ("sample", "sample_endless", "parameters", "fingerprint")
    needs: ClassVar = ("truth", "human")

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write the base distribution of every replica.

        Raises:
            ConfigError: the source has other types, or rows of more than one value.
        """
        check_world("categorical", given, self.types, length=1, order=0)
        replicas = np.unique(given.human.numbers("replica"))
        start = given.truth["start"] if self.initial == "truth" else np.full(self.types, 1 / self.types)
        return save_world(folder, {"replicas": replicas, "probabilities": np.tile(start, (len(replicas), 1))})

    def fit(self, corpus: Samples, weight: np.ndarray, start: Student, smoothing: float, folder: Path) -> str:
        """Count types for each replica, add `smoothing` to each count, and normalise."""
        replicas = load_world(start)["replicas"]
        value = corpus.values()
        cell = np.searchsorted(replicas, corpus.numbers("replica"))[:, None] * self.types + value
        mass = np.broadcast_to((weight * corpus.numbers("weight"))[:, None], value.shape)
        counts = np.bincount(cell.ravel(), mass.ravel(), len(replicas) * self.types).reshape(-1, self.types)
        return save_world(folder, {"replicas": replicas, "probabilities": normalised(counts + smoothing)})

    def open(self, student: Student, runtime: Runtime) -> OpenCategorical:
        """Load the distributions."""
        return OpenCategorical(**load_world(student))

    def tokenizer(self, student: Student) -> ValueCounter:
        """Return the counter of values."""
        return ValueCounter()


class OpenCategorical:
    """Distributions in memory."""

    def __init__(self, replicas: np.ndarray, probabilities: np.ndarray) -> None:
        self.replicas = replicas
        self._probabilities = probabilities

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        """Draw one value for each prompt; prompts of weight inf ask for every type with its probability as weight."""
        asked = prompts.numbers("replica")
        if np.isinf(prompts.numbers("weight")).all():
            return self._all_types(np.unique(asked), draw, sampling, generation, written_by)
        value = np.empty(len(asked), np.int64)
        for i, mine in enumerate(places(asked, self.replicas)):
            uniform = key.fold("replica", int(self.replicas[i]), draw).rng().random(len(mine))
            value[mine] = inverse_cdf(tempered(self._probabilities[i], sampling), uniform)
        return Samples.of_arrays(value[:, None], asked, None, generation, written_by, draw)

    def _all_types(
        self, replicas: np.ndarray, draw: int, sampling: Sampling, generation: int, written_by: str
    ) -> Samples:
        rows = [tempered(p, sampling) for r, p in zip(self.replicas, self._probabilities, strict=True) if r in replicas]
        types = len(rows[0])
        value = np.tile(np.arange(types), len(rows))[:, None]
        return Samples.of_arrays(value, np.repeat(replicas, types), np.concatenate(rows), generation, written_by, draw)

    def log_probs(self, samples: Samples, window: int, stride: int) -> TokenPass:
        """Refused: a world's distribution is read exactly from `probabilities`."""
        raise TypeError("categorical: scores nothing token by token; metrics read `parameters`.")

    def parameters(self) -> dict[str, np.ndarray]:
        """Return the distributions: `probabilities`, (replicas, types)."""
        return {"replicas": self.replicas, "probabilities": self._probabilities}

    def fingerprint(self) -> np.ndarray:
        """Return the distributions as they are."""
        return self._probabilities.ravel()


class ValueCounter:
    """In a world, every value is a token."""

    def count(self, samples: Samples) -> np.ndarray:
        """Return the values of each row times its weight, (n_rows,)."""
        lengths = samples.values().shape[1]
        count: np.ndarray = samples.numbers("weight") * lengths
        return count


def tempered(probabilities: np.ndarray, sampling: Sampling) -> np.ndarray:
    """Return p^(1/T) over its sum, cut to the top k and to the top mass p; ties at the cut all stay."""
    if sampling.temperature == 1 and sampling.top_k == 0 and sampling.top_p == 1:
        return probabilities
    peak = probabilities.max(axis=-1, keepdims=True)
    shaped = (probabilities / peak) ** (1 / sampling.temperature)
    shaped = shaped / shaped.sum(axis=-1, keepdims=True)
    ordered = np.sort(shaped, axis=-1)[..., ::-1]
    floor = np.zeros_like(peak)
    if 0 < sampling.top_k < shaped.shape[-1]:
        floor = np.maximum(floor, ordered[..., sampling.top_k - 1 : sampling.top_k])
    if sampling.top_p < 1:
        last = (np.cumsum(ordered, axis=-1) < sampling.top_p).sum(axis=-1, keepdims=True)
        floor = np.maximum(floor, np.take_along_axis(ordered, last, axis=-1))
    cut = np.where(shaped >= floor, shaped, 0.0)
    share: np.ndarray = cut / cut.sum(axis=-1, keepdims=True)
    return share


def normalised(counts: np.ndarray) -> np.ndarray:
    """Return counts over their sum along the last axis; where there are none, uniform."""
    total = counts.sum(axis=-1, keepdims=True)
    uniform = np.full(counts.shape, 1 / counts.shape[-1])
    share: np.ndarray = np.divide(counts, total, out=uniform, where=total > 0)
    return share


def check_world(student: str, given: Given, types: int, length: int, order: int) -> None:
    """Compare a closed-form student with the source that it is to learn from.

    Raises:
        ConfigError: they do not go together.
    """
    got = {
        "types": len(given.truth["start"]),
        "length": given.human.values().shape[1],
        "order": int("context" in given.truth),
    }
    for name, want in {"types": types, "length": length, "order": order}.items():
        if got[name] != want:
            raise ConfigError(
                f"student: {student} takes a source with {name}={want}, got source.{name}={got[name]}. "
                "Set one to the other, or choose another student."
            )
