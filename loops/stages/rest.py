"""Refer to the human train rows that generation 0 left over, shuffled: what fresh human text is taken from."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output


def run(job: Job) -> Output:
    """Return the rows of `human` that are not in `corpus`, each replica of a world in an order of its own."""
    rows, corpus = job.rows_of("human"), job.inputs["corpus"]
    samples = rows.samples()
    left = np.flatnonzero(~np.isin(samples.ids(), corpus.samples().ids()))
    if samples.kind == "text":
        return job.rows(rows.select(job.key.rng().permutation(left)))
    replica = samples.numbers("replica")[left]
    shuffled = [job.key.fold("replica", int(r)).rng().permutation(left[replica == r]) for r in np.unique(replica)]
    return job.rows(rows.select(np.concatenate([np.zeros(0, np.int64), *shuffled])))
