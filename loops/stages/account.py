"""Count what lies in a view: rows, training tokens, the human share, texts that were cut at the length limit."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output


def run(job: Job) -> Output:
    """Account for `rows`."""
    rows = job.rows_of("rows")
    samples = rows.samples()
    tokenizer = job.components["student"].tokenizer(job.inputs["tokenizer"])
    tokens = np.asarray(tokenizer.count(samples) * rows.weight, float)
    counts = {"rows": len(rows), "tokens": float(tokens.sum())}
    if len(rows):
        counts["human_share"] = float(tokens[rows.written_by_human].sum() / tokens.sum())
    if samples.kind == "text" and len(rows):
        reasons = samples.column("finish_reason").to_pylist()
        counts["length_limit_share"] = reasons.count("length") / len(reasons)
    return job.numbers(counts)
