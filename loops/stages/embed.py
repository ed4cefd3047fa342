"""Embed texts; a pass that metrics and arms share."""

from __future__ import annotations

from loops.job import Job, Output


def run(job: Job) -> Output:
    """Embed `rows` with `embedder`."""
    embedder = job.components["embedder"]
    return job.arrays({"embeddings": embedder.embed(job.inputs["rows"], job.given_to(embedder), job.runtime)})
