"""Train in a process of its own, as the job file says, and kill it with signal 9 after a given step."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np

from loops.build import build
from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student


def main(place: Path, stop: int) -> None:
    job = json.loads((place / "job.json").read_text())
    corpus = Samples.open(place / "human")

    def progress(done: int, total: int | None, unit: str) -> None:
        if done == stop:
            os.kill(os.getpid(), signal.SIGKILL)

    call = TrainCall(
        start=Student(job["digest"], Path(job["start"]), job["model"], None, None),
        model=build(job["model"], "student"),
        corpus=corpus,
        weight=np.ones(len(corpus)),
        adapter="none",
        folder=place / "store" / "student",
        work=place / "store" / "scratch",
        runtime=Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa"),
        progress=progress,
    )
    log = build(job["trainer"], "trainer").train(call, Given({}), Key.root(7))
    (place / "log.json").write_text(json.dumps(log))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
