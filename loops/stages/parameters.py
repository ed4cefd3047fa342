"""Read what a closed-form student is made of."""

from __future__ import annotations

from loops.job import Job, Output
from loops.model import open_model


def run(job: Job) -> Output:
    """Read the parameters of `student`, each with a leading replica axis, and which replicas they are."""
    return job.arrays(open_model(job.inputs["student"], job.runtime).parameters())
