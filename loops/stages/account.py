"""Count what lies in a view: rows, training tokens, the human share, texts cut at the limit or true to a condition."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output

FOLLOWED = "followed"
"""The score by which a text says whether it holds what the condition asked for that it was drawn under."""


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
        followed = [
            dict(scores)[FOLLOWED] for scores in samples.column("scores").to_pylist() if FOLLOWED in dict(scores)
        ]
        if followed:
            counts["followed_share"] = sum(followed) / len(followed)
    return job.numbers(counts)
