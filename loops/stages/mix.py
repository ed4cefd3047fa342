"""Mix the corpus that a student is trained on; references to rows, no text is copied."""

from __future__ import annotations

from typing import Any

from loops.given import Given
from loops.job import Job, Output
from loops.rows import Rows
from loops.samples import Samples


def run(job: Job) -> Output:
    """Mix `human`, `pool` and `kept` with `mixer`."""
    mixer = job.components["mixer"]
    human = _rows(job.inputs["human"], job.refs["human"])
    pool = [_rows(value, ref) for value, ref in zip(job.inputs["pool"], job.refs["pool"], strict=True)]
    kept = _rows(job.inputs["kept"], job.refs["kept"]) if "kept" in job.inputs else None
    student = job.given["tokenizer"]
    tokenizer = job.components["student"].tokenizer(student)
    return job.rows(mixer.mix(human, pool, kept, Given({"tokenizer": tokenizer}), job.key))


def _rows(value: Any, ref: Any) -> Rows:
    """Everything that was drawn, where no filter judged it, or what the last filter kept."""
    return Rows.all_of(value, ref) if isinstance(value, Samples) else value
