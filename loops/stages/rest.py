"""Refer to the human train rows that no corpus has read, shuffled: what fresh human text is taken from."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output
from loops.samples import Samples


def run(job: Job) -> Output:
    """Return the rows of `human` that are in none of `corpora`, each replica of a world in an order of its own.

    The order is that of all rows, so that what is left does not change places when some are read.
    """
    rows = job.rows_of("human")
    unread = np.flatnonzero(~rows.found_in(job.inputs["corpora"]))
    world = rows.each(Samples.worlds)
    shuffled = [job.key.fold("replica", int(each)).rng().permutation(np.flatnonzero(world == each))
                for each in np.unique(world)]  # fmt: skip
    order = np.concatenate([np.zeros(0, np.int64), *shuffled])
    return job.rows(rows.select(order[np.isin(order, unread)]))
