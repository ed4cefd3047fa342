"""Read the exact distribution of a closed-form student."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output
from loops.model import open_model
from loops.models.categorical import load_world


def run(job: Job) -> Output:
    """Read the probabilities of `student`, (replicas, types), and which replicas they are."""
    student = job.inputs["student"]
    model = open_model(student, job.runtime)
    replicas = load_world(student)["replicas"]
    return job.arrays({"replicas": np.asarray(replicas), "probabilities": model.probabilities()})
