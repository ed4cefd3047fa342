"""Take as many texts of a view as all views are measured on, each cut alike, for model passes to read."""

from __future__ import annotations

import numpy as np

from evals.words import word_spans
from loops.job import Job, Output
from loops.samples import Sample, Samples


def run(job: Job) -> Output:
    """Draw `settings.n_texts` of `rows` that hold words, and cut each at `settings.max_words` words.

    A text that is cut no longer ends by itself, so no end of text is scored after it. Where there are fewer texts,
    all are taken; whoever measures them says so.
    """
    rows = job.inputs["rows"]
    samples = rows if isinstance(rows, Samples) else rows.samples()
    taken: list[dict[str, object]] = []
    for place in job.key.fold("cut").rng().permutation(len(samples)):
        row = next(samples.select(np.array([place])).text_rows())
        spans = word_spans(row.completion)
        if spans:
            taken.append(_cut(row, [end for _, end in spans], job.settings["max_words"]))
        if len(taken) == job.settings["n_texts"]:
            break
    return job.samples(Samples.of_text(taken))


def _cut(row: Sample, ends: list[int], max_words: int) -> dict[str, object]:
    whole = len(ends) <= max_words
    return {
        "generation": row.generation,
        "written_by": row.written_by,
        "prompt_id": row.prompt_id,
        "draw": row.draw,
        "parents": [bytes.fromhex(row.id)],
        "finish_reason": row.finish_reason if whole else "length",
        "prompt": row.prompt,
        "messages": None if row.messages is None else list(row.messages),
        "completion": row.completion if whole else row.completion[: ends[max_words - 1]],
    }
