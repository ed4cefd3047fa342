"""Let one filter judge what the one before left; what it drops stays on record with the reason."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output
from loops.verdicts import Verdicts


def run(job: Job) -> Output:
    """Judge `rows` with `filter`: verdicts on all of them, references to those kept."""
    judge = job.components["filter"]
    rows = job.rows_of("rows")
    verdicts, done = [], 0
    for verdict in judge.judge(rows.shards(), job.given_to(judge), job.key):
        verdicts.append(verdict)
        done += len(verdict)
        job.progress(done, len(rows), "rows")
    together = Verdicts.concat(verdicts)
    assert len(together) == len(rows), f"filter gave {len(together)} verdicts on {len(rows)} rows"
    together.save(job.work)
    kept = np.flatnonzero(together.kept)
    return job.rows(rows.select(kept).reweighted(together.weight[kept]))
