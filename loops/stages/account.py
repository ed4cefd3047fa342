"""Count what lies in a view: rows, training tokens, the human share, texts that were cut, texts that are short."""

from __future__ import annotations

import numpy as np

from evals.budget import short_share
from evals.words import words
from loops.job import Job, Output
from loops.rows import Rows
from loops.samples import Samples


def run(job: Job) -> Output:
    """Account for `rows`."""
    rows = job.inputs["rows"]
    if isinstance(rows, Samples):
        rows = Rows.all_of(rows, job.ref("rows"))
    samples = rows.samples()
    tokenizer = job.components["student"].tokenizer(job.inputs["tokenizer"])
    tokens = np.asarray(tokenizer.count(samples) * rows.weight, float)
    counts = {"rows": len(rows), "tokens": float(tokens.sum())}
    if len(rows):
        counts["human_share"] = float(tokens[rows.written_by_human].sum() / tokens.sum())
    if samples.kind == "text" and len(rows):
        reasons = samples.column("finish_reason").to_pylist()
        counts["length_limit_share"] = reasons.count("length") / len(reasons)
        # Views are measured on texts cut at L words: where one view alone is shorter, they are not comparable.
        counts["short_share"] = short_share([words(text) for text in samples.texts()], job.settings["max_words"])
    return job.numbers(counts)
