"""Make the base student: fresh weights and a tokenizer from the train split, or a checkpoint as it came."""

from __future__ import annotations

from loops.job import Job, Output
from loops.student import Student


def run(job: Job) -> Output:
    """Make the weights before any data of this run."""
    model = job.components["student"]
    digest = model.base(job.work, job.given_to(model), job.key, job.runtime)
    return job.student(Student(digest, job.work, job.nodes["student"]))
