"""Count the training tokens that human text holds for a mixer to take."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output
from loops.samples import Samples


def run(job: Job) -> Output:
    """Count the tokens of `rows` in the world that has least of them."""
    rows = job.rows_of("rows")
    tokenizer = job.components["student"].tokenizer(job.inputs["tokenizer"])
    tokens = np.asarray(tokenizer.count(rows.samples()) * rows.weight, float) if len(rows) else np.zeros(0)
    _, world = np.unique(rows.each(Samples.worlds), return_inverse=True)
    return job.numbers({"tokens": float(np.bincount(world, tokens).min()) if len(rows) else 0.0})
