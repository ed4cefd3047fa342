"""Join the rounds of drawing that one generation took."""

from __future__ import annotations

from loops.job import Job, Output
from loops.rows import Rows


def run(job: Job) -> Output:
    """Refer to the rows of all `rounds`, one round after the other."""
    rounds = zip(job.inputs["rounds"], job.refs["rounds"], strict=True)
    return job.rows(Rows.concat([Rows.all_of(samples, ref) for samples, ref in rounds]))
