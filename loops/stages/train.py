"""Train a student on a corpus; the start is a folder of files and stays as it is."""

from __future__ import annotations

import json

from loops.job import Job, Output
from loops.model import TrainCall
from loops.student import Student


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
    digest, adapter = log.pop("digest"), log.pop("adapter")
    (job.work / "training.json").write_text(json.dumps(log, indent=1))
    base, base_ref = None, None
    if adapter:
        base = start.base or start
        base_ref = start.base_ref or job.ref("start")
    return job.student(Student(digest, job.work, start.model, base, base_ref))
