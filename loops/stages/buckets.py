"""Count words and tokens of a human split: train says what is frequent and what is tail."""

from __future__ import annotations

from collections import Counter

from evals.words import words
from loops.job import Job, Output
from loops.samples import Samples


def run(job: Job) -> Output:
    """Count words, and tokens with the base student's tokenizer, in `human`."""
    human = job.inputs["human"]
    samples = human if isinstance(human, Samples) else human.samples()
    tokenizer = job.components["student"].tokenizer(job.inputs["tokenizer"])
    word_counts = Counter(word for text in samples.texts() for word in words(text))
    token_counts = Counter(token for tokens in tokenizer.token_ids(samples) for token in tokens)
    return job.numbers({"words": dict(word_counts), "tokens": {str(t): n for t, n in sorted(token_counts.items())}})
