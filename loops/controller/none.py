"""No controller: what the arm says holds in every generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loops.controller.decision import Decision


@dataclass(frozen=True, slots=True)
class NoController:
    """Decides nothing."""

    def decide(self, history: Sequence[Mapping[str, Any]], generation: int) -> Decision:
        """Leave everything as it is."""
        return Decision()
