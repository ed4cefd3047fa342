"""A tabular policy: for each replica and prompt a distribution over answers, the smallest model that answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.model import Sampling, TokenPass
from loops.models.categorical import ValueCounter, normalised, tempered
from loops.models.world import load_world, save_world
from loops.runtime import Runtime
from loops.samples import Samples
from loops.source.answer_key import all_answers, drawn_answers
from loops.student import Student


@dataclass(frozen=True, slots=True)
class TabularPolicy:
    """A distribution over answers for each prompt, fitted by counting; prompts share nothing."""

    prompts: int
    """Number of prompts, that of the source."""
    answers: int
    """Answers of each prompt, those of the source."""
    initial: Literal["uniform", "truth"]
    """Policy before any data: uniform, or the source's own (with generation_0=base, student 0 is then exactly that)."""

    kinds: ClassVar = ("array",)
    can: ClassVar = ("sample", "sample_endless", "parameters", "fingerprint", "step")
    needs: ClassVar = ("truth", "human")

    def base(self, folder: Path, given: Given, key: Key, runtime: Runtime) -> str:
        """Write the base policy of every replica.

        Raises:
            ConfigError: the source has no prompts with answers, or others.
        """
        want = (self.prompts, self.answers)
        got = given.truth["policy"].shape if "policy" in given.truth else None
        if got != want:
            there = f"source.prompts={got[0]} and source.answers={got[1]}" if got else "a source without prompts"
            raise ConfigError(
                f"student: tabular_policy takes a source with prompts={want[0]} and answers={want[1]}, got {there}. "
                "Set them to the source's, or use source=answer_key."
            )
        replicas = np.unique(given.human.numbers("replica"))
        policy = given.truth["policy"] if self.initial == "truth" else np.full(want, 1 / self.answers)
        return save_world(folder, {"replicas": replicas, "policy": np.tile(policy, (len(replicas), 1, 1))})

    def fit(self, corpus: Samples, weight: np.ndarray, start: Student, smoothing: float, folder: Path) -> str:
        """Count answers for each prompt, add `smoothing` to each count, and normalise; what was known is forgotten."""
        before = load_world(start)
        counts = self._counts(corpus, weight, before["replicas"])
        return save_world(folder, {**before, "policy": normalised(counts + smoothing)})

    def step(self, corpus: Samples, weight: np.ndarray, start: Student, learning_rate: float, folder: Path) -> str:
        """Move each prompt's policy by `learning_rate` towards its frequencies; without rows it stays as it is."""
        before = load_world(start)
        counts = self._counts(corpus, weight, before["replicas"])
        total = counts.sum(axis=-1, keepdims=True)
        frequency = np.divide(counts, total, out=before["policy"].copy(), where=total > 0)
        policy = (1 - learning_rate) * before["policy"] + learning_rate * frequency
        return save_world(folder, {**before, "policy": policy})

    def _counts(self, corpus: Samples, weight: np.ndarray, replicas: np.ndarray) -> np.ndarray:
        prompt, answer = corpus.values().T
        replica = np.searchsorted(replicas, corpus.numbers("replica"))
        cell = (replica * self.prompts + prompt) * self.answers + answer
        counts = np.bincount(cell, weight * corpus.numbers("weight"), len(replicas) * self.prompts * self.answers)
        return counts.reshape(len(replicas), self.prompts, self.answers)

    def open(self, student: Student, runtime: Runtime) -> OpenTabularPolicy:
        """Load the policies."""
        return OpenTabularPolicy(**load_world(student))

    def tokenizer(self, student: Student) -> ValueCounter:
        """Return the counter of values, prompt and answer."""
        return ValueCounter()


class OpenTabularPolicy:
    """Policies in memory."""

    def __init__(self, replicas: np.ndarray, policy: np.ndarray) -> None:
        self.replicas = replicas
        self.policy = policy  # (replicas, prompts, answers)

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        """Draw one answer to every prompt of a replica; prompts of weight inf ask for all, with their probabilities.

        Raises:
            ConfigError: not as many prompts as the policy has.
        """
        asked, n_prompts = prompts.numbers("replica"), int(self.policy.shape[1])
        replicas = np.unique(asked)
        policy = tempered(self.policy[np.searchsorted(self.replicas, replicas)], sampling)
        if np.isinf(prompts.numbers("weight")).all():
            return all_answers(policy, replicas, generation, written_by, draw)
        if not np.array_equal(asked, np.repeat(replicas, n_prompts)):
            raise ConfigError(
                f"prompts.count: got {len(asked) / len(replicas):g} for each replica, the world has {n_prompts} "
                "prompts. Set prompts.count to source.prompts, or to null for infinitely many draws."
            )
        drawn = [
            drawn_answers(rows, key.fold("replica", int(replica), draw).rng().random(n_prompts))
            for replica, rows in zip(replicas, policy, strict=True)
        ]
        value = np.stack([np.tile(np.arange(n_prompts), len(replicas)), np.concatenate(drawn)], axis=1)
        return Samples.of_arrays(value, asked, None, generation, written_by, draw)

    def log_probs(self, samples: Samples, window: int, stride: int) -> TokenPass:
        """Refused: a world's policy is read exactly from its parameters."""
        raise TypeError("tabular_policy: scores nothing token by token; metrics read `parameters`.")

    def parameters(self) -> dict[str, np.ndarray]:
        """Return the joint distribution of a prompt and its answer: `probabilities`, (replicas, prompts * answers)."""
        joint = self.policy / self.policy.shape[1]
        return {"replicas": self.replicas, "probabilities": joint.reshape(len(joint), -1)}

    def fingerprint(self) -> np.ndarray:
        """Return the policies as they are."""
        return self.policy.ravel()
