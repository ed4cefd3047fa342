"""Arms and seeds side by side in worker processes of this machine; events go to the parent, which owns the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loops.arm import Arm
from loops.executor.crew import side_by_side, workers_that_fit
from loops.executor.failure import failed

Emit = Callable[[dict[str, Any]], None]
Work = Callable[[Arm, Emit], None]


@dataclass(frozen=True, slots=True)
class Processes:
    """The number of workers changes no result: threads are a setting of the run, and random numbers have names."""

    workers: int | None
    """Worker processes; null: as many as the cores allow with `runtime.threads` threads each."""

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"workers: got {self.workers}, want at least 1, or null for as many as fit")

    def at_once(self, runs: Sequence[Arm]) -> int:
        """Return how many runs are under way at one time."""
        return min(len(runs), self.workers or workers_that_fit(max(run.runtime.threads for run in runs)))

    def run(self, runs: Sequence[Arm], work: Work, emit: Emit) -> None:
        """Do the runs; workers take the next one as they finish, and one that fails leaves the others alone."""
        threads = max(run.runtime.threads for run in runs)
        side_by_side(runs, work, failed, self.at_once(runs), threads, emit)
