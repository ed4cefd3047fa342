"""Grade draws; a pass that metrics share."""

from __future__ import annotations

from loops.grading import columns
from loops.job import Job, Output
from loops.samples import Samples


def run(job: Job) -> Output:
    """Grade `rows` with the world's `truth`, where there is one, and note what the filters `kept` of them."""
    rows = job.inputs["rows"]
    samples = rows if isinstance(rows, Samples) else rows.samples()
    return job.arrays(columns(samples, job.inputs.get("truth"), job.inputs.get("kept")))
