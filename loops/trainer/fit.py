"""Fits a student of a closed-form world to the corpus by the estimator that the student itself names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from loops.given import Given
from loops.key import Key
from loops.model import TrainCall


@dataclass(frozen=True, slots=True)
class Fit:
    """Takes no steps; what the start knew is forgotten. Settings of the estimator are the student's."""

    kinds: ClassVar = ("vector",)
    needs: ClassVar = ()

    def train(self, call: TrainCall, given: Given, key: Key) -> dict[str, Any]:
        """Let the student's `fit` read the corpus; rows are counted as tokens."""
        tokens = float((call.weight * call.model.tokenizer(call.start).count(call.corpus)).sum())
        return {"digest": call.model.fit(call, key), "adapter": False, "tokens": tokens}
