"""Say how many texts of a view are shorter than the cut at L words that all views are measured with.

Where that is so of one view alone, the cut does not make the views alike.
"""

from __future__ import annotations

from evals.budget import short_share
from evals.words import first_words
from loops.job import Job, Output
from loops.samples import Samples


def run(job: Job) -> Output:
    """Count `rows` with fewer than `settings.max_words` words; an empty view has no share."""
    rows = job.inputs["rows"]
    samples = rows if isinstance(rows, Samples) else rows.samples()
    limit = job.settings["max_words"]
    documents = [first_words(text, limit) for text in samples.texts()]
    return job.numbers({"short_share": short_share(documents, limit)} if documents else {})
