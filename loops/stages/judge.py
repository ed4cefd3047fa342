"""Let one filter judge what the one before left; what it drops stays on record with the reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loops.job import Job, Output
from loops.samples import Samples
from loops.verdicts import CHANGED_SHARE, Verdicts, moved


def run(job: Job) -> Output:
    """Judge `rows` with `filter`: verdicts on all of them, references to those kept.

    Beside the verdicts stands what the filter says of itself, and the share of weight that its verdicts move.
    """
    judge = job.components["filter"]
    rows = job.rows_of("rows")
    verdicts, done = [], 0
    for verdict in judge.judge(rows.shards(), job.given_to(judge), job.key):
        verdicts.append(verdict)
        done += len(verdict)
        job.progress(done, len(rows), "rows")
    together = Verdicts.concat(verdicts)
    assert len(together) == len(rows), f"filter gave {len(together)} verdicts on {len(rows)} rows"
    weight = rows.weight * rows.each(_shares) if rows.parts else rows.weight
    if weight.sum() > 0:
        changed = moved(weight, weight * together.weight * together.kept)
        together = replace(together, figures={CHANGED_SHARE: changed, **together.figures})
    together.save(job.work)
    kept = np.flatnonzero(together.kept)
    return job.rows(rows.select(kept).reweighted(together.weight[kept]))


def _shares(samples: Samples) -> np.ndarray:
    """Return how many draws each row stands for, (n_rows,)."""
    return np.ones(len(samples)) if samples.kind == "text" else samples.numbers("weight")
