"""An alarm: say so when a measure has become too much worse than student 0's; nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loops.controller.decision import Decision
from loops.controller.watched import Watched


@dataclass(frozen=True, slots=True)
class Alarm(Watched):
    """Warns in each generation whose measure is beyond its limit, or cannot be measured any more."""

    def decide(self, history: Sequence[Mapping[str, Any]], generation: int) -> Decision:
        """Enter `controller/alarm`: 1 beyond the limit, else 0."""
        excess = self.excess(history, generation)
        if excess is None:
            reason = f"{self.measure} is not measurable, so it is not known to be within its limit"
        else:
            side = "beyond" if excess > 0 else "within"
            reason = f"{self.measure} is {abs(excess):.4g} {side} its limit, student 0's value and {self.margin:.4g}"
        rings = excess is None or excess > 0
        return Decision(entries={"alarm": float(rings)}, reason=reason, is_alarm=rings)
