"""Score human texts token by token under a student; a pass that metrics and arms share."""

from __future__ import annotations

from loops.job import Job, Output
from loops.model import check_canary, open_model
from loops.samples import Samples


def run(job: Job) -> Output:
    """Score `rows` under `student`."""
    rows = job.inputs["rows"]
    samples = rows if isinstance(rows, Samples) else rows.samples()
    student = job.inputs["student"]
    model = open_model(student, job.runtime)
    check_canary(student, model)
    return job.arrays(model.log_probs(samples, job.settings["window"], job.settings["stride"])._asdict())
