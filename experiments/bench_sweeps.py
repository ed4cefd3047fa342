"""What sweeping costs beside the stages that it is made of: a cold grid, a fork, and two workers beside one.

Each row is one command on an idle machine: python -m experiments.bench grid | fork | workers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]
ARMS = ("replace", "accumulate", "human_only")
SEEDS = (0, 1, 2)
GENERATIONS = 4
TEXT = (
    "experiment=demo", f"arm=[{','.join(ARMS)}]", f"generations={GENERATIONS}", "trackers=[]", "source.human_tokens=20000",
    "generator.tokens=10000", "sampled.tokens=10000", "trainer.max_steps=20", "measure.n_words=1000",
    "metrics=[perplexity,distinct_n]",
)  # fmt: skip
"""A text student of which a stage takes about as long as starting the library a tenth of a second, or longer."""


class Sweep:
    """One way of doing runs, in a folder of its own, each command in a fresh Python."""

    def __init__(self, folder: Path, name: str, store: str | None = None) -> None:
        self.out, self.store = folder / name, folder / (store or f"{name}_store")

    def run(self, *overrides: str, workers: int) -> float:
        """Run the demo with these overrides; return the seconds that its workers and their parent took."""
        executor = ["executor=inline"] if workers == 1 else ["executor=processes", f"executor.workers={workers}"]
        return self.do("run", *TEXT, *overrides, *executor, f"output_dir={self.out}", f"store={self.store}")

    def do(self, *words: str) -> float:
        """Do one command and return its seconds, from the first stage to the last: without imports and reports."""
        code = f"""
import time
from loops.commands.fork import fork
from loops.plan import plan
from loops.recorded import recorded_runs
from loops.run import execute
import datasets, peft, torch, transformers, trl
"""
        return _timed(code, words)

    def stages(self) -> dict[str, float]:
        """Return the seconds of each distinct stage of these runs."""
        lines = (json.loads(line) for path in self.out.glob("*/*/*/stages.jsonl") for line in path.open())
        return {line["key"]: line["seconds"] for line in lines}
