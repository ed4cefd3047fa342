"""Given: what a component asked for by `needs`, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loops.errors import UndeclaredNeed

NEEDS = (
    "pool",
    "drawn",
    "ledger",
    "human",
    "prompts",
    "human_corpus",
    "reference",
    "judge",
    "reference_model",
    "student_0",
    "log_probs",
    "student_0_log_probs",
    "reference_log_probs",
    "reference_student_0_log_probs",
    "graded",
    "student_0_graded",
    "embeddings",
    "human_embeddings",
    "reference_embeddings",
    "parameters",
    "buckets",
    "truth",
    "tokenizer",
)
"""All that a component may ask for; each enters the stage's key with its digest."""


class Given:
    """A frozen object with exactly the attributes that a component's `needs` names."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_values", dict(values))

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            declared = ", ".join(self._values) or "nothing"
            raise UndeclaredNeed(
                f"given.{name}: this component declares {declared}. Add {name!r} to its `needs`."
            ) from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"given.{name}: what is given is frozen.")
