"""A world of prompts whose correct answers are known, and a first policy that answers some of them correctly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.theory.policy import solve_rate_quantiles
from loops.key import Key
from loops.replicas import check_draws, replica_numbers
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Human data of a world of prompts and answers: rows (prompt, answer) that follow its policy, right or wrong.

    The policy of a prompt is Dirichlet distributed: most of its mass lies on few answers, correct ones at any rank. How
    often a prompt is solved is not drawn but takes the quantiles of that law, so prompt 0 is the hardest, and the mean
    over prompts is the same in every world.
    """

    prompts: int
    """Number of prompts."""
    answers: int
    """Answers that each prompt has."""
    correct: int
    """How many of them are correct, those of the lowest numbers; correct / answers is the policy's accuracy."""
    concentration: float
    """Dirichlet concentration of each answer; the lower, the fewer answers hold the mass."""
    draws: int | None
    """Human answers to each prompt and in each replica; null: infinitely many, with their probabilities as weights."""
    replicas: int | tuple[int, ...]
    """How many independent copies of the world run side by side, or which; policy and key are the same in all."""
    world_seed: int
    """Which world: how the mass of the correct and of the wrong answers is spread over them."""
    human_tokens: int | None
    """Cut of the human corpus of generation 0; null: all."""

    kinds: ClassVar = ("array",)
    needs: ClassVar = ()
    not_in_key: ClassVar = ("human_tokens",)

    def __post_init__(self) -> None:
        if self.prompts < 1 or not 1 <= self.correct < self.answers or not self.concentration > 0:
            raise ValueError(
                f"got prompts {self.prompts}, correct {self.correct} of {self.answers} answers and concentration "
                f"{self.concentration}, want 1 or more prompts, 1 <= correct < answers and concentration above 0"
            )
        check_draws(self.draws)
        replica_numbers(self.replicas)

    def splits(self) -> Sequence[str]:
        """Return the splits, each a sample of its own."""
        return ("train", "reference")

    def truth(self) -> dict[str, np.ndarray]:
        """Return the exact distributions, and which answers are correct.

        `policy` and `correct` are (prompts, answers), `probabilities` the joint distribution of a prompt and its answer
        with every prompt equally likely, (prompts * answers,).
        """
        solved = solve_rate_quantiles(self.prompts, self.answers, self.correct, self.concentration)[:, np.newaxis]
        rng = Key.root(self.world_seed).fold("answer_key").rng()
        right, wrong = (
            rng.dirichlet(np.full(n, self.concentration), self.prompts)
            for n in (self.correct, self.answers - self.correct)
        )
        policy = np.concatenate([solved * right, (1 - solved) * wrong], axis=1)
        correct = np.broadcast_to(np.arange(self.answers) < self.correct, policy.shape)
        return {"policy": policy, "correct": correct, "probabilities": policy.ravel() / self.prompts}

    def draw(self, split: str, key: Key) -> Samples:
        """Draw a split; replica r uses `key.fold(split, "replica", r)`."""
        policy, replicas = self.truth()["policy"], replica_numbers(self.replicas)
        if self.draws is None:
            return all_answers(np.broadcast_to(policy, (len(replicas), *policy.shape)), replicas)
        prompts = np.repeat(np.arange(self.prompts), self.draws)
        drawn = [
            drawn_answers(policy[prompts], key.fold(split, "replica", int(r)).rng().random(len(prompts)))
            for r in replicas
        ]
        value = np.stack([np.tile(prompts, len(replicas)), np.concatenate(drawn)], axis=1)
        return Samples.of_arrays(value, np.repeat(replicas, len(prompts)))


def drawn_answers(policy: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return the answer that each uniform number falls on in its row of `policy` (n, answers), (n,).

    An answer of probability 0 is never drawn.
    """
    cumulative = np.cumsum(policy, axis=1)
    found: np.ndarray = (cumulative <= (uniform * cumulative[:, -1])[:, np.newaxis]).sum(axis=1)
    return found


def all_answers(
    policy: np.ndarray,  # (replicas, prompts, answers)
    replicas: np.ndarray,
    generation: int = 0,
    written_by: str | None = None,
    draw: int = 0,
) -> Samples:
    """Return infinitely many draws of each prompt: one row an answer, with its probability as weight."""
    n_replicas, prompts, answers = policy.shape
    value = np.stack(np.divmod(np.arange(prompts * answers), answers), axis=1)
    rows = np.tile(value, (n_replicas, 1))
    of_replica = np.repeat(replicas, prompts * answers)
    return Samples.of_arrays(rows, of_replica, policy.ravel(), generation, written_by, draw)
