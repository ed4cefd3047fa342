"""Train a student on a corpus; the start is a folder of files and stays as it is."""

from __future__ import annotations

import json
from typing import Any

from loops.job import Job, Output
from loops.model import TrainCall
from loops.student import MERGED, Student


def run(job: Job) -> Output:
    """Train from `start` on `corpus` with `trainer`; the log lies beside the student as training.json."""
    trainer, start, corpus = job.components["trainer"], job.inputs["start"], job.inputs["corpus"]
    call = TrainCall(
        start=start,
        model=job.components["student"],
        corpus=corpus.samples(),
        weight=corpus.weight,
        adapter=job.settings["adapter"],
        folder=job.work,
        work=job.work / "scratch",
        runtime=job.runtime,
        progress=job.progress,
    )
    log = trainer.train(call, job.given_to(trainer), job.key)
    student = _student(job, start, log)
    (job.work / "training.json").write_text(json.dumps(log, indent=1))
    return job.student(student)


def _student(job: Job, start: Student, log: dict[str, Any]) -> Student:
    """Say what was written: a whole model, or an adapter and where its base lies. Takes that out of the log."""
    digest, base, base_digest = log.pop("digest"), log.pop("base", None), log.pop("base_digest", None)
    log.pop("adapter")
    log.pop("canary", None)
    if base is None:
        return Student(digest, job.work, start.model)
    if base == "start":
        return Student(digest, job.work, start.model, start, job.ref("start"))
    if base == MERGED:
        return Student(digest, job.work, start.model, Student(base_digest, job.work / MERGED, start.model))
    # The adapter trained on: its base is the start's, which lies in the store, or in the start's own folder.
    assert base == "start's base", base
    assert start.base is not None, start
    return Student(digest, job.work, start.model, start.base, start.base_ref or job.ref("start"))
