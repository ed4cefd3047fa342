"""Moves a tabular policy towards the answers in its corpus: expert iteration with nothing to optimise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.model import TrainCall


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """new = (1 - learning_rate) * start + learning_rate * frequencies of the corpus, for each prompt that it holds.

    Prompts that the corpus does not hold stay as in the start, so what a filter leaves nothing of is not forgotten.

    Source: the mixture update of conservative policy iteration (Kakade and Langford 2002). Ours: towards what was kept,
    in place of a greedy policy.
    """

    learning_rate: float
    """Size of the step, in (0, 1]; 1: the frequencies alone. Below 1 what was not drawn fades instead of vanishing."""

    kinds: ClassVar = ("array",)
    needs: ClassVar = ()

    def __post_init__(self) -> None:
        if not 0 < self.learning_rate <= 1:
            raise ValueError(f"learning_rate: got {self.learning_rate}, want a share in (0, 1]; 1 forgets the start")

    def train(self, call: TrainCall, given: Given, key: Key) -> dict[str, Any]:
        """Take one step; draws nothing.

        Raises:
            ConfigError: the student is no policy over answers.
        """
        if "step" not in call.model.can:
            name = type(call.model).__name__
            raise ConfigError(f"trainer: policy_step needs student=tabular_policy, got {name}. Use trainer=counts.")
        tokens = float((call.weight * call.model.tokenizer(call.start).count(call.corpus)).sum())
        digest = call.model.step(call.corpus, call.weight, call.start, self.learning_rate, call.folder)
        return {"digest": digest, "adapter": False, "tokens": tokens}
