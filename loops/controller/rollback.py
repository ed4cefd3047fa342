"""Rollback: a student that is worse than an earlier one by more than a margin does not write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loops.controller.decision import Decision
from loops.controller.watched import Watched


@dataclass(frozen=True, slots=True)
class Rollback(Watched):
    """Lets the best student so far write again, with new draws, when the last one is too much worse than it.

    What was kept for the students that are given up leaves the pool; human text that they read stays read.
    `margin` is measured from the best student that may still write, not from student 0.
    """

    def decide(self, history: Sequence[Mapping[str, Any]], generation: int) -> Decision:
        """Enter `controller/teacher`: the number of the student that writes next."""
        last = self.value(history, generation)
        candidates = {
            g: value for g in self._may_write(history, generation) if (value := self.value(history, g)) is not None
        }
        if not candidates:
            return Decision(entries={"teacher": float(generation)}, reason=f"{self.measure} is not measurable")
        best = min(candidates, key=lambda g: (self.worse(candidates[g], 0.0), g))
        if last is not None and self.worse(last, candidates[best]) <= self.margin:
            reason = (
                f"{self.measure} is {last:.4g}, within {self.margin:.4g} of student {best}'s {candidates[best]:.4g}"
            )
            return Decision(entries={"teacher": float(generation)}, reason=reason)
        said = "not measurable" if last is None else f"{last:.4g}"
        reason = (
            f"{self.measure} is {said}, more than {self.margin:.4g} worse than student {best}'s "
            f"{candidates[best]:.4g}: student {best} writes again"
        )
        return Decision(teacher=best, entries={"teacher": float(best)}, reason=reason, is_alarm=True)

    def _may_write(self, history: Sequence[Mapping[str, Any]], generation: int) -> list[int]:
        """Return the students that no earlier decision gave up, the last one included."""
        left: list[int] = []
        for g in range(generation):
            (row,) = (row for row in history if row["generation"] == g)
            left = [number for number in [*left, g] if number <= int(row["controller/teacher"])]
        return [*left, generation]
