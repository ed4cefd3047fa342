"""Take as many texts of a view as all views are measured on, each cut alike, for model passes to read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from evals.words import word_spans
from loops.job import Job, Output
from loops.samples import Sample, Samples


def run(job: Job) -> Output:
    """Take `settings.n_texts` of `rows`, each cut at `settings.max_words` words, after the first `settings.skip`."""
    rows = job.inputs["rows"]
    samples = rows if isinstance(rows, Samples) else rows.samples()
    n_texts, max_words, skip = (job.settings[name] for name in ("n_texts", "max_words", "skip"))
    return job.samples(cut_texts(samples, n_texts, max_words, job.key.fold("cut").rng(), skip))


def cut_texts(samples: Samples, n_texts: int, max_words: int, rng: np.random.Generator, skip: int = 0) -> Samples:
    """Draw `n_texts` rows that hold words, and cut each at `max_words` words.

    The first `skip` are passed over: another cut with skip 0 takes those, and the two share no text.

    A text that is cut no longer ends by itself, so no end of text is scored after it. Where there are fewer texts,
    all are taken; whoever measures them says so.
    """
    with_words = islice(_with_words(samples, rng), skip, skip + n_texts)
    return Samples.of_text([_cut(row, ends, max_words) for row, ends in with_words])


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
