"""Runs one after the other in this process: for worlds, tests and debuggers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loops.arm import Arm
from loops.executor.crew import one_by_one
from loops.executor.failure import failed

Emit = Callable[[dict[str, Any]], None]
Work = Callable[[Arm, Emit], None]


@dataclass(frozen=True, slots=True)
class Inline:
    """No processes; threads stay as they were when Python started."""

    def at_once(self, runs: Sequence[Arm]) -> int:
        """Return how many runs are under way at one time."""
        return 1

    def run(self, runs: Sequence[Arm], work: Work, emit: Emit) -> None:
        """Do each run; one that fails leaves the others alone."""
        one_by_one(runs, work, failed, emit)
