"""Grade draws; a pass that metrics and filters share."""

from __future__ import annotations

from loops.grading import columns
from loops.job import Job, Output
from loops.samples import Samples


def run(job: Job) -> Output:
    """Grade `rows` with the world's `truth` or the texts' `answer`, and note what the filters `kept` of them."""
    rows, answer = job.inputs["rows"], job.components.get("answer")
    samples = rows if isinstance(rows, Samples) else rows.samples()
    answers = None if answer is None else answer.answers(samples, job.given_to(answer))
    return job.arrays(columns(samples, job.inputs.get("truth"), job.inputs.get("kept"), answers))
