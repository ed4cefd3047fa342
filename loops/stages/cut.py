"""Take as many texts of a view as all views are measured on, each cut alike, for model passes to read."""

from __future__ import annotations

import numpy as np

from evals.words import word_spans
from loops.job import Job, Output
from loops.samples import Sample, Samples


def run(job: Job) -> Output:
    """Take `settings.n_texts` of `rows`, each cut at `settings.max_words` words."""
    rows = job.inputs["rows"]
    samples = rows if isinstance(rows, Samples) else rows.samples()
    rng = job.key.fold("cut").rng()
    return job.samples(cut_texts(samples, job.settings["n_texts"], job.settings["max_words"], rng))


def cut_texts(samples: Samples, n_texts: int, max_words: int, rng: np.random.Generator) -> Samples:
    """Draw `n_texts` rows that hold words, and cut each at `max_words` words.

    A text that is cut no longer ends by itself, so no end of text is scored after it. Where there are fewer texts,
    all are taken; whoever measures them says so.
    """
    taken: list[dict[str, object]] = []
    for place in rng.permutation(len(samples)):
        row = next(samples.select(np.array([place])).text_rows())
        spans = word_spans(row.completion)
        if spans:
            taken.append(_cut(row, [end for _, end in spans], max_words))
        if len(taken) == n_texts:
            break
    return Samples.of_text(taken)


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
