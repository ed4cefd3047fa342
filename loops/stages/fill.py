"""Fill a budget of tokens with what the filters kept: whole rows, in the order in which they were drawn."""

from __future__ import annotations

import numpy as np

from loops.job import Job, Output
from loops.rows import Rows
from loops.samples import Samples


def run(job: Job) -> Output:
    """Take the first rows of `kept` that hold `settings.tokens` tokens, in each world of `prompts`.

    The last row may go over the budget, as it is not cut. Where one world does not fill it, no rows are left at all.
    """
    kept, prompts, budget = job.rows_of("kept"), job.inputs["prompts"], job.settings["tokens"]
    total = tokens_by_world(kept, prompts)
    if total.min() < budget:
        return job.rows(kept.select(np.zeros(0, np.int64)))
    tokens, world = kept.each(Samples.written_tokens), _world(kept, prompts)
    order = np.argsort(world, kind="stable")
    before = np.cumsum(tokens[order]) - tokens[order] - (np.cumsum(total) - total)[world[order]]
    return job.rows(kept.select(np.sort(order[before < budget])))


def tokens_by_world(kept: Rows, prompts: Samples) -> np.ndarray:
    """Return the written tokens that are kept in each world of the prompts, replicas in order, (n_worlds,)."""
    n_worlds = len(np.unique(prompts.worlds()))
    return np.bincount(_world(kept, prompts), kept.each(Samples.written_tokens), n_worlds)


def _world(kept: Rows, prompts: Samples) -> np.ndarray:
    """Return which of the prompts' worlds each row belongs to, (n_rows,)."""
    return np.searchsorted(np.unique(prompts.worlds()), kept.each(Samples.worlds))
