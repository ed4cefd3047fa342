"""Count the human text that the last corpus is the first to read."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output
from loops.samples import Samples


def run(job: Job) -> Output:
    """Count the training tokens of human rows of the last of `corpora` that none before it holds, in each world."""
    *before, last = job.inputs["corpora"]
    if not len(last):
        return job.numbers({"tokens": 0.0})
    human = last.select(np.flatnonzero(last.written_by_human))
    new = human.select(np.flatnonzero(~human.found_in(before)))
    if not len(new):
        return job.numbers({"tokens": 0.0})
    tokenizer = job.components["student"].tokenizer(job.inputs["tokenizer"])
    n_worlds = len(np.unique(last.each(Samples.worlds)))
    return job.numbers({"tokens": float((tokenizer.count(new.samples()) * new.weight).sum()) / n_worlds})
