"""Mix the corpus that a student is trained on; references to rows, no text is copied."""

from __future__ import annotations

from loops.given import Given
from loops.job import Job, Output
from loops.rows import Rows
from loops.samples import Samples


def run(job: Job) -> Output:
    """Mix `human`, `pool` and `kept` with `mixer`."""
    mixer = job.components["mixer"]
    pool = [
        Rows.all_of(value, ref) if isinstance(value, Samples) else value
        for value, ref in zip(job.inputs["pool"], job.refs["pool"], strict=True)
    ]
    kept = job.rows_of("kept") if "kept" in job.inputs else None
    student = job.given["tokenizer"]
    tokenizer = job.components["student"].tokenizer(student)
    given = Given({"tokenizer": tokenizer})
    return job.rows(mixer.mix(job.rows_of("human"), pool, kept, given, job.key, job.settings["generation"]))
