"""Fits a closed-form student by counting: maximum likelihood, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from loops.given import Given
from loops.key import Key
from loops.model import TrainCall


@dataclass(frozen=True, slots=True)
class Counts:
    """Relative frequencies; what the start knew is forgotten."""

    smoothing: float
    """Added to every count; 0: maximum likelihood, so a type that is not seen is lost for good."""

    kinds: ClassVar = ("array",)
    needs: ClassVar = ()

    def __post_init__(self) -> None:
        if self.smoothing < 0:
            raise ValueError(f"smoothing: got {self.smoothing}, want 0 or more")

    def train(self, call: TrainCall, given: Given, key: Key) -> dict[str, Any]:
        """Count; takes no steps and draws nothing."""
        tokens = float((call.weight * call.model.tokenizer(call.start).count(call.corpus)).sum())
        digest = call.model.fit(call.corpus, call.weight, call.start, self.smoothing, call.folder)
        return {"digest": digest, "adapter": False, "tokens": tokens}
