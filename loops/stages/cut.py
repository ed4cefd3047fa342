"""Take as many texts of a view as all views are measured on, each cut alike, for model passes to read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from evals.words import word_spans
from loops.job import Job, Output
from loops.samples import Sample, Samples


def run(job: Job) -> Output:
    """Draw `settings.n_texts` of `rows` that hold words, and cut each at `settings.max_words` words.

    The first `settings.skip` are passed over: another cut with skip 0 takes those, and the two share no text.

    A text that is cut no longer ends by itself, so no end of text is scored after it. Where there are fewer texts,
    all are taken; whoever measures them says so.
    """
    rows = job.inputs["rows"]
    samples = rows if isinstance(rows, Samples) else rows.samples()
    skip, n_texts = job.settings["skip"], job.settings["n_texts"]
    with_words = islice(_with_words(samples, job.key.fold("cut").rng()), skip, skip + n_texts)
    taken = [_cut(row, ends, job.settings["max_words"]) for row, ends in with_words]
    return job.samples(Samples.of_text(taken))


def _with_words(samples: Samples, rng: np.random.Generator) -> Iterator[tuple[Sample, list[int]]]:
    """Yield texts in a random order, and where each of their words ends."""
    for place in rng.permutation(len(samples)):
        row = next(samples.select(np.array([place])).text_rows())
        ends = [end for _, end in word_spans(row.completion)]
        if ends:
            yield row, ends


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
