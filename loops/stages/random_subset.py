"""Keep as many rows of what was drawn as the filters left, but at random: what a filter's choice is compared with."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output
from loops.samples import Samples


def run(job: Job) -> Output:
    """Take rows of `drawn` at random, in each world as many as `kept` holds there, and share out the kept weights."""
    drawn, kept = job.rows_of("drawn"), job.rows_of("kept")
    world, kept_world = drawn.each(Samples.worlds), kept.each(Samples.worlds)
    chosen, weight = [np.zeros(0, np.int64)], [np.zeros(0)]
    for each in np.unique(world):
        rng = job.key.fold("replica", int(each)).rng()
        weights = kept.weight[kept_world == each]
        chosen.append(rng.choice(np.flatnonzero(world == each), len(weights), replace=False))
        weight.append(weights)
    order = np.argsort(np.concatenate(chosen), kind="stable")
    rows = drawn.select(np.concatenate(chosen)[order])
    return job.rows(rows.reweighted(np.concatenate(weight)[order]))
