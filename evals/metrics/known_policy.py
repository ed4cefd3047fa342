"""Worlds of prompts with known answers: what a policy can still solve, exactly, with nothing to estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.given import HasTruth, named
from evals.graded import check_draws

FloatArray = npt.NDArray[np.float64]

_SUM_TOLERANCE = 1e-6


def solve_rates(correct: npt.NDArray[np.bool_], probabilities: FloatArray) -> FloatArray:
    """Return the chance that one draw solves each prompt, (replicas, prompts).

    `correct` is (prompts, answers), `probabilities` (replicas, prompts * answers), the joint distribution of a prompt
    and its answer, with every prompt equally likely.

    Raises:
        ValueError: shapes that do not fit, no replicas, negative entries, or prompts that are not equally likely.
    """
    if correct.ndim != 2 or probabilities.ndim != 2 or not probabilities.size or probabilities.shape[1] != correct.size:
        raise ValueError(
            f"known_policy: correct has shape {correct.shape} and probabilities {probabilities.shape}, want (prompts, "
            "answers) and (replicas, prompts * answers), with 1 or more of each."
        )
    policy = probabilities.reshape(-1, *correct.shape)
    of_prompt = policy.sum(axis=2)  # (replicas, prompts)
    if np.any(policy < 0) or np.any(np.abs(of_prompt * len(correct) - 1) > _SUM_TOLERANCE):
        raise ValueError(
            f"known_policy: probabilities have least entry {np.min(policy)} and prompts a mass of {np.min(of_prompt)} "
            f"to {np.max(of_prompt)}, want entries of 0 or more and a mass of 1 / {len(correct)} for each prompt."
        )
    return np.asarray(np.where(correct, policy, 0.0).sum(axis=2) / of_prompt)


def known_policy(rates: FloatArray, k: Sequence[int], floor: float) -> dict[str, FloatArray]:
    """Return figures of each replica's policy, with `rates` its chances to solve each prompt in one draw.

    pass_at_<k>   mean over prompts of 1 - (1 - rate)^k, the chance that k draws hold a correct answer; pass_at_1 is
                  accuracy; range [0, 1]
    unreachable   share of prompts with a rate below `floor`; range [0, 1], rises as self-improvement drops what it
                  did not happen to draw
    Without filters, and every prompt's kept draws as the next policy, accuracy is a martingale while pass_at_k falls.

    Raises:
        ValueError: no replicas or prompts.
    """
    if rates.ndim != 2 or not rates.size:
        raise ValueError(f"known_policy: got rates of shape {rates.shape}, want 1 or more (replicas, prompts).")
    # Sums of rows, not products of matrices: those round otherwise for another number of replicas.
    reached = {f"pass_at_{draws}": np.mean(1 - (1 - rates) ** draws, axis=1) for draws in k}
    return {**reached, "unreachable": np.mean(rates < floor, axis=1)}


@dataclass(frozen=True, slots=True)
class KnownPolicy:
    """What the policy of a world with known answers can solve."""

    k: tuple[int, ...]
    """Numbers of draws, each 1 or more."""
    floor: float
    """Chance to solve a prompt in one draw below which it counts as unreachable; in (0, 1)."""

    kinds: ClassVar[tuple[str, ...]] = ("array",)
    reads: ClassVar[str] = "parameters"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("truth", "parameters")
    interval: ClassVar[str] = "exact"
    better: ClassVar[Mapping[str, str]] = {"*": "higher", "unreachable": "lower"}

    def __post_init__(self) -> None:
        check_draws("known_policy: k", self.k)
        if not 0 < self.floor < 1:
            raise ValueError(f"known_policy: floor: got {self.floor}, want a chance in (0, 1)")

    def exact(self, given: HasTruth) -> dict[str, FloatArray]:
        """Return one figure per replica for each part.

        Raises:
            ValueError: the world's truth does not say which answers are correct.
        """
        correct = named(given.truth, "correct", "known_policy").astype(bool)
        rates = solve_rates(correct, named(given.parameters, "probabilities", "known_policy"))
        return known_policy(rates, self.k, self.floor)
