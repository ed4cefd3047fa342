"""Write down what a source asks a student for: its facts, each with the values that it could have."""

from __future__ import annotations

from loops.job import Job, Output


def run(job: Job) -> Output:
    """Ask `source` for its probes."""
    return job.samples(job.components["source"].probes())
