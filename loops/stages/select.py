"""Refer to the rows of one split."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output
from loops.rows import Rows

CODES = {"dropped": 0, "train": 1, "reference": 2, "auditor": 3}


def run(job: Job) -> Output:
    """Select the rows of `human` that `where` assigns to `settings.split`."""
    rows = Rows.all_of(job.inputs["human"], job.ref("human"))
    return job.rows(rows.select(np.flatnonzero(job.inputs["where"]["where"] == CODES[job.settings["split"]])))
